//! `GET,POST /oauth/userinfo` (OpenID Connect Core §5.3): who may ask, how, and what is told.

use portcullis::flows::users;
use portcullis::oauth::client_metadata::ClientMetadata;
use portcullis::oauth::scope::Scope;
use serde_json::{Value, json};

use super::dpop::bound_tokens;
use crate::support::actor::asks;
use crate::support::dpop::{Prover, ath};
use crate::support::exchange::Reply;
use crate::support::jwt::unproved;
use crate::support::seed::RESOURCE;
use crate::support::server::TestServer;

const PATH: &str = "/oauth/userinfo";

/// An access token of alice's for `web` with `scope`.
fn token(server: &TestServer, scope: &str) -> String {
    let code = server.actor().authorizes(&asks("web", &[("scope", scope)])).code();
    server.app("web").redeems(&code).access
}

fn told(server: &TestServer, scope: &str) -> Value {
    server.actor().get(PATH).bearer(&token(server, scope)).send().expect(200).json()
}

#[track_caller]
fn is_refused(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status, reply.error().as_str()), (status, error), "{}", reply.text());
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

on_both! {
    fn oidc_core_5_4_each_scope_tells_its_claims(server) {
        let sub = json!(server.id_of("alice").to_string());
        assert_eq!(told(server, "openid"), json!({"sub": sub}));
        let profile = json!({"sub": sub, "name": "alice", "preferred_username": "alice"});
        assert_eq!(told(server, "openid profile"), profile);
        let email = json!({"sub": sub, "email": "alice@example.com", "email_verified": false});
        assert_eq!(told(server, "openid email"), email);
        let id = server.id_of("alice");
        let (now, german) = (server.clock.now(), "de");
        let write = server.node.db.write(move |c| {
            portcullis::storage::contact::confirm(c, id, now)?;
            portcullis::storage::contact::set_language(c, id, german)
        });
        server.operator(write).unwrap();
        let all = told(server, "openid profile email read");
        assert_eq!((&all["email_verified"], &all["locale"]), (&json!(true), &json!("de")));
    }

    fn oidc_core_5_3_a_revoked_token_tells_nothing_more(server) {
        let code = server.actor().authorizes(&asks("web", &[("scope", "openid")])).code();
        let web = server.app("web");
        let tokens = web.redeems(&code);
        let ask = || server.actor().get(PATH).bearer(&tokens.access).send();
        assert_eq!(ask().status, 200);
        assert_eq!(web.revokes(&tokens.access).status, 200);
        is_refused(&ask(), 401, "invalid_token");
    }
}

#[test]
fn oidc_core_5_3_1_the_token_comes_in_the_header_or_in_a_form() {
    let server = TestServer::start();
    let (token, actor) = (token(&server, "openid"), server.actor());
    let form = [("access_token", token.as_str())];
    let good = [
        actor.get(PATH).bearer(&token).send(),
        actor.post(PATH).bearer(&token).send(),
        actor.post(PATH).form(&form).send(),
        actor.post(PATH).bearer(&token).form(&[("other", "x")]).send(),
    ];
    for reply in good {
        let reply = reply.expect(200);
        assert_eq!(reply.the_header("cache-control"), "no-store");
        assert_eq!(reply.the_header("content-type"), "application/json");
    }
    is_refused(&actor.post(PATH).bearer(&token).form(&form).send(), 400, "invalid_request");
    // RFC 6750 §2.3: never in a URL.
    let in_url = actor.get(&format!("{PATH}?access_token={token}")).send();
    is_refused(&in_url, 400, "invalid_request");
    let nothing = [
        actor.get(PATH).send(),
        actor.post(PATH).send(),
        // A cookie is no way to present a token here.
        actor.get(PATH).cookie("access_token", &token).send(),
    ];
    for reply in &nothing {
        is_refused(reply, 401, "invalid_token");
        let challenge = reply.the_header("www-authenticate");
        assert!(challenge.starts_with("Bearer ") && !challenge.contains("error="), "{challenge}");
    }
}

#[test]
fn rfc6750_3_1_what_is_no_good_at_userinfo() {
    let server = TestServer::start();
    let actor = server.actor();
    let ask = |credential: &str| actor.get(PATH).bearer(credential).send();
    let narrow = ask(&token(&server, "read profile email"));
    is_refused(&narrow, 403, "insufficient_scope");
    assert!(narrow.the_header("www-authenticate").contains(r#"scope="openid""#));
    let robot = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    is_refused(&ask(&robot), 403, "insufficient_scope");
    let elsewhere = asks("web", &[("scope", "openid"), ("resource", RESOURCE)]);
    let code = server.actor().authorizes(&elsewhere).code();
    let elsewhere = server.app("web").redeems(&code);
    is_refused(&ask(&elsewhere.access), 401, "invalid_token");
    let key = server.key("alice", |key| key.scope = Scope::from(["openid", "profile"]));
    for bad in [key.as_str(), "a.b.c", "x", &elsewhere.refresh, &code] {
        let reply = ask(bad);
        is_refused(&reply, 401, "invalid_token");
        assert!(reply.the_header("www-authenticate").contains(r#"error="invalid_token""#), "{bad}");
    }
    let good = token(&server, "openid");
    server.clock.advance(3600);
    is_refused(&ask(&good), 401, "invalid_token");
}

#[test]
fn oidc_core_5_3_somebody_who_was_disabled_is_not_told_of() {
    let server = TestServer::start();
    let token = token(&server, "openid");
    let _ = server.operator(users::set_disabled(&server.node, "alice", true)).unwrap();
    is_refused(&server.actor().get(PATH).bearer(&token).send(), 401, "invalid_token");
}

#[test]
fn oidc_core_5_3_2_a_client_registered_for_it_gets_a_signed_answer() {
    let server = TestServer::start();
    for algorithm in ["RS256", "EdDSA"] {
        let named = Some(algorithm.to_owned());
        server.registers("web", ClientMetadata { userinfo_signed_response_alg: named, ..Default::default() });
        let reply = server.actor().get(PATH).bearer(&token(&server, "openid email")).send().expect(200);
        assert_eq!(reply.the_header("content-type"), "application/jwt");
        let claims = server.claims(&reply.text(), "JWT", algorithm);
        assert_eq!(claims["iss"], server.issuer);
        assert_eq!((&claims["aud"], &claims["email"]), (&json!("web"), &json!("alice@example.com")));
        assert_eq!(claims["sub"], server.id_of("alice").to_string());
        assert!(claims.get("exp").is_none(), "it is no ID token");
        assert_eq!(server.actor().verifies(&reply.text()).status, 401);
        assert!(portcullis::flows::id_token::read_hint(&server.node, &reply.text()).is_none());
    }
}

#[test]
fn oidc_core_3_1_2_1_only_an_id_token_of_ours_is_a_hint() {
    let server = TestServer::start();
    let answer = {
        let code = server.actor().authorizes(&asks("web", &[("scope", "openid")])).code();
        server.app("web").presents(&code).expect(200)
    };
    let (id_token, access) = (answer.member("id_token"), answer.member("access_token"));
    let hint = |token: &str| portcullis::flows::id_token::read_hint(&server.node, token);
    server.clock.advance(100_000);
    let found = hint(&id_token).expect("its end does not count");
    assert_eq!((found.aud.as_str(), json!(found.sub)), ("web", unproved(&id_token)["sub"].clone()));
    assert!(hint(&access).is_none());
    let (head, signature) = id_token.rsplit_once('.').unwrap();
    assert!(hint(&format!("{head}.{}", signature.chars().rev().collect::<String>())).is_none());
}

#[test]
fn rfc9449_7_1_every_wrong_proof_is_refused_at_userinfo() {
    let server = TestServer::start();
    let (prover, other, actor) = (Prover::new(&server), Prover::new(&server), server.actor());
    let token = bound_tokens(&server, "web", &prover, &[("scope", "openid")]).access;
    let (uri, now) = (format!("{}{PATH}", server.issuer), server.clock.now().seconds());
    let claims = || {
        let mut claims = prover.claims("GET", &uri);
        claims["ath"] = json!(ath(&token));
        claims
    };
    let with = |name: &str, value: Value| {
        prover.proof_with("GET", &uri, &[("ath", json!(ath(&token))), (name, value)])
    };
    let header = |name: &str, value: Value| {
        let mut header = prover.header();
        header[name] = value;
        header.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        prover.signs(&header, &claims())
    };
    let asked = |proof: &str| actor.get(PATH).dpop(&token, proof).send();
    let good = || prover.with_token("GET", &uri, &token);
    let (signed, private) = (good(), {
        let mut jwk = prover.jwk();
        jwk["d"] = jwk["x"].clone();
        jwk
    });
    let (message, signature) = signed.rsplit_once('.').unwrap();
    for (name, proof) in [
        ("two in one header", format!("{},{}", good(), good())),
        ("no JWT", "x".to_owned()),
        ("cut short", message.to_owned()),
        ("no typ", header("typ", Value::Null)),
        ("another typ", header("typ", json!("JWT"))),
        ("no alg", header("alg", Value::Null)),
        ("none", header("alg", json!("none"))),
        ("none, unsigned", format!("{}.", header("alg", json!("none")).rsplit_once('.').unwrap().0)),
        ("no jwk", header("jwk", Value::Null)),
        ("a private jwk", header("jwk", private)),
        ("no jti", with("jti", Value::Null)),
        ("no htm", with("htm", Value::Null)),
        ("another htm", with("htm", json!("PUT"))),
        ("no htu", with("htu", Value::Null)),
        ("another htu", with("htu", json!(format!("{uri}x")))),
        ("another host", with("htu", json!(format!("https://other.example{PATH}")))),
        ("no iat", with("iat", Value::Null)),
        ("an hour ago", with("iat", json!(now - 3600))),
        ("in an hour", with("iat", json!(now + 3600))),
        ("no ath", with("ath", Value::Null)),
        ("another ath", with("ath", json!(ath("another")))),
        ("another key", other.with_token("GET", &uri, &token)),
        ("another's signature", other.signs(&prover.header(), &claims())),
        ("an altered signature", format!("{message}.{}", signature.chars().rev().collect::<String>())),
        ("a proof for tokens", prover.for_tokens()),
    ] {
        let reply = asked(&proof);
        let told = (reply.status, reply.error());
        assert_eq!(told, (401, "invalid_dpop_proof".to_owned()), "{name}");
        assert!(reply.the_header("www-authenticate").starts_with("DPoP "), "{name}");
    }
    let doubled = actor.get(PATH).dpop(&token, &good()).header("dpop", &good()).send();
    is_refused(&doubled, 401, "invalid_dpop_proof");
    is_refused(&actor.get(PATH).bearer(&token).header("dpop", &good()).send(), 401, "invalid_token");
    // Once each.
    let once = with("jti", json!("one"));
    let _ = asked(&once).expect(200);
    is_refused(&asked(&once), 401, "invalid_dpop_proof");
    is_refused(&asked(&with("jti", json!("one"))), 401, "invalid_dpop_proof");
    // What a client may write otherwise.
    for (name, proof) in [
        ("a query and a fragment", with("htu", json!(format!("{uri}?a=b#c")))),
        ("upper case", with("htu", json!(uri.replace("http:", "HTTP:")))),
        ("another member of the header", header("other", json!(1))),
        ("another claim", with("other", json!({"a": 1}))),
    ] {
        assert_eq!(asked(&proof).status, 200, "{name}");
    }
    let _ = actor.get(&format!("{PATH}?a=b")).dpop(&token, &good()).send().expect(200);
    let shouted = actor.get(PATH).header("authorization", &format!("DPOP {token}")).header("DPOP", &good());
    let _ = shouted.send().expect(200);
}
