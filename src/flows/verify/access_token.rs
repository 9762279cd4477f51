//! What an access token says, checked: signature, time, and user and client still enabled (RFC 9068 §4).

use uuid::Uuid;

use super::super::node::Node;
use super::{Identity, KeyBinding, Lookup};
use crate::account::credential::CredentialClass;
use crate::clock::UnixTime;
use crate::crypto::random;
use crate::oauth::access_token::TokenClass;
use crate::oauth::client::Client;
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
    if hangs_on.iter().any(|subject| node.revocations.is_dead(subject)) {
        return Ok(Lookup::Invalid);
    }
    // Not dead when it changed, only to be looked at again: a revoked key is not among ours any more.
    hangs_on.push(Subject::SigningKey(kid));
    let class = match claims.class() {
        TokenClass::Jwt => CredentialClass::Jwt,
        TokenClass::OAuth => CredentialClass::OAuth,
    };
    let Ok(scope) = Scope::parse(&claims.scope) else { return Ok(Lookup::Invalid) };
    let (mut own_limit, mut is_fapi) = (None, false);
    if class == CredentialClass::OAuth {
        hangs_on.push(Subject::Client(claims.client_id.clone()));
        let client = node.directory.client(&claims.client_id).await?;
        // A client of the same name made later is another client: `iat` has only seconds, the id milliseconds.
        let issued = random::id_time(claims.jti);
        let good = |c: &Client| !c.disabled && issued.is_some_and(|at| c.created_at.micros() / 1000 <= at);
        match client {
            Some(record) if good(&record.client) => {
                (own_limit, is_fapi) = (record.client.rate_limit, record.client.metadata.fapi);
            }
            _ => return Ok(Lookup::Invalid),
        }
    }
    let user = match claims.grant_id {
        Some(grant) => {
            let Some(id) = user_of(node, grant, &claims.sub).await? else { return Ok(Lookup::Invalid) };
            match node.directory.user(id).await? {
                Some(user) if !user.disabled => Some(user),
                _ => return Ok(Lookup::Invalid),
            }
        }
        None => None,
    };
    hangs_on.extend(user.as_ref().map(|user| Subject::User(user.id)));
    let client_limit = own_limit.map(|limit| (claims.client_id.as_str(), limit));
    let binding = claims.cnf.map(|cnf| KeyBinding { jkt: cnf.jkt, is_fapi });
    // A person's requests are counted together, by whatever name an app knows them.
    let counted = user.as_ref().map_or_else(|| claims.sub.clone(), |user| user.id.to_string());
    let quota = node.limits.quota(class, &counted, client_limit, None);
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
        expires_at: Some(UnixTime::from_seconds(claims.exp)),
        quota,
        binding,
    };
    Ok(Lookup::Found(Box::new(identity), hangs_on))
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
