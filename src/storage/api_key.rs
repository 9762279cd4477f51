//! API keys, found by the digest of their secret (contract §2, §9).

mod search;

use diesel::prelude::*;
use ipnet::IpNet;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::api_keys::{self, dsl};
use super::schema::{project_members, users};
use crate::account::api_key::{ApiKey, Slot};
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;
pub use search::{Search, search};

/// The secret of a key as it is stored.
#[derive(Clone)]
pub struct StoredSecret {
    /// Its digest.
    pub digest: TokenDigest,
    /// The secret itself, sealed, where keys may be revealed (contract §2).
    pub sealed: Option<Vec<u8>>,
}

/// A key that a presented secret belongs to.
pub struct Found {
    /// The key.
    pub key: ApiKey,
    /// Its owner.
    pub user: User,
    /// The end of the presented secret, when it is the one before the last rotation.
    pub overlap_until: Option<UnixTime>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = api_keys, treat_none_as_null = true)]
struct Row {
    id: Vec<u8>,
    user_id: Vec<u8>,
    project_id: Option<Vec<u8>>,
    slot: Option<String>,
    name: String,
    hint: String,
    scope: String,
    environment: Option<String>,
    ip_allow: String,
    metadata: String,
    rate_limit: Option<i64>,
    created_at: i64,
    secret_created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    disabled_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl Row {
    fn new(key: &ApiKey) -> Self {
        let networks: Vec<String> = key.ip_allow.iter().map(IpNet::to_string).collect();
        Self {
            id: column::id(key.id),
            user_id: column::id(key.user_id),
            project_id: key.project_id.map(column::id),
            slot: key.slot.as_ref().map(Slot::to_text),
            name: key.name.clone(),
            hint: key.hint.clone(),
            scope: key.scope.to_string(),
            environment: key.environment.clone(),
            ip_allow: column::list(&networks),
            metadata: column::map(&key.metadata),
            rate_limit: key.rate_limit.map(i64::from),
            created_at: key.created_at.micros(),
            secret_created_at: key.secret_created_at.micros(),
            expires_at: key.expires_at.map(UnixTime::micros),
            last_used_at: key.last_used_at.map(UnixTime::micros),
            disabled_at: key.disabled_at.map(UnixTime::micros),
            revoked_at: key.revoked_at.map(UnixTime::micros),
        }
    }

    fn read(self) -> Result<ApiKey, StorageError> {
        const SLOT: StorageError = StorageError::Corrupt("a key has an unknown slot");
        const NETWORK: StorageError = StorageError::Corrupt("a key allows something that is no network");
        let networks = column::read_list(&self.ip_allow)?;
        Ok(ApiKey {
            id: column::read_id(&self.id)?,
            user_id: column::read_id(&self.user_id)?,
            project_id: column::read_id_opt(self.project_id)?,
            slot: self.slot.map(|text| Slot::parse(&text).ok_or(SLOT)).transpose()?,
            name: self.name,
            hint: self.hint,
            scope: column::read_scope(&self.scope)?,
            environment: self.environment,
            ip_allow: networks
                .iter()
                .map(|text| text.parse().map_err(|_| NETWORK))
                .collect::<Result<_, _>>()?,
            metadata: column::read_map(&self.metadata)?,
            rate_limit: column::read_limit(self.rate_limit)?,
            created_at: UnixTime::from_micros(self.created_at),
            secret_created_at: UnixTime::from_micros(self.secret_created_at),
            expires_at: column::read_time(self.expires_at),
            last_used_at: column::read_time(self.last_used_at),
            disabled_at: column::read_time(self.disabled_at),
            revoked_at: column::read_time(self.revoked_at),
        })
    }
}

/// Adds a key. [`StorageError::Conflict`] when the account has one in this slot already.
pub fn insert(
    connection: &mut DbConnection,
    key: &ApiKey,
    secret: &StoredSecret,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::api_keys)
        .values((
            Row::new(key),
            dsl::digest.eq(column::digest(&secret.digest)),
            dsl::sealed_key.eq(&secret.sealed),
        ))
        .execute(connection)?;
    Ok(())
}

/// The key of a presented secret, with its owner: one indexed read for a secret that is current.
pub fn find_by_digest(
    connection: &mut DbConnection,
    digest: &TokenDigest,
) -> Result<Option<Found>, StorageError> {
    let digest = column::digest(digest);
    let joined = dsl::api_keys.inner_join(users::table);
    let current: Option<(Row, super::user::Columns)> = joined
        .filter(dsl::digest.eq(&digest))
        .select((Row::as_select(), super::user::NO_PASSWORD))
        .get_result(connection)
        .optional()?;
    if let Some((row, user)) = current {
        return Ok(Some(Found {
            key: row.read()?,
            user: super::user::read_user(user)?,
            overlap_until: None,
        }));
    }
    let before: Option<(Row, super::user::Columns, Option<i64>)> = joined
        .filter(dsl::previous_digest.eq(&digest))
        .select((Row::as_select(), super::user::NO_PASSWORD, dsl::previous_until))
        .get_result(connection)
        .optional()?;
    let Some((row, user, until)) = before else { return Ok(None) };
    let until = until.ok_or(StorageError::Corrupt("the secret before the last rotation has no end"))?;
    Ok(Some(Found {
        key: row.read()?,
        user: super::user::read_user(user)?,
        overlap_until: Some(UnixTime::from_micros(until)),
    }))
}

/// The key of this id.
pub fn find(connection: &mut DbConnection, id: Uuid) -> Result<Option<ApiKey>, StorageError> {
    let row: Option<Row> = dsl::api_keys
        .filter(dsl::id.eq(column::id(id)))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// The key in a slot of an account.
pub fn find_by_slot(
    connection: &mut DbConnection,
    user: Uuid,
    slot: &Slot,
) -> Result<Option<ApiKey>, StorageError> {
    let row: Option<Row> = dsl::api_keys
        .filter(dsl::user_id.eq(column::id(user)))
        .filter(dsl::slot.eq(slot.to_text()))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// Holds the key until the end of the transaction: nobody else changes it meanwhile.
pub fn lock(connection: &mut DbConnection, id: Uuid) -> Result<Option<ApiKey>, StorageError> {
    // SQLite's writer has the whole database to itself.
    if let DbConnection::Postgres(postgres) = connection {
        let one = dsl::api_keys.filter(dsl::id.eq(column::id(id))).select(dsl::id);
        one.for_update().get_result::<Vec<u8>>(postgres).optional()?;
    }
    find(connection, id)
}

/// Whose keys.
#[derive(Clone, Copy)]
pub enum Whose {
    /// The account keys of a person.
    Account(Uuid),
    /// The keys of a project, whoever made them.
    Project(Uuid),
    /// Every key a person made.
    Maker(Uuid),
    /// Those of them that are of no project, or of one they are in.
    Present(Uuid),
}

/// Keys, newest first: at most `limit`, older than `before`.
pub fn list(
    connection: &mut DbConnection,
    whose: Whose,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>, StorageError> {
    let mut query = dsl::api_keys.select(Row::as_select()).order(dsl::id.desc()).limit(limit).into_boxed();
    query = match whose {
        Whose::Account(user) => {
            query.filter(dsl::user_id.eq(column::id(user))).filter(dsl::project_id.is_null())
        }
        Whose::Maker(user) => query.filter(dsl::user_id.eq(column::id(user))),
        Whose::Present(user) => {
            let own = project_members::table
                .filter(project_members::user_id.eq(column::id(user)))
                .select(project_members::project_id.nullable());
            query
                .filter(dsl::user_id.eq(column::id(user)))
                .filter(dsl::project_id.is_null().or(dsl::project_id.eq_any(own)))
        }
        Whose::Project(project) => query.filter(dsl::project_id.eq(column::id(project))),
    };
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// Stores what is said of a key; its secrets stay, and so does the time of its last use.
pub fn update(connection: &mut DbConnection, key: &ApiKey) -> Result<(), StorageError> {
    let row = Row::new(key);
    diesel::update(dsl::api_keys.filter(dsl::id.eq(&row.id)))
        .set((
            dsl::name.eq(&row.name),
            dsl::hint.eq(&row.hint),
            dsl::scope.eq(&row.scope),
            dsl::environment.eq(&row.environment),
            dsl::ip_allow.eq(&row.ip_allow),
            dsl::metadata.eq(&row.metadata),
            dsl::rate_limit.eq(row.rate_limit),
            dsl::secret_created_at.eq(row.secret_created_at),
            dsl::expires_at.eq(row.expires_at),
            dsl::disabled_at.eq(row.disabled_at),
            dsl::revoked_at.eq(row.revoked_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Gives a key another secret. The old one is good until `overlap_until`, or dead at once; the one before that is dead.
pub fn replace_secret(
    connection: &mut DbConnection,
    id: Uuid,
    secret: &StoredSecret,
    overlap_until: Option<UnixTime>,
) -> Result<(), StorageError> {
    let one = || dsl::api_keys.filter(dsl::id.eq(column::id(id)));
    let old: Option<Vec<u8>> = match overlap_until {
        Some(_) => one().select(dsl::digest).get_result(connection).optional()?,
        None => None,
    };
    diesel::update(one())
        .set((
            dsl::digest.eq(column::digest(&secret.digest)),
            dsl::sealed_key.eq(&secret.sealed),
            dsl::previous_digest.eq(old),
            dsl::previous_until.eq(overlap_until.map(UnixTime::micros)),
        ))
        .execute(connection)?;
    Ok(())
}

/// The sealed secret of a key that may be revealed.
pub fn sealed(connection: &mut DbConnection, id: Uuid) -> Result<Option<Vec<u8>>, StorageError> {
    let found: Option<Option<Vec<u8>>> = dsl::api_keys
        .filter(dsl::id.eq(column::id(id)))
        .select(dsl::sealed_key)
        .get_result(connection)
        .optional()?;
    Ok(found.flatten())
}

/// Removes a key; `false` when there is none of that id.
pub fn delete(connection: &mut DbConnection, id: Uuid) -> Result<bool, StorageError> {
    Ok(diesel::delete(dsl::api_keys.filter(dsl::id.eq(column::id(id)))).execute(connection)? == 1)
}

/// Ends a person's live keys of a project for good; returns which (contract §9).
pub fn revoke_of_member(
    connection: &mut DbConnection,
    project: Uuid,
    user: Uuid,
    now: UnixTime,
) -> Result<Vec<Uuid>, StorageError> {
    let live = dsl::api_keys
        .filter(dsl::project_id.eq(column::id(project)))
        .filter(dsl::user_id.eq(column::id(user)))
        .filter(dsl::revoked_at.is_null());
    let ids: Vec<Vec<u8>> = diesel::update(live)
        .set(dsl::revoked_at.eq(now.micros()))
        .returning(dsl::id)
        .get_results(connection)?;
    ids.iter().map(|id| column::read_id(id)).collect()
}

/// Ends every live key that a person made for good; returns which, with the project of those that are of one.
pub fn revoke_of_maker(
    connection: &mut DbConnection,
    user: Uuid,
    now: UnixTime,
) -> Result<Vec<(Uuid, Option<Uuid>)>, StorageError> {
    super::connection::take_time(connection)?;
    let live = dsl::api_keys.filter(dsl::user_id.eq(column::id(user))).filter(dsl::revoked_at.is_null());
    let ended: Vec<(Vec<u8>, Option<Vec<u8>>)> = diesel::update(live)
        .set(dsl::revoked_at.eq(now.micros()))
        .returning((dsl::id, dsl::project_id))
        .get_results(connection)?;
    ended
        .into_iter()
        .map(|(id, project)| Ok((column::read_id(&id)?, column::read_id_opt(project)?)))
        .collect()
}

/// Notes that keys were last used at `at`, all at once; an older time never replaces a newer one.
pub fn touch(connection: &mut DbConnection, used: &[Uuid], at: UnixTime) -> Result<(), StorageError> {
    let used: Vec<Vec<u8>> = used.iter().copied().map(column::id).collect();
    let older = dsl::last_used_at.is_null().or(dsl::last_used_at.lt(at.micros()));
    diesel::update(dsl::api_keys.filter(dsl::id.eq_any(used)).filter(older))
        .set(dsl::last_used_at.eq(at.micros()))
        .execute(connection)?;
    Ok(())
}
