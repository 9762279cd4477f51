//! `POST /v1/auth/login`, `/v1/auth/refresh`, `/v1/auth/logout` (contract §4).

use serde_json::json;

use crate::support::exchange::Reply;
use crate::support::server::TestServer;

/// Exactly the three members; the token and the refresh token.
#[track_caller]
fn check(reply: Reply, expires_at: &str) -> (String, String) {
    let reply = reply.expect(200);
    let body = reply.json();
    let mut members: Vec<&String> = body.as_object().unwrap().keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["expires_at", "refresh_token", "token"]);
    assert_eq!(body["expires_at"], expires_at);
    assert_eq!(reply.the_header("cache-control"), "no-store");
    assert!(reply.set_cookies().is_empty(), "this door sets no cookies");
    (reply.member("token"), reply.member("refresh_token"))
}

#[test]
fn contract_4_login_answers_token_expiry_and_refresh_token() {
    let server = TestServer::start();
    for name in ["alice", "alice@example.com"] {
        let alice = server.actor();
        let body = json!({"username": name, "password": server.seed.password});
        // 1,800,000,000 seconds and one hour.
        let (token, _) = check(alice.post("/v1/auth/login").json(&body).send(), "2027-01-15T09:00:00Z");
        let verified = alice.verifies(&token).expect(200).json();
        assert_eq!(verified["auth_method"], "jwt");
        assert_eq!(verified["expires_at"], "2027-01-15T09:00:00Z");
    }
}

#[test]
fn contract_4_refresh_rotates_in_the_same_shape() {
    let server = TestServer::start();
    let alice = server.actor();
    let body = json!({"username": "alice", "password": server.seed.password});
    let (_, first) = check(alice.post("/v1/auth/login").json(&body).send(), "2027-01-15T09:00:00Z");
    server.clock.advance(60);
    let refresh = |token: &str| alice.post("/v1/auth/refresh").json(&json!({"refresh_token": token})).send();
    let (token, second) = check(refresh(&first), "2027-01-15T09:01:00Z");
    assert_ne!(first, second);
    assert!(alice.is_believed(&token));
    server.clock.advance(11);
    let replay = refresh(&first).expect(401);
    assert_eq!(replay.error(), "invalid_token");
    assert_eq!(refresh(&second).status, 401, "a replay ends the family");
    assert!(!alice.is_believed(&token), "and its access tokens");
}

#[test]
fn contract_4_wrong_logins_are_401_invalid_credentials() {
    let server = TestServer::start();
    let alice = server.actor();
    for (username, password) in [
        ("alice", "wrong horse battery"),
        ("nobody", server.seed.password.as_str()),
        ("dave", server.seed.password.as_str()),
        ("erin", server.seed.password.as_str()),
    ] {
        let reply =
            alice.post("/v1/auth/login").json(&json!({"username": username, "password": password})).send();
        assert_eq!((reply.status, reply.error()), (401, "invalid_credentials".into()), "{username}");
        assert_eq!(reply.the_header("cache-control"), "no-store");
    }
}

#[test]
fn contract_4_missing_members_are_400_and_forms_415() {
    let server = TestServer::start();
    let alice = server.actor();
    for body in [json!({}), json!({"username": "alice"}), json!({"password": "long enough, I think"})] {
        let reply = alice.post("/v1/auth/login").json(&body).send();
        assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()), "{body}");
    }
    let reply = alice.post("/v1/auth/refresh").json(&json!({})).send();
    assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()));
    let reply = alice.post("/v1/auth/login").form(&alice.credentials()).send().expect(415);
    assert_eq!(reply.json()["code"], 415);
}

#[test]
fn contract_4_logout_ends_the_login() {
    let server = TestServer::start();
    for way in ["bearer", "body"] {
        let alice = server.actor();
        let body = json!({"username": "alice", "password": server.seed.password});
        let (token, refresh) = check(alice.post("/v1/auth/login").json(&body).send(), "2027-01-15T09:00:00Z");
        let request = alice.post("/v1/auth/logout");
        let reply = match way {
            "bearer" => request.bearer(&token).send(),
            _ => request.json(&json!({"refresh_token": refresh})).send(),
        };
        assert_eq!(reply.status, 204, "{way}: {}", reply.text());
        assert!(!alice.is_believed(&token), "{way}");
        let reply = alice.post("/v1/auth/refresh").json(&json!({"refresh_token": refresh})).send();
        assert_eq!(reply.status, 401, "{way}");
    }
}

#[test]
fn contract_5_the_login_doors_take_no_clients_refresh_token() {
    let server = TestServer::start();
    let alice = server.actor();
    let code = alice.authorizes(&crate::support::actor::asks("spa", &[])).code();
    let tokens = server.app("spa").redeems(&code);
    for path in ["/v1/auth/refresh", "/auth/v1/refresh"] {
        let actor = server.actor();
        let reply = actor.post(path).json(&json!({"refresh_token": tokens.refresh})).send();
        assert_eq!((reply.status, reply.error()), (401, "invalid_token".into()), "{path}");
    }
    assert!(alice.is_believed(&tokens.access), "the app is not hurt by that");
    let login = alice.logs_in();
    assert_eq!(server.app("spa").refreshes(&login.refresh).expect(400).error(), "invalid_grant");
}
