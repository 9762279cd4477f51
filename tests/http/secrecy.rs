//! The log, at its most talkative, holds requests and no secrets (security §4.8). Each server checks its own when it goes
//! (`support/server.rs`); here is the proof that the check can fail, and that there is a log at all.

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
