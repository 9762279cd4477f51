//! Public keys that others present as JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2): what they verify, and their thumbprint
//! (RFC 7638). Only three kinds: P-256, Ed25519, and RSA of 2048 to 4096 bits.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::signing_keys::SigningAlgorithm;

/// Lengths of an RSA modulus, in bytes.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// A longer public exponent only makes verification slow.
const EXPONENT: std::ops::RangeInclusive<usize> = 1..=4;

/// A public key.
pub struct PublicJwk {
    key: Key,
    thumbprint: String,
}

enum Key {
    /// The uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa(PublicKeyComponents<Vec<u8>>),
}

impl PublicJwk {
    /// Reads a JWK. `None` for a kind that is not supported and for values that are not written in the one canonical way, so
    /// that a key has one thumbprint. Private members are the caller's to refuse.
    pub fn parse(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        // The decoder refuses padding and left-over bits: what it reads has one spelling.
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let (key, canonical) = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                let point = [&[4], x.as_slice(), &y].concat();
                let (x, y) = (text("x")?, text("y")?);
                (Key::P256(point), format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
            }
            ("OKP", Some("Ed25519")) => {
                let key = bytes("x").filter(|x| x.len() == 32)?;
                let x = text("x")?;
                (Key::Ed25519(key), format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#))
            }
            ("RSA", _) => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                // RFC 7518 §2: Base64urlUInt has no leading zero.
                if !MODULUS.contains(&n.len()) || !EXPONENT.contains(&e.len()) {
                    return None;
                }
                let is_odd = e.last().is_some_and(|last| last % 2 == 1);
                if n.first() == Some(&0) || e.first() == Some(&0) || !is_odd || e == [1] {
                    return None;
                }
                let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text("e")?, text("n")?);
                (Key::Rsa(PublicKeyComponents { n, e }), canonical)
            }
            _ => return None,
        };
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
        Some(Self { key, thumbprint })
    }

    /// The RFC 7638 SHA-256 thumbprint, base64url.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Whether `signature` over `message` is this key's, by exactly this algorithm (RFC 8725 §3.1).
    pub fn verifies(&self, algorithm: SigningAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let plain = |scheme: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(scheme, key).verify(message, signature).is_ok()
        };
        let rsa = |scheme: &'static RsaParameters, key: &PublicKeyComponents<Vec<u8>>| {
            key.verify(scheme, message, signature).is_ok()
        };
        match (&self.key, algorithm) {
            (Key::P256(point), SigningAlgorithm::Es256) => plain(&ECDSA_P256_SHA256_FIXED, point),
            (Key::Ed25519(key), SigningAlgorithm::EdDsa) => plain(&ED25519, key),
            (Key::Rsa(key), SigningAlgorithm::Rs256) => rsa(&RSA_PKCS1_2048_8192_SHA256, key),
            (Key::Rsa(key), SigningAlgorithm::Ps256) => rsa(&RSA_PSS_2048_8192_SHA256, key),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixTime;
    use crate::crypto::jwt::KeyRing;
    use crate::crypto::master_key::MasterKey;
    use crate::crypto::signing_keys::{SealingKey, SigningKey};
    use serde_json::json;

    fn parse(jwk: Value) -> Option<PublicJwk> {
        PublicJwk::parse(jwk.as_object()?)
    }

    #[test]
    fn rfc7638_3_1_the_example_has_its_thumbprint() {
        let key = parse(json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        }));
        assert_eq!(key.unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn rfc8037_a_3_the_example_has_its_thumbprint() {
        let key = parse(
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
        );
        assert_eq!(key.unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn rfc7518_3_1_a_key_verifies_by_its_own_algorithm_only() {
        use SigningAlgorithm::{EdDsa, Es256, Ps256, Rs256};
        let (sealing, now) = (SealingKey::new(&MasterKey::generate()), UnixTime::from_seconds(0));
        for algorithm in [Es256, EdDsa, Rs256, Ps256] {
            let key = SigningKey::generate(algorithm, &sealing).unwrap().0;
            let kid = key.kid().to_owned();
            let ring = KeyRing::new(vec![(key, now)], "x", algorithm).unwrap();
            let set: Value = serde_json::from_str(ring.jwks()).unwrap();
            let public = parse(set["keys"][0].clone()).unwrap();
            assert_eq!(public.thumbprint(), kid);
            let token = ring.sign(&json!({}), now).unwrap();
            let (message, signature) = token.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            for named in [Es256, EdDsa, Rs256, Ps256] {
                let verified = public.verifies(named, message.as_bytes(), &signature);
                assert_eq!(verified, named == algorithm, "{named:?} for {algorithm:?}");
            }
            assert!(!public.verifies(algorithm, b"something else", &signature));
        }
    }

    #[test]
    fn rfc7518_6_what_is_not_written_in_the_one_way_is_no_key() {
        let x = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
        let y = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";
        assert!(parse(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})).is_some());
        let modulus = |bytes: usize, first: u8| {
            let mut n = vec![1; bytes];
            n[0] = first;
            URL_SAFE_NO_PAD.encode(n)
        };
        assert!(parse(json!({"kty": "RSA", "n": modulus(256, 0x80), "e": "AQAB"})).is_some());
        for bad in [
            json!({}),
            json!({"kty": "oct", "k": "AAAA"}),
            json!({"kty": "EC", "crv": "P-384", "x": x, "y": y}),
            json!({"kty": "EC", "crv": "P-256", "x": x}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": format!("{y}=")}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": "AA"}),
            // Left-over bits: the same bytes in another spelling.
            json!({"kty": "EC", "crv": "P-256", "x": x.replace("BFs", "BFt"), "y": y}),
            json!({"kty": "OKP", "crv": "X25519", "x": x}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
            json!({"kty": "RSA", "n": modulus(128, 0x80), "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(513, 0x80), "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(257, 0), "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(256, 0x80), "e": "AAEAAQ"}),
            json!({"kty": "RSA", "n": modulus(256, 0x80), "e": ""}),
            json!({"kty": "RSA", "n": modulus(256, 0x80), "e": "AQ"}),
            json!({"kty": "RSA", "n": modulus(256, 0x80), "e": "AQAC"}),
            json!({"kty": "RSA", "n": modulus(256, 0x80), "e": "AQAAAAE"}),
        ] {
            assert!(parse(bad.clone()).is_none(), "{bad}");
        }
    }
}
