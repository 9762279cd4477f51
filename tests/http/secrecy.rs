//! The log, at its most talkative, holds requests and no secrets (security §4.8). Each server checks its own when it goes
//! (`support/server.rs`); here is the proof that the check can fail, and that there is a log at all. Nor do the tables (§4.3).

use portcullis::flows::actor::Actor as By;
use portcullis::flows::{password_reset, registration_token};
use serde_json::json;

use crate::oauth::device::begins;
use crate::oauth::par::pushes;
use crate::oauth::register::registers;
use crate::support::actor::asks;
use crate::support::log::Secrets;
use crate::support::server::TestServer;

#[test]
fn security_4_8_the_log_has_a_line_for_each_request() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.logs_in();
    let wrong = [("username", "alice"), ("password", "wrong horse battery staple")];
    let reply = alice.post("/auth/v1/token").form(&wrong).send().expect(401);
    let id = reply.the_header("x-request-id");
    let log = server.log();
    let line = log.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("no line has {id}"));
    for word in ["POST", "/auth/v1/token", "401"] {
        assert!(line.contains(word), "{word} is missing in: {line}");
    }
    assert!(!line.contains("alice"), "no personal data: {line}");
}

#[test]
fn security_4_8_request_ids_are_ours() {
    let server = TestServer::start();
    let alice = server.actor();
    let forged = "00000000-0000-7000-8000-00000000beef";
    let reply = alice.get("/health/live").header("x-request-id", forged).send();
    assert_ne!(reply.the_header("x-request-id"), forged);
    assert!(!server.log().contains(forged));
}

#[test]
fn security_4_8_the_check_finds_a_leak() {
    let server = TestServer::start();
    let tokens = server.actor().logs_in();
    let person = server.actor();
    let code = person.authorizes(&asks("web", &[])).code();
    let session = person.jar("sid").unwrap();
    for secret in [&tokens.access, &tokens.refresh, &code, &session, &server.seed.password] {
        let line = format!("INFO token={secret} something");
        assert!(server.secrets.found_in(&line).contains(secret), "{secret} was not remembered");
    }
    let (_, signature) = tokens.access.rsplit_once('.').unwrap();
    assert_eq!(server.secrets.found_in(signature), [signature], "a part of a JWT is a leak, too");
    let encoded: String = url::form_urlencoded::byte_serialize(server.seed.password.as_bytes()).collect();
    assert!(
        encoded.contains('+') && !server.secrets.found_in(&encoded).is_empty(),
        "encoded, it is still one"
    );
    assert!(server.secrets.found_in(&server.log()).is_empty());
    assert!(server.secrets.len() > 15, "{}", server.secrets.len());
}

#[test]
fn security_4_8_the_log_itself_is_watched() {
    let secrets = Secrets::default();
    let secret = crate::support::seed::unused();
    secrets.add(&secret);
    let start = crate::support::log::end();
    tracing::debug!(value = secret.as_str(), "a line as a careless programmer would write it");
    assert_eq!(secrets.found_in(&crate::support::log::since(start)), [secret]);
}

#[test]
fn security_4_8_a_server_that_leaks_fails_its_test() {
    let server = TestServer::start();
    let tokens = server.actor().logs_in();
    tracing::info!("a careless line with {}", tokens.refresh);
    let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(server)));
    let said = end.expect_err("the leak was not seen");
    let said = said.downcast_ref::<String>().map_or("", String::as_str);
    assert!(said.starts_with("secrets in the log"), "{said}");
}

#[test]
fn security_4_8_no_query_and_no_header_is_logged() {
    let server = TestServer::start();
    let alice = server.actor();
    let canary = "canary-in-the-query-0123456789";
    server.secrets.add(canary);
    for path in ["/", "/login", "/oauth/authorize", "/v1/auth/verify", "/no/such", "/setup", "/auth/v1/me"] {
        for method in ["GET", "POST"] {
            let path = format!("{path}?token={canary}&x={canary}");
            let _ = alice.ask(method, &path).header("x-canary", canary).header("user-agent", canary).send();
        }
    }
    let log = server.log();
    assert!(!log.contains(canary), "{log}");
}

/// One of every credential that is kept, and not one of them can be read in the tables.
#[test]
fn security_4_3_no_credential_stands_in_a_table_in_clear() {
    let server = TestServer::with(&[("DYNAMIC_REGISTRATION", "open")]);
    let alice = server.actor();
    let access = alice.logs_in().access;
    let _ = alice.post("/auth/v1/refresh").send().expect(200);
    let named = json!({"name": "laptop"});
    let key = alice.post("/api/v1/keys").bearer(&access).json(&named).send().expect(201).member("key");
    let person = server.actor();
    let _ = person.authorizes(&asks("web", &[])).code();
    let code = person.authorizes(&asks("spa", &[("scope", "openid"), ("nonce", "in-the-table")])).code();
    let spa = server.app("spa");
    let first = spa.redeems(&code);
    let second = spa.refreshes(&first.refresh).expect(200).member("refresh_token");
    let pushed = pushes(&server, "web", &[]).expect(201).member("request_uri");
    let device = begins(&server.app("tv"), "read").device;
    let confidential = json!({"token_endpoint_auth_method": "client_secret_basic"});
    let registered = registers(&server, &confidential).expect(201);
    let initial = registration_token::create(&server.node, By::Operator, 1, 60);
    let initial = server.operator(initial).unwrap().unwrap();
    server.secrets.add(initial.secret.expose());
    let link = password_reset::link_for(&server.node, By::Operator, server.id_of("alice"));
    let Ok(link) = server.operator(link).unwrap() else { panic!("no link") };
    server.secrets.add(link.url.split_once("token=").unwrap().1);
    server.secrets.add(pushed.rsplit(':').next().unwrap());
    for secret in [&access, &key, &code, &second, &device, &registered.member("client_secret")] {
        assert!(server.secrets.found_in(secret).contains(secret), "{secret} was not remembered");
    }
    let tables = server.tables();
    for kept in [
        "sessions",
        "authorization_codes",
        "refresh_tokens",
        "pushed_authorization_requests",
        "device_codes",
        "api_keys",
        "clients",
        "client_registrations",
        "registration_tokens",
        "account_links",
    ] {
        let table = tables.iter().find(|(name, _)| name == kept).unwrap_or_else(|| panic!("no table {kept}"));
        assert!(!table.1.is_empty(), "{kept} has no rows");
    }
    let codes = tables.iter().find(|(name, _)| name == "authorization_codes");
    assert!(codes.unwrap().1.contains("'in-the-table'"), "it is read as it stands there");
    for (name, rows) in &tables {
        let in_clear = server.secrets.found_in(rows);
        assert!(in_clear.is_empty(), "{name}: {in_clear:?}");
        let in_bytes = server.secrets.found_in(&plain(rows));
        assert!(in_bytes.is_empty(), "{name}, as bytes: {in_bytes:?}");
    }
}

/// The bytes in `X'…'`, read as text.
fn plain(rows: &str) -> String {
    let digits = rows.split("X'").skip(1).filter_map(|rest| rest.split('\'').next());
    let bytes = |digits: &str| -> Vec<u8> {
        let pairs = digits.as_bytes().chunks_exact(2);
        pairs.map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).unwrap_or_default()).collect()
    };
    digits.map(|digits| String::from_utf8_lossy(&bytes(digits)).into_owned()).collect::<Vec<_>>().join("\n")
}
