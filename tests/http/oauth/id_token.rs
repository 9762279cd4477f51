//! ID tokens (OpenID Connect Core §2, §3.1.3.3, §12.2): what they say, by which key, and where they are good for nothing.

use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::device;
use crate::support::actor::asks;
use crate::support::jwt::unproved;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

const OPENID: &[(&str, &str)] = &[("scope", "openid offline_access"), ("nonce", "n-0S6_WzA2Mj")];

/// What the token endpoint answers alice's sign-in at `web`.
fn signs_in(server: &TestServer, more: &[(&str, &str)]) -> Value {
    let code = server.actor().authorizes(&asks("web", more)).code();
    server.app("web").presents(&code).expect(200).json()
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

on_both! {
    fn oidc_core_3_1_3_3_a_sign_in_is_answered_with_an_id_token(server) {
        let answer = signs_in(server, OPENID);
        let token = text(&answer, "id_token");
        let claims = server.claims(&token, "JWT", "RS256");
        let now = server.clock.now().seconds();
        assert_eq!(claims["iss"], server.issuer);
        assert_eq!(claims["sub"], server.id_of("alice").to_string());
        assert_eq!(claims["aud"], "web");
        assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 3600)));
        assert_eq!(claims["auth_time"], now);
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["pwd"])));
        assert!(claims["sid"].as_str().is_some_and(|sid| sid.len() == 43), "{claims}");
        assert!(claims.get("azp").is_none() && claims.get("email").is_none(), "{claims}");
    }

    fn oidc_core_12_2_a_refreshed_id_token_is_of_the_same_sign_in(server) {
        let first = signs_in(server, OPENID);
        server.clock.advance(500);
        let again = server.app("web").refreshes(&text(&first, "refresh_token")).expect(200).json();
        let (before, after) = (unproved(&text(&first, "id_token")), unproved(&text(&again, "id_token")));
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_eq!(after["iat"], before["iat"].as_i64().unwrap() + 500);
        assert!(after.get("nonce").is_none() && after["at_hash"] != before["at_hash"]);
    }
}

#[test]
fn oidc_core_3_1_2_1_without_openid_there_is_no_id_token() {
    let server = TestServer::start();
    let answer = signs_in(&server, &[("scope", "read profile email"), ("nonce", "n")]);
    assert!(answer.get("id_token").is_none(), "{answer}");
    let wide = signs_in(&server, &[("scope", "openid read")]);
    let refresh = text(&wide, "refresh_token");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", "read")];
    let narrow = server.app("web").asks_for_tokens(&fields).expect(200).json();
    assert!(narrow.get("id_token").is_none(), "{narrow}");
}

#[test]
fn oidc_registration_2_each_client_gets_the_algorithm_it_is_registered_for() {
    let server = TestServer::start();
    for algorithm in ["ES256", "PS256", "EdDSA", "RS256"] {
        let named = Some(algorithm.to_owned());
        server.registers("web", ClientMetadata { id_token_signed_response_alg: named, ..Default::default() });
        let answer = signs_in(&server, OPENID);
        let claims = server.claims(&text(&answer, "id_token"), "JWT", algorithm);
        // Ed25519 hashes by SHA-512, of which the half is twice as long.
        let length = if algorithm == "EdDSA" { 43 } else { 22 };
        assert_eq!(claims["at_hash"].as_str().map(str::len), Some(length), "{algorithm}");
        assert!(server.actor().is_believed(&text(&answer, "access_token")));
    }
}

#[test]
fn rfc8725_3_11_an_id_token_is_good_for_nothing_else() {
    let server = TestServer::start();
    // By the key that signs access tokens, too.
    for algorithm in ["ES256", "RS256"] {
        let named = Some(algorithm.to_owned());
        server.registers("web", ClientMetadata { id_token_signed_response_alg: named, ..Default::default() });
        let token = text(&signs_in(&server, &[("scope", "openid read")]), "id_token");
        let (actor, web) = (server.actor(), server.app("web"));
        assert_eq!(actor.verifies(&token).status, 401);
        assert_eq!(actor.get("/oauth/userinfo").bearer(&token).send().status, 401);
        assert_eq!(actor.get("/api/v1/account").bearer(&token).send().status, 401);
        assert_eq!(actor.get("/auth/v1/me").bearer(&token).send().status, 401);
        assert_eq!(actor.get("/v1/auth/verify").cookie("access_token", &token).send().status, 401);
        assert_eq!(web.introspects(&token).expect(200).json(), json!({"active": false}));
        assert_eq!(web.refreshes(&token).expect(400).error(), "invalid_grant");
        assert_eq!(web.presents(&token).expect(400).error(), "invalid_grant");
        let body = [("refresh_token", token.as_str())];
        assert_eq!(actor.post("/auth/v1/refresh").form(&body).send().status, 401);
    }
}

#[test]
fn oidc_core_3_1_3_3_a_device_gets_an_id_token_too() {
    let server = TestServer::start();
    let (tv, person) = (server.app("tv"), server.actor());
    let codes = device::begins(&tv, "openid");
    let form = device::question(person.signs_in(), &codes.user);
    let _ = person.submits(&form.with("decision", "allow")).expect(303);
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let answer = tv.asks_for_tokens(&[("grant_type", grant), ("device_code", &codes.device)]).expect(200);
    let claims = server.claims(&answer.member("id_token"), "JWT", "RS256");
    assert_eq!((&claims["aud"], claims.get("nonce")), (&json!("tv"), None));
    assert_eq!(claims["sub"], server.id_of("alice").to_string());
}

#[test]
fn oidc_backchannel_2_1_each_client_has_its_own_name_for_a_session() {
    let server = TestServer::start();
    let browser = server.actor();
    let sid = |client: &'static str| {
        let code = browser.authorizes(&asks(client, OPENID)).code();
        let answer = server.app(client).presents(&code).expect(200);
        unproved(&answer.member("id_token"))["sid"].as_str().unwrap().to_owned()
    };
    let (web, mail, again) = (sid("web"), sid("mail"), sid("web"));
    assert_eq!(web, again, "the same session");
    assert_ne!(web, mail, "they must not find out that it is");
    let other = server.actor().authorizes(&asks("web", OPENID)).code();
    let other = server.app("web").presents(&other).expect(200);
    assert_ne!(unproved(&other.member("id_token"))["sid"], web, "another browser");
}

#[test]
fn oidc_core_3_1_3_3_the_legacy_flow_without_state_and_pkce_works_too() {
    let server = TestServer::start();
    let query = format!("client_id=legacy&redirect_uri={REDIRECT}&response_type=code&scope=openid");
    let code = server.actor().authorizes(&query).code();
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    let answer = server.app("legacy").asks_for_tokens(&fields).expect(200);
    assert_eq!(server.claims(&answer.member("id_token"), "JWT", "RS256")["aud"], "legacy");
}
