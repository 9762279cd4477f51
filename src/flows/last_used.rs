//! Owns when keys and sessions were last used: gathered in memory, written in batches, so that verification never pays for it
//! (contract §9; security §3, 55).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::error::FlowError;
use super::node::Node;
use super::session;
use crate::clock::UnixTime;
use crate::storage::{self, DbConnection, StorageError};

/// Rows of one write at most.
const BATCH: usize = 500;

/// Uses that are not stored yet, exact to the minute.
#[derive(Default)]
pub struct LastUsed(Mutex<HashMap<Uuid, UnixTime>>);

impl LastUsed {
    /// Remembers a use.
    pub(super) fn note(&self, key: Uuid, at: UnixTime) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, at);
    }

    /// The last use that this node knows of and has not stored.
    pub fn of(&self, key: Uuid) -> Option<UnixTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }

    fn take(&self) -> HashMap<Uuid, UnixTime> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_back(&self, batches: &[Batch]) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, keys) in batches {
            for key in keys {
                let newest = pending.entry(*key).or_insert(*at);
                *newest = (*newest).max(*at);
            }
        }
    }
}

/// Keys that one statement stores, with the latest use among them.
type Batch = (UnixTime, Vec<Uuid>);

/// The keys of each minute together: the latest of their uses is exact to the minute for all of them.
fn batches(used: HashMap<Uuid, UnixTime>) -> Vec<Batch> {
    let mut minutes: BTreeMap<i64, Batch> = BTreeMap::new();
    for (key, at) in used {
        let (latest, keys) = minutes.entry(at.seconds().div_euclid(60)).or_insert_with(|| (at, Vec::new()));
        *latest = at.max(*latest);
        keys.push(key);
    }
    let in_batches = |(at, mut keys): Batch| {
        // Two nodes that store the same keys hold their rows in the same order.
        keys.sort_unstable();
        keys.chunks(BATCH).map(|batch| (at, batch.to_vec())).collect::<Vec<_>>()
    };
    minutes.into_values().flat_map(in_batches).collect()
}

/// Stores what was gathered; returns how many uses. What cannot be stored now is kept.
///
/// # Errors
/// The store is away.
pub async fn flush(node: &Node) -> Result<usize, FlowError> {
    let keys = store(node, &node.last_used, storage::api_key::touch, |at| at).await?;
    let sessions =
        store(node, &node.sessions_used, storage::session::touch, |at| session::idle_end(node, at));
    Ok(keys + sessions.await?)
}

type Touch = fn(&mut DbConnection, &[Uuid], UnixTime) -> Result<(), StorageError>;

/// Stores by `touch` what `value` makes of the time of each use.
async fn store(
    node: &Node,
    pending: &LastUsed,
    touch: Touch,
    value: impl Fn(UnixTime) -> UnixTime,
) -> Result<usize, FlowError> {
    let batches = batches(pending.take());
    let mut stored = 0;
    for (done, (at, ids)) in batches.iter().enumerate() {
        let (value, part) = (value(*at), ids.clone());
        if let Err(error) = node.db.write(move |c| touch(c, &part, value)).await {
            pending.put_back(batches.get(done..).unwrap_or_default());
            return Err(error.into());
        }
        stored += ids.len();
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_9_uses_are_stored_by_the_minute_and_never_before_they_happened() {
        let at = |seconds| UnixTime::from_seconds(seconds);
        let used: HashMap<Uuid, UnixTime> =
            (0..1200_u32).map(|n| (Uuid::from_u128(n.into()), at(60 + i64::from(n % 120)))).collect();
        let batches = batches(used.clone());
        assert_eq!(batches.iter().map(|(_, keys)| keys.len()).collect::<Vec<_>>(), [500, 100, 500, 100]);
        for (stored, keys) in &batches {
            assert!(keys.is_sorted());
            for key in keys {
                let used = used[key];
                assert!(*stored >= used && stored.seconds() / 60 == used.seconds() / 60);
            }
        }
    }

    #[test]
    fn what_could_not_be_stored_is_kept_and_a_newer_use_wins() {
        let (pending, key) = (LastUsed::default(), Uuid::from_u128(1));
        pending.note(key, UnixTime::from_seconds(90));
        pending.put_back(&[(UnixTime::from_seconds(60), vec![key, Uuid::nil()])]);
        assert_eq!(pending.of(key), Some(UnixTime::from_seconds(90)));
        assert_eq!(pending.of(Uuid::nil()), Some(UnixTime::from_seconds(60)));
    }
}
