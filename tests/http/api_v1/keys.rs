//! `/api/v1/keys`: the life of a key (contract §9).

use serde_json::{Value, json};

use super::{Caller, NOBODY, text, works};
use crate::support::server::TestServer;

on_both! {
    fn contract_9_a_key_is_made_shown_changed_and_removed(server) {
        let alice = Caller::person(server, "alice");
        let made = alice.post("/api/v1/keys", &json!({
            "name": "laptop", "scopes": ["read"], "expires_in": 86_400, "environment": "staging",
            "ip_allow": ["127.0.0.1", "2001:db8::/32"], "rate_limit": 500, "metadata": {"team": "blue"},
        })).expect(201);
        let key = made.json();
        let place = format!("/api/v1/keys/{}", text(&key, "id"));
        assert_eq!(made.the_header("location"), place);
        assert_eq!(made.the_header("cache-control"), "no-store");
        let secret = text(&key, "key").to_owned();
        assert!(secret.starts_with("sk_") && secret.len() == 32);
        let hint = format!("sk_...{}", &secret[26..]);
        let mut expected = json!({
            "id": key["id"], "name": "laptop", "hint": hint, "status": "active", "scopes": ["read"],
            "user_id": alice.id(), "project_id": null, "environment": "staging",
            "ip_allow": ["127.0.0.1/32", "2001:db8::/32"], "rate_limit": 500, "metadata": {"team": "blue"},
            "created_at": "2027-01-15T08:00:00Z", "expires_at": "2027-01-16T08:00:00Z", "last_used_at": null,
            "rotate_by": "2027-04-15T08:00:00Z", "rotation_due": false,
        });
        assert_eq!(alice.get(&place).expect(200).json(), expected);
        assert_eq!(alice.get("/api/v1/keys").expect(200).json(), json!({"data": [expected], "next": null}));
        assert!(works(server, &secret));

        let change = json!({"name": "desk", "expires_at": null, "environment": null, "rate_limit": null, "ip_allow": []});
        let changed = alice.patch(&place, &change).expect(200).json();
        for (name, value) in [
            ("name", json!("desk")), ("expires_at", Value::Null), ("environment", Value::Null),
            ("rate_limit", Value::Null), ("ip_allow", json!([])), ("last_used_at", json!("2027-01-15T08:00:00Z")),
        ] {
            expected[name] = value;
        }
        assert_eq!(changed, expected);
        let until = json!({"expires_at": "2027-02-01T01:00:00+01:00"});
        assert_eq!(text(&alice.patch(&place, &until).expect(200).json(), "expires_at"), "2027-02-01T00:00:00Z");

        assert_eq!(alice.delete(&place).expect(204).text(), "");
        assert!(!works(server, &secret));
        let _ = alice.get(&place).expect(404);
        let _ = alice.delete(&place).expect(404);
    }

    fn contract_9_a_key_is_switched_off_and_on(server) {
        let alice = Caller::person(server, "alice");
        let key = alice.makes_key("/api/v1/keys", "laptop");
        let (place, secret) = (format!("/api/v1/keys/{}", text(&key, "id")), text(&key, "key"));
        assert!(works(server, secret));
        let off = alice.post(&format!("{place}/disable"), &Value::Null).expect(200).json();
        assert_eq!((text(&off, "status"), off.get("key")), ("disabled", None));
        assert!(!works(server, secret));
        assert_eq!(text(&alice.post(&format!("{place}/enable"), &json!({})).expect(200).json(), "status"), "active");
        assert!(works(server, secret));
    }

    fn contract_9_regenerate_kills_the_old_secret_and_rotate_lets_it_overlap(server) {
        let alice = Caller::person(server, "alice");
        let key = alice.makes_key("/api/v1/keys", "laptop");
        let (place, first) = (format!("/api/v1/keys/{}", text(&key, "id")), text(&key, "key"));
        assert!(works(server, first));
        let reply = alice.post(&format!("{place}/regenerate"), &Value::Null).expect(200);
        assert_eq!(reply.the_header("cache-control"), "no-store");
        let second = reply.member("key");
        assert!(!works(server, first) && works(server, &second));
        let third = alice.post(&format!("{place}/rotate"), &json!({"overlap_seconds": 60})).expect(200).member("key");
        assert!(works(server, &second) && works(server, &third));
        server.clock.advance(60);
        assert!(!works(server, &second) && works(server, &third));
        let fourth = alice.post(&format!("{place}/rotate"), &Value::Null).expect(200).member("key");
        assert!(!works(server, &third) && works(server, &fourth));
        for overlap in [-1, 604_801] {
            let _ = alice.post(&format!("{place}/rotate"), &json!({"overlap_seconds": overlap})).expect(400);
        }
    }

    fn contract_9_whoever_has_a_leaked_key_can_end_it(server) {
        let alice = Caller::person(server, "alice");
        let key = alice.makes_key("/api/v1/keys", "laptop");
        let stranger = Caller::with(server, "");
        for other in ["", "sk_x", "alice:0123456789abcdef", text(&key, "hint")] {
            let _ = stranger.post("/api/v1/keys/report-leaked", &json!({"key": other})).expect(204);
        }
        assert!(works(server, text(&key, "key")));
        let report = json!({"key": text(&key, "key")});
        assert_eq!(stranger.post("/api/v1/keys/report-leaked", &report).expect(204).text(), "");
        assert!(!works(server, text(&key, "key")));
        let place = format!("/api/v1/keys/{}", text(&key, "id"));
        assert_eq!(text(&alice.get(&place).expect(200).json(), "status"), "revoked");
        let _ = alice.post(&format!("{place}/enable"), &Value::Null).expect(403);
        let _ = alice.delete(&place).expect(204);
    }
}

#[test]
fn contract_9_what_breaks_a_rule_is_400_and_says_which() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    for (body, words) in [
        (json!({"name": ""}), "1 to 100"),
        (json!({"name": "x".repeat(101)}), "1 to 100"),
        (json!({"name": "a", "scopes": []}), "scope"),
        (json!({"name": "a", "scopes": ["admin"]}), "scope"),
        (json!({"name": "a", "scopes": ["read write"]}), "scope"),
        (json!({"name": "a", "expires_in": 0}), "future"),
        (json!({"name": "a", "expires_in": -5}), "future"),
        (json!({"name": "a", "expires_at": "2020-01-01T00:00:00Z"}), "future"),
        (json!({"name": "a", "expires_at": "soon"}), "RFC 3339"),
        (json!({"name": "a", "expires_in": 5, "expires_at": "2030-01-01T00:00:00Z"}), "not both"),
        (json!({"name": "a", "ip_allow": ["example.com"]}), "ip_allow"),
        (json!({"name": "a", "rate_limit": 0}), "rate limit"),
        (json!({"name": "a", "rate_limit": 1001}), "rate limit"),
        (json!({"name": "a", "environment": "a b"}), "environment"),
        (json!({"name": "a", "user_id": NOBODY}), "not known"),
        (json!({"name": "a", "metadata": {"x": 1}}), "another type"),
    ] {
        let reply = alice.post("/api/v1/keys", &body).expect(400);
        let message = reply.member("message");
        assert!(message.contains(words), "{body}: {message}");
        assert_eq!(reply.json(), json!({"message": message, "status": 400}));
    }
    assert_eq!(alice.get("/api/v1/keys").expect(200).json()["data"], json!([]));
}

#[test]
fn contract_9_other_peoples_keys_are_not_there() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let bob = Caller::person(&server, "bob");
    let key = alice.makes_key("/api/v1/keys", "laptop");
    let own = format!("/api/v1/keys/{}", text(&key, "id"));
    let none = format!("/api/v1/keys/{NOBODY}");
    for (method, below, body) in [
        ("GET", "", Value::Null),
        ("PATCH", "", json!({"name": "mine"})),
        ("DELETE", "", Value::Null),
        ("POST", "/regenerate", Value::Null),
        ("POST", "/rotate", Value::Null),
        ("POST", "/disable", Value::Null),
        ("POST", "/enable", Value::Null),
    ] {
        let (theirs, nobodys) = (
            bob.ask(method, &format!("{own}{below}"), &body).expect(404),
            bob.ask(method, &format!("{none}{below}"), &body).expect(404),
        );
        assert_eq!(theirs.body, nobodys.body, "{method} {below}");
    }
    assert!(works(&server, text(&key, "key")));
    assert_eq!(bob.get("/api/v1/keys").expect(200).json()["data"], json!([]));
}

#[test]
fn contract_2_a_secret_is_shown_again_only_where_the_operator_allows_it_and_with_the_password() {
    let off = TestServer::start();
    let alice = Caller::person(&off, "alice");
    let key = alice.makes_key("/api/v1/keys", "laptop");
    let reveal = format!("/api/v1/keys/{}/reveal", text(&key, "id"));
    let password = json!({"password": off.seed.password});
    let _ = alice.post(&reveal, &password).expect(403);

    let on = TestServer::with(&[("REVEAL_KEYS", "true")]);
    let alice = Caller::person(&on, "alice");
    let key = alice.makes_key("/api/v1/keys", "laptop");
    let reveal = format!("/api/v1/keys/{}/reveal", text(&key, "id"));
    let shown = alice.post(&reveal, &json!({"password": on.seed.password})).expect(200);
    let root = Caller::person(&on, "root");
    let event = root.get("/api/v1/audit-events?kind=key_revealed").expect(200).json()["data"][0].clone();
    assert_eq!(["actor_name", "address"].map(|name| text(&event, name)), ["alice", "127.0.0.1"]);
    assert_eq!(
        (shown.member("key"), shown.the_header("cache-control")),
        (text(&key, "key").to_owned(), "no-store")
    );
    let _ = alice.post(&reveal, &json!({"password": "wrong horse battery staple"})).expect(403);
    let with_key = Caller::with(&on, text(&key, "key"));
    let _ = with_key.post(&reveal, &json!({"password": on.seed.password})).expect(403);
    let throttled = (0..30).any(|_| {
        let reply = alice.post(&reveal, &json!({"password": "wrong horse battery staple"}));
        reply.status == 429 && reply.header("retry-after").is_some()
    });
    assert!(throttled, "a password can be guessed here");
}

#[test]
fn contract_9_a_secret_older_than_90_days_is_marked() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let key = alice.makes_key("/api/v1/keys", "laptop");
    let place = format!("/api/v1/keys/{}", text(&key, "id"));
    server.clock.advance(90 * 86_400);
    let holder = Caller::with(&server, text(&key, "key"));
    assert_eq!(holder.get(&place).expect(200).json()["rotation_due"], json!(true));
    let rotated = holder.post(&format!("{place}/regenerate"), &Value::Null).expect(200).json();
    assert_eq!(rotated["rotation_due"], json!(false));
}

#[test]
fn contract_9_a_key_past_its_end_gets_no_secret_that_would_be_dead_at_birth() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let made = alice.post("/api/v1/keys", &json!({"name": "short", "expires_in": 10})).expect(201);
    let place = format!("/api/v1/keys/{}", made.member("id"));
    let _ = alice.post(&format!("{place}/disable"), &Value::Null).expect(200);
    server.clock.advance(10);
    for verb in ["regenerate", "rotate", "enable"] {
        let reply = alice.post(&format!("{place}/{verb}"), &Value::Null).expect(409);
        assert!(reply.member("message").contains("another end first"), "{verb}: {}", reply.text());
    }
    let _ = alice.patch(&place, &json!({"expires_in": 3600})).expect(200);
    let _ = alice.post(&format!("{place}/enable"), &Value::Null).expect(200);
    assert!(works(&server, &made.member("key")));
    for verb in ["regenerate", "rotate"] {
        let replaced = alice.post(&format!("{place}/{verb}"), &Value::Null).expect(200).member("key");
        assert!(works(&server, &replaced), "{verb}");
    }
}

#[test]
fn contract_9_what_a_key_cannot_be_without_is_not_removed() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let place = format!("/api/v1/keys/{}", text(&alice.makes_key("/api/v1/keys", "laptop"), "id"));
    for member in ["name", "scopes", "ip_allow", "metadata"] {
        let _ = alice.patch(&place, &json!({ member: null })).expect(400);
    }
    assert_eq!(text(&alice.get(&place).expect(200).json(), "name"), "laptop");
}
