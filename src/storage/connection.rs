//! One connection to either database, and how it is opened: pragmas, timeouts, TLS (contract §14, security §4.11).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Connection, SimpleConnection};
use diesel::r2d2::R2D2Connection;
use diesel::{PgConnection, SqliteConnection};
use url::Url;

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
        // libpq repeats a token it cannot decode, and that may be the password.
        if has_broken_escape(text) {
            return Err("a '%' in the database URL must be written %25");
        }
        if !url.query_pairs().any(|(name, _)| name == "sslmode") {
            let mode = if is_local(&url) { "prefer" } else { "verify-full" };
            url.query_pairs_mut().append_pair("sslmode", mode);
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

/// Whether every place the URL names is a socket or loopback. `host` and `hostaddr` in the query count before the
/// URL's own host, as they do for libpq.
fn is_local(url: &Url) -> bool {
    let named: Vec<String> = url
        .query_pairs()
        .filter(|(name, _)| matches!(name.as_ref(), "host" | "hostaddr"))
        .flat_map(|(_, value)| value.split(',').map(str::to_owned).collect::<Vec<_>>())
        .chain(url.host_str().filter(|host| !host.is_empty()).map(str::to_owned))
        .collect();
    let local = |host: &String| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        host.starts_with('/') || host == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
    };
    !named.is_empty() && named.iter().all(local)
}

fn has_broken_escape(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| *b == b'%') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if !rest.iter().take(2).filter(|b| b.is_ascii_hexdigit()).count().eq(&2) {
            return true;
        }
    }
    false
}

/// Waiting for a lock is bounded; what is acknowledged is on the disk (`FULL`); freed pages are overwritten.
const WRITER: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;";
/// How long opening a SQLite file is tried.
const PATIENCE: Duration = Duration::from_secs(5);
/// Room for the upper levels of the indexes of millions of rows: 8 MB.
const READER: &str = "PRAGMA busy_timeout = 2000; PRAGMA query_only = ON; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;";
/// No statement outlives two seconds, no wait for a lock one (security ).
const POSTGRES: &str = "SET statement_timeout = '2s'; SET lock_timeout = '1s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning';";

/// Lets this one transaction's statements run as long as they need: for what an operator does to everything that
/// belongs to one account or client, which must not fail because there is much of it.
pub(super) fn take_time(connection: &mut DbConnection) -> Result<(), StorageError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute("SET LOCAL statement_timeout = 0")?;
    }
    Ok(())
}

fn sqlite(path: &Path, pragmas: &str) -> Result<DbConnection, StorageError> {
    let mut connection = SqliteConnection::establish(&path.to_string_lossy()).map_err(unavailable)?;
    let began = Instant::now();
    // Two processes that switch a new file to WAL at once: SQLite tells one of them "locked" without waiting.
    while let Err(error) = connection.batch_execute(pragmas) {
        if began.elapsed() > PATIENCE {
            return Err(error.into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(DbConnection::Sqlite(connection))
}

fn postgres(url: &str) -> Result<DbConnection, StorageError> {
    let mut connection = PgConnection::establish(&with_timeouts(url)).map_err(unavailable)?;
    connection.batch_execute(POSTGRES)?;
    Ok(DbConnection::Postgres(connection))
}

/// A server that went away without a word is noticed within seconds, not when the kernel gives up (security R-07).
fn with_timeouts(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in [("connect_timeout", 2), ("tcp_user_timeout", 3000), ("keepalives_idle", 5)] {
        if !url.contains(&format!("{name}=")) {
            url.push_str(&format!("&{name}={value}"));
        }
    }
    url
}

fn unavailable(error: diesel::ConnectionError) -> StorageError {
    StorageError::Unavailable(error.to_string())
}

/// Makes connections for the pool. Where one failed, it is not used again, and each of the others is tried first: a store that was
/// away, or was started anew, took them all.
pub(super) struct Connector {
    url: DatabaseUrl,
    /// How many failed.
    failed: AtomicU64,
}

/// A connection of the pool.
pub(super) struct Pooled {
    connection: DbConnection,
    /// How many had failed when this one was last known to be good.
    good_at: u64,
    /// Whether it failed itself. Diesel does not say so of one that the server closed.
    has_failed: bool,
}

impl Pooled {
    /// Runs `work`, and remembers if the store was away.
    pub(super) fn run<T>(
        &mut self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let done = work(&mut self.connection);
        self.has_failed |= matches!(done, Err(StorageError::Unavailable(_)));
        done
    }
}

impl Connector {
    pub(super) const fn new(url: DatabaseUrl) -> Self {
        Self { url, failed: AtomicU64::new(0) }
    }
}

impl r2d2::ManageConnection for Connector {
    type Connection = Pooled;
    type Error = StorageError;

    fn connect(&self) -> Result<Pooled, StorageError> {
        let good_at = self.failed.load(Ordering::Relaxed);
        Ok(Pooled { connection: self.url.connect()?, good_at, has_failed: false })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), StorageError> {
        let failed = self.failed.load(Ordering::Relaxed);
        if pooled.good_at != failed {
            pooled.connection.batch_execute("SELECT 1")?;
            pooled.good_at = failed;
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        let is_broken = pooled.has_failed || pooled.connection.is_broken();
        if is_broken {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        is_broken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
            ("postgres:///d?host=db.example.com", "sslmode=verify-full"),
            ("postgres://localhost/d?host=db.example.com", "sslmode=verify-full"),
            ("postgres://localhost/d?hostaddr=192.0.2.1", "sslmode=verify-full"),
            ("postgres:///d", "sslmode=verify-full"),
        ] {
            match DatabaseUrl::parse(url) {
                Ok(DatabaseUrl::Postgres(text)) => assert!(text.contains(mode), "{url}: {text}"),
                _ => panic!("{url}"),
            }
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for bad in ["", "mysql://root:hunter2@h/d", "postgres://u:hunter2%@h/d", "sqlite:", "portcullis.db"] {
            let message = DatabaseUrl::parse(bad).err().unwrap();
            assert!(!message.contains("hunter2"));
        }
    }

    proptest! {
        #[test]
        fn an_accepted_database_url_has_an_sslmode_and_can_be_decoded(
            text in "(sqlite:(//)?|postgres(ql)?://|mysql://)?\\PC{0,30}|postgres://[a-z%@:/?=&,0-9]{0,30}",
        ) {
            match DatabaseUrl::parse(&text) {
                Ok(DatabaseUrl::Sqlite(path)) => {
                    prop_assert!(text.starts_with("sqlite:"));
                    prop_assert!(!path.as_os_str().is_empty() && !text.contains('?'));
                }
                Ok(DatabaseUrl::Postgres(url)) => {
                    prop_assert!(url.contains("sslmode=") && !has_broken_escape(&url), "{}", url);
                    prop_assert!(with_timeouts(&url).contains("connect_timeout="));
                }
                Err(message) => prop_assert!(!message.is_empty()),
            }
        }

        #[test]
        fn contract_14_no_host_by_name_is_reached_without_a_verified_certificate(
            user in "([a-z]{1,5}(:[a-z0-9]{1,5})?@)?",
            host in "[a-z]{1,9}(\\.[a-z]{1,5}){1,2}",
            local in "(127\\.0\\.0\\.1|localhost|)",
        ) {
            for url in [format!("postgres://{user}{host}/d"), format!("postgres://{local}/d?host={host}")] {
                match DatabaseUrl::parse(&url) {
                    Ok(DatabaseUrl::Postgres(text)) => prop_assert!(text.contains("sslmode=verify-full"), "{}", text),
                    _ => prop_assert!(false, "{}", url),
                }
            }
        }
    }
}
