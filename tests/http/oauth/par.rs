//! `/oauth/par`: pushed authorization requests (RFC 9126), from the push to the code.

use portcullis::oauth::client_metadata::ClientMetadata;
use portcullis::storage::pushed_authorization_request;

use crate::support::actor::{Actor, asks};
use crate::support::exchange::{Reply, encode};
use crate::support::page::Page;
use crate::support::server::TestServer;

/// Pushes a request of `client` as [`asks`] describes it.
pub fn pushes(server: &TestServer, client: &'static str, more: &[(&str, &str)]) -> Reply {
    let query = asks(client, more);
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(n, _)| n != "client_id")
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.app(client).posts("/oauth/par", &fields)
}

/// The query that brings the URI of a pushed request.
pub fn brings(client: &str, pushed: &Reply) -> String {
    encode(&[("client_id", client), ("request_uri", &pushed.member("request_uri"))])
}

fn pushed(server: &TestServer, client: &'static str, more: &[(&str, &str)]) -> String {
    brings(client, &pushes(server, client, more).expect(201))
}

/// What the endpoint answers a query.
fn goes(person: &Actor<'_>, query: &str) -> Reply {
    person.get(&format!("/oauth/authorize?{query}")).send()
}

/// An error that the client is told.
#[track_caller]
fn told(person: &Actor<'_>, query: &str, error: &str) {
    let answer = person.follows(goes(person, query).expect(303)).err().expect("no page");
    assert_eq!(answer.error(), error);
    assert_eq!(answer.parameter("state").as_deref(), Some("st"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(person.server.issuer.as_str()));
}

/// A page that sends nobody anywhere.
#[track_caller]
fn shown(person: &Actor<'_>, query: &str) {
    let reply = goes(person, query).expect(400);
    assert_eq!(reply.header("location"), None, "{query}");
    assert_eq!(Page::of(&reply).moves_on_to(), None, "{query}");
}

on_both! {
    fn rfc9126_2_2_a_push_is_answered_with_a_uri_that_stands_for_it(server) {
        let reply = pushes(server, "web", &[("state", "st"), ("scope", "read")]).expect(201);
        assert_eq!(reply.the_header("cache-control"), "no-store");
        assert_eq!(reply.the_header("content-type"), "application/json");
        assert_eq!(reply.json()["expires_in"], 90);
        let uri = reply.member("request_uri");
        assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:par_") && uri.len() > 60, "{uri}");
        let again = pushes(server, "web", &[("state", "st"), ("scope", "read")]).expect(201);
        assert_ne!(again.member("request_uri"), uri);
        // Over the sign-in page and the consent page to the code, and its scope is what was pushed.
        let answer = server.actor().authorizes(&brings("web", &reply));
        assert_eq!(answer.parameter("state").as_deref(), Some("st"));
        let tokens = server.app("web").presents(&answer.code()).expect(200);
        assert_eq!(tokens.member("scope"), "read");
    }

    fn rfc9126_4_a_uri_is_good_for_one_code(server) {
        let query = pushed(server, "web", &[("state", "st")]);
        let person = server.actor();
        let _ = person.authorizes(&query).code();
        told(&person, &query, "invalid_request_uri");
        let other = server.actor().named("bob");
        let _ = other.signs_in();
        told(&other, &query, "invalid_request_uri");
    }
}

#[test]
fn rfc9126_2_1_the_client_authenticates_as_at_the_token_endpoint() {
    let server = TestServer::start();
    let actor = server.actor();
    let body = asks("web", &[]);
    let post =
        |body: &str| actor.post("/oauth/par").body("application/x-www-form-urlencoded", body.as_bytes());
    let bare = post(&body).send().expect(401);
    assert_eq!(bare.error(), "invalid_client");
    let wrong = post(&format!("{body}&client_secret=nonsense")).send().expect(401);
    assert_eq!(wrong.error(), "invalid_client");
    let app = server.app("web");
    let secret = app.secret.as_deref().unwrap();
    let _ = post(&body).basic("web", secret).send().expect(201);
    let _ = post(&body.replace("client_id=web&", "")).basic("web", secret).send().expect(201);
    let other = post(&asks("mail", &[])).basic("web", secret).send().expect(400);
    assert_eq!(other.error(), "invalid_request", "another client's id");
    let _ = pushes(&server, "spa", &[]).expect(201);
    let doubled = post(&format!("{body}&state=a&state=b")).basic("web", secret).send().expect(400);
    assert_eq!(doubled.error(), "invalid_request");
}

#[test]
fn rfc9126_2_3_what_the_authorization_endpoint_refuses_is_refused_here() {
    let server = TestServer::start();
    for (more, error) in [
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")][..], "invalid_request"),
        (&[("redirect_uri", "https://evil.example/")], "invalid_request"),
        (&[("redirect_uri", "https://app.example/callback/")], "invalid_request"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("scope", "nonsense")], "invalid_scope"),
        (&[("resource", "https://nobody.example")], "invalid_target"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("claims", "{")], "invalid_request"),
        (&[("registration", "{}")], "registration_not_supported"),
    ] {
        let reply = pushes(&server, "web", more);
        assert_eq!((reply.status, reply.error().as_str()), (400, error), "{more:?}: {}", reply.text());
        assert_eq!(reply.header("location"), None, "{more:?}");
    }
    let robot = pushes(&server, "robot", &[]);
    assert_eq!(robot.status, 400, "{}", robot.text());
    // Whether somebody is signed in is not known here (section 2.3).
    let _ = pushes(&server, "web", &[("prompt", "none")]).expect(201);
}

#[test]
fn rfc9126_4_nothing_but_the_uri_and_the_client_counts() {
    let server = TestServer::start();
    let query = pushed(&server, "web", &[("state", "st"), ("scope", "read")]);
    let more = encode(&[
        ("state", "evil"),
        ("scope", "read write offline_access"),
        ("redirect_uri", "https://evil.example/"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
    ]);
    let answer = server.actor().authorizes(&format!("{query}&{more}"));
    assert_eq!(answer.parameter("state").as_deref(), Some("st"));
    assert_eq!(server.app("web").presents(&answer.code()).expect(200).member("scope"), "read");
}

#[test]
fn rfc9126_2_2_a_uri_is_bound_to_its_client() {
    let server = TestServer::start();
    let reply = pushes(&server, "web", &[]).expect(201);
    let person = server.actor();
    let _ = person.signs_in();
    for client in ["mail", "spa", "nobody", ""] {
        shown(&person, &brings(client, &reply));
    }
    for uri in ["urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:par_nonsense"] {
        shown(&person, &encode(&[("client_id", "web"), ("request_uri", uri)]));
    }
    let uri = reply.member("request_uri");
    shown(&person, &encode(&[("client_id", "web"), ("request_uri", &format!("{uri}x"))]));
    assert!(!person.authorizes(&brings("web", &reply)).code().is_empty(), "and none of it burnt the URI");
}

#[test]
fn rfc9126_4_an_expired_uri_is_refused() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    for (wait, good) in [(89, true), (90, false), (8000, false)] {
        let query = pushed(&server, "web", &[("state", "st")]);
        server.clock.advance(wait);
        if good {
            let _ = person.authorizes(&query).code();
        } else {
            told(&person, &query, "invalid_request_uri");
        }
    }
}

#[test]
fn rfc9126_4_loading_the_page_never_burns_the_uri() {
    let server = TestServer::start();
    let (person, preview) = (server.actor(), server.actor());
    let query = pushed(&server, "web", &[]);
    // A preview of the link, a reload, and the way back.
    for _ in 0..3 {
        let _ = preview.follows(goes(&preview, &query)).expect("the sign-in page");
        let page = person.follows(goes(&person, &query)).expect("the sign-in page");
        let _ = Page::of(&page).form("/login");
    }
    let _ = person.signs_in();
    let page = person.follows(goes(&person, &query)).expect("the consent page");
    let reloaded = person.follows(goes(&person, &query)).expect("the consent page again");
    for page in [page, reloaded] {
        let _ = Page::of(&page).form("/consent");
    }
    let _ = person.authorizes(&query).code();
}

#[test]
fn rfc9126_4_who_is_on_the_way_may_take_their_time() {
    let server = TestServer::start();
    let person = server.actor();
    let query = pushed(&server, "web", &[("state", "st")]);
    let login = goes(&person, &query).expect(303).the_header("location").to_owned();
    server.clock.advance(600);
    let reply = person.signs_in_for(&login);
    let consent = person.follows(reply).expect("the consent page");
    server.clock.advance(600);
    let form = Page::of(&consent).form("/consent").with("decision", "allow");
    let answer = person.follows(person.submits(&form)).err().expect("an answer");
    assert!(!answer.code().is_empty());
    // Whoever is signed in sees a page that can be reloaded, too.
    let query = pushed(&server, "web", &[("state", "st"), ("prompt", "consent")]);
    let place = goes(&person, &query).expect(303).the_header("location").to_owned();
    server.clock.advance(600);
    let _ = Page::of(&person.get(&place).send().expect(200)).form("/consent");
    told(&person, &query, "invalid_request_uri");
    // The mark is good for its own request and its own hour.
    let mark = place.split_once("&seen=").expect("a mark").1.to_owned();
    let other = pushed(&server, "web", &[("state", "st"), ("prompt", "consent")]);
    server.clock.advance(600);
    told(&person, &format!("{other}&seen={mark}"), "invalid_request_uri");
    server.clock.advance(3600);
    let late = person.follows(person.get(&place).send()).err().expect("an answer");
    assert_eq!(late.error(), "invalid_request_uri");
}

#[test]
fn rfc9126_4_saying_no_leaves_the_question_open() {
    let server = TestServer::start();
    let person = server.actor();
    let query = pushed(&server, "web", &[("state", "st")]);
    assert_eq!(person.answers(&query, false).error(), "access_denied");
    assert!(!person.authorizes(&query).code().is_empty());
}

#[test]
fn rfc9126_6_a_client_can_be_held_to_pushing() {
    let server = TestServer::start();
    let must_push =
        ClientMetadata { require_pushed_authorization_requests: true, ..ClientMetadata::default() };
    server.registers("web", must_push);
    let person = server.actor();
    told(&person, &asks("web", &[("state", "st")]), "invalid_request");
    assert!(!person.authorizes(&pushed(&server, "web", &[])).code().is_empty());
}

#[test]
fn rfc9126_2_no_secret_of_a_push_is_stored() {
    let server = TestServer::start();
    let reply = pushes(&server, "web", &[("scope", "read")]).expect(201);
    let uri = reply.member("request_uri");
    let token = uri.rsplit_once(':').unwrap().1;
    let kind = portcullis::crypto::opaque_token::TokenType::PushedRequest;
    let token = portcullis::crypto::opaque_token::PlainToken::parse(kind, token).unwrap();
    let digest = server.node.tokens.digest(&token);
    let row = server.operator(server.node.db.read(move |c| pushed_authorization_request::find(c, &digest)));
    let names: Vec<String> = row.unwrap().unwrap().parameters.names().map(str::to_owned).collect();
    assert!(names.contains(&"scope".to_owned()) && !names.contains(&"client_secret".to_owned()), "{names:?}");
}

#[test]
fn rfc9126_2_3_an_address_pushes_not_without_end_for_a_public_client() {
    let server = TestServer::start();
    let spa = server.app("spa");
    let fields = asks("spa", &[]);
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(fields.as_bytes())
        .into_owned()
        .filter(|(n, _)| n != "client_id")
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let refused = (0..320).map(|_| spa.posts("/oauth/par", &fields)).find(|reply| reply.status != 201);
    let refused = refused.expect("a limit").expect(429);
    assert!(refused.the_header("retry-after").parse::<u32>().unwrap() >= 1);
    let _ = pushes(&server, "web", &[]).expect(201);
    let _ = pushes(&server, "other", &[]).expect(201);
}

#[test]
fn oidc_core_3_1_2_1_login_hint_is_read_wherever_it_is() {
    let server = TestServer::start();
    let query = pushed(&server, "web", &[("login_hint", "zed")]);
    let person = server.actor();
    let login = person.follows(goes(&person, &query)).expect("the sign-in page");
    assert_eq!(Page::of(&login).form("/login").value("email"), "zed");
    assert!(Page::of(&login).words().contains("Web Shop"));
}
