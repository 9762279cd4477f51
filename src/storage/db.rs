//! The database handle: `Db::read` and `Db::write`, the only two ways to the data.
//!
//! Both run off the caller's thread. A write is one transaction: on SQLite it begins IMMEDIATE and shares a
//! durable commit with others (`group_commit`); on PostgreSQL it has a pooled connection to itself and is tried
//! again after a deadlock. A refusal worth remembering is an `Ok` value, so that it commits.

use std::sync::Arc;
use std::time::Duration;

use diesel::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{Connector, DatabaseUrl, DbConnection};
use super::error::StorageError;
use super::group_commit::Writer;
use super::turn::Turn;

const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 4;

/// A cheap handle, shared by everything that stores.
#[derive(Clone)]
pub struct Db {
    pool: r2d2::Pool<Connector>,
    /// One permit a connection: callers wait here, at no cost and not for ever, rather than in a thread.
    turns: Arc<Semaphore>,
    /// Only SQLite has one: PostgreSQL writes through the pool.
    writer: Option<Writer>,
    url: Arc<DatabaseUrl>,
}

/// How busy the way to the data is, as this process sees it.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Connections in use now.
    pub busy: usize,
    /// Connections there are.
    pub connections: usize,
    /// Writes that wait for the one writer; `None` where every connection writes.
    pub writes_waiting: Option<usize>,
}

impl Db {
    /// Opens the database, which must be migrated already (`storage::migrate`).
    pub fn open(url: &DatabaseUrl) -> Result<Self, StorageError> {
        let (size, writer) = match url {
            DatabaseUrl::Sqlite(_) => (SQLITE_READERS, Some(Writer::start(url.connect_writer()?)?)),
            DatabaseUrl::Postgres(_) => (POSTGRES_CONNECTIONS, None),
        };
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(CHECKOUT_TIMEOUT)
            // One that nobody doubts is not asked: the connector knows.
            .test_on_check_out(true)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build(Connector::new(url.clone()))?;
        let turns = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)));
        Ok(Self { pool, turns, writer, url: Arc::new(url.clone()) })
    }

    /// Where the data lives.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// How busy it is now.
    pub fn load(&self) -> Load {
        let connections = usize::try_from(self.pool.max_size()).unwrap_or_default();
        Load {
            busy: connections.saturating_sub(self.turns.available_permits()),
            connections,
            writes_waiting: self.writer.as_ref().map(Writer::waiting),
        }
    }

    /// Runs `work` on a pooled connection.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let _turn = self.turn().await?;
        let pool = self.pool.clone();
        off_thread(move || pool.get()?.run(work)).await
    }

    /// Runs `work` in one transaction that is durable when this returns `Ok`; an `Err` leaves no trace.
    /// `work` may run more than once, so it only touches the database. No hashing, signing or network in it.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        if let Some(writer) = &self.writer {
            return writer.write(work).await;
        }
        let _turn = self.turn().await?;
        let pool = self.pool.clone();
        off_thread(move || {
            let mut attempt = 1;
            loop {
                let mut pooled = pool.get()?;
                match pooled.run(|connection| connection.transaction(&work)) {
                    Err(StorageError::Serialization(_)) if attempt < ATTEMPTS => attempt += 1,
                    Err(StorageError::Serialization(message)) => {
                        return Err(StorageError::Unavailable(message));
                    }
                    done => return done,
                }
            }
        })
        .await
    }
}

impl Db {
    /// Waits until nobody else on this database holds such a turn, no longer than `patience`: then `None`.
    ///
    /// # Errors
    /// The store is away, or its folder cannot be locked.
    pub async fn take_turn(&self, patience: Duration) -> Result<Option<Turn>, StorageError> {
        let url = Arc::clone(&self.url);
        off_thread(move || Turn::take(&url, patience)).await
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, StorageError> {
        let busy = |_| StorageError::Unavailable("no connection came free in time".to_owned());
        let turn = tokio::time::timeout(CHECKOUT_TIMEOUT, Arc::clone(&self.turns).acquire_owned());
        turn.await.map_err(busy)?.map_err(|_| StorageError::Unavailable("the pool is closed".to_owned()))
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(StorageError::Unavailable("a database call panicked".to_owned())))
}
