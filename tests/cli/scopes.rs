//! `portcullis scope`: registering scopes, what clients may be registered for, and a server that runs meanwhile.

use serde_json::{Value, json};

use crate::operator::{Operator, members};
use crate::serving::Running;

const ADD: [&str; 7] = [
    "scope",
    "add",
    "files:list",
    "--description",
    "list your files",
    "--description",
    "de=Ihre Dateien auflisten",
];

#[test]
fn contract_14_a_scope_is_registered_changed_and_removed() {
    let operator = Operator::new();
    assert!(operator.run(&["scope", "list"]).stdout.contains("portcullis scope add NAME"));
    let german = json!({ "de": "Ihre Dateien auflisten" });
    assert_eq!(
        operator.json(&ADD),
        json!({
            "name": "files:list", "description": "list your files", "descriptions": german, "for_anybody": false
        })
    );
    assert!(operator.refusal(&ADD).contains("portcullis scope update"));
    operator.json(&["client", "create", "--name", "A", "--id", "app", "--scope", "read files:list"]);
    operator.json(&["user", "create", "alice", "--email", "a@example.com"]);
    operator.json(&["key", "create", "--user", "alice", "--name", "k", "--scope", "files:list"]);
    let mut listed = operator.json(&["scope", "list"])["scopes"][0].clone();
    assert!(listed["created_at"].take().as_str().unwrap().ends_with('Z'));
    assert_eq!(
        listed,
        json!({
            "name": "files:list",
            "description": "list your files",
            "descriptions": german,
            "for_anybody": false,
            "declared": false,
            "created_at": null,
            "clients": ["app"],
            "keys": 1,
        })
    );
    let update = ["scope", "update", "files:list", "--description", "see files", "--description", "de="];
    assert_eq!(operator.json(&update)["descriptions"], json!({}));
    let opened = operator.json(&["scope", "update", "files:list", "--for-anybody"]);
    assert_eq!((&opened["for_anybody"], &opened["description"]), (&json!(true), &json!("see files")));
    let shut = operator.json(&["scope", "update", "files:list", "--for-anybody=false"]);
    assert_eq!(shut["for_anybody"], json!(false));
    let removed = operator.json(&["scope", "remove", "files:list"]);
    assert_eq!(removed, json!({ "name": "files:list", "removed": true, "clients": ["app"] }));
    assert_eq!(operator.json(&["client", "list"])["clients"][0]["scope"], "read");
    assert_eq!(operator.json(&["scope", "list"]), json!({ "scopes": [] }));
}

#[test]
fn contract_14_what_cannot_be_registered_is_refused_with_what_to_do() {
    let operator = Operator::new().with("PORTCULLIS_SCOPES", "jobs=run jobs");
    for (arguments, words) in [
        (&["scope", "add", "read", "--description", "look"][..], "built in"),
        (&["scope", "add", "a b", "--description", "look"], "RFC 6749"),
        (&["scope", "add", "a", "--description", " "], "one line"),
        (&["scope", "remove", "nothing"], "portcullis scope list"),
        (&["scope", "remove", "jobs"], "the setting `scopes`"),
        (&["client", "create", "--name", "A", "--scope", "nothing"], "portcullis scope add nothing"),
        (&["client", "create", "--name", "A", "--default-scope", "admin"], "must be part of"),
    ] {
        let complaint = operator.refusal(arguments);
        assert!(complaint.contains(words), "{arguments:?}: {complaint}");
    }
    let unknown = operator.run(&["scope", "add", "a", "--description", "fr=regarder"]);
    assert!(unknown.stderr.contains("en, de"), "{}", unknown.stderr);
    operator.json(&["client", "create", "--name", "A", "--id", "a", "--scope", "jobs"]);
    let listed = operator.json(&["scope", "list"]);
    assert_eq!(members(&listed["scopes"][0]).len(), 8);
    assert_eq!(
        (&listed["scopes"][0]["declared"], &listed["scopes"][0]["created_at"]),
        (&json!(true), &Value::Null)
    );
}

#[test]
fn contract_14_a_running_server_hears_of_scopes_within_a_second() {
    let operator = Operator::new();
    let server = Running::start(&operator, "serve");
    let knows = || {
        let url = server.url("/.well-known/oauth-authorization-server");
        let metadata: Value = reqwest::blocking::get(url).unwrap().json().unwrap();
        metadata["scopes_supported"].as_array().unwrap().contains(&json!("files:list"))
    };
    let second = || std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(!knows());
    operator.json(&ADD);
    second();
    assert!(knows());
    operator.json(&["scope", "remove", "files:list"]);
    second();
    assert!(!knows());
}
