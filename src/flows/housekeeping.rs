//! Owns what a node does regularly: the removal of what expired, so that the database does not grow for ever (security R-23),
//! and the rotation of signing keys.

use std::sync::Arc;
use std::time::Duration;

use super::error::FlowError;
use super::last_used;
use super::node::Node;
use super::signing_keys;
use crate::storage::expiry::{self, Expired};

const EVERY: Duration = Duration::from_secs(600);
/// How long a key's use may wait to be stored.
const USES: Duration = Duration::from_secs(5);

/// Purges, and rotates signing keys, every ten minutes until the task is dropped. A failure is logged, and tried again next time.
pub async fn run(node: Arc<Node>) {
    loop {
        node.limits.sweep();
        match purge(&node).await {
            Ok(0) => {}
            Ok(removed) => tracing::debug!(removed, "removed what expired"),
            Err(error) => tracing::warn!(%error, "what expired could not be removed"),
        }
        match signing_keys::keep(&node).await {
            Ok(0) => {}
            Ok(changed) => tracing::info!(changed, "signing keys came or went, since it was time"),
            Err(error) => tracing::warn!(%error, "signing keys could not be rotated: it is tried again"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Stores when keys were last used, every few seconds until the task is dropped.
pub async fn store_uses(node: Arc<Node>) {
    loop {
        tokio::time::sleep(USES).await;
        if let Err(error) = last_used::flush(&node).await {
            tracing::warn!(%error, "when keys were last used could not be stored: it is tried again");
        }
    }
}

/// Removes what expired now, in many short writes; returns how many rows.
pub async fn purge(node: &Node) -> Result<usize, FlowError> {
    let now = node.clock.now();
    let mut removed = 0;
    for expired in Expired::ALL {
        loop {
            let batch = node.db.write(move |c| expiry::purge(c, expired, now)).await?;
            removed += batch;
            if expired == Expired::Mails && batch > 0 {
                node.mails_given_up.count(u64::try_from(batch).unwrap_or(u64::MAX));
                tracing::warn!(mails = batch, "given up: they could not be delivered within a day");
            }
            if batch < expiry::BATCH {
                break;
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{block_on, node};
    use super::super::setup;
    use super::*;

    #[test]
    fn what_expired_is_removed_and_what_lives_stays() {
        block_on(async {
            let (_folder, node) = node().await;
            setup::offer(&node).await.unwrap().unwrap();
            assert_eq!(purge(&node).await.unwrap(), 0);
            node.clock.advance(setup::LIFETIME_SECONDS + 1);
            assert_eq!(purge(&node).await.unwrap(), 1);
        });
    }
}
