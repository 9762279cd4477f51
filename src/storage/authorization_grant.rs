//! Grants: families of tokens that live and die together. Without a client, a login at a first-party door.

use diesel::prelude::*;
use uuid::Uuid;

use super::authorization_code;
use super::column;
use super::connection::{self, DbConnection};
use super::device_code;
use super::error::StorageError;
use super::revocation::{self, Subject};
use super::schema::authorization_grants::{self, dsl};
use crate::clock::UnixTime;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::scope::Scope;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = authorization_grants)]
pub(super) struct Row {
    id: Vec<u8>,
    user_id: Vec<u8>,
    client_id: Option<String>,
    session_id: Option<Vec<u8>>,
    scope: String,
    resource: Option<String>,
    auth_time: i64,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    claims: Option<String>,
    dpop_jkt: Option<String>,
}

impl Row {
    fn new(grant: &AuthorizationGrant) -> Self {
        Self {
            id: column::id(grant.id),
            user_id: column::id(grant.user_id),
            client_id: grant.client_id.clone(),
            session_id: grant.session_id.map(column::id),
            scope: grant.scope.to_string(),
            resource: grant.resource.clone(),
            auth_time: grant.auth_time.micros(),
            created_at: grant.created_at.micros(),
            expires_at: grant.expires_at.micros(),
            revoked_at: grant.revoked_at.map(UnixTime::micros),
            claims: grant.claims.clone(),
            dpop_jkt: grant.dpop_jkt.clone(),
        }
    }

    pub(super) fn read(self) -> Result<AuthorizationGrant, StorageError> {
        Ok(AuthorizationGrant {
            id: column::read_id(&self.id)?,
            user_id: column::read_id(&self.user_id)?,
            client_id: self.client_id,
            session_id: column::read_id_opt(self.session_id)?,
            scope: column::read_scope(&self.scope)?,
            resource: self.resource,
            auth_time: UnixTime::from_micros(self.auth_time),
            created_at: UnixTime::from_micros(self.created_at),
            expires_at: UnixTime::from_micros(self.expires_at),
            revoked_at: column::read_time(self.revoked_at),
            claims: self.claims,
            dpop_jkt: self.dpop_jkt,
        })
    }
}

/// Adds a grant.
pub fn insert(connection: &mut DbConnection, grant: &AuthorizationGrant) -> Result<(), StorageError> {
    diesel::insert_into(dsl::authorization_grants).values(Row::new(grant)).execute(connection)?;
    Ok(())
}

/// The grant of this id.
pub fn find(connection: &mut DbConnection, id: Uuid) -> Result<Option<AuthorizationGrant>, StorageError> {
    let row: Option<Row> = dsl::authorization_grants
        .filter(dsl::id.eq(column::id(id)))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// Holds the grant until the end of the transaction and says whether it is live. Whoever issues into a grant
/// asks this first, so that a revocation is either seen here or sees what was issued.
pub fn lock_live(connection: &mut DbConnection, id: Uuid, now: UnixTime) -> Result<bool, StorageError> {
    let live = dsl::authorization_grants
        .filter(dsl::id.eq(column::id(id)))
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select(dsl::id);
    let found: Option<Vec<u8>> = match connection {
        // SQLite's writer has the whole database to itself.
        DbConnection::Sqlite(sqlite) => live.get_result(sqlite).optional()?,
        DbConnection::Postgres(postgres) => live.for_update().get_result(postgres).optional()?,
    };
    Ok(found.is_some())
}

/// Binds a grant to the key of this thumbprint (RFC 9449 §5). Who calls holds the grant.
pub fn bind(connection: &mut DbConnection, id: Uuid, dpop_jkt: &str) -> Result<(), StorageError> {
    let unbound = dsl::authorization_grants.filter(dsl::id.eq(column::id(id)).and(dsl::dpop_jkt.is_null()));
    diesel::update(unbound).set(dsl::dpop_jkt.eq(dpop_jkt)).execute(connection)?;
    Ok(())
}

/// Which grants to revoke.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    /// The one.
    Id(Uuid),
    /// All of a user's.
    User(Uuid),
    /// All that came from one browser session.
    Session(Uuid),
    /// All of a client's.
    Client(&'a str),
    /// All that allow this scope, and nothing else.
    Scope(&'a str),
    /// All that a user gave one client.
    App {
        /// The user.
        user: Uuid,
        /// The client.
        client: &'a str,
    },
    /// All of a user's but those that came from one browser session.
    Others {
        /// The user.
        user: Uuid,
        /// The session.
        session: Uuid,
    },
}

/// Revokes live grants with everything issued from them, and writes the sequence that nodes follow.
/// Returns what this node has to apply at once. A client that loses its grants loses the codes that could become some.
pub fn revoke(
    connection: &mut DbConnection,
    which: Which<'_>,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    if !matches!(which, Which::Id(_)) {
        connection::take_time(connection)?;
    }
    // Codes before grants: one that is being redeemed is waited for, and its grant seen then.
    match which {
        Which::Client(client) => delete_codes(connection, client, None)?,
        Which::App { user, client } => delete_codes(connection, client, Some(user))?,
        Which::Id(_) | Which::User(_) | Which::Session(_) | Which::Scope(_) | Which::Others { .. } => {}
    }
    let live = authorization_grants::table.filter(dsl::revoked_at.is_null());
    let set = dsl::revoked_at.eq(now.micros());
    let ids: Vec<Vec<u8>> = match which {
        Which::Id(id) => diesel::update(live.filter(dsl::id.eq(column::id(id))))
            .set(set)
            .returning(dsl::id)
            .get_results(connection)?,
        Which::User(id) => diesel::update(live.filter(dsl::user_id.eq(column::id(id))))
            .set(set)
            .returning(dsl::id)
            .get_results(connection)?,
        Which::Session(id) => diesel::update(live.filter(dsl::session_id.eq(column::id(id))))
            .set(set)
            .returning(dsl::id)
            .get_results(connection)?,
        Which::Client(id) => diesel::update(live.filter(dsl::client_id.eq(id)))
            .set(set)
            .returning(dsl::id)
            .get_results(connection)?,
        Which::Scope(name) => diesel::update(live.filter(dsl::scope.eq(name)))
            .set(set)
            .returning(dsl::id)
            .get_results(connection)?,
        Which::App { user, client } => {
            let app = live.filter(dsl::user_id.eq(column::id(user))).filter(dsl::client_id.eq(client));
            diesel::update(app).set(set).returning(dsl::id).get_results(connection)?
        }
        Which::Others { user, session } => {
            let other = dsl::session_id.is_null().or(dsl::session_id.ne(column::id(session)));
            let others = live.filter(dsl::user_id.eq(column::id(user))).filter(other);
            diesel::update(others).set(set).returning(dsl::id).get_results(connection)?
        }
    };
    let subjects =
        ids.iter().map(|id| column::read_id(id).map(Subject::Grant)).collect::<Result<Vec<_>, _>>()?;
    revocation::record(connection, &subjects, now)?;
    Ok(subjects)
}

fn delete_codes(connection: &mut DbConnection, client: &str, user: Option<Uuid>) -> Result<(), StorageError> {
    authorization_code::delete_unused(connection, client, user)?;
    device_code::delete_unused(connection, client, user)
}

/// Live grants, a user's or everybody's, newest first: at most `limit`, older than `before`.
pub fn live(
    connection: &mut DbConnection,
    user: Option<Uuid>,
    before: Option<Uuid>,
    limit: i64,
    now: UnixTime,
) -> Result<Vec<AuthorizationGrant>, StorageError> {
    let mut query = dsl::authorization_grants
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select(Row::as_select())
        .order(dsl::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(user) = user {
        query = query.filter(dsl::user_id.eq(column::id(user)));
    }
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// What the apps of a user have access to now: client, scope, since and until when, once for each scope.
pub fn of_apps(
    connection: &mut DbConnection,
    user: Uuid,
    now: UnixTime,
) -> Result<Vec<(String, Scope, UnixTime, UnixTime)>, StorageError> {
    type Row = (Option<String>, String, Option<i64>, Option<i64>);
    let rows: Vec<Row> = dsl::authorization_grants
        .filter(dsl::user_id.eq(column::id(user)))
        .filter(dsl::client_id.is_not_null())
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .group_by((dsl::client_id, dsl::scope))
        .select((
            dsl::client_id,
            dsl::scope,
            diesel::dsl::min(dsl::created_at),
            diesel::dsl::max(dsl::expires_at),
        ))
        .load(connection)?;
    let read = |(client, scope, since, until): Row| {
        let time = |micros: Option<i64>| UnixTime::from_micros(micros.unwrap_or_default());
        Ok((client.unwrap_or_default(), column::read_scope(&scope)?, time(since), time(until)))
    };
    rows.into_iter().map(read).collect()
}
