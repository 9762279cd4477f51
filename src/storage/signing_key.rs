//! Signing keys at rest: the private half sealed, and the times that its life follows from (security §4.2).

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::signing_keys::dsl;
use crate::clock::UnixTime;
use crate::crypto::signing_keys::{SigningAlgorithm, StoredSigningKey};
use crate::oauth::jwks::KeyLife;

/// A stored key and its times.
#[derive(Clone)]
pub struct SigningKeyRow {
    /// The key.
    pub key: StoredSigningKey,
    /// Its times.
    pub life: KeyLife,
}

/// Every key, oldest first.
pub fn list(connection: &mut DbConnection) -> Result<Vec<SigningKeyRow>, StorageError> {
    type Row = (String, String, Vec<u8>, i64, Option<i64>, Option<i64>);
    let columns =
        (dsl::kid, dsl::algorithm, dsl::sealed_private_key, dsl::created_at, dsl::active_at, dsl::revoked_at);
    let rows: Vec<Row> =
        dsl::signing_keys.select(columns).order((dsl::created_at.asc(), dsl::kid.asc())).load(connection)?;
    rows.into_iter()
        .map(|(kid, algorithm, sealed_private_key, created_at, active_at, revoked_at)| {
            let algorithm = SigningAlgorithm::parse(&algorithm)
                .ok_or(StorageError::Corrupt("a signing key has an unknown algorithm"))?;
            let life = KeyLife {
                kid: kid.clone(),
                algorithm: algorithm.as_str(),
                created_at: UnixTime::from_micros(created_at),
                active_at: UnixTime::from_micros(active_at.unwrap_or(created_at)),
                revoked_at: revoked_at.map(UnixTime::from_micros),
            };
            Ok(SigningKeyRow { key: StoredSigningKey { kid, algorithm, sealed_private_key }, life })
        })
        .collect()
}

/// Makes other writers of keys wait until the end of the transaction, so that two nodes never make the same step twice.
/// Readers do not wait.
pub fn lock(connection: &mut DbConnection) -> Result<(), StorageError> {
    match connection {
        // SQLite's writer has the whole database to itself.
        DbConnection::Sqlite(_) => Ok(()),
        DbConnection::Postgres(postgres) => {
            Ok(postgres.batch_execute("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE")?)
        }
    }
}

/// Adds a key that may sign from `active_at` on.
pub fn insert(
    connection: &mut DbConnection,
    key: &StoredSigningKey,
    now: UnixTime,
    active_at: UnixTime,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::signing_keys)
        .values((
            dsl::kid.eq(&key.kid),
            dsl::algorithm.eq(key.algorithm.as_str()),
            dsl::sealed_private_key.eq(&key.sealed_private_key),
            dsl::created_at.eq(now.micros()),
            dsl::active_at.eq(active_at.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Takes the trust from a key for good; `false` if it had none any more.
pub fn revoke(connection: &mut DbConnection, kid: &str, now: UnixTime) -> Result<bool, StorageError> {
    let revoked =
        diesel::update(dsl::signing_keys.filter(dsl::kid.eq(kid)).filter(dsl::revoked_at.is_null()))
            .set(dsl::revoked_at.eq(now.micros()))
            .execute(connection)?;
    Ok(revoked == 1)
}

/// Removes a key, private half and all.
pub fn remove(connection: &mut DbConnection, kid: &str) -> Result<(), StorageError> {
    diesel::delete(dsl::signing_keys.filter(dsl::kid.eq(kid))).execute(connection)?;
    Ok(())
}
