//! Which clients registered themselves, by what each manages its registration, and which of them nobody uses (RFC 7591, RFC
//! 7592).

use diesel::prelude::*;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::client_registrations::dsl;
use super::schema::{authorization_grants, clients};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;

/// Remembers that `client_id` registered itself, `by_token` or as anybody may, and the digest of its registration access token.
pub fn insert(
    connection: &mut DbConnection,
    client_id: &str,
    token: &TokenDigest,
    by_token: bool,
    now: UnixTime,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::client_registrations)
        .values((
            dsl::client_id.eq(client_id),
            dsl::digest.eq(column::digest(token)),
            dsl::registered_at.eq(now.micros()),
            dsl::by_token.eq(by_token),
        ))
        .execute(connection)?;
    Ok(())
}

/// The digest of the registration access token of `client_id`; `None` for a client that did not register itself, and for none.
pub fn token(connection: &mut DbConnection, client_id: &str) -> Result<Option<TokenDigest>, StorageError> {
    let digest: Option<Vec<u8>> = dsl::client_registrations
        .filter(dsl::client_id.eq(client_id))
        .select(dsl::digest)
        .get_result(connection)
        .optional()?;
    digest.map(|digest| column::read_digest(&digest)).transpose()
}

/// How many came without a token and have not been allowed anything yet.
pub fn count_unused(connection: &mut DbConnection) -> Result<i64, StorageError> {
    let unused = dsl::client_registrations.filter(dsl::used_at.is_null()).filter(dsl::by_token.eq(false));
    Ok(unused.count().get_result(connection)?)
}

/// Whether it is one of those still, and nobody switched it off. Who asks holds the client.
pub fn is_unused(connection: &mut DbConnection, client_id: &str) -> Result<bool, StorageError> {
    let enabled = clients::table.filter(clients::disabled.eq(false)).select(clients::client_id);
    let granted = authorization_grants::table
        .filter(authorization_grants::client_id.eq(client_id))
        .select(authorization_grants::client_id.assume_not_null());
    let found: Option<String> = dsl::client_registrations
        .filter(dsl::client_id.eq(client_id))
        .filter(dsl::used_at.is_null())
        .filter(dsl::client_id.eq_any(enabled))
        .filter(dsl::client_id.ne_all(granted))
        .select(dsl::client_id)
        .get_result(connection)
        .optional()?;
    Ok(found.is_some())
}

/// The oldest of those, registered before `before`: at most `limit` of them. Ones that an administrator switched off are left.
pub fn oldest_unused(
    connection: &mut DbConnection,
    before: UnixTime,
    limit: i64,
) -> Result<Vec<String>, StorageError> {
    let enabled = clients::table.filter(clients::disabled.eq(false)).select(clients::client_id);
    let granted = authorization_grants::table
        .filter(authorization_grants::client_id.is_not_null())
        .select(authorization_grants::client_id.assume_not_null());
    Ok(dsl::client_registrations
        .filter(dsl::used_at.is_null())
        .filter(dsl::by_token.eq(false))
        .filter(dsl::registered_at.lt(before.micros()))
        .filter(dsl::client_id.eq_any(enabled))
        .filter(dsl::client_id.ne_all(granted))
        .order(dsl::registered_at.asc())
        .limit(limit)
        .select(dsl::client_id)
        .load(connection)?)
}

/// Notes which of them have a grant at `now`, once a day.
pub(super) fn note_used(connection: &mut DbConnection, now: UnixTime) -> Result<usize, StorageError> {
    let granted = authorization_grants::table
        .filter(authorization_grants::client_id.is_not_null())
        .select(authorization_grants::client_id.assume_not_null());
    let is_old = dsl::used_at.is_null().or(dsl::used_at.lt(now.plus_seconds(-86_400).micros()));
    let noted = dsl::client_registrations.filter(is_old).filter(dsl::client_id.eq_any(granted));
    Ok(diesel::update(noted).set(dsl::used_at.eq(now.micros())).execute(connection)?)
}
