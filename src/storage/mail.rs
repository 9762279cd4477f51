//! Mails that wait to be sent: sealed, each sent by one node at a time.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::mails::dsl;
use crate::clock::UnixTime;

/// A mail, sealed for its own row.
#[derive(Clone)]
pub struct Mail {
    /// UUIDv7.
    pub id: Uuid,
    /// What is to be sent, sealed.
    pub sealed: Vec<u8>,
    /// When it was written.
    pub created_at: UnixTime,
    /// When it is to be tried.
    pub due_at: UnixTime,
    /// How often it was tried.
    pub attempts: i32,
}

/// Adds a mail.
pub fn insert(connection: &mut DbConnection, mail: &Mail) -> Result<(), StorageError> {
    diesel::insert_into(dsl::mails)
        .values((
            dsl::id.eq(column::id(mail.id)),
            dsl::sealed.eq(&mail.sealed),
            dsl::created_at.eq(mail.created_at.micros()),
            dsl::due_at.eq(mail.due_at.micros()),
            dsl::attempts.eq(mail.attempts),
        ))
        .execute(connection)?;
    Ok(())
}

/// Mails that are due, the longest waiting first: at most `limit`.
pub fn due(connection: &mut DbConnection, now: UnixTime, limit: i64) -> Result<Vec<Mail>, StorageError> {
    type Row = (Vec<u8>, Vec<u8>, i64, i64, i32);
    let rows: Vec<Row> = dsl::mails
        .filter(dsl::due_at.le(now.micros()))
        .select((dsl::id, dsl::sealed, dsl::created_at, dsl::due_at, dsl::attempts))
        .order(dsl::due_at.asc())
        .limit(limit)
        .load(connection)?;
    let read = |(id, sealed, created_at, due_at, attempts): Row| {
        Ok(Mail {
            id: column::read_id(&id)?,
            sealed,
            created_at: UnixTime::from_micros(created_at),
            due_at: UnixTime::from_micros(due_at),
            attempts,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Takes a mail for one attempt, after which it is due again at `again_at`; `false` when another node was faster.
pub fn claim(connection: &mut DbConnection, mail: &Mail, again_at: UnixTime) -> Result<bool, StorageError> {
    let unchanged = dsl::mails
        .filter(dsl::id.eq(column::id(mail.id)))
        .filter(dsl::due_at.eq(mail.due_at.micros()))
        .filter(dsl::attempts.eq(mail.attempts));
    let changed = diesel::update(unchanged)
        .set((dsl::due_at.eq(again_at.micros()), dsl::attempts.eq(mail.attempts.saturating_add(1))))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Removes a mail that was sent, or never can be; `false` when it is gone already.
pub fn remove(connection: &mut DbConnection, id: Uuid) -> Result<bool, StorageError> {
    Ok(diesel::delete(dsl::mails.filter(dsl::id.eq(column::id(id)))).execute(connection)? == 1)
}

/// How many wait.
pub fn waiting(connection: &mut DbConnection) -> Result<i64, StorageError> {
    Ok(dsl::mails.count().get_result(connection)?)
}
