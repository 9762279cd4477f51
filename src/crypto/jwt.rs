//! JSON Web Tokens (RFC 7519) as this server signs and verifies them: compact JWS with its own keys only.
//!
//! A token's header must be, byte for byte, one that a key of the ring writes. So `alg`, `kid` and `typ`
//! cannot be chosen by whoever presents it, and `jku`, `jwk`, `x5u` or `crit` are refused unseen (RFC 8725 §3). The same keys
//! sign tokens of several types: one type is never taken for another (RFC 8725 §3.11).

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::signature::{Signer, Verifier};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::CryptoError;
use super::signing_keys::{SigningAlgorithm, SigningKey, jwk_set};
use crate::clock::UnixTime;

/// Longest token looked at, in bytes; ours are some 600.
pub const MAX_BYTES: usize = 8192;
/// A SHA-256 thumbprint in base64url (RFC 7638 §3).
const THUMBPRINT_CHARACTERS: usize = 43;
/// What every installation has keys of from its first moment on, and what every profile allows.
pub const FIRST: SigningAlgorithm = SigningAlgorithm::Es256;

/// A key of a ring and when it may sign.
struct Entry {
    key: SigningKey,
    header: String,
    active_at: UnixTime,
}

/// The keys that sign and verify: access tokens of one type by one algorithm, and any other type by any.
pub struct KeyRing {
    /// In the order in which they may sign.
    entries: Vec<Entry>,
    signs: SigningAlgorithm,
    typ: String,
    jwks: String,
}

impl KeyRing {
    /// A ring of `keys`, each with the time from which it may sign, for access tokens of type `typ`. Those of algorithm `signs`
    /// sign these, one after the other, and those of ES256 where these may not; all verify and are published.
    pub fn new(
        mut keys: Vec<(SigningKey, UnixTime)>,
        typ: &str,
        signs: SigningAlgorithm,
    ) -> Result<Self, CryptoError> {
        let jwks = jwk_set(keys.iter().map(|(key, _)| key))?;
        // Where two times are the same, the order they came in stays: the later one counts.
        keys.sort_by_key(|(_, active_at)| *active_at);
        let entries = keys
            .into_iter()
            .map(|(key, active_at)| key.header(typ).map(|header| Entry { header, key, active_at }))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { entries, signs, typ: typ.to_owned(), jwks })
    }

    /// The last key of `algorithm` whose time has come. A clock that was set back finds the first one: some key always signs.
    fn signing(&self, algorithm: SigningAlgorithm, now: UnixTime) -> Option<&Entry> {
        let mut signing = self.entries.iter().filter(|entry| entry.key.algorithm() == algorithm);
        let first = signing.next()?;
        Some(signing.rfind(|entry| entry.active_at <= now).unwrap_or(first))
    }

    /// Whether some key is of `algorithm`.
    pub fn has(&self, algorithm: SigningAlgorithm) -> bool {
        self.entries.iter().any(|entry| entry.key.algorithm() == algorithm)
    }

    /// Whether the key of this `kid` is among them.
    pub fn knows(&self, kid: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.kid() == kid)
    }

    /// Signs `claims` as an access token, a compact JWS (RFC 7515 §7.1), by the key whose time it is: of the algorithm of this
    /// ring if `may` sign it and its first key was published long enough, and of ES256 otherwise.
    pub fn sign<T: Serialize>(
        &self,
        claims: &T,
        may: impl Fn(SigningAlgorithm) -> bool,
        now: UnixTime,
    ) -> Result<String, CryptoError> {
        let chosen = self.signing(self.signs, now).filter(|entry| may(self.signs) && entry.active_at <= now);
        let entry = chosen.or_else(|| self.signing(FIRST, now)).ok_or(FAILED)?;
        compact(entry, &entry.header, claims)
    }

    /// Signs `claims` as a JWT of type `typ` by the key of `algorithm` whose time it is.
    ///
    /// # Errors
    /// There is no key of that algorithm, or the library failed.
    pub fn sign_as<T: Serialize>(
        &self,
        typ: &str,
        algorithm: SigningAlgorithm,
        claims: &T,
        now: UnixTime,
    ) -> Result<String, CryptoError> {
        let entry = self.signing(algorithm, now).ok_or(FAILED)?;
        compact(entry, &entry.key.header(typ)?, claims)
    }

    /// The claims of an access token that one of our keys signed, and that key's `kid`; `None` for anything else. Times are
    /// not looked at.
    pub fn verify<T: DeserializeOwned>(&self, token: &str) -> Option<(T, &str)> {
        let header = token.split_once('.')?.0;
        let entry = self.entries.iter().find(|entry| entry.header == header)?;
        Some((opened(entry, token)?, entry.key.kid()))
    }

    /// The claims of a JWT of type `typ` that one of our keys signed. Times are not looked at.
    pub fn verify_as<T: DeserializeOwned>(&self, typ: &str, token: &str) -> Option<T> {
        let header = token.split_once('.')?.0;
        let ours = |entry: &&Entry| entry.key.header(typ).is_ok_and(|own| own == header);
        opened(self.entries.iter().find(ours)?, token)
    }

    /// Whether a token looks like one of ours, signed by a key that is not in the ring: by its header alone, which anybody
    /// can write.
    pub fn may_be_of_a_newer_key(&self, token: &str) -> bool {
        #[derive(Deserialize)]
        struct Head {
            typ: String,
            alg: String,
            kid: String,
        }
        let Some((header, _)) = token.split_once('.').filter(|_| token.len() <= MAX_BYTES) else {
            return false;
        };
        let head: Option<Head> =
            URL_SAFE_NO_PAD.decode(header).ok().and_then(|json| serde_json::from_slice(&json).ok());
        head.is_some_and(|head| {
            head.typ == self.typ
                && SigningAlgorithm::parse(&head.alg).is_some()
                && head.kid.len() == THUMBPRINT_CHARACTERS
                && !self.knows(&head.kid)
        })
    }

    /// The JWK Set document (RFC 7517 §5).
    pub fn jwks(&self) -> &str {
        &self.jwks
    }
}

const FAILED: CryptoError = CryptoError("signing failed");

/// `claims` under `header`, signed by the key of `entry`.
fn compact<T: Serialize>(entry: &Entry, header: &str, claims: &T) -> Result<String, CryptoError> {
    let payload = serde_json::to_vec(claims).map_err(|_| FAILED)?;
    let mut token = String::with_capacity(header.len() + payload.len() * 4 / 3 + 360);
    token.push_str(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = entry.key.signer.try_sign(token.as_bytes()).map_err(|_| FAILED)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// What a token says whose header was compared, if the key of `entry` signed it.
fn opened<T: DeserializeOwned>(entry: &Entry, token: &str) -> Option<T> {
    if token.len() > MAX_BYTES {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (_, payload) = message.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    entry.key.verifier.verify(message.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// `at_hash` of a token in an ID token signed by `algorithm`: the left half of its hash, by the hash of that algorithm (OpenID
/// Connect Core §3.1.3.6). Ed25519 hashes by SHA-512 (RFC 8032 §5.1).
pub fn left_half(algorithm: SigningAlgorithm, token: &str) -> String {
    let by = if algorithm == SigningAlgorithm::EdDsa { &SHA512 } else { &SHA256 };
    let hash = digest(by, token.as_bytes());
    let half = hash.as_ref().get(..hash.as_ref().len() / 2).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(half)
}

/// SHA-256 of a token: a name for it that does not give it away.
pub fn fingerprint(token: &str) -> [u8; 32] {
    let mut out = [0u8; 32];
    for (slot, byte) in out.iter_mut().zip(digest(&SHA256, token.as_bytes()).as_ref()) {
        *slot = *byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::master_key::MasterKey;
    use crate::crypto::signing_keys::SealingKey;
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn ring(signs: SigningAlgorithm) -> KeyRing {
        let sealing = SealingKey::new(&MasterKey::generate());
        let keys = SigningAlgorithm::ALL.map(|a| (SigningKey::generate(a, &sealing).unwrap().0, NOW));
        KeyRing::new(keys.into(), "at+jwt", signs).unwrap()
    }

    #[test]
    fn rfc7515_any_library_verifies_our_tokens_with_the_published_keys() {
        for signs in SigningAlgorithm::ALL {
            let ring = ring(signs);
            let token =
                ring.sign(&json!({"sub": "u", "exp": 4_000_000_000_u64, "aud": "a"}), any, NOW).unwrap();
            let header = decode_header(&token).unwrap();
            assert_eq!(header.typ.as_deref(), Some("at+jwt"));
            let set: JwkSet = serde_json::from_str(ring.jwks()).unwrap();
            let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
            let mut validation = Validation::new(header.alg);
            validation.set_audience(&["a"]);
            assert_eq!(decode::<Value>(&token, &key, &validation).unwrap().claims["sub"], "u");
            assert_eq!(ring.verify::<Value>(&token).unwrap().0["sub"], "u");
        }
    }

    #[test]
    fn rfc8725_3_1_a_header_that_is_not_ours_is_refused() {
        let ring = ring(SigningAlgorithm::Es256);
        let token = ring.sign(&json!({"sub": "u"}), any, NOW).unwrap();
        let rest = token.split_once('.').unwrap().1;
        for header in
            [json!({"alg": "none"}), json!({"alg": "HS256", "typ": "at+jwt"}), json!({"alg": "ES256"})]
        {
            let header = URL_SAFE_NO_PAD.encode(header.to_string());
            assert!(ring.verify::<Value>(&format!("{header}.{rest}")).is_none());
        }
    }

    #[test]
    fn an_altered_or_foreign_token_is_refused() {
        let ours = ring(SigningAlgorithm::Es256);
        let token = ours.sign(&json!({"sub": "u"}), any, NOW).unwrap();
        assert!(ring(SigningAlgorithm::Es256).verify::<Value>(&token).is_none());
        let (head, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = head.split_once('.').unwrap();
        let payload = URL_SAFE_NO_PAD.encode(json!({"sub": "admin"}).to_string());
        assert!(ours.verify::<Value>(&format!("{header}.{payload}.{signature}")).is_none());
        for bad in ["", ".", "..", "a.b.c", &format!("{head}."), &format!("{token}."), &format!("{token}=")] {
            assert!(ours.verify::<Value>(bad).is_none());
        }
    }

    #[test]
    fn rfc8725_3_11_one_type_of_token_is_never_taken_for_another() {
        let ring = ring(SigningAlgorithm::Es256);
        let claims = json!({"sub": "u"});
        for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa] {
            let token = ring.sign_as("JWT", algorithm, &claims, NOW).unwrap();
            assert_eq!(decode_header(&token).unwrap().typ.as_deref(), Some("JWT"));
            assert_eq!(ring.verify_as::<Value>("JWT", &token), Some(claims.clone()));
            assert!(ring.verify::<Value>(&token).is_none());
            assert!(ring.verify_as::<Value>("logout+jwt", &token).is_none());
        }
        let access = ring.sign(&claims, any, NOW).unwrap();
        assert!(ring.verify::<Value>(&access).is_some());
        assert!(ring.verify_as::<Value>("JWT", &access).is_none());
    }

    #[test]
    fn a_ring_signs_by_no_algorithm_it_has_no_key_of() {
        let sealing = SealingKey::new(&MasterKey::generate());
        let key = SigningKey::generate(SigningAlgorithm::Es256, &sealing).unwrap().0;
        let ring = KeyRing::new(vec![(key, NOW)], "at+jwt", SigningAlgorithm::Es256).unwrap();
        assert!(ring.has(SigningAlgorithm::Es256) && !ring.has(SigningAlgorithm::Rs256));
        assert!(ring.sign_as("JWT", SigningAlgorithm::Rs256, &json!({}), NOW).is_err());
    }

    #[test]
    fn oidc_core_3_1_3_6_at_hash_is_the_left_half_of_the_hash() {
        // The access token and the hash of the example in OpenID Connect Core, appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(left_half(SigningAlgorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(left_half(SigningAlgorithm::EdDsa, token).len(), 43);
    }

    fn any(_: SigningAlgorithm) -> bool {
        true
    }

    #[test]
    fn fapi2_5_4_1_es256_signs_where_the_configured_algorithm_may_not() {
        let sealing = SealingKey::new(&MasterKey::generate());
        let (rs, es) = (SigningAlgorithm::Rs256, SigningAlgorithm::Es256);
        let keys = [(rs, NOW.plus_seconds(9)), (es, NOW)];
        let keys = keys.map(|(a, at)| (SigningKey::generate(a, &sealing).unwrap().0, at));
        let ring = KeyRing::new(keys.into(), "at+jwt", rs).unwrap();
        let signer = |may: fn(SigningAlgorithm) -> bool, at| {
            let token = ring.sign(&json!({}), may, NOW.plus_seconds(at)).unwrap();
            SigningAlgorithm::parse(&format!("{:?}", decode_header(&token).unwrap().alg)).unwrap()
        };
        assert_eq!((signer(any, 9), signer(|a| a != SigningAlgorithm::Rs256, 9)), (rs, es));
        // Nor before it was published long enough (security R-14).
        assert_eq!((signer(any, 8), signer(any, -1)), (es, es));
    }

    /// The `kid` that a token names.
    fn named(token: &str) -> String {
        decode_header(token).unwrap().kid.unwrap()
    }

    #[test]
    fn security_r14_the_last_key_whose_time_has_come_signs_and_all_verify() {
        let sealing = SealingKey::new(&MasterKey::generate());
        let key = |a| SigningKey::generate(a, &sealing).unwrap().0;
        let es = SigningAlgorithm::Es256;
        let (old, new, next) = (key(es), key(es), key(es));
        let kids = [&old, &new, &next].map(|key| key.kid().to_owned());
        let keys = vec![
            (next, NOW.plus_seconds(9)),
            (key(SigningAlgorithm::EdDsa), NOW),
            (old, NOW.plus_seconds(-9)),
            (new, NOW),
        ];
        let ring = KeyRing::new(keys, "at+jwt", es).unwrap();
        for (at, expected) in [(-10, 0), (-9, 0), (-1, 0), (0, 1), (8, 1), (9, 2), (1000, 2)] {
            let token = ring.sign(&json!({"sub": "u"}), any, NOW.plus_seconds(at)).unwrap();
            assert_eq!(named(&token), kids[expected], "{at}");
            assert_eq!(ring.verify::<Value>(&token).unwrap().1, kids[expected]);
        }
        let set: JwkSet = serde_json::from_str(ring.jwks()).unwrap();
        assert!(set.keys.len() == 4 && kids.iter().all(|kid| set.find(kid).is_some()));
    }

    #[test]
    fn only_a_token_that_looks_like_ours_may_be_of_a_newer_key() {
        let (ours, other) = (ring(SigningAlgorithm::Es256), ring(SigningAlgorithm::Es256));
        let newer = other.sign(&json!({"sub": "u"}), any, NOW).unwrap();
        assert!(ours.may_be_of_a_newer_key(&newer) && !other.may_be_of_a_newer_key(&newer));
        let kid = named(&newer);
        for header in [
            json!({"alg": "none", "typ": "at+jwt", "kid": kid}),
            json!({"alg": "ES256", "typ": "JWT", "kid": kid}),
            json!({"alg": "ES256", "typ": "at+jwt", "kid": "short"}),
            json!({"alg": "ES256", "typ": "at+jwt"}),
        ] {
            let header = URL_SAFE_NO_PAD.encode(header.to_string());
            assert!(!ours.may_be_of_a_newer_key(&format!("{header}.e30.AA")), "{header}");
        }
        for bad in ["", ".", "a.b.c", &format!("{newer}{}", "A".repeat(MAX_BYTES))] {
            assert!(!ours.may_be_of_a_newer_key(bad));
        }
    }

    proptest! {
        #[test]
        fn verify_never_panics(text in "[A-Za-z0-9_.=-]{0,200}") {
            thread_local!(static RING: KeyRing = ring(SigningAlgorithm::Es256));
            let refused = RING.with(|ring| ring.verify::<Value>(&text).is_none());
            prop_assert!(refused);
        }
    }
}
