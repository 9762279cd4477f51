//! What this node knows to be revoked, and since when it last heard from the store (contract §6, decision 0004).
//!
//! A revocation made by this node counts at once; one made elsewhere arrives through the sequence that a thread
//! follows. An answer from memory counts only while the store was heard within the bound, so a lost
//! notification or a lost store fails safe.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::storage::follower::Follower;
use crate::storage::revocation::{REMEMBER_SECONDS, Subject};
use crate::storage::{DatabaseUrl, StorageError};

/// How old the last word from the store may be for an answer from memory (contract §6).
pub const BOUND: Duration = Duration::from_secs(1);
/// A notification, or a change of the SQLite file, is looked for this often.
const LOOK: Duration = Duration::from_millis(25);
/// PostgreSQL is asked at least this often, in case a notification was lost.
const POLL: Duration = Duration::from_millis(250);

struct State {
    /// Ids of dead grants and tokens, and when they were heard of. By a clock that nobody can set: the wall clock
    /// may jump ahead and back again (security R-13).
    dead: RwLock<HashMap<Uuid, Instant>>,
    /// Grows with every change of a user or client: what was cached before is looked up again.
    epoch: AtomicU64,
    started: Instant,
    /// Milliseconds after `started` when the store was last heard.
    heard: AtomicU64,
}

/// Shared by every handler of a node.
#[derive(Clone)]
pub struct Revocations(Arc<State>);

impl Revocations {
    /// Reads the whole sequence, then starts the thread that follows it.
    pub fn start(url: &DatabaseUrl) -> Result<Self, StorageError> {
        let state = Arc::new(State {
            dead: RwLock::default(),
            epoch: AtomicU64::new(0),
            started: Instant::now(),
            heard: AtomicU64::new(0),
        });
        let mut follower = Follower::open(url)?;
        state.hear(&mut follower)?;
        let (weak, url) = (Arc::downgrade(&state), url.clone());
        thread::Builder::new()
            .name("revocations".into())
            .spawn(move || follow(&weak, &url, follower))
            .map_err(|e| StorageError::Unavailable(e.to_string()))?;
        Ok(Self(state))
    }

    /// Applies what this node itself just revoked.
    pub fn apply(&self, subjects: &[Subject]) {
        self.0.note(subjects);
    }

    /// Whether a grant or token of this id is revoked.
    pub fn is_dead(&self, id: Uuid) -> bool {
        self.0.dead.read().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }

    /// Changes whenever a user or client changed anywhere.
    pub fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::Acquire)
    }

    /// Whether the store was heard within [`BOUND`].
    pub fn is_fresh(&self) -> bool {
        let heard = Duration::from_millis(self.0.heard.load(Ordering::Acquire));
        self.0.started.elapsed().saturating_sub(heard) < BOUND
    }
}

impl State {
    fn note(&self, subjects: &[Subject]) {
        for subject in subjects {
            match subject {
                Subject::Grant(id) | Subject::Token(id) => {
                    self.dead.write().unwrap_or_else(PoisonError::into_inner).insert(*id, Instant::now());
                }
                Subject::User(_) | Subject::Client(_) => {
                    self.epoch.fetch_add(1, Ordering::AcqRel);
                }
            }
        }
    }

    fn hear(&self, follower: &mut Follower) -> Result<(), StorageError> {
        // The time before asking: what happens while the answer travels may not be in it.
        let asked = self.started.elapsed();
        self.note(&follower.poll()?);
        self.heard.fetch_max(u64::try_from(asked.as_millis()).unwrap_or(u64::MAX), Ordering::AcqRel);
        Ok(())
    }

    fn forget(&self) {
        let long_enough = Duration::from_secs(REMEMBER_SECONDS.unsigned_abs());
        let mut dead = self.dead.write().unwrap_or_else(PoisonError::into_inner);
        dead.retain(|_, heard| heard.elapsed() < long_enough);
    }
}

/// Until the node is gone. A broken connection is made anew; meanwhile the bound does its work.
fn follow(state: &Weak<State>, url: &DatabaseUrl, first: Follower) {
    let mut follower = Some(first);
    let mut polled = Instant::now();
    let mut forgot = Instant::now();
    loop {
        thread::sleep(LOOK);
        let Some(state) = state.upgrade() else { return };
        let step = match &mut follower {
            // What was cached before the store was lost is looked up again.
            None => Follower::open(url).map(|opened| {
                state.epoch.fetch_add(1, Ordering::AcqRel);
                follower = Some(opened);
            }),
            Some(open) => open.is_notified().and_then(|notified| {
                let due = matches!(url, DatabaseUrl::Sqlite(_)) || polled.elapsed() >= POLL;
                if notified || due {
                    polled = Instant::now();
                    state.hear(open)?;
                }
                Ok(())
            }),
        };
        if let Err(error) = step {
            tracing::warn!(%error, "the store was not heard");
            follower = None;
            drop(state);
            thread::sleep(POLL);
            continue;
        }
        if forgot.elapsed() > Duration::from_secs(60) {
            forgot = Instant::now();
            state.forget();
        }
    }
}
