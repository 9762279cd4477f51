//! A key of a client's for any algorithm that discovery may list, and what it signs (RFC 7515 §5.1, RFC 7518 §3.1, RFC 8037).

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Made once: it takes long.
static RSA: OnceLock<RsaKeyPair> = OnceLock::new();

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(&'static RsaKeyPair, &'static dyn RsaEncoding),
}

/// A key with the algorithm it signs by.
pub struct SigningKey {
    algorithm: String,
    pair: Pair,
}

impl SigningKey {
    /// A key for `algorithm`; there is one RSA key.
    pub fn new(algorithm: &str) -> Self {
        let rng = SystemRandom::new();
        let rsa = || RSA.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
        let pair = match algorithm {
            "ES256" => {
                let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let der = EcdsaKeyPair::generate_pkcs8(scheme, &rng).unwrap();
                Pair::P256(EcdsaKeyPair::from_pkcs8(scheme, der.as_ref()).unwrap())
            }
            "EdDSA" => Pair::Ed25519(Ed25519KeyPair::generate().unwrap()),
            "RS256" => Pair::Rsa(rsa(), &RSA_PKCS1_SHA256),
            "RS384" => Pair::Rsa(rsa(), &RSA_PKCS1_SHA384),
            "PS256" => Pair::Rsa(rsa(), &RSA_PSS_SHA256),
            other => panic!("no key signs by {other}: extend this"),
        };
        Self { algorithm: algorithm.to_owned(), pair }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": part(&point[1..33]), "y": part(&point[33..])})
            }
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": part(pair.public_key().as_ref())})
            }
            Pair::Rsa(pair, _) => {
                // PKCS#1 (RFC 8017 appendix A.1.1) of 2048 bits: the modulus after nine bytes, then 65537.
                let der = pair.public_key().as_ref();
                assert_eq!((der.len(), &der[265..]), (270, &[2, 3, 1, 0, 1][..]));
                json!({"kty": "RSA", "n": part(&der[9..265]), "e": "AQAB"})
            }
        }
    }

    /// `claims` by this key, with `header` beside the algorithm.
    pub fn signs(&self, header: &Value, claims: &Value) -> String {
        let mut header = header.clone();
        header["alg"] = json!(self.algorithm);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let (rng, bytes) = (SystemRandom::new(), message.as_bytes());
        let signature = match &self.pair {
            Pair::P256(pair) => pair.sign(&rng, bytes).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(bytes).as_ref().to_vec(),
            Pair::Rsa(pair, scheme) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*scheme, &rng, bytes, &mut signature).unwrap();
                signature
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
