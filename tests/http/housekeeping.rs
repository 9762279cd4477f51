//! What a running server does by itself, without being asked: it keeps its signing keys and removes what expired.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use portcullis::storage::client;
use serde_json::{Value, json};

use crate::support::server::TestServer;

const DAY: i64 = 86_400;

fn published(server: &TestServer) -> BTreeSet<String> {
    let keys = server.actor().get("/.well-known/jwks.json").send().expect(200).json();
    keys["keys"].as_array().unwrap().iter().map(|key: &Value| key["kid"].to_string()).collect()
}

fn soon(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn security_r_14_a_server_that_starts_after_ninety_days_publishes_new_signing_keys_by_itself() {
    let server = TestServer::start();
    let before = published(&server);
    let later = server.joined_after(91 * DAY);
    soon("a new key", || !published(&later).is_subset(&before));
}

#[test]
fn contract_5_a_server_removes_clients_that_nobody_used_for_thirty_days_by_itself() {
    let server = TestServer::with(&[("DYNAMIC_REGISTRATION", "open")]);
    let body = json!({"client_name": "An App", "redirect_uris": ["https://app.example/callback"]});
    let made = server.actor().post("/oauth/register").json(&body).send().expect(201).json();
    let id = made["client_id"].as_str().unwrap();
    let is_there = |server: &TestServer| {
        let id = id.to_owned();
        server.operator(server.node.db.read(move |c| client::find(c, &id))).unwrap().is_some()
    };
    assert!(is_there(&server));
    let later = server.joined_after(31 * DAY);
    soon("it is gone", || !is_there(&later));
}
