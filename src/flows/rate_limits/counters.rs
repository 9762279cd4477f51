//! This node's own counters: found by name once, then counted under a lock of their own (contract §12).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Quota, Share};
use crate::account::credential::CredentialClass;
use crate::account::rate_limit::{Allowance, Standing, Window};

/// Parts of the table, so that a sweep never holds up more than a few.
const PARTS: usize = 64;

/// One counter.
pub(super) struct Counter {
    name: Arc<str>,
    /// What it last allowed in an hour, for who looks at all of them.
    limit: AtomicU32,
    window: Mutex<Window>,
}

impl Counter {
    /// What the shared counter is called, too.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Part = HashMap<Arc<str>, Arc<Counter>>;

/// Every counter that somebody holds, or that counts something.
pub(super) struct Counters {
    parts: [Mutex<Part>; PARTS],
    hasher: RandomState,
}

impl Default for Counters {
    fn default() -> Self {
        Self { parts: std::array::from_fn(|_| Mutex::default()), hasher: RandomState::new() }
    }
}

impl Counters {
    /// The counter of this name, which allows `limit`: the same one for everybody who asks while it is kept.
    pub(super) fn counter(&self, name: &str, limit: u32) -> Arc<Counter> {
        let mut part = self.part_of(name);
        if let Some(counter) = part.get(name) {
            counter.limit.store(limit, Ordering::Relaxed);
            return Arc::clone(counter);
        }
        let name: Arc<str> = name.into();
        let counter = Arc::new(Counter {
            name: Arc::clone(&name),
            limit: AtomicU32::new(limit),
            window: Mutex::default(),
        });
        part.insert(name, Arc::clone(&counter));
        counter
    }

    /// Drops what nobody holds and what counts nothing at `now`; returns how many counters are left.
    pub(super) fn sweep(&self, now: u32) -> usize {
        let mut left = 0;
        for part in &self.parts {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            // Only the table gives out new handles, and it is locked: one that is alone stays alone.
            part.retain(|_, counter| !counter.window().rest(now) || Arc::strong_count(counter) > 1);
            if part.len() * 4 < part.capacity() {
                part.shrink_to_fit();
            }
            left += part.len();
        }
        left
    }

    /// The counters of which at least `percent` of what they allow is used at `now`, with what is used and allowed.
    pub(super) fn near(&self, now: u32, percent: u32) -> Vec<(Arc<str>, u32, u32)> {
        let mut near = Vec::new();
        for part in &self.parts {
            let part = part.lock().unwrap_or_else(PoisonError::into_inner);
            for counter in part.values() {
                let limit = counter.limit.load(Ordering::Relaxed);
                // The class names the policy in an answer; here nobody is answered.
                let allowance = Allowance { class: CredentialClass::ApiKey, limit };
                let used = limit.saturating_sub(counter.window().peek(now, allowance).remaining);
                if u64::from(used) * 100 >= u64::from(limit) * u64::from(percent) {
                    near.push((Arc::clone(&counter.name), used, limit));
                }
            }
        }
        near
    }

    fn part_of(&self, name: &str) -> MutexGuard<'_, Part> {
        let hash = self.hasher.hash_one(name);
        let place = usize::try_from(hash % PARTS as u64).unwrap_or(0);
        self.parts.get(place).unwrap_or(&self.parts[0]).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts one, on both counters or on none.
pub(super) fn take(quota: &Quota, now: u32) -> Standing {
    let Quota { owner, key } = quota;
    let mut owners = owner.counter.window();
    let Some(key) = key else { return owners.take(now, owner.allowance) };
    // Always the owner's first, then the key's: nobody waits in a circle.
    let mut keys = key.counter.window();
    let seen = owners.peek(now, owner.allowance).tighter(keys.peek(now, key.allowance));
    if !seen.allowed {
        return seen;
    }
    owners.take(now, owner.allowance).tighter(keys.take(now, key.allowance))
}

/// Takes back what [`take`] counted at `now`: another node's requests left no place for it.
pub(super) fn give_back(quota: &Quota, now: u32) {
    for share in std::iter::once(&quota.owner).chain(&quota.key) {
        share.counter.window().give_back(now);
    }
}

/// Whether one more would pass.
pub(super) fn peek(quota: &Quota, now: u32) -> Standing {
    let look = |share: &Share| share.counter.window().peek(now, share.allowance);
    let seen = look(&quota.owner);
    quota.key.as_ref().map_or(seen, |key| seen.tighter(look(key)))
}
