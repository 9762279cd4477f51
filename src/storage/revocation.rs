//! The sequence of revocations that every node follows (decision 0004).
//!
//! Whatever can make a cached answer wrong writes a row here, in the transaction that makes it wrong. Rows are
//! kept as long as a token issued before them can live.

use std::collections::HashSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use uuid::Uuid;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::revocations::dsl;
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
    /// This API key changed or died: look again.
    Key(Uuid),
    /// This project, or who is in it, changed: look again.
    Project(Uuid),
    /// The signing key of this `kid` came, was revoked or went: read the keys again.
    SigningKey(String),
    /// This scope of the operator's was registered, changed or removed: read them again.
    Scope(String),
    /// Something that only a newer version knows changed: look at everything again.
    Unknown,
}

/// How far a follower has read, and which rows beyond that it has seen already.
#[derive(Clone, Default, Debug)]
pub struct Position {
    /// SQLite: a row's number. PostgreSQL: a transaction id below which everything was visible.
    horizon: i64,
    /// PostgreSQL: rows of transactions above the horizon. They are read again and must not count again.
    seen: HashSet<i64>,
}

impl Subject {
    /// Whether the signing keys may have changed.
    pub const fn is_about_signing_keys(&self) -> bool {
        matches!(self, Self::SigningKey(_) | Self::Unknown)
    }

    /// Whether the operator's scopes may have changed.
    pub const fn is_about_scopes(&self) -> bool {
        matches!(self, Self::Scope(_) | Self::Unknown)
    }

    fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Grant(id) => ("grant", id.to_string()),
            Self::Token(id) => ("token", id.to_string()),
            Self::User(id) => ("user", id.to_string()),
            Self::Client(id) => ("client", id.clone()),
            Self::Key(id) => ("key", id.to_string()),
            Self::Project(id) => ("project", id.to_string()),
            Self::SigningKey(kid) => ("signing_key", kid.clone()),
            Self::Scope(name) => ("scope", name.clone()),
            Self::Unknown => ("unknown", String::new()),
        }
    }

    fn read(kind: &str, subject: String) -> Result<Self, StorageError> {
        let id = || Uuid::parse_str(&subject).map_err(|_| StorageError::Corrupt("a revocation names no id"));
        match kind {
            "grant" => Ok(Self::Grant(id()?)),
            "token" => Ok(Self::Token(id()?)),
            "user" => Ok(Self::User(id()?)),
            "client" => Ok(Self::Client(subject)),
            "key" => Ok(Self::Key(id()?)),
            "project" => Ok(Self::Project(id()?)),
            "signing_key" => Ok(Self::SigningKey(subject)),
            "scope" => Ok(Self::Scope(subject)),
            // A node of a newer version runs beside this one. What it adds can only mean "look again" (decision 0004).
            _ => Ok(Self::Unknown),
        }
    }
}

/// Seconds for which a revocation must be remembered: no token issued before it lives longer.
pub const REMEMBER_SECONDS: i64 = access_token::LIFETIME_SECONDS + MARGIN_SECONDS;

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
                dsl::expires_at.eq(now.plus_seconds(REMEMBER_SECONDS).micros()),
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

/// The rows after `position`, which moves on; none is missed and none comes twice.
///
/// On SQLite rows become visible in the order of `seq`. On PostgreSQL they do not: there the horizon is a
/// transaction id below which everything was visible when it was taken.
pub fn since(connection: &mut DbConnection, position: &mut Position) -> Result<Vec<Subject>, StorageError> {
    type Row = (i64, String, String);
    let columns = (dsl::seq, dsl::kind, dsl::subject);
    let rows: Vec<Row> = match connection {
        DbConnection::Sqlite(sqlite) => {
            let rows: Vec<Row> = dsl::revocations
                .filter(dsl::seq.gt(position.horizon))
                .select(columns)
                .order(dsl::seq.asc())
                .load(sqlite)?;
            position.horizon = rows.last().map_or(position.horizon, |row| row.0);
            rows
        }
        DbConnection::Postgres(postgres) => {
            // Taken before the rows are read: a transaction that is open now is read again next time.
            let next: Horizon =
                diesel::sql_query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon")
                    .get_result(postgres)?;
            let rows: Vec<Row> = dsl::revocations
                .filter(diesel::dsl::sql::<Bool>("tx >= ").bind::<BigInt, _>(position.horizon))
                .select(columns)
                .order(dsl::seq.asc())
                .load(postgres)?;
            let before = std::mem::take(&mut position.seen);
            position.seen = rows.iter().map(|row| row.0).collect();
            position.horizon = next.horizon;
            rows.into_iter().filter(|row| !before.contains(&row.0)).collect()
        }
    };
    rows.into_iter().map(|(_, kind, subject)| Subject::read(&kind, subject)).collect()
}
