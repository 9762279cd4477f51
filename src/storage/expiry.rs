//! Removal of what expired: the database does not grow for ever.

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::revocation;
use super::schema::{
    audit_events, authorization_codes, authorization_grants, login_throttles, refresh_tokens, sessions,
    setup_links,
};
use crate::account::login_throttle::FORGET_SECONDS;
use crate::clock::UnixTime;

/// A used code is kept this long, in seconds, so that its replay is recognised.
const KEEP_CODES: i64 = 86_400;
/// Revoked grants and ended sessions are kept this long for their owner to see, in seconds.
const KEEP_ENDED: i64 = 7 * 86_400;
/// Audit events are kept this long, in seconds: 400 days.
const KEEP_EVENTS: i64 = 400 * 86_400;

/// Removes expired rows of every kind; returns how many.
pub fn purge(connection: &mut DbConnection, now: UnixTime) -> Result<usize, StorageError> {
    let before = |seconds: i64| now.plus_seconds(-seconds).micros();
    let mut removed = revocation::purge(connection, now)?;
    removed += diesel::delete(
        authorization_codes::table.filter(authorization_codes::expires_at.lt(before(KEEP_CODES))),
    )
    .execute(connection)?;
    removed += diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(now.micros())))
        .execute(connection)?;
    removed += diesel::delete(
        authorization_grants::table.filter(
            authorization_grants::expires_at
                .lt(now.micros())
                .or(authorization_grants::revoked_at.lt(before(KEEP_ENDED))),
        ),
    )
    .execute(connection)?;
    removed += diesel::delete(
        sessions::table
            .filter(sessions::expires_at.lt(now.micros()).or(sessions::ended_at.lt(before(KEEP_ENDED)))),
    )
    .execute(connection)?;
    removed += diesel::delete(setup_links::table.filter(setup_links::expires_at.lt(now.micros())))
        .execute(connection)?;
    removed +=
        diesel::delete(login_throttles::table.filter(login_throttles::updated_at.lt(before(FORGET_SECONDS))))
            .execute(connection)?;
    removed += diesel::delete(audit_events::table.filter(audit_events::at.lt(before(KEEP_EVENTS))))
        .execute(connection)?;
    Ok(removed)
}
