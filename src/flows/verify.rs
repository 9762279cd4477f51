//! Verification of every credential: is it good, whose is it, and does nothing it hangs on say otherwise
//! (contract §2, §6; decision 0004).
//!
//! No write and no round trip to the store for a credential seen before: it is not looked up again until something
//! it hangs on changed. `access_token` and `api_key` say how each kind is looked up.

mod access_token;
mod api_key;
mod exchanged;
#[cfg(test)]
pub mod fixture;
mod tally;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use ipnet::IpNet;
use quick_cache::sync::Cache;
use uuid::Uuid;

use self::tally::Tally;
use super::error::FlowError;
use super::node::Node;
use super::rate_limits::Quota;
use super::revocations::Stamp;
use crate::account::credential::CredentialClass;
use crate::clock::UnixTime;
use crate::crypto::jwt;
use crate::crypto::opaque_token::TokenType;
use crate::oauth::scope::Scope;
use crate::storage::StorageError;
use crate::storage::revocation::Subject;

/// Credentials kept at most; beyond that the least used go.
const CAPACITY: usize = 50_000;
/// A lookup during which something changed is made again, so often at most.
const ATTEMPTS: usize = 4;

/// A credential as it was presented. Holds a secret: no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// A JWT.
    AccessToken(&'a str),
    /// `sk_…`.
    ApiKey(&'a str),
    /// `USERNAME:KEY`, the value of `x-api-auth`.
    BarbellKey(&'a str),
}

impl<'a> Credential<'a> {
    /// What `text` must be if it is any of ours, by its form alone.
    pub(super) fn by_form(text: &'a str) -> Self {
        if text.starts_with(TokenType::ApiKey.prefix()) {
            Self::ApiKey(text)
        } else if text.contains(':') {
            Self::BarbellKey(text)
        } else {
            Self::AccessToken(text)
        }
    }

    fn fingerprint(&self) -> Fingerprint {
        let (kind, text) = match self {
            Self::AccessToken(text) => (Kind::AccessToken, text),
            Self::ApiKey(text) => (Kind::ApiKey, text),
            Self::BarbellKey(text) => (Kind::BarbellKey, text),
        };
        (kind, jwt::fingerprint(text))
    }
}

/// Who a credential stands for and what it allows.
#[derive(Clone)]
pub struct Identity {
    /// The user; `None` for a client acting for itself.
    pub user_id: Option<Uuid>,
    /// `sub`: the user's id or the name by which the app knows them, or the client's id.
    pub subject: String,
    /// The user's name.
    pub username: Option<String>,
    /// The user's address.
    pub email: Option<String>,
    /// Whether the user is an administrator now.
    pub is_admin: bool,
    /// What the credential allows, its owner's present rights considered.
    pub scope: Scope,
    /// The OAuth client; `None` for a first-party login and for a key.
    pub client_id: Option<String>,
    /// What kind of credential it is.
    pub class: CredentialClass,
    /// `aud`; a key is for the public URL.
    pub audience: String,
    /// `jti`, or the key's id.
    pub credential_id: Uuid,
    /// The grant it hangs on.
    pub grant_id: Option<Uuid>,
    /// What only a key has.
    pub key: Option<KeyLimits>,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// Its end; `None` for a key that never ends.
    pub expires_at: Option<UnixTime>,
    /// What its requests are counted on (contract §12).
    pub quota: Quota,
    /// The key it is bound to: whoever presents it must prove each time to have it.
    pub binding: Option<KeyBinding>,
    /// Where a token may be used from that a key was exchanged for; empty: anywhere.
    pub networks: Vec<IpNet>,
}

/// The key that an access token is bound to (RFC 9449 §6).
#[derive(Clone)]
pub struct KeyBinding {
    /// Its thumbprint.
    pub jkt: String,
    /// Whether the token's client is held to FAPI 2.0, and so its proofs.
    pub is_fapi: bool,
}

/// Where and how much a key may be used.
#[derive(Clone)]
pub struct KeyLimits {
    /// The project it is confined to.
    pub project_id: Option<Uuid>,
    /// Where it may be used from; empty: anywhere.
    pub ip_allow: Vec<IpNet>,
    /// Requests an hour, if fewer than its owner has.
    pub rate_limit: Option<u32>,
    /// Whether the secret before the last rotation was presented: good until its overlap ends, and for no change
    /// (decision 0010).
    pub is_previous: bool,
}

impl Identity {
    /// The project the credential is confined to.
    pub fn project_id(&self) -> Option<Uuid> {
        self.key.as_ref().and_then(|key| key.project_id)
    }

    /// Whether it is an app's that knows the person by a name of its own (OpenID Connect Core §8.1).
    pub fn is_pairwise(&self) -> bool {
        self.user_id.is_some_and(|id| id.to_string() != self.subject)
    }

    /// Whether it is the secret before a rotation: it may still be used, and changes nothing.
    pub fn is_previous(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.is_previous)
    }

    /// Whether two credentials are the same principal's (contract §2): a project's key acts for that project only.
    pub fn is_same_principal(&self, other: &Self) -> bool {
        self.subject == other.subject
            && self.user_id == other.user_id
            && self.project_id() == other.project_id()
    }

    /// Whether it may be used from `address` (contract §9). An address that is not known is on no list.
    pub fn may_come_from(&self, address: Option<IpAddr>) -> bool {
        let networks = self.key.as_ref().map_or(&self.networks, |key| &key.ip_allow);
        let listed = |address: IpAddr| {
            let address = address.to_canonical();
            networks.iter().any(|network| network.contains(&address))
        };
        networks.is_empty() || address.is_some_and(listed)
    }
}

/// What is to be said about a credential. Three different failures, three answers (contract §6).
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

/// What a lookup found.
enum Lookup {
    Found(Box<Identity>, Vec<Subject>),
    Expired,
    Invalid,
}

struct Entry {
    identity: Arc<Identity>,
    stamp: Stamp,
    hangs_on: Vec<Subject>,
    /// The version of the world in which it was last found to be current.
    checked: AtomicU64,
    /// The minute of its last use that was noted.
    used: AtomicI64,
}

/// What a credential was presented as: the same text is not good as another kind.
type Fingerprint = (Kind, [u8; 32]);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    AccessToken,
    ApiKey,
    BarbellKey,
}

/// Credentials seen before, by fingerprint.
pub struct Seen {
    cache: Cache<Fingerprint, Arc<Entry>>,
    tally: Tally,
}

impl Default for Seen {
    fn default() -> Self {
        Self { cache: Cache::new(CAPACITY), tally: Tally::default() }
    }
}

impl Seen {
    /// How many credentials are kept, and how often one was judged from memory and looked up since the start.
    pub(super) fn use_so_far(&self) -> (usize, u64, u64) {
        let (hits, misses) = self.tally.read();
        (self.cache.len(), hits, misses)
    }
}

/// Verifies a credential of ours.
pub async fn verify(node: &Node, credential: Credential<'_>) -> Result<Verdict, FlowError> {
    let now = node.clock.now();
    let fingerprint = credential.fingerprint();
    if let Some(entry) = node.seen.cache.get(&fingerprint)
        && let Some(verdict) = judge(node, &entry, now)
    {
        node.seen.tally.hit();
        return Ok(verdict);
    }
    node.seen.tally.miss();
    for _ in 0..ATTEMPTS {
        let stamp = node.revocations.stamp();
        let found = match credential {
            Credential::AccessToken(token) => access_token::look_up(node, token, now).await,
            Credential::ApiKey(key) => api_key::look_up(node, key, now).await,
            Credential::BarbellKey(header) => api_key::look_up_barbell(node, header, now).await,
        };
        let (identity, hangs_on) = match found {
            Ok(Lookup::Found(identity, hangs_on)) => (identity, hangs_on),
            Ok(Lookup::Expired) => return Ok(Verdict::Expired),
            Ok(Lookup::Invalid) => return Ok(Verdict::Invalid),
            Err(StorageError::Unavailable(reason)) => {
                tracing::warn!(reason, "a credential could not be judged");
                return Ok(Verdict::CannotTell);
            }
            Err(error) => return Err(error.into()),
        };
        let identity = Arc::new(*identity);
        let (checked, used) = (AtomicU64::new(0), AtomicI64::new(0));
        let entry = Arc::new(Entry { identity, stamp, hangs_on, checked, used });
        if let Some(verdict) = judge(node, &entry, now) {
            if matches!(verdict, Verdict::Valid(_)) {
                node.seen.cache.insert(fingerprint, entry);
            }
            return Ok(verdict);
        }
    }
    Ok(Verdict::CannotTell)
}

/// The part that is asked every time. `None`: something changed, look it up again.
fn judge(node: &Node, entry: &Entry, now: UnixTime) -> Option<Verdict> {
    let version = node.revocations.version();
    if entry.checked.load(Ordering::Acquire) != version {
        if !node.revocations.is_current(&entry.stamp, &entry.hangs_on) {
            return None;
        }
        entry.checked.store(version, Ordering::Release);
    }
    Some(if entry.identity.expires_at.is_some_and(|end| end <= now) {
        Verdict::Expired
    } else if !node.revocations.is_fresh() {
        Verdict::CannotTell
    } else {
        note_use(node, entry, now);
        Verdict::Valid(Arc::clone(&entry.identity))
    })
}

/// At most once a minute for each key, and in memory only (contract §9).
fn note_use(node: &Node, entry: &Entry, now: UnixTime) {
    if entry.identity.key.is_none() {
        return;
    }
    let minute = now.seconds().div_euclid(60);
    if entry.used.swap(minute, Ordering::Relaxed) != minute {
        // The first use of that minute: exact to the minute, and never before the key was made.
        node.last_used.note(entry.identity.credential_id, now);
    }
}
