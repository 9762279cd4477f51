//! Owns the registered scopes as this node holds them: read again when one changes on any node, so that no page and no
//! metadata asks the database (decision 0004).

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::oauth::registered_scope::RegisteredScope;
use crate::storage::{DbConnection, StorageError, scope};

/// The operator's scopes, by name.
pub struct Scopes {
    all: RwLock<Arc<Vec<RegisteredScope>>>,
    /// Held from the reading to the swapping in: an older reading never replaces a newer one.
    turn: Mutex<()>,
}

impl Scopes {
    /// Reads them.
    pub(in super::super) fn open(c: &mut DbConnection) -> Result<Self, StorageError> {
        Ok(Self { all: RwLock::new(Arc::new(scope::list(c)?)), turn: Mutex::default() })
    }

    /// Reads them again.
    pub(in super::super) fn reload(&self, c: &mut DbConnection) -> Result<(), StorageError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let read = scope::list(c)?;
        *self.all.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Ok(())
    }

    pub(super) fn all(&self) -> Arc<Vec<RegisteredScope>> {
        Arc::clone(&self.all.read().unwrap_or_else(PoisonError::into_inner))
    }
}
