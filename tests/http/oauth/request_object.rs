//! Request objects by value (RFC 9101): signed by the client, and then nothing beside them counts.

use portcullis::crypto::jwt::KeyRing;
use portcullis::crypto::master_key::MasterKey;
use portcullis::crypto::signing_keys::{SealingKey, SigningAlgorithm, SigningKey};
use portcullis::flows::actor::Actor as Caller;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::par::{brings, pushes};
use crate::support::actor::{Actor, CHALLENGE, asks};
use crate::support::exchange::{Reply, encode};
use crate::support::page::Page;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

const TYPE: &str = "oauth-authz-req+jwt";

/// A client with a key of its own.
pub struct Signer<'s> {
    server: &'s TestServer,
    keys: KeyRing,
    algorithm: SigningAlgorithm,
}

impl<'s> Signer<'s> {
    /// Registers a key for `web`.
    pub fn registered(server: &'s TestServer, algorithm: SigningAlgorithm, metadata: ClientMetadata) -> Self {
        let signer = Self::stranger(server, algorithm);
        let jwks = serde_json::from_str(signer.keys.jwks()).unwrap();
        server.registers("web", ClientMetadata { jwks: Some(jwks), ..metadata });
        signer
    }

    /// A key that nobody registered.
    fn stranger(server: &'s TestServer, algorithm: SigningAlgorithm) -> Self {
        let sealing = SealingKey::new(&MasterKey::generate());
        let key = SigningKey::generate(algorithm, &sealing).unwrap().0;
        let keys = KeyRing::new(vec![(key, server.clock.now())], "unused", algorithm).unwrap();
        Self { server, keys, algorithm }
    }

    /// An object with some claims replaced, or left out (null).
    pub fn signs(&self, changes: &Value) -> String {
        self.signs_as(TYPE, changes)
    }

    fn signs_as(&self, typ: &str, changes: &Value) -> String {
        let now = self.server.clock.now().seconds();
        let mut claims = json!({
            "iss": "web", "aud": self.server.issuer, "client_id": "web",
            "nbf": now, "iat": now, "exp": now + 60, "jti": "1",
            "redirect_uri": REDIRECT, "response_type": "code", "scope": "openid read", "state": "signed",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.keys.sign_as(typ, self.algorithm, &claims, self.server.clock.now()).unwrap()
    }
}

/// The query that brings an object.
pub fn carries(object: &str, more: &[(&str, &str)]) -> String {
    let mut all = vec![("client_id", "web"), ("request", object)];
    all.extend_from_slice(more);
    encode(&all)
}

fn goes(person: &Actor<'_>, query: &str) -> Reply {
    person.get(&format!("/oauth/authorize?{query}")).send()
}

/// The error that the client is told.
#[track_caller]
fn told(server: &TestServer, query: &str) -> String {
    let person = server.actor();
    let answer = person.follows(goes(&person, query).expect(303)).err().expect("no page");
    assert!(answer.url.starts_with(REDIRECT), "{}", answer.url);
    assert_eq!(answer.parameter("iss").as_deref(), Some(server.issuer.as_str()));
    answer.error()
}

on_both! {
    fn rfc9101_6_3_the_parameters_come_from_the_object_only(server) {
        for algorithm in
            [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Ps256, SigningAlgorithm::Rs256]
        {
            let web = Signer::registered(server, algorithm, ClientMetadata::default());
            let outside = [
                ("state", "evil"),
                ("scope", "read write offline_access"),
                ("redirect_uri", "https://evil.example/"),
                ("prompt", "none"),
                ("response_mode", "form_post"),
            ];
            let answer = server.actor().authorizes(&carries(&web.signs(&json!({"max_age": 60})), &outside));
            assert_eq!(answer.parameter("state").as_deref(), Some("signed"));
            let tokens = server.app("web").presents(&answer.code()).expect(200);
            assert_eq!(tokens.member("scope"), "read openid");
        }
    }
}

#[test]
fn rfc9101_6_bad_objects_are_told_by_their_own_name() {
    let server = TestServer::start();
    let web = Signer::registered(&server, SigningAlgorithm::Es256, ClientMetadata::default());
    let stranger = Signer::stranger(&server, SigningAlgorithm::Es256);
    let good = web.signs(&json!({}));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let other = web.signs(&json!({"state": "other"}));
    let swapped = format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2]);
    // {"alg":"none"}
    let none = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let now = server.clock.now().seconds();
    for (name, object, error) in [
        ("another key", stranger.signs(&json!({})), "invalid_request_object"),
        ("altered", swapped, "invalid_request_object"),
        ("unsigned", none, "invalid_request_object"),
        ("no signature", format!("{head}."), "invalid_request_object"),
        ("encrypted", format!("{head}.{signature}.x.y"), "invalid_request_object"),
        ("nonsense", "nonsense".to_owned(), "invalid_request_object"),
        ("an access token's type", web.signs_as("at+jwt", &json!({})), "invalid_request_object"),
        ("a DPoP proof's type", web.signs_as("dpop+jwt", &json!({})), "invalid_request_object"),
        ("another client", web.signs(&json!({"client_id": "mail"})), "invalid_request_object"),
        ("no client", web.signs(&json!({"client_id": null})), "invalid_request_object"),
        ("another issuer", web.signs(&json!({"iss": "mail"})), "invalid_request_object"),
        ("no audience", web.signs(&json!({"aud": null})), "invalid_request_object"),
        ("another audience", web.signs(&json!({"aud": "https://other.example"})), "invalid_request_object"),
        ("expired", web.signs(&json!({"exp": now - 61})), "invalid_request_object"),
        ("not yet", web.signs(&json!({"nbf": now + 120})), "invalid_request_object"),
        ("a client assertion", web.signs(&json!({"sub": "web"})), "invalid_request_object"),
        ("one in another", web.signs(&json!({"request": good})), "invalid_request_object"),
        ("by reference", web.signs(&json!({"request_uri": "urn:x"})), "invalid_request_object"),
        ("a list for a state", web.signs(&json!({"state": ["a"]})), "invalid_request_object"),
        ("a bad scope", web.signs(&json!({"scope": "nonsense"})), "invalid_scope"),
        ("prompt none", web.signs(&json!({"prompt": "none"})), "login_required"),
    ] {
        assert_eq!(told(&server, &carries(&object, &[("redirect_uri", REDIRECT)])), error, "{name}");
    }
    // What the object says of the redirect URI is as good as anybody's word.
    let evil = carries(&web.signs(&json!({"redirect_uri": "https://evil.example/"})), &[]);
    let reply = goes(&server.actor(), &evil).expect(400);
    assert_eq!(reply.header("location"), None);
    // Nor does one beside a bad object lead anywhere else.
    let evil = carries(&stranger.signs(&json!({})), &[("redirect_uri", "https://evil.example/")]);
    assert_eq!(goes(&server.actor(), &evil).expect(400).header("location"), None);
    let both = carries(&good, &[("request_uri", "urn:x"), ("redirect_uri", REDIRECT)]);
    assert_eq!(told(&server, &both), "invalid_request");
}

#[test]
fn rfc9101_5_a_refusal_goes_where_the_object_says_and_not_what_stands_beside_it() {
    const OTHER: &str = "https://app.example/other";
    let server = TestServer::start();
    let web = Signer::registered(&server, SigningAlgorithm::Es256, ClientMetadata::default());
    let redirect_uris = [REDIRECT, OTHER].map(str::to_owned).to_vec();
    let change = ClientChange { redirect_uris: Some(redirect_uris), ..ClientChange::default() };
    server.operator(clients::update(&server.node, Caller::Operator, "web", change)).unwrap().unwrap();
    let person = server.actor();
    let refused = |object: &str, beside: &[(&str, &str)]| {
        let answer = person.follows(goes(&person, &carries(object, beside)).expect(303));
        let answer = answer.err().expect("no page");
        assert_eq!(answer.error(), "invalid_request_object");
        (answer.url.split('?').next().unwrap().to_owned(), answer.parameter("state"))
    };
    let past = server.clock.now().seconds() - 100;
    let (expired, signed) = (web.signs(&json!({"exp": past})), Some("signed".to_owned()));
    assert_eq!(refused(&expired, &[]), (REDIRECT.to_owned(), signed.clone()));
    let beside = [("redirect_uri", OTHER), ("state", "beside"), ("response_mode", "form_post")];
    assert_eq!(refused(&expired, &beside), (REDIRECT.to_owned(), signed.clone()));
    // Nobody signed this one: what stands beside it is as good, and that is all there is to go by.
    let stranger = Signer::stranger(&server, SigningAlgorithm::Es256).signs(&json!({}));
    assert_eq!(refused(&stranger, &beside[..2]), (OTHER.to_owned(), Some("beside".to_owned())));
    assert_eq!(refused(&stranger, &[]), (REDIRECT.to_owned(), signed));
    let evil = Signer::stranger(&server, SigningAlgorithm::Es256);
    let evil = evil.signs(&json!({"redirect_uri": "https://evil.example/"}));
    assert_eq!(goes(&person, &carries(&evil, &[])).expect(400).header("location"), None);
}

#[test]
fn rfc9101_6_a_client_without_keys_signs_nothing() {
    let server = TestServer::start();
    let stranger = Signer::stranger(&server, SigningAlgorithm::Es256);
    let query = carries(&stranger.signs(&json!({})), &[("redirect_uri", REDIRECT)]);
    assert_eq!(told(&server, &query), "invalid_request_object");
}

#[test]
fn rfc9101_10_5_a_client_can_be_held_to_signing_by_one_algorithm() {
    let server = TestServer::start();
    let metadata = ClientMetadata {
        require_signed_request_object: true,
        request_object_signing_alg: Some("ES256".to_owned()),
        ..ClientMetadata::default()
    };
    let web = Signer::registered(&server, SigningAlgorithm::Es256, metadata.clone());
    assert_eq!(told(&server, &asks("web", &[])), "invalid_request");
    let unsigned = pushes(&server, "web", &[]).expect(400);
    assert_eq!(unsigned.error(), "invalid_request", "RFC 9126 section 2.3");
    assert!(!server.actor().authorizes(&carries(&web.signs(&json!({})), &[])).code().is_empty());
    let web = Signer::registered(&server, SigningAlgorithm::Ps256, metadata);
    let query = carries(&web.signs(&json!({})), &[("redirect_uri", REDIRECT)]);
    assert_eq!(told(&server, &query), "invalid_request_object");
}

#[test]
fn rfc9126_3_an_object_may_be_pushed() {
    let server = TestServer::start();
    let web = Signer::registered(&server, SigningAlgorithm::Es256, ClientMetadata::default());
    let app = server.app("web");
    let push = |object: &str| app.posts("/oauth/par", &[("request", object), ("scope", "read write")]);
    let pushed = push(&web.signs(&json!({}))).expect(201);
    let answer = server.actor().authorizes(&brings("web", &pushed));
    assert_eq!(answer.parameter("state").as_deref(), Some("signed"));
    assert_eq!(app.presents(&answer.code()).expect(200).member("scope"), "read openid");
    let stranger = Signer::stranger(&server, SigningAlgorithm::Es256);
    for object in [
        stranger.signs(&json!({})),
        web.signs(&json!({"client_id": "mail"})),
        web.signs(&json!({"iss": "mail"})),
        web.signs(&json!({"request_uri": "urn:x"})),
    ] {
        assert_eq!(push(&object).expect(400).error(), "invalid_request_object");
    }
    assert_eq!(push(&web.signs(&json!({"scope": "nonsense"}))).expect(400).error(), "invalid_scope");
    assert_eq!(push("a.b.c.d.e").expect(400).error(), "invalid_request_object");
}

#[test]
fn rfc9101_6_3_who_is_on_the_way_may_take_their_time() {
    let server = TestServer::start();
    let web = Signer::registered(&server, SigningAlgorithm::Es256, ClientMetadata::default());
    let person = server.actor();
    let query = carries(&web.signs(&json!({"prompt": "consent"})), &[("redirect_uri", REDIRECT)]);
    let login = goes(&person, &query).expect(303).the_header("location").to_owned();
    server.clock.advance(600);
    let consent = person.follows(person.signs_in_for(&login)).expect("the consent page");
    let form = Page::of(&consent).form("/consent").with("decision", "allow");
    server.clock.advance(600);
    assert!(!person.follows(person.submits(&form)).err().expect("an answer").code().is_empty());
    assert_eq!(told(&server, &query), "invalid_request_object", "begun anew it has expired");
}
