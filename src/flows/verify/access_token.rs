//! What an access token says, checked: signature, time, and user and client still enabled (RFC 9068 §4).

use std::sync::Arc;

use uuid::Uuid;

use super::super::node::Node;
use super::{Identity, KeyBinding, Lookup, exchanged};
use crate::account::api_key::ApiKey;
use crate::account::credential::CredentialClass;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::oauth::access_token::{AccessTokenClaims, TokenClass};
use crate::oauth::scope::{EMAIL, PROFILE, Scope};
use crate::storage::revocation::Subject;
use crate::storage::{StorageError, authorization_grant};

/// Access tokens from the future are refused beyond this many seconds (security §3, 29).
const CLOCK_SKEW: i64 = 60;

pub(super) async fn look_up(node: &Node, token: &str, now: UnixTime) -> Result<Lookup, StorageError> {
    let Some((claims, kid)) = node.claims_of(token).await? else { return Ok(Lookup::Invalid) };
    if claims.iss != node.issuer() || claims.iat > now.seconds() + CLOCK_SKEW {
        return Ok(Lookup::Invalid);
    }
    if claims.exp <= now.seconds() {
        return Ok(Lookup::Expired);
    }
    let mut hangs_on = vec![Subject::Token(claims.jti)];
    hangs_on.extend(claims.grant_id.map(Subject::Grant));
    hangs_on.extend(claims.origin.iter().flat_map(exchanged::tokens));
    if hangs_on.iter().any(|subject| node.revocations.is_dead(subject)) {
        return Ok(Lookup::Invalid);
    }
    // Not dead when it changed, only to be looked at again: a revoked key is not among ours any more.
    hangs_on.push(Subject::SigningKey(kid));
    hangs_on.extend(claims.origin.iter().flat_map(exchanged::others));
    let class = match claims.class() {
        TokenClass::Jwt => CredentialClass::Jwt,
        TokenClass::OAuth => CredentialClass::OAuth,
    };
    let Ok(scope) = Scope::parse(&claims.scope) else { return Ok(Lookup::Invalid) };
    let (mut own_limit, mut is_fapi) = (None, false);
    if class == CredentialClass::OAuth {
        hangs_on.push(Subject::Client(claims.client_id.clone()));
        match node.directory.client(&claims.client_id).await? {
            Some(record) if exchanged::is_good(&record.client, claims.jti) => {
                (own_limit, is_fapi) = (record.client.rate_limit, record.client.metadata.fapi);
            }
            _ => return Ok(Lookup::Invalid),
        }
    }
    let Some((user, key)) = behind(node, &claims, now).await? else { return Ok(Lookup::Invalid) };
    hangs_on.extend(user.as_ref().map(|user| Subject::User(user.id)));
    let binding = claims.cnf.map(|cnf| KeyBinding { jkt: cnf.jkt, is_fapi });
    // A person's requests are counted together, by whatever name an app knows them.
    let counted = user.as_ref().map_or_else(|| claims.sub.clone(), |user| user.id.to_string());
    let quota = match &key {
        // An exchange gives no more requests than the key had.
        Some(key) => {
            let own_limit = key.rate_limit.map(|limit| (key.id, limit));
            node.limits.quota(CredentialClass::ApiKey, &counted, None, own_limit)
        }
        None => {
            let own_limit = own_limit.map(|limit| (claims.client_id.as_str(), limit));
            node.limits.quota(class, &counted, own_limit, None)
        }
    };
    // What a key was exchanged for allows no more than the key does by now.
    let scope = key.as_ref().map_or_else(|| scope.clone(), |key| scope.intersect(&key.scope));
    let ends = [Some(UnixTime::from_seconds(claims.exp)), key.as_ref().and_then(|key| key.expires_at)];
    // Whoever holds the token can ask what it is good for, and an app that knows people by names of its own is to learn no
    // other name of theirs that they did not allow (decision 0013).
    let is_pairwise = user.is_some() && counted != claims.sub;
    let tells = |token: &str| !is_pairwise || scope.contains(token);
    let told = |token: &str| user.as_ref().filter(|_| tells(token));
    let identity = Identity {
        user_id: user.as_ref().map(|u| u.id),
        username: told(PROFILE).map(|u| u.username.clone()),
        email: told(EMAIL).map(|u| u.email.clone()),
        is_admin: user.as_ref().is_some_and(|u| u.is_admin),
        subject: claims.sub,
        scope: user.as_ref().map_or_else(|| scope.clone(), |user| user.grantable(&scope)),
        client_id: (class == CredentialClass::OAuth).then_some(claims.client_id),
        class,
        audience: claims.aud,
        credential_id: claims.jti,
        grant_id: claims.grant_id,
        key: None,
        issued_at: UnixTime::from_seconds(claims.iat),
        expires_at: ends.into_iter().flatten().min(),
        quota,
        binding,
        networks: key.map(|key| key.ip_allow).unwrap_or_default(),
    };
    Ok(Lookup::Found(Box::new(identity), hangs_on))
}

/// Who a token stands for, and the key that it was exchanged for; `None` if anything behind it is not good any more. A client
/// that acts for itself has nobody.
async fn behind(
    node: &Node,
    claims: &AccessTokenClaims,
    now: UnixTime,
) -> Result<Option<(Option<Arc<User>>, Option<ApiKey>)>, StorageError> {
    let mut key = None;
    if let Some(origin) = &claims.origin {
        if !exchanged::tokens_are_good(node, origin).await? {
            return Ok(None);
        }
        if let Some(first) = origin.key {
            key = exchanged::key(node, first, now).await?;
            if key.is_none() {
                return Ok(None);
            }
        }
    }
    let id = match (&key, claims.grant_id) {
        (Some(key), _) => Some(key.user_id),
        (None, Some(grant)) => match user_of(node, grant, &claims.sub).await? {
            Some(id) => Some(id),
            None => return Ok(None),
        },
        (None, None) => None,
    };
    let Some(id) = id else { return Ok(Some((None, key))) };
    let user = node.directory.user(id).await?.filter(|user| !user.disabled);
    Ok(user.map(|user| (Some(user), key)))
}

/// Whose token it is: `sub` is the account's id, or a name by which one app knows the person, whom then only the grant names.
async fn user_of(node: &Node, grant: Uuid, sub: &str) -> Result<Option<Uuid>, StorageError> {
    match Uuid::parse_str(sub) {
        Ok(id) => Ok(Some(id)),
        Err(_) => {
            let grant = node.db.read(move |c| authorization_grant::find(c, grant)).await?;
            Ok(grant.map(|grant| grant.user_id))
        }
    }
}
