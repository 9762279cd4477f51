//! DPoP proofs that were used (RFC 9449 §11.1): each once, on whichever node.

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::dpop_proofs::dsl;
use crate::clock::UnixTime;

/// Remembers that a proof was used, by a digest of what makes it that proof, until it is too old to be used again.
///
/// # Errors
/// [`StorageError::Conflict`] if it was used before: of several at once, one gets through.
pub fn insert(
    connection: &mut DbConnection,
    digest: &[u8; 32],
    expires_at: UnixTime,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::dpop_proofs)
        .values((dsl::digest.eq(digest.as_slice()), dsl::expires_at.eq(expires_at.micros())))
        .execute(connection)?;
    Ok(())
}
