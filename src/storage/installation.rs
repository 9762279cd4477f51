//! The one row that says under which master key this database is sealed (contract §14).

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::installation::dsl;
use crate::clock::UnixTime;

/// The sealed canary, if the database was ever set up.
pub fn canary(connection: &mut DbConnection) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(dsl::installation.select(dsl::canary).get_result(connection).optional()?)
}

/// Sets the canary. [`StorageError::Conflict`] when another node was first.
pub fn insert(connection: &mut DbConnection, canary: &[u8], now: UnixTime) -> Result<(), StorageError> {
    diesel::insert_into(dsl::installation)
        .values((dsl::id.eq(1), dsl::canary.eq(canary), dsl::created_at.eq(now.micros())))
        .execute(connection)?;
    Ok(())
}
