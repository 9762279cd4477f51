//! The consent page and `POST /consent`: what it says, and that nobody else can answer it (security §3, 39–41; §4.6).

use portcullis::oauth::client_metadata::ClientMetadata;

use crate::support::actor::{Actor, asks};
use crate::support::exchange::Reply;
use crate::support::page::{Form, Page};
use crate::support::seed::RESOURCE;
use crate::support::server::TestServer;

fn page(person: &Actor<'_>, query: &str) -> Page {
    let reply = person.get(&format!("/oauth/authorize?{query}")).send().expect(200);
    Page::of(&reply)
}

fn form(person: &Actor<'_>, query: &str) -> Form {
    page(person, query).form("/consent").with("decision", "allow")
}

/// Refused, and nothing that a client could use.
#[track_caller]
fn refused(reply: &Reply, name: &str) {
    assert!(matches!(reply.status, 400 | 403), "{name}: {} {}", reply.status, reply.text());
    assert_eq!(reply.header("location"), None, "{name}");
    assert!(!reply.text().contains("pac_"), "{name}");
}

#[test]
fn security_3_40_the_page_says_who_asks_for_what_and_where_the_answer_goes() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let words = page(&person, &asks("web", &[("scope", "read offline_access")])).words();
    for word in ["Web Shop", "app.example", "see your data", "keep this access while you are away", "alice"] {
        assert!(words.contains(word), "{word} is missing in: {words}");
    }
    assert!(!words.contains("change your data"), "it did not ask for that");
    let native = page(&person, &asks("native", &[("redirect_uri", "http://127.0.0.1:5/done")]));
    assert!(native.words().contains("Native & <b>Bold</b>"), "{}", native.html());
    assert!(!native.html().contains("<b>"), "a client's name is text");
}

#[test]
fn rfc6749_4_1_2_1_no_means_access_denied() {
    let server = TestServer::start();
    let person = server.actor();
    let answer = person.answers(&asks("web", &[("state", "st")]), false);
    assert_eq!(answer.error(), "access_denied");
    assert_eq!(answer.parameter("state").as_deref(), Some("st"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(server.issuer.as_str()));
    let again = person.get(&format!("/oauth/authorize?{}", asks("web", &[]))).send().expect(200);
    let _ = Page::of(&again).form("/consent");
}

#[test]
fn security_3_39_consent_is_remembered_for_its_scope_client_and_person() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.authorizes(&asks("web", &[("scope", "read")]));
    let is_asked =
        |actor: &Actor<'_>, query: &str| match actor.get(&format!("/oauth/authorize?{query}")).send() {
            reply if reply.status == 303 => false,
            reply => !Page::of(&reply.expect(200)).form("/consent").fields.is_empty(),
        };
    assert!(!is_asked(&person, &asks("web", &[("scope", "read")])));
    assert!(is_asked(&person, &asks("web", &[("scope", "read write")])), "more than before");
    assert!(is_asked(&person, &asks("mail", &[("scope", "read")])), "another client");
    let other = server.actor().named("bob");
    let _ = other.signs_in();
    assert!(is_asked(&other, &asks("web", &[("scope", "read")])), "another person");
    let uri = ("redirect_uri", "http://127.0.0.1:5/done");
    let _ = person.authorizes(&asks("native", &[uri]));
    assert!(is_asked(&person, &asks("native", &[uri])), "anybody on the machine could be this client");
}

#[test]
fn rfc8707_3_consent_for_another_resource_is_asked_for_each_time() {
    let server = TestServer::start();
    let person = server.actor();
    let query = asks("web", &[("resource", RESOURCE), ("scope", "read")]);
    for _ in 0..2 {
        let _ = person.signs_in();
        assert!(page(&person, &query).words().contains(RESOURCE), "the page names it");
        assert!(person.authorizes(&query).parameter("code").is_some());
    }
    let _ = page(&person, &asks("web", &[("scope", "read")])).form("/consent");
}

#[test]
fn people_read_what_the_api_is_that_an_application_wants_to_use() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let query = asks("web", &[("resource", RESOURCE), ("scope", "read")]);
    let description = "photos <b>of</b> the \"institute\" & its people";
    assert!(!page(&person, &query).words().contains("photos"));
    let metadata =
        ClientMetadata { resource_description: Some(description.to_owned()), ..ClientMetadata::default() };
    server.registers("api", metadata);
    let shown = page(&person, &query);
    assert!(shown.words().contains(description), "{}", shown.words());
    assert!(!shown.html().contains("<b>"), "it is text");
    assert!(!page(&person, &asks("web", &[("scope", "read")])).words().contains("photos"));

    let codes = server.app("tv").posts("/oauth/device_authorization", &[("resource", RESOURCE)]).expect(200);
    let typed = form_at_device(&person, &codes.member("user_code"));
    assert!(typed.words().contains(description) && !typed.html().contains("<b>"), "{}", typed.words());
}

fn form_at_device(person: &Actor<'_>, code: &str) -> Page {
    let entry = Page::of(&person.get("/device").send().expect(200)).form("/device");
    Page::of(&person.submits(&entry.with("user_code", code)).expect(200))
}

#[test]
fn security_4_6_consent_needs_its_own_token() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let query = asks("spa", &[]);
    let good = form(&person, &query);
    let token = good.value("csrf_token").to_owned();
    let other = server.actor().named("bob");
    let _ = other.signs_in();
    let foreign = form(&other, &query).value("csrf_token").to_owned();
    let another_request = form(&person, &asks("spa", &[("scope", "read")])).value("csrf_token").to_owned();
    let login = Page::of(&person.get("/login").send()).form("/login").value("csrf_token").to_owned();
    let flipped = format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { 'B' } else { 'A' });
    for (name, form) in [
        ("none", good.clone().without("csrf_token")),
        ("empty", good.clone().with("csrf_token", "")),
        ("nonsense", good.clone().with("csrf_token", "nonsense")),
        ("changed", good.clone().with("csrf_token", &flipped)),
        ("another session's", good.clone().with("csrf_token", &foreign)),
        ("another request's", good.clone().with("csrf_token", &another_request)),
        ("the login form's", good.clone().with("csrf_token", &login)),
    ] {
        refused(&person.submits(&form), name);
    }
    assert!(
        matches!(person.follows(person.submits(&good)), Err(answer) if answer.parameter("code").is_some())
    );
}

#[test]
fn security_3_41_consent_is_bound_to_the_exact_request() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let good = form(&person, &asks("spa", &[("scope", "read")]));
    for (name, query) in [
        ("another client", asks("other", &[("scope", "read")])),
        ("more scope", asks("spa", &[("scope", "read write")])),
        (
            "another redirect URI",
            asks("spa", &[("scope", "read"), ("redirect_uri", "https://evil.example/")]),
        ),
        ("another challenge", asks("spa", &[("scope", "read"), ("code_challenge", &"x".repeat(43))])),
        ("a state", asks("spa", &[("scope", "read"), ("state", "x")])),
        ("nothing", String::new()),
    ] {
        refused(&person.submits(&good.clone().with("request", &query)), name);
    }
    refused(&person.submits(&good.clone().with("decision", "maybe")), "neither yes nor no");
    refused(&person.submits(&good.without("decision")), "no decision");
}

#[test]
fn security_4_6_a_form_dies_with_its_session() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let query = asks("spa", &[]);
    let form = form(&person, &query);
    let sid = person.jar("sid").unwrap();
    let logout = Page::of(&person.get("/logout").send()).form("/logout");
    let _ = person.submits(&logout).expect(200);
    person.puts("sid", &sid, "/");
    let reply = person.submits(&form);
    assert!(!reply.text().contains("pac_"), "signed out: {}", reply.text());
    person.forgets_cookies();
    let _ = person.signs_in();
    refused(&person.submits(&form), "signed in again: another session");
}

#[test]
fn security_4_6_consent_from_another_site_is_refused() {
    let server = TestServer::https();
    for (headers, status) in crate::auth_v1::origin_table() {
        let from_front_end = headers.iter().any(|(_, value)| *value == crate::support::server::FRONT_END);
        let nulled = headers == [("origin", "null")];
        let person = server.actor();
        let _ = person.signs_in();
        let form = form(&person, &asks("spa", &[("prompt", "consent")]));
        let reply = person.post("/consent").headers(&headers).form(&form.pairs()).send();
        match (status, from_front_end, nulled) {
            // A front end may use the login doors; the pages are this server's own.
            (200, true, _) | (403, _, false) => refused(&reply, &format!("{headers:?}")),
            // Older browsers write null here, since our pages send no referrer: then the token decides.
            _ => assert_eq!(reply.status, 200, "{headers:?}: {}", reply.text()),
        }
    }
}

#[test]
fn security_4_7_consent_answers_with_a_page_that_moves_on() {
    let server = TestServer::https();
    let person = server.actor();
    let _ = person.signs_in();
    let reply = person.submits(&form(&person, &asks("spa", &[("state", "a\"><script>&b")]))).expect(200);
    assert_eq!(reply.header("location"), None, "form-action would stop a redirect in Chromium");
    let page = Page::of(&reply);
    let to = page.moves_on_to().expect("a refresh");
    assert!(to.starts_with("https://app.example/callback?code=pac_"), "{to}");
    assert!(page.links().contains(&to), "a visible link to the same place");
    assert_eq!(page.html().matches("<script").count(), 1, "ours alone: {}", page.html());
    assert!(reply.the_header("content-security-policy").contains("form-action 'none'"));
    assert_eq!(reply.the_header("cache-control"), "no-store");
    assert_eq!(reply.the_header("referrer-policy"), "no-referrer");
}

#[test]
fn rfc6749_10_13_consent_without_a_session_leads_to_the_login() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let form = form(&person, &asks("spa", &[]));
    person.forgets_cookies();
    let reply = person.submits(&form);
    assert!(!reply.text().contains("pac_"));
    if reply.status == 303 {
        assert!(reply.the_header("location").starts_with("/login"));
    } else {
        refused(&reply, "no session");
    }
}
