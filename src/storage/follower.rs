//! One connection that follows the sequence of revocations: cheap to ask, and told by PostgreSQL (decision 0004).

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::connection::{DatabaseUrl, DbConnection};
use super::error::StorageError;
use super::revocation::{self, Position, Subject};

/// A position in the sequence and the connection to move it.
pub struct Follower {
    connection: DbConnection,
    position: Position,
    /// SQLite's counter of changes made by other connections.
    data_version: Option<i64>,
}

#[derive(QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Follower {
    /// Connects. The first [`Follower::poll`] reads the whole sequence: what stood in it before, on whatever server
    /// that was, says nothing about what this connection will see.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StorageError> {
        let mut connection = url.connect()?;
        if let DbConnection::Postgres(postgres) = &mut connection {
            postgres.batch_execute(&format!("LISTEN {}", revocation::CHANNEL))?;
        }
        Ok(Self { connection, position: Position::default(), data_version: None })
    }

    /// Whether there may be something new, without a round trip: PostgreSQL sent a notification.
    pub fn is_notified(&mut self) -> Result<bool, StorageError> {
        match &mut self.connection {
            DbConnection::Sqlite(_) => Ok(false),
            DbConnection::Postgres(postgres) => {
                let mut any = false;
                for notification in postgres.notifications_iter() {
                    notification?;
                    any = true;
                }
                Ok(any)
            }
        }
    }

    /// The connection, to read what changed.
    pub const fn connection(&mut self) -> &mut DbConnection {
        &mut self.connection
    }

    /// What was revoked since the last call. Any answer at all proves that the store was heard.
    pub fn poll(&mut self) -> Result<Vec<Subject>, StorageError> {
        if let DbConnection::Sqlite(sqlite) = &mut self.connection {
            let version: DataVersion = diesel::sql_query("PRAGMA data_version").get_result(sqlite)?;
            if self.data_version == Some(version.data_version) {
                return Ok(Vec::new());
            }
            self.data_version = Some(version.data_version);
        }
        revocation::since(&mut self.connection, &mut self.position)
    }
}
