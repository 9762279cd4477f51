//! `portcullis project …` and `portcullis key …`.

use serde_json::json;

use crate::operator::{Operator, contains, everything_in, members};

fn with_people() -> Operator {
    let operator = Operator::new();
    for name in ["alice", "bob"] {
        operator.json(&["user", "create", name, "--email", &format!("{name}@example.com")]);
    }
    operator
}

#[test]
fn contract_14_key_create_list_and_revoke() {
    let operator = with_people();
    assert_eq!(operator.json(&["key", "list", "--user", "alice"]), json!({ "keys": [] }));
    let made = operator.json(&["key", "create", "--user", "alice", "--name", "laptop", "--expires", "90d"]);
    assert_eq!(members(&made), ["id", "key"]);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(key.starts_with("sk_") && key.len() == 32, "{key}");
    assert!(!contains(&everything_in(operator.folder.path()), key), "the key itself is kept nowhere");
    let listed = operator.json(&["key", "list", "--user", "alice@example.com"]);
    let listed = &listed["keys"][0];
    assert_eq!(
        members(listed),
        [
            "created_at",
            "environment",
            "expires_at",
            "hint",
            "id",
            "last_used_at",
            "name",
            "project_id",
            "rotate_by",
            "scopes",
            "status"
        ]
    );
    assert_eq!((&listed["id"], &listed["status"]), (&json!(id), &json!("active")));
    assert_eq!(listed["scopes"], json!(["read", "write"]));
    assert!(listed["expires_at"].is_string() && listed["project_id"].is_null());
    assert_eq!(listed["hint"], format!("sk_...{}", key.get(26..).unwrap()));
    assert_eq!(operator.json(&["key", "revoke", id]), json!({ "id": id, "revoked": true }));
    assert!(operator.refusal(&["key", "revoke", id]).contains("portcullis key list"));
    assert_eq!(operator.json(&["key", "list", "--user", "alice"]), json!({ "keys": [] }));
}

#[test]
fn contract_14_key_barbell_is_the_user_name_and_16_characters() {
    let operator = with_people();
    let made = operator.json(&["key", "barbell", "--user", "ALICE"]);
    assert_eq!(members(&made), ["key"]);
    let key = made["key"].as_str().unwrap().strip_prefix("alice:").unwrap().to_owned();
    assert!(key.len() == 16 && key.bytes().all(|b| b.is_ascii_alphanumeric()), "{key}");
    operator.json(&["key", "barbell", "--user", "alice"]);
    let listed = operator.json(&["key", "list", "--user", "alice"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1, "one per account");
}

#[test]
fn contract_14_project_create_add_member_remove_member_and_list() {
    let operator = with_people();
    assert_eq!(operator.json(&["project", "list"]), json!({ "projects": [] }));
    let made = operator.json(&["project", "create", "Genomes", "--owner", "alice", "--public"]);
    assert_eq!(members(&made), ["id"]);
    let id = made["id"].as_str().unwrap();
    let listed = operator.json(&["project", "list"]);
    assert_eq!(members(&listed["projects"][0]), ["created_at", "id", "name", "public"]);
    assert_eq!(listed["projects"][0]["public"], true);
    let key = ["key", "create", "--user", "bob", "--name", "k", "--project", id, "--scope", "read"];
    assert!(operator.refusal(&key).contains("owner or editor"));
    let added = operator.json(&["project", "add-member", id, "--user", "bob", "--role", "editor"]);
    assert_eq!((&added["username"], &added["role"]), (&json!("bob"), &json!("editor")));
    operator.json(&key);
    let listed = operator.json(&["key", "list", "--user", "bob"]);
    assert_eq!(listed["keys"][0]["project_id"], id);
    assert_eq!(listed["keys"][0]["scopes"], json!(["read"]));
    let removed = operator.json(&["project", "remove-member", id, "--user", "bob"]);
    assert_eq!(removed["removed"], true);
    assert_eq!(operator.json(&["key", "list", "--user", "bob"])["keys"][0]["status"], "revoked");
    let gone = operator.refusal(&["project", "remove-member", id, "--user", "bob"]);
    assert!(gone.contains("bob is not a member of this project"), "{gone}");
    let last = operator.refusal(&["project", "remove-member", id, "--user", "alice"]);
    assert!(last.contains("last owner"), "{last}");
}

#[test]
fn contract_14_text_says_what_happened_and_shows_a_key_once() {
    let operator = with_people();
    let made = operator.run(&["key", "create", "--user", "alice", "--name", "laptop"]);
    assert_eq!((made.status, made.stderr.as_str()), (0, ""));
    let key = made.stdout.lines().last().unwrap().rsplit(' ').next().unwrap();
    assert!(key.starts_with("sk_") && made.stdout.contains("never expires"), "{}", made.stdout);
    let listed = operator.run(&["key", "list", "--user", "alice"]).stdout;
    assert!(listed.contains("laptop") && listed.contains("active") && !listed.contains(key), "{listed}");
    let empty = operator.run(&["key", "list", "--user", "bob"]).stdout;
    assert!(empty.contains("portcullis key create"), "{empty}");
    let project = operator.run(&["project", "create", "Genomes", "--owner", "alice"]).stdout;
    assert!(project.contains("private project Genomes"), "{project}");
}

#[test]
fn contract_14_refused_keys_and_projects_say_what_to_do() {
    let operator = with_people();
    operator.json(&["user", "disable", "bob"]);
    let nobody = "00000000-0000-7000-8000-000000000000";
    for (line, words) in [
        (&["key", "create", "--user", "nobody", "--name", "k"][..], "portcullis user list"),
        (&["key", "create", "--user", "bob", "--name", "k"][..], "portcullis user enable"),
        (&["key", "create", "--user", "alice", "--name", ""][..], "1 to 100"),
        (&["key", "create", "--user", "alice", "--name", "k", "--scope", "admin"][..], "admin"),
        (&["key", "create", "--user", "alice", "--name", "k", "--expires", "99999d"][..], "10 years"),
        (
            &["key", "create", "--user", "alice", "--name", "k", "--project", nobody][..],
            "portcullis project list",
        ),
        (&["key", "revoke", nobody][..], "portcullis key list"),
        (&["key", "revoke", "x"][..], "portcullis key list"),
        (
            &["key", "create", "--user", "alice", "--name", "k", "--project", "x"][..],
            "portcullis project list",
        ),
        (
            &["project", "add-member", "x", "--user", "alice", "--role", "viewer"][..],
            "portcullis project list",
        ),
        (&["project", "remove-member", "x", "--user", "alice"][..], "portcullis project list"),
        (&["registration-token", "revoke", "x"][..], "portcullis registration-token list"),
        (&["key", "barbell", "--user", "bob"][..], "portcullis user enable"),
        (&["project", "create", " x", "--owner", "alice"][..], "1 to 100"),
        (&["project", "create", "x", "--owner", "nobody"][..], "portcullis user list"),
        (
            &["project", "add-member", nobody, "--user", "alice", "--role", "viewer"][..],
            "portcullis project list",
        ),
    ] {
        let complaint = operator.refusal(line);
        assert!(complaint.contains(words), "{line:?}: {complaint}");
    }
    for line in [
        &["key", "create", "--user", "alice"][..],
        &["key", "create", "--user", "alice", "--name", "k", "--expires", "1w"][..],
        &["key", "create", "--user", "alice", "--name", "k", "--scope", "a\"b"][..],
        &["project", "create", "x"][..],
        &["project", "add-member", nobody, "--user", "alice", "--role", "king"][..],
    ] {
        assert_eq!(operator.run(line).status, 2, "{line:?}");
    }
}

/// The example of docs/command-line.md.
#[test]
fn contract_14_what_begins_with_a_dash_is_given_after_two() {
    let document = include_str!("../../docs/command-line.md");
    let line = "project create --owner alice -- -Genomes";
    assert!(document.contains(&format!("`portcullis {line}`")) && document.contains("`--name=-x`"));
    let operator = Operator::new();
    operator.json(&["user", "create", "alice", "--email", "alice@example.com"]);
    let words: Vec<&str> = ["--json"].into_iter().chain(line.split(' ')).collect();
    assert_eq!(operator.run(&words).status, 0);
    assert_eq!(operator.json(&["project", "list"])["projects"][0]["name"], "-Genomes");
    assert_eq!(
        operator.run(&["project", "create", "--owner", "alice", "-Genomes"]).status,
        2,
        "a flag of no name"
    );
    operator.json(&["key", "create", "--user", "alice", "--name=-x"]);
    assert_eq!(operator.json(&["key", "list", "--user", "alice"])["keys"][0]["name"], "-x");
}
