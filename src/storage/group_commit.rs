//! Group commit for SQLite: one thread takes many queued writes into one durable transaction (decision 0002).
//!
//! Each write runs in a savepoint of its own and gets its own answer, but only after the whole
//! transaction is on the disk: acknowledged means durable.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::connection::DbConnection;
use super::error::StorageError;

const QUEUE: usize = 4096;
const MOST_PER_COMMIT: usize = 256;
const LONGEST_COLLECTION: Duration = Duration::from_millis(5);

/// Told whether the commit succeeded; answers the caller.
type Answer = Box<dyn FnOnce(Result<(), StorageError>) + Send>;
/// Runs in a savepoint; says whether to keep its changes, and how to answer.
type Job = Box<dyn FnOnce(&mut DbConnection) -> (bool, Answer) + Send>;

/// The queue in front of the one writer.
#[derive(Clone)]
pub(super) struct Writer {
    queue: SyncSender<Job>,
    waiting: Arc<AtomicUsize>,
}

/// A write that waits; it does not once this is dropped.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Writer {
    /// Starts the writer thread; it ends when the last handle is dropped.
    pub(super) fn start(mut connection: DbConnection) -> Result<Self, StorageError> {
        let (sender, queue) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("writer".into())
            .spawn(move || while serve(&mut connection, &queue) {})
            .map_err(|e| StorageError::Unavailable(e.to_string()))?;
        Ok(Self { queue: sender, waiting: Arc::default() })
    }

    /// How many writes wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Queues a write and waits until it is durable.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(Arc::clone(&self.waiting));
        let job: Job = Box::new(move |connection| {
            drop(waiting);
            let done = work(connection);
            (done.is_ok(), Box::new(move |committed| drop(sender.send(committed.and(done)))))
        });
        self.queue.try_send(job).map_err(|error| {
            StorageError::Unavailable(match error {
                TrySendError::Full(_) => "too many writes are waiting".to_owned(),
                TrySendError::Disconnected(_) => "the writer has ended".to_owned(),
            })
        })?;
        receiver.await.unwrap_or_else(|_| Err(StorageError::Unavailable("a write was given up".to_owned())))
    }
}

/// One transaction. `false` when nobody can send any more.
fn serve(connection: &mut DbConnection, queue: &Receiver<Job>) -> bool {
    let Ok(first) = queue.recv() else { return false };
    let began = connection.batch_execute("BEGIN IMMEDIATE").map_err(StorageError::from);
    let mut answers = Vec::new();
    let started = Instant::now();
    let mut next = Some(first);
    while let Some(job) = next {
        match &began {
            Ok(()) => answers.extend(run(connection, job)),
            // The job must not run. It is dropped, so its caller hears "a write was given up"; the reason is told here.
            Err(error) => tracing::error!(%error, "a write could not begin"),
        }
        next = (answers.len() < MOST_PER_COMMIT && started.elapsed() < LONGEST_COLLECTION)
            .then(|| queue.try_recv().ok())
            .flatten();
    }
    if began.is_ok() {
        let committed = connection.batch_execute("COMMIT").map_err(StorageError::from);
        if let Err(error) = &committed {
            tracing::error!(%error, "a commit failed");
            // Nothing of it may stay; after a failed COMMIT the transaction may or may not be open still.
            let _ = connection.batch_execute("ROLLBACK");
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
    true
}

fn run(connection: &mut DbConnection, job: Job) -> Option<Answer> {
    if let Err(error) = connection.batch_execute("SAVEPOINT job") {
        tracing::error!(%error, "a savepoint could not be set");
        return None;
    }
    // A panic in one write must not take the others, or the writer, with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| job(connection)));
    let end = match &outcome {
        Ok((true, _)) => "RELEASE job",
        _ => "ROLLBACK TO job; RELEASE job",
    };
    let ended = connection.batch_execute(end).map_err(StorageError::from);
    match (outcome, ended) {
        (Ok((_, answer)), Ok(())) => Some(answer),
        (Ok((_, answer)), Err(error)) => {
            answer(Err(error));
            None
        }
        (Err(_), _) => {
            tracing::error!("a write panicked");
            None
        }
    }
}
