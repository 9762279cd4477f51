//! Owns looking at the audit trail (contract §1; security I6).

use uuid::Uuid;

use super::error::FlowError;
use super::node::Node;
use crate::storage::audit_event;
pub use crate::storage::audit_event::{By, ByKind, Filter, Kind, StoredEvent};

/// Events, newest first: at most `limit`, older than `before`.
///
/// # Errors
/// The store is away.
pub async fn list(
    node: &Node,
    filter: Filter,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<StoredEvent>, FlowError> {
    Ok(node.db.read(move |c| audit_event::page(c, &filter, before, limit)).await?)
}
