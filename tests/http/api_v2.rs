//! `POST /api/v2/api-keys`: CoCalc's own call, under our rules (contract §1, §9).

use portcullis::account::project::Role;
use serde_json::{Value, json};

use crate::support::exchange::Reply;
use crate::support::server::TestServer;

const PATH: &str = "/api/v2/api-keys";

fn calls(server: &TestServer, key: &str, call: &Value) -> Reply {
    let reply = server.actor().post(PATH).basic(key, "").json(call).send();
    if let Some(secret) = reply.json()["response"][0]["secret"].as_str() {
        server.secrets.add(secret);
    }
    reply
}

fn status(server: &TestServer, key: &str, call: &Value) -> u16 {
    calls(server, key, call).status
}

/// The one key of an answer.
#[track_caller]
fn one(reply: Reply) -> Value {
    let body = reply.expect(200).json();
    assert_eq!(body["response"].as_array().map(Vec::len), Some(1), "{body}");
    body["response"][0].clone()
}

on_both! {
    fn contract_1_a_keys_life_in_cocalcs_words(server) {
        let key = server.key("alice", |_| ());
        let made = one(calls(server, &key, &json!({ "action": "create", "name": "night", "expire": "2027-06-01T00:00:00.000Z" })));
        let mut members: Vec<&String> = made.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(members, ["account_id", "created", "expire", "id", "last_active", "name", "secret", "trunc"]);
        let (id, secret) = (made["id"].clone(), made["secret"].as_str().unwrap().to_owned());
        assert_eq!((made["expire"].as_str(), secret.len()), (Some("2027-06-01T00:00:00Z"), 32));
        assert_eq!(made["trunc"], format!("sk_...{}", &secret[26..]));
        assert_eq!(server.actor().get("/v1/auth/verify").basic(&secret, "").send().status, 200);

        let edited = calls(server, &key, &json!({ "action": "edit", "id": id, "name": "day", "expire": null }));
        assert_eq!(edited.expect(200).text(), "{}");
        let got = one(calls(server, &key, &json!({ "action": "get", "id": id })));
        assert_eq!((&got["name"], &got["expire"], &got["secret"]), (&json!("day"), &Value::Null, &Value::Null));
        let unchanged = calls(server, &key, &json!({ "action": "edit", "id": id })).expect(200);
        assert_eq!(unchanged.text(), "{}");
        assert_eq!(one(calls(server, &key, &json!({ "action": "get", "id": id })))["name"], "day");
        let list = calls(server, &key, &json!({ "action": "get" })).expect(200).json();
        assert_eq!(list["response"].as_array().unwrap().len(), 2);

        let gone = calls(server, &key, &json!({ "action": "delete", "id": id })).expect(200);
        assert_eq!(gone.text(), "{}");
        assert_eq!(server.actor().get("/v1/auth/verify").basic(&secret, "").send().status, 401);
        for action in ["get", "edit", "delete"] {
            let reply = calls(server, &key, &json!({ "action": action, "id": id, "name": "x" })).expect(404);
            let body = reply.json();
            assert_eq!((&body["error"], &body["status"]), (&body["message"], &json!(404)), "{action}");
        }
    }
}

#[test]
fn contract_1_a_form_does_the_same() {
    let server = TestServer::start();
    let key = server.key("alice", |_| ());
    let form = |fields: &[(&str, &str)]| {
        server.actor().post(PATH).basic(&key, "").form(fields).send().expect(200).json()
    };
    let made = form(&[("action", "create"), ("name", "night"), ("expire", "2027-06-01T00:00:00Z")]);
    server.secrets.add(made["response"][0]["secret"].as_str().unwrap());
    let id = made["response"][0]["id"].as_str().unwrap();
    let _ = form(&[("action", "edit"), ("id", id), ("expire", "")]);
    let got = form(&[("action", "get"), ("id", id)]);
    assert_eq!((&got["response"][0]["name"], &got["response"][0]["expire"]), (&json!("night"), &Value::Null));
}

#[test]
fn contract_9_a_key_with_an_end_makes_none_that_outlives_it() {
    let server = TestServer::start();
    let end = server.clock.now().plus_seconds(3600);
    let key = server.key("alice", |key| key.expires_at = Some(end));
    let made = one(calls(&server, &key, &json!({ "action": "create", "name": "child" })));
    assert_eq!(made["expire"].as_str(), Some(end.rfc3339().as_str()));
    let later = end.plus_seconds(1).rfc3339();
    assert_eq!(status(&server, &key, &json!({ "action": "create", "name": "child", "expire": later })), 403);
    let edit = json!({ "action": "edit", "id": made["id"], "expire": null });
    assert_eq!(status(&server, &key, &edit), 403);
}

#[test]
fn contract_9_a_narrow_key_makes_no_wider_one() {
    let server = TestServer::start();
    let reader = server.key("alice", |key| key.scope = portcullis::oauth::scope::Scope::from(["read"]));
    assert_eq!(status(&server, &reader, &json!({ "action": "create", "name": "x" })), 403);
    assert_eq!(status(&server, &reader, &json!({ "action": "get" })), 200);
    let wide = server.key("alice", |_| ());
    let id = one(calls(&server, &wide, &json!({ "action": "create", "name": "x" })))["id"].clone();
    for action in ["edit", "delete"] {
        assert_eq!(
            status(&server, &reader, &json!({ "action": action, "id": id, "name": "y" })),
            403,
            "{action}"
        );
    }
    let oauth = server.app("web");
    let browser = server.actor();
    let code = browser.authorizes(&crate::support::actor::asks("web", &[("scope", "read write")])).code();
    let token = oauth.redeems(&code).access;
    let reply =
        server.actor().post(PATH).bearer(&token).json(&json!({ "action": "create", "name": "x" })).send();
    assert_eq!(reply.status, 403, "it would outlive the consent: {}", reply.text());
}

#[test]
fn contract_7_keys_of_somebody_else_and_of_strange_projects_are_not_there() {
    let server = TestServer::start();
    let (alice, bob) = (server.key("alice", |_| ()), server.key("bob", |_| ()));
    let id = one(calls(&server, &alice, &json!({ "action": "create", "name": "hers" })))["id"].clone();
    for action in ["get", "edit", "delete"] {
        let other = calls(&server, &bob, &json!({ "action": action, "id": id, "name": "x" })).expect(404);
        let never = json!({ "action": action, "id": "00000000-0000-7000-8000-000000000000", "name": "x" });
        assert_eq!(other.text(), calls(&server, &bob, &never).text(), "{action}");
        let no_id = json!({ "action": action, "id": "17", "name": "x" });
        assert_eq!(other.text(), calls(&server, &bob, &no_id).text(), "{action}");
    }
    let project = server.project(&[("alice", Role::Owner)]);
    for call in [
        json!({ "action": "get", "project_id": project }),
        json!({ "action": "create", "name": "x", "project_id": project }),
    ] {
        let other = calls(&server, &bob, &call).expect(404);
        let mut never = call.clone();
        never["project_id"] = json!("00000000-0000-7000-8000-000000000000");
        assert_eq!(other.text(), calls(&server, &bob, &never).text());
        never["project_id"] = json!("17");
        assert_eq!(other.text(), calls(&server, &bob, &never).text());
    }
    let owner =
        json!({ "action": "create", "name": "x", "account_id": "00000000-0000-7000-8000-000000000000" });
    assert_eq!(status(&server, &alice, &owner), 400, "nobody names another owner");
}

#[test]
fn contract_9_project_keys_are_managed_in_their_project_only() {
    let server = TestServer::start();
    let (project, other) =
        (server.project(&[("alice", Role::Editor)]), server.project(&[("alice", Role::Owner)]));
    let account = server.key("alice", |_| ());
    let made =
        one(calls(&server, &account, &json!({ "action": "create", "name": "p", "project_id": project })));
    assert_eq!(made["project_id"], json!(project));
    let key = made["secret"].as_str().unwrap();
    assert_eq!(status(&server, key, &json!({ "action": "get", "project_id": project })), 200);
    assert_eq!(status(&server, key, &json!({ "action": "create", "name": "q", "project_id": project })), 200);
    for call in [json!({ "action": "get" }), json!({ "action": "create", "name": "x" })] {
        assert_eq!(status(&server, key, &call), 403, "{call}");
    }
    let elsewhere = json!({ "action": "get", "project_id": other });
    assert_eq!(status(&server, key, &elsewhere), 404, "hidden");
    let under_account = json!({ "action": "get", "id": made["id"] });
    assert_eq!(status(&server, &account, &under_account), 404, "found only under its own address");
    server.member(project, "bob", Some(Role::Viewer));
    let bob = server.key("bob", |_| ());
    assert_eq!(status(&server, &bob, &json!({ "action": "get", "project_id": project })), 200);
    let create = json!({ "action": "create", "name": "x", "project_id": project });
    assert_eq!(status(&server, &bob, &create), 403, "a viewer only looks");
}

#[test]
fn contract_2_a_credential_is_needed_and_must_be_good() {
    let server = TestServer::start();
    let call = json!({ "action": "get" });
    for reply in [
        server.actor().post(PATH).json(&call).send(),
        server.actor().post(PATH).basic("sk_nothing", "").json(&call).send(),
    ] {
        let body = reply.expect(401).json();
        assert!(body["error"].as_str().unwrap().starts_with("The server could not verify"), "{body}");
        assert_eq!((&body["error"], &body["status"]), (&body["message"], &json!(401)));
    }
    let robot = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    assert_eq!(
        server.actor().post(PATH).bearer(&robot).json(&call).send().status,
        403,
        "a client has no keys"
    );
    let browser = server.actor();
    let _ = browser.logs_in();
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.post(PATH).headers(&foreign).json(&call).send().status, 403);
    assert_eq!(browser.post(PATH).json(&call).send().status, 200);
}

#[test]
fn contract_9_calls_that_mean_nothing_are_refused() {
    let server = TestServer::start();
    let key = server.key("alice", |_| ());
    for call in [
        json!({}),
        json!({ "action": "rotate" }),
        json!({ "action": "create", "name": "" }),
        json!({ "action": "create", "name": "x\u{7}" }),
        json!({ "action": "create", "name": 1 }),
        json!({ "action": "create", "name": "x", "expire": "tomorrow" }),
        json!({ "action": "create", "name": "x", "expire": "2020-01-01T00:00:00Z" }),
        json!({ "action": "create", "name": "x", "scopes": ["admin"] }),
        json!({ "action": "create", "name": "x", "rate_limit": 5 }),
        json!({ "action": "get", "id": 17 }),
        json!(["get"]),
    ] {
        assert_eq!(status(&server, &key, &call), 400, "{call}");
    }
    for call in [json!({ "action": "edit", "name": "x" }), json!({ "action": "delete" })] {
        assert_eq!(status(&server, &key, &call), 404, "{call}");
    }
}
