//! Owns the proofs that this node saw at resources, in memory, for as long as they are good (RFC 9449 §11.1).

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::clock::UnixTime;

/// Proofs that are remembered at most: some 50 MB.
const CAPACITY: usize = 1_000_000;
/// Proofs that end within so many seconds are forgotten together.
const SLOT_SECONDS: i64 = 10;

/// The proofs. The same proof always has the same end, so that there is one slot to look into.
#[derive(Default)]
pub(super) struct Seen(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    proofs: BTreeMap<i64, HashSet<[u8; 32]>>,
    count: usize,
}

impl Seen {
    /// Remembers a proof that is good until `until`; whether it is new. `None` if no more can be remembered.
    pub(super) fn insert(&self, digest: [u8; 32], until: UnixTime, now: UnixTime) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, until, now, CAPACITY)
    }
}

impl Slots {
    fn insert(&mut self, digest: [u8; 32], until: UnixTime, now: UnixTime, capacity: usize) -> Option<bool> {
        self.forget(now);
        if self.count >= capacity {
            return None;
        }
        let slot = until.seconds().div_euclid(SLOT_SECONDS);
        let is_new = self.proofs.entry(slot).or_default().insert(digest);
        self.count += usize::from(is_new);
        Some(is_new)
    }

    fn forget(&mut self, now: UnixTime) {
        let current = now.seconds().div_euclid(SLOT_SECONDS);
        while let Some(first) = self.proofs.first_entry().filter(|first| *first.key() < current) {
            self.count -= first.remove().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    #[test]
    fn rfc9449_11_1_a_proof_is_new_once_and_forgotten_when_it_ended() {
        let mut slots = Slots::default();
        let until = NOW.plus_seconds(61);
        assert_eq!(slots.insert([1; 32], until, NOW, 9), Some(true));
        assert_eq!(slots.insert([2; 32], until, NOW, 9), Some(true));
        for after in [0, 1, 30, 60, 61] {
            assert_eq!(slots.insert([1; 32], until, NOW.plus_seconds(after), 9), Some(false), "{after}");
        }
        let later = NOW.plus_seconds(75);
        assert_eq!(slots.insert([3; 32], later.plus_seconds(61), later, 9), Some(true));
        assert_eq!((slots.count, slots.proofs.len()), (1, 1));
    }

    #[test]
    fn what_cannot_be_remembered_is_not_let_through() {
        let mut slots = Slots::default();
        let until = NOW.plus_seconds(61);
        assert_eq!(slots.insert([1; 32], until, NOW, 1), Some(true));
        assert_eq!(slots.insert([2; 32], until, NOW, 1), None);
        let later = NOW.plus_seconds(75);
        assert_eq!(slots.insert([2; 32], later, later, 1), Some(true));
    }
}
