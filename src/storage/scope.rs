//! The scopes that the operator registered, and who has them (RFC 6749 §3.3).

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::authorization_grant::{self, Which};
use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::revocation::Subject;
use super::schema::scopes::{self, dsl};
use super::schema::{
    api_keys, authorization_codes, authorization_grants, clients, consents, device_codes, users,
};
use crate::clock::UnixTime;
use crate::oauth::registered_scope::RegisteredScope;
use crate::oauth::scope::Scope;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = scopes)]
struct Row {
    name: String,
    description: String,
    translations: String,
    created_at: i64,
    for_anybody: bool,
}

impl Row {
    fn new(scope: &RegisteredScope) -> Self {
        Self {
            name: scope.name.clone(),
            description: scope.description.clone(),
            translations: column::map(&scope.translations),
            created_at: scope.created_at.micros(),
            for_anybody: scope.for_anybody,
        }
    }

    fn read(self) -> Result<RegisteredScope, StorageError> {
        Ok(RegisteredScope {
            translations: column::read_map(&self.translations)?,
            name: self.name,
            description: self.description,
            created_at: UnixTime::from_micros(self.created_at),
            for_anybody: self.for_anybody,
        })
    }
}

/// Every one, by name.
pub fn list(connection: &mut DbConnection) -> Result<Vec<RegisteredScope>, StorageError> {
    let rows: Vec<Row> = dsl::scopes.select(Row::as_select()).load(connection)?;
    let mut all = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
    // Byte by byte on both databases.
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// The one of this name.
pub fn find(connection: &mut DbConnection, name: &str) -> Result<Option<RegisteredScope>, StorageError> {
    let row: Option<Row> =
        dsl::scopes.filter(dsl::name.eq(name)).select(Row::as_select()).get_result(connection).optional()?;
    row.map(Row::read).transpose()
}

/// Those of `names` that are registered; none of them is changed or removed before the end of the transaction.
pub fn hold(connection: &mut DbConnection, names: &[&str]) -> Result<Vec<RegisteredScope>, StorageError> {
    // SQLite's writer has the whole database to itself.
    if let DbConnection::Postgres(postgres) = connection {
        // In one order, so that two who hold the same ones never wait for each other.
        let these = dsl::scopes.filter(dsl::name.eq_any(names)).select(dsl::name).order(dsl::name.asc());
        these.for_share().load::<String>(postgres)?;
    }
    let rows: Vec<Row> =
        dsl::scopes.filter(dsl::name.eq_any(names)).select(Row::as_select()).load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// Adds one. [`StorageError::Conflict`] when the name is taken.
pub fn insert(connection: &mut DbConnection, scope: &RegisteredScope) -> Result<(), StorageError> {
    diesel::insert_into(dsl::scopes).values(Row::new(scope)).execute(connection)?;
    Ok(())
}

/// Replaces what is said of it; `false` when there is none of that name.
pub fn update(connection: &mut DbConnection, scope: &RegisteredScope) -> Result<bool, StorageError> {
    let row = Row::new(scope);
    let said = (
        dsl::description.eq(row.description),
        dsl::translations.eq(row.translations),
        dsl::for_anybody.eq(row.for_anybody),
    );
    Ok(diesel::update(dsl::scopes.filter(dsl::name.eq(row.name))).set(said).execute(connection)? == 1)
}

/// Removes one, when nobody holds it any more; `false` when there is none of that name.
pub fn delete(connection: &mut DbConnection, name: &str) -> Result<bool, StorageError> {
    Ok(diesel::delete(dsl::scopes.filter(dsl::name.eq(name))).execute(connection)? == 1)
}

/// Takes the scope `name` out of everything that people allowed, so that it is not allowed when it is registered again: of
/// consents, and of what was issued by them. What allows nothing else ends. Returns what this node has to apply at once.
pub fn forget(
    connection: &mut DbConnection,
    name: &str,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    /// In the rows of `$table`.
    macro_rules! take_out {
        ($($table:ident),+) => {$(
            let text = " ".into_sql::<Text>().concat($table::scope).concat(" ");
            let rest = column::trim(column::replace(text, format!(" {name} "), " "));
            // The whole word, so that no row is written without a change.
            let padded = " ".into_sql::<Text>().concat($table::scope).concat(" ");
            let having = padded.like(column::containing(&format!(" {name} "))).escape(column::ESCAPE);
            diesel::update($table::table.filter(having)).set($table::scope.eq(rest)).execute(connection)?;
        )+};
    }
    let ended = authorization_grant::revoke(connection, Which::Scope(name), now)?;
    diesel::delete(consents::table.filter(consents::scope.eq(name))).execute(connection)?;
    diesel::delete(authorization_codes::table.filter(authorization_codes::scope.eq(name)))
        .execute(connection)?;
    diesel::delete(device_codes::table.filter(device_codes::scope.eq(name))).execute(connection)?;
    take_out!(consents, authorization_codes, device_codes, authorization_grants);
    Ok(ended)
}

/// How many clients may ask for each scope.
pub fn clients(connection: &mut DbConnection) -> Result<BTreeMap<String, i64>, StorageError> {
    let rows = clients::table.group_by(clients::scope).select((clients::scope, diesel::dsl::count_star()));
    by_token(rows.load(connection)?)
}

/// The first clients by id that may ask for the scope `name`; at most `limit`.
pub fn clients_with(
    connection: &mut DbConnection,
    name: &str,
    limit: usize,
) -> Result<Vec<String>, StorageError> {
    let rows: Vec<(String, String)> = clients::table
        .filter(clients::scope.like(column::containing(name)).escape(column::ESCAPE))
        .select((clients::client_id, clients::scope))
        .order(clients::client_id.asc())
        .load(connection)?;
    Ok(rows.into_iter().filter(|(_, text)| has(text, name)).map(|(id, _)| id).take(limit).collect())
}

/// Whether a text of scopes has the one. The database knows no tokens, and SQLite no case.
fn has(text: &str, name: &str) -> bool {
    Scope::parse(text).is_ok_and(|all| all.contains(name))
}

/// Numbers by texts of scopes, by each scope.
fn by_token(rows: Vec<(String, i64)>) -> Result<BTreeMap<String, i64>, StorageError> {
    let mut all = BTreeMap::new();
    for (text, count) in rows {
        for token in column::read_scope(&text)?.iter() {
            *all.entry(token.to_owned()).or_default() += count;
        }
    }
    Ok(all)
}

/// How many keys that can still be used have each scope.
pub fn keys(connection: &mut DbConnection, now: UnixTime) -> Result<BTreeMap<String, i64>, StorageError> {
    use api_keys::dsl::{expires_at, revoked_at, scope};
    let rows: Vec<(String, i64)> = api_keys::table
        .filter(revoked_at.is_null())
        .filter(expires_at.is_null().or(expires_at.gt(now.micros())))
        .group_by(scope)
        .select((scope, diesel::dsl::count_star()))
        .load(connection)?;
    by_token(rows)
}

/// A key that has a scope.
pub struct KeyWith {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Its owner's user name.
    pub owner: String,
}

/// The oldest keys that can still be used and have the scope `name`; at most `limit`.
pub fn keys_with(
    connection: &mut DbConnection,
    name: &str,
    now: UnixTime,
    limit: usize,
) -> Result<Vec<KeyWith>, StorageError> {
    use api_keys::dsl::{expires_at, id, revoked_at, scope};
    let rows: Vec<(Vec<u8>, String, String, String)> = api_keys::table
        .inner_join(users::table)
        .filter(scope.like(column::containing(name)).escape(column::ESCAPE))
        .filter(revoked_at.is_null())
        .filter(expires_at.is_null().or(expires_at.gt(now.micros())))
        .select((id, api_keys::name, users::username, scope))
        .order(id.asc())
        .load(connection)?;
    let found = rows.into_iter().filter(|(.., text)| has(text, name)).take(limit);
    found
        .map(|(key, called, owner, _)| Ok(KeyWith { id: column::read_id(&key)?, name: called, owner }))
        .collect()
}
