//! Owns the regular removal of what expired: the database does not grow for ever (security R-23).

use std::sync::Arc;
use std::time::Duration;

use super::error::FlowError;
use super::node::Node;
use crate::storage::expiry;

const EVERY: Duration = Duration::from_secs(600);

/// Purges every ten minutes until the task is dropped. A failure is logged, and tried again next time.
pub async fn run(node: Arc<Node>) {
    loop {
        match purge(&node).await {
            Ok(0) => {}
            Ok(removed) => tracing::debug!(removed, "removed what expired"),
            Err(error) => tracing::warn!(%error, "what expired could not be removed"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Removes what expired now; returns how many rows.
pub async fn purge(node: &Node) -> Result<usize, FlowError> {
    let now = node.clock.now();
    Ok(node.db.write(move |c| expiry::purge(c, now)).await?)
}
