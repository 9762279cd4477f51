//! Forms of pages that were sent, by the digest of their token: each is carried out once (security §4.6).

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::spent_forms::dsl;
use crate::clock::UnixTime;

/// The digest under which a form's token is remembered.
pub type Digest = [u8; 32];

/// Writes down that a form was sent, whose token is good until `expires_at`; `false` when it was sent before. Of several that
/// do so at once the others wait for the first.
pub fn spend(
    connection: &mut DbConnection,
    digest: &Digest,
    expires_at: UnixTime,
) -> Result<bool, StorageError> {
    let values = (dsl::digest.eq(digest.as_slice()), dsl::expires_at.eq(expires_at.micros()));
    let insert = diesel::insert_into(dsl::spent_forms).values(values).on_conflict_do_nothing();
    let inserted = match connection {
        DbConnection::Sqlite(sqlite) => insert.execute(sqlite)?,
        DbConnection::Postgres(postgres) => insert.execute(postgres)?,
    };
    Ok(inserted == 1)
}
