//! `portcullis apply`, and what a first start does with a file.

use std::fs;

use serde_json::{Value, json};

use crate::operator::{Operator, contains, everything_in, members};
use crate::serving::Running;

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const OTHER: &str = "/another+secret=of:32&characters%20/";
const PASSWORD: &str = "a password that is long enough";
pub const FILE: &str = "portal.toml";

/// The file that docs/apply.md shows.
pub fn example() -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/apply.md")).unwrap();
    let block = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    block.to_owned()
}

pub fn operator() -> Operator {
    let operator = Operator::new();
    fs::create_dir(operator.folder.path().join("secrets")).unwrap();
    operator.write("secrets/root", &format!("{PASSWORD}\n"));
    operator.write("secrets/portal", SECRET);
    operator
}

fn apply(operator: &Operator, text: &str) -> Value {
    operator.write(FILE, text);
    operator.json(&["apply", FILE])
}

fn refused(operator: &Operator, text: &str) -> String {
    operator.write(FILE, text);
    operator.refusal(&["apply", FILE])
}

/// Everything that a file can change.
fn all(operator: &Operator) -> Vec<Value> {
    ["user", "client", "project", "scope"].map(|noun| operator.json(&[noun, "list"])).to_vec()
}

/// What became of each thing: action, kind, id.
pub fn done(answer: &Value) -> Vec<String> {
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    let changes = answer["changes"].as_array().unwrap().iter();
    changes.map(|c| ["action", "kind", "id"].map(|name| text(c, name)).join(" ")).collect()
}

/// The status with which a client gets a token for itself.
fn status(server: &Running, id: &str, secret: &str) -> u16 {
    let request = reqwest::blocking::Client::new().post(server.url("/oauth/token"));
    let encoded: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={encoded}");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    request.send().unwrap().status().as_u16()
}

#[test]
fn contract_14_the_documented_file_is_applied_once_and_then_nothing_is_to_change() {
    let operator = operator();
    let first = apply(&operator, &example());
    assert_eq!(
        members(&first),
        ["changes", "client_secrets", "dry_run", "password_links", "stopped", "unchanged"]
    );
    assert_eq!(
        done(&first),
        [
            "make administrator alice",
            "make administrator root",
            "make scope genomes:list",
            "make client cli",
            "make client portal",
            "make resource server genomes-api",
            "make project Genomes",
        ]
    );
    assert_eq!((&first["unchanged"], &first["stopped"]), (&json!(0), &Value::Null));
    // What was not given is shown once, and nothing that was given.
    assert_eq!(first["client_secrets"][0]["client_id"], "genomes-api");
    assert_eq!(first["client_secrets"].as_array().unwrap().len(), 1);
    assert_eq!(first["password_links"][0]["username"], "alice");
    assert_eq!(first["password_links"].as_array().unwrap().len(), 1);
    assert!(!first.to_string().contains(SECRET) && !first.to_string().contains(PASSWORD));

    let users = operator.json(&["user", "list"]);
    for user in users["users"].as_array().unwrap() {
        assert_eq!(user["admin"], true, "{user}");
    }
    let clients = operator.json(&["client", "list"]);
    let ids: Vec<_> = clients["clients"].as_array().unwrap().iter().map(|c| &c["client_id"]).collect();
    assert_eq!(ids, ["cli", "genomes-api", "portal"]);
    assert_eq!(clients["clients"][1]["grants"], json!([]));
    assert_eq!(clients["clients"][1]["metadata"]["resource_description"], "Genomes of the institute");
    assert_eq!(clients["clients"][2]["metadata"]["id_token_signed_response_alg"], "ES256");

    let before = all(&operator);
    let again = operator.json(&["apply", FILE]);
    assert_eq!((done(&again).len(), &again["unchanged"]), (0, &json!(7)));
    assert_eq!(all(&operator), before);
    assert!(operator.run(&["apply", FILE]).stdout.starts_with("Nothing to change; 7 as declared"));
}

#[test]
fn contract_14_a_dry_run_shows_the_difference_and_changes_nothing() {
    let operator = operator();
    apply(&operator, &example());
    let before = all(&operator);
    let changed = example()
        .replace("\"openid profile email read write genomes:list\"", "\"openid read\"")
        .replace("editors = [\"alice\"]", "viewers = [\"alice\"]\npublic = true")
        .replace("public = true\ngrants", "delete = true\ngrants");
    operator.write(FILE, &changed);
    let told = operator.run(&["apply", FILE, "--dry-run"]).stdout;
    for line in [
        "~ client portal",
        "    - scope = \"openid profile email read write genomes:list\"",
        "    + scope = \"openid read\"",
        "- client cli",
        "~ project Genomes",
        "    - members.alice = \"editor\"",
        "    + members.alice = \"viewer\"",
        "    + public = true",
        "To make 0, to change 2, to remove 1; 4 as declared already. Nothing was changed.",
    ] {
        assert!(told.lines().any(|own| own == line), "{line} is not in:\n{told}");
    }
    let object = operator.json(&["apply", FILE, "--dry-run"]);
    assert_eq!(object["dry_run"], true);
    assert_eq!(done(&object), ["remove client cli", "change client portal", "change project Genomes"]);
    assert_eq!(all(&operator), before);

    operator.json(&["apply", FILE]);
    assert_ne!(all(&operator), before);
    assert_eq!(done(&operator.json(&["apply", FILE])).len(), 0);
}

#[test]
fn contract_14_a_secret_by_reference_authenticates_and_is_kept_as_a_digest_only() {
    let operator = operator().with("PORTAL_SECRET", OTHER);
    let server = Running::start(&operator, "serve");
    let client = "[clients.portal]\ngrants = [\"client_credentials\"]\n";
    apply(&operator, &format!("{client}secret_file = \"secrets/portal\""));
    assert_eq!((status(&server, "portal", SECRET), status(&server, "portal", OTHER)), (200, 401));

    let changed = apply(&operator, &format!("{client}secret_env = \"PORTAL_SECRET\""));
    assert_eq!(done(&changed), ["change client portal"]);
    assert_eq!(changed["changes"][0]["members"][0]["after"], "what is in the variable PORTAL_SECRET");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!((status(&server, "portal", SECRET), status(&server, "portal", OTHER)), (401, 200));
    drop(server);
    fs::remove_file(operator.folder.path().join("secrets/portal")).unwrap();
    let kept = everything_in(operator.folder.path());
    assert!(!contains(&kept, SECRET) && !contains(&kept, OTHER));
}

#[test]
fn contract_14_what_the_file_does_not_say_is_left_alone_and_delete_removes() {
    let operator = operator();
    apply(&operator, &example());
    operator.json(&["client", "create", "--name", "Mine", "--id", "mine", "--grant", "client_credentials"]);
    operator.json(&[
        "client",
        "update",
        "portal",
        "--rate-limit",
        "7",
        "--backchannel-logout-uri",
        "https://p.example/",
    ]);
    operator.json(&["user", "create", "bob", "--email", "bob@example.com"]);
    assert_eq!(done(&operator.json(&["apply", FILE])).len(), 0, "other members stay");

    let less = "[clients.portal]\nrate_limit = 0\nmetadata = { backchannel_logout_uri = \"\" }\n\
                [clients.cli]\ndelete = true\n[clients.never]\ndelete = true\n[administrators.alice]\ndelete = true\n\
                [projects.Genomes]\nowners = [\"bob\"]\nremove = [\"root\"]\n";
    assert_eq!(
        done(&apply(&operator, less)),
        ["remove administrator alice", "remove client cli", "change client portal", "change project Genomes"]
    );
    let clients = operator.json(&["client", "list"]);
    let ids: Vec<_> = clients["clients"].as_array().unwrap().iter().map(|c| &c["client_id"]).collect();
    assert_eq!(ids, ["genomes-api", "mine", "portal"]);
    let portal = &clients["clients"][2];
    assert_eq!((&portal["rate_limit"], &portal["name"]), (&Value::Null, &json!("Portal")));
    assert_eq!(portal["metadata"].get("backchannel_logout_uri"), None);
    let users = operator.json(&["user", "list"]);
    let admins: Vec<_> = users["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| (u["username"].as_str().unwrap(), u["admin"] == true))
        .collect();
    assert_eq!(admins, [("alice", false), ("bob", false), ("root", true)]);

    apply(&operator, "[projects.Genomes]\ndelete = true");
    assert_eq!(operator.json(&["project", "list"]), json!({ "projects": [] }));
    assert_eq!(operator.json(&["apply", FILE])["unchanged"], 1);
}

#[test]
fn contract_14_what_cannot_be_had_is_refused_by_its_place_and_nothing_is_done() {
    let operator = operator().with("SHORT", "short");
    operator.json(&["user", "create", "mallory", "--email", "mallory@example.com"]);
    operator.json(&["project", "create", "Twice", "--owner", "mallory"]);
    operator.json(&["project", "create", "Twice", "--owner", "mallory"]);
    operator.json(&["project", "create", "Once", "--owner", "mallory"]);
    let before = all(&operator);
    // What stands before the fault is good, and not done either.
    let good = "[clients.aaa]\ngrants = [\"client_credentials\"]\n";
    for (text, words) in [
        ("[clients.web]\nredirect_uri = []", &["line 4", "redirect_uri"][..]),
        ("[clients.web]\nsecret = \"x\"", &["line 4", "secret_file"]),
        ("[clients.web]\ngrants = [\"implicit\"]", &["clients.web: grants", "implicit"]),
        ("[clients.web]\nauth_method = \"x\"", &["clients.web: auth_method"]),
        ("[clients.web]\npublic = true", &["clients.web", "redirect URI"]),
        ("[clients.\"a b\"]\npublic = true", &["clients.\"a b\"", "redirect URI"]),
        (
            "[clients.web]\nmetadata = { jwks_uri = \"http://a.example/\" }",
            &["clients.web", "jwks_uri", "https"],
        ),
        ("[clients.\"a\\u0000b\"]", &["clients.\"a\\0b\"", "printable"]),
        ("[clients.web]\nsecret_env = \"SHORT\"", &["clients.web", "SHORT", "32"]),
        ("[clients.web]\nsecret_env = \"NOWHERE\"", &["clients.web", "NOWHERE", "not set"]),
        ("[clients.web]\nsecret_file = \"nowhere\"", &["clients.web", "nowhere"]),
        ("[clients.web]\nsecret_file = \"a\"\nsecret_env = \"B\"", &["clients.web", "not both"]),
        (
            "[clients.web]\npublic = true\nredirect_uris = [\"https://a.example/\"]\nsecret_env = \"SHORT\"",
            &["clients.web", "no secret"],
        ),
        ("[resource_servers.aaa]", &["resource_servers.aaa", "resource_server = true"]),
        ("[resource_servers.api]\nresources = [\"api\"]", &["resource_servers.api", "resource"]),
        ("[administrators.carol]", &["administrators.carol", "address"]),
        ("[administrators.carol]\nemail = \"carol\"", &["administrators.carol", "name@host"]),
        (
            "[administrators.carol]\nemail = \"mallory@example.com\"",
            &["administrators.carol", "choose another"],
        ),
        (
            "[administrators.carol]\nemail = \"c@example.com\"\npassword_env = \"SHORT\"",
            &["administrators.carol", "password"],
        ),
        (
            "[administrators.mallory]\nemail = \"root@example.com\"",
            &["administrators.mallory", "another e-mail"],
        ),
        ("[administrators.mallory]", &["administrators.mallory", "another e-mail"]),
        ("[projects.New]\neditors = [\"mallory\"]", &["projects.New", "owners"]),
        ("[projects.New]\nowners = [\"nobody\"]", &["projects.New", "nobody"]),
        ("[projects.Twice]\npublic = true", &["projects.Twice", "several"]),
        ("[projects.Once]\nremove = [\"mallory\"]", &["projects.Once", "owner"]),
        ("[projects.Once]\nviewers = [\"mallory\"]", &["projects.Once", "owner"]),
        ("[projects.Once]\nowners = [\"mallory\", \"mallory@example.com\"]", &["projects.Once", "twice"]),
    ] {
        let line = refused(&operator, &format!("{good}{text}"));
        assert!(words.iter().all(|word| line.contains(word)), "{text}: {line}");
    }
    assert_eq!(all(&operator), before);
    assert!(operator.refusal(&["apply", "nowhere.toml"]).contains("nowhere.toml"));
}

#[test]
fn security_4_1_a_name_somebody_else_took_does_not_become_an_administrators() {
    let operator = operator();
    operator.json(&["user", "create", "root", "--email", "taken@example.com"]);
    let line = refused(&operator, &example());
    assert!(line.contains("administrators.root") && line.contains("another e-mail"), "{line}");
    let meant = "[administrators.root]\nemail = \"Taken@example.com\"";
    assert_eq!(done(&apply(&operator, meant)), ["change administrator root"]);
    assert_eq!(operator.json(&["user", "list"])["users"][0]["admin"], true);
}

#[test]
fn contract_14_a_first_start_applies_the_bootstrap_file_and_later_ones_do_not_read_it() {
    let operator = operator().with("PORTCULLIS_BOOTSTRAP_FILE", FILE);
    operator.write(FILE, &example());
    let server = Running::start(&operator, "serve");
    assert_eq!(members(&server.said), ["applied", "data_dir", "listen", "setup_url", "url"]);
    assert_eq!(server.said["setup_url"], Value::Null, "there is an administrator");
    assert_eq!(done(&server.said["applied"]).len(), 7);
    assert_eq!(status(&server, "portal", SECRET), 200);
    let login = reqwest::blocking::Client::new()
        .post(server.url("/auth/v1/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("username=root&password={}", PASSWORD.replace(' ', "+")));
    assert_eq!(login.send().unwrap().status(), 200);
    let link = server.said["applied"]["password_links"][0]["url"].as_str().unwrap();
    assert!(link.starts_with(&server.url("/reset-password?token=")), "{link}");
    assert_eq!(reqwest::blocking::get(link).unwrap().status(), 200);
    drop(server);

    operator.json(&["client", "delete", "cli"]);
    operator.write(FILE, "nonsense");
    let server = Running::start(&operator, "serve");
    assert_eq!(members(&server.said), ["data_dir", "listen", "setup_url", "url"]);
    assert_eq!(operator.json(&["client", "list"])["clients"].as_array().unwrap().len(), 2);
}

#[test]
fn contract_14_a_bootstrap_file_that_is_refused_stops_the_start_with_the_reason() {
    let operator = operator().with("PORTCULLIS_BOOTSTRAP_FILE", FILE);
    let start = ["serve", "--listen", "127.0.0.1:0"];
    assert!(operator.refusal(&start).contains(FILE), "it is not there");
    for (text, words) in [("[client.web]", "line 1"), ("[clients.web]\npublic = true", "clients.web")] {
        operator.write(FILE, text);
        let line = operator.refusal(&start);
        assert!(line.contains(words) && line.contains("bootstrap_file"), "{line}");
    }
    assert_eq!(operator.json(&["client", "list"]), json!({ "clients": [] }));
}

#[test]
fn contract_14_scopes_are_declared_before_their_clients_and_removed_after_them() {
    let operator = operator();
    let file = "[scopes.\"files:list\"]\ndescription = \"list your files\"\ndescriptions.de = \"Ihre Dateien\"\n\
                [clients.app]\nscope = \"read files:list\"\ndefault_scope = \"files:list\"\n\
                grants = [\"client_credentials\"]\n";
    assert_eq!(done(&apply(&operator, file)), ["make scope files:list", "make client app"]);
    assert_eq!(done(&operator.json(&["apply", FILE])).len(), 0);
    assert_eq!(operator.json(&["client", "list"])["clients"][0]["default_scope"], "files:list");
    let other =
        file.replace("list your files\"", "see your files\"\nfor_anybody = true").replace("Ihre Dateien", "");
    operator.write(FILE, &other);
    let told = operator.run(&["apply", FILE, "--dry-run"]).stdout;
    for line in [
        "~ scope files:list",
        "    - description = \"list your files\"",
        "    + description = \"see your files\"",
        "    - descriptions.de = \"Ihre Dateien\"",
        "    + for_anybody = true",
    ] {
        assert!(told.lines().any(|own| own == line), "{line} is not in:\n{told}");
    }
    let unknown = refused(&operator, "[clients.app]\nscope = \"read jobs\"");
    assert!(unknown.contains("clients.app") && unknown.contains("portcullis scope add jobs"), "{unknown}");
    let both = refused(&operator, &format!("{file}[scopes.jobs]\n"));
    assert!(both.contains("scopes.jobs") && both.contains("one line"), "{both}");
    let gone = "[scopes.\"files:list\"]\ndelete = true\n";
    let kept = refused(&operator, &format!("{gone}[clients.app]\nscope = \"files:list\""));
    assert!(kept.contains("the file removes files:list"), "{kept}");
    let last = apply(&operator, &format!("{gone}[clients.app]\nname = \"App\""));
    assert_eq!(done(&last), ["change client app", "remove scope files:list"]);
    assert_eq!(operator.json(&["client", "list"])["clients"][0]["scope"], "read");
    assert_eq!(operator.json(&["scope", "list"]), json!({ "scopes": [] }));
}
