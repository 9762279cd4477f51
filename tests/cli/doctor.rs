//! `portcullis doctor`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::operator::{Operator, Outcome, members};

#[track_caller]
fn wrong(outcome: &Outcome, name: &str, words: &str) {
    assert_eq!(outcome.status, 1);
    assert!(outcome.complaint().contains(name), "{}", outcome.stderr);
    let report = outcome.object();
    assert_eq!(report["ok"], false);
    let check = report["checks"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap();
    assert_eq!(check["ok"], false, "{check}");
    assert!(check["message"].as_str().unwrap().contains(words), "{check}");
}

#[test]
fn contract_14_doctor_finds_nothing_wrong_before_and_after_a_first_start() {
    let operator = Operator::new();
    let before = operator.json(&["doctor"]);
    assert_eq!(members(&before), ["checks", "ok"]);
    assert!(!operator.data().exists(), "doctor makes nothing");
    operator.json(&["user", "create", "root", "--email", "r@example.com", "--admin"]);
    let after = operator.json(&["doctor"]);
    let checks = after["checks"].as_array().unwrap();
    assert!(checks.iter().all(|c| members(c) == ["message", "name", "ok"] && c["ok"] == true));
    let names: Vec<&str> = checks.iter().filter_map(|c| c["name"].as_str()).collect();
    for name in [
        "configuration",
        "data_dir",
        "master_key_file",
        "public_url",
        "mail",
        "database",
        "master_key",
        "signing_keys",
        "administrator",
        "clock",
    ] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
}

#[test]
fn contract_14_doctor_says_what_is_wrong_and_how_to_mend_it() {
    let operator = Operator::new();
    operator.json(&["migrate"]);
    operator.json(&["signing-key", "list"]);
    let key = operator.data().join("master.key");
    let doctor = |more: &[&str]| operator.run(&[&["doctor", "--json"], more].concat());

    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    wrong(&doctor(&[]), "master_key_file", "chmod 600");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    fs::set_permissions(operator.data(), Permissions::from_mode(0o755)).unwrap();
    wrong(&doctor(&[]), "data_dir", "chmod 700");
    fs::set_permissions(operator.data(), Permissions::from_mode(0o700)).unwrap();

    fs::rename(&key, operator.data().join("kept")).unwrap();
    wrong(&doctor(&[]), "master_key", "copy");
    fs::rename(operator.data().join("kept"), &key).unwrap();

    wrong(&doctor(&["--database-url", "postgres://u:hunter2@127.0.0.1:1/d"]), "database", "database_url");

    operator.write("portcullis.toml", "public_url = \"https://id.example.com\"");
    wrong(&doctor(&[]), "public_url", "trusted_proxies");
    operator.write("portcullis.toml", "nonsense = 1");
    wrong(&doctor(&[]), "configuration", "nonsense");
}

#[test]
fn doctor_names_variables_that_are_ignored() {
    let operator = Operator::new().with("PORTCULLIS_LITSEN", "127.0.0.1:1");
    let report = operator.json(&["doctor"]);
    let first: &Value = &report["checks"][0];
    assert!(first["message"].as_str().unwrap().contains("PORTCULLIS_LITSEN"));
}
