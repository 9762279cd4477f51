//! Registered clients (RFC 6749 §2) and the digests of their secrets.

use diesel::prelude::*;

use super::column;
use super::connection::{self, DbConnection};
use super::error::StorageError;
use super::schema::clients::{self, dsl};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;
use crate::oauth::client::{AuthMethod, Client, ClientKind, GrantType};
use crate::oauth::client_metadata::ClientMetadata;
use crate::oauth::resource_indicator;

/// A client and, for a confidential one, the digest of its secret.
#[derive(Clone)]
pub struct ClientRecord {
    /// What was registered.
    pub client: Client,
    /// HMAC of the client secret.
    pub secret: Option<TokenDigest>,
    /// The same of the one before, which is good until `client.previous_secret_until`.
    pub previous_secret: Option<TokenDigest>,
}

impl ClientRecord {
    /// Whether a presented secret is the client's, or at `now` still the one before (security §3, 36).
    pub fn accepts(&self, presented: &TokenDigest, now: UnixTime) -> bool {
        let previous = self.previous_secret.filter(|_| self.client.overlap_ends(now).is_some());
        [self.secret, previous].into_iter().flatten().any(|stored| presented.matches(&stored))
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clients, treat_none_as_null = true)]
struct Row {
    client_id: String,
    name: String,
    is_public: bool,
    secret_digest: Option<Vec<u8>>,
    redirect_uris: String,
    grants: String,
    scope: String,
    default_scope: String,
    auth_method: Option<String>,
    require_pkce: bool,
    resource_server: bool,
    resources: String,
    disabled: bool,
    created_at: i64,
    rate_limit: Option<i64>,
    previous_secret_digest: Option<Vec<u8>>,
    previous_secret_until: Option<i64>,
    metadata: String,
}

impl Row {
    fn new(record: &ClientRecord) -> Self {
        let client = &record.client;
        let grants: Vec<&str> = client.grants.iter().map(|g| g.name()).collect();
        Self {
            client_id: client.client_id.clone(),
            name: client.name.clone(),
            is_public: client.is_public(),
            secret_digest: record.secret.as_ref().map(column::digest),
            redirect_uris: column::list(&client.redirect_uris),
            grants: grants.join(" "),
            scope: client.scope.to_string(),
            default_scope: client.default_scope.to_string(),
            auth_method: client.auth_method.map(|m| m.as_str().to_owned()),
            require_pkce: client.require_pkce,
            resource_server: client.resource_server,
            resources: column::list(&client.resources),
            disabled: client.disabled,
            created_at: client.created_at.micros(),
            rate_limit: client.rate_limit.map(i64::from),
            previous_secret_digest: record.previous_secret.as_ref().map(column::digest),
            previous_secret_until: client.previous_secret_until.map(UnixTime::micros),
            metadata: client.metadata.to_json(),
        }
    }

    fn read(self) -> Result<ClientRecord, StorageError> {
        const GRANT: StorageError = StorageError::Corrupt("a client has an unknown grant");
        const METADATA: StorageError = StorageError::Corrupt("a client's metadata cannot be read");
        const METHOD: StorageError = StorageError::Corrupt("a client has an unknown authentication method");
        let grants = self.grants.split(' ').filter(|g| !g.is_empty());
        let client = Client {
            kind: if self.is_public { ClientKind::Public } else { ClientKind::Confidential },
            redirect_uris: column::read_list(&self.redirect_uris)?,
            grants: grants.map(|g| GrantType::named(g).ok_or(GRANT)).collect::<Result<_, _>>()?,
            scope: column::read_scope(&self.scope)?,
            default_scope: column::read_scope(&self.default_scope)?,
            auth_method: self.auth_method.map(|m| AuthMethod::parse(&m).ok_or(METHOD)).transpose()?,
            require_pkce: self.require_pkce,
            resource_server: self.resource_server,
            resources: column::read_list(&self.resources)?,
            disabled: self.disabled,
            created_at: UnixTime::from_micros(self.created_at),
            rate_limit: column::read_limit(self.rate_limit)?,
            previous_secret_until: self.previous_secret_until.map(UnixTime::from_micros),
            metadata: ClientMetadata::from_json(&self.metadata).ok_or(METADATA)?,
            client_id: self.client_id,
            name: self.name,
        };
        let digest = |stored: Option<Vec<u8>>| stored.map(|d| column::read_digest(&d)).transpose();
        let (secret, previous_secret) = (digest(self.secret_digest)?, digest(self.previous_secret_digest)?);
        Ok(ClientRecord { client, secret, previous_secret })
    }
}

/// Adds a client. [`StorageError::Conflict`] when the id is taken.
pub fn insert(connection: &mut DbConnection, record: &ClientRecord) -> Result<(), StorageError> {
    diesel::insert_into(dsl::clients).values(Row::new(record)).execute(connection)?;
    Ok(())
}

/// Replaces everything registered for a client, its secrets included; `false` when there is none of that id.
pub fn update(connection: &mut DbConnection, record: &ClientRecord) -> Result<bool, StorageError> {
    let row = Row::new(record);
    let changed = diesel::update(dsl::clients.filter(dsl::client_id.eq(&record.client.client_id)))
        .set(&row)
        .execute(connection)?;
    Ok(changed == 1)
}

/// The client of this id.
pub fn find(connection: &mut DbConnection, client_id: &str) -> Result<Option<ClientRecord>, StorageError> {
    let row: Option<Row> = dsl::clients
        .filter(dsl::client_id.eq(client_id))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// The client of this id, held until the end of the transaction: nobody else changes it, and nobody issues to it.
pub fn lock(connection: &mut DbConnection, client_id: &str) -> Result<Option<ClientRecord>, StorageError> {
    // SQLite's writer has the whole database to itself.
    if let DbConnection::Postgres(postgres) = connection {
        let one = dsl::clients.filter(dsl::client_id.eq(client_id)).select(dsl::client_id);
        one.for_update().get_result::<String>(postgres).optional()?;
    }
    find(connection, client_id)
}

/// Has a client stay as it is until the end of the transaction. Whoever makes a grant of a code asks this first, since whoever
/// takes away what a client has holds the client before its codes and grants: the other way round they would wait for each other.
pub fn hold(connection: &mut DbConnection, client_id: &str) -> Result<(), StorageError> {
    // SQLite's writer has the whole database to itself.
    if let DbConnection::Postgres(postgres) = connection {
        let one = dsl::clients.filter(dsl::client_id.eq(client_id)).select(dsl::client_id);
        one.for_key_share().get_result::<String>(postgres).optional()?;
    }
    Ok(())
}

/// All clients by id.
pub fn list(connection: &mut DbConnection) -> Result<Vec<ClientRecord>, StorageError> {
    let rows: Vec<Row> =
        dsl::clients.select(Row::as_select()).order(dsl::client_id.asc()).load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// Removes a client with its codes, grants and consents; `false` when there is none of that id.
pub fn delete(connection: &mut DbConnection, client_id: &str) -> Result<bool, StorageError> {
    connection::take_time(connection)?;
    Ok(diesel::delete(dsl::clients.filter(dsl::client_id.eq(client_id))).execute(connection)? == 1)
}

/// Every URI that a resource server registered (RFC 8707; contract §5).
pub fn resources(connection: &mut DbConnection) -> Result<Vec<String>, StorageError> {
    let rows: Vec<String> = dsl::clients
        .filter(dsl::resource_server.eq(true))
        .filter(dsl::disabled.eq(false))
        .select(dsl::resources)
        .order(dsl::client_id.asc())
        .load(connection)?;
    let mut all = Vec::new();
    for row in rows {
        all.extend(column::read_list(&row)?);
    }
    Ok(all)
}

/// The resource server that answers for a URI, written as it is registered; of several the first by id.
pub fn of_resource(connection: &mut DbConnection, uri: &str) -> Result<Option<Client>, StorageError> {
    let rows: Vec<Row> = dsl::clients
        .filter(dsl::resource_server.eq(true))
        .filter(dsl::disabled.eq(false))
        .select(Row::as_select())
        .order(dsl::client_id.asc())
        .load(connection)?;
    for row in rows {
        let client = row.read()?.client;
        if client.resources.iter().any(|own| resource_indicator::same(own, uri)) {
            return Ok(Some(client));
        }
    }
    Ok(None)
}

/// Clients by id: at most `limit`, after the id `after`.
pub fn page(
    connection: &mut DbConnection,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<ClientRecord>, StorageError> {
    let mut query =
        dsl::clients.select(Row::as_select()).order(dsl::client_id.asc()).limit(limit).into_boxed();
    if let Some(after) = after {
        query = query.filter(dsl::client_id.gt(after));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// What an administrator looks for among the clients; what is not said is not asked.
#[derive(Clone, Default)]
pub struct Search {
    /// Those whose name or id contains this, whatever its case. Every client is looked at: operators make few.
    pub text: Option<String>,
    /// Those that are switched off, or that are not.
    pub disabled: Option<bool>,
    /// Those with a limit of their own.
    pub limited: bool,
}

/// Clients by id: at most `limit`, after the id `after`.
pub fn search(
    connection: &mut DbConnection,
    what: &Search,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Client>, StorageError> {
    let mut query =
        dsl::clients.select(Row::as_select()).order(dsl::client_id.asc()).limit(limit).into_boxed();
    if let Some(text) = &what.text {
        let pattern = column::containing(&text.to_lowercase());
        let name = column::lower(dsl::name).like(pattern.clone()).escape(column::ESCAPE);
        query = query.filter(name.or(column::lower(dsl::client_id).like(pattern).escape(column::ESCAPE)));
    }
    if let Some(disabled) = what.disabled {
        query = query.filter(dsl::disabled.eq(disabled));
    }
    if what.limited {
        query = query.filter(dsl::rate_limit.is_not_null());
    }
    if let Some(after) = after {
        query = query.filter(dsl::client_id.gt(after));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(|row| Ok(row.read()?.client)).collect()
}
