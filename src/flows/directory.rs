//! Users, clients and memberships as last read, kept while nothing about them changed (decision 0004).

use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::revocations::{Revocations, Stamp};
use crate::account::project::Role;
use crate::account::user::User;
use crate::storage::client::ClientRecord;
use crate::storage::revocation::Subject;
use crate::storage::{self, Db, StorageError};

const CAPACITY: usize = 10_000;

#[derive(Clone)]
struct Entry<T> {
    stamp: Stamp,
    value: T,
}

/// Bounded caches over the store.
pub struct Directory {
    db: Db,
    knows_documents: bool,
    revocations: Revocations,
    users: Cache<Uuid, Entry<Arc<User>>>,
    clients: Cache<String, Entry<Arc<ClientRecord>>>,
    roles: Cache<(Uuid, Uuid), Entry<Option<Role>>>,
    resources: Cache<(), Entry<Arc<Vec<String>>>>,
}

impl Directory {
    /// Caches over `db`, as fresh as `revocations`. Without `knows_documents`, clients that describe themselves are unknown.
    pub fn new(db: Db, revocations: Revocations, knows_documents: bool) -> Self {
        Self {
            db,
            knows_documents,
            revocations,
            users: Cache::new(CAPACITY),
            clients: Cache::new(CAPACITY),
            roles: Cache::new(CAPACITY),
            resources: Cache::new(1),
        }
    }

    /// The user of this id.
    pub async fn user(&self, id: Uuid) -> Result<Option<Arc<User>>, StorageError> {
        if let Some(user) = self.current(self.users.get(&id), &[Subject::User(id)]) {
            return Ok(Some(user));
        }
        let stamp = self.revocations.stamp();
        let found = self.db.read(move |c| storage::user::find(c, id)).await?.map(Arc::new);
        if let Some(user) = &found {
            self.users.insert(id, Entry { stamp, value: Arc::clone(user) });
        }
        Ok(found)
    }

    /// The client of this id. One that describes itself is none while that is switched off, also to tokens it has.
    pub async fn client(&self, client_id: &str) -> Result<Option<Arc<ClientRecord>>, StorageError> {
        if let Some(entry) = self.clients.get(client_id)
            && let Some(client) = self.current(Some(entry), &[Subject::Client(client_id.to_owned())])
        {
            return Ok(Some(client));
        }
        let stamp = self.revocations.stamp();
        let id = client_id.to_owned();
        let found = self.db.read(move |c| storage::client::find(c, &id)).await?.map(Arc::new);
        let found = found.filter(|record| self.knows_documents || !record.client.metadata.from_document);
        if let Some(client) = &found {
            self.clients.insert(client_id.to_owned(), Entry { stamp, value: Arc::clone(client) });
        }
        Ok(found)
    }

    /// The role of a person in a project; `None` for a stranger, and where there is no such project.
    pub async fn role(&self, project: Uuid, user: Uuid) -> Result<Option<Role>, StorageError> {
        let subjects = [Subject::Project(project)];
        if let Some(role) = self.current(self.roles.get(&(project, user)), &subjects) {
            return Ok(role);
        }
        let stamp = self.revocations.stamp();
        let value = self.db.read(move |c| storage::project::role(c, project, user)).await?;
        self.roles.insert((project, user), Entry { stamp, value });
        Ok(value)
    }

    /// Every registered resource URI (RFC 8707).
    pub async fn resources(&self) -> Result<Arc<Vec<String>>, StorageError> {
        if let Some(known) = self.resources.get(&())
            && self.revocations.are_clients_current(&known.stamp)
            && self.revocations.is_fresh()
        {
            return Ok(known.value);
        }
        let stamp = self.revocations.stamp();
        let value = Arc::new(self.db.read(storage::client::resources).await?);
        self.resources.insert((), Entry { stamp, value: Arc::clone(&value) });
        Ok(value)
    }

    fn current<T>(&self, entry: Option<Entry<T>>, subjects: &[Subject]) -> Option<T> {
        entry
            .filter(|e| self.revocations.is_current(&e.stamp, subjects) && self.revocations.is_fresh())
            .map(|e| e.value)
    }
}
