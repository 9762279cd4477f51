//! `portcullis serve` and `portcullis demo`: what they print, and that commands work beside them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::operator::{Operator, members};

/// A running command, ended with the test.
pub struct Running {
    child: Child,
    /// The one JSON object it printed.
    pub said: Value,
}

impl Running {
    pub fn start(operator: &Operator, command: &str) -> Self {
        Self::start_at(operator, command, "127.0.0.1:0")
    }

    pub fn start_at(operator: &Operator, command: &str, address: &str) -> Self {
        let line = [command, "--listen", address, "--json"];
        let mut child = operator.command(&line).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said = serde_json::from_str(&said).unwrap();
        Self { child, said }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.said["url"].as_str().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn contract_14_serve_says_where_and_offers_the_link_until_there_is_an_administrator() {
    let operator = Operator::new();
    let server = Running::start(&operator, "serve");
    assert_eq!(members(&server.said), ["data_dir", "listen", "setup_url", "url"]);
    assert_eq!(server.url(""), format!("http://{}", server.said["listen"].as_str().unwrap()));
    let link = server.said["setup_url"].as_str().unwrap();
    assert!(link.starts_with(&server.url("/setup?token=psl_")), "{link}");
    assert!(reqwest::blocking::get(link).unwrap().status().is_success());
    operator.json(&["user", "create", "root", "--email", "r@example.com", "--admin"]);
    drop(server);
    assert_eq!(Running::start(&operator, "serve").said["setup_url"], Value::Null);
}

#[test]
fn contract_14_a_command_beside_the_running_server_is_seen_within_a_second() {
    let operator = Operator::new();
    let server = Running::start(&operator, "serve");
    let made = operator.json(&["user", "create", "alice", "--email", "a@example.com"]);
    let http = reqwest::blocking::Client::new();
    let form = [("username", "alice"), ("password", made["password"].as_str().unwrap())];
    let encoded = format!("{}={}&{}={}", form[0].0, form[0].1, form[1].0, form[1].1);
    let login = http
        .post(server.url("/auth/v1/token"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(encoded);
    let token: Value = login.send().unwrap().json().unwrap();
    let verify = || {
        let asked = http.get(server.url("/v1/auth/verify"));
        asked.bearer_auth(token["access_token"].as_str().unwrap()).send().unwrap().status().as_u16()
    };
    assert_eq!(verify(), 200);
    operator.json(&["user", "disable", "alice"]);
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(verify(), 401);
}

#[test]
fn contract_14_the_next_request_finds_what_a_command_changed() {
    let operator = Operator::new();
    let server = Running::start(&operator, "serve");
    let first = ["client", "create", "--id", "app", "--name", "App", "--public", "--redirect-uri"];
    operator.json(&[&first[..], &["https://app.example/0"]].concat());
    let http =
        reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let ask = |uri: &str| {
        let query =
            format!("?client_id=app&response_type=code&redirect_uri={uri}&code_challenge_method=S256");
        let challenge = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        http.get(server.url(&format!("/oauth/authorize{query}{challenge}"))).send().unwrap().status().as_u16()
    };
    assert_eq!(ask("https://app.example/0"), 303);
    for n in 1..=10 {
        let uri = format!("https://app.example/{n}");
        operator.json(&["client", "update", "app", "--redirect-uri", &uri]);
        assert_eq!(ask(&uri), 303, "{n}: known at once");
        let before = format!("https://app.example/{}", n - 1);
        assert_eq!(ask(&before), 400, "{n}: the one before is forgotten at once");
    }
}

#[test]
fn security_r15_the_drill_of_docs_signing_keys() {
    let operator = Operator::new();
    let demo = Running::start(&operator, "demo");
    let http = reqwest::blocking::Client::new();
    let token = demo.said["token_response"]["access_token"].as_str().unwrap();
    let verify =
        || http.get(demo.url("/v1/auth/verify")).bearer_auth(token).send().unwrap().status().as_u16();
    let published = || http.get(demo.url("/.well-known/jwks.json")).send().unwrap().text().unwrap();
    assert_eq!(verify(), 200);
    let listed = operator.json(&["signing-key", "list"]);
    let active = |key: &&Value| key["algorithm"] == "ES256" && key["state"] == "active";
    let kid = listed["keys"].as_array().unwrap().iter().find(active).unwrap()["kid"].as_str().unwrap();
    assert!(published().contains(kid));
    let revoked = operator.json(&["signing-key", "revoke", kid]);
    assert_eq!(members(&revoked), ["kid", "replaced_by", "revoked"]);
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(verify(), 401);
    let now = published();
    assert!(!now.contains(kid) && now.contains(revoked["replaced_by"].as_str().unwrap()));
}

#[test]
fn demo_shows_a_token_that_works() {
    let operator = Operator::new();
    for _ in 0..2 {
        let demo = Running::start(&operator, "demo");
        let token = demo.said["token_response"]["access_token"].as_str().unwrap().to_owned();
        assert_eq!(demo.said["token_response"]["expires_in"], 3600);
        let http = reqwest::blocking::Client::new();
        let answer = http.get(demo.url("/v1/auth/verify")).bearer_auth(token).send().unwrap();
        assert_eq!(answer.json::<Value>().unwrap()["username"], "demo");
        assert_eq!(demo.said["curl"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn demo_is_for_loopback_only() {
    let operator = Operator::new();
    let line = ["demo", "--listen", "0.0.0.0:0", "--public-url", "https://id.example.com"];
    assert!(operator.refusal(&line).contains("portcullis serve"));
}

#[test]
fn a_command_and_the_server_may_meet_an_empty_folder_at_the_same_moment() {
    for _ in 0..8 {
        let operator = Operator::new();
        std::thread::scope(|scope| {
            let serving = scope.spawn(|| Running::start(&operator, "serve"));
            let made = operator.json(&["user", "create", "alice", "--email", "a@example.com"]);
            assert_eq!(made["username"], "alice");
            let server = serving.join().unwrap();
            assert!(reqwest::blocking::get(server.url("/health/ready")).unwrap().status().is_success());
        });
    }
}

#[test]
fn logins_of_one_person_at_the_same_moment_all_succeed() {
    let operator = Operator::new();
    let server = Running::start(&operator, "serve");
    let made = operator.json(&["user", "create", "alice", "--email", "a@example.com"]);
    let body = format!("username=alice&password={}", made["password"].as_str().unwrap());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let answer = reqwest::blocking::Client::new()
                        .post(server.url("/auth/v1/token"))
                        .header("content-type", "application/x-www-form-urlencoded")
                        .body(body.clone())
                        .send()
                        .unwrap();
                    assert_eq!(answer.status().as_u16(), 200, "{}", answer.text().unwrap());
                }
            });
        }
    });
}
