//! How clients authenticate: every method, exactly one of them (RFC 6749 §2.3, contract §5).

use serde_json::json;

use crate::support::exchange::Reply;
use crate::support::seed::ODD;
use crate::support::server::TestServer;

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status, reply.error().as_str()), (status, error), "{}", reply.text());
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

#[test]
fn rfc6749_2_3_1_every_method_works_with_reserved_characters_in_the_id() {
    let server = TestServer::start();
    for id in ["robot", ODD] {
        let secret = server.seed.secret(id).unwrap();
        let ask = |path: &str| {
            let actor = server.actor();
            match path {
                "basic, raw" => actor.post("/oauth/token").basic(id, secret).form(&[GRANT]).send(),
                "basic, form-encoded" => {
                    actor.post("/oauth/token").basic(&encoded(id), &encoded(secret)).form(&[GRANT]).send()
                }
                "basic, with client_id" => {
                    let fields = [GRANT, ("client_id", id)];
                    actor.post("/oauth/token").basic(id, secret).form(&fields).send()
                }
                "post, form" => {
                    let fields = [GRANT, ("client_id", id), ("client_secret", secret)];
                    actor.post("/oauth/token").form(&fields).send()
                }
                _ => {
                    let body = json!({"grant_type": GRANT.1, "client_id": id, "client_secret": secret});
                    actor.post("/oauth/token").json(&body).send()
                }
            }
        };
        for way in ["basic, raw", "basic, form-encoded", "basic, with client_id", "post, form", "post, JSON"]
        {
            let reply = ask(way);
            assert_eq!(reply.status, 200, "{id}, {way}: {}", reply.text());
        }
    }
}

#[test]
fn rfc6749_2_3_1_basic_and_a_json_body() {
    let server = TestServer::start();
    let secret = server.seed.secret("robot").unwrap();
    let actor = server.actor();
    let reply =
        actor.post("/oauth/token").basic("robot", secret).json(&json!({"grant_type": GRANT.1})).send();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn rfc6749_2_3_two_methods_at_once_are_refused() {
    let server = TestServer::start();
    let secret = server.seed.secret("robot").unwrap();
    let actor = server.actor();
    let post = || actor.post("/oauth/token");
    let both = [GRANT, ("client_id", "robot"), ("client_secret", secret)];
    refused(&post().basic("robot", secret).form(&both).send(), 400, "invalid_request");
    let only_secret = [GRANT, ("client_secret", secret)];
    refused(&post().basic("robot", secret).form(&only_secret).send(), 400, "invalid_request");
    let assertion = [GRANT, ("client_assertion", "a.b.c"), ("client_assertion_type", "x")];
    refused(&post().basic("robot", secret).form(&assertion).send(), 400, "invalid_request");
    let other = [GRANT, ("client_id", "web")];
    refused(&post().basic("robot", secret).form(&other).send(), 400, "invalid_request");
}

#[test]
fn rfc6749_5_2_failed_authentication_is_401_with_a_challenge() {
    let server = TestServer::start();
    let (robot, web) = (server.seed.secret("robot").unwrap(), server.seed.secret("web").unwrap());
    let actor = server.actor();
    let (rest, last) = robot.split_at(robot.len() - 1);
    let broken = format!("{rest}{}", if last == "x" { "y" } else { "x" });
    let basic = |id: &str, secret: &str| actor.post("/oauth/token").basic(id, secret).form(&[GRANT]).send();
    for (name, reply) in [
        ("wrong secret", basic("robot", &broken)),
        ("another client's secret", basic("robot", web)),
        ("unknown client", basic("nobody-knows-me", robot)),
        ("empty id", basic("", robot)),
        ("no secret", basic("robot", "")),
        ("no method", actor.post("/oauth/token").form(&[GRANT]).send()),
        ("Bearer", actor.post("/oauth/token").bearer(robot).form(&[GRANT]).send()),
        ("not base64", actor.post("/oauth/token").header("authorization", "Basic ***").form(&[GRANT]).send()),
        (
            "no colon",
            actor.post("/oauth/token").header("authorization", "Basic cm9ib3Q=").form(&[GRANT]).send(),
        ),
        ("first-party name", basic("portcullis", robot)),
    ] {
        assert_eq!((reply.status, reply.error()), (401, "invalid_client".into()), "{name}: {}", reply.text());
        let challenge = reply.the_header("www-authenticate");
        assert!(challenge.starts_with("Basic realm="), "{name}");
        assert!(challenge.contains(", resource_metadata=\"http"), "{name}: {challenge}");
        assert_eq!(reply.the_header("cache-control"), "no-store");
        assert!(!reply.text().contains(robot) && !reply.text().contains(web));
    }
}

#[test]
fn contract_8_basic_is_offered_only_to_callers_that_do_not_accept_html() {
    let server = TestServer::start();
    let actor = server.actor();
    let reply = actor
        .post("/oauth/token")
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .form(&[GRANT])
        .send()
        .expect(401);
    assert!(!reply.the_header("www-authenticate").to_ascii_lowercase().contains("basic"));
    // RFC 6749 §5.2: who tried Basic is answered in Basic.
    let reply = actor
        .post("/oauth/token")
        .header("accept", "text/html")
        .header("authorization", "Basic cm9ib3Q6eA==")
        .form(&[GRANT])
        .send()
        .expect(401);
    assert!(reply.the_header("www-authenticate").starts_with("Basic "));
}

#[test]
fn contract_5_an_empty_secret_counts_as_absent() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&crate::support::actor::asks("spa", &[])).code();
    let mut spa = server.app("spa");
    spa.secret = Some(String::new());
    let _ = spa.redeems(&code);
    let mut robot = server.app("robot");
    robot.secret = Some(String::new());
    refused(&robot.acts_for_itself(&[]), 401, "invalid_client");
    let secret = server.seed.secret("robot").unwrap();
    let fields = [GRANT, ("client_secret", "")];
    let reply = server.actor().post("/oauth/token").basic("robot", secret).form(&fields).send();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn rfc7591_2_a_client_bound_to_one_method_must_use_it() {
    let server = TestServer::start();
    let secret = server.seed.secret("post").unwrap();
    let actor = server.actor();
    refused(&actor.post("/oauth/token").basic("post", secret).form(&[GRANT]).send(), 401, "invalid_client");
    let _ = server.app("post").acts_for_itself(&[]).expect(200);
}

#[test]
fn rfc6749_2_3_1_a_public_client_has_no_secret() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&crate::support::actor::asks("spa", &[])).code();
    let mut spa = server.app("spa");
    spa.secret = Some(server.seed.secret("web").unwrap().to_owned());
    refused(&spa.presents(&code), 401, "invalid_client");
    spa.secret = None;
    let _ = spa.redeems(&code);
}

#[test]
fn security_3_42_a_disabled_or_deleted_client_is_nobody() {
    let server = TestServer::start();
    let token = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    assert!(server.actor().is_believed(&token));
    server.operator(async {
        let done = portcullis::flows::clients::delete(
            &server.node,
            portcullis::flows::actor::Actor::Operator,
            "robot",
        )
        .await
        .unwrap();
        assert!(done.is_ok());
    });
    assert!(!server.actor().is_believed(&token));
    refused(&server.app("robot").acts_for_itself(&[]), 401, "invalid_client");
}
