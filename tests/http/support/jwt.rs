//! Tokens read as a client's library reads them: with the published keys (RFC 7515 §5.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::Value;

use super::server::TestServer;

impl TestServer {
    /// The claims of a JWT of type `typ` by `algorithm`, whose signature a published key proves. Times and audience are not
    /// looked at.
    #[track_caller]
    pub fn claims(&self, token: &str, typ: &str, algorithm: &str) -> Value {
        let set = self.actor().get("/.well-known/jwks.json").send().expect(200).json();
        let set: JwkSet = serde_json::from_value(set).unwrap();
        let header = decode_header(token).unwrap();
        assert_eq!((header.typ.as_deref(), format!("{:?}", header.alg).as_str()), (Some(typ), algorithm));
        let key = set.find(&header.kid.unwrap()).expect("a published key");
        let mut validation = Validation::new(header.alg);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).expect("a signature").claims
    }

    /// Registers `client` with `metadata`, in place of what it was registered with.
    pub fn registers(&self, client: &str, metadata: ClientMetadata) {
        let change = ClientChange { metadata: Some(metadata), ..ClientChange::default() };
        let operator = portcullis::flows::actor::Actor::Operator;
        self.operator(clients::update(&self.node, operator, client, change)).unwrap().unwrap();
    }
}

/// What a JWT says, unproved.
#[track_caller]
pub fn unproved(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
