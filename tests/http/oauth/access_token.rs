//! What an access token of a sign-in says to the resource server that reads it (RFC 9068).

use serde_json::json;

use crate::support::actor::asks;
use crate::support::seed::RESOURCE;
use crate::support::server::TestServer;

#[test]
fn rfc9068_2_2_1_and_3_sign_in_scope_and_audience_are_told() {
    let server = TestServer::start();
    let web = server.app("web");
    let signed_in = server.clock.now().seconds();
    let tokens = web.redeems(&server.actor().authorizes(&asks("web", &[("scope", "read openid")])).code());
    let claims = server.claims(&tokens.access, "at+jwt", "ES256");
    assert_eq!((&claims["auth_time"], &claims["scope"]), (&json!(signed_in), &json!("read openid")));
    assert_eq!((&claims["aud"], &claims["client_id"]), (&json!(server.issuer), &json!("web")));
    assert_eq!(claims["sub"], server.id_of("alice").to_string());
    server.clock.advance(100);
    let again = web.refreshes(&tokens.refresh).expect(200).member("access_token");
    let again = server.claims(&again, "at+jwt", "ES256");
    assert_eq!(again["auth_time"], signed_in, "section 2.2.1: a refresh is no sign-in");
    assert_eq!((&again["iat"], again["jti"] == claims["jti"]), (&json!(signed_in + 100), false));
    let elsewhere = [("scope", "read"), ("resource", RESOURCE)];
    let code = server.actor().authorizes(&asks("web", &elsewhere)).code();
    let claims = server.claims(&web.redeems(&code).access, "at+jwt", "ES256");
    assert_eq!(claims["aud"], RESOURCE, "section 3: what was asked for, and nothing beside it");
}

#[test]
fn rfc9068_2_1_rs256_is_supported() {
    let server = TestServer::with(&[("ACCESS_TOKEN_ALGORITHM", "RS256")]);
    let token = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    assert_eq!(server.claims(&token, "at+jwt", "RS256")["sub"], "robot");
    assert!(server.actor().is_believed(&token));
}
