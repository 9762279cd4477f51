//! One at a time, over all nodes and commands of one database: what plans by what it reads and then writes in many steps
//! takes its turn first.

use std::fs::{File, TryLockError};
use std::io;
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
/// lock on the folder of the database.
pub struct Turn {
    _closing_it_gives_the_lock_back: Box<dyn Send>,
}

impl Turn {
    /// Waits for it, blocking the thread; `None` if somebody else has it for longer than `patience`.
    ///
    /// # Errors
    /// The store is away, or the folder cannot be locked.
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

/// The folder: it is there whoever came first, and nothing is left in it.
fn open(database: &Path) -> io::Result<File> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn unavailable(error: io::Error) -> StorageError {
    StorageError::Unavailable(format!("the folder of the database cannot be locked: {error}"))
}
