//! What a person allowed a client to do, remembered.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::consents::dsl;
use crate::clock::UnixTime;
use crate::oauth::scope::Scope;

/// The scope a user granted a client before, if any.
pub fn find(
    connection: &mut DbConnection,
    user_id: Uuid,
    client_id: &str,
) -> Result<Option<Scope>, StorageError> {
    let scope: Option<String> = dsl::consents
        .filter(dsl::user_id.eq(column::id(user_id)))
        .filter(dsl::client_id.eq(client_id))
        .select(dsl::scope)
        .get_result(connection)
        .optional()?;
    scope.map(|s| column::read_scope(&s)).transpose()
}

/// Remembers a grant; scopes granted before are kept.
pub fn remember(
    connection: &mut DbConnection,
    user_id: Uuid,
    client_id: &str,
    scope: &Scope,
    now: UnixTime,
) -> Result<(), StorageError> {
    let before = find(connection, user_id, client_id)?;
    let all: Scope = before.iter().flat_map(Scope::iter).chain(scope.iter()).collect();
    if before.as_ref() == Some(&all) {
        return Ok(());
    }
    diesel::delete(
        dsl::consents.filter(dsl::user_id.eq(column::id(user_id))).filter(dsl::client_id.eq(client_id)),
    )
    .execute(connection)?;
    diesel::insert_into(dsl::consents)
        .values((
            dsl::user_id.eq(column::id(user_id)),
            dsl::client_id.eq(client_id),
            dsl::scope.eq(all.to_string()),
            dsl::granted_at.eq(now.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Everything a user granted: client, scope, since when.
pub fn of_user(
    connection: &mut DbConnection,
    user_id: Uuid,
) -> Result<Vec<(String, Scope, UnixTime)>, StorageError> {
    let rows: Vec<(String, String, i64)> = dsl::consents
        .filter(dsl::user_id.eq(column::id(user_id)))
        .select((dsl::client_id, dsl::scope, dsl::granted_at))
        .load(connection)?;
    let read = |(client, scope, since): (String, String, i64)| {
        Ok((client, column::read_scope(&scope)?, UnixTime::from_micros(since)))
    };
    rows.into_iter().map(read).collect()
}

/// Forgets what everybody granted a client.
pub fn forget_client(connection: &mut DbConnection, client_id: &str) -> Result<(), StorageError> {
    diesel::delete(dsl::consents.filter(dsl::client_id.eq(client_id))).execute(connection)?;
    Ok(())
}

/// Forgets what a user granted a client; says whether there was anything.
pub fn forget(connection: &mut DbConnection, user_id: Uuid, client_id: &str) -> Result<bool, StorageError> {
    let one = dsl::consents.filter(dsl::user_id.eq(column::id(user_id))).filter(dsl::client_id.eq(client_id));
    Ok(diesel::delete(one).execute(connection)? == 1)
}
