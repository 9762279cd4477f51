//! The scopes that the operator registered, and who has them (RFC 6749 §3.3).

use std::collections::BTreeMap;

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::scopes::{self, dsl};
use super::schema::{api_keys, users};
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
}

impl Row {
    fn new(scope: &RegisteredScope) -> Self {
        Self {
            name: scope.name.clone(),
            description: scope.description.clone(),
            translations: column::map(&scope.translations),
            created_at: scope.created_at.micros(),
        }
    }

    fn read(self) -> Result<RegisteredScope, StorageError> {
        Ok(RegisteredScope {
            translations: column::read_map(&self.translations)?,
            name: self.name,
            description: self.description,
            created_at: UnixTime::from_micros(self.created_at),
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

/// Those of `names` that are registered; none of them is removed before the end of the transaction.
pub fn hold(connection: &mut DbConnection, names: &[&str]) -> Result<Vec<String>, StorageError> {
    // In one order, so that two who hold the same ones never wait for each other.
    let these = dsl::scopes.filter(dsl::name.eq_any(names)).select(dsl::name).order(dsl::name.asc());
    Ok(match connection {
        // SQLite's writer has the whole database to itself.
        DbConnection::Sqlite(sqlite) => these.load(sqlite)?,
        DbConnection::Postgres(postgres) => these.for_key_share().load(postgres)?,
    })
}

/// Adds one. [`StorageError::Conflict`] when the name is taken.
pub fn insert(connection: &mut DbConnection, scope: &RegisteredScope) -> Result<(), StorageError> {
    diesel::insert_into(dsl::scopes).values(Row::new(scope)).execute(connection)?;
    Ok(())
}

/// Replaces the descriptions; `false` when there is none of that name.
pub fn update(connection: &mut DbConnection, scope: &RegisteredScope) -> Result<bool, StorageError> {
    let row = Row::new(scope);
    let said = (dsl::description.eq(row.description), dsl::translations.eq(row.translations));
    Ok(diesel::update(dsl::scopes.filter(dsl::name.eq(row.name))).set(said).execute(connection)? == 1)
}

/// Removes one, when nobody holds it any more; `false` when there is none of that name.
pub fn delete(connection: &mut DbConnection, name: &str) -> Result<bool, StorageError> {
    Ok(diesel::delete(dsl::scopes.filter(dsl::name.eq(name))).execute(connection)? == 1)
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
    let mut all = BTreeMap::new();
    for (text, count) in rows {
        for token in column::read_scope(&text)?.iter() {
            *all.entry(token.to_owned()).or_default() += count;
        }
    }
    Ok(all)
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
    // The database knows no tokens, and SQLite no case.
    let has = |text: &str| Scope::parse(text).is_ok_and(|all| all.contains(name));
    let found = rows.into_iter().filter(|(.., text)| has(text)).take(limit);
    found
        .map(|(key, called, owner, _)| Ok(KeyWith { id: column::read_id(&key)?, name: called, owner }))
        .collect()
}
