//! The one-time link by which the first administrator is made (contract §14, security §4.1).

use diesel::prelude::*;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::setup_links::dsl;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;

/// Makes this the only link: earlier ones stop working.
pub fn replace(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    expires_at: UnixTime,
) -> Result<(), StorageError> {
    diesel::delete(dsl::setup_links).execute(connection)?;
    diesel::insert_into(dsl::setup_links)
        .values((dsl::digest.eq(column::digest(digest)), dsl::expires_at.eq(expires_at.micros())))
        .execute(connection)?;
    Ok(())
}

/// Whether the link is still good.
pub fn is_live(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let found: Option<i64> = dsl::setup_links
        .filter(dsl::digest.eq(column::digest(digest)))
        .filter(dsl::consumed_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select(dsl::expires_at)
        .get_result(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Uses the link up; `false` when it is used, expired or unknown.
pub fn consume(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dsl::setup_links
            .filter(dsl::digest.eq(column::digest(digest)))
            .filter(dsl::consumed_at.is_null())
            .filter(dsl::expires_at.gt(now.micros())),
    )
    .set(dsl::consumed_at.eq(now.micros()))
    .execute(connection)?;
    Ok(changed == 1)
}
