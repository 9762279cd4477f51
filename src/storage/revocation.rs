//! The sequence of revocations that every node follows (decision 0004).
//!
//! Whatever can make a cached answer wrong writes a row here, in the transaction that makes it wrong. Rows are
//! kept as long as a token issued before them can live.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::revocations::{self, dsl};
use crate::clock::UnixTime;
use crate::oauth::access_token;

/// PostgreSQL's channel on which nodes hear of new rows.
pub const CHANNEL: &str = "portcullis_revocations";
/// Seconds beyond the longest access token for which a row is kept: room for clocks that differ.
const MARGIN_SECONDS: i64 = 600;

/// What was revoked or changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Subject {
    /// Every token of this grant is dead for good.
    Grant(Uuid),
    /// The one access token with this `jti` is dead for good.
    Token(Uuid),
    /// This user changed: look again.
    User(Uuid),
    /// This client changed: look again.
    Client(String),
}

/// A row of the sequence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revocation {
    /// What.
    pub subject: Subject,
    /// Until when it must be remembered.
    pub expires_at: UnixTime,
}

/// How far a follower has read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position(i64);

impl Position {
    /// Before the first row.
    pub const START: Self = Self(0);
}

impl Subject {
    fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Grant(id) => ("grant", id.to_string()),
            Self::Token(id) => ("token", id.to_string()),
            Self::User(id) => ("user", id.to_string()),
            Self::Client(id) => ("client", id.clone()),
        }
    }

    fn read(kind: &str, subject: String) -> Result<Self, StorageError> {
        let id = || Uuid::parse_str(&subject).map_err(|_| StorageError::Corrupt("a revocation names no id"));
        match kind {
            "grant" => Ok(Self::Grant(id()?)),
            "token" => Ok(Self::Token(id()?)),
            "user" => Ok(Self::User(id()?)),
            "client" => Ok(Self::Client(subject)),
            _ => Err(StorageError::Corrupt("a revocation has an unknown kind")),
        }
    }
}

/// How long a revocation made now must be remembered.
pub fn remembered_until(now: UnixTime) -> UnixTime {
    now.plus_seconds(access_token::LIFETIME_SECONDS + MARGIN_SECONDS)
}

/// Writes rows for `subjects` and wakes the followers when the transaction commits.
pub fn record(
    connection: &mut DbConnection,
    subjects: &[Subject],
    now: UnixTime,
) -> Result<(), StorageError> {
    for subject in subjects {
        let (kind, name) = subject.columns();
        diesel::insert_into(dsl::revocations)
            .values((
                dsl::kind.eq(kind),
                dsl::subject.eq(name),
                dsl::at.eq(now.micros()),
                dsl::expires_at.eq(remembered_until(now).micros()),
            ))
            .execute(connection)?;
    }
    if let (DbConnection::Postgres(connection), false) = (connection, subjects.is_empty()) {
        connection.batch_execute(&format!("NOTIFY {CHANNEL}"))?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Horizon {
    #[diesel(sql_type = BigInt)]
    horizon: i64,
}

/// The rows after `position`, and the position to ask from next time. A row may come twice, none is missed.
///
/// On SQLite rows become visible in the order of `seq`. On PostgreSQL they do not: there the position is a
/// transaction id below which everything was visible when it was taken.
pub fn since(
    connection: &mut DbConnection,
    position: Position,
) -> Result<(Vec<Revocation>, Position), StorageError> {
    type Row = (i64, String, String, i64);
    let columns = (dsl::seq, dsl::kind, dsl::subject, dsl::expires_at);
    let (rows, next) = match connection {
        DbConnection::Sqlite(sqlite) => {
            let rows: Vec<Row> = dsl::revocations
                .filter(dsl::seq.gt(position.0))
                .select(columns)
                .order(dsl::seq.asc())
                .load(sqlite)?;
            let next = rows.last().map_or(position, |row| Position(row.0));
            (rows, next)
        }
        DbConnection::Postgres(postgres) => {
            // Taken before the rows are read: a transaction that is open now is read again next time.
            let horizon: Horizon =
                diesel::sql_query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon")
                    .get_result(postgres)?;
            let rows: Vec<Row> = dsl::revocations
                .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("tx >= ").bind::<BigInt, _>(position.0))
                .select(columns)
                .order(dsl::seq.asc())
                .load(postgres)?;
            (rows, Position(horizon.horizon))
        }
    };
    let found = rows
        .into_iter()
        .map(|(_, kind, subject, expires_at)| {
            Ok(Revocation {
                subject: Subject::read(&kind, subject)?,
                expires_at: UnixTime::from_micros(expires_at),
            })
        })
        .collect::<Result<_, StorageError>>()?;
    Ok((found, next))
}

/// Forgets rows that no living token can need.
pub(super) fn purge(connection: &mut DbConnection, now: UnixTime) -> Result<usize, StorageError> {
    Ok(diesel::delete(revocations::table.filter(dsl::expires_at.lt(now.micros()))).execute(connection)?)
}
