//! What a presented key is: one indexed read, and then its own state, its owner's and its project's (contract §2, §9).

use uuid::Uuid;

use super::super::node::Node;
use super::{Identity, KeyLimits, Lookup};
use crate::account::api_key::{Slot, Status};
use crate::account::barbell_key;
use crate::account::credential::CredentialClass;
use crate::account::project::Role;
use crate::account::user::{self, LoginName};
use crate::clock::UnixTime;
use crate::crypto::barbell_key::BarbellKey;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::storage::api_key::{Found, find_by_digest};
use crate::storage::revocation::Subject;
use crate::storage::{self, DbConnection, StorageError};

/// A wrong prefix, length or checksum is refused without a query.
pub(super) async fn look_up(node: &Node, key: &str, now: UnixTime) -> Result<Lookup, StorageError> {
    let Some(key) = PlainToken::parse(TokenType::ApiKey, key) else { return Ok(Lookup::Invalid) };
    let digest = node.tokens.digest(&key);
    let found = node.db.read(move |c| with_role(c, |c| find_by_digest(c, &digest))).await?;
    // A Barbell key's digest is labelled otherwise; its slot is looked at as well.
    let found = found.filter(|(found, _)| found.key.slot != Some(Slot::Barbell));
    Ok(found.map_or(Lookup::Invalid, |(found, role)| identify(node, found, role, now)))
}

/// The same work for an unknown user, a wrong key and what is no key at all. Only the user name counts, never the e-mail
/// address: guesses at one account are counted under one name.
///
/// # Errors
/// The store is away, and the header has the form of a key: what has not is no key whatever the store says (contract §6).
pub(super) async fn look_up_barbell(
    node: &Node,
    header: &str,
    now: UnixTime,
) -> Result<Lookup, StorageError> {
    let (username, key) = barbell_key::split(header).unwrap_or_default();
    let name = LoginName::Username(user::canonical(username).unwrap_or_default());
    let key = BarbellKey::presented(key);
    let is_well_formed = !username.is_empty() && key.is_well_formed();
    let tokens = node.tokens.clone();
    let read = move |c: &mut DbConnection| {
        let owner = storage::user::find_by_login(c, &name)?.map_or(Uuid::nil(), |found| found.user.id);
        let found = find_by_digest(c, &key.digest(&tokens, owner))?;
        Ok(found.filter(|found| found.user.id == owner && found.key.slot == Some(Slot::Barbell)))
    };
    match node.db.read(move |c| with_role(c, read)).await {
        Ok(Some((found, role))) => Ok(identify(node, found, role, now)),
        Ok(None) => Ok(Lookup::Invalid),
        Err(StorageError::Unavailable(_)) if !is_well_formed => Ok(Lookup::Invalid),
        Err(error) => Err(error),
    }
}

/// The role of a project key's maker in its project, beside the key.
fn with_role(
    connection: &mut DbConnection,
    find: impl FnOnce(&mut DbConnection) -> Result<Option<Found>, StorageError>,
) -> Result<Option<(Found, Option<Role>)>, StorageError> {
    let Some(found) = find(connection)? else { return Ok(None) };
    let role = match found.key.project_id {
        Some(project) => storage::project::role(connection, project, found.user.id)?,
        None => None,
    };
    Ok(Some((found, role)))
}

/// Rights are the key's and, at every use, the owner's present ones (security §3, 60).
fn identify(node: &Node, found: Found, role: Option<Role>, now: UnixTime) -> Lookup {
    let Found { key, user, overlap_until } = found;
    if user.disabled || (key.project_id.is_some() && role.is_none()) {
        return Lookup::Invalid;
    }
    match key.status(now) {
        Status::Active => {}
        Status::Expired => return Lookup::Expired,
        Status::Disabled | Status::Revoked => return Lookup::Invalid,
    }
    if overlap_until.is_some_and(|end| end <= now) {
        return Lookup::Expired;
    }
    let mut hangs_on = vec![Subject::Key(key.id), Subject::User(user.id)];
    hangs_on.extend(key.project_id.map(Subject::Project));
    let held = user.grantable(&key.scope);
    let scope = role.map_or_else(|| Clone::clone(&held), |role| role.narrow(&held));
    // The end of an overlap is no end of the key: only what the caller holds ends then.
    let expires_at = [key.expires_at, overlap_until].into_iter().flatten().min();
    let own_limit = key.rate_limit.map(|limit| (key.id, limit));
    let quota = node.limits.quota(CredentialClass::ApiKey, &user.id.to_string(), None, own_limit);
    let identity = Identity {
        user_id: Some(user.id),
        subject: user.id.to_string(),
        username: Some(user.username),
        email: Some(user.email),
        is_admin: user.is_admin,
        scope,
        client_id: None,
        class: CredentialClass::ApiKey,
        audience: node.issuer().to_owned(),
        credential_id: key.id,
        grant_id: None,
        key: Some(KeyLimits {
            project_id: key.project_id,
            ip_allow: key.ip_allow,
            rate_limit: key.rate_limit,
            is_previous: overlap_until.is_some(),
        }),
        issued_at: key.secret_created_at,
        expires_at,
        quota,
        binding: None,
        networks: Vec::new(),
    };
    Lookup::Found(Box::new(identity), hangs_on)
}
