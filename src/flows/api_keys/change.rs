//! What is done to a key that is there, its secret apart: change, disable, enable, remove (contract §9).

use uuid::Uuid;

use super::super::error::FlowError;
use super::super::mail::{self, Notice};
use super::super::node::Node;
use super::super::stop::{self, Stop};
use super::admission::{By, Need, Rules};
use super::{
    Actor, Denial, KeyChange, KeyRefusal, Place, Step, changed, invalid, not_allowed, unknown, with_last_use,
};
use crate::account::api_key::{ApiKey, Slot, rules};
use crate::clock::UnixTime;
use crate::storage::audit_event::Kind;
use crate::storage::{self, DbConnection, api_key};

/// Changes what is said of a key, and nothing else. Its owner is told when it may do what it could not before: whoever took a
/// session or a key of theirs gains as much by that as by a new one.
///
/// # Errors
/// The store is away.
pub async fn update(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
    id: Uuid,
    change: KeyChange,
) -> Result<Result<ApiKey, KeyRefusal>, FlowError> {
    let (by, rules, now) = (By::of(actor), Rules::of(node), node.clock.now());
    let notice = mail::notice_of_key(node, id, Notice::KeyChanged).await?;
    let done = stop::write(node, move |c| {
        let before = take(c, &by, place, id, now)?;
        alive(&before)?;
        by.reach(c, &before, false)?;
        let rights = before.rights();
        let after = amend(c, before, &change, &rules, now)?;
        let is_wider = !after.rights().is_within(&rights);
        if !by.made(&after) && is_wider {
            return not_allowed(Denial::OnlyNarrowed);
        }
        by.reach(c, &after, false)?;
        api_key::update(c, &after)?;
        if is_wider {
            notice.post(c, now)?;
        }
        let subjects = changed(c, by.trace(), Kind::KeyUpdated, &after, now)?;
        Ok((after, subjects))
    });
    Ok(done.await?.map(|key| with_last_use(node, key)))
}

/// Removes a key: it is dead at once. Any member with the right role may remove any key of a project (contract §9).
///
/// # Errors
/// The store is away.
pub async fn delete(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
    id: Uuid,
) -> Result<Result<(), KeyRefusal>, FlowError> {
    let (by, now) = (By::of(actor), node.clock.now());
    let notice = mail::notice_of_key(node, id, Notice::KeyRevoked).await?;
    stop::write(node, move |c| {
        let key = take(c, &by, place, id, now)?;
        api_key::delete(c, id)?;
        if by.user_id() != Some(key.user_id) {
            notice.post(c, now)?;
        }
        Ok(((), changed(c, by.trace(), Kind::KeyDeleted, &key, now)?))
    })
    .await
}

/// Switches a key off, or on again.
///
/// # Errors
/// The store is away.
pub async fn set_disabled(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
    id: Uuid,
    disabled: bool,
) -> Result<Result<ApiKey, KeyRefusal>, FlowError> {
    let (by, now) = (By::of(actor), node.clock.now());
    let done = stop::write(node, move |c| {
        let mut key = take(c, &by, place, id, now)?;
        alive(&key)?;
        if !disabled {
            by.reach(c, &key, false)?;
            if !by.made(&key) {
                return not_allowed(Denial::OnlyMakerEnables);
            }
            in_time(&key, now)?;
        }
        if disabled == key.disabled_at.is_some() {
            return Ok((key, Vec::new()));
        }
        key.disabled_at = disabled.then_some(now);
        api_key::update(c, &key)?;
        let kind = if disabled { Kind::KeyDisabled } else { Kind::KeyEnabled };
        let subjects = changed(c, by.trace(), kind, &key, now)?;
        Ok((key, subjects))
    });
    Ok(done.await?.map(|key| with_last_use(node, key)))
}

/// The key of this id in its place, held until the end of the transaction, if who asks may manage there.
pub(super) fn take(c: &mut DbConnection, by: &By, place: Place, id: Uuid, now: UnixTime) -> Step<ApiKey> {
    by.admit(c, place, Need::Manage, now)?;
    match api_key::lock(c, id)? {
        Some(key) if place.holds(&key) => Ok(key),
        _ => unknown(),
    }
}

/// What died for good can only be removed.
pub(super) fn alive(key: &ApiKey) -> Step<()> {
    if key.revoked_at.is_some() {
        return not_allowed(Denial::Revoked);
    }
    Ok(())
}

/// Whether what is asked for would be of any use: past its end a key stays dead, whatever its secret.
pub(super) fn in_time(key: &ApiKey, now: UnixTime) -> Step<()> {
    match key.expires_at {
        Some(end) if end <= now => Err(Stop::Refused(KeyRefusal::Expired)),
        _ => Ok(()),
    }
}

fn amend(
    c: &mut DbConnection,
    before: ApiKey,
    change: &KeyChange,
    rules: &Rules,
    now: UnixTime,
) -> Step<ApiKey> {
    let mut key = before;
    let change = change.clone();
    if let Some(scope) = change.scope {
        let Some(owner) = storage::user::find(c, key.user_id)? else { return unknown() };
        let allowed = rules.scopes_of(&owner, key.project_id.is_some());
        key.scope = rules::choose_scope(Some(&scope), &allowed).map_err(invalid)?;
        rules.hold(c, &key.scope)?;
    }
    if let Some(end) = change.expires_at {
        rules::validate_end(end, now).map_err(invalid)?;
        key.expires_at = end;
    }
    if let Some(networks) = change.ip_allow {
        key.ip_allow = networks.iter().map(ipnet::IpNet::trunc).collect();
    }
    key.name = change.name.unwrap_or(key.name);
    key.environment = change.environment.unwrap_or(key.environment);
    key.rate_limit = change.rate_limit.unwrap_or(key.rate_limit);
    key.metadata = change.metadata.unwrap_or(key.metadata);
    rules::validate(&key, rules.class_limit).map_err(invalid)?;
    Ok(key)
}

/// A Barbell key's secret has another form, and counts only beside its owner's name (contract §2).
pub(super) fn has_a_token(key: &ApiKey) -> Step<()> {
    if key.slot == Some(Slot::Barbell) {
        return not_allowed(Denial::Barbell);
    }
    Ok(())
}
