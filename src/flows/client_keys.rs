//! The public keys of clients: registered by value, or fetched from their `jwks_uri` and kept by HTTP's rules (RFC 7591 §2,
//! OpenID Connect Core §10.1.1).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use serde_json::Value;

use super::error::FlowError;
use super::fetch::{Behalf, FetchError, Fetcher};
use super::node::Node;
use crate::clock::UnixTime;
use crate::crypto::public_key::PublicKey;
use crate::crypto::signing_keys::SigningAlgorithm;
use crate::oauth::client::Client;
use crate::oauth::jwk::{self, Jwk, Material};
use crate::oauth::jws::{Algorithm, Jws};

/// Largest JWK Set, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Fewest and most seconds for which a set is kept, whatever its headers say, and how many if they say nothing.
const KEPT_SECONDS: std::ops::RangeInclusive<i64> = 60..=86_400;
const DEFAULT_SECONDS: i64 = 3600;
/// Seconds until one address is asked once more after an unknown `kid` had it asked, and after no answer. What was fetched because
/// nothing fresh was there keeps nobody from asking: the first unknown `kid` after it is a new key.
const PAUSE_SECONDS: i64 = 60;
const PAUSE_AFTER_FAILURE_SECONDS: i64 = 10;
/// Addresses whose sets are kept, of the registered and of strangers.
const CAPACITY: usize = 1000;

/// Sets that were fetched, by address. Those for strangers are apart: a stranger may name the address of a registered client,
/// and must neither leave a failure there nor push its keys out (security §3, 38).
pub struct ClientKeys {
    registered: Sets,
    strangers: Sets,
}

type Sets = Cache<String, Arc<Source>>;

/// One address. Whoever finds there what they need waits for nobody; who waits for a turn gets what whoever has it fetches.
#[derive(Default)]
struct Source {
    held: Mutex<Held>,
    turn: tokio::sync::Mutex<()>,
}

/// What is known of one address.
#[derive(Default)]
struct Held {
    keys: Arc<Vec<Jwk>>,
    fresh_until: Option<UnixTime>,
    ask_again_at: Option<UnixTime>,
}

impl Default for ClientKeys {
    fn default() -> Self {
        Self { registered: Cache::new(CAPACITY), strangers: Cache::new(CAPACITY) }
    }
}

impl ClientKeys {
    /// The keys at `uri` among which the signer of `jws` is, if any. They are fetched if they are stale, and once more if none
    /// of them can have signed it. Stale keys are not used, wherever the fresh ones are.
    async fn at(
        &self,
        uri: &str,
        jws: &Jws<'_>,
        fetcher: &Fetcher,
        behalf: Behalf,
        now: UnixTime,
    ) -> Arc<Vec<Jwk>> {
        let source = self.source(uri, behalf);
        if let Some(keys) = source.held().known(jws, now) {
            return keys;
        }
        let _turn = source.turn.lock().await;
        // Whoever had the turn before may have brought them.
        if let Some(keys) = source.held().settled(jws, now) {
            return keys;
        }
        // Noted before, since whoever causes this can go away while it is fetched.
        let is_again = {
            let mut held = source.held();
            held.ask_again_at = Some(now.plus_seconds(PAUSE_AFTER_FAILURE_SECONDS));
            held.is_fresh(now)
        };
        let fetched = fetch(fetcher, uri, behalf).await;
        if let Err(reason) = &fetched {
            let uri = uri.escape_debug().to_string();
            tracing::info!(uri, reason, "a client's keys could not be fetched");
        }
        source.held().put(fetched, is_again, now)
    }

    fn source(&self, uri: &str, behalf: Behalf) -> Arc<Source> {
        let sets = match behalf {
            Behalf::Registered => &self.registered,
            Behalf::Stranger => &self.strangers,
        };
        let Ok(source) = sets.get_or_insert_with(uri, || Ok::<_, std::convert::Infallible>(Arc::default()));
        source
    }
}

impl Source {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// The keys, if the signer of `jws` can be among them. Before its turn nobody is told that there are none: they may be on the way.
    fn known(&self, jws: &Jws<'_>, now: UnixTime) -> Option<Arc<Vec<Jwk>>> {
        let fresh = self.fresh(now);
        (!jwk::candidates(&fresh, jws).is_empty()).then_some(fresh)
    }

    /// What is to be had without asking; `None` if the address has to be asked for the signer of `jws`, and may be.
    fn settled(&self, jws: &Jws<'_>, now: UnixTime) -> Option<Arc<Vec<Jwk>>> {
        let may_ask = self.ask_again_at.is_none_or(|at| now >= at);
        self.known(jws, now).or_else(|| (!may_ask).then(|| self.fresh(now)))
    }

    fn is_fresh(&self, now: UnixTime) -> bool {
        self.fresh_until.is_some_and(|until| now < until)
    }

    fn fresh(&self, now: UnixTime) -> Arc<Vec<Jwk>> {
        if self.is_fresh(now) { Arc::clone(&self.keys) } else { Arc::default() }
    }

    /// Keeps what was fetched, with the seconds for which it is fresh; after a failure what was there. `is_again` if fresh keys were
    /// there, and the signer was not among them.
    fn put(
        &mut self,
        fetched: Result<(Vec<Jwk>, i64), String>,
        is_again: bool,
        now: UnixTime,
    ) -> Arc<Vec<Jwk>> {
        let mut pause = Some(PAUSE_AFTER_FAILURE_SECONDS);
        if let Ok((keys, seconds)) = fetched {
            self.keys = Arc::new(keys);
            self.fresh_until = Some(now.plus_seconds(seconds));
            pause = is_again.then_some(PAUSE_SECONDS);
        }
        self.ask_again_at = pause.map(|seconds| now.plus_seconds(seconds));
        self.fresh(now)
    }
}

async fn fetch(fetcher: &Fetcher, uri: &str, behalf: Behalf) -> Result<(Vec<Jwk>, i64), String> {
    let fetched = fetcher.get(uri, MAX_BYTES, behalf).await.map_err(|error: FetchError| error.to_string())?;
    let set: Value = serde_json::from_slice(&fetched.body).map_err(|_| "it is no JSON".to_owned())?;
    let (least, most) = (*KEPT_SECONDS.start(), *KEPT_SECONDS.end());
    Ok((jwk::read_fetched_set(&set)?, fetched.lifetime.unwrap_or(DEFAULT_SECONDS).clamp(least, most)))
}

/// Whether one of `client`'s keys signed `jws`. Keys that cannot be had sign nothing; why is in the log.
pub(super) async fn signed(node: &Node, client: &Client, jws: &Jws<'_>) -> Result<bool, FlowError> {
    let keys = match (&client.metadata.jwks, &client.metadata.jwks_uri) {
        // It was looked at when it was registered; what an older version let in is no key.
        (Some(set), _) => Arc::new(jwk::read_set(set).unwrap_or_default()),
        (None, Some(uri)) => {
            node.client_keys.at(uri, jws, &node.fetcher, Behalf::of(client), node.clock.now()).await
        }
        (None, None) => Arc::default(),
    };
    Ok(jwk::candidates(&keys, jws).into_iter().any(|key| verifies(key, jws)))
}

/// Whether the signature of `jws` is that of `key`.
pub(super) fn verifies(key: &Jwk, jws: &Jws<'_>) -> bool {
    let (algorithm, message) = (signing(jws.algorithm), jws.message.as_bytes());
    key.fits(jws.algorithm) && public(&key.material).verifies(algorithm, message, &jws.signature)
}

const fn signing(algorithm: Algorithm) -> SigningAlgorithm {
    match algorithm {
        Algorithm::Rs256 => SigningAlgorithm::Rs256,
        Algorithm::Ps256 => SigningAlgorithm::Ps256,
        Algorithm::Es256 => SigningAlgorithm::Es256,
        Algorithm::EdDsa => SigningAlgorithm::EdDsa,
    }
}

/// The key of these numbers.
pub(super) fn public(material: &Material) -> PublicKey<'_> {
    match material {
        Material::P256 { x, y } => PublicKey::P256 { x, y },
        Material::Ed25519 { x } => PublicKey::Ed25519 { x },
        Material::Rsa { n, e } => PublicKey::Rsa { n, e },
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::flows::fixture::block_on;

    const NOW: UnixTime = UnixTime::from_seconds(1_000);

    /// Something that the key `one` signed, and something by a key that nobody knows.
    fn signed() -> (String, String) {
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let by = |kid: &str| format!("{}.e30.AAAA", part(format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#)));
        (by("one"), by("another"))
    }

    #[test]
    fn who_comes_while_keys_are_fetched_waits_for_them() {
        let (uri, keys) = ("http://127.0.0.1:9/jwks", ClientKeys::default());
        let fetcher = Fetcher::new("http://127.0.0.1:8080");
        let source = keys.source(uri, Behalf::Registered);
        // As it is noted before the fetch begins.
        source.held().ask_again_at = Some(NOW.plus_seconds(PAUSE_AFTER_FAILURE_SECONDS));
        let (text, _) = signed();
        let jws = Jws::parse(&text).unwrap();
        let found = block_on(async {
            let turn = source.turn.lock().await;
            let material = Material::P256 { x: vec![1; 32], y: vec![2; 32] };
            let one = Jwk { kid: Some("one".to_owned()), algorithm: None, material };
            let brings = async {
                tokio::task::yield_now().await;
                let _ = source.held().put(Ok((vec![one], 3600)), false, NOW);
                drop(turn);
            };
            tokio::join!(keys.at(uri, &jws, &fetcher, Behalf::Registered, NOW), brings).0
        });
        assert_eq!(found.len(), 1, "it was told that there are no keys");
    }

    #[test]
    fn security_3_38_a_known_key_does_not_wait_while_somebody_asks_for_an_unknown_one() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/jwks", silent.local_addr().unwrap());
        let (fetcher, keys) = (Fetcher::new("http://127.0.0.1:8080"), ClientKeys::default());
        let material = Material::P256 { x: vec![1; 32], y: vec![2; 32] };
        let one = Jwk { kid: Some("one".to_owned()), algorithm: None, material };
        let _ = keys.source(&uri, Behalf::Registered).held().put(Ok((vec![one], 3600)), false, NOW);
        let (known, unknown) = signed();
        let (known, unknown) = (Jws::parse(&known).unwrap(), Jws::parse(&unknown).unwrap());
        let later = NOW.plus_seconds(PAUSE_SECONDS);
        let at = |jws| keys.at(&uri, jws, &fetcher, Behalf::Registered, later);
        let found = block_on(async {
            tokio::select! {
                biased;
                _ = at(&unknown) => Arc::default(),
                found = at(&known) => found,
            }
        });
        assert_eq!(found.len(), 1, "it waited for an address that says nothing");
    }
}
