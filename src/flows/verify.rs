//! Verification of an access token: signature, time, and nothing it hangs on revoked (contract §6, decision 0004).
//!
//! No write and no round trip to the store: what is revoked is in memory, users and clients are cached, and a
//! token seen before is not checked again until something changed.

use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::error::FlowError;
use super::node::Node;
use crate::clock::UnixTime;
use crate::crypto::{jwt, random};
use crate::oauth::access_token::{AccessTokenClaims, TokenClass};
use crate::oauth::client::Client;
use crate::oauth::scope::Scope;
use crate::storage::StorageError;

/// Access tokens from the future are refused beyond this many seconds (security §3, 29).
const CLOCK_SKEW: i64 = 60;
const CAPACITY: usize = 20_000;

/// Who a token stands for and what it allows.
#[derive(Clone)]
pub struct Identity {
    /// The user; `None` for a client acting for itself.
    pub user_id: Option<Uuid>,
    /// `sub`.
    pub subject: String,
    /// The user's name.
    pub username: Option<String>,
    /// The user's address.
    pub email: Option<String>,
    /// Whether the user is an administrator now.
    pub is_admin: bool,
    /// What the token allows.
    pub scope: Scope,
    /// The OAuth client; `None` for a first-party login.
    pub client_id: Option<String>,
    /// `jwt` or `oauth` (contract §2).
    pub class: TokenClass,
    /// `aud`.
    pub audience: String,
    /// `jti`.
    pub token_id: Uuid,
    /// The grant it hangs on.
    pub grant_id: Option<Uuid>,
    /// `iat`.
    pub issued_at: UnixTime,
    /// `exp`.
    pub expires_at: UnixTime,
}

/// What is to be said about a token. Three different failures, three answers (contract §6).
pub enum Verdict {
    /// It is good.
    Valid(Arc<Identity>),
    /// It was good.
    Expired,
    /// It never was, or was revoked.
    Invalid,
    /// The store was not heard within the bound: nothing can be said.
    CannotTell,
}

struct Entry {
    epoch: u64,
    identity: Arc<Identity>,
}

/// Verdicts on tokens seen before, by the token's fingerprint.
pub struct Seen(Cache<[u8; 32], Arc<Entry>>);

impl Default for Seen {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

/// Verifies an access token of ours.
pub async fn verify(node: &Node, token: &str) -> Result<Verdict, FlowError> {
    let now = node.clock.now();
    let epoch = node.revocations.epoch();
    let fingerprint = jwt::fingerprint(token);
    if let Some(entry) = node.seen.0.get(&fingerprint)
        && entry.epoch == epoch
    {
        return Ok(judge(node, &entry.identity, now));
    }
    let Some(claims) = node.keys.verify::<AccessTokenClaims>(token) else { return Ok(Verdict::Invalid) };
    if claims.iss != node.issuer() || claims.iat > now.seconds() + CLOCK_SKEW {
        return Ok(Verdict::Invalid);
    }
    if claims.exp <= now.seconds() {
        return Ok(Verdict::Expired);
    }
    let identity = match identify(node, claims).await {
        Ok(Some(identity)) => Arc::new(identity),
        Ok(None) => return Ok(Verdict::Invalid),
        Err(StorageError::Unavailable(reason)) => {
            tracing::warn!(reason, "a token could not be judged");
            return Ok(Verdict::CannotTell);
        }
        Err(error) => return Err(error.into()),
    };
    let verdict = judge(node, &identity, now);
    if matches!(verdict, Verdict::Valid(_)) {
        node.seen.0.insert(fingerprint, Arc::new(Entry { epoch, identity }));
    }
    Ok(verdict)
}

/// The part that is asked every time.
fn judge(node: &Node, identity: &Arc<Identity>, now: UnixTime) -> Verdict {
    let dead = node.revocations.is_dead(identity.token_id)
        || identity.grant_id.is_some_and(|id| node.revocations.is_dead(id));
    if dead {
        Verdict::Invalid
    } else if identity.expires_at <= now {
        Verdict::Expired
    } else if !node.revocations.is_fresh() {
        Verdict::CannotTell
    } else {
        Verdict::Valid(Arc::clone(identity))
    }
}

/// Looks up the user and the client; `None` when either is gone or disabled.
async fn identify(node: &Node, claims: AccessTokenClaims) -> Result<Option<Identity>, StorageError> {
    let class = claims.class();
    let Ok(scope) = Scope::parse(&claims.scope) else { return Ok(None) };
    if class == TokenClass::OAuth {
        let client = node.directory.client(&claims.client_id).await?;
        // A client of the same name made later is another client: `iat` has only seconds, the id milliseconds.
        let issued = random::id_time(claims.jti);
        let good = |c: &Client| !c.disabled && issued.is_some_and(|at| c.created_at.micros() / 1000 <= at);
        if !client.is_some_and(|record| good(&record.client)) {
            return Ok(None);
        }
    }
    let user = match (claims.grant_id, Uuid::parse_str(&claims.sub)) {
        (Some(_), Ok(id)) => match node.directory.user(id).await? {
            Some(user) if !user.disabled => Some(user),
            _ => return Ok(None),
        },
        (Some(_), Err(_)) => return Ok(None),
        (None, _) => None,
    };
    Ok(Some(Identity {
        user_id: user.as_ref().map(|u| u.id),
        username: user.as_ref().map(|u| u.username.clone()),
        email: user.as_ref().map(|u| u.email.clone()),
        is_admin: user.as_ref().is_some_and(|u| u.is_admin),
        subject: claims.sub,
        scope,
        client_id: (class == TokenClass::OAuth).then_some(claims.client_id),
        class,
        audience: claims.aud,
        token_id: claims.jti,
        grant_id: claims.grant_id,
        issued_at: UnixTime::from_seconds(claims.iat),
        expires_at: UnixTime::from_seconds(claims.exp),
    }))
}
