//! The master key and what a first start makes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::operator::{Operator, members};
use crate::serving::Running;

#[test]
fn contract_14_migrate_says_what_it_applied_and_then_nothing() {
    let operator = Operator::new();
    assert!(!operator.json(&["migrate"])["applied"].as_array().unwrap().is_empty());
    assert_eq!(operator.json(&["migrate"]), serde_json::json!({ "applied": [] }));
}

#[test]
fn contract_14_signing_keys_are_made_once() {
    let operator = Operator::new();
    let first = operator.json(&["signing-key", "list"]);
    let keys = first["keys"].as_array().unwrap();
    let mut algorithms: Vec<&str> = keys.iter().map(|key| key["algorithm"].as_str().unwrap()).collect();
    algorithms.sort_unstable();
    assert_eq!(algorithms, ["ES256", "EdDSA", "PS256", "RS256"]);
    assert!(keys.iter().all(|key| key["state"] == "active"), "nobody can know another key set: {first}");
    drop(Running::start(&operator, "serve"));
    assert_eq!(
        members(&keys[0]),
        ["active_at", "algorithm", "created_at", "kid", "removed_at", "retired_at", "revoked_at", "state"]
    );
    assert_eq!(operator.json(&["signing-key", "list"]), first);
}

#[test]
fn contract_14_signing_key_rotate_makes_the_next_keys_once_and_revoke_ends_one() {
    let operator = Operator::new();
    let next = operator.json(&["signing-key", "rotate"]);
    let keys = next["keys"].as_array().unwrap();
    assert!(keys.len() == 4 && keys.iter().all(|key| key["state"] == "next"), "{next}");
    assert_eq!(operator.json(&["signing-key", "rotate"]), next, "they wait already");
    let told = operator.run(&["signing-key", "rotate"]).stdout;
    for key in keys {
        let (kid, from) = (key["kid"].as_str().unwrap(), key["active_at"].as_str().unwrap());
        assert!(told.contains(&format!("{kid} is published now and signs from {from}.")), "{told}");
    }

    let kid = keys[0]["kid"].as_str().unwrap();
    let revoked = operator.json(&["signing-key", "revoke", kid]);
    assert_eq!(revoked, serde_json::json!({ "kid": kid, "revoked": true, "replaced_by": null }));
    assert_eq!(operator.json(&["signing-key", "revoke", kid]), revoked, "again changes nothing");
    for odd in ["-iq8Q8VT-LPxtJA_R_s0p1BHQsUsD9t91tKK-oVeF9A", "-hV-LPxtJA", "--xV"] {
        let unknown = operator.refusal(&["signing-key", "revoke", odd]);
        assert!(unknown.contains("there is no signing key"), "{odd}: {unknown}");
    }
    let listed = operator.json(&["signing-key", "list"]);
    let mut states: Vec<_> =
        listed["keys"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["active", "active", "active", "active", "next", "next", "next", "revoked"]);
    let table = operator.run(&["signing-key", "list"]).stdout;
    assert!(table.starts_with("KID") && table.contains("revoked") && table.contains("active"), "{table}");

    let unknown = operator.refusal(&["signing-key", "revoke", "no-such-key"]);
    assert!(unknown.contains("no-such-key") && unknown.contains("signing-key list"), "{unknown}");
}

#[test]
fn contract_14_a_missing_foreign_or_readable_master_key_refuses_and_names_the_file() {
    let operator = Operator::new();
    operator.json(&["signing-key", "list"]);
    let key = operator.data().join("master.key");
    let right = fs::read(&key).unwrap();

    fs::remove_file(&key).unwrap();
    let missing = operator.refusal(&["user", "list"]);
    assert!(missing.contains("copy") && missing.contains("portcullis-data/master.key"), "{missing}");
    assert!(!key.exists());

    let other = Operator::new();
    other.json(&["signing-key", "list"]);
    fs::copy(other.data().join("master.key"), &key).unwrap();
    assert!(operator.refusal(&["user", "list"]).contains("another master key"));

    fs::write(&key, "hello").unwrap();
    assert!(operator.refusal(&["user", "list"]).contains("base64"));

    fs::write(&key, &right).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    assert!(operator.refusal(&["user", "list"]).contains("chmod 600"));

    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    operator.json(&["user", "list"]);
}

#[test]
fn contract_14_commands_that_start_at_once_on_an_empty_folder_agree() {
    let operator = Operator::new();
    let children: Vec<_> = (0..6)
        .map(|n| {
            let (name, email) = (format!("user{n}"), format!("user{n}@example.com"));
            let mut command = operator.command(&["user", "create", &name, "--email", &email]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(operator.json(&["user", "list"])["users"].as_array().unwrap().len(), 6);
    assert_eq!(operator.json(&["signing-key", "list"])["keys"].as_array().unwrap().len(), 4);
}
