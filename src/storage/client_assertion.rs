//! Client assertions that were used (RFC 7523 §3; security §3, 34): each counts once, on whichever node.

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::client_assertions::dsl;
use crate::clock::UnixTime;

/// Uses up the assertion of `client_id` whose client and `jti` have this SHA-256; `false` when it was used before. It is
/// forgotten after `expires_at`, when nobody takes it any more.
pub fn consume(
    connection: &mut DbConnection,
    digest: &[u8; 32],
    client_id: &str,
    expires_at: UnixTime,
) -> Result<bool, StorageError> {
    let insert = diesel::insert_into(dsl::client_assertions).values((
        dsl::digest.eq(digest.to_vec()),
        dsl::client_id.eq(client_id),
        dsl::expires_at.eq(expires_at.micros()),
    ));
    let inserted = match connection {
        DbConnection::Sqlite(sqlite) => insert.on_conflict(dsl::digest).do_nothing().execute(sqlite)?,
        DbConnection::Postgres(postgres) => insert.on_conflict(dsl::digest).do_nothing().execute(postgres)?,
    };
    Ok(inserted == 1)
}
