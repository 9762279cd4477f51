//! Initial access tokens (RFC 7591 §1.2): each registers as many clients as it has uses, on whichever node.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::registration_tokens::dsl;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;

/// An initial access token, without itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegistrationToken {
    /// UUIDv7.
    pub id: Uuid,
    /// How many clients may be registered with it.
    pub uses: i32,
    /// How many were.
    pub used: i32,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was revoked.
    pub revoked_at: Option<UnixTime>,
}

/// Adds a token.
pub fn insert(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    token: &RegistrationToken,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::registration_tokens)
        .values((
            dsl::id.eq(column::id(token.id)),
            dsl::digest.eq(column::digest(digest)),
            dsl::uses.eq(token.uses),
            dsl::used.eq(token.used),
            dsl::created_at.eq(token.created_at.micros()),
            dsl::expires_at.eq(token.expires_at.micros()),
            dsl::revoked_at.eq(token.revoked_at.map(UnixTime::micros)),
        ))
        .execute(connection)?;
    Ok(())
}

type Row = (Vec<u8>, i32, i32, i64, i64, Option<i64>);

const COLUMNS: (dsl::id, dsl::uses, dsl::used, dsl::created_at, dsl::expires_at, dsl::revoked_at) =
    (dsl::id, dsl::uses, dsl::used, dsl::created_at, dsl::expires_at, dsl::revoked_at);

/// Every token that is kept still, oldest first.
pub fn list(connection: &mut DbConnection) -> Result<Vec<RegistrationToken>, StorageError> {
    let rows: Vec<Row> = dsl::registration_tokens.select(COLUMNS).order(dsl::id.asc()).load(connection)?;
    rows.into_iter().map(read).collect()
}

/// `limit` of them, newest first, those that were made before `before`.
pub fn page(
    connection: &mut DbConnection,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<RegistrationToken>, StorageError> {
    let mut query = dsl::registration_tokens.select(COLUMNS).order(dsl::id.desc()).limit(limit).into_boxed();
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(read).collect()
}

/// One of them.
pub fn find(connection: &mut DbConnection, id: Uuid) -> Result<Option<RegistrationToken>, StorageError> {
    let row: Option<Row> = dsl::registration_tokens
        .filter(dsl::id.eq(column::id(id)))
        .select(COLUMNS)
        .get_result(connection)
        .optional()?;
    row.map(read).transpose()
}

fn read(
    (id, uses, used, created_at, expires_at, revoked_at): Row,
) -> Result<RegistrationToken, StorageError> {
    Ok(RegistrationToken {
        id: column::read_id(&id)?,
        uses,
        used,
        created_at: UnixTime::from_micros(created_at),
        expires_at: UnixTime::from_micros(expires_at),
        revoked_at: column::read_time(revoked_at),
    })
}

/// Whether a client can be registered with it at `now`.
pub fn is_live(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let found: Option<Vec<u8>> = dsl::registration_tokens
        .filter(dsl::digest.eq(column::digest(digest)))
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .filter(dsl::used.lt(dsl::uses))
        .select(dsl::id)
        .get_result(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Takes one of its uses, and says which token it was; `None` when it is used up, expired, revoked or unknown.
pub fn consume(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    now: UnixTime,
) -> Result<Option<Uuid>, StorageError> {
    let one = dsl::registration_tokens
        .filter(dsl::digest.eq(column::digest(digest)))
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .filter(dsl::used.lt(dsl::uses));
    if diesel::update(one).set(dsl::used.eq(dsl::used + 1)).execute(connection)? == 0 {
        return Ok(None);
    }
    let id: Vec<u8> = dsl::registration_tokens
        .filter(dsl::digest.eq(column::digest(digest)))
        .select(dsl::id)
        .get_result(connection)?;
    column::read_id(&id).map(Some)
}

/// Ends a token; `false` when there is none of this id, or it was ended before.
pub fn revoke(connection: &mut DbConnection, id: Uuid, now: UnixTime) -> Result<bool, StorageError> {
    let live = dsl::registration_tokens.filter(dsl::id.eq(column::id(id))).filter(dsl::revoked_at.is_null());
    Ok(diesel::update(live).set(dsl::revoked_at.eq(now.micros())).execute(connection)? == 1)
}
