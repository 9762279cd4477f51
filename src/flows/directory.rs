//! Users and clients as last read, kept while nothing about any of them changed (decision 0004).

use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::revocations::Revocations;
use crate::account::user::User;
use crate::storage::client::ClientRecord;
use crate::storage::{self, Db, StorageError};

const CAPACITY: usize = 10_000;

struct Entry<T> {
    epoch: u64,
    value: Arc<T>,
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self { epoch: self.epoch, value: Arc::clone(&self.value) }
    }
}

/// Bounded caches over the store.
pub struct Directory {
    db: Db,
    revocations: Revocations,
    users: Cache<Uuid, Entry<User>>,
    clients: Cache<String, Entry<ClientRecord>>,
    resources: Cache<(), Entry<Vec<String>>>,
}

impl Directory {
    /// Caches over `db`, as fresh as `revocations`.
    pub fn new(db: Db, revocations: Revocations) -> Self {
        Self {
            db,
            revocations,
            users: Cache::new(CAPACITY),
            clients: Cache::new(CAPACITY),
            resources: Cache::new(1),
        }
    }

    /// The user of this id.
    pub async fn user(&self, id: Uuid) -> Result<Option<Arc<User>>, StorageError> {
        let epoch = self.revocations.epoch();
        if let Some(user) = self.current(self.users.get(&id), epoch) {
            return Ok(Some(user));
        }
        let found = self.db.read(move |c| storage::user::find(c, id)).await?.map(Arc::new);
        if let Some(user) = &found {
            self.users.insert(id, Entry { epoch, value: Arc::clone(user) });
        }
        Ok(found)
    }

    /// The client of this id.
    pub async fn client(&self, client_id: &str) -> Result<Option<Arc<ClientRecord>>, StorageError> {
        let epoch = self.revocations.epoch();
        if let Some(client) = self.current(self.clients.get(client_id), epoch) {
            return Ok(Some(client));
        }
        let id = client_id.to_owned();
        let found = self.db.read(move |c| storage::client::find(c, &id)).await?.map(Arc::new);
        if let Some(client) = &found {
            self.clients.insert(client_id.to_owned(), Entry { epoch, value: Arc::clone(client) });
        }
        Ok(found)
    }

    /// Every registered resource URI (RFC 8707).
    pub async fn resources(&self) -> Result<Arc<Vec<String>>, StorageError> {
        let epoch = self.revocations.epoch();
        if let Some(resources) = self.current(self.resources.get(&()), epoch) {
            return Ok(resources);
        }
        let value = Arc::new(self.db.read(storage::client::resources).await?);
        self.resources.insert((), Entry { epoch, value: Arc::clone(&value) });
        Ok(value)
    }

    fn current<T>(&self, entry: Option<Entry<T>>, epoch: u64) -> Option<Arc<T>> {
        entry.filter(|e| e.epoch == epoch && self.revocations.is_fresh()).map(|e| e.value)
    }
}
