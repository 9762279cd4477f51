//! `/api/v1/projects`, its members and its keys (contract §7, §9).

use serde_json::{Value, json};

use super::{Caller, NOBODY, text, works};
use crate::support::server::TestServer;

on_both! {
    fn contract_9_a_project_is_made_changed_and_removed_with_its_keys(server) {
        let alice = Caller::person(server, "alice");
        let made = alice.post("/api/v1/projects", &json!({"name": "Genomes"})).expect(201);
        let id = made.member("id");
        let place = format!("/api/v1/projects/{id}");
        assert_eq!(made.the_header("location"), place);
        let expected = json!({
            "id": id, "name": "Genomes", "is_public": false, "created_at": "2027-01-15T08:00:00Z", "role": "owner",
        });
        assert_eq!(made.json(), expected);
        assert_eq!(alice.get(&place).expect(200).json(), expected);
        let key = alice.makes_key(&format!("{place}/keys"), "sequencer");
        assert_eq!(text(&key, "project_id"), id);
        assert!(works(server, text(&key, "key")));
        let changed = alice.patch(&place, &json!({"name": "Genes", "is_public": true})).expect(200).json();
        assert_eq!((text(&changed, "name"), changed["is_public"].as_bool()), ("Genes", Some(true)));
        assert_eq!(text(&alice.patch(&place, &json!({})).expect(200).json(), "name"), "Genes");
        let _ = alice.delete(&place).expect(204);
        assert!(!works(server, text(&key, "key")));
        let _ = alice.get(&place).expect(404);
        for body in [json!({}), json!({"name": ""}), json!({"name": "a", "owner": "bob"}), json!({"name": "a\n"})] {
            let _ = alice.post("/api/v1/projects", &body).expect(400);
        }
    }

    fn contract_9_a_key_made_in_a_project_is_at_the_accounts_address_too(server) {
        let (alice, bob) = (Caller::person(server, "alice"), Caller::person(server, "bob"));
        let project = bob.makes_project(true);
        let members = format!("/api/v1/projects/{project}/members");
        let _ = bob.post(&members, &json!({"user": "alice", "role": "editor"})).expect(201);
        let made = alice.post("/api/v1/keys", &json!({"name": "sequencer", "project_id": project})).expect(201);
        let there = made.the_header("location").to_owned();
        assert!(there.starts_with(&format!("/api/v1/projects/{project}/keys/")), "{there}");
        let place = format!("/api/v1/keys/{}", made.member("id"));
        let own = alice.makes_key("/api/v1/keys", "laptop");
        let bobs = bob.makes_key(&format!("/api/v1/projects/{project}/keys"), "bobs");

        let ids = |caller: &Caller<'_>, page: &str| -> Vec<Value> {
            let all = caller.get(page).expect(200).json();
            all["data"].as_array().unwrap().iter().map(|key| key["id"].clone()).collect()
        };
        assert_eq!(ids(&alice, "/api/v1/keys"), [own["id"].clone(), made.json()["id"].clone()]);
        assert_eq!(ids(&alice, "/api/v1/keys?limit=1"), [own["id"].clone()]);
        assert_eq!(text(&alice.get(&place).expect(200).json(), "project_id"), project);
        assert_eq!(alice.get(&place).expect(200).json(), alice.get(&there).expect(200).json());
        assert_eq!(text(&alice.patch(&place, &json!({"name": "desk"})).expect(200).json(), "name"), "desk");
        let secret = alice.post(&format!("{place}/regenerate"), &Value::Null).expect(200).member("key");
        assert!(works(server, &secret));
        let _ = alice.post(&format!("{place}/disable"), &Value::Null).expect(200);
        let _ = alice.post(&format!("{place}/enable"), &Value::Null).expect(200);

        // Nobody else's, and no project key's: they have the project's address.
        let _ = bob.get(&place).expect(404);
        let _ = alice.get(&format!("/api/v1/keys/{}", text(&bobs, "id"))).expect(404);
        let _ = Caller::with(server, &secret).get(&place).expect(403);

        let alices = format!("{members}/{}", alice.id());
        let _ = bob.patch(&alices, &json!({"role": "viewer"})).expect(200);
        let _ = alice.get(&place).expect(200);
        let _ = alice.post(&format!("{place}/regenerate"), &Value::Null).expect(403);
        let _ = bob.delete(&alices).expect(204);
        let gone = alice.get(&place).expect(404);
        assert_eq!(gone.body, alice.get(&format!("/api/v1/keys/{NOBODY}")).expect(404).body);
        let _ = alice.delete(&place).expect(404);
        assert_eq!(ids(&alice, "/api/v1/keys"), [own["id"].clone()]);
    }

    fn contract_9_members_come_change_and_go_and_with_them_their_keys(server) {
        let (alice, bob) = (Caller::person(server, "alice"), Caller::person(server, "bob"));
        let place = format!("/api/v1/projects/{}", alice.makes_project(false));
        let members = format!("{place}/members");
        let added = alice.post(&members, &json!({"user": "BOB@example.com", "role": "editor"})).expect(201);
        let bobs = format!("{members}/{}", bob.id());
        assert_eq!(added.header("location"), None, "nothing to look at stands there");
        assert_eq!(added.json(), json!({
            "user_id": bob.id(), "username": "bob", "role": "editor", "added_at": "2027-01-15T08:00:00Z",
        }));
        let all = bob.get(&members).expect(200).json();
        assert_eq!((all["data"].as_array().map(Vec::len), &all["next"]), (Some(2), &Value::Null));
        let key = bob.makes_key(&format!("{place}/keys"), "bobs");
        assert!(works(server, text(&key, "key")));
        // An editor manages keys, not people.
        let _ = bob.post(&members, &json!({"user": "zoë", "role": "viewer"})).expect(403);
        let _ = bob.patch(&bobs, &json!({"role": "owner"})).expect(403);
        assert_eq!(text(&alice.patch(&bobs, &json!({"role": "viewer"})).expect(200).json(), "role"), "viewer");
        let _ = bob.post(&format!("{place}/keys"), &json!({"name": "more"})).expect(403);
        let _ = bob.get(&format!("{place}/keys")).expect(200);
        let _ = bob.delete(&bobs).expect(204);
        assert!(!works(server, text(&key, "key")));
        let _ = bob.get(&place).expect(404);
        let kept = alice.get(&format!("{place}/keys/{}", text(&key, "id"))).expect(200).json();
        assert_eq!(text(&kept, "status"), "revoked");
    }
}

#[test]
fn contract_9_the_last_owner_stays() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let members = format!("/api/v1/projects/{}/members", alice.makes_project(false));
    let own = format!("{members}/{}", alice.id());
    let _ = alice.delete(&own).expect(409);
    let _ = alice.patch(&own, &json!({"role": "viewer"})).expect(409);
    let _ = alice.post(&members, &json!({"user": "alice", "role": "editor"})).expect(409);
    let _ = alice.post(&members, &json!({"user": "bob", "role": "owner"})).expect(201);
    let _ = alice.delete(&own).expect(204);
}

#[test]
fn contract_9_members_are_people_with_a_role() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let members = format!("/api/v1/projects/{}/members", alice.makes_project(false));
    for body in [
        json!({"user": "nobody", "role": "viewer"}),
        json!({"user": "", "role": "viewer"}),
        json!({"user": "bob", "role": "Owner"}),
        json!({"user": "bob", "role": ""}),
        json!({"user": "bob"}),
        json!({"role": "viewer"}),
    ] {
        let _ = alice.post(&members, &body).expect(400);
    }
    for gone in [NOBODY, "x", "bob"] {
        let _ = alice.patch(&format!("{members}/{gone}"), &json!({"role": "viewer"})).expect(404);
        let _ = alice.delete(&format!("{members}/{gone}")).expect(404);
    }
}

#[test]
fn contract_9_a_project_key_made_at_either_address_is_the_projects() {
    let server = TestServer::start();
    let (alice, bob) = (Caller::person(&server, "alice"), Caller::person(&server, "bob"));
    let (project, other) = (alice.makes_project(false), alice.makes_project(true));
    let keys = format!("/api/v1/projects/{project}/keys");
    let made = alice.post("/api/v1/keys", &json!({"name": "a", "project_id": project})).expect(201);
    let id = made.member("id");
    assert_eq!(made.the_header("location"), format!("{keys}/{id}"));
    let _ = alice.get(&format!("{keys}/{id}")).expect(200);
    let _ = alice.get(&format!("/api/v1/keys/{id}")).expect(200);
    let _ = alice.get(&format!("/api/v1/projects/{other}/keys/{id}")).expect(404);
    assert_eq!(alice.get("/api/v1/keys").expect(200).json(), alice.get(&keys).expect(200).json());
    let _ = alice.post(&keys, &json!({"name": "a", "project_id": project})).expect(201);
    let _ = alice.post(&keys, &json!({"name": "a", "project_id": other})).expect(400);
    // To a stranger a private project is not there, and a public one is not theirs.
    let hidden = bob.post("/api/v1/keys", &json!({"name": "a", "project_id": project})).expect(404);
    let nothing = bob.post("/api/v1/keys", &json!({"name": "a", "project_id": NOBODY})).expect(404);
    assert_eq!(hidden.body, nothing.body);
    let _ = bob.post("/api/v1/keys", &json!({"name": "a", "project_id": other})).expect(403);
}

#[test]
fn contract_9_the_life_of_a_project_key() {
    let server = TestServer::with(&[("REVEAL_KEYS", "true")]);
    let alice = Caller::person(&server, "alice");
    let keys = format!("/api/v1/projects/{}/keys", alice.makes_project(false));
    let key = alice.makes_key(&keys, "sequencer");
    let place = format!("{keys}/{}", text(&key, "id"));
    assert_eq!(text(&alice.patch(&place, &json!({"name": "b"})).expect(200).json(), "name"), "b");
    let _ = alice.post(&format!("{place}/disable"), &Value::Null).expect(200);
    assert!(!works(&server, text(&key, "key")));
    let _ = alice.post(&format!("{place}/enable"), &Value::Null).expect(200);
    let password = json!({"password": server.seed.password});
    assert_eq!(
        alice.post(&format!("{place}/reveal"), &password).expect(200).member("key"),
        text(&key, "key")
    );
    let second = alice.post(&format!("{place}/regenerate"), &Value::Null).expect(200).member("key");
    let third = alice.post(&format!("{place}/rotate"), &json!({})).expect(200).member("key");
    assert!(!works(&server, text(&key, "key")) && !works(&server, &second) && works(&server, &third));
    let _ = alice.delete(&place).expect(204);
    assert!(!works(&server, &third));
}

#[test]
fn contract_9_an_owner_or_editor_removes_anybodys_keys_and_a_viewer_nobodys() {
    let server = TestServer::start();
    let (alice, bob) = (Caller::person(&server, "alice"), Caller::person(&server, "bob"));
    let place = format!("/api/v1/projects/{}", alice.makes_project(false));
    let add = |role: &str| {
        let _ = alice.post(&format!("{place}/members"), &json!({"user": "bob", "role": role})).expect(201);
    };
    add("viewer");
    let key = alice.makes_key(&format!("{place}/keys"), "alices");
    let own = format!("{place}/keys/{}", text(&key, "id"));
    let _ = bob.get(&own).expect(200);
    let _ = bob.delete(&own).expect(403);
    assert!(works(&server, text(&key, "key")));
    add("editor");
    let _ = bob.delete(&own).expect(204);
    assert!(!works(&server, text(&key, "key")));
}

#[test]
fn contract_9_a_member_is_named_by_id_too_and_public_has_two_spellings() {
    let server = TestServer::start();
    let (alice, bob) = (Caller::person(&server, "alice"), Caller::person(&server, "bob"));
    let made = alice.post("/api/v1/projects", &json!({"name": "Genomes", "public": true})).expect(201);
    assert_eq!(made.json()["is_public"], json!(true));
    let both = json!({"name": "Genomes", "public": true, "is_public": true});
    let _ = alice.post("/api/v1/projects", &both).expect(400);
    let members = format!("/api/v1/projects/{}/members", made.member("id"));
    let added = alice.post(&members, &json!({"user": bob.id(), "role": "viewer"})).expect(201);
    assert_eq!((added.member("username"), added.member("user_id")), ("bob".to_owned(), bob.id()));
    let _ = alice.post(&members, &json!({"user": NOBODY, "role": "viewer"})).expect(400);
}
