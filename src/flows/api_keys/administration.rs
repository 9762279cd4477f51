//! What administrators do with everybody's keys: look for them, and end one for good (contract §9).

use uuid::Uuid;

use super::super::actor::{Acting, Actor};
use super::super::error::FlowError;
use super::super::mail::{self, Notice};
use super::super::node::Node;
use super::super::stop;
use super::{Denial, KeyRefusal, changed, unknown, with_last_use};
use crate::account::api_key::ApiKey;
use crate::storage::api_key;
pub use crate::storage::api_key::Search;
use crate::storage::audit_event::Kind;

/// Keys of everybody, newest first: at most `limit`, older than `before`.
///
/// # Errors
/// The store is away.
pub async fn search(
    node: &Node,
    what: Search,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>, FlowError> {
    let now = node.clock.now();
    let keys = node.db.read(move |c| api_key::search(c, &what, before, limit, now)).await?;
    Ok(keys.into_iter().map(|key| with_last_use(node, key)).collect())
}

/// The key of this id, whosever it is.
///
/// # Errors
/// The store is away.
pub async fn find_any(node: &Node, id: Uuid) -> Result<Option<ApiKey>, FlowError> {
    let found = node.db.read(move |c| api_key::find(c, id)).await?;
    Ok(found.map(|key| with_last_use(node, key)))
}

/// Ends a key for good, whosever it is. It stays in its owner's list, as revoked.
///
/// # Errors
/// The store is away.
pub async fn revoke(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
) -> Result<Result<ApiKey, KeyRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    let notice = mail::notice_of_key(node, id, Notice::KeyRevoked).await?;
    stop::write(node, move |c| {
        by.administers(c, now, |reason| KeyRefusal::NotAllowed(Denial::Ended(reason)))?;
        let Some(mut key) = api_key::lock(c, id)? else { return unknown() };
        if key.revoked_at.is_some() {
            return Ok((key, Vec::new()));
        }
        key.revoked_at = Some(now);
        api_key::update(c, &key)?;
        let subjects = changed(c, &by.trace, Kind::KeyRevoked, &key, now)?;
        if by.user != Some(key.user_id) {
            notice.post(c, now)?;
        }
        Ok((key, subjects))
    })
    .await
}
