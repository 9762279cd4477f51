//! A key found in the open: whoever has it may end it (contract §9). It stays in its owner's list, as revoked.

use std::net::IpAddr;

use uuid::Uuid;

use super::super::actor::Trace;
use super::super::error::FlowError;
use super::super::mail::{self, Notice};
use super::super::node::Node;
use super::changed;
use crate::account::api_key::Slot;
use crate::account::barbell_key;
use crate::account::user::{self, LoginName};
use crate::clock::UnixTime;
use crate::crypto::barbell_key::BarbellKey;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::storage::api_key::{self, Found, find_by_digest};
use crate::storage::audit_event::Kind;
use crate::storage::{self, DbConnection, StorageError};

/// Revokes the key that `secret` is, an API key or `USERNAME:KEY`, and tells its owner. Anything else: does nothing. `address` is
/// who reports.
///
/// # Errors
/// The store is away.
pub async fn report_leaked(node: &Node, secret: &str, address: IpAddr) -> Result<(), FlowError> {
    let (digest, is_barbell) = match PlainToken::parse(TokenType::ApiKey, secret) {
        Some(key) => (Some(node.tokens.digest(&key)), false),
        None => (barbell_digest(node, secret).await?, true),
    };
    let Some(digest) = digest else { return Ok(()) };
    let (trace, now) = (Trace::stranger(address), node.clock.now());
    // Strangers ask this: what is unknown costs no write.
    let owned = node.db.read(move |c| Ok(good(c, &digest, is_barbell, now)?.map(|found| found.key)));
    let Some(key) = owned.await? else { return Ok(()) };
    let notice = mail::key_notice(node, key.user_id, Notice::KeyLeaked(key.hint)).await?;
    node.revoke(move |c| {
        let Some(found) = good(c, &digest, is_barbell, now)? else { return Ok(((), Vec::new())) };
        api_key::lock(c, found.key.id)?;
        // Its owner may have replaced the secret a moment ago.
        let Some(mut found) = good(c, &digest, is_barbell, now)? else { return Ok(((), Vec::new())) };
        found.key.revoked_at = Some(now);
        api_key::update(c, &found.key)?;
        notice.post(c, now)?;
        Ok(((), changed(c, &trace, Kind::KeyLeaked, &found.key, now)?))
    })
    .await
}

/// The digest of what looks like a Barbell key; the same work whether or not somebody has the name before it.
async fn barbell_digest(node: &Node, secret: &str) -> Result<Option<TokenDigest>, FlowError> {
    let Some((username, key)) = barbell_key::split(secret) else { return Ok(None) };
    let Some(name) = user::canonical(username).map(LoginName::Username) else { return Ok(None) };
    let owner = node.db.read(move |c| storage::user::find_by_login(c, &name)).await?;
    let owner = owner.map_or(Uuid::nil(), |owner| owner.user.id);
    Ok(Some(BarbellKey::presented(key).digest(&node.tokens, owner)))
}

/// The key of this digest, unless that secret is dead already: a secret whose overlap is over harms nobody.
fn good(
    c: &mut DbConnection,
    digest: &TokenDigest,
    is_barbell: bool,
    now: UnixTime,
) -> Result<Option<Found>, StorageError> {
    let found = find_by_digest(c, digest)?;
    Ok(found.filter(|found| {
        found.key.revoked_at.is_none()
            && (found.key.slot == Some(Slot::Barbell)) == is_barbell
            && found.overlap_until.is_none_or(|end| end > now)
    }))
}
