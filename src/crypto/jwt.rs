//! JSON Web Tokens (RFC 7519) as this server signs and verifies them: compact JWS with its own keys only.
//!
//! A token's header must be, byte for byte, one that a key of the ring writes. So `alg`, `kid` and `typ`
//! cannot be chosen by whoever presents it, and `jku`, `jwk`, `x5u` or `crit` are refused unseen (RFC 8725 §3).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::signature::{Signer, Verifier};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CryptoError;
use super::signing_keys::{SigningAlgorithm, SigningKey, jwk_set};

/// Longest token looked at, in bytes; ours are some 600.
pub const MAX_BYTES: usize = 8192;

struct Entry {
    key: SigningKey,
    header: String,
}

/// The keys that sign and verify access tokens of one type.
pub struct KeyRing {
    entries: Vec<Entry>,
    signing: usize,
    jwks: String,
}

impl KeyRing {
    /// A ring of `keys` for tokens of type `typ`; the first key of algorithm `signs` signs, all verify.
    pub fn new(keys: Vec<SigningKey>, typ: &str, signs: SigningAlgorithm) -> Result<Self, CryptoError> {
        let signing = keys
            .iter()
            .position(|key| key.algorithm() == signs)
            .ok_or(CryptoError("there is no signing key for the configured algorithm"))?;
        let jwks = jwk_set(keys.iter())?;
        let entries = keys
            .into_iter()
            .map(|key| key.header(typ).map(|header| Entry { header, key }))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { entries, signing, jwks })
    }

    /// Signs `claims` as a compact JWS (RFC 7515 §7.1).
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, CryptoError> {
        const FAILED: CryptoError = CryptoError("signing failed");
        let entry = self.entries.get(self.signing).ok_or(FAILED)?;
        let payload = serde_json::to_vec(claims).map_err(|_| FAILED)?;
        let mut token = String::with_capacity(entry.header.len() + payload.len() * 4 / 3 + 360);
        token.push_str(&entry.header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = entry.key.signer.try_sign(token.as_bytes()).map_err(|_| FAILED)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The claims of a token that one of our keys signed; `None` for anything else. Times are not looked at.
    pub fn verify<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let entry = self.entries.iter().find(|entry| entry.header == header)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        entry.key.verifier.verify(message.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }

    /// The JWK Set document (RFC 7517 §5).
    pub fn jwks(&self) -> &str {
        &self.jwks
    }
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

    fn ring(signs: SigningAlgorithm) -> KeyRing {
        let sealing = SealingKey::new(&MasterKey::generate());
        let keys = [
            SigningAlgorithm::Es256,
            SigningAlgorithm::Rs256,
            SigningAlgorithm::EdDsa,
            SigningAlgorithm::Ps256,
        ]
        .map(|a| SigningKey::generate(a, &sealing).unwrap().0);
        KeyRing::new(keys.into(), "at+jwt", signs).unwrap()
    }

    #[test]
    fn rfc7515_any_library_verifies_our_tokens_with_the_published_keys() {
        for signs in [
            SigningAlgorithm::Es256,
            SigningAlgorithm::Rs256,
            SigningAlgorithm::EdDsa,
            SigningAlgorithm::Ps256,
        ] {
            let ring = ring(signs);
            let token = ring.sign(&json!({"sub": "u", "exp": 4_000_000_000_u64, "aud": "a"})).unwrap();
            let header = decode_header(&token).unwrap();
            assert_eq!(header.typ.as_deref(), Some("at+jwt"));
            let set: JwkSet = serde_json::from_str(ring.jwks()).unwrap();
            let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
            let mut validation = Validation::new(header.alg);
            validation.set_audience(&["a"]);
            assert_eq!(decode::<Value>(&token, &key, &validation).unwrap().claims["sub"], "u");
            assert_eq!(ring.verify::<Value>(&token).unwrap()["sub"], "u");
        }
    }

    #[test]
    fn rfc8725_3_1_a_header_that_is_not_ours_is_refused() {
        let ring = ring(SigningAlgorithm::Es256);
        let token = ring.sign(&json!({"sub": "u"})).unwrap();
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
        let token = ours.sign(&json!({"sub": "u"})).unwrap();
        assert!(ring(SigningAlgorithm::Es256).verify::<Value>(&token).is_none());
        let (head, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = head.split_once('.').unwrap();
        let payload = URL_SAFE_NO_PAD.encode(json!({"sub": "admin"}).to_string());
        assert!(ours.verify::<Value>(&format!("{header}.{payload}.{signature}")).is_none());
        for bad in ["", ".", "..", "a.b.c", &format!("{head}."), &format!("{token}."), &format!("{token}=")] {
            assert!(ours.verify::<Value>(bad).is_none());
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
