//! File, environment and flags, as a command meets them.

use crate::operator::Operator;

#[test]
fn contract_14_unknown_keys_in_the_file_refuse_by_name() {
    let operator = Operator::new();
    operator.write("portcullis.toml", "listne = \"127.0.0.1:1\"");
    for line in [&["serve"][..], &["user", "list"][..], &["migrate"][..]] {
        let complaint = operator.refusal(line);
        assert!(complaint.contains("listne") && complaint.contains("portcullis.toml"), "{complaint}");
    }
    assert!(!operator.data().exists());
}

#[test]
fn contract_14_unknown_variables_do_not_refuse() {
    let operator = Operator::new().with("PORTCULLIS_PORT_8080_TCP", "tcp://10.0.0.1:8080");
    operator.json(&["migrate"]);
}

#[test]
fn contract_14_later_sources_win() {
    let operator = Operator::new().with("PORTCULLIS_DATA_DIR", "from-environment");
    operator.write("portcullis.toml", "data_dir = \"from-file\"");
    operator.write("other.toml", "");
    operator.json(&["migrate"]);
    operator.json(&["migrate", "--data-dir", "from-flag"]);
    operator.json(&["--config", "other.toml", "migrate", "--database-url", "sqlite:other.db"]);
    let is = |name: &str| operator.folder.path().join(name).exists();
    assert!(is("from-environment") && is("from-flag") && is("other.db") && !is("from-file"));
}

#[test]
fn a_listener_that_others_reach_needs_an_https_public_url() {
    let operator = Operator::new();
    assert!(operator.refusal(&["serve", "--listen", "0.0.0.0:0"]).contains("set public_url"));
    let line = ["serve", "--listen", "0.0.0.0:0", "--public-url", "http://id.example.com"];
    assert!(operator.refusal(&line).contains("--public-url"));
}

#[test]
fn a_database_that_is_away_is_one_line_and_never_its_password() {
    let operator = Operator::new();
    let url = "postgres://portcullis:hunter2@127.0.0.1:1/none";
    let complaint = operator.refusal(&["user", "list", "--database-url", url]);
    assert!(complaint.contains("database_url") && !complaint.contains("hunter2"), "{complaint}");
}
