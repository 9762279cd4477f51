//! What this node knows to be revoked or changed, and since when it last heard from the store (contract §6,
//! decision 0004).
//!
//! A revocation made by this node counts at once; one made elsewhere arrives through the sequence that a thread
//! follows. An answer from memory counts only while the store was heard within the bound, so a lost
//! notification or a lost store fails safe.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::storage::follower::Follower;
use crate::storage::revocation::{REMEMBER_SECONDS, Subject};
use crate::storage::{DatabaseUrl, DbConnection, StorageError};

/// A notification, or a change of the SQLite file, is looked for this often.
const LOOK: Duration = Duration::from_millis(25);
/// A change made now has been heard by every node that hears the store: one look just missed, one that sees it, and as much
/// again for the reading.
pub const HEARD_EVERYWHERE: Duration = LOOK.saturating_mul(4);
/// PostgreSQL is asked at least this often, in case a notification was lost.
const POLL: Duration = Duration::from_millis(250);
/// What was read longer ago is read again: a change since then may be forgotten already.
const TRUST: Duration = Duration::from_secs(3600);

/// How far the world had changed when something was read from the store, and when that was.
#[derive(Clone, Copy)]
pub struct Stamp {
    version: u64,
    read_at: Instant,
}

/// The last change of one subject. Times are by a clock that nobody can set: the wall clock may jump ahead and back
/// again (security R-13).
struct Change {
    version: u64,
    heard: Instant,
}

struct State {
    changes: RwLock<HashMap<Subject, Change>>,
    /// Grows with every change. While it stands still, nothing that was current stopped being so.
    version: AtomicU64,
    /// What was read before this version is read again, whatever it is.
    floor: AtomicU64,
    /// The version of the last change of any client.
    clients: AtomicU64,
    started: Instant,
    /// Milliseconds after `started` when the store was last heard.
    heard: AtomicU64,
    bound: Duration,
    /// Reads again what is held in memory as a whole; before it is told that it changed.
    read_again: ReadAgain,
}

type ReadAgain = Box<dyn Fn(&mut DbConnection, &[Subject]) -> Result<(), StorageError> + Send + Sync>;

/// Shared by every handler of a node.
#[derive(Clone)]
pub struct Revocations(Arc<State>);

impl Revocations {
    /// Reads the whole sequence, then starts the thread that follows it. An answer from memory counts while the store
    /// was heard within `bound`. `read_again` reads what the subjects are about and is held as a whole: signing keys, scopes.
    pub fn start(
        url: &DatabaseUrl,
        bound: Duration,
        read_again: impl Fn(&mut DbConnection, &[Subject]) -> Result<(), StorageError> + Send + Sync + 'static,
    ) -> Result<Self, StorageError> {
        let state = Arc::new(State {
            changes: RwLock::default(),
            version: AtomicU64::new(1),
            floor: AtomicU64::new(0),
            clients: AtomicU64::new(0),
            started: Instant::now(),
            heard: AtomicU64::new(0),
            bound,
            read_again: Box::new(read_again),
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

    /// Applies what this node itself just revoked or changed.
    pub fn apply(&self, subjects: &[Subject]) {
        self.0.note(subjects);
    }

    /// Whether this grant or token is revoked: that is for good.
    pub fn is_dead(&self, subject: &Subject) -> bool {
        self.0.changes.read().unwrap_or_else(PoisonError::into_inner).contains_key(subject)
    }

    /// A number that stands still while nothing changes.
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }

    /// To be taken before reading from the store.
    pub fn stamp(&self) -> Stamp {
        Stamp { version: self.version(), read_at: Instant::now() }
    }

    /// Whether what was read at `stamp`, and hangs on `subjects`, still holds.
    pub fn is_current(&self, stamp: &Stamp, subjects: &[Subject]) -> bool {
        let state = &self.0;
        if stamp.version < state.floor.load(Ordering::Acquire) || stamp.read_at.elapsed() > TRUST {
            return false;
        }
        let changes = state.changes.read().unwrap_or_else(PoisonError::into_inner);
        !subjects.iter().any(|s| changes.get(s).is_some_and(|change| change.version > stamp.version))
    }

    /// Whether what was read of all clients at `stamp` still holds.
    pub fn are_clients_current(&self, stamp: &Stamp) -> bool {
        self.0.clients.load(Ordering::Acquire) <= stamp.version && self.is_current(stamp, &[])
    }

    /// Whether the store was heard within the bound.
    pub fn is_fresh(&self) -> bool {
        let heard = Duration::from_millis(self.0.heard.load(Ordering::Acquire));
        self.0.started.elapsed().saturating_sub(heard) < self.0.bound
    }
}

impl State {
    fn note(&self, subjects: &[Subject]) {
        if subjects.is_empty() {
            return;
        }
        let mut changes = self.changes.write().unwrap_or_else(PoisonError::into_inner);
        let version = self.version.load(Ordering::Acquire) + 1;
        for subject in subjects {
            if let Subject::Client(_) = subject {
                self.clients.store(version, Ordering::Release);
            }
            if *subject == Subject::Unknown {
                self.floor.store(version, Ordering::Release);
            }
            changes.insert(subject.clone(), Change { version, heard: Instant::now() });
        }
        // Last: whoever sees the new version sees the changes too.
        self.version.store(version, Ordering::Release);
    }

    /// Everything that was read before is read again.
    fn forget_what_was_read(&self) {
        let _changes = self.changes.write().unwrap_or_else(PoisonError::into_inner);
        let version = self.version.load(Ordering::Acquire) + 1;
        self.floor.store(version, Ordering::Release);
        self.version.store(version, Ordering::Release);
    }

    fn hear(&self, follower: &mut Follower) -> Result<(), StorageError> {
        // The time before asking: what happens while the answer travels may not be in it.
        let asked = self.started.elapsed();
        let subjects = follower.poll()?;
        (self.read_again)(follower.connection(), &subjects)?;
        self.note(&subjects);
        self.heard.fetch_max(u64::try_from(asked.as_millis()).unwrap_or(u64::MAX), Ordering::AcqRel);
        Ok(())
    }

    fn forget(&self) {
        let long_enough = Duration::from_secs(REMEMBER_SECONDS.unsigned_abs());
        let mut changes = self.changes.write().unwrap_or_else(PoisonError::into_inner);
        changes.retain(|_, change| change.heard.elapsed() < long_enough);
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
            None => Follower::open(url).and_then(|mut opened| {
                // The rows that told of a change may be gone by now.
                (state.read_again)(opened.connection(), &[Subject::Unknown])?;
                state.forget_what_was_read();
                follower = Some(opened);
                Ok(())
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
