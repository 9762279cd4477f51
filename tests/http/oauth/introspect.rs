//! `POST /oauth/introspect` (RFC 7662): who may learn what about which token (contract §6).

use portcullis::flows::clients::ClientChange;
use portcullis::oauth::client_metadata::ClientMetadata;
use portcullis::oauth::scope::Scope;
use serde_json::json;

use super::token_exchange::{changes, signs_in};
use crate::support::actor::asks;
use crate::support::exchange::Reply;
use crate::support::seed::RESOURCE;
use crate::support::server::TestServer;

#[track_caller]
fn inactive(reply: Reply) {
    let reply = reply.expect(200);
    assert_eq!(reply.text(), r#"{"active":false}"#, "{}", reply.asked);
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

#[test]
fn rfc7662_2_2_a_client_learns_about_its_own_tokens() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[("scope", "read")])).code();
    let web = server.app("web");
    let tokens = web.redeems(&code);
    let body = web.introspects(&tokens.access).expect(200).json();
    assert_eq!(body["active"], true);
    assert_eq!(body["scope"], "read");
    assert_eq!(body["client_id"], "web");
    assert_eq!(body["username"], "alice");
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["iss"], server.issuer);
    assert_eq!(body["aud"], server.issuer);
    assert_eq!((&body["iat"], &body["exp"]), (&json!(1_800_000_000), &json!(1_800_003_600)));
    let refresh = web.introspects(&tokens.refresh).expect(200).json();
    assert_eq!((&refresh["active"], &refresh["client_id"]), (&json!(true), &json!("web")));
    let hint = [("token", tokens.access.as_str()), ("token_type_hint", "refresh_token")];
    assert_eq!(
        web.posts("/oauth/introspect", &hint).expect(200).json()["active"],
        true,
        "a wrong hint misleads nobody"
    );
}

#[test]
fn contract_6_to_anyone_else_exactly_inactive() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let tokens = server.app("web").redeems(&code);
    let login = server.actor().logs_in();
    for token in [&tokens.access, &tokens.refresh, &login.access, &login.refresh] {
        inactive(server.app("mail").introspects(token));
        inactive(server.app("robot").introspects(token));
    }
}

#[test]
fn contract_6_a_resource_server_learns_about_tokens_meant_for_it() {
    let server = TestServer::start();
    let api = server.app("api");
    let robot = server.app("robot");
    let own = robot.acts_for_itself(&[("resource", RESOURCE)]).expect(200).member("access_token");
    let default = robot.acts_for_itself(&[]).expect(200).member("access_token");
    let login = server.actor().logs_in();
    for token in [&own, &default, &login.access] {
        assert_eq!(api.introspects(token).expect(200).json()["active"], true);
    }
    assert_eq!(api.introspects(&own).json()["aud"], RESOURCE);
    inactive(api.introspects(&login.refresh));
    let code = server.actor().authorizes(&asks("web", &[])).code();
    inactive(api.introspects(&server.app("web").redeems(&code).refresh));
}

#[test]
fn rfc7662_2_2_what_is_no_good_is_inactive() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let web = server.app("web");
    let tokens = web.redeems(&code);
    for token in ["x", "a.b.c", "prt_x", code.as_str(), &format!("{}x", tokens.access)] {
        inactive(web.introspects(token));
    }
    assert_eq!(web.revokes(&tokens.access).status, 200);
    inactive(web.introspects(&tokens.access));
    server.clock.advance(3600);
    let fresh = web.refreshes(&tokens.refresh).expect(200).member("access_token");
    assert_eq!(web.introspects(&fresh).json()["active"], true);
    server.clock.advance(3600);
    inactive(web.introspects(&fresh));
}

#[test]
fn rfc7662_2_1_the_caller_must_authenticate() {
    let server = TestServer::start();
    let token = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    for (name, fields) in [
        ("nobody", vec![("token", token.as_str())]),
        (
            "a wrong secret",
            vec![("token", &token), ("client_id", "robot"), ("client_secret", "pcs_wrong_wrong")],
        ),
    ] {
        let reply = server.actor().post("/oauth/introspect").form(&fields).send();
        assert_eq!((reply.status, reply.error()), (401, "invalid_client".into()), "{name}");
        assert!(reply.header("www-authenticate").is_some(), "{name}");
    }
    let code = server.actor().authorizes(&asks("spa", &[])).code();
    let tokens = server.app("spa").redeems(&code);
    for token in [&tokens.access, &tokens.refresh] {
        inactive(server.app("spa").introspects(token));
    }
    let reply = server.app("robot").posts("/oauth/introspect", &[]);
    assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()));
}

#[test]
fn rfc7662_2_1_basic_works_too() {
    let server = TestServer::start();
    let robot = server.app("robot");
    let token = robot.acts_for_itself(&[]).expect(200).member("access_token");
    let secret = robot.secret.as_deref().unwrap();
    let reply =
        server.actor().post("/oauth/introspect").basic("robot", secret).form(&[("token", &token)]).send();
    assert_eq!(reply.expect(200).json()["active"], true);
}

#[test]
fn rfc9701_5_the_answer_comes_as_a_jwt_to_whoever_asks_for_one() {
    let server = TestServer::start();
    let (robot, api) = (server.app("robot"), server.app("api"));
    let token = robot.acts_for_itself(&[]).expect(200).member("access_token");
    let secret = api.secret.clone().unwrap();
    for algorithm in [None, Some("ES256")] {
        let named = algorithm.map(str::to_owned);
        server.registers(
            "api",
            ClientMetadata { introspection_signed_response_alg: named, ..Default::default() },
        );
        for (about, active) in [(token.as_str(), true), ("a.b.c", false)] {
            let reply = server
                .actor()
                .post("/oauth/introspect")
                .header("accept", "application/token-introspection+jwt")
                .basic("api", &secret)
                .form(&[("token", about)])
                .send()
                .expect(200);
            assert_eq!(reply.the_header("content-type"), "application/token-introspection+jwt");
            assert_eq!(reply.the_header("cache-control"), "no-store");
            let typ = "token-introspection+jwt";
            let claims = server.claims(&reply.text(), typ, algorithm.unwrap_or("RS256"));
            let mut names: Vec<&String> = claims.as_object().unwrap().keys().collect();
            names.sort();
            assert_eq!(names, ["aud", "iat", "iss", "token_introspection"]);
            assert_eq!((&claims["iss"], &claims["aud"]), (&json!(server.issuer), &json!("api")));
            let plain = api.introspects(about).expect(200).json();
            assert_eq!((&claims["token_introspection"], &plain["active"]), (&plain, &json!(active)));
            // It is a statement about a token, and none itself.
            assert_eq!(server.actor().verifies(&reply.text()).status, 401);
        }
    }
    let reply = server
        .actor()
        .post("/oauth/introspect")
        .header("accept", "application/token-introspection+jwt")
        .form(&[("token", token.as_str())])
        .send();
    assert_eq!((reply.status, reply.error()), (401, "invalid_client".into()), "RFC 9701 section 5");
}

#[test]
fn rfc9701_5_nothing_is_signed_for_whoever_proved_nothing() {
    let server = TestServer::start();
    let tokens = server.app("spa").redeems(&server.actor().authorizes(&asks("spa", &[])).code());
    let reply = server
        .actor()
        .post("/oauth/introspect")
        .header("accept", "application/token-introspection+jwt")
        .form(&[("token", tokens.access.as_str()), ("client_id", "spa")])
        .send();
    assert_eq!(reply.the_header("content-type"), "application/json");
    inactive(reply);
}

#[test]
fn rfc7662_2_2_a_refresh_token_is_said_to_give_what_it_gives() {
    let server = TestServer::start();
    let tokens = signs_in(&server, "web", "read write");
    let may_ask_for = |scope: &str| {
        let scope = Some(Scope::from([scope]));
        changes(&server, "web", ClientChange { scope, ..ClientChange::default() });
    };
    may_ask_for("read");
    let web = server.app("web");
    assert_eq!(web.introspects(&tokens.refresh).expect(200).json()["scope"], "read");
    assert_eq!(web.refreshes(&tokens.refresh).expect(200).json()["scope"], "read");
    may_ask_for("profile");
    inactive(web.introspects(&tokens.refresh));
    assert_eq!(web.refreshes(&tokens.refresh).expect(400).error(), "invalid_scope");
}
