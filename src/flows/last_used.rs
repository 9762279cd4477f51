//! Owns when keys were last used: gathered in memory, written in batches, so that verification never pays for it
//! (contract §9).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::error::FlowError;
use super::node::Node;
use crate::clock::UnixTime;
use crate::storage;

/// Keys of one write at most.
const BATCH: usize = 500;

/// Uses that are not stored yet, exact to the minute.
#[derive(Default)]
pub struct LastUsed(Mutex<HashMap<Uuid, UnixTime>>);

impl LastUsed {
    /// Remembers a use.
    pub(super) fn note(&self, key: Uuid, at: UnixTime) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, at);
    }

    /// The last use of a key that this node knows of and has not stored.
    pub fn of(&self, key: Uuid) -> Option<UnixTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }

    fn take(&self) -> Vec<(Uuid, UnixTime)> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut used: Vec<_> = taken.into_iter().collect();
        // Two nodes that store the same keys hold their rows in the same order.
        used.sort_unstable();
        used
    }

    fn put_back(&self, used: &[(Uuid, UnixTime)]) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, at) in used {
            let newest = pending.entry(*key).or_insert(*at);
            *newest = (*newest).max(*at);
        }
    }
}

/// Stores what was gathered; returns how many keys. What cannot be stored now is kept.
///
/// # Errors
/// The store is away.
pub async fn flush(node: &Node) -> Result<usize, FlowError> {
    let used = node.last_used.take();
    for (done, batch) in used.chunks(BATCH).enumerate() {
        let part = batch.to_vec();
        if let Err(error) = node.db.write(move |c| storage::api_key::touch(c, &part)).await {
            node.last_used.put_back(used.get(done * BATCH..).unwrap_or_default());
            return Err(error.into());
        }
    }
    Ok(used.len())
}
