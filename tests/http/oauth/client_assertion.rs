//! Clients that authenticate by a key of their own (RFC 7523, OpenID Connect Core §9; contract §5; security §3, 34).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::register::{open, registers as registers_itself};
use crate::support::actor::{VERIFIER, asks, tokens};
use crate::support::client_key::{ClientKey, TYPE, claims, registers};
use crate::support::exchange::Reply;
use crate::support::neighbour::Neighbour;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn by_value(keys: &[&ClientKey]) -> ClientMetadata {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    ClientMetadata { jwks: Some(json!({"keys": keys})), ..ClientMetadata::default() }
}

fn presents(server: &TestServer, assertion: &str, path: &str, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![("client_assertion_type", TYPE), ("client_assertion", assertion)];
    fields.extend_from_slice(more);
    server.actor().post(path).form(&fields).send()
}

fn asks_for_a_token(server: &TestServer, assertion: &str) -> Reply {
    presents(server, assertion, "/oauth/token", &[GRANT])
}

#[track_caller]
fn refused(reply: &Reply) {
    assert_eq!((reply.status, reply.error().as_str()), (401, "invalid_client"), "{}", reply.text());
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

on_both! {
    /// At every endpoint where clients authenticate, and each assertion once.
    fn rfc7523_2_2_a_client_proves_who_it_is_by_its_key(server) {
        let key = ClientKey::new("k1");
        registers(server, "keyed", by_value(&[&key]));
        let assertion = key.asserts(server, "keyed");
        let token = asks_for_a_token(server, &assertion).expect(200).member("access_token");
        let token = token.as_str();
        refused(&asks_for_a_token(server, &assertion));
        refused(&presents(server, &assertion, "/oauth/introspect", &[("token", token)]));
        let again = |path: &str| presents(server, &key.asserts(server, "keyed"), path, &[("token", token)]);
        assert_eq!(again("/oauth/introspect").expect(200).json()["active"], true);
        let _ = again("/oauth/revoke").expect(200);
        assert_eq!(again("/oauth/introspect").expect(200).json()["active"], false);
        let body = json!({
            "grant_type": GRANT.1,
            "client_id": "keyed",
            "client_assertion_type": TYPE,
            "client_assertion": key.asserts(server, "keyed"),
        });
        let _ = server.actor().post("/oauth/token").json(&body).send().expect(200);
    }
}

#[test]
fn rfc7523_3_what_is_no_good_is_refused_and_uses_up_nothing() {
    let server = TestServer::start();
    let (key, other) = (ClientKey::new("k1"), ClientKey::new("k1"));
    registers(&server, "keyed", by_value(&[&key]));
    registers(&server, "neighbour", by_value(&[&other]));
    let said = claims(&server, "keyed");
    let with = |name: &str, value: Value| {
        let mut claims = claims(&server, "keyed");
        claims[name] = value;
        key.signs(&claims)
    };
    // A shared secret that is the public key, and no signature at all.
    let hmac = Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) };
    let confused = jsonwebtoken::encode(&hmac, &said, &EncodingKey::from_secret(key.public_bytes())).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none"})), part(&said));
    // One that brings its own key along.
    let mut header = Header { kid: Some("k1".into()), ..Header::new(Algorithm::ES256) };
    header.jku = Some("https://evil.example/jwks".into());
    let brought = other.signs_under(&header, &said);
    let now = server.clock.now().seconds();
    for (name, assertion) in [
        ("another's key", other.signs(&said)),
        ("another's assertion", other.asserts(&server, "keyed")),
        ("an unknown key", ClientKey::new("k2").signs(&said)),
        ("HS256 by the public key", confused),
        ("none", unsigned),
        ("a key brought along", brought),
        ("another audience", with("aud", json!("https://other.example"))),
        ("another issuer", with("iss", json!("neighbour"))),
        ("ended", with("exp", json!(now))),
        ("too long", with("exp", json!(now + 3631))),
        ("from the future", with("nbf", json!(now + 120))),
        ("no name", with("jti", json!(""))),
        ("nothing", "x".into()),
    ] {
        let reply = asks_for_a_token(&server, &assertion);
        assert_eq!(
            (reply.status, reply.error().as_str()),
            (401, "invalid_client"),
            "{name}: {}",
            reply.text()
        );
    }
    // None of them spent the name that all of them had.
    let _ = asks_for_a_token(&server, &key.signs(&said)).expect(200);
    // Nor does any other method work for this client, or this one for another.
    let robot = server.seed.secret("robot").unwrap();
    refused(&server.actor().post("/oauth/token").basic("keyed", robot).form(&[GRANT]).send());
    refused(&server.actor().post("/oauth/token").form(&[GRANT, ("client_id", "keyed")]).send());
    refused(&asks_for_a_token(&server, &key.asserts(&server, "robot")));
}

#[test]
fn contract_5_a_failed_assertion_does_not_consume_the_code() {
    let server = TestServer::start();
    let (key, other) = (ClientKey::new("k1"), ClientKey::new("k1"));
    registers(&server, "keyed", by_value(&[&key]));
    let code = server.actor().authorizes(&asks("keyed", &[])).code();
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    refused(&presents(&server, &other.asserts(&server, "keyed"), "/oauth/token", &grant));
    let got = presents(&server, &key.asserts(&server, "keyed"), "/oauth/token", &grant).expect(200);
    assert!(server.actor().is_believed(&tokens(&got.json()).access));
}

#[test]
fn rfc7523_3_the_token_endpoint_is_an_audience_too() {
    let server = TestServer::start();
    let key = ClientKey::new("k1");
    registers(&server, "keyed", by_value(&[&key]));
    let aimed = |aud: Value| {
        let mut claims = claims(&server, "keyed");
        claims["aud"] = aud;
        asks_for_a_token(&server, &key.signs(&claims)).status
    };
    assert_eq!(aimed(json!(format!("{}/oauth/token", server.issuer))), 200);
    assert_eq!(aimed(json!([server.issuer])), 200);
}

#[test]
fn rfc7591_2_keys_are_fetched_from_jwks_uri_kept_and_fetched_again_for_a_new_one() {
    let server = TestServer::start();
    let neighbour = Neighbour::start();
    let [first, second, third] = ["k1", "k2", "k3"].map(ClientKey::new);
    neighbour.shows("/jwks", "Cache-Control: max-age=3600\r\n", &json!({"keys": [first.jwk()]}));
    let jwks_uri = Some(neighbour.url("/jwks"));
    registers(&server, "keyed", ClientMetadata { jwks_uri, ..ClientMetadata::default() });
    let works = |key: &ClientKey| asks_for_a_token(&server, &key.asserts(&server, "keyed")).status == 200;
    assert!(works(&first) && works(&first));
    assert_eq!(neighbour.connections(), 1, "they are kept");
    // The client changes its key, and signs with it. An unknown name is looked for at once.
    neighbour.shows("/jwks", "Cache-Control: max-age=3600\r\n", &json!({"keys": [second.jwk()]}));
    assert!(works(&second) && !works(&first));
    assert_eq!(neighbour.connections(), 2);
    // And then once a minute at most.
    neighbour.shows("/jwks", "Cache-Control: max-age=3600\r\n", &json!({"keys": [third.jwk()]}));
    assert!(!works(&third) && neighbour.connections() == 2);
    server.clock.advance(61);
    assert!(works(&third) && !works(&second));
    assert_eq!(neighbour.connections(), 3);
    // When they are stale and gone, nothing is believed that they signed.
    neighbour.hides("/jwks");
    server.clock.advance(3601);
    assert!(!works(&third) && neighbour.connections() == 4);
    assert!(!works(&third) && neighbour.connections() == 4, "a failure is not tried again at once");
    neighbour.shows("/jwks", "", &json!({"keys": [third.jwk()]}));
    server.clock.advance(11);
    assert!(works(&third));
}

#[test]
fn rfc7517_9_3_a_key_set_with_a_private_member_or_too_large_is_not_used() {
    let server = TestServer::start();
    let neighbour = Neighbour::start();
    let key = ClientKey::new("k1");
    let mut private = key.jwk();
    private["d"] = json!("AA");
    let padding = "x".repeat(70_000);
    for (id, set) in
        [("private", json!({"keys": [private]})), ("large", json!({"keys": [key.jwk()], "x": padding}))]
    {
        let path = format!("/{id}");
        neighbour.shows(&path, "", &set);
        let jwks_uri = Some(neighbour.url(&path));
        registers(&server, id, ClientMetadata { jwks_uri, ..ClientMetadata::default() });
        refused(&asks_for_a_token(&server, &key.asserts(&server, id)));
    }
    assert_eq!(neighbour.connections(), 2);
}

/// A client that registered itself names the address of one that an operator registered, and fails there.
#[test]
fn security_3_38_what_a_stranger_fails_to_fetch_keeps_no_registered_client_out() {
    let server = open();
    let (neighbour, key) = (Neighbour::start(), ClientKey::new("k1"));
    let jwks_uri = neighbour.url("/jwks");
    let metadata = ClientMetadata { jwks_uri: Some(jwks_uri.clone()), ..ClientMetadata::default() };
    registers(&server, "keyed", metadata);
    let method = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": jwks_uri});
    let stranger = registers_itself(&server, &method).expect(201).member("client_id");
    refused(&asks_for_a_token(&server, &key.asserts(&server, &stranger)));
    assert_eq!(neighbour.connections(), 1);
    neighbour.shows("/jwks", "", &json!({"keys": [key.jwk()]}));
    let _ = asks_for_a_token(&server, &key.asserts(&server, "keyed")).expect(200);
    refused(&asks_for_a_token(&server, &key.asserts(&server, &stranger)));
    assert_eq!(neighbour.connections(), 2, "the stranger waits");
}

#[test]
fn rfc7517_5_a_published_key_set_may_hold_keys_that_are_nothing_here() {
    let server = TestServer::start();
    let (neighbour, key) = (Neighbour::start(), ClientKey::new("k1"));
    let long = URL_SAFE_NO_PAD.encode([0xff; 1024]);
    let odd = [
        json!({"kty": "RSA", "kid": "long", "n": long, "e": "AQAB"}),
        json!({"kty": "oct", "kid": "shared", "k": "AA"}),
    ];
    let keys: Vec<Value> = odd.into_iter().chain([key.jwk()]).collect();
    neighbour.shows("/jwks", "", &json!({"keys": keys}));
    let jwks_uri = Some(neighbour.url("/jwks"));
    registers(&server, "keyed", ClientMetadata { jwks_uri, ..ClientMetadata::default() });
    let _ = asks_for_a_token(&server, &key.asserts(&server, "keyed")).expect(200);
}
