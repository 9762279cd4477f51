//! An exchanged token dies with whatever it came from (RFC 8693 §2.2; contract §6, §9).

use portcullis::flows::actor::Actor;
use portcullis::flows::api_keys::{self, KeyChange, Place};
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::{signing_keys, users};
use portcullis::oauth::scope::Scope;
use serde_json::json;
use uuid::Uuid;

use super::token_exchange::{changes, signs_in};
use crate::support::actor::Tokens;
use crate::support::jwt::unproved;
use crate::support::server::TestServer;

fn disabled(client: &'static str) -> impl Fn(&TestServer, &Tokens) {
    let change = || ClientChange { disabled: Some(true), ..ClientChange::default() };
    move |server, _| changes(server, client, change())
}

fn alice_is_disabled(server: &TestServer) {
    assert!(server.operator(users::set_disabled(&server.node, "alice", true)).unwrap().is_ok());
}

/// What `token` was exchanged for, once and twice.
fn exchanged(server: &TestServer, token: &str) -> [String; 2] {
    let once = server.app("api").exchanges(token, &[]).expect(200).member("access_token");
    let twice = server.app("api").exchanges(&once, &[]).expect(200).member("access_token");
    [once, twice]
}

#[track_caller]
fn are_believed(server: &TestServer, tokens: &[String; 2], believed: bool, name: &str) {
    for token in tokens {
        assert_eq!(server.actor().is_believed(token), believed, "{name}");
    }
}

#[test]
fn contract_6_an_exchanged_token_dies_with_what_it_came_from() {
    type End = Box<dyn Fn(&TestServer, &Tokens)>;
    let endings: Vec<(&str, End)> = vec![
        ("the sign-in is revoked", Box::new(|s, t| assert_eq!(s.app("web").revokes(&t.refresh).status, 200))),
        ("the token is revoked", Box::new(|s, t| assert_eq!(s.app("web").revokes(&t.access).status, 200))),
        ("the person is disabled", Box::new(|s, _| alice_is_disabled(s))),
        ("the app is disabled", Box::new(disabled("web"))),
        ("who exchanged it is disabled", Box::new(disabled("api"))),
        (
            "the app is deleted",
            Box::new(|s, _| {
                let deleted = s.operator(clients::delete(&s.node, Actor::Operator, "web")).unwrap();
                assert!(deleted.is_ok());
            }),
        ),
    ];
    for (name, end) in endings {
        let server = TestServer::start();
        let tokens = signs_in(&server, "web", "read write");
        let given = exchanged(&server, &tokens.access);
        are_believed(&server, &given, true, name);
        end(&server, &tokens);
        are_believed(&server, &given, false, name);
        if !name.starts_with("who exchanged") {
            assert_eq!(
                server.app("api").exchanges(&tokens.access, &[]).expect(400).error(),
                "invalid_request"
            );
        }
    }
}

#[test]
fn contract_6_an_exchanged_token_dies_with_the_signing_key_of_what_it_came_from() {
    let server = TestServer::start();
    let kid = |token: &str| {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        header["kid"].as_str().unwrap().to_owned()
    };
    assert!(server.operator(signing_keys::rotate(&server.node, Actor::Operator)).unwrap().is_ok());
    let before = server.actor().logs_in().access;
    server.clock.advance(600);
    let given = exchanged(&server, &before);
    assert!(given.iter().all(|token| kid(token) != kid(&before)), "by the next key");
    are_believed(&server, &given, true, "after a rotation");
    let revoked = server.operator(signing_keys::revoke(&server.node, Actor::Operator, &kid(&before)));
    assert!(revoked.unwrap().is_ok());
    are_believed(&server, &given, false, "its key was given away");
}

#[test]
fn contract_9_an_exchanged_key_dies_with_the_key_and_with_its_secret() {
    type End = Box<dyn Fn(&TestServer, &str, Place, Uuid)>;
    let endings: Vec<(&str, End)> = vec![
        (
            "regenerated",
            Box::new(|s, _, place, id| {
                let done =
                    s.operator(api_keys::regenerate(&s.node, Actor::Operator, place, id, None)).unwrap();
                assert!(done.is_ok());
            }),
        ),
        (
            "rotated",
            Box::new(|s, key, place, id| {
                let done =
                    s.operator(api_keys::rotate(&s.node, Actor::Operator, place, id, None, 600)).unwrap();
                assert!(done.is_ok());
                // It may still be used, and gives nothing that would outlive it.
                assert_eq!(s.app("api").exchanges_key(key, &[]).expect(400).error(), "invalid_request");
                assert_eq!(s.actor().get("/v1/auth/verify").bearer(key).send().status, 200);
            }),
        ),
        (
            "switched off",
            Box::new(|s, _, place, id| {
                let off = api_keys::set_disabled(&s.node, Actor::Operator, place, id, true);
                assert!(s.operator(off).unwrap().is_ok());
            }),
        ),
        (
            "deleted",
            Box::new(|s, _, place, id| {
                let done = s.operator(api_keys::delete(&s.node, Actor::Operator, place, id)).unwrap();
                assert!(done.is_ok());
            }),
        ),
        (
            "leaked",
            Box::new(|s, key, _, _| {
                let body = json!({"key": key});
                let _ = s.actor().post("/api/v1/keys/report-leaked").json(&body).send().expect(204);
            }),
        ),
        ("its owner disabled", Box::new(|s, _, _, _| alice_is_disabled(s))),
    ];
    for (name, end) in endings {
        let server = TestServer::start();
        let key = server.key("alice", |_| {});
        let once = server.app("api").exchanges_key(&key, &[]).expect(200).member("access_token");
        let id = unproved(&once)["origin"]["key"]["id"].as_str().unwrap().parse().unwrap();
        let [twice, thrice] = exchanged(&server, &once);
        let given = [once, thrice];
        are_believed(&server, &given, true, name);
        assert!(server.actor().is_believed(&twice));
        server.clock.advance(1);
        end(&server, &key, Place::Account(server.id_of("alice")), id);
        are_believed(&server, &given, false, name);
    }
}

#[test]
fn contract_9_what_becomes_of_a_key_becomes_of_what_it_was_exchanged_for() {
    let server = TestServer::start();
    let (key, alice) = (server.key("alice", |_| {}), server.id_of("alice"));
    let token = server.app("api").exchanges_key(&key, &[]).expect(200).member("access_token");
    let id: Uuid = unproved(&token)["origin"]["key"]["id"].as_str().unwrap().parse().unwrap();
    let scopes = || server.actor().verifies(&token).expect(200).json()["scopes"].clone();
    assert_eq!(scopes(), json!(["read", "write"]));
    let change = |change: KeyChange| {
        let place = Place::Account(alice);
        assert!(
            server
                .operator(api_keys::update(&server.node, Actor::Operator, place, id, change))
                .unwrap()
                .is_ok()
        );
    };
    change(KeyChange { scope: Some(Scope::from(["read"])), ..KeyChange::default() });
    assert_eq!(scopes(), json!(["read"]));
    let network = vec!["192.0.2.0/24".parse().unwrap()];
    change(KeyChange { ip_allow: Some(network), ..KeyChange::default() });
    assert_eq!(server.actor().verifies(&token).status, 403);
    let end = server.clock.now().plus_seconds(60);
    change(KeyChange { ip_allow: Some(Vec::new()), expires_at: Some(Some(end)), ..KeyChange::default() });
    assert!(server.actor().is_believed(&token));
    server.clock.advance(60);
    assert!(!server.actor().is_believed(&token));
}
