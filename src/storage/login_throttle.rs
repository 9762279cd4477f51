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
    let row: Option<(i32, i64, i64, i64)> = dsl::login_throttles
        .filter(dsl::name.eq(name.as_slice()))
        .select((dsl::failures, dsl::blocked_until, dsl::updated_at, dsl::trusted_until))
        .get_result(connection)
        .optional()?;
    Ok(row.map(|(failures, blocked_until, updated_at, trusted_until)| Throttle {
        failures,
        blocked_until: UnixTime::from_micros(blocked_until),
        updated_at: UnixTime::from_micros(updated_at),
        trusted_until: UnixTime::from_micros(trusted_until),
    }))
}

/// Replaces a counter's state by what `change` makes of it. The row is held from before it is read, so that
/// failures that arrive together all count.
pub fn update(
    connection: &mut DbConnection,
    name: &Name,
    now: UnixTime,
    change: impl Fn(Throttle) -> Throttle,
) -> Result<(), StorageError> {
    hold(connection, name, &Throttle::fresh(now))?;
    let state = change(find(connection, name)?.unwrap_or(Throttle::fresh(now)));
    diesel::update(dsl::login_throttles.filter(dsl::name.eq(name.as_slice())))
        .set((
            dsl::failures.eq(state.failures),
            dsl::blocked_until.eq(state.blocked_until.micros()),
            dsl::updated_at.eq(state.updated_at.micros()),
            dsl::trusted_until.eq(state.trusted_until.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Makes the row if there is none, and locks it either way.
fn hold(connection: &mut DbConnection, name: &Name, fresh: &Throttle) -> Result<(), StorageError> {
    let values = (
        dsl::name.eq(name.as_slice()),
        dsl::failures.eq(fresh.failures),
        dsl::blocked_until.eq(fresh.blocked_until.micros()),
        dsl::updated_at.eq(fresh.updated_at.micros()),
        dsl::trusted_until.eq(fresh.trusted_until.micros()),
    );
    let insert = diesel::insert_into(dsl::login_throttles).values(values);
    let touch = dsl::failures.eq(dsl::failures);
    match connection {
        DbConnection::Sqlite(sqlite) => {
            insert.on_conflict(dsl::name).do_update().set(touch).execute(sqlite)?
        }
        DbConnection::Postgres(postgres) => {
            insert.on_conflict(dsl::name).do_update().set(touch).execute(postgres)?
        }
    };
    Ok(())
}
