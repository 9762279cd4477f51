//! Refresh tokens (RFC 6749 §1.5): stored by digest; rotated ones remember their successor for a moment (contract §5).

use diesel::prelude::*;
use uuid::Uuid;

use super::authorization_grant;
use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::{authorization_grants, refresh_tokens, refresh_tokens::dsl};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::refresh_token::RefreshToken;

/// A refresh token with its family, and its successor sealed for whoever holds it.
pub struct RefreshTokenRecord {
    /// The token.
    pub token: RefreshToken,
    /// The family it belongs to.
    pub grant: AuthorizationGrant,
    /// The successor, sealed under a key derived from this token.
    pub sealed_successor: Option<Vec<u8>>,
}

/// Adds a token to a grant.
pub fn insert(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    grant_id: Uuid,
    now: UnixTime,
    expires_at: UnixTime,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::refresh_tokens)
        .values((
            dsl::digest.eq(column::digest(digest)),
            dsl::grant_id.eq(column::id(grant_id)),
            dsl::created_at.eq(now.micros()),
            dsl::expires_at.eq(expires_at.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// The token with this digest, live or not.
pub fn find(
    connection: &mut DbConnection,
    digest: &TokenDigest,
) -> Result<Option<RefreshTokenRecord>, StorageError> {
    type Row = ((i64, i64, Option<i64>, Option<Vec<u8>>), authorization_grant::Row);
    let row: Option<Row> = refresh_tokens::table
        .inner_join(authorization_grants::table)
        .filter(dsl::digest.eq(column::digest(digest)))
        .select((
            (dsl::created_at, dsl::expires_at, dsl::consumed_at, dsl::sealed_successor),
            authorization_grant::Row::as_select(),
        ))
        .get_result(connection)
        .optional()?;
    row.map(|((created_at, expires_at, consumed_at, sealed_successor), grant)| {
        let grant = grant.read()?;
        let token = RefreshToken {
            grant_id: grant.id,
            created_at: UnixTime::from_micros(created_at),
            expires_at: UnixTime::from_micros(expires_at),
            consumed_at: column::read_time(consumed_at),
            has_successor: sealed_successor.is_some(),
        };
        Ok(RefreshTokenRecord { token, grant, sealed_successor })
    })
    .transpose()
}

/// Uses the token up and keeps its sealed successor; `false` when somebody was faster.
/// Its own parent's copy of it is wiped: once a successor was used, its parent can only be a replay.
pub fn consume(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    grant_id: Uuid,
    sealed_successor: &[u8],
    now: UnixTime,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dsl::refresh_tokens.filter(dsl::digest.eq(column::digest(digest))).filter(dsl::consumed_at.is_null()),
    )
    .set((dsl::consumed_at.eq(now.micros()), dsl::sealed_successor.eq(sealed_successor)))
    .execute(connection)?;
    if changed != 1 {
        return Ok(false);
    }
    diesel::update(
        dsl::refresh_tokens
            .filter(dsl::grant_id.eq(column::id(grant_id)))
            .filter(dsl::digest.ne(column::digest(digest)))
            .filter(dsl::sealed_successor.is_not_null()),
    )
    .set(dsl::sealed_successor.eq(None::<Vec<u8>>))
    .execute(connection)?;
    Ok(true)
}

/// Moves the idle end of a token that is kept (confidential clients).
pub fn touch(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    expires_at: UnixTime,
) -> Result<(), StorageError> {
    diesel::update(dsl::refresh_tokens.filter(dsl::digest.eq(column::digest(digest))))
        .set(dsl::expires_at.eq(expires_at.micros()))
        .execute(connection)?;
    Ok(())
}
