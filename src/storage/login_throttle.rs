//! Counters of failed logins; names are digests, so that the table tells nothing about who was guessed at.

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::login_throttles::dsl;
use crate::account::login_throttle::Throttle;
use crate::clock::UnixTime;

/// The digest under which one counter is kept.
pub type Name = [u8; 32];

/// The state of one counter, if it ever counted.
pub fn find(connection: &mut DbConnection, name: &Name) -> Result<Option<Throttle>, StorageError> {
    let row: Option<(i32, i64, i64)> = dsl::login_throttles
        .filter(dsl::name.eq(name.as_slice()))
        .select((dsl::failures, dsl::blocked_until, dsl::updated_at))
        .first(connection)
        .optional()?;
    Ok(row.map(|(failures, blocked_until, updated_at)| Throttle {
        failures,
        blocked_until: UnixTime::from_micros(blocked_until),
        updated_at: UnixTime::from_micros(updated_at),
    }))
}

/// Writes a counter's new state.
pub fn put(connection: &mut DbConnection, name: &Name, state: &Throttle) -> Result<(), StorageError> {
    let values = (
        dsl::failures.eq(state.failures),
        dsl::blocked_until.eq(state.blocked_until.micros()),
        dsl::updated_at.eq(state.updated_at.micros()),
    );
    match connection {
        DbConnection::Sqlite(sqlite) => diesel::insert_into(dsl::login_throttles)
            .values((dsl::name.eq(name.as_slice()), values))
            .on_conflict(dsl::name)
            .do_update()
            .set(values)
            .execute(sqlite)?,
        DbConnection::Postgres(postgres) => diesel::insert_into(dsl::login_throttles)
            .values((dsl::name.eq(name.as_slice()), values))
            .on_conflict(dsl::name)
            .do_update()
            .set(values)
            .execute(postgres)?,
    };
    Ok(())
}

/// Forgets counters after a successful login.
pub fn clear(connection: &mut DbConnection, names: &[Name]) -> Result<(), StorageError> {
    for name in names {
        diesel::delete(dsl::login_throttles.filter(dsl::name.eq(name.as_slice()))).execute(connection)?;
    }
    Ok(())
}
