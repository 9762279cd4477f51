//! A key of a client's, and what it signs with it (RFC 7523 §2.2).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client::AuthMethod;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::seed::{REDIRECT, START, unused};
use super::server::TestServer;

/// The only type of client assertion.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A P-256 key.
pub struct ClientKey {
    kid: String,
    pkcs8: Vec<u8>,
    point: Vec<u8>,
}

impl ClientKey {
    /// A new key of that name.
    pub fn new(kid: &str) -> Self {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let pkcs8 = made.unwrap().as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap();
        Self { kid: kid.to_owned(), pkcs8, point: pair.public_key().as_ref().to_vec() }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "kid": self.kid, "x": part(&self.point[1..33]), "y": part(&self.point[33..])})
    }

    /// The uncompressed point, which everybody knows.
    pub fn public_bytes(&self) -> &[u8] {
        &self.point
    }

    /// `claims`, signed.
    pub fn signs(&self, claims: &Value) -> String {
        self.signs_under(&Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) }, claims)
    }

    /// The same under another header.
    pub fn signs_under(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_ec_der(&self.pkcs8)).unwrap()
    }

    /// A good assertion that `client` makes for `server` at the server's time.
    pub fn asserts(&self, server: &TestServer, client: &str) -> String {
        self.signs(&claims(server, client))
    }
}

/// What a good assertion says.
pub fn claims(server: &TestServer, client: &str) -> Value {
    let now = server.clock.now().seconds();
    assert!(now >= START.seconds());
    json!({"iss": client, "sub": client, "aud": server.issuer, "iat": now, "exp": now + 60, "jti": unused()})
}

/// Registers `id` with `metadata`, to authenticate by a key; nothing secret comes of it.
pub fn registers(server: &TestServer, id: &str, metadata: ClientMetadata) {
    use portcullis::oauth::client::GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
    let change = ClientChange {
        name: Some(format!("Keyed {id}")),
        redirect_uris: Some(vec![REDIRECT.to_owned()]),
        grants: Some(vec![AuthorizationCode, RefreshToken, ClientCredentials]),
        auth_method: Some(Some(AuthMethod::PrivateKeyJwt)),
        metadata: Some(metadata),
        ..ClientChange::default()
    };
    let made = server.operator(clients::create(&server.node, Actor::Operator, Some(id), change));
    assert!(made.unwrap().unwrap().secret.is_none(), "a client with a key has no secret");
}
