//! `response_mode=form_post` (OAuth 2.0 Form Post Response Mode): codes and errors in a form that the browser sends.

use portcullis::oauth::client_metadata::ClientMetadata;

use crate::support::actor::{Actor, asks};
use crate::support::exchange::Reply;
use crate::support::page::{Form, Page};
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

fn by_form(client: &str, more: &[(&str, &str)]) -> String {
    let mut all = vec![("response_mode", "form_post"), ("state", "a b\"<&>'")];
    all.extend_from_slice(more);
    asks(client, &all)
}

/// The page that sends the answer, after all that the person does on the way.
fn arrives(person: &Actor<'_>, query: &str, decision: &str) -> Reply {
    let mut reply = person.get(&format!("/oauth/authorize?{query}")).send();
    for _ in 0..3 {
        let shown = person.follows(reply).unwrap_or_else(|answer| panic!("in the query: {}", answer.url));
        let forms = Page::of(&shown).forms();
        let Some(form) = forms.into_iter().find(|form| form.action.starts_with('/')) else { return shown };
        reply = match form.action.as_str() {
            "/login" => {
                let form = form.with("email", "alice").with("password", &person.server.seed.password);
                person.submits(&form)
            }
            _ => person.submits(&form.with("decision", decision)),
        };
    }
    person.follows(reply).unwrap_or_else(|answer| panic!("in the query: {}", answer.url))
}

fn sent(reply: &Reply) -> Form {
    Page::of(reply).form(REDIRECT)
}

on_both! {
    fn oauth_form_post_2_the_code_is_in_the_body(server) {
        let person = server.actor();
        let reply = arrives(&person, &by_form("web", &[]), "allow");
        assert_eq!(reply.status, 200);
        let form = sent(&reply);
        let mut names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["code", "iss", "state"], "RFC 9207 section 2: iss");
        assert_eq!(form.value("state"), "a b\"<&>'");
        assert_eq!(form.value("iss"), server.issuer);
        server.secrets.add(form.value("code"));
        let _ = server.app("web").redeems(form.value("code"));
        // And at once, where consent is remembered.
        let again = arrives(&person, &by_form("web", &[]), "nobody is asked");
        let _ = server.app("web").redeems(sent(&again).value("code"));
    }
}

#[test]
fn oauth_form_post_2_the_page_is_kept_by_nobody_and_works_without_a_script() {
    let server = TestServer::https();
    let person = server.actor();
    let reply = arrives(&person, &by_form("web", &[]), "allow");
    assert_eq!(reply.the_header("cache-control"), "no-store");
    assert_eq!(reply.header("location"), None);
    let policy = reply.the_header("content-security-policy");
    assert!(policy.contains("form-action https:;"), "{policy}");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let page = Page::of(&reply);
    assert_eq!(page.html().matches("<script").count(), 1, "ours alone: {}", page.html());
    assert!(page.html().contains("data-sends-itself") && page.html().contains("<button type=\"submit\">"));
    assert!(!page.html().contains("a b\"<"), "the state is escaped");
    assert_eq!(page.moves_on_to(), None);
}

#[test]
fn oauth_form_post_2_errors_come_by_form_too() {
    let server = TestServer::start();
    for (more, error) in [
        (&[("scope", "nonsense")][..], "invalid_scope"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("prompt", "none")], "login_required"),
        (&[("request_uri", "https://app.example/r")], "request_uri_not_supported"),
    ] {
        let reply = server.actor().get(&format!("/oauth/authorize?{}", by_form("web", more))).send();
        let form = sent(&reply.expect(200));
        assert_eq!(form.value("error"), error);
        assert_eq!(form.value("iss"), server.issuer);
        assert_eq!(form.value("state"), "a b\"<&>'");
        assert!(form.fields.iter().all(|(name, _)| name != "code"));
    }
    let denied = arrives(&server.actor(), &by_form("web", &[]), "deny");
    assert_eq!(sent(&denied).value("error"), "access_denied");
}

#[test]
fn oauth_form_post_2_a_program_of_this_machine_may_listen_and_a_private_scheme_cannot() {
    let server = TestServer::start();
    let local = by_form("native", &[("redirect_uri", "http://127.0.0.1:51004/done")]);
    let reply = arrives(&server.actor(), &local, "allow");
    let _ = Page::of(&reply).form("http://127.0.0.1:51004/done").value("code");
    assert!(reply.the_header("content-security-policy").contains("form-action http: https:;"));
    let private = by_form("native", &[("redirect_uri", "com.example.native:/done")]);
    let reply = server.actor().get(&format!("/oauth/authorize?{private}")).send().expect(303);
    let answer = server.actor().follows(reply).err().expect("by the query");
    assert_eq!(answer.error(), "invalid_request");
}

#[test]
fn security_3_9_a_client_can_be_held_to_one_mode() {
    let server = TestServer::start();
    let modes =
        |mode: &str| ClientMetadata { response_modes: vec![mode.to_owned()], ..ClientMetadata::default() };
    server.registers("web", modes("query"));
    let reply = server.actor().get(&format!("/oauth/authorize?{}", by_form("web", &[]))).send().expect(303);
    assert_eq!(server.actor().follows(reply).err().expect("by the query").error(), "invalid_request");
    server.registers("web", modes("form_post"));
    let form = sent(&arrives(&server.actor(), &by_form("web", &[]), "allow"));
    assert!(!form.value("code").is_empty());
}
