//! Public keys of others: the signatures they verify (RFC 7518 §3, RFC 8037 §3.1) and their thumbprint (RFC 7638).
//!
//! A key is only ever used with an algorithm of its kind, so a token cannot choose how it is read (security §3, 27).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::signing_keys::SigningAlgorithm;

/// The numbers of a public key, big-endian, as a JWK has them (RFC 7518 §6).
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names of RFC 7518 §6")]
pub enum PublicKey<'k> {
    /// A point on P-256.
    P256 { x: &'k [u8], y: &'k [u8] },
    /// An Ed25519 key.
    Ed25519 { x: &'k [u8] },
    /// An RSA key, without leading zeros; less than 2048 bits verify nothing.
    Rsa { n: &'k [u8], e: &'k [u8] },
}

impl PublicKey<'_> {
    /// Whether `signature` is this key's, by `algorithm`, over `message`.
    pub fn verifies(self, algorithm: SigningAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let plain = |scheme: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(scheme, key).verify(message, signature).is_ok()
        };
        let rsa = |scheme: &'static RsaParameters, n: &[u8], e: &[u8]| {
            RsaPublicKeyComponents { n, e }.verify(scheme, message, signature).is_ok()
        };
        match (self, algorithm) {
            // An uncompressed point (SEC 1 §2.3.3).
            (Self::P256 { x, y }, SigningAlgorithm::Es256) => {
                plain(&ECDSA_P256_SHA256_FIXED, &[&[4], x, y].concat())
            }
            (Self::Ed25519 { x }, SigningAlgorithm::EdDsa) => plain(&ED25519, x),
            (Self::Rsa { n, e }, SigningAlgorithm::Rs256) => rsa(&RSA_PKCS1_2048_8192_SHA256, n, e),
            (Self::Rsa { n, e }, SigningAlgorithm::Ps256) => rsa(&RSA_PSS_2048_8192_SHA256, n, e),
            _ => false,
        }
    }

    /// The RFC 7638 SHA-256 thumbprint, base64url.
    pub fn thumbprint(self) -> String {
        let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        // RFC 7638 §3.2: the required members in the order of their names; base64url needs no escapes.
        let canonical = match self {
            Self::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
        };
        text(digest(&SHA256, canonical.as_bytes()).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::master_key::MasterKey;
    use crate::crypto::signing_keys::{SealingKey, SigningKey, jwk_set};
    use jsonwebtoken::signature::Signer;
    use serde_json::Value;

    const ALL: [SigningAlgorithm; 4] =
        [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Rs256, SigningAlgorithm::Ps256];

    /// The public numbers of `key`, from what is published of it.
    fn numbers(key: &SigningKey) -> (String, Vec<Vec<u8>>) {
        let set: Value = serde_json::from_str(&jwk_set([key].into_iter()).unwrap()).unwrap();
        let jwk = &set["keys"][0];
        let kty = jwk["kty"].as_str().unwrap().to_owned();
        let names: &[&str] = match kty.as_str() {
            "RSA" => &["n", "e"],
            "EC" => &["x", "y"],
            _ => &["x"],
        };
        (
            kty,
            names.iter().map(|name| URL_SAFE_NO_PAD.decode(jwk[*name].as_str().unwrap()).unwrap()).collect(),
        )
    }

    fn public<'k>(kty: &str, numbers: &'k [Vec<u8>]) -> PublicKey<'k> {
        match kty {
            "RSA" => PublicKey::Rsa { n: &numbers[0], e: &numbers[1] },
            "EC" => PublicKey::P256 { x: &numbers[0], y: &numbers[1] },
            _ => PublicKey::Ed25519 { x: &numbers[0] },
        }
    }

    #[test]
    fn rfc8725_3_1_a_key_verifies_by_its_own_algorithm_and_no_other() {
        let sealing = SealingKey::new(&MasterKey::generate());
        for signs in ALL {
            let key = SigningKey::generate(signs, &sealing).unwrap().0;
            let signature = key.signer.try_sign(b"message").unwrap();
            let (kty, numbers) = numbers(&key);
            assert_eq!(public(&kty, &numbers).thumbprint(), key.kid());
            for reads in ALL {
                let verified = public(&kty, &numbers).verifies(reads, b"message", &signature);
                assert_eq!(verified, reads == signs, "{signs:?} {reads:?}");
            }
            assert!(!public(&kty, &numbers).verifies(signs, b"massage", &signature));
            assert!(!public(&kty, &numbers).verifies(signs, b"message", b""));
            let stranger = SigningKey::generate(signs, &sealing).unwrap().0;
            let (kty, others) = self::numbers(&stranger);
            assert!(!public(&kty, &others).verifies(signs, b"message", &signature));
        }
    }

    fn decoded(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn rfc7638_3_1_the_example_has_its_thumbprint() {
        let n = decoded(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        );
        let key = PublicKey::Rsa { n: &n, e: &decoded("AQAB") };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn rfc8037_a_3_the_example_has_its_thumbprint() {
        let x = decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let key = PublicKey::Ed25519 { x: &x };
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn numbers_that_are_no_key_verify_nothing() {
        for key in [
            PublicKey::P256 { x: &[1; 32], y: &[1; 32] },
            PublicKey::P256 { x: &[], y: &[] },
            PublicKey::Ed25519 { x: &[2] },
            PublicKey::Rsa { n: &[], e: &[] },
            PublicKey::Rsa { n: &[0xff; 128], e: &[1, 0, 1] },
        ] {
            assert!(ALL.into_iter().all(|algorithm| !key.verifies(algorithm, b"message", &[0; 64])));
        }
    }
}
