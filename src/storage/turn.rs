//! One at a time, over all nodes and commands of one database: what plans by what it reads and then writes in many steps
//! takes its turn first.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use diesel::dsl::sql;
use diesel::sql_types::Bool;

use super::connection::DatabaseUrl;
use super::error::StorageError;

/// Names the advisory lock; `migrate` has another one.
const LOCK: i64 = 0x706f_7274_7475_726e;
/// How often a lock that somebody else has is asked for.
const PAUSE: Duration = Duration::from_millis(50);

/// Held until it is dropped, or the process ends. PostgreSQL: a session's advisory lock on a connection of its own. SQLite: a
/// locked file beside the database, `NAME-turn`, which stays and is empty.
pub struct Turn {
    _closing_it_gives_the_lock_back: Box<dyn Send>,
}

impl Turn {
    /// Waits for it, blocking the thread; `None` if somebody else has it for longer than `patience`.
    ///
    /// # Errors
    /// The store is away, or the file cannot be made.
    pub(super) fn take(url: &DatabaseUrl, patience: Duration) -> Result<Option<Self>, StorageError> {
        let held: (bool, Box<dyn Send>) = match url {
            DatabaseUrl::Sqlite(path) => {
                let file = open(path).map_err(unavailable)?;
                (wait(patience, || try_lock(&file).map_err(unavailable))?, Box::new(file))
            }
            DatabaseUrl::Postgres(_) => {
                let mut connection = url.connect_writer()?;
                let ask = || Ok(diesel::select(sql::<Bool>(&asked())).get_result(&mut connection)?);
                (wait(patience, ask)?, Box::new(connection))
            }
        };
        Ok(held.0.then_some(Self { _closing_it_gives_the_lock_back: held.1 }))
    }
}

fn asked() -> String {
    format!("pg_try_advisory_lock({LOCK})")
}

/// Asks until the answer is yes; `false` when patience has ended.
fn wait(
    patience: Duration,
    mut is_mine: impl FnMut() -> Result<bool, StorageError>,
) -> Result<bool, StorageError> {
    let began = Instant::now();
    while !is_mine()? {
        if began.elapsed() > patience {
            return Ok(false);
        }
        sleep(PAUSE);
    }
    Ok(true)
}

fn open(database: &Path) -> io::Result<File> {
    let mut name = database.as_os_str().to_owned();
    name.push("-turn");
    OpenOptions::new().create(true).append(true).mode(0o600).open(name)
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn unavailable(error: io::Error) -> StorageError {
    StorageError::Unavailable(format!("the file beside the database that says whose turn it is: {error}"))
}
