//! Authorization codes (RFC 6749 §4.1.2): stored by digest, used once.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::authorization_codes::{self, dsl};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;
use crate::oauth::authorization_code::AuthorizationCode;
use crate::oauth::pkce::CodeChallenge;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = authorization_codes)]
struct Row {
    digest: Vec<u8>,
    client_id: String,
    user_id: Vec<u8>,
    session_id: Vec<u8>,
    redirect_uri: String,
    redirect_uri_was_given: bool,
    scope: String,
    code_challenge: Option<String>,
    nonce: Option<String>,
    resource: Option<String>,
    auth_time: i64,
    created_at: i64,
    expires_at: i64,
    consumed_at: Option<i64>,
    grant_id: Option<Vec<u8>>,
    claims: Option<String>,
    dpop_jkt: Option<String>,
}

/// Adds a code.
pub fn insert(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    code: &AuthorizationCode,
) -> Result<(), StorageError> {
    let row = Row {
        digest: column::digest(digest),
        client_id: code.client_id.clone(),
        user_id: column::id(code.user_id),
        session_id: column::id(code.session_id),
        redirect_uri: code.redirect_uri.clone(),
        redirect_uri_was_given: code.redirect_uri_was_given,
        scope: code.scope.to_string(),
        code_challenge: code.code_challenge.as_ref().map(|c| c.as_str().to_owned()),
        nonce: code.nonce.clone(),
        resource: code.resource.clone(),
        auth_time: code.auth_time.micros(),
        created_at: code.created_at.micros(),
        expires_at: code.expires_at.micros(),
        consumed_at: code.consumed_at.map(UnixTime::micros),
        grant_id: code.grant_id.map(column::id),
        claims: code.claims.clone(),
        dpop_jkt: code.dpop_jkt.clone(),
    };
    diesel::insert_into(dsl::authorization_codes).values(row).execute(connection)?;
    Ok(())
}

/// The code with this digest, used or not.
pub fn find(
    connection: &mut DbConnection,
    digest: &TokenDigest,
) -> Result<Option<AuthorizationCode>, StorageError> {
    let row: Option<Row> = dsl::authorization_codes
        .filter(dsl::digest.eq(column::digest(digest)))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(|row| {
        Ok(AuthorizationCode {
            client_id: row.client_id,
            user_id: column::read_id(&row.user_id)?,
            session_id: column::read_id(&row.session_id)?,
            redirect_uri: row.redirect_uri,
            redirect_uri_was_given: row.redirect_uri_was_given,
            scope: column::read_scope(&row.scope)?,
            code_challenge: row.code_challenge.map(CodeChallenge::from_stored),
            nonce: row.nonce,
            resource: row.resource,
            auth_time: UnixTime::from_micros(row.auth_time),
            created_at: UnixTime::from_micros(row.created_at),
            expires_at: UnixTime::from_micros(row.expires_at),
            consumed_at: column::read_time(row.consumed_at),
            grant_id: column::read_id_opt(row.grant_id)?,
            claims: row.claims,
            dpop_jkt: row.dpop_jkt,
        })
    })
    .transpose()
}

/// Uses the code up for `grant_id`; `false` when somebody was faster (RFC 6749 §4.1.2: at most once).
pub fn consume(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    grant_id: Uuid,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dsl::authorization_codes
            .filter(dsl::digest.eq(column::digest(digest)))
            .filter(dsl::consumed_at.is_null()),
    )
    .set((dsl::consumed_at.eq(now.micros()), dsl::grant_id.eq(column::id(grant_id))))
    .execute(connection)?;
    Ok(changed == 1)
}

/// Removes a client's codes that nobody redeemed: all, or those that one user allowed.
pub(super) fn delete_unused(
    connection: &mut DbConnection,
    client_id: &str,
    user_id: Option<Uuid>,
) -> Result<(), StorageError> {
    let unused = dsl::client_id.eq(client_id).and(dsl::consumed_at.is_null());
    match user_id {
        Some(user) => {
            let of_user = dsl::authorization_codes.filter(unused).filter(dsl::user_id.eq(column::id(user)));
            diesel::delete(of_user).execute(connection)?
        }
        None => diesel::delete(dsl::authorization_codes.filter(unused)).execute(connection)?,
    };
    Ok(())
}
