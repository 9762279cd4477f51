//! What One Codex's command-line client does on the wire: the page, the form, `GET /api/get_token` (contract §11).

use crate::support::actor::Actor;
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

/// Signs in as that client does: the token by the first hidden field of the page, no header that browsers send.
fn signs_in(actor: &Actor<'_>, name: &str) -> Reply {
    let html = actor.get("/login").send().expect(200).text();
    let token = html.split("type=\"hidden\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = [
        ("email", name),
        ("password", actor.server.seed.password.as_str()),
        ("csrf_token", token.expect("a token")),
        ("next", "/api/get_token"),
    ];
    let referer = format!("{}/login", actor.server.issuer);
    actor.post("/login").header("referer", &referer).form(&form).send()
}

fn is_good(server: &TestServer, key: &str) -> bool {
    server.actor().get("/v1/auth/verify").header("x-api-key", key).send().status == 200
}

on_both! {
    fn contract_11_the_client_signs_in_and_fetches_its_key(server) {
        let client = server.actor();
        let reply = signs_in(&client, "alice@example.com").expect(303);
        assert_eq!(reply.the_header("location"), "/api/get_token");
        let reply = client.get("/api/get_token").send().expect(200);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let body = reply.json();
        assert_eq!(body.as_object().unwrap().len(), 1);
        let key = reply.member("key");
        assert_eq!(key.len(), 32);
        let root = server.actor().named("root").logs_in().access;
        let events = server.actor().get("/api/v1/audit-events?kind=key_created").bearer(&root).send().expect(200);
        let event = events.json()["data"][0].clone();
        let said = ["detail", "address"].map(|name| event[name].as_str().unwrap_or_default().to_owned());
        assert!(said[0].ends_with("), for the command-line client") && said[1] == "127.0.0.1", "{said:?}");
        let verify = server.actor().get("/v1/auth/verify").basic(&key, "").send().expect(200);
        assert_eq!(verify.member("email"), "alice@example.com");
    }

    fn contract_11_the_key_is_another_each_time(server) {
        let client = server.actor();
        let _ = signs_in(&client, "alice").expect(303);
        let first = client.get("/api/get_token").send().expect(200).member("key");
        assert!(is_good(server, &first));
        let second = client.get("/api/get_token").send().expect(200).member("key");
        assert_ne!(first, second);
        assert!(!is_good(server, &first) && is_good(server, &second));
    }
}

#[test]
fn contract_11_only_within_five_minutes_of_signing_in() {
    let server = TestServer::start();
    let client = server.actor();
    let _ = signs_in(&client, "alice").expect(303);
    server.clock.advance(300);
    let key = client.get("/api/get_token").send().expect(200).member("key");
    server.clock.advance(1);
    let reply = client.get("/api/get_token").send().expect(401);
    assert_eq!(reply.text(), LETTER_FOR_LETTER);
    assert!(is_good(&server, &key), "a refusal rotates nothing");
    let _ = signs_in(&client, "alice").expect(303);
    let _ = client.get("/api/get_token").send().expect(200);
}

/// The 401 of One Codex's document, two spaces after "requested." included (contract §8).
const LETTER_FOR_LETTER: &str = concat!(
    r#"{"message":"The server could not verify that you are authorized to access the URL requested.  You either "#,
    r#"supplied the wrong credentials (e.g. a bad password), or your browser doesn't understand how to supply the "#,
    r#"credentials required.","status":401}"#
);

#[test]
fn contract_11_nobody_without_the_session_of_a_page_gets_a_key() {
    let server = TestServer::start();
    let tokens = server.actor().logs_in();
    let disabled = server.actor().named("bob");
    let _ = disabled.signs_in();
    assert!(
        server.operator(portcullis::flows::users::set_disabled(&server.node, "bob", true)).unwrap().is_ok()
    );
    for (what, reply) in [
        ("nothing", server.actor().get("/api/get_token").send()),
        ("a JWT", server.actor().get("/api/get_token").bearer(&tokens.access).send()),
        (
            "the JWT's cookie",
            server.actor().get("/api/get_token").cookie("access_token", &tokens.access).send(),
        ),
        ("a session that never was", server.actor().get("/api/get_token").cookie("sid", "pse_x").send()),
        ("a disabled person", disabled.get("/api/get_token").send()),
    ] {
        assert_eq!((reply.status, reply.text().as_str()), (401, LETTER_FOR_LETTER), "{what}");
    }
    let signed_out = server.actor();
    let _ = signed_out.signs_in();
    let page = crate::support::page::Page::of(&signed_out.get("/logout").send());
    let sid = signed_out.jar("sid").unwrap();
    let _ = signed_out.submits(&page.form("/logout")).expect(200);
    signed_out.puts("sid", &sid, "/");
    let _ = signed_out.get("/api/get_token").send().expect(401);
}

#[test]
fn contract_2_a_credential_beside_the_session_must_be_good_and_the_same_persons() {
    let server = TestServer::start();
    let client = server.actor();
    let _ = client.signs_in();
    let (own, bobs) = (server.actor().logs_in(), server.actor().named("bob").logs_in());
    let _ = client.get("/api/get_token").bearer("a.b.c").send().expect(401);
    let _ = client.get("/api/get_token").bearer(&bobs.access).send().expect(400);
    let _ = client.get("/api/get_token").bearer(&own.access).send().expect(200);
}

#[test]
fn contract_11_another_sites_page_cannot_make_the_browser_fetch() {
    let server = TestServer::start();
    let browser = server.actor();
    let _ = browser.signs_in();
    let key = browser.get("/api/get_token").send().expect(200).member("key");
    let foreign: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        &[("origin", "https://evil.example")],
    ];
    for headers in foreign {
        let reply = browser.get("/api/get_token").headers(headers).send().expect(403);
        assert_eq!(reply.json()["status"], 403, "{headers:?}");
    }
    let _ = browser.ask("HEAD", "/api/get_token").send().expect(405);
    assert!(is_good(&server, &key), "nothing was rotated");
    for own in ["same-origin", "none"] {
        let _ = browser.get("/api/get_token").headers(&[("sec-fetch-site", own)]).send().expect(200);
    }
}

#[test]
fn contract_11_the_login_form_has_the_clients_fields() {
    let server = TestServer::start();
    let html = server.actor().get("/login").send().expect(200).text();
    for name in ["email", "password", "csrf_token", "next"] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
    }
    let wrong = server.actor();
    let html = wrong.get("/login").send().text();
    let token = html.split("type=\"hidden\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form =
        [("email", "alice"), ("password", "wrong"), ("csrf_token", &token), ("next", "/api/get_token")];
    let reply = wrong.post("/login").form(&form).send().expect(401);
    assert!(reply.header("location").is_none());
    let _ = wrong.get("/api/get_token").send().expect(401);
}
