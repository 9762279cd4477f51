//! `/api/v1/users`, `/api/v1/clients`, `/api/v1/audit-events`: for administrators (contract §1, §7, §14).

use serde_json::{Value, json};

use super::{Caller, NOBODY, text};
use crate::support::actor::asks;
use crate::support::server::TestServer;

#[test]
fn contract_7_only_administrators_with_the_scope_get_in() {
    let server = TestServer::start();
    let (root, alice) = (Caller::person(&server, "root"), Caller::person(&server, "alice"));
    let plain = root.with_key(&json!({"name": "plain", "scopes": ["read", "write"]}));
    let admin = root.with_key(&json!({"name": "admin", "scopes": ["admin"]}));
    let robot = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    let robot = Caller::with(&server, &robot);
    for path in ["/api/v1/users", "/api/v1/clients", "/api/v1/scopes", "/api/v1/audit-events"] {
        let _ = root.get(path).expect(200);
        let _ = admin.get(path).expect(200);
        for caller in [&alice, &plain, &robot] {
            let _ = caller.get(path).expect(403);
        }
        let _ = Caller::with(&server, "").get(path).expect(401);
    }
    let challenge = plain.get("/api/v1/users").the_header("www-authenticate").to_owned();
    assert!(challenge.contains("scope=\"admin\""), "{challenge}");
}

on_both! {
    fn contract_14_accounts_are_made_listed_and_switched_off(server) {
        let root = Caller::person(server, "root");
        let made = root.post("/api/v1/users", &json!({"username": "carol", "email": "carol@example.com"})).expect(201);
        assert_eq!(made.the_header("cache-control"), "no-store");
        let place = made.the_header("location").to_owned();
        assert!(made.member("password").len() > 15);
        let mut expected = json!({
            "id": made.member("id"), "username": "carol", "email": "carol@example.com", "is_admin": false,
            "disabled": false, "created_at": "2027-01-15T08:00:00Z",
        });
        assert_eq!(root.get(&place).expect(200).json(), expected);
        let all = root.get("/api/v1/users").expect(200).json();
        assert_eq!(all["data"][0], expected);
        assert_eq!(all["data"].as_array().map(Vec::len), Some(7));

        let bob = Caller::person(server, "bob");
        let bobs = format!("/api/v1/users/{}", bob.id());
        let off = root.patch(&bobs, &json!({"disabled": true})).expect(200).json();
        assert_eq!(off["disabled"], json!(true));
        assert!(!bob.is_believed());
        let _ = bob.get("/api/v1/account").expect(401);
        let _ = root.patch(&bobs, &json!({"disabled": false})).expect(200);
        let given = json!({"username": "dan", "email": "dan@example.com", "password": "a short sentence works",
            "is_admin": true});
        let dan = root.post("/api/v1/users", &given).expect(201).json();
        assert_eq!((dan.get("password"), &dan["is_admin"]), (None, &json!(true)));
        expected["disabled"] = json!(true);
        assert_eq!(root.patch(&place, &json!({"disabled": true})).expect(200).json(), expected);
    }

    fn contract_14_clients_are_registered_changed_and_removed(server) {
        let root = Caller::person(server, "root");
        let new = json!({"client_id": "shop", "name": "Shop", "redirect_uris": ["https://shop.example/done"],
            "scopes": ["read"]});
        let made = root.post("/api/v1/clients", &new).expect(201);
        assert_eq!((made.the_header("location"), made.the_header("cache-control")), ("/api/v1/clients/shop", "no-store"));
        assert!(made.member("client_secret").starts_with("pcs_"));
        let mut expected = made.json();
        expected.as_object_mut().unwrap().remove("client_secret");
        assert_eq!(expected, json!({
            "client_id": "shop", "name": "Shop", "public": false, "redirect_uris": ["https://shop.example/done"],
            "grants": ["authorization_code", "refresh_token"], "scopes": ["read"], "auth_method": null,
            "require_pkce": true, "resource_server": false, "resources": [], "resource_description": null, "rate_limit": null, "disabled": false,
            "previous_secret_until": null, "created_at": "2027-01-15T08:00:00Z", "default_scopes": ["read"],
            "jwks": null, "jwks_uri": null, "id_token_signed_response_alg": null, "userinfo_signed_response_alg": null,
            "introspection_signed_response_alg": null, "request_object_signing_alg": null,
            "require_signed_request_object": false, "require_pushed_authorization_requests": false,
            "response_modes": [], "dpop_bound_access_tokens": false, "fapi": false, "subject_type": null,
            "sector_identifier_uri": null, "default_max_age": null, "post_logout_redirect_uris": [],
            "backchannel_logout_uri": null, "backchannel_logout_session_required": false, "client_uri": null,
            "logo_uri": null, "tos_uri": null, "policy_uri": null, "contacts": [], "describes_itself": false, "registered_itself": false,
        }));
        assert_eq!(root.get("/api/v1/clients/shop").expect(200).json(), expected);
        let changed = root.patch("/api/v1/clients/shop", &json!({"name": "Store", "public": true})).expect(200).json();
        assert_eq!((text(&changed, "name"), &changed["public"], changed.get("client_secret")), ("Store", &json!(true), None));
        let back = root.patch("/api/v1/clients/shop", &json!({"public": false})).expect(200);
        assert!(back.member("client_secret").starts_with("pcs_"));
        let one = back.member("client_secret");
        let fails = |secret: &str| {
            let none = [("grant_type", "authorization_code"), ("code", "none")];
            server.actor().post("/oauth/token").basic("shop", secret).form(&none).send().error()
        };
        let two = root.post("/api/v1/clients/shop/secret", &json!({"overlap_seconds": 60})).expect(200);
        assert_eq!(two.json()["previous_secret_until"], json!("2027-01-15T08:01:00Z"));
        assert_eq!((two.the_header("cache-control"), fails(&one), fails(&two.member("client_secret"))), ("no-store", "invalid_grant".into(), "invalid_grant".into()));
        let _ = root.delete("/api/v1/clients/shop/secret/previous").expect(204);
        assert_eq!((fails(&one), fails(&two.member("client_secret"))), ("invalid_client".into(), "invalid_grant".into()));
        assert_eq!(root.get("/api/v1/clients/shop").expect(200).json()["previous_secret_until"], Value::Null);
        for odd in [-1, 604_801] {
            let _ = root.post("/api/v1/clients/shop/secret", &json!({"overlap_seconds": odd})).expect(400);
        }
        let _ = root.post("/api/v1/clients/spa/secret", &Value::Null).expect(400);
        let _ = root.delete("/api/v1/clients/shop").expect(204);
        for (method, body) in [("GET", Value::Null), ("PATCH", json!({})), ("DELETE", Value::Null)] {
            for gone in ["shop", "a%00b", "%c3%bc"] {
                let _ = root.ask(method, &format!("/api/v1/clients/{gone}"), &body).expect(404);
            }
        }
        // A NUL, a line feed, a letter that is none of ASCII's.
        for cursor in ["YQBi", "YQo", "w7w"] {
            let _ = root.get(&format!("/api/v1/clients?cursor={cursor}")).expect(400);
        }
        let odd = json!({"client_id": "a._~-Z9", "name": "Odd"});
        let place = root.post("/api/v1/clients", &odd).expect(201).the_header("location").to_owned();
        let _ = root.get(&place).expect(200);
    }

    fn contract_14_the_last_administrator_stays(server) {
        let root = Caller::person(server, "root");
        let roots = format!("/api/v1/users/{}", root.id());
        let refused = root.patch(&roots, &json!({"disabled": true})).expect(409);
        assert!(refused.member("message").contains("last administrator"), "{}", refused.text());
        let other = json!({"username": "dan", "email": "dan@example.com", "is_admin": true});
        let _ = root.post("/api/v1/users", &other).expect(201);
        let _ = root.patch(&roots, &json!({"disabled": true})).expect(200);
    }
}

/// Whatever an administrator can change.
fn changes() -> [(&'static str, String, Value); 7] {
    let path = |end: &str| format!("/api/v1/{end}");
    [
        ("POST", path("users"), json!({"username": "carol", "email": "carol@example.com"})),
        ("PATCH", path(&format!("users/{NOBODY}")), json!({"disabled": true})),
        ("POST", path("clients"), json!({"client_id": "shop", "name": "Shop"})),
        ("PATCH", path("clients/web"), json!({"name": "Web"})),
        ("POST", path("clients/web/secret"), json!({})),
        ("DELETE", path("clients/web/secret/previous"), Value::Null),
        ("DELETE", path("clients/spa"), Value::Null),
    ]
}

#[test]
fn contract_7_administration_takes_write_beside_admin_and_no_app() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let _ = root.patch("/api/v1/clients/web", &json!({"scopes": ["read", "write", "admin"]})).expect(200);
    let query = asks("web", &[("scope", "read write admin")]);
    let code = server.actor().named("root").authorizes(&query).code();
    let app = Caller::with(&server, &server.app("web").redeems(&code).access);
    let looks = root.with_key(&json!({"name": "looks", "scopes": ["read", "admin"]}));
    for (method, path, body) in changes() {
        for caller in [&app, &looks] {
            let _ = caller.ask(method, &path, &body).expect(403);
        }
    }
    let _ = app.get("/api/v1/users").expect(200);
    let whole = root.with_key(&json!({"name": "whole", "scopes": ["read", "write", "admin"]}));
    for (method, path, body) in changes() {
        let status = whole.ask(method, &path, &body).status;
        assert!(matches!(status, 200 | 201 | 204 | 404), "{method} {path}: {status}");
    }
}

#[test]
fn contract_9_a_key_makes_and_switches_on_no_administrator() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let key = root.with_key(&json!({"name": "k", "scopes": ["read", "write", "admin"], "expires_in": 60}));
    let dan = json!({"username": "dan", "email": "dan@example.com", "is_admin": true});
    let _ = key.post("/api/v1/users", &dan).expect(403);
    let place = root.post("/api/v1/users", &dan).expect(201).the_header("location").to_owned();
    let _ = key.patch(&place, &json!({"disabled": true})).expect(200);
    let _ = key.patch(&place, &json!({"disabled": false})).expect(403);
    let _ = root.patch(&place, &json!({"disabled": false})).expect(200);
    let carol = json!({"username": "carol", "email": "carol@example.com"});
    let place = key.post("/api/v1/users", &carol).expect(201).the_header("location").to_owned();
    let _ = key.patch(&place, &json!({"disabled": true})).expect(200);
    let _ = key.patch(&place, &json!({"disabled": false})).expect(200);
}

/// What it gave away would outlive it, and with an overlap nobody would notice.
#[test]
fn contract_9_a_key_that_is_bound_replaces_no_clients_secret() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let wide = json!({"name": "k", "scopes": ["read", "write", "admin"]});
    for bound in [("expires_in", json!(60)), ("ip_allow", json!(["127.0.0.0/8"])), ("rate_limit", json!(50))]
    {
        let mut body = wide.clone();
        body[bound.0] = bound.1;
        let _ = root
            .with_key(&body)
            .post("/api/v1/clients/web/secret", &json!({"overlap_seconds": 60}))
            .expect(403);
    }
    let _ =
        root.with_key(&wide).post("/api/v1/clients/web/secret", &json!({"overlap_seconds": 60})).expect(200);
}

#[test]
fn security_i6_every_change_says_who_made_it_and_from_where() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let other = Caller::person(&server, "root");
    let key = root.with_key(&json!({"name": "k", "scopes": ["read", "write", "admin"]}));
    let key_id = root.get("/api/v1/keys").expect(200).json()["data"][0]["id"].as_str().unwrap().to_owned();
    let me = root.id();
    for (caller, kind, through) in [(&root, "person", Value::Null), (&key, "key", json!(key_id))] {
        let name = format!("by-{kind}");
        let new = json!({"username": name, "email": format!("{name}@example.com")});
        let user = caller.post("/api/v1/users", &new).expect(201).the_header("location").to_owned();
        let _ = caller.patch(&user, &json!({"disabled": true})).expect(200);
        let _ = caller.patch(&user, &json!({"disabled": false})).expect(200);
        let _ = caller.post("/api/v1/clients", &json!({"client_id": "shop", "name": "Shop"})).expect(201);
        let _ = caller.patch("/api/v1/clients/shop", &json!({"name": "Store"})).expect(200);
        let _ = caller.delete("/api/v1/clients/shop").expect(204);
        let project = caller.makes_project(false);
        let inside = format!("/api/v1/projects/{project}");
        let _ = caller.patch(&inside, &json!({"name": "Plants"})).expect(200);
        let added = caller.post(&format!("{inside}/members"), &json!({"user": "bob", "role": "viewer"}));
        assert_eq!(added.expect(201).header("location"), None);
        let _ = caller.delete(&inside).expect(204);
        let list = root.get("/api/v1/audit-events?limit=10").expect(200).json();
        let expected = [
            ("project_deleted", Some("Plants")),
            ("member_added", Some("Plants, viewer")),
            ("project_updated", Some("Plants")),
            ("project_created", Some("Genomes")),
            ("client_deleted", None),
            ("client_updated", None),
            ("client_created", None),
            ("user_enabled", None),
            ("user_disabled", None),
            ("user_created", None),
        ];
        for (event, (happened, detail)) in list["data"].as_array().unwrap().iter().zip(expected) {
            assert_eq!((text(event, "kind"), event["detail"].as_str()), (happened, detail));
            let who = ["actor_kind", "actor_id", "actor_name", "actor_through", "address"];
            let who = who.map(|name| event[name].clone());
            assert_eq!(who, [json!(kind), json!(me), json!("root"), through.clone(), json!("127.0.0.1")]);
        }
    }
    let session = root.get("/api/v1/sessions").expect(200).json();
    let ended = session["data"].as_array().unwrap().iter().find(|one| one["current"] != true).unwrap();
    let _ = root.delete(&format!("/api/v1/sessions/{}", text(ended, "id"))).expect(204);
    assert!(!other.is_believed());
    let newest = root.get("/api/v1/audit-events?limit=1").expect(200).json()["data"][0].clone();
    let said = ["kind", "actor_kind", "actor_name", "address"].map(|name| text(&newest, name));
    assert_eq!(said, ["grant_revoked", "person", "root", "127.0.0.1"]);
}

#[test]
fn contract_14_what_breaks_a_rule_says_which() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let users = "/api/v1/users";
    for (path, body, status) in [
        (users, json!({"username": "a:b", "email": "a@example.com"}), 400),
        (users, json!({"username": "carol", "email": "carol"}), 400),
        (users, json!({"username": "carol", "email": "c@example.com", "password": "short"}), 400),
        (users, json!({"username": "carol"}), 400),
        (users, json!({"username": "ALICE", "email": "c@example.com"}), 409),
        (users, json!({"username": "carol", "email": "alice@example.com"}), 409),
        ("/api/v1/clients", json!({"name": ""}), 400),
        ("/api/v1/clients", json!({"name": "a", "grants": ["password"]}), 400),
        ("/api/v1/clients", json!({"name": "a", "auth_method": "magic"}), 400),
        ("/api/v1/clients", json!({"name": "a", "scopes": ["a b"]}), 400),
        ("/api/v1/clients", json!({"name": "a", "redirect_uris": ["/relative"]}), 400),
        ("/api/v1/clients", json!({"name": "a", "client_id": "web"}), 409),
        ("/api/v1/clients", json!({"name": "a", "client_id": "a b"}), 400),
        ("/api/v1/clients", json!({"name": "a", "client_id": "a/b"}), 400),
        ("/api/v1/clients", json!({"name": "a", "client_id": "a?b"}), 400),
        ("/api/v1/clients", json!({"name": "a", "client_id": "a%2fb"}), 400),
        ("/api/v1/clients", json!({"name": "a", "client_id": ".."}), 400),
        ("/api/v1/clients", json!({"name": "a", "client_id": ""}), 400),
        ("/api/v1/clients", json!({"name": "a", "client_id": "x".repeat(129)}), 400),
    ] {
        let reply = root.post(path, &body).expect(status);
        assert_eq!(reply.json()["status"], json!(status), "{body}");
    }
    let _ = root.patch("/api/v1/clients/web", &json!({"grants": ["password"]})).expect(400);
    for id in [NOBODY, "x"] {
        let _ = root.get(&format!("{users}/{id}")).expect(404);
        let _ = root.patch(&format!("{users}/{id}"), &json!({"disabled": true})).expect(404);
    }
}

#[test]
fn security_i6_what_happened_is_listed_and_can_be_searched() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let alice = Caller::person(&server, "alice");
    let project = alice.makes_project(false);
    let key = alice.makes_key(&format!("/api/v1/projects/{project}/keys"), "a");
    let newest = root.get("/api/v1/audit-events?limit=1").expect(200).json()["data"][0].clone();
    let expected = json!({
        "id": newest["id"], "at": "2027-01-15T08:00:00Z", "kind": "key_created", "user_id": alice.id(),
        "client_id": null, "key_id": key["id"], "project_id": project, "address": "127.0.0.1",
        "detail": format!("a ({})", text(&key, "hint")), "actor_kind": "person", "actor_id": alice.id(), "actor_name": "alice",
        "actor_through": null,
    });
    assert_eq!(newest, expected);
    let kinds = |query: &str| -> Vec<String> {
        let list = root.get(&format!("/api/v1/audit-events?limit=100&{query}")).expect(200).json();
        list["data"].as_array().unwrap().iter().map(|event| text(event, "kind").to_owned()).collect()
    };
    assert_eq!(kinds("kind=key_created"), ["key_created"]);
    let hers = kinds(&format!("user_id={}", alice.id()));
    assert_eq!(hers, ["key_created", "project_created", "login_succeeded", "user_created"]);
    assert_eq!(kinds(&format!("user_id={}&kind=project_created", alice.id())), ["project_created"]);
    assert_eq!(kinds(&format!("user_id={NOBODY}")), [""; 0]);
    let _ = root.get("/api/v1/audit-events?user_id=alice").expect(400);
    for bad in ["kinds=x", "kind=x", "kind=key_create"] {
        let _ = root.get(&format!("/api/v1/audit-events?{bad}")).expect(400);
    }
}
