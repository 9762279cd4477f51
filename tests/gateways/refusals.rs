//! What does not get through, and what the client is told (contract §6, §7): through each gateway the same.

use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::bed::Bed;
use crate::gateway::{Gateway, free_address};
use crate::support::postgres::fresh_postgres_url;
use crate::support::server::TestServer;
use crate::wire::Reply;

/// Insists that the client, and not the upstream, was answered.
#[track_caller]
fn refused(gateway: &Gateway, reply: &Reply, status: u16, error: &str) {
    assert_eq!(reply.status, status, "{}: {}", gateway.name, reply.text());
    assert_eq!(reply.resource(), None, "{}: the upstream was reached", gateway.name);
    let body = reply.json();
    assert_eq!((&body["error"], &body["code"]), (&error.into(), &status.into()), "{}", gateway.name);
    // RFC 3339 in UTC, whoever wrote the body (contract §8).
    let timestamp = body["timestamp"].as_str().unwrap_or_default();
    let shape: String = timestamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00Z", "{}: {timestamp:?}", gateway.name);
    assert_eq!(reply.header("content-type"), Some("application/json"), "{}", gateway.name);
}

#[test]
fn contract_6_no_credential_or_a_bad_one_is_401_with_a_challenge() {
    let bed = Bed::start();
    let token = bed.token_of("alice");
    let cut = &token[..token.len() - 4];
    for gateway in &bed.gateways {
        for headers in [
            vec![],
            vec![("Authorization", format!("Bearer {cut}"))],
            vec![("Authorization", "Bearer sk_0123456789abcdefghijklm0123456".to_owned())],
            vec![("X-API-Key", "sk_x".to_owned())],
            vec![("Cookie", format!("access_token={cut}"))],
            vec![("Authorization", format!("Bearer {cut}")), ("Cookie", format!("access_token={token}"))],
        ] {
            let lines: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = gateway.send("GET", "/v1/users", &lines);
            refused(gateway, &reply, 401, "invalid_token");
            let challenge = reply.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer realm="), "{}: {challenge}", gateway.name);
            assert_eq!(challenge.contains("error="), !headers.is_empty(), "{}: {challenge}", gateway.name);
        }
    }
}

#[test]
fn contract_8_an_expired_token_is_told_apart() {
    let bed = Bed::start();
    let token = bed.token_of("alice");
    bed.server.clock.advance(3600);
    for gateway in &bed.gateways {
        let reply = gateway.get("/v1/users", &token);
        refused(gateway, &reply, 401, "token_expired");
        assert_eq!(reply.json()["message"], "The access token has expired", "{}", gateway.name);
    }
}

#[test]
fn contract_6_not_allowed_is_403_and_hidden_404() {
    let bed = Bed::start();
    let robot =
        bed.server.app("robot").acts_for_itself(&[("scope", "write")]).expect(200).member("access_token");
    let alice = bed.token_of("alice");
    for gateway in &bed.gateways {
        let reply = gateway.get("/v1/users", &robot);
        refused(gateway, &reply, 403, "insufficient_scope");
        let challenge = reply.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains(r#"scope="read""#), "{}: {challenge}", gateway.name);
        for target in ["/admin", "/admin/", "/", "/anything/else"] {
            let reply = gateway.get(target, &alice);
            refused(gateway, &reply, 404, "not_found");
            assert_eq!(reply.header("www-authenticate"), None, "{}", gateway.name);
            assert_eq!(gateway.send("GET", target, &[]).status, 401, "{}", gateway.name);
        }
        let root = bed.token_of("root");
        assert_eq!(gateway.get("/admin", &root).resource().as_deref(), Some("admin"), "{}", gateway.name);
    }
}

#[test]
fn contract_6_two_principals_are_400() {
    let bed = Bed::start();
    let (alice, bob) = (bed.token_of("alice"), bed.token_of("bob"));
    for gateway in &bed.gateways {
        let headers =
            [("Authorization", format!("Bearer {alice}")), ("Cookie", format!("access_token={bob}"))];
        let lines: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        refused(gateway, &gateway.send("GET", "/v1/users", &lines), 400, "invalid_request");
    }
}

#[test]
fn contract_6_a_cookie_from_a_foreign_page_changes_nothing() {
    let bed = Bed::start();
    let cookie = format!("access_token={}", bed.token_of("alice"));
    let foreign =
        [("Cookie", cookie.as_str()), ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")];
    let own = [("Cookie", cookie.as_str()), ("Origin", bed.server.issuer.as_str())];
    for gateway in &bed.gateways {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let reply = gateway.send(method, "/v1/users", &foreign);
            assert_eq!((reply.status, reply.resource()), (403, None), "{} {method}", gateway.name);
            // What a client claims of its own method does not help.
            for name in ["X-Forwarded-Method", "X-Original-Method", "X-HTTP-Method-Override"] {
                let claims = [&foreign[..], &[(name, "GET")]].concat();
                assert_eq!(gateway.send(method, "/v1/users", &claims).status, 403, "{} {name}", gateway.name);
            }
            let reply = gateway.send(method, "/v1/users", &own);
            assert_eq!(reply.resource().as_deref(), Some("users"), "{} {method}", gateway.name);
        }
        assert_eq!(gateway.send("GET", "/v1/users", &foreign).status, 200, "{}", gateway.name);
    }
}

#[test]
fn contract_6_a_server_that_is_gone_is_503_and_nobody_passes() {
    let bed = Bed::start();
    let token = bed.token_of("alice");
    for gateway in &bed.gateways {
        assert_eq!(gateway.get("/v1/users", &token).status, 200, "{}", gateway.name);
    }
    let Bed { gateways, server } = bed;
    drop(server);
    for gateway in &gateways {
        for target in ["/v1/users", "/v1/samples", "/admin"] {
            let reply = gateway.get(target, &token);
            refused(gateway, &reply, 503, "temporarily_unavailable");
            assert_eq!(reply.header("retry-after"), Some("1"), "{}", gateway.name);
        }
    }
}

#[test]
fn contract_6_an_upstream_that_is_gone_is_not_taken_for_a_server_that_is() {
    let bed = Bed::between(TestServer::with(&[("TRUSTED_PROXIES", "127.0.0.1/32")]), free_address());
    let token = bed.token_of("alice");
    for gateway in &bed.gateways {
        let reply = gateway.get("/v1/users", &token);
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (502, None),
            "{}: {}",
            gateway.name,
            reply.text()
        );
        assert_eq!(gateway.get("/v1/users", "a.b.c").status, 401, "{}", gateway.name);
    }
}

#[test]
fn contract_6_anybody_may_look_and_nobody_changes_without_a_credential() {
    let bed = Bed::start();
    let token = bed.token_of("alice");
    for gateway in &bed.gateways {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            refused(gateway, &gateway.send(method, "/v1/samples", &[]), 401, "invalid_token");
            for name in ["X-HTTP-Method-Override", "X-Forwarded-Method", "X-Original-Method"] {
                refused(
                    gateway,
                    &gateway.send(method, "/v1/samples", &[(name, "GET")]),
                    401,
                    "invalid_token",
                );
            }
            let bearer = format!("Bearer {token}");
            let reply = gateway.send(method, "/v1/samples", &[("Authorization", &bearer)]);
            assert_eq!(reply.resource().as_deref(), Some("samples"), "{} {method}", gateway.name);
        }
        assert_eq!(gateway.send("HEAD", "/v1/samples", &[]).status, 200, "{}", gateway.name);
    }
}

#[test]
fn contract_12_too_many_is_429_with_retry_after() {
    for limited in 0..2 {
        // The count is the server's: each gateway gets one of its own.
        let bed = Bed::with(&[("RATE_LIMIT_JWT", "2")]);
        let gateway = &bed.gateways[limited];
        let token = bed.token_of("alice");
        for remaining in ["1", "0"] {
            let reply = gateway.get("/v1/users", &token);
            assert_eq!(reply.status, 200, "{}: {}", gateway.name, reply.text());
            if gateway.name == "nginx" {
                assert_eq!(reply.header("x-ratelimit-remaining"), Some(remaining));
                assert_eq!(reply.header("ratelimit-policy"), Some(r#""jwt";q=2;w=3600"#));
            }
        }
        let reply = gateway.get("/v1/users", &token);
        refused(gateway, &reply, 429, "rate_limit_exceeded");
        let pause = reply.header("retry-after").and_then(|pause| pause.parse::<u32>().ok());
        assert!(pause.is_some_and(|pause| (1..=3601).contains(&pause)), "{}: {pause:?}", gateway.name);
        assert_eq!(reply.header("x-ratelimit-remaining"), Some("0"), "{}", gateway.name);
        assert_eq!(reply.header("www-authenticate"), None, "{}", gateway.name);
        assert_eq!(gateway.get("/v1/users", &bed.token_of("bob")).status, 200, "{}", gateway.name);
    }
}

#[test]
fn contract_9_a_key_that_may_not_come_from_here_is_403() {
    let bed = Bed::start();
    let allowed = |network: &str| {
        let network = network.parse().unwrap();
        bed.server.key("alice", |key| key.ip_allow = vec![network])
    };
    for gateway in &bed.gateways {
        let (here, elsewhere) = (allowed("127.0.0.0/8"), allowed("198.51.100.0/24"));
        assert_eq!(gateway.get("/v1/users", &here).status, 200, "{}", gateway.name);
        let claim = [("X-Forwarded-For", "198.51.100.7"), ("X-Api-Key", elsewhere.as_str())];
        refused(gateway, &gateway.send("GET", "/v1/users", &claim), 403, "insufficient_scope");
    }
}

#[test]
fn contract_6_a_store_that_is_away_is_503_and_not_401() {
    let database = fresh_postgres_url();
    let bed = Bed::before(TestServer::on_database(&database));
    let token = bed.token_of("alice");
    take_away(&database);
    for gateway in &bed.gateways {
        let deadline = Instant::now() + Duration::from_secs(10);
        let reply = loop {
            let reply = gateway.get("/v1/users", &token);
            if reply.status != 200 {
                break reply;
            }
            assert!(Instant::now() < deadline, "{}: still believed", gateway.name);
            std::thread::sleep(Duration::from_millis(50));
        };
        refused(gateway, &reply, 503, "temporarily_unavailable");
        assert!(
            reply.header("retry-after").is_some_and(|pause| pause.parse::<u32>().is_ok()),
            "{}",
            gateway.name
        );
        assert_eq!(gateway.get("/v1/users", "a.b.c").status, 401, "{}", gateway.name);
    }
}

/// Drops the database under the server.
fn take_away(database: &str) {
    let mut url = url::Url::parse(database).unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    url.set_path("/postgres");
    let mut connection = PgConnection::establish(url.as_str()).unwrap();
    diesel::sql_query(format!("DROP DATABASE {name} WITH (FORCE)")).execute(&mut connection).unwrap();
}
