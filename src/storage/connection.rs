//! One connection to either database, and how it is opened: pragmas, timeouts, TLS (contract §14, security §4.11).

use std::path::{Path, PathBuf};

use diesel::connection::{Connection, SimpleConnection};
use diesel::r2d2::R2D2Connection;
use diesel::{PgConnection, SqliteConnection};
use url::{Host, Url};

use super::error::StorageError;

/// A connection to whichever database the configuration names; every query is written once against it.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// PostgreSQL, by URL.
    Postgres(PgConnection),
    /// SQLite, embedded.
    Sqlite(SqliteConnection),
}

/// Where the data lives.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file; `sqlite:PATH`.
    Sqlite(PathBuf),
    /// `postgres://…`, with `sslmode` filled in.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH` or `postgres://…`. The error says what to write instead; it never repeats the URL,
    /// which may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() || path.contains('?') {
                Err("write sqlite:PATH, for instance sqlite:/var/lib/portcullis/portcullis.db")
            } else {
                Ok(Self::Sqlite(PathBuf::from(path)))
            };
        }
        let mut url = Url::parse(text).map_err(|_| "write sqlite:PATH or postgres://USER@HOST/DATABASE")?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err("only sqlite: and postgres: databases are supported");
        }
        if !url.query_pairs().any(|(name, _)| name == "sslmode") {
            let local = match url.host() {
                None => true,
                Some(Host::Domain(name)) => name.is_empty() || name == "localhost",
                Some(Host::Ipv4(ip)) => ip.is_loopback(),
                Some(Host::Ipv6(ip)) => ip.is_loopback(),
            };
            // `postgres` is not one of the URL standard's special schemes: its IPv4 hosts come out as names.
            let local = local
                || url
                    .host_str()
                    .and_then(|h| h.parse::<std::net::IpAddr>().ok())
                    .is_some_and(|ip| ip.is_loopback());
            url.query_pairs_mut().append_pair("sslmode", if local { "prefer" } else { "verify-full" });
        }
        Ok(Self::Postgres(url.into()))
    }

    /// Opens a connection for reading and, on PostgreSQL, writing.
    pub fn connect(&self) -> Result<DbConnection, StorageError> {
        match self {
            Self::Sqlite(path) => sqlite(path, READER),
            Self::Postgres(url) => postgres(url),
        }
    }

    /// Opens a connection that may change data.
    pub fn connect_writer(&self) -> Result<DbConnection, StorageError> {
        match self {
            Self::Sqlite(path) => sqlite(path, WRITER),
            Self::Postgres(url) => postgres(url),
        }
    }
}

/// Waiting for a lock is bounded; what is acknowledged is on the disk (`FULL`); freed pages are overwritten.
const WRITER: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;";
const READER: &str = "PRAGMA busy_timeout = 2000; PRAGMA query_only = ON; PRAGMA foreign_keys = ON;";
/// No statement outlives two seconds, no wait for a lock one (security ).
const POSTGRES: &str = "SET statement_timeout = '2s'; SET lock_timeout = '1s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning';";

fn sqlite(path: &Path, pragmas: &str) -> Result<DbConnection, StorageError> {
    let mut connection = SqliteConnection::establish(&path.to_string_lossy()).map_err(unavailable)?;
    connection.batch_execute(pragmas)?;
    Ok(DbConnection::Sqlite(connection))
}

fn postgres(url: &str) -> Result<DbConnection, StorageError> {
    let mut connection = PgConnection::establish(&with_connect_timeout(url)).map_err(unavailable)?;
    connection.batch_execute(POSTGRES)?;
    Ok(DbConnection::Postgres(connection))
}

fn with_connect_timeout(url: &str) -> String {
    if url.contains("connect_timeout=") { url.to_owned() } else { format!("{url}&connect_timeout=2") }
}

fn unavailable(error: diesel::ConnectionError) -> StorageError {
    StorageError::Unavailable(error.to_string())
}

/// Makes connections for the pool.
pub(super) struct Connector(pub(super) DatabaseUrl);

impl r2d2::ManageConnection for Connector {
    type Connection = DbConnection;
    type Error = StorageError;

    fn connect(&self) -> Result<DbConnection, StorageError> {
        self.0.connect()
    }

    fn is_valid(&self, connection: &mut DbConnection) -> Result<(), StorageError> {
        Ok(connection.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, connection: &mut DbConnection) -> bool {
        connection.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_14_sslmode_is_prefer_on_loopback_and_verify_full_elsewhere() {
        for (url, mode) in [
            ("postgres://u@127.0.0.1/d", "sslmode=prefer"),
            ("postgres://u@localhost:5433/d", "sslmode=prefer"),
            ("postgres://u@[::1]/d", "sslmode=prefer"),
            ("postgres:///d?host=/run/postgresql", "sslmode=prefer"),
            ("postgres://u@db.example.com/d", "sslmode=verify-full"),
            ("postgres://u@db.example.com/d?sslmode=require", "sslmode=require"),
        ] {
            match DatabaseUrl::parse(url) {
                Ok(DatabaseUrl::Postgres(text)) => assert!(text.contains(mode), "{url}: {text}"),
                _ => panic!("{url}"),
            }
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for bad in ["", "mysql://root:hunter2@h/d", "sqlite:", "portcullis.db"] {
            let message = DatabaseUrl::parse(bad).err().unwrap();
            assert!(!message.contains("hunter2"));
        }
    }
}
