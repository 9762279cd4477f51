//! The authorization code at the token endpoint: what it is bound to, how long it lives, how often it works (contract §5;
//! RFC 6749 §4.1.3, RFC 7636 §4.6).

use serde_json::json;

use crate::support::actor::{VERIFIER, asks};
use crate::support::seed::{REDIRECT, RESOURCE};
use crate::support::server::TestServer;

const GRANT: (&str, &str) = ("grant_type", "authorization_code");

#[test]
fn rfc6749_5_1_the_answer_and_its_headers() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("spa", &[("scope", "read")])).code();
    let reply = server.app("spa").presents(&code).expect(200);
    let body = reply.json();
    let mut members: Vec<&String> = body.as_object().unwrap().keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "scope", "token_type"]);
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&json!("Bearer"), &json!(3600), &json!("read"))
    );
    assert_eq!(reply.the_header("cache-control"), "no-store");
    assert!(reply.set_cookies().is_empty());
}

#[test]
fn contract_5_a_wrong_presentation_is_refused_and_costs_nothing() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let web = server.app("web");
    let with = |name: &str, value: &str| {
        let mut fields =
            vec![GRANT, ("code", &code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
        fields.retain(|(own, _)| *own != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
        web.asks_for_tokens(&fields)
    };
    let wrong_verifier = VERIFIER.replace('d', "e");
    for (name, value, error) in [
        ("code_verifier", wrong_verifier.as_str(), "invalid_grant"),
        ("code_verifier", "", "invalid_grant"),
        ("redirect_uri", "https://app.example/callback/", "invalid_grant"),
        ("redirect_uri", "https://app.example/Callback", "invalid_grant"),
        ("redirect_uri", "https://evil.example/", "invalid_grant"),
        ("redirect_uri", "", "invalid_grant"),
        ("code", "pac_nonsense", "invalid_grant"),
        ("code", "", "invalid_request"),
    ] {
        let reply = with(name, value);
        assert_eq!((reply.status, reply.error().as_str()), (400, error), "{name}={value}: {}", reply.text());
    }
    for other in ["mail", "spa", "legacy"] {
        let reply = server.app(other).presents(&code);
        assert_eq!((reply.status, reply.error()), (400, "invalid_grant".into()), "{other}");
    }
    let reply = web.presents(&code);
    assert_eq!(reply.status, 200, "none of these may consume the code: {}", reply.text());
}

#[test]
fn contract_5_a_replay_without_the_right_client_or_verifier_revokes_nothing() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let tokens = server.app("web").redeems(&code);
    let thief = server.app("mail").presents(&code);
    assert_eq!(thief.expect(400).error(), "invalid_grant");
    let fields =
        [GRANT, ("code", &code), ("redirect_uri", REDIRECT), ("code_verifier", &VERIFIER.replace('d', "e"))];
    assert_eq!(server.app("web").asks_for_tokens(&fields).expect(400).error(), "invalid_grant");
    assert!(server.actor().is_believed(&tokens.access));
    assert_eq!(server.app("web").refreshes(&tokens.refresh).status, 200);
}

#[test]
fn contract_5_a_wrong_secret_does_not_consume_the_code() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let mut web = server.app("web");
    let right = web.secret.replace("pcs_0000000000000000000000000000000000".to_owned()).unwrap();
    let reply = web.presents(&code).expect(401);
    assert_eq!(reply.error(), "invalid_client");
    web.secret = Some(right);
    assert_eq!(web.presents(&code).status, 200);
}

#[test]
fn contract_5_a_code_lives_sixty_seconds() {
    let server = TestServer::start();
    for (wait, status) in [(59, 200), (60, 400), (61, 400)] {
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        server.clock.advance(wait);
        let reply = server.app("spa").presents(&code);
        assert_eq!(reply.status, status, "after {wait} s: {}", reply.text());
        if status == 400 {
            assert_eq!(reply.error(), "invalid_grant");
        }
    }
}

#[test]
fn rfc9700_2_1_1_a_code_without_a_challenge_takes_no_verifier() {
    let server = TestServer::start();
    let query = asks("legacy", &[("code_challenge", ""), ("code_challenge_method", "")]);
    let code = server.actor().authorizes(&query).code();
    assert_eq!(server.app("legacy").presents(&code).expect(400).error(), "invalid_grant", "PKCE downgrade");
    let fields = [GRANT, ("code", &code), ("redirect_uri", REDIRECT)];
    assert_eq!(server.app("legacy").asks_for_tokens(&fields).status, 200);
}

#[test]
fn rfc7636_4_6_a_challenge_that_was_sent_is_checked_even_where_it_is_not_required() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("legacy", &[])).code();
    let fields = [GRANT, ("code", &code), ("redirect_uri", REDIRECT)];
    assert_eq!(server.app("legacy").asks_for_tokens(&fields).expect(400).error(), "invalid_grant");
    assert_eq!(server.app("legacy").presents(&code).status, 200);
}

#[test]
fn contract_5_a_code_ends_with_its_session() {
    let server = TestServer::start();
    let person = server.actor();
    let code = person.authorizes(&asks("spa", &[])).code();
    let page = crate::support::page::Page::of(&person.get("/logout").send().expect(200));
    let _ = person.submits(&page.form("/logout"));
    assert_eq!(server.app("spa").presents(&code).expect(400).error(), "invalid_grant");
}

#[test]
fn contract_5_a_code_ends_with_its_user() {
    let server = TestServer::start();
    let code = server.actor().named("bob").authorizes(&asks("spa", &[])).code();
    server.operator(async {
        let done = portcullis::flows::users::set_disabled(&server.node, "bob", true).await.unwrap();
        assert!(done.is_ok());
    });
    assert_eq!(server.app("spa").presents(&code).expect(400).error(), "invalid_grant");
}

#[test]
fn rfc6749_4_1_3_a_refresh_token_is_no_code_and_the_other_way_round() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("spa", &[])).code();
    let spa = server.app("spa");
    assert_eq!(spa.refreshes(&code).expect(400).error(), "invalid_grant");
    let tokens = spa.redeems(&code);
    assert_eq!(spa.presents(&tokens.refresh).expect(400).error(), "invalid_grant");
    assert_eq!(spa.presents(&tokens.access).expect(400).error(), "invalid_grant");
    assert!(!server.actor().is_believed(&tokens.refresh), "and none is an access token");
}

#[test]
fn rfc8707_2_a_code_is_bound_to_its_resource() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[("resource", RESOURCE)])).code();
    let web = server.app("web");
    let present = |resource: &str| {
        let mut fields =
            vec![GRANT, ("code", &code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
        if !resource.is_empty() {
            fields.push(("resource", resource));
        }
        web.asks_for_tokens(&fields)
    };
    assert_eq!(present("https://other.example/").expect(400).error(), "invalid_target");
    let reply = present("HTTPS://API.example/v1").expect(200);
    let access = reply.member("access_token");
    let actor = server.actor();
    let path = "/v1/auth/verify?audience=https%3A%2F%2Fapi.example%2Fv1";
    assert_eq!(actor.get(path).bearer(&access).send().expect(200).member("audience"), RESOURCE);
    let home = url::form_urlencoded::byte_serialize(server.issuer.as_bytes()).collect::<String>();
    let elsewhere = actor.get(&format!("/v1/auth/verify?audience={home}")).bearer(&access).send();
    assert_eq!(elsewhere.status, 403, "it is not for the public URL");
    assert_eq!(actor.get("/auth/v1/me").bearer(&access).send().status, 401, "nor for our own doors");
    let again = web.refreshes(&reply.member("refresh_token")).expect(200).member("access_token");
    assert_eq!(actor.get(path).bearer(&again).send().expect(200).member("audience"), RESOURCE);
}

#[test]
fn rfc8707_2_an_unknown_resource_is_invalid_target() {
    let server = TestServer::start();
    for resource in
        ["https://nobody.example", "not a uri", "https://api.example/v1#fragment", "https://api.example/v2"]
    {
        let answer = server.actor().answers(&asks("web", &[("resource", resource)]), true);
        assert_eq!(answer.error(), "invalid_target", "{resource}");
        let reply = server.app("robot").acts_for_itself(&[("resource", resource)]);
        assert_eq!((reply.status, reply.error()), (400, "invalid_target".into()), "{resource}");
    }
    let reply = server.app("robot").acts_for_itself(&[("resource", RESOURCE)]);
    assert_eq!(reply.status, 200, "any client may ask for a registered one");
}
