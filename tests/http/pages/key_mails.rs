//! What people are told of their API keys by mail, and how a new password ends them (contract §9, §10; security §3, 50, 60).

use serde_json::json;

use portcullis::account::project::Role;
use portcullis::flows::actor::Actor as By;
use portcullis::flows::api_keys::{self, NewKey, Place};

use crate::support::actor::{Actor, page};
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;
use crate::support::smtp::{Mail, Smtp};

const NEW: &str = "another short sentence";
const FROM: (&str, &str) = ("MAIL_FROM", "Doors <no-reply@doors.example>");

fn server(smtp: &Smtp, more: &[(&str, &str)]) -> TestServer {
    let url = smtp.url();
    let mut settings = vec![("SMTP_URL", url.as_str()), FROM];
    settings.extend_from_slice(more);
    TestServer::with(&settings)
}

fn works(server: &TestServer, key: &str) -> bool {
    server.actor().get("/v1/auth/verify").header("x-api-key", key).send().status == 200
}

/// The one mail that came since there were `before`.
#[track_caller]
fn the_mail(server: &TestServer, smtp: &Smtp, before: usize) -> Mail {
    let after = smtp.settled(server);
    assert_eq!(after, before + 1, "{:?}", smtp.mails());
    smtp.mail(server, before)
}

#[test]
fn security_3_60_the_owner_is_told_of_every_key_that_is_made_replaced_shown_or_revoked() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[("REVEAL_KEYS", "true")]);
    let alice = server.actor();
    let token = alice.logs_in().access;
    let mut secrets = Vec::new();
    let mut told = 0;
    let mut tells = |subject: &str, part: &str, secret: Option<&str>| {
        let mail = the_mail(&server, &smtp, told);
        told += 1;
        assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("alice@example.com", subject));
        assert!(mail.body.contains(part), "{mail:?}");
        // What it is called may have been chosen by somebody who wants it read.
        assert!(["laptop", "Myapp", "Barbell"].iter().all(|name| !mail.body.contains(name)), "{mail:?}");
        assert!(mail.body.contains(&format!("\n{}/settings\n", server.issuer)), "{mail:?}");
        secrets.extend(secret.map(str::to_owned));
        for secret in &secrets {
            assert!(!mail.body.contains(secret), "no secret in a mail");
        }
    };
    let made = alice.post("/api/v1/keys").bearer(&token).json(&json!({"name": "laptop"})).send().expect(201);
    let (id, key) = (made.member("id"), made.member("key"));
    tells("Portcullis: you have a new API key", &key[26..], Some(&key));
    let path = |what: &str| format!("/api/v1/keys/{id}/{what}");
    let again = alice.post(&path("regenerate")).bearer(&token).send().expect(200).member("key");
    tells("Portcullis: one of your API keys has a new secret", &again[26..], Some(&again));
    let overlap = json!({"overlap_seconds": 60});
    let again = alice.post(&path("rotate")).bearer(&token).json(&overlap).send().expect(200).member("key");
    tells("Portcullis: one of your API keys has a new secret", &again[26..], Some(&again));
    let proof = json!({"password": server.seed.password});
    let _ = alice.post(&path("reveal")).bearer(&token).json(&proof).send().expect(200);
    tells("Portcullis: one of your API keys was shown again", &again[26..], None);
    // An app, x-api-auth.
    let _ = alice.signs_in();
    let form = page(&alice, "/app?get_api_key=myapp").form("/app").with("decision", "allow");
    let _ = alice.submits(&form).expect(303);
    tells("Portcullis: you have a new API key", "sk_...", None);
    let form = page(&alice, "/settings/barbell").form("/settings/barbell");
    let _ = alice.submits(&form).expect(200);
    tells("Portcullis: you have a new API key", "...", None);
    // What one does away with oneself is no news; what an administrator does is.
    let _ = alice.get("/api/get_token").send().expect(200);
    let revoke = |id: &str| {
        let id = id.parse().unwrap();
        let done = api_keys::administration::revoke(&server.node, By::Operator, id);
        assert!(server.operator(done).unwrap().is_ok());
    };
    revoke(&id);
    tells("Portcullis: one of your API keys was revoked", &again[26..], None);
    revoke(&id);
    let _ = alice.ask("DELETE", &format!("/api/v1/keys/{id}")).bearer(&token).send().expect(204);
    // A failure is none, either.
    let refused = json!({"name": "a\nb"});
    assert_eq!(alice.post("/api/v1/keys").bearer(&token).json(&refused).send().status, 400);
    let stranger = server.actor().named("bob");
    let bobs = stranger.logs_in().access;
    assert_eq!(stranger.post(&path("regenerate")).bearer(&bobs).send().status, 404);
    assert_eq!(smtp.settled(&server), 7, "{:?}", smtp.mails());
}

#[test]
fn security_3_60_the_owner_is_told_of_a_key_that_may_do_more_and_not_of_one_that_may_do_less() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let alice = server.actor();
    let token = alice.logs_in().access;
    let new = json!({
        "name": "laptop", "scopes": ["read"], "expires_in": 86_400, "rate_limit": 100, "ip_allow": ["192.0.2.0/24"],
    });
    let made = alice.post("/api/v1/keys").bearer(&token).json(&new).send().expect(201);
    let path = format!("/api/v1/keys/{}", made.member("id"));
    let change = |what: &serde_json::Value| {
        let _ = alice.ask("PATCH", &path).bearer(&token).json(what).send().expect(200);
    };
    let mut told = smtp.settled(&server);
    for wider in [
        json!({"scopes": ["read", "write"]}),
        json!({"ip_allow": ["192.0.2.0/24", "198.51.100.7"]}),
        json!({"ip_allow": []}),
        json!({"expires_in": 172_800}),
        json!({"expires_at": null}),
        json!({"rate_limit": 200}),
    ] {
        change(&wider);
        let mail = the_mail(&server, &smtp, told);
        told += 1;
        assert_eq!(mail.subject, "Portcullis: one of your API keys may do more", "{wider}");
        assert!(mail.body.contains(&made.member("key")[26..]), "{mail:?}");
    }
    for narrower in [
        json!({"name": "other"}),
        json!({"scopes": ["read"]}),
        json!({"ip_allow": ["192.0.2.1"]}),
        json!({"expires_in": 86_400, "rate_limit": 100}),
    ] {
        change(&narrower);
        assert_eq!(smtp.settled(&server), told, "{narrower}");
    }
}

#[test]
fn security_3_60_who_made_a_key_of_a_project_is_told_when_another_member_deletes_it() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let project = server.project(&[("alice", Role::Owner), ("bob", Role::Editor)]);
    let key = server.key("alice", |key| {
        key.project_id = Some(project);
        key.name = "deploy".to_owned();
    });
    let bob = server.actor().named("bob");
    let token = bob.logs_in().access;
    let keys = format!("/api/v1/projects/{project}/keys");
    let listed = bob.get(&keys).bearer(&token).send().expect(200).json();
    let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
    let _ = bob.ask("DELETE", &format!("{keys}/{id}")).bearer(&token).send().expect(204);
    assert!(!works(&server, &key));
    let mail = the_mail(&server, &smtp, 0);
    assert_eq!(mail.to, "alice@example.com");
    assert!(mail.subject.ends_with("was revoked") && mail.body.contains(&key[26..]), "{mail:?}");
    assert!(!mail.body.contains("deploy"), "{mail:?}");
}

#[test]
fn security_3_47_a_script_that_makes_many_keys_floods_nobody() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let (id, bob) = (server.id_of("alice"), server.id_of("bob"));
    let make = |owner| {
        let new = NewKey { name: "ci".to_owned(), ..NewKey::default() };
        let made = api_keys::create(&server.node, By::Operator, owner, Place::Account(owner), new);
        let made = server.operator(made).unwrap().unwrap_or_else(|refusal| panic!("{refusal}"));
        server.secrets.add(made.secret.expose());
        made.key.id
    };
    let made: Vec<_> = (0..25).map(|_| make(id)).collect();
    assert_eq!(smtp.settled(&server), 10);
    // Neither what else happens nor anybody else is kept quiet by it.
    let done = api_keys::regenerate(&server.node, By::Operator, Place::Account(id), made[0], None);
    assert!(server.operator(done).unwrap().is_ok());
    assert_eq!(smtp.settled(&server), 11);
    make(bob);
    assert_eq!(smtp.settled(&server), 12);
    server.clock.advance(3599);
    make(id);
    assert_eq!(smtp.settled(&server), 12);
    server.clock.advance(1);
    make(id);
    assert_eq!(smtp.settled(&server), 13);
}

/// Every kind of key that somebody can have, and one of bob's in the same project.
struct Keys {
    hers: Vec<String>,
    barbell: String,
    bobs: String,
}

fn keys(server: &TestServer) -> Keys {
    let project = server.project(&[("alice", Role::Owner), ("bob", Role::Editor)]);
    let slot = |text: &str| portcullis::account::api_key::Slot::parse(text);
    let made = |user: &str, change: &dyn Fn(&mut portcullis::account::api_key::ApiKey)| {
        server.key(user, |key| change(key))
    };
    let hers = vec![
        made("alice", &|_| {}),
        made("alice", &|key| key.slot = slot("app:myapp")),
        made("alice", &|key| key.slot = slot("command-line")),
        made("alice", &|key| key.project_id = Some(project)),
    ];
    let bobs = made("bob", &|key| key.project_id = Some(project));
    let id = server.id_of("alice");
    let header = server.operator(api_keys::barbell(&server.node, By::Operator, id, None)).unwrap().unwrap();
    server.secrets.add(header.split_once(':').unwrap().1);
    Keys { hers, barbell: header.to_string(), bobs }
}

impl Keys {
    #[track_caller]
    fn are(&self, server: &TestServer, alive: bool) {
        for key in &self.hers {
            assert_eq!(works(server, key), alive);
        }
        let barbell = server.actor().get("/v1/auth/verify").header("x-api-auth", &self.barbell).send();
        assert_eq!(barbell.status == 200, alive);
        assert!(works(server, &self.bobs), "nobody else's");
    }
}

/// What the audit trail says of keys that were revoked.
fn revoked(server: &TestServer) -> Vec<(String, String)> {
    let root = server.actor().named("root").logs_in().access;
    let path = "/api/v1/audit-events?limit=100&kind=key_revoked";
    let events = server.actor().get(path).bearer(&root).send().expect(200).json();
    let text = |event: &serde_json::Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let events = events["data"].as_array().unwrap();
    events.iter().map(|event| (text(event, "actor_kind"), text(event, "key_id"))).collect()
}

/// The form that a mailed link leads to.
fn reset(server: &TestServer, smtp: &Smtp, person: &Actor<'_>) -> Form {
    let form = page(person, "/forgotten-password").form("/forgotten-password").with("name", "alice");
    let before = smtp.settled(server);
    let _ = person.submits(&form).expect(303);
    page(person, &the_mail(server, smtp, before).link()).form("/reset-password")
}

#[test]
fn contract_9_a_new_password_by_a_link_ends_every_key_of_its_person_unless_they_say_no() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let all = keys(&server);
    let made = smtp.settled(&server);
    let person = server.actor();
    all.are(&server, true);
    let form = reset(&server, &smtp, &person);
    assert_eq!(form.value("keys"), "yes", "ticked");
    // A refused password leaves the keys, and the box as it was.
    let refused = person.submits(&form.without("keys").with("password", "short")).expect(400);
    let again = Page::of(&refused).form("/reset-password");
    assert!(again.pairs().iter().all(|(name, _)| *name != "keys"), "{again:?}");
    let _ = person.submits(&again.with("password", NEW)).expect(303);
    all.are(&server, true);
    assert!(!the_mail(&server, &smtp, made + 1).body.contains("API keys"));
    server.clock.advance(1);
    let form = reset(&server, &smtp, &person).with("password", "yet another short sentence");
    let _ = person.submits(&form).expect(303);
    all.are(&server, false);
    let mail = the_mail(&server, &smtp, made + 3);
    assert_eq!(mail.subject, "Portcullis: your password was changed");
    assert!(mail.body.contains("all your API keys were ended"), "{mail:?}");
    let events = revoked(&server);
    assert_eq!(events.len(), 5, "{events:?}");
    assert!(events.iter().all(|(by, key)| by == "link" && !key.is_empty()), "{events:?}");
}

#[test]
fn contract_9_who_changes_their_password_may_end_their_keys_too() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let all = keys(&server);
    let alice = server.actor();
    let _ = alice.signs_in();
    let form = |current: &str, new: &str| {
        let form = page(&alice, "/settings/password").form("/settings/password");
        assert!(form.pairs().iter().all(|(name, _)| *name != "keys"), "not ticked: {form:?}");
        form.with("current", current).with("new", new)
    };
    let _ = alice.submits(&form(&server.seed.password, NEW)).expect(303);
    all.are(&server, true);
    // A wrong password ends nothing, and what was ticked stays ticked.
    let second = "yet another short sentence";
    let wrong = alice.submits(&form("wrong horse battery", second).with("keys", "yes")).expect(403);
    all.are(&server, true);
    let again = Page::of(&wrong).form("/settings/password");
    assert_eq!(again.value("keys"), "yes");
    // What is signed in elsewhere could make keys: it ends with them, ticked or not.
    let elsewhere = server.actor();
    let form = Page::of(&elsewhere.get("/login").send()).form("/login");
    let _ = elsewhere.submits(&form.with("email", "alice").with("password", NEW)).expect(303);
    let _ = elsewhere.get("/settings").send().expect(200);
    let again = again.without("elsewhere");
    let _ = alice.submits(&again.with("current", NEW).with("new", second)).expect(303);
    all.are(&server, false);
    assert_eq!(elsewhere.get("/settings").send().status, 303);
    assert_eq!(alice.get("/settings").send().status, 200);
    assert!(revoked(&server).iter().all(|(by, _)| by == "person"));
    let last = smtp.settled(&server) - 1;
    assert!(smtp.mail(&server, last).body.contains("all your API keys were ended"));
}
