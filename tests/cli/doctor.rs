//! `portcullis doctor`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::operator::{Operator, Outcome, members};
use crate::valkey::Valkey;

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

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
        "tls",
        "logo",
        "mail",
        "valkey",
        "bootstrap_file",
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

/// What doctor says of one thing where nothing is wrong.
#[track_caller]
fn right(operator: &Operator, name: &str) -> String {
    let report = operator.json(&["doctor"]);
    let check = report["checks"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap();
    check["message"].as_str().unwrap().to_owned()
}

#[test]
fn contract_14_doctor_reads_the_master_key_file_as_a_start_does() {
    let operator = Operator::new();
    fs::create_dir(operator.data()).unwrap();
    fs::set_permissions(operator.data(), Permissions::from_mode(0o700)).unwrap();
    let key = operator.data().join("master.key");
    for (content, words) in [
        (&b"a password"[..], "base64"),
        (b"c2hvcnQ=\n", "32 bytes"),
        (b"\xff\xfe\xfd", "no text"),
        (b"", "32 bytes"),
    ] {
        fs::write(&key, content).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        let outcome = operator.run(&["doctor", "--json"]);
        wrong(&outcome, "master_key_file", words);
        wrong(&outcome, "master_key_file", "copy it from another node or from the backup");
        assert!(operator.refusal(&SERVE).contains(words), "a start says the same");
    }
}

#[test]
fn contract_14_doctor_sees_whether_certificate_and_key_belong_together() {
    let made = || rcgen::generate_simple_self_signed(["id.example.com".to_owned()]).unwrap();
    let (one, other) = (made(), made());
    let operator = Operator::new();
    operator.write("cert.pem", &one.cert.pem());
    operator.write("key.pem", &one.signing_key.serialize_pem());
    operator.write(
        "portcullis.toml",
        "public_url = \"https://id.example.com\"\ntls_cert_file = \"cert.pem\"\ntls_key_file = \"key.pem\"",
    );
    assert!(right(&operator, "tls").contains("can be used"));
    for (key, words) in
        [(other.signing_key.serialize_pem(), "tls_key_file key.pem"), (String::new(), "key.pem")]
    {
        operator.write("key.pem", &key);
        wrong(&operator.run(&["doctor", "--json"]), "tls", words);
        assert!(operator.refusal(&SERVE).contains(words), "a start says the same");
    }
    operator.write("cert.pem", "");
    wrong(&operator.run(&["doctor", "--json"]), "tls", "tls_cert_file cert.pem");
}

#[test]
fn contract_14_doctor_sees_whether_the_logo_can_be_used() {
    let operator = Operator::new().with("PORTCULLIS_LOGO_FILE", "logo.svg");
    wrong(&operator.run(&["doctor", "--json"]), "logo", "logo_file");
    operator.write("logo.svg", "no picture");
    wrong(&operator.run(&["doctor", "--json"]), "logo", "PNG nor SVG");
    operator.write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    assert!(right(&operator, "logo").contains("can be used"));
}

#[test]
fn contract_14_doctor_asks_valkey_as_requests_do() {
    let mut valkey = Valkey::start_with(Some("sesame-4711"));
    let address = valkey.address();
    let at = |url: &str| Operator::new().with("PORTCULLIS_VALKEY_URL", url);
    assert!(right(&at(&address), "valkey").contains("127.0.0.1"));
    assert_eq!(valkey.command(&["DBSIZE"]), ":0", "it counts nothing");

    let outcome = at(&address.replace("sesame-4711", "hunter2-0815")).run(&["doctor", "--json"]);
    wrong(&outcome, "valkey", "WRONGPASS");
    assert!(!outcome.stdout.contains("hunter2") && !outcome.stderr.contains("hunter2"));

    let line = "ACL SETUSER narrow on >sesame ~* +ping +select +info +client|id +quit";
    assert_eq!(valkey.command(&line.split(' ').collect::<Vec<_>>()), "+OK");
    let narrow = address.replace("redis://:sesame-4711", "redis://narrow:sesame");
    wrong(&at(&narrow).run(&["doctor", "--json"]), "valkey", "NOPERM");

    valkey.freeze();
    wrong(&at(&address).run(&["doctor", "--json"]), "valkey", "valkey_url");
    valkey.thaw();
    valkey.kill();
    wrong(&at(&address).run(&["doctor", "--json"]), "valkey", "valkey_url");
}

#[test]
fn contract_14_doctor_reads_what_a_first_start_applies() {
    let operator = Operator::new().with("PORTCULLIS_BOOTSTRAP_FILE", "first.toml");
    let doctor = || operator.run(&["doctor", "--json"]);
    wrong(&doctor(), "bootstrap_file", "first.toml");
    operator.write("first.toml", "[client.web]");
    wrong(&doctor(), "bootstrap_file", "line 1");

    let secret = "0123456789abcdef0123456789abcdef";
    operator.write(
        "first.toml",
        "[administrators.root]\nemail = \"root@example.com\"\npassword_env = \"ROOT_PASSWORD\"\n\
         [clients.portal]\nsecret_file = \"portal\"\n[resource_servers.api]\ndelete = true\nsecret_file = \"gone\"",
    );
    wrong(&doctor(), "bootstrap_file", "administrators.root: the variable ROOT_PASSWORD");
    let operator = operator.with("ROOT_PASSWORD", "rabbits run past hedges");
    wrong(
        &operator.run(&["doctor", "--json"]),
        "bootstrap_file",
        "clients.portal: cannot read the file portal",
    );
    operator.write("portal", secret);
    assert!(right(&operator, "bootstrap_file").contains("first.toml can be read"));
    let said = operator.run(&["doctor"]);
    assert!(!said.stdout.contains(secret) && !said.stdout.contains("rabbits"), "{}", said.stdout);

    // Somebody administers: nobody reads it any more.
    operator.json(&["user", "create", "root", "--email", "root@example.com", "--admin"]);
    operator.write("first.toml", "nonsense");
    assert!(right(&operator, "bootstrap_file").contains("not read any more"));
}

#[test]
fn doctor_names_variables_that_are_ignored() {
    let operator = Operator::new().with("PORTCULLIS_LITSEN", "127.0.0.1:1");
    let report = operator.json(&["doctor"]);
    let first: &Value = &report["checks"][0];
    assert!(first["message"].as_str().unwrap().contains("PORTCULLIS_LITSEN"));
}
