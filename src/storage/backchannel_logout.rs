//! Which clients know a session, and those of them that are to be told that it ended (OpenID Connect Back-Channel Logout §2.3): one row
//! for each session and client, told by one node at a time.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::backchannel_logouts::dsl;
use super::schema::{client_documents, client_registrations};
use crate::clock::UnixTime;

/// A client that knows a session by an ID token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RelyingParty {
    /// UUIDv7.
    pub id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The client.
    pub client_id: String,
    /// Whose session it is.
    pub user_id: Uuid,
}

/// A client that is to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BackchannelLogout {
    /// Who, and of what.
    pub party: RelyingParty,
    /// When it is to be told.
    pub due_at: UnixTime,
    /// How often that was tried.
    pub attempts: i32,
}

/// Remembers that a client knows a session; one that is known already stays as it is.
pub fn remember(connection: &mut DbConnection, party: &RelyingParty) -> Result<(), StorageError> {
    let values = (
        dsl::id.eq(column::id(party.id)),
        dsl::session_id.eq(column::id(party.session_id)),
        dsl::client_id.eq(&party.client_id),
        dsl::user_id.eq(column::id(party.user_id)),
        dsl::attempts.eq(0),
    );
    let insert = diesel::insert_into(dsl::backchannel_logouts).values(values).on_conflict_do_nothing();
    match connection {
        DbConnection::Sqlite(sqlite) => insert.execute(sqlite)?,
        DbConnection::Postgres(postgres) => insert.execute(postgres)?,
    };
    Ok(())
}

/// Which sessions ended.
#[derive(Clone, Copy)]
pub(super) enum Ended {
    /// The one.
    Session(Uuid),
    /// All of a user's.
    User(Uuid),
    /// All of a user's but one.
    Others {
        /// The user.
        user: Uuid,
        /// The session that goes on.
        keep: Uuid,
    },
}

/// Whoever knows a session that ended is to be told, from now on.
pub(super) fn end(connection: &mut DbConnection, which: Ended, now: UnixTime) -> Result<(), StorageError> {
    let lasting = diesel::update(dsl::backchannel_logouts).filter(dsl::ended_at.is_null());
    let set = (dsl::ended_at.eq(now.micros()), dsl::due_at.eq(now.micros()));
    match which {
        Ended::Session(id) => {
            lasting.filter(dsl::session_id.eq(column::id(id))).set(set).execute(connection)?
        }
        Ended::User(id) => lasting.filter(dsl::user_id.eq(column::id(id))).set(set).execute(connection)?,
        Ended::Others { user, keep } => lasting
            .filter(dsl::user_id.eq(column::id(user)))
            .filter(dsl::session_id.ne(column::id(keep)))
            .set(set)
            .execute(connection)?,
    };
    Ok(())
}

/// Which clients: those that somebody registered here, or the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Registered by an administrator.
    Registered,
    /// Registered by themselves, or described at the URL that is their id.
    Strangers,
}

/// Who of `whose` is to be told, the longest waiting first, but for clients of `busy`: at most `limit`.
pub fn due(
    connection: &mut DbConnection,
    whose: Whose,
    busy: &[String],
    now: UnixTime,
    limit: i64,
) -> Result<Vec<BackchannelLogout>, StorageError> {
    type Row = (Vec<u8>, Vec<u8>, String, Vec<u8>, Option<i64>, i32);
    let columns = (dsl::id, dsl::session_id, dsl::client_id, dsl::user_id, dsl::due_at, dsl::attempts);
    let itself = dsl::client_id
        .eq_any(client_registrations::table.select(client_registrations::client_id))
        .or(dsl::client_id.eq_any(client_documents::table.select(client_documents::client_id)));
    let query = dsl::backchannel_logouts
        .filter(dsl::due_at.le(now.micros()))
        .filter(diesel::dsl::not(dsl::client_id.eq_any(busy)))
        .select(columns)
        .order(dsl::due_at.asc())
        .limit(limit);
    let rows: Vec<Row> = match whose {
        Whose::Strangers => query.filter(itself).load(connection)?,
        Whose::Registered => query.filter(diesel::dsl::not(itself)).load(connection)?,
    };
    let read = |(id, session_id, client_id, user_id, due_at, attempts): Row| {
        let party = RelyingParty {
            id: column::read_id(&id)?,
            session_id: column::read_id(&session_id)?,
            client_id,
            user_id: column::read_id(&user_id)?,
        };
        Ok(BackchannelLogout { party, due_at: column::read_time(due_at).unwrap_or(now), attempts })
    };
    rows.into_iter().map(read).collect()
}

/// How many are to be told, now or when they are tried again.
pub fn waiting(connection: &mut DbConnection) -> Result<i64, StorageError> {
    Ok(dsl::backchannel_logouts.filter(dsl::due_at.is_not_null()).count().get_result(connection)?)
}

/// Takes one for one attempt, after which it is due again at `again_at`; `false` when another node was faster.
pub fn claim(
    connection: &mut DbConnection,
    one: &BackchannelLogout,
    again_at: UnixTime,
) -> Result<bool, StorageError> {
    let unchanged = dsl::backchannel_logouts
        .filter(dsl::id.eq(column::id(one.party.id)))
        .filter(dsl::due_at.eq(one.due_at.micros()))
        .filter(dsl::attempts.eq(one.attempts));
    let changed = diesel::update(unchanged)
        .set((dsl::due_at.eq(again_at.micros()), dsl::attempts.eq(one.attempts.saturating_add(1))))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Removes one that was told, or never will be.
pub fn remove(connection: &mut DbConnection, id: Uuid) -> Result<(), StorageError> {
    diesel::delete(dsl::backchannel_logouts.filter(dsl::id.eq(column::id(id)))).execute(connection)?;
    Ok(())
}
