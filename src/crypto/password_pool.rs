//! A bounded pool of threads that hash passwords, each with its own kept 19 MiB of memory (security §4.4).
//!
//! Argon2 without a bound takes a small server to gigabytes; here memory is threads × 19 MiB, the queue is
//! bounded, what waits longer than [`PATIENCE`] is given up, and idle memory is handed back.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::CryptoError;
use super::password::{self, Cost, Memory, Password, Pepper, SealedHash};

/// How long a password may wait for a thread before the caller is told to come back.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// Passwords that may wait, per thread: about a second's work.
const QUEUE_PER_THREAD: usize = 40;
/// After this long without work a thread hands its memory back.
const KEEP_MEMORY: Duration = Duration::from_secs(10);

/// The pool's refusals.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PoolError {
    /// Too many passwords wait already: answer 503 with `Retry-After`.
    #[error("too many passwords are waiting to be checked")]
    Busy,
    /// A stored hash could not be read.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// What came of checking a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is not the one.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and its hash was made at another cost than today's: a new one should take its place.
    Outdated,
}

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

struct Job {
    queued: Instant,
    work: Work,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    capacity: usize,
}

/// The pool. Threads end when it is dropped.
pub struct PasswordPool {
    shared: Arc<Shared>,
    pepper: Pepper,
}

impl PasswordPool {
    /// Starts `threads` threads (at least one; one per core is right).
    pub fn start(threads: usize, pepper: Pepper) -> std::io::Result<Self> {
        let threads = threads.max(1);
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            capacity: threads * QUEUE_PER_THREAD,
        });
        for _ in 0..threads {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("password".into()).spawn(move || shared.serve())?;
        }
        Ok(Self { shared, pepper })
    }

    /// How many passwords wait for a thread.
    pub fn waiting(&self) -> usize {
        self.shared.lock().jobs.len()
    }

    /// Hashes a new password for `user`.
    pub async fn hash(&self, user: Uuid, password: Password) -> Result<SealedHash, PoolError> {
        let pepper = self.pepper.clone();
        self.run(move |memory| password::hash(&pepper, user, &password, Cost::TODAY, memory)).await
    }

    /// Whether `password` belongs to `account` (user and stored hash). `None` does the same work and answers no.
    pub async fn verify(
        &self,
        account: Option<(Uuid, SealedHash)>,
        password: Password,
    ) -> Result<Verdict, PoolError> {
        let pepper = self.pepper.clone();
        self.run(move |memory| {
            let Some((user, stored)) = account else {
                return password::dummy(&password, memory).map(|()| Verdict::Wrong);
            };
            if !password::verify(&pepper, user, &password, &stored, memory)? {
                return Ok(Verdict::Wrong);
            }
            let is_outdated = password::is_outdated(&pepper, user, &stored)?;
            Ok(if is_outdated { Verdict::Outdated } else { Verdict::Right })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> Result<T, CryptoError> + Send + 'static,
    ) -> Result<T, PoolError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |memory| drop(answer.send(work(memory))));
        {
            let mut queue = self.shared.lock();
            if queue.jobs.len() >= self.shared.capacity {
                return Err(PoolError::Busy);
            }
            queue.jobs.push_back(Job { queued: Instant::now(), work });
        }
        self.shared.wake.notify_one();
        // A job that waited too long is dropped with its sender: that is the other way to be busy.
        Ok(answered.await.map_err(|_| PoolError::Busy)??)
    }
}

impl Drop for PasswordPool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut memory = Memory::new();
        while let Some(job) = self.next(&mut memory) {
            if job.queued.elapsed() < PATIENCE {
                // A job that panics takes its answer with it, not the thread.
                let work = job.work;
                let _ = catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
            }
        }
    }

    fn next(&self, memory: &mut Memory) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            let (again, waited) =
                self.wake.wait_timeout(queue, KEEP_MEMORY).unwrap_or_else(PoisonError::into_inner);
            queue = again;
            if waited.timed_out() {
                *memory = Memory::new();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::master_key::MasterKey;
    use crate::crypto::random;

    fn pool() -> PasswordPool {
        PasswordPool::start(1, Pepper::new(&MasterKey::generate())).unwrap()
    }

    #[tokio::test]
    async fn an_unknown_user_is_answered_no() {
        let pool = pool();
        let user = random::id();
        let password = Password::new("correct horse battery").unwrap();
        let stored = pool.hash(user, password.clone()).await.unwrap();
        let verdict = pool.verify(Some((user, stored)), password.clone()).await;
        assert!(matches!(verdict, Ok(Verdict::Right)));
        assert!(matches!(pool.verify(None, password).await, Ok(Verdict::Wrong)));
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_at_once() {
        let pool = pool();
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (started, running) = oneshot::channel::<()>();
        pool.shared.lock().jobs.push_back(Job {
            queued: Instant::now(),
            work: Box::new(move |_| {
                let _ = started.send(());
                let _ = held.recv();
            }),
        });
        pool.shared.wake.notify_one();
        running.await.unwrap();
        for _ in 0..QUEUE_PER_THREAD {
            pool.shared.lock().jobs.push_back(Job { queued: Instant::now(), work: Box::new(|_| ()) });
        }
        let refused = pool.verify(None, Password::new("any").unwrap()).await;
        assert!(matches!(refused, Err(PoolError::Busy)));
        drop(hold);
    }
}
