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

/// Holds the row until the end of the transaction: whoever makes something that there must be one of asks this first.
pub fn hold(connection: &mut DbConnection) -> Result<(), StorageError> {
    // SQLite's writer has the whole database to itself.
    if let DbConnection::Postgres(postgres) = connection {
        let row = dsl::installation.select(dsl::id).for_update();
        row.get_result::<i32>(postgres).optional()?;
    }
    Ok(())
}

/// Sets the canary. [`StorageError::Conflict`] when another node was first.
pub fn insert(connection: &mut DbConnection, canary: &[u8], now: UnixTime) -> Result<(), StorageError> {
    diesel::insert_into(dsl::installation)
        .values((dsl::id.eq(1), dsl::canary.eq(canary), dsl::created_at.eq(now.micros())))
        .execute(connection)?;
    Ok(())
}
