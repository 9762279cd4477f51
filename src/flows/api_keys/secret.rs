//! The secrets of keys: replaced at once or with an overlap, and shown again where the operator chose to keep them
//! (contract §2, §9).

use uuid::Uuid;

use super::super::error::FlowError;
use super::super::mail::{self, Notice};
use super::super::node::Node;
use super::super::password::{self, Attempt};
use super::super::stop::{self, Stop};
use super::admission::By;
use super::change::{alive, has_a_token, in_time, take};
use super::{Actor, Denial, KeyRefusal, Place, WithSecret, changed, not_allowed, record, with_last_use};
use crate::account::api_key::rules;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::crypto::{CryptoError, sealed};
use crate::storage::api_key::{self, StoredSecret};
use crate::storage::audit_event::Kind;

/// Gives a key another secret; the old one is dead at once (contract §9). `seen` is the hint of the secret that is to be
/// replaced; `None`: whichever it is.
///
/// # Errors
/// The store is away, or the secret cannot be sealed.
pub async fn regenerate(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
    id: Uuid,
    seen: Option<&str>,
) -> Result<Result<WithSecret, KeyRefusal>, FlowError> {
    replace(node, actor, place, (id, seen), 0, Kind::KeyRegenerated).await
}

/// Gives a key another secret; the old one is good for `overlap_seconds` more, 0 to 7 days (contract §9). `seen` as at
/// [`regenerate`].
///
/// # Errors
/// The store is away, or the secret cannot be sealed.
pub async fn rotate(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
    id: Uuid,
    seen: Option<&str>,
    overlap_seconds: i64,
) -> Result<Result<WithSecret, KeyRefusal>, FlowError> {
    if let Err(reason) = rules::validate_overlap(overlap_seconds) {
        return Ok(Err(KeyRefusal::Invalid(reason)));
    }
    replace(node, actor, place, (id, seen), overlap_seconds, Kind::KeyRotated).await
}

async fn replace(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
    (id, seen): (Uuid, Option<&str>),
    overlap_seconds: i64,
    kind: Kind,
) -> Result<Result<WithSecret, KeyRefusal>, FlowError> {
    let (by, now) = (By::of(actor), node.clock.now());
    let secret = PlainToken::generate(TokenType::ApiKey);
    let (new, hint) = (stored(node, id, &secret)?, secret.hint());
    let (told, seen) = (hint.clone(), seen.map(str::to_owned));
    let notice = mail::notice_of_key(node, id, |_| Notice::KeyReplaced(told)).await?;
    let overlap = (overlap_seconds > 0).then(|| now.plus_seconds(overlap_seconds));
    let done = stop::write(node, move |c| {
        let mut key = take(c, &by, place, id, now)?;
        alive(&key)?;
        has_a_token(&key)?;
        by.owns(&key)?;
        by.reach(c, &key, true)?;
        in_time(&key, now)?;
        // The row is held: of two who saw the same secret one replaces it.
        if seen.as_ref().is_some_and(|seen| *seen != key.hint) {
            return Err(Stop::Refused(KeyRefusal::Replaced));
        }
        key.hint = hint.clone();
        key.secret_created_at = now;
        api_key::replace_secret(c, id, &new, overlap)?;
        api_key::update(c, &key)?;
        let subjects = changed(c, by.trace(), kind, &key, now)?;
        notice.post(c, now)?;
        Ok((key, subjects))
    });
    Ok(done.await?.map(|key| WithSecret { key: with_last_use(node, key), secret }))
}

/// Shows a key's secret again, to whom proves their password (contract §2). Audited.
///
/// # Errors
/// The store is away, or what is sealed does not open.
pub async fn reveal(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
    id: Uuid,
    proof: Attempt<'_>,
) -> Result<Result<WithSecret, KeyRefusal>, FlowError> {
    if !node.policy.reveal_keys {
        return Ok(Err(KeyRefusal::NotAllowed(Denial::NoneKept)));
    }
    let (by, now) = (By::of(actor), node.clock.now());
    let Some(user) = by.user_id() else {
        return Ok(Err(KeyRefusal::NotAllowed(Denial::OnlyOwnerSees)));
    };
    let notice = mail::notice_of_key(node, id, Notice::KeyRevealed).await?;
    let work = move |c: &mut crate::storage::DbConnection| {
        let key = take(c, &by, place, id, now)?;
        alive(&key)?;
        has_a_token(&key)?;
        by.owns(&key)?;
        by.reach(c, &key, false)?;
        let Some(sealed) = api_key::sealed(c, id)? else {
            return not_allowed(Denial::NotKept);
        };
        record(c, by.trace(), Kind::KeyRevealed, &key, now)?;
        notice.post(c, now)?;
        Ok((key, sealed))
    };
    let shown = password::prove(node, proof, user, move |c| match work(c) {
        Ok(shown) => Ok(Ok(shown)),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Broken(error)) => Err(error),
    });
    let (key, sealed) = match shown.await? {
        Ok(Ok(shown)) => shown,
        Ok(Err(refusal)) => return Ok(Err(refusal)),
        Err(refusal) => return Ok(Err(KeyRefusal::Password(refusal))),
    };
    let opened = sealed::open(&node.revealable, &place_of(id), &sealed)?;
    let text = std::str::from_utf8(&opened).ok();
    let secret = text.and_then(|text| PlainToken::parse(TokenType::ApiKey, text));
    let secret = secret.ok_or(CryptoError("the sealed secret of an API key is no API key"))?;
    Ok(Ok(WithSecret { key: with_last_use(node, key), secret }))
}

/// What is stored of a secret: its digest and, only where the operator said so, itself, sealed.
pub(super) fn stored(node: &Node, id: Uuid, secret: &PlainToken) -> Result<StoredSecret, CryptoError> {
    let sealed = if node.policy.reveal_keys {
        Some(sealed::seal(&node.revealable, &place_of(id), secret.expose().as_bytes())?)
    } else {
        None
    };
    Ok(StoredSecret { digest: node.tokens.digest(secret), sealed })
}

/// Table, row, column (security §4.2).
fn place_of(id: Uuid) -> Vec<u8> {
    format!("api_keys/{id}/sealed_key").into_bytes()
}
