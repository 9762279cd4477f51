//! Pushed authorization requests (RFC 9126): stored by digest, answered with one code.

use diesel::prelude::*;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::pushed_authorization_requests::{self, dsl};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;
use crate::oauth::parameters::Parameters;
use crate::oauth::pushed_authorization_request::PushedAuthorizationRequest;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = pushed_authorization_requests)]
struct Row {
    digest: Vec<u8>,
    client_id: String,
    parameters: String,
    created_at: i64,
    expires_at: i64,
    consumed_at: Option<i64>,
}

/// Adds a request.
pub fn insert(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    pushed: &PushedAuthorizationRequest,
) -> Result<(), StorageError> {
    let row = Row {
        digest: column::digest(digest),
        client_id: pushed.client_id.clone(),
        parameters: pushed.parameters.to_query(),
        created_at: pushed.created_at.micros(),
        expires_at: pushed.expires_at.micros(),
        consumed_at: pushed.consumed_at.map(UnixTime::micros),
    };
    diesel::insert_into(dsl::pushed_authorization_requests).values(row).execute(connection)?;
    Ok(())
}

/// The request with this digest, used, expired or neither. Reading it changes nothing (RFC 9126 §4).
pub fn find(
    connection: &mut DbConnection,
    digest: &TokenDigest,
) -> Result<Option<PushedAuthorizationRequest>, StorageError> {
    let row: Option<Row> = dsl::pushed_authorization_requests
        .filter(dsl::digest.eq(column::digest(digest)))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(|row| {
        Ok(PushedAuthorizationRequest {
            client_id: row.client_id,
            parameters: Parameters::from_form(row.parameters.as_bytes())
                .map_err(|_| StorageError::Corrupt("a pushed request has no parameters"))?,
            created_at: UnixTime::from_micros(row.created_at),
            expires_at: UnixTime::from_micros(row.expires_at),
            consumed_at: column::read_time(row.consumed_at),
        })
    })
    .transpose()
}

/// Uses the request up for a code; `false` when somebody was faster.
pub fn consume(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dsl::pushed_authorization_requests
            .filter(dsl::digest.eq(column::digest(digest)))
            .filter(dsl::consumed_at.is_null()),
    )
    .set(dsl::consumed_at.eq(now.micros()))
    .execute(connection)?;
    Ok(changed == 1)
}
