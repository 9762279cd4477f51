//! Owns what an operator asks first: how this node is, in numbers that are at hand (security §4.9).

use std::time::{Duration, Instant};

use super::error::FlowError;
use super::node::Node;
pub use super::rate_limits::Near;
pub use crate::storage::Load;
use crate::storage::{self, DatabaseUrl};

/// From this part of a window on, somebody is near their limit.
const NEAR_PERCENT: u32 = 80;
/// How many of those are told.
const MOST_NEAR: usize = 20;

/// How this node is.
pub struct Health {
    /// Whether the store was heard within the revocation bound; without it every answer about a credential is 503.
    pub store_heard: bool,
    /// `SQLite` or `PostgreSQL`.
    pub database: &'static str,
    /// The newest migration.
    pub schema: String,
    /// How long reading that took.
    pub latency: Duration,
    /// The way to the data.
    pub load: Load,
    /// Credentials kept in memory.
    pub cached: usize,
    /// Credentials judged from memory since the start.
    pub hits: u64,
    /// Credentials looked up since the start.
    pub misses: u64,
    /// Passwords that wait to be hashed.
    pub passwords_waiting: usize,
    /// Clients that are still to be told that a session ended.
    pub logouts_waiting: i64,
    /// Mails given up since the start.
    pub mails_given_up: u64,
    /// Who used at least 80 % of what they may ask in an hour, as this node counts.
    pub near: Vec<Near>,
}

/// Looks: one timed read, what waits, and what memory has.
///
/// # Errors
/// The store is away.
pub async fn look(node: &Node) -> Result<Health, FlowError> {
    let began = Instant::now();
    let schema = node.db.read(storage::schema_version).await?;
    let latency = began.elapsed();
    let (cached, hits, misses) = node.seen.use_so_far();
    Ok(Health {
        store_heard: node.revocations.is_fresh(),
        database: match node.db.url() {
            DatabaseUrl::Sqlite(_) => "SQLite",
            DatabaseUrl::Postgres(_) => "PostgreSQL",
        },
        schema: schema.unwrap_or_default(),
        latency,
        load: node.db.load(),
        cached,
        hits,
        misses,
        passwords_waiting: node.passwords.waiting(),
        logouts_waiting: node.db.read(storage::backchannel_logout::waiting).await?,
        mails_given_up: node.mails_given_up.so_far(),
        near: node.limits.near(NEAR_PERCENT, MOST_NEAR),
    })
}
