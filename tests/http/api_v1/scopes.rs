//! `/api/v1/scopes`: the scopes of the operator's API (contract §14; RFC 6749 §3.3; decision 0018).

use serde_json::{Value, json};

use super::Caller;
use crate::support::server::TestServer;

on_both! {
    fn contract_14_scopes_are_registered_changed_and_removed(server) {
        let root = Caller::person(server, "root");
        let new = json!({"name": "files:list", "description": "list your files", "descriptions": {"de": "Dateien"}});
        let made = root.post("/api/v1/scopes", &new).expect(201);
        let place = made.the_header("location").to_owned();
        assert_eq!(place, "/api/v1/scopes/~66696c65733a6c697374", "no address has an escape");
        let mut expected = json!({
            "id": "~66696c65733a6c697374", "name": "files:list", "description": "list your files",
            "descriptions": {"de": "Dateien"}, "for_anybody": false, "declared": false,
            "created_at": "2027-01-15T08:00:00Z", "clients": 0, "keys": 0,
        });
        assert_eq!(made.json(), expected);
        assert_eq!(root.get(&place).expect(200).json(), expected);
        assert_eq!(root.get("/api/v1/scopes").expect(200).json(), json!({"data": [expected], "next": null}));
        // It can be asked for, and given to keys, at once.
        let client = json!({"client_id": "shop", "name": "Shop", "scopes": ["read", "files:list"]});
        let _ = root.post("/api/v1/clients", &client).expect(201);
        let _ = root.post("/api/v1/keys", &json!({"name": "lister", "scopes": ["files:list"]})).expect(201);
        (expected["clients"], expected["keys"]) = (json!(1), json!(1));
        let change = json!({"description": "see your files", "descriptions": {"de": null, "en": "see"}, "for_anybody": true});
        (expected["description"], expected["for_anybody"]) = (json!("see your files"), json!(true));
        expected["descriptions"] = json!({"en": "see"});
        assert_eq!(root.patch(&place, &change).expect(200).json(), expected);
        let _ = root.patch(&place, &json!({"descriptions": {"de": "Dateien"}})).expect(200);
        expected["descriptions"] = json!({"de": "Dateien", "en": "see"});
        assert_eq!(root.get(&place).expect(200).json(), expected, "what is left out stays");
        let _ = root.delete(&place).expect(204);
        for (method, body) in [("GET", Value::Null), ("PATCH", json!({})), ("DELETE", Value::Null)] {
            let _ = root.ask(method, &place, &body).expect(404);
        }
        assert_eq!(root.get("/api/v1/clients/shop").expect(200).json()["scopes"], json!(["read"]));
        for kind in ["scope_created", "scope_updated", "scope_removed"] {
            let trail = root.get(&format!("/api/v1/audit-events?kind={kind}")).expect(200).json();
            assert_eq!(trail["data"][0]["actor_name"], json!("root"), "{kind}");
        }
    }
}

#[test]
fn contract_14_what_cannot_be_registered_is_refused_with_what_to_do() {
    let server = TestServer::with(&[("SCOPES", "jobs=run jobs")]);
    let root = Caller::person(&server, "root");
    let listed = root.get("/api/v1/scopes/jobs").expect(200).json();
    assert_eq!((&listed["declared"], &listed["created_at"]), (&json!(true), &Value::Null));
    for (new, words) in [
        (json!({"name": "read", "description": "look"}), "built in"),
        (json!({"name": "a b", "description": "look"}), "RFC 6749"),
        (json!({"name": "a", "description": ""}), "one line"),
        (json!({"name": "a", "description": "knab \u{202e}"}), "characters that are seen"),
        (json!({"name": "a", "description": "look", "descriptions": {"fr": "regarder"}}), "en, de"),
        (json!({"name": "a", "description": "look", "keys": 7}), ""),
        (json!({"name": "a"}), "a member that is missing"),
    ] {
        let refused = root.post("/api/v1/scopes", &new).expect(400);
        assert!(refused.member("message").contains(words), "{new}: {}", refused.text());
    }
    for (method, body) in [("PATCH", json!({"for_anybody": true})), ("DELETE", Value::Null)] {
        let refused = root.ask(method, "/api/v1/scopes/jobs", &body).expect(409);
        assert!(refused.member("message").contains("the setting `scopes`"), "{}", refused.text());
    }
    let new = json!({"name": "jobs", "description": "run your jobs"});
    assert_eq!(root.post("/api/v1/scopes", &new).expect(201).json()["declared"], json!(true));
    let _ = root.post("/api/v1/scopes", &new).expect(409);
    assert_eq!(
        root.patch("/api/v1/scopes/jobs", &json!({"for_anybody": true})).expect(200).json()["for_anybody"],
        json!(true)
    );
    let _ = root.delete("/api/v1/scopes/jobs").expect(204);
    assert_eq!(
        root.get("/api/v1/scopes/jobs").expect(200).json()["description"],
        "run jobs",
        "it stands there still"
    );
    for part in ["~6a6f6273", "~zz", "~6A", "read"] {
        let _ = root.get(&format!("/api/v1/scopes/{part}")).expect(404);
    }
}

#[test]
fn contract_7_only_administrators_change_scopes_and_only_with_both_rights() {
    let server = TestServer::start();
    let (root, alice) = (Caller::person(&server, "root"), Caller::person(&server, "alice"));
    let new = json!({"name": "files", "description": "list your files"});
    let _ = root.post("/api/v1/scopes", &new).expect(201);
    let looks = root.with_key(&json!({"name": "looks", "scopes": ["admin"]}));
    let _ = looks.get("/api/v1/scopes/files").expect(200);
    for caller in [&alice, &looks] {
        let _ = caller.post("/api/v1/scopes", &json!({"name": "x", "description": "x"})).expect(403);
        let _ = caller.patch("/api/v1/scopes/files", &json!({"for_anybody": true})).expect(403);
        let _ = caller.delete("/api/v1/scopes/files").expect(403);
    }
    let _ = alice.get("/api/v1/scopes/files").expect(403);
    assert_eq!(root.get("/api/v1/scopes").expect(200).json()["data"].as_array().map(Vec::len), Some(1));
}
