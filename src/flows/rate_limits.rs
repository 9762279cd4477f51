//! Counts what verified credentials ask, by class and owner, and says whether one more may (contract §12).
//!
//! `counters` holds this node's own counts, `valkey` those of all nodes together. Look a quota up once, when the credential
//! is; keep it with what is cached of the credential; take from it at each request.

mod counters;
#[cfg(test)]
mod tests;
mod valkey;
mod valkey_url;

use std::io;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use uuid::Uuid;

pub use self::valkey_url::ValkeyUrl;
use crate::account::credential::CredentialClass;
use crate::account::rate_limit::{Allowance, Standing};
use crate::clock::Clock;
use counters::{Counter, Counters};
use valkey::Valkey;

/// Requests an hour, for each class of credential and owner (contract §12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// For all API keys of an owner together.
    pub api_key: u32,
    /// For all access tokens of OAuth clients together.
    pub oauth: u32,
    /// For all access tokens of first-party logins together.
    pub jwt: u32,
}

impl Limits {
    const fn of(self, class: CredentialClass) -> Allowance {
        let limit = match class {
            CredentialClass::ApiKey => self.api_key,
            CredentialClass::Jwt => self.jwt,
            CredentialClass::OAuth => self.oauth,
        };
        Allowance { class, limit }
    }
}

/// How every counter's name begins: the owner follows, in braces.
const PREFIX: &str = "portcullis:rate:{";

/// Somebody whose window is nearly full, as this node counts.
pub struct Near {
    /// A user's id, or a client's.
    pub owner: String,
    /// What is counted: a class, a client's own limit (`oauth:ID`) or a key's (`key:ID`).
    pub what: String,
    /// Requests of the last hour.
    pub used: u32,
    /// Requests an hour that are allowed.
    pub limit: u32,
}

/// A counter, and what it allows to whoever draws on it by this credential.
#[derive(Clone)]
struct Share {
    counter: Arc<Counter>,
    allowance: Allowance,
}

/// What one verified credential draws on. While one is held its counters are kept; a clone is another handle on them.
#[derive(Clone)]
pub struct Quota {
    owner: Share,
    /// The lower limit of one API key, drawn on in addition.
    key: Option<Share>,
}

/// The rate limits of one node.
pub struct RateLimits {
    limits: Limits,
    clock: Clock,
    counters: Counters,
    valkey: Option<Valkey>,
}

impl RateLimits {
    /// Counts in this node's memory and, where there is a `valkey`, together with the other nodes that use it. Whether that
    /// one can be reached is no condition: without it the node counts alone. It is waited for, a second at most.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start(limits: Limits, valkey: Option<&ValkeyUrl>, clock: Clock) -> io::Result<Self> {
        let valkey = valkey.map(Valkey::start).transpose()?;
        Ok(Self { limits, clock, counters: Counters::default(), valkey })
    }

    /// Whether the server at `url` counts for us, if it is asked as requests ask; for `doctor`. It counts nothing.
    ///
    /// # Errors
    /// What may be told of why it does not.
    pub async fn reach(url: &ValkeyUrl, clock: Clock) -> Result<(), String> {
        let limits = Limits { api_key: 1, oauth: 1, jwt: 1 };
        let alone = Self { limits, clock, counters: Counters::default(), valkey: None };
        Valkey::reach(url, &alone.quota(CredentialClass::ApiKey, "doctor", None, None)).await
    }

    /// The quota of a credential of `class`.
    ///
    /// `owner` is the user's id, or the client's for a client that acts for itself. `client` is a client with a limit of its
    /// own, which counts for (owner, client) in place of the class's. `key` is an API key with a limit of its own, which
    /// counts in addition.
    pub fn quota(
        &self,
        class: CredentialClass,
        owner: &str,
        client: Option<(&str, u32)>,
        key: Option<(Uuid, u32)>,
    ) -> Quota {
        let share = |name: String, limit| {
            let allowance = Allowance { class, limit };
            Share { counter: self.counters.counter(&name, limit), allowance }
        };
        let prefix = format!("{PREFIX}{}}}", spelled(owner));
        let class_counter = format!("{prefix}:{}", class.as_str());
        Quota {
            owner: match client {
                Some((id, limit)) => share(format!("{class_counter}:{}", spelled(id)), limit),
                None => share(class_counter, self.limits.of(class).limit),
            },
            key: key.map(|(id, limit)| share(format!("{prefix}:key:{}", id.simple()), limit)),
        }
    }

    /// Counts one request, if it passes: on both counters or, if either refuses, on neither.
    ///
    /// What passed here is a part of what passed everywhere, so a refusal by this node's own counters needs nobody else's word,
    /// and they bound what passes here even where the shared ones are lost or emptied.
    pub async fn take(&self, quota: &Quota) -> Standing {
        let now = self.now();
        let own = counters::take(quota, now);
        let Some(valkey) = self.valkey.as_ref().filter(|_| own.allowed) else { return own };
        match valkey.ask(quota, true).await {
            Some(shared) if shared.allowed => shared.tighter(own),
            Some(shared) => {
                counters::give_back(quota, now);
                shared
            }
            None => own,
        }
    }

    /// Whether one more would pass (`consume=0`); counts nothing.
    pub async fn peek(&self, quota: &Quota) -> Standing {
        let own = counters::peek(quota, self.now());
        let Some(valkey) = self.valkey.as_ref().filter(|_| own.allowed) else { return own };
        valkey.ask(quota, false).await.map_or(own, |shared| shared.tighter(own))
    }

    /// Drops the counters that nobody holds and that count nothing any more. To be called every few minutes: it bounds memory
    /// by the owners who asked in the last hour. Returns how many are left.
    pub fn sweep(&self) -> usize {
        self.counters.sweep(self.now())
    }

    /// Whoever used at least `percent` of what they may, the fullest first: at most `most`. It looks at every counter of this
    /// node: for people who ask now and then.
    pub fn near(&self, percent: u32, most: usize) -> Vec<Near> {
        let mut near: Vec<Near> = self
            .counters
            .near(self.now(), percent)
            .into_iter()
            .filter_map(|(name, used, limit)| {
                let (owner, what) = name.strip_prefix(PREFIX)?.split_once("}:")?;
                let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
                Some(Near { owner: plain(owner), what: plain(what), used, limit })
            })
            .collect();
        near.sort_by_key(|one| std::cmp::Reverse(u64::from(one.used) * 1000 / u64::from(one.limit.max(1))));
        near.truncate(most);
        near
    }

    /// Whole seconds of a clock that nobody sets (security R-13).
    fn now(&self) -> u32 {
        u32::try_from(self.clock.uptime().as_secs()).unwrap_or(u32::MAX)
    }
}

/// A client may choose its id: here it can neither look like another counter's name nor leave the braces by which a cluster
/// puts the counters of one owner in one place.
fn spelled(id: &str) -> impl std::fmt::Display {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(id, PLAIN)
}
