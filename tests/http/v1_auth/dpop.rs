//! Bound tokens at verify, through its adapters, and at our own API (RFC 9449 §7; contract §6).

use serde_json::{Value, json};

use super::adapters::GATEWAYS;
use crate::oauth::dpop::bound_tokens;
use crate::support::actor::{VERIFIER, asks};
use crate::support::dpop::{Prover, ath};
use crate::support::exchange::Reply;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

const TRUSTED: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1/32");

/// A token of alice's, bound to `prover`'s key.
fn token(server: &TestServer, prover: &Prover<'_>) -> String {
    bound_tokens(server, "spa", prover, &[]).access
}

/// Its status, its `error` and its challenge.
#[track_caller]
fn is_refused(reply: &Reply, error: &str) {
    let challenge = reply.the_header("www-authenticate");
    assert_eq!(reply.status, 401, "{}: {}", reply.asked, reply.text());
    assert!(challenge.starts_with("DPoP realm="), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
    assert!(challenge.contains("algs=\"ES256 EdDSA PS256 RS256\""), "{challenge}");
}

#[test]
fn rfc9449_7_1_a_bound_token_counts_with_a_proof_each_time() {
    let server = TestServer::start();
    let (prover, actor) = (Prover::new(&server), server.actor());
    let (token, uri) = (token(&server, &prover), format!("{}/v1/auth/verify", server.issuer));
    let proof = prover.with_token("GET", &uri, &token);
    let reply = actor.get("/v1/auth/verify?scope=read").dpop(&token, &proof).send().expect(200);
    assert_eq!(reply.json()["auth_method"], "oauth");
    // From memory now, and asked for its proof all the same.
    is_refused(&actor.get("/v1/auth/verify").dpop(&token, &proof).send(), "invalid_dpop_proof");
    let _ =
        actor.get("/v1/auth/verify").dpop(&token, &prover.with_token("GET", &uri, &token)).send().expect(200);
    let bare = actor.get("/v1/auth/verify").header("authorization", &format!("DPoP {token}")).send();
    is_refused(&bare, "invalid_dpop_proof");
}

#[test]
fn rfc9449_7_2_a_bound_token_is_no_bearer_token_and_the_other_way_round() {
    let server = TestServer::start();
    let (prover, actor) = (Prover::new(&server), server.actor());
    let (bound, uri) = (token(&server, &prover), format!("{}/v1/auth/verify", server.issuer));
    is_refused(&actor.verifies(&bound), "invalid_token");
    is_refused(&actor.get("/v1/auth/verify").cookie("access_token", &bound).send(), "invalid_token");
    let proof = prover.with_token("GET", &uri, &bound);
    is_refused(&actor.get("/v1/auth/verify").bearer(&bound).header("dpop", &proof).send(), "invalid_token");
    let plain = server.actor().logs_in().access;
    let proof = prover.with_token("GET", &uri, &plain);
    is_refused(&actor.get("/v1/auth/verify").dpop(&plain, &proof).send(), "invalid_token");
    // A client may send its proofs with everything.
    let _ = actor.get("/v1/auth/verify").bearer(&plain).header("dpop", &proof).send().expect(200);
    // What is no token at all.
    is_refused(&actor.get("/v1/auth/verify").dpop("a.b.c", &proof).send(), "invalid_token");
}

#[test]
fn rfc9449_7_1_every_wrong_proof_is_refused() {
    let server = TestServer::start();
    let (prover, other, actor) = (Prover::new(&server), Prover::new(&server), server.actor());
    let (token, uri) = (token(&server, &prover), format!("{}/v1/auth/verify", server.issuer));
    let now = server.clock.now().seconds();
    let with = |name: &str, value: Value| {
        prover.proof_with("GET", &uri, &[("ath", json!(ath(&token))), (name, value)])
    };
    for (name, proof) in [
        ("no ath", with("ath", Value::Null)),
        ("the ath of another token", with("ath", json!(ath("another")))),
        ("another method", with("htm", json!("POST"))),
        ("another URI", with("htu", json!(format!("{uri}/forward")))),
        ("too old", with("iat", json!(now - 61))),
        ("of the future", with("iat", json!(now + 31))),
        ("another key", other.with_token("GET", &uri, &token)),
        ("another's signature", {
            let claims = json!({"jti": "j", "htm": "GET", "htu": uri, "iat": now, "ath": ath(&token)});
            other.signs(&prover.header(), &claims)
        }),
        ("two", {
            let proof = prover.with_token("GET", &uri, &token);
            format!("{proof},{proof}")
        }),
        ("nothing", String::new()),
    ] {
        let reply = actor.get("/v1/auth/verify").dpop(&token, &proof).send();
        assert_eq!(reply.status, 401, "{name}");
        is_refused(&reply, "invalid_dpop_proof");
    }
    let proof = prover.with_token("GET", &uri, &token);
    let doubled = actor.get("/v1/auth/verify").dpop(&token, &proof).header("dpop", &proof).send();
    is_refused(&doubled, "invalid_dpop_proof");
    let _ = actor.get("/v1/auth/verify").dpop(&token, &proof).send().expect(200);
}

#[test]
fn rfc9449_7_1_what_is_refused_by_scope_is_challenged_by_dpop() {
    let server = TestServer::start();
    let (prover, actor) = (Prover::new(&server), server.actor());
    let (token, uri) = (token(&server, &prover), format!("{}/v1/auth/verify", server.issuer));
    let proof = prover.with_token("GET", &uri, &token);
    let reply = actor.get("/v1/auth/verify?scope=admin").dpop(&token, &proof).send().expect(403);
    let challenge = reply.the_header("www-authenticate");
    assert!(
        challenge.starts_with("DPoP ") && challenge.contains("error=\"insufficient_scope\""),
        "{challenge}"
    );
}

#[test]
fn contract_6_behind_a_gateway_the_proof_is_of_the_clients_request() {
    let server = TestServer::with(&[TRUSTED]);
    let (prover, actor) = (Prover::new(&server), server.actor());
    let token = token(&server, &prover);
    for gateway in GATEWAYS {
        let root = gateway.name.ends_with("root");
        // The test's Envoy says by Host that it asks for what it connects to.
        let host = if gateway.name.starts_with("Envoy") {
            server.base.trim_start_matches("http://").to_owned()
        } else {
            "api.example".to_owned()
        };
        let path = if root { "/" } else { "/v1/samples" };
        let uri = format!("https://{host}{path}");
        let ask = |proof: &str| {
            let asked = format!("{path}?page=2");
            (gateway.ask)(&actor, "POST", &asked, "").dpop(&token, proof).send()
        };
        let proof = prover.with_token("POST", &uri, &token);
        let _ = ask(&proof).expect(200);
        is_refused(&ask(&proof), "invalid_dpop_proof");
        let elsewhere = uri.replace("https", "http");
        for (method, uri) in [
            ("GET", uri.clone()),
            ("POST", format!("{uri}x")),
            ("POST", elsewhere),
            ("POST", format!("https://other.example{path}")),
            ("POST", format!("{}/v1/auth/verify/forward", server.issuer)),
        ] {
            is_refused(&ask(&prover.with_token(method, &uri, &token)), "invalid_dpop_proof");
        }
    }
}

#[test]
fn contract_6_whoever_is_no_trusted_proxy_does_not_say_what_was_asked_for() {
    let server = TestServer::start();
    let (prover, actor) = (Prover::new(&server), server.actor());
    let token = token(&server, &prover);
    for gateway in GATEWAYS {
        let proof = prover.with_token("POST", "https://api.example/v1/samples", &token);
        let reply = (gateway.ask)(&actor, "POST", "/v1/samples", "").dpop(&token, &proof).send();
        is_refused(&reply, "invalid_dpop_proof");
    }
}

#[test]
fn rfc9449_4_3_a_host_or_path_that_can_be_read_in_two_ways_is_none() {
    let server = TestServer::with(&[TRUSTED]);
    let (prover, actor) = (Prover::new(&server), server.actor());
    let token = token(&server, &prover);
    let proof = prover.with_token("GET", "https://api.example/v1/samples", &token);
    let ask = |host: &str, path: &str| {
        let headers = [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", host),
            ("x-forwarded-uri", path),
        ];
        actor.get("/v1/auth/verify/forward").headers(&headers).dpop(&token, &proof).send()
    };
    for (host, path) in [
        ("api.example/v1/samples?", "/admin"),
        ("api.example/v1/samples#", "/admin"),
        ("other.example@api.example", "/v1/samples"),
        ("api.example", "/v1/samples#/admin"),
        ("api.example", "\\v1/samples"),
        ("api.example", "v1/samples"),
        ("api.example/v1", "/samples"),
        ("api.example", "https://api.example/v1/samples"),
        ("", "/v1/samples"),
    ] {
        is_refused(&ask(host, path), "invalid_dpop_proof");
    }
    let _ = ask("API.example:443", "/v1/samples?page=2").expect(200);
}

#[test]
fn rfc9449_7_our_own_api_takes_bound_tokens_with_a_proof() {
    let server = TestServer::start();
    let (prover, actor) = (Prover::new(&server), server.actor());
    let token = token(&server, &prover);
    for path in ["/api/v1/account", "/auth/v1/me"] {
        let uri = format!("{}{path}", server.issuer);
        let proof = prover.with_token("GET", &uri, &token);
        assert_eq!(actor.get(path).dpop(&token, &proof).send().expect(200).member("username"), "alice");
        is_refused(&actor.get(path).dpop(&token, &proof).send(), "invalid_dpop_proof");
        is_refused(&actor.get(path).bearer(&token).send(), "invalid_token");
    }
}

#[test]
fn rfc9449_9_a_resource_may_ask_for_a_nonce_too() {
    let server = TestServer::with(&[("DPOP_NONCE", "everywhere")]);
    let (prover, actor) = (Prover::new(&server), server.actor());
    let code = server.actor().authorizes(&asks("spa", &[])).code();
    let first = server
        .app("spa")
        .proves(&prover.for_tokens(), &[("grant_type", "authorization_code"), ("code", &code)]);
    let nonce = json!(first.expect(400).the_header("dpop-nonce"));
    let at_tokens = prover.proof_with("POST", &prover.token_endpoint(), &[("nonce", nonce.clone())]);
    let fields = [("grant_type", "client_credentials")];
    let token = server.app("robot").proves(&at_tokens, &fields).expect(200).member("access_token");
    let code = server.actor().authorizes(&asks("spa", &[("scope", "openid")])).code();
    let redemption = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let at_tokens = prover.proof_with("POST", &prover.token_endpoint(), &[("nonce", nonce.clone())]);
    let of_person = server.app("spa").proves(&at_tokens, &redemption).expect(200).member("access_token");
    for (path, token) in [("/v1/auth/verify", token), ("/oauth/userinfo", of_person)] {
        let uri = format!("{}{path}", server.issuer);
        let with = |nonce: Value| {
            let changes = [("ath", json!(ath(&token))), ("nonce", nonce)];
            actor.get(path).dpop(&token, &prover.proof_with("GET", &uri, &changes)).send()
        };
        let refused = with(Value::Null);
        is_refused(&refused, "use_dpop_nonce");
        assert_eq!(json!(refused.the_header("dpop-nonce")), nonce, "{path}");
        let _ = with(nonce.clone()).expect(200);
        is_refused(&with(json!("made-up")), "use_dpop_nonce");
    }
}
