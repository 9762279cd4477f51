//! A client's key and the proofs it signs (RFC 9449 §4.2), good ones and such as no client should send.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::seed::unused;
use super::server::TestServer;

/// A P-256 key of a client's.
pub struct Prover<'s> {
    server: &'s TestServer,
    pair: EcdsaKeyPair,
}

impl<'s> Prover<'s> {
    /// A new one.
    pub fn new(server: &'s TestServer) -> Self {
        let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = EcdsaKeyPair::generate_pkcs8(scheme, &SystemRandom::new()).unwrap();
        Self { server, pair: EcdsaKeyPair::from_pkcs8(scheme, der.as_ref()).unwrap() }
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "x": part(&point[1..33]), "y": part(&point[33..])})
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }

    /// The header of a good proof.
    pub fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()})
    }

    /// The claims of a good proof, made now, for `uri`.
    pub fn claims(&self, method: &str, uri: &str) -> Value {
        json!({"jti": unused(), "htm": method, "htu": uri, "iat": self.server.clock.now().seconds()})
    }

    /// Signs anything.
    pub fn signs(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// A good proof with some claims replaced, or left out (`null`).
    pub fn proof_with(&self, method: &str, uri: &str, changes: &[(&str, Value)]) -> String {
        let mut claims = self.claims(method, uri);
        for (name, value) in changes {
            let members = claims.as_object_mut().unwrap();
            members.remove(*name);
            if !value.is_null() {
                members.insert((*name).to_owned(), value.clone());
            }
        }
        self.signs(&self.header(), &claims)
    }

    /// A proof for the token endpoint.
    pub fn for_tokens(&self) -> String {
        self.proof_with("POST", &self.token_endpoint(), &[])
    }

    /// Where that is.
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth/token", self.server.issuer)
    }

    /// A proof for a request with a token.
    pub fn with_token(&self, method: &str, uri: &str, token: &str) -> String {
        self.proof_with(method, uri, &[("ath", json!(ath(token)))])
    }
}

/// RFC 9449 §4.2.
pub fn ath(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}
