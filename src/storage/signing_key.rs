//! Signing keys at rest: the private half sealed (security §4.2).

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::signing_keys::dsl;
use crate::clock::UnixTime;
use crate::crypto::signing_keys::{SigningAlgorithm, StoredSigningKey};

/// A stored key and when it was made.
#[derive(Clone)]
pub struct SigningKeyRow {
    /// The key.
    pub key: StoredSigningKey,
    /// When it was made.
    pub created_at: UnixTime,
}

/// Every key, oldest first.
pub fn list(connection: &mut DbConnection) -> Result<Vec<SigningKeyRow>, StorageError> {
    let rows: Vec<(String, String, Vec<u8>, i64)> = dsl::signing_keys
        .select((dsl::kid, dsl::algorithm, dsl::sealed_private_key, dsl::created_at))
        .order((dsl::created_at.asc(), dsl::kid.asc()))
        .load(connection)?;
    rows.into_iter()
        .map(|(kid, algorithm, sealed_private_key, created_at)| {
            let algorithm = SigningAlgorithm::parse(&algorithm)
                .ok_or(StorageError::Corrupt("a signing key has an unknown algorithm"))?;
            Ok(SigningKeyRow {
                key: StoredSigningKey { kid, algorithm, sealed_private_key },
                created_at: UnixTime::from_micros(created_at),
            })
        })
        .collect()
}

/// Adds a key.
pub fn insert(
    connection: &mut DbConnection,
    key: &StoredSigningKey,
    now: UnixTime,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::signing_keys)
        .values((
            dsl::kid.eq(&key.kid),
            dsl::algorithm.eq(key.algorithm.as_str()),
            dsl::sealed_private_key.eq(&key.sealed_private_key),
            dsl::created_at.eq(now.micros()),
        ))
        .execute(connection)?;
    Ok(())
}
