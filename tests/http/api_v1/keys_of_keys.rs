//! What a key may do with keys: never more than it allows itself (contract §9; security §3, 60).

use serde_json::{Value, json};

use super::{Caller, NOBODY, text, works};
use crate::support::actor::asks;
use crate::support::server::TestServer;

#[test]
fn contract_9_a_key_never_mints_a_wider_key() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let narrow = root.with_key(&json!({
        "name": "narrow", "scopes": ["read", "write"], "expires_in": 3600, "ip_allow": ["127.0.0.0/8"],
    }));
    for wish in [
        json!({"scopes": ["read", "write", "admin"]}),
        json!({"expires_in": 3601}),
        json!({"ip_allow": ["0.0.0.0/0"]}),
        json!({"ip_allow": ["127.0.0.1", "192.0.2.1"]}),
    ] {
        let mut body = wish.clone();
        body["name"] = json!("wide");
        let _ = narrow.post("/api/v1/keys", &body).expect(403);
    }
    let made = narrow.makes_key("/api/v1/keys", "child");
    let inherited = ["scopes", "expires_at", "ip_allow", "rate_limit"].map(|name| made[name].clone());
    let expected =
        [json!(["read", "write"]), json!("2027-01-15T09:00:00Z"), json!(["127.0.0.0/8"]), Value::Null];
    assert_eq!(inherited, expected);
    let _ = narrow
        .post("/api/v1/keys", &json!({"name": "less", "scopes": ["read"], "rate_limit": 5}))
        .expect(201);
}

#[test]
fn contract_9_a_key_neither_changes_nor_shows_itself_nor_takes_hold_of_a_wider_one() {
    let server = TestServer::with(&[("REVEAL_KEYS", "true")]);
    let alice = Caller::person(&server, "alice");
    let own = alice.makes_key("/api/v1/keys", "own");
    let wide = alice.makes_key("/api/v1/keys", "wide");
    let place = format!("/api/v1/keys/{}", text(&own, "id"));
    let key = Caller::with(&server, text(&own, "key"));
    let _ = key.patch(&place, &json!({"rate_limit": 1000})).expect(403);
    let _ = key.patch(&place, &json!({"expires_at": null})).expect(403);
    let _ = key.post(&format!("{place}/enable"), &Value::Null).expect(403);
    let _ = key.post(&format!("{place}/reveal"), &json!({"password": server.seed.password})).expect(403);
    let narrow = alice.with_key(&json!({"name": "narrow", "rate_limit": 5}));
    let wide_place = format!("/api/v1/keys/{}", text(&wide, "id"));
    for action in ["regenerate", "rotate", "enable"] {
        let _ = narrow.post(&format!("{wide_place}/{action}"), &Value::Null).expect(403);
    }
    assert!(works(&server, text(&wide, "key")));
    // What makes nothing wider is allowed.
    let fresh = key.post(&format!("{place}/regenerate"), &Value::Null).expect(200).member("key");
    let _ = Caller::with(&server, &fresh).delete(&place).expect(204);
    assert!(!works(&server, &fresh));
}

#[test]
fn contract_9_a_projects_key_makes_keys_of_its_project_at_either_address() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let project = |name: &str| {
        let made = alice.post("/api/v1/projects", &json!({"name": name})).expect(201).json();
        text(&made, "id").to_owned()
    };
    let (own, other) = (project("plants"), project("stones"));
    let key = alice.with_key(&json!({"name": "plants", "project_id": own}));
    for path in ["/api/v1/keys".to_owned(), format!("/api/v1/projects/{own}/keys")] {
        let made = key.post(&path, &json!({"name": "child", "project_id": own})).expect(201);
        assert_eq!(made.json()["project_id"], json!(own), "{path}");
        let place = format!("/api/v1/projects/{own}/keys/{}", made.member("id"));
        assert_eq!(made.the_header("location"), place, "{path}");
        let wide = json!({"name": "wide", "project_id": own, "scopes": ["read", "write", "admin"]});
        assert!(matches!(key.post(&path, &wide).status, 400 | 403), "{path}");
    }
    // Nowhere else: not in the account, not in another project, not in one that is hidden or is none.
    let _ = key.post("/api/v1/keys", &json!({"name": "a"})).expect(403);
    for elsewhere in [other.as_str(), NOBODY] {
        let body = json!({"name": "a", "project_id": elsewhere});
        let at_projects = key.post(&format!("/api/v1/projects/{elsewhere}/keys"), &body).status;
        assert_eq!((key.post("/api/v1/keys", &body).status, at_projects), (404, 404), "{elsewhere}");
    }
    let reader = alice.with_key(&json!({"name": "reader", "project_id": own, "scopes": ["read"]}));
    let _ =
        reader.post("/api/v1/keys", &json!({"name": "a", "project_id": own, "scopes": ["read"]})).expect(403);
    // The list of an account, and what is in it, stay none of its business.
    let _ = key.get("/api/v1/keys").expect(403);
}

#[test]
fn contract_9_the_owner_is_who_asks_and_looking_needs_read_changing_write() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let reader = alice.with_key(&json!({"name": "reader", "scopes": ["read"]}));
    let writer = alice.with_key(&json!({"name": "writer", "scopes": ["write"]}));
    for member in ["owner", "user_id", "user"] {
        let _ = alice.post("/api/v1/keys", &json!({"name": "a", member: NOBODY})).expect(400);
    }
    let refused = reader.post("/api/v1/keys", &json!({"name": "a", "scopes": ["read"]})).expect(403);
    assert!(refused.the_header("www-authenticate").contains("error=\"insufficient_scope\""));
    assert!(refused.the_header("www-authenticate").contains("scope=\"write\""));
    let _ = reader.get("/api/v1/keys").expect(200);
    let refused = writer.get("/api/v1/keys").expect(403);
    assert!(refused.the_header("www-authenticate").contains("scope=\"read\""));
    let _ = writer.post("/api/v1/keys", &json!({"name": "a", "scopes": ["write"]})).expect(201);
}

#[test]
fn contract_9_an_app_may_look_at_keys_and_no_more() {
    let server = TestServer::start();
    let browser = server.actor();
    let token = server.app("web").redeems(&browser.authorizes(&asks("web", &[])).code()).access;
    let alice = Caller::person(&server, "alice");
    let key = alice.makes_key("/api/v1/keys", "laptop");
    let app = Caller::with(&server, &token);
    assert_eq!(app.get("/api/v1/keys").expect(200).json()["data"].as_array().map(Vec::len), Some(1));
    let place = format!("/api/v1/keys/{}", text(&key, "id"));
    let _ = app.post("/api/v1/keys", &json!({"name": "a"})).expect(403);
    let _ = app.patch(&place, &json!({"name": "a"})).expect(403);
    let _ = app.post(&format!("{place}/regenerate"), &Value::Null).expect(403);
    let _ = app.delete(&place).expect(403);
    let _ = app.post("/api/v1/projects", &json!({"name": "a"})).expect(403);
}

#[test]
fn contract_3_a_cookie_changes_nothing_from_another_site() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.logs_in();
    let new = json!({"name": "a"});
    let foreign = [("sec-fetch-site", "cross-site")];
    let _ = alice.post("/api/v1/keys").headers(&foreign).json(&new).send().expect(403);
    let _ = alice
        .post("/api/v1/keys")
        .headers(&[("sec-fetch-site", "same-origin")])
        .json(&new)
        .send()
        .expect(201);
    let _ = alice.get("/api/v1/keys").headers(&foreign).send().expect(200);
}
