//! Plain http under an https public URL, and whom forwarded headers are believed from (contract §13).

use serde_json::json;

use crate::support::server::{PUBLIC_URL, TestServer};

#[test]
fn contract_13_a_credential_over_plain_http_is_refused() {
    let server = TestServer::https();
    let token = server.actor().logs_in().access;
    let plain = server.actor().over_plain_http();
    let form = plain.credentials();
    let json = json!({"username": "alice", "password": server.seed.password});
    let client = [("grant_type", "client_credentials"), ("client_id", "robot"), ("client_secret", "pcs_x")];
    for (reply, error) in [
        (plain.post("/auth/v1/token").form(&form).send(), Some("https_required")),
        (plain.post("/v1/auth/login").json(&json).send(), Some("https_required")),
        (plain.get("/auth/v1/me").bearer(&token).send(), Some("https_required")),
        (plain.get("/v1/auth/verify").bearer(&token).send(), Some("https_required")),
        (plain.get("/v1/auth/verify").cookie("access_token", &token).send(), Some("https_required")),
        (
            plain.get("/v1/auth/verify?anonymous=allow").header("x-api-key", "sk_x").send(),
            Some("https_required"),
        ),
        (plain.post("/oauth/token").form(&client).send(), Some("invalid_request")),
        (plain.post("/oauth/introspect").form(&client).send(), Some("invalid_request")),
        (plain.post("/login").form(&[("email", "alice"), ("password", "x")]).send(), None),
        (plain.get("/").cookie("__Host-sid", "pse_x_x_x_x_x_x").send(), None),
    ] {
        assert_eq!(reply.status, 403, "{}: {}", reply.asked, reply.text());
        assert_eq!(reply.header("location"), None, "{}: never redirected", reply.asked);
        assert!(reply.set_cookies().is_empty(), "{}", reply.asked);
        match error {
            Some(error) => assert_eq!(reply.error(), error, "{}", reply.asked),
            None => assert!(reply.text().starts_with("<!doctype html>"), "{}", reply.asked),
        }
    }
}

#[test]
fn contract_13_requests_without_a_credential_pass() {
    let server = TestServer::https();
    let plain = server.actor().over_plain_http();
    for path in
        ["/health/live", "/health/ready", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"]
    {
        assert_eq!(plain.get(path).send().status, 200, "{path}");
    }
    assert_eq!(plain.get("/v1/auth/verify").send().status, 401);
}

#[test]
fn contract_13_only_the_proxys_own_word_counts() {
    let server = TestServer::https();
    let token = server.actor().logs_in().access;
    let plain = server.actor().over_plain_http();
    for (headers, status) in [
        (vec![("x-forwarded-proto", "https")], 200),
        (vec![("x-forwarded-proto", "http")], 403),
        (vec![("x-forwarded-proto", "http"), ("x-forwarded-proto", "https")], 403),
        (vec![("forwarded", "proto=https")], 403),
        (vec![("x-forwarded-ssl", "on"), ("front-end-https", "on")], 403),
        (vec![("x-forwarded-port", "443")], 403),
        (vec![("host", "id.example")], 403),
    ] {
        let reply = plain.get("/v1/auth/verify").headers(&headers).bearer(&token).send();
        assert_eq!(reply.status, status, "{headers:?}: {}", reply.text());
    }
}

#[test]
fn contract_13_an_untrusted_peer_is_not_believed() {
    let server = TestServer::with(&[("PUBLIC_URL", PUBLIC_URL), ("TRUSTED_PROXIES", "10.0.0.0/8")]);
    let actor = server.actor();
    assert!(actor.behind_proxy, "it says X-Forwarded-Proto: https");
    let reply = actor.post("/auth/v1/token").form(&actor.credentials()).send();
    assert_eq!((reply.status, reply.error()), (403, "https_required".into()));
    let spoofed = [("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=10.0.0.1;proto=https")];
    let reply = actor.post("/auth/v1/token").headers(&spoofed).form(&actor.credentials()).send();
    assert_eq!(reply.status, 403);
}

#[test]
fn contract_13_forwarded_addresses_count_only_from_the_proxy() {
    let wrong = [("username", "alice"), ("password", "wrong horse battery")];
    for (trusted, expected) in [("127.0.0.1/32", 401), ("10.0.0.0/8", 429)] {
        let server = TestServer::with(&[("TRUSTED_PROXIES", trusted)]);
        let actor = server.actor();
        let attempt = |number: u32| {
            let address = format!("203.0.113.{number}");
            actor.post("/auth/v1/token").header("x-forwarded-for", &address).form(&wrong).send()
        };
        for number in 0..6 {
            assert_eq!(attempt(number).status, 401);
        }
        assert_eq!(attempt(6).status, expected, "{trusted}: an invented address buys no more guesses");
    }
}

#[test]
fn security_4_8_the_host_header_decides_nothing() {
    let server = TestServer::https();
    let actor = server.actor();
    for (name, value) in
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")]
    {
        let metadata =
            actor.get("/.well-known/oauth-authorization-server").header(name, value).send().expect(200);
        assert!(!metadata.text().contains("evil"), "{name}");
        let reply = actor.get("/oauth/authorize?client_id=spa").header(name, value).send();
        assert!(
            !reply.text().contains("evil") && !reply.header("location").unwrap_or_default().contains("evil")
        );
        let reply = actor.get("/auth/v1/me").header(name, value).send();
        assert!(!reply.the_header("www-authenticate").contains("evil"), "{name}");
    }
}

#[test]
fn nist_800_63b_3_2_2_guesses_from_everywhere_are_slowed_but_not_for_the_owner() {
    let server = TestServer::with(&[("TRUSTED_PROXIES", "127.0.0.1/32")]);
    let home = [("x-forwarded-for", "192.0.2.1")];
    let owner = server.actor();
    let _ = owner.post("/auth/v1/token").headers(&home).form(&owner.credentials()).send().expect(200);
    let wrong = [("username", "alice"), ("password", "wrong horse battery")];
    let guess = |number: usize| {
        let address = format!("203.0.113.{number}");
        server.actor().post("/auth/v1/token").header("x-forwarded-for", &address).form(&wrong).send().status
    };
    let refused = (0..100).find(|number| guess(*number) == 429);
    assert!(
        refused.is_some_and(|number| number >= 50),
        "{refused:?}: at most 100 guesses in a row, from wherever"
    );
    let elsewhere = server.actor();
    let reply = elsewhere
        .post("/auth/v1/token")
        .header("x-forwarded-for", "198.51.100.1")
        .form(&owner.credentials())
        .send();
    assert_eq!(reply.status, 429);
    let _ = owner.post("/auth/v1/token").headers(&home).form(&owner.credentials()).send().expect(200);
}
