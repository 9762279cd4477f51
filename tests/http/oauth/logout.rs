//! `/oauth/logout` (OpenID Connect RP-Initiated Logout 1.0): at once for who can show that the session is its own, asked otherwise,
//! and never a way to send people anywhere else.

use portcullis::oauth::client_metadata::ClientMetadata;

use crate::support::actor::{Actor, asks};
use crate::support::exchange::{Reply, encode};
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

const OUT: &str = "https://app.example/out";

fn registers(server: &TestServer, client: &str) {
    let metadata =
        ClientMetadata { post_logout_redirect_uris: vec![OUT.to_owned()], ..ClientMetadata::default() };
    server.registers(client, metadata);
}

/// Signs in at `web`: its ID token and its access token.
fn signs_in(server: &TestServer, person: &Actor<'_>, scope: &str) -> (String, String) {
    let code = person.authorizes(&asks("web", &[("scope", scope)])).code();
    let answer = server.app("web").presents(&code).expect(200);
    (answer.member("id_token"), answer.member("access_token"))
}

fn logs_out(person: &Actor<'_>, fields: &[(&str, &str)]) -> Reply {
    person.get(&format!("/oauth/logout?{}", encode(fields))).send()
}

fn is_signed_in(person: &Actor<'_>) -> bool {
    person.get("/settings").send().status == 200
}

/// The form of the page that asks.
#[track_caller]
fn question(reply: &Reply, status: u16) -> Form {
    assert_eq!((reply.status, reply.header("location")), (status, None), "{}", reply.text());
    Page::of(reply).form("/logout")
}

on_both! {
    fn oidc_rpinitiated_2_a_hint_of_the_session_signs_out_at_once(server) {
        registers(server, "web");
        let person = server.actor();
        let (hint, access) = signs_in(server, &person, "openid read");
        assert!(is_signed_in(&person) && person.is_believed(&access));
        let kept = person.jar("sid").unwrap();
        let asked = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", OUT), ("state", "a b&c")];
        let reply = logs_out(&person, &asked).expect(303);
        assert_eq!(reply.the_header("location"), "https://app.example/out?state=a+b%26c");
        assert_eq!(person.jar("sid"), None, "the cookie is taken back");
        person.puts("sid", &kept, "/");
        assert!(!is_signed_in(&person), "and good for nothing");
        assert!(!person.is_believed(&access), "what hung on the session is over");
        // Once more: nobody is signed in, and the client still gets its browser back.
        let again = logs_out(&person, &asked).expect(303);
        assert_eq!(again.the_header("location"), "https://app.example/out?state=a+b%26c");
        assert!(again.set_cookies().is_empty(), "what brings no session takes none");
    }

    fn oidc_rpinitiated_2_without_a_hint_the_person_is_asked(server) {
        registers(server, "web");
        let person = server.actor();
        let _ = signs_in(server, &person, "openid");
        let fields = [("client_id", "web"), ("post_logout_redirect_uri", OUT), ("state", "s")];
        let shown = logs_out(&person, &fields);
        assert!(Page::of(&shown).words().contains("Web Shop"), "{}", shown.text());
        let form = question(&shown, 200);
        assert!(is_signed_in(&person), "a GET without a hint changes nothing");
        let done = person.submits(&form).expect(200);
        // A 303 would be stopped by the form-action of the page that sent the form.
        assert_eq!(Page::of(&done).moves_on_to().as_deref(), Some("https://app.example/out?state=s"));
        assert!(done.the_header("content-security-policy").contains("form-action 'none'"));
        assert_eq!(person.jar("sid"), None);
        assert!(!is_signed_in(&person));
    }
}

#[test]
fn oidc_rpinitiated_3_without_state_none_comes_back() {
    let server = TestServer::start();
    registers(&server, "web");
    let person = server.actor();
    let (hint, _) = signs_in(&server, &person, "openid");
    let reply = logs_out(&person, &[("id_token_hint", &hint), ("post_logout_redirect_uri", OUT)]).expect(303);
    assert_eq!(reply.the_header("location"), OUT);
    assert!(!is_signed_in(&person));
}

#[test]
fn oidc_rpinitiated_2_an_id_token_that_is_over_is_a_hint_all_the_same() {
    let server = TestServer::start();
    registers(&server, "web");
    let person = server.actor();
    let (hint, _) = signs_in(&server, &person, "openid");
    server.clock.advance(4000);
    let reply = logs_out(&person, &[("id_token_hint", &hint)]).expect(303);
    assert_eq!(reply.the_header("location"), "/logout");
    assert!(Page::of(&person.get("/logout").send().expect(200)).words().contains("You are signed out"));
}

#[test]
fn oidc_rpinitiated_2_a_refreshed_token_of_a_grant_that_outlives_the_session_is_a_hint_too() {
    let server = TestServer::start();
    registers(&server, "web");
    let person = server.actor();
    let code = person.authorizes(&asks("web", &[("scope", "openid offline_access")])).code();
    let refresh = server.app("web").presents(&code).expect(200).member("refresh_token");
    server.clock.advance(60);
    let again = server.app("web").refreshes(&refresh).expect(200);
    let hint = again.member("id_token");
    assert!(crate::support::jwt::unproved(&hint).get("sid").is_none());
    // Somebody else's browser is none of its business.
    let other = server.actor().named("bob");
    let _ = other.signs_in();
    let _ = question(&logs_out(&other, &[("id_token_hint", &hint)]), 200);
    assert_eq!(logs_out(&person, &[("id_token_hint", &hint)]).status, 303);
    assert!(!is_signed_in(&person) && is_signed_in(&other));
    assert_eq!(server.app("web").refreshes(&refresh).status, 200, "that was allowed for longer");
}

#[test]
fn oidc_rpinitiated_2_a_hint_of_another_session_or_person_is_asked_about() {
    let server = TestServer::start();
    registers(&server, "web");
    let person = server.actor();
    let (before, _) = signs_in(&server, &person, "openid");
    person.forgets_cookies();
    server.clock.advance(5);
    let _ = person.signs_in();
    let other = server.actor().named("bob");
    let (foreign, _) = signs_in(&server, &other, "openid");
    for hint in [&before, &foreign] {
        let shown = logs_out(&person, &[("id_token_hint", hint), ("post_logout_redirect_uri", OUT)]);
        let _ = question(&shown, 200);
    }
    assert!(is_signed_in(&person) && is_signed_in(&other));
}

#[test]
fn oidc_rpinitiated_2_a_posted_request_is_answered_and_one_from_another_site_comes_back_with_the_cookie() {
    let server = TestServer::start();
    registers(&server, "web");
    let person = server.actor();
    let (hint, _) = signs_in(&server, &person, "openid");
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", OUT), ("ui_locales", "de")];
    // SameSite=Lax: a form of another site brings no cookie.
    let elsewhere = server.actor();
    let sent = elsewhere.post("/oauth/logout").form(&fields).send().expect(303);
    assert_eq!(sent.the_header("location"), format!("/oauth/logout?{}", encode(&fields)));
    assert!(is_signed_in(&person));
    let reply = person.post("/oauth/logout").form(&fields).send().expect(303);
    assert_eq!(reply.the_header("location"), OUT);
    assert!(!is_signed_in(&person));
}

#[test]
fn oidc_rpinitiated_4_what_is_not_in_order_sends_nobody_anywhere_and_signs_nobody_out() {
    let server = TestServer::start();
    for client in ["web", "mail"] {
        registers(&server, client);
    }
    let person = server.actor();
    let (hint, access) = signs_in(&server, &person, "openid");
    let last = if hint.ends_with('A') { "B" } else { "A" };
    // Of the last character two bits say nothing.
    let forged = format!("{}{last}A", &hint[..hint.len() - 2]);
    let unsigned = format!("{}.", &hint[..hint.rfind('.').unwrap()]);
    let out = ("post_logout_redirect_uri", OUT);
    let (own, web) = (("id_token_hint", hint.as_str()), ("client_id", "web"));
    for (name, fields) in [
        ("a forged hint", vec![("id_token_hint", forged.as_str()), out]),
        ("a forged hint and a client", vec![("id_token_hint", forged.as_str()), web, out]),
        ("an unsigned hint", vec![("id_token_hint", unsigned.as_str()), out]),
        ("an access token", vec![("id_token_hint", access.as_str()), out]),
        ("another client's hint", vec![own, ("client_id", "mail"), out]),
        ("an unknown client", vec![("client_id", "nobody"), out]),
        ("no client", vec![out]),
        ("not registered", vec![own, ("post_logout_redirect_uri", "https://evil.example/")]),
        ("longer", vec![own, ("post_logout_redirect_uri", "https://app.example/out/x")]),
        ("a query added", vec![own, ("post_logout_redirect_uri", "https://app.example/out?foo=bar")]),
        ("a redirect URI", vec![own, ("post_logout_redirect_uri", crate::support::seed::REDIRECT)]),
        ("no URI", vec![web, ("post_logout_redirect_uri", "javascript:alert(1)")]),
    ] {
        let reply = logs_out(&person, &fields);
        let form = question(&reply, 400);
        assert!(form.fields.iter().all(|(name, _)| name != "request"), "{name}: nothing of it is kept");
        assert!(is_signed_in(&person), "{name}");
        // The same where nobody is signed in.
        let stranger = logs_out(&server.actor(), &fields);
        assert_eq!((stranger.status, stranger.header("location")), (400, None), "{name}");
    }
}

#[test]
fn oidc_rpinitiated_6_the_question_is_about_one_request_and_answered_once() {
    let server = TestServer::start();
    registers(&server, "web");
    let person = server.actor();
    let _ = person.signs_in();
    let fields = [("client_id", "web"), ("post_logout_redirect_uri", OUT)];
    let form = question(&logs_out(&person, &fields), 200);
    let plain = Page::of(&person.get("/logout").send()).form("/logout").value("csrf_token").to_owned();
    for (name, changed) in [
        ("another request", form.clone().with("request", "client_id=web")),
        ("no request", form.clone().without("request")),
        ("the token of the plain form", form.clone().with("csrf_token", &plain)),
        ("no token", form.clone().without("csrf_token")),
    ] {
        let reply = person.submits(&changed);
        let _ = question(&reply, 403);
        assert!(is_signed_in(&person), "{name}");
    }
    let cookie = person.jar("sid").unwrap();
    assert_eq!(person.submits(&form).status, 200);
    // Signed out: sent again it does nothing, and the browser still goes where the client may send it.
    person.puts("sid", &cookie, "/");
    assert_eq!(Page::of(&person.submits(&form).expect(200)).moves_on_to().as_deref(), Some(OUT));
}

#[test]
fn a_sign_out_by_a_client_says_so_in_the_audit_trail() {
    let server = TestServer::start();
    registers(&server, "web");
    let person = server.actor();
    let (hint, _) = signs_in(&server, &person, "openid");
    assert_eq!(logs_out(&person, &[("id_token_hint", &hint)]).status, 303);
    let root = server.actor().named("root");
    let token = root.logs_in().access;
    root.forgets_cookies();
    let listed = root.get("/api/v1/audit-events").bearer(&token).send().expect(200).json();
    let mut events = listed["data"].as_array().unwrap().iter();
    let ended = events.find(|event| event["kind"] == "session_ended").expect("it is written down");
    assert_eq!(ended["client_id"], "web", "{ended}");
}
