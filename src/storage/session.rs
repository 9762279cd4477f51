//! Browser sessions, found by the digest of their cookie.

use diesel::prelude::*;
use uuid::Uuid;

use super::backchannel_logout::{self, Ended};
use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::sessions::dsl;
use crate::account::session::Session;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;

/// Adds a session. `user_agent` and `address` are for its owner to recognise it by.
pub fn insert(
    connection: &mut DbConnection,
    session: &Session,
    digest: &TokenDigest,
    user_agent: &str,
    address: &str,
) -> Result<(), StorageError> {
    diesel::insert_into(dsl::sessions)
        .values((
            dsl::id.eq(column::id(session.id)),
            dsl::digest.eq(column::digest(digest)),
            dsl::user_id.eq(column::id(session.user_id)),
            dsl::auth_time.eq(session.auth_time.micros()),
            dsl::created_at.eq(session.created_at.micros()),
            dsl::expires_at.eq(session.expires_at.micros()),
            dsl::user_agent.eq(user_agent),
            dsl::address.eq(address),
            dsl::idle_at.eq(session.idle_at.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// The session of this cookie, live or not.
pub fn find(connection: &mut DbConnection, digest: &TokenDigest) -> Result<Option<Session>, StorageError> {
    type Row = (Vec<u8>, Vec<u8>, i64, i64, i64, i64, Option<i64>);
    let times = (dsl::auth_time, dsl::created_at, dsl::expires_at, dsl::idle_at);
    let row: Option<Row> = dsl::sessions
        .filter(dsl::digest.eq(column::digest(digest)))
        .select((dsl::id, dsl::user_id, times.0, times.1, times.2, times.3, dsl::ended_at))
        .get_result(connection)
        .optional()?;
    row.map(|(id, user_id, auth_time, created_at, expires_at, idle_at, ended_at)| {
        Ok(Session {
            id: column::read_id(&id)?,
            user_id: column::read_id(&user_id)?,
            auth_time: UnixTime::from_micros(auth_time),
            created_at: UnixTime::from_micros(created_at),
            expires_at: UnixTime::from_micros(expires_at),
            idle_at: UnixTime::from_micros(idle_at),
            ended_at: column::read_time(ended_at),
        })
    })
    .transpose()
}

/// Gives a session a new cookie, and a new beginning, after its owner proved again who they are. The old cookie is dead.
pub fn renew(
    connection: &mut DbConnection,
    id: Uuid,
    digest: &TokenDigest,
    auth_time: UnixTime,
    expires_at: UnixTime,
) -> Result<bool, StorageError> {
    let changed =
        diesel::update(dsl::sessions.filter(dsl::id.eq(column::id(id))).filter(dsl::ended_at.is_null()))
            .set((
                dsl::digest.eq(column::digest(digest)),
                dsl::auth_time.eq(auth_time.micros()),
                dsl::expires_at.eq(expires_at.micros()),
            ))
            .execute(connection)?;
    Ok(changed == 1)
}

/// Writes down that sessions were used: they end at `idle_at` if they are not used again. That may be sooner than before, where the
/// setting became shorter.
pub fn touch(connection: &mut DbConnection, used: &[Uuid], idle_at: UnixTime) -> Result<(), StorageError> {
    let used: Vec<Vec<u8>> = used.iter().copied().map(column::id).collect();
    diesel::update(dsl::sessions.filter(dsl::id.eq_any(used)))
        .set(dsl::idle_at.eq(idle_at.micros()))
        .execute(connection)?;
    Ok(())
}

/// Ends one session. As with the others below, clients that know it are told.
pub fn end(connection: &mut DbConnection, id: Uuid, now: UnixTime) -> Result<(), StorageError> {
    diesel::update(dsl::sessions.filter(dsl::id.eq(column::id(id))).filter(dsl::ended_at.is_null()))
        .set(dsl::ended_at.eq(now.micros()))
        .execute(connection)?;
    backchannel_logout::end(connection, Ended::Session(id), now)
}

/// Ends every session of a user.
pub fn end_all(connection: &mut DbConnection, user_id: Uuid, now: UnixTime) -> Result<(), StorageError> {
    diesel::update(
        dsl::sessions.filter(dsl::user_id.eq(column::id(user_id))).filter(dsl::ended_at.is_null()),
    )
    .set(dsl::ended_at.eq(now.micros()))
    .execute(connection)?;
    backchannel_logout::end(connection, Ended::User(user_id), now)
}

/// Ends every session of a user but one.
pub fn end_others(
    connection: &mut DbConnection,
    user_id: Uuid,
    keep: Uuid,
    now: UnixTime,
) -> Result<(), StorageError> {
    let others = dsl::sessions
        .filter(dsl::user_id.eq(column::id(user_id)))
        .filter(dsl::id.ne(column::id(keep)))
        .filter(dsl::ended_at.is_null());
    diesel::update(others).set(dsl::ended_at.eq(now.micros())).execute(connection)?;
    backchannel_logout::end(connection, Ended::Others { user: user_id, keep }, now)
}

/// Holds the session until the end of the transaction and says whether it is live. Whether it was idle too long was seen when
/// its cookie came.
pub fn lock_live(connection: &mut DbConnection, id: Uuid, now: UnixTime) -> Result<bool, StorageError> {
    let live = dsl::sessions
        .filter(dsl::id.eq(column::id(id)))
        .filter(dsl::ended_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select(dsl::id);
    let found: Option<Vec<u8>> = match connection {
        // SQLite's writer has the whole database to itself.
        DbConnection::Sqlite(sqlite) => live.get_result(sqlite).optional()?,
        DbConnection::Postgres(postgres) => live.for_share().get_result(postgres).optional()?,
    };
    Ok(found.is_some())
}

/// When the session of this id ends by itself; `None` when there is none.
pub fn expiry(connection: &mut DbConnection, id: Uuid) -> Result<Option<UnixTime>, StorageError> {
    let found: Option<i64> = dsl::sessions
        .filter(dsl::id.eq(column::id(id)))
        .select(dsl::expires_at)
        .get_result(connection)
        .optional()?;
    Ok(column::read_time(found))
}

/// A live session, and what its owner recognises it by.
pub struct Seen {
    /// The session.
    pub session: Session,
    /// The browser, in its own words.
    pub user_agent: String,
    /// Where it signed in from.
    pub address: String,
}

/// Live sessions, somebody's or everybody's, newest first: at most `limit`, older than `before`.
pub fn live(
    connection: &mut DbConnection,
    user: Option<Uuid>,
    before: Option<Uuid>,
    limit: i64,
    now: UnixTime,
) -> Result<Vec<Seen>, StorageError> {
    type Row = (Vec<u8>, Vec<u8>, i64, i64, i64, i64, String, String);
    let times = (dsl::auth_time, dsl::created_at, dsl::expires_at, dsl::idle_at);
    let columns = (dsl::id, dsl::user_id, times.0, times.1, times.2, times.3, dsl::user_agent, dsl::address);
    let mut query = dsl::sessions
        .filter(dsl::ended_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .filter(dsl::idle_at.gt(now.micros()))
        .select(columns)
        .order(dsl::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(user) = user {
        query = query.filter(dsl::user_id.eq(column::id(user)));
    }
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    let read = |(id, user_id, auth_time, created_at, expires_at, idle_at, user_agent, address): Row| {
        let session = Session {
            id: column::read_id(&id)?,
            user_id: column::read_id(&user_id)?,
            auth_time: UnixTime::from_micros(auth_time),
            created_at: UnixTime::from_micros(created_at),
            expires_at: UnixTime::from_micros(expires_at),
            idle_at: UnixTime::from_micros(idle_at),
            ended_at: None,
        };
        Ok(Seen { session, user_agent, address })
    };
    rows.into_iter().map(read).collect()
}

/// Ends a live session if it is `user`'s; says whether it was.
pub fn end_own(
    connection: &mut DbConnection,
    user: Uuid,
    id: Uuid,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let own = dsl::sessions
        .filter(dsl::id.eq(column::id(id)))
        .filter(dsl::user_id.eq(column::id(user)))
        .filter(dsl::ended_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()));
    let is_ended = diesel::update(own).set(dsl::ended_at.eq(now.micros())).execute(connection)? == 1;
    if is_ended {
        backchannel_logout::end(connection, Ended::Session(id), now)?;
    }
    Ok(is_ended)
}

/// Whose live session this is.
pub fn owner(connection: &mut DbConnection, id: Uuid, now: UnixTime) -> Result<Option<Uuid>, StorageError> {
    let found: Option<Vec<u8>> = dsl::sessions
        .filter(dsl::id.eq(column::id(id)))
        .filter(dsl::ended_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select(dsl::user_id)
        .get_result(connection)
        .optional()?;
    column::read_id_opt(found)
}
