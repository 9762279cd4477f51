//! The public keys of clients: registered by value, or fetched from their `jwks_uri` and kept by HTTP's rules (RFC 7591 §2,
//! OpenID Connect Core §10.1.1).

use std::sync::Arc;

use quick_cache::sync::Cache;
use serde_json::Value;
use tokio::sync::Mutex;

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
/// Seconds between two questions at one address after an answer, and after none: an unknown `kid` causes no more.
const PAUSE_SECONDS: i64 = 60;
const PAUSE_AFTER_FAILURE_SECONDS: i64 = 10;
/// Addresses whose sets are kept.
const CAPACITY: usize = 1000;

/// Sets that were fetched, by address.
pub struct ClientKeys(Cache<String, Arc<Mutex<Held>>>);

/// What is known of one address. Who waits for the lock gets what whoever holds it fetches.
#[derive(Default)]
struct Held {
    keys: Arc<Vec<Jwk>>,
    fresh_until: Option<UnixTime>,
    ask_again_at: Option<UnixTime>,
}

impl Default for ClientKeys {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
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
        let Ok(held) = self.0.get_or_insert_with(uri, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let mut held = held.lock().await;
        let is_fresh = held.fresh_until.is_some_and(|until| now < until);
        let is_known = is_fresh && !jwk::candidates(&held.keys, jws).is_empty();
        let may_ask = held.ask_again_at.is_none_or(|at| now >= at);
        if !is_known && may_ask {
            match fetch(fetcher, uri, behalf).await {
                Ok((keys, seconds)) => {
                    held.keys = Arc::new(keys);
                    held.fresh_until = Some(now.plus_seconds(seconds));
                    held.ask_again_at = Some(now.plus_seconds(PAUSE_SECONDS));
                }
                Err(reason) => {
                    held.ask_again_at = Some(now.plus_seconds(PAUSE_AFTER_FAILURE_SECONDS));
                    tracing::info!(
                        uri = uri.escape_debug().to_string(),
                        reason,
                        "a client's keys could not be fetched"
                    );
                }
            }
        }
        if held.fresh_until.is_some_and(|until| now < until) {
            Arc::clone(&held.keys)
        } else {
            Arc::default()
        }
    }
}

async fn fetch(fetcher: &Fetcher, uri: &str, behalf: Behalf) -> Result<(Vec<Jwk>, i64), String> {
    let fetched = fetcher.get(uri, MAX_BYTES, behalf).await.map_err(|error: FetchError| error.to_string())?;
    let set: Value = serde_json::from_slice(&fetched.body).map_err(|_| "it is no JSON".to_owned())?;
    let (least, most) = (*KEPT_SECONDS.start(), *KEPT_SECONDS.end());
    Ok((jwk::read_set(&set)?, fetched.lifetime.unwrap_or(DEFAULT_SECONDS).clamp(least, most)))
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
