//! The consent page and `POST /consent`: what it says, and that nobody else can answer it (security §3, 39–41; §4.6).

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client_metadata::ClientMetadata;
use portcullis::oauth::scope::Scope;
use serde_json::json;

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
    assert!(native.words().contains("an application on this device (127.0.0.1)"), "{}", native.words());
    assert!(!native.words().contains(ANY_PROGRAM), "it was registered by the administrator");
}

const ANY_PROGRAM: &str = "any program here can ask in this name";

#[test]
fn security_3_40_what_a_private_scheme_calls_a_host_is_none() {
    let server = TestServer::https_with(&[("DYNAMIC_REGISTRATION", "open")]);
    let person = server.actor();
    let _ = person.signs_in();
    for uri in ["com.evil.app://bank.example/cb", "http://127.0.0.1:1/bank.example"] {
        server.clock.advance(60);
        let asked = json!({"redirect_uris": [uri], "token_endpoint_auth_method": "none"});
        let made = server.actor().post("/oauth/register").json(&asked).send().expect(201);
        let query = asks(&made.member("client_id"), &[("redirect_uri", uri), ("scope", "read")]);
        let words = page(&person, &query).words();
        assert!(!words.contains("bank.example"), "{words}");
        assert!(words.contains("an application on this device"), "{words}");
        assert!(words.contains(ANY_PROGRAM), "{words}");
    }
}

#[test]
fn security_3_41_nobody_allows_more_than_they_were_shown() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let grows = |scope: &str| {
        let change = ClientChange { scope: Some(Scope::parse(scope).unwrap()), ..ClientChange::default() };
        let change = ClientChange { default_scope: Some(Some(Scope::parse(scope).unwrap())), ..change };
        server.operator(clients::update(&server.node, By::Operator, "web", change)).unwrap().unwrap();
    };
    grows("read");
    let form = form(&person, &asks("web", &[("scope", "")]));
    grows("read write");
    let tampered = person.submits(&form.clone().with("scope", "read write"));
    assert_eq!(tampered.status, 403, "what was shown is part of the form");
    let code = person.follows(person.submits(&form)).err().unwrap().code();
    let tokens = server.app("web").presents(&code).expect(200);
    assert_eq!(tokens.member("scope"), "read");
}

#[test]
fn security_3_50_what_lasts_is_allowed_by_who_typed_the_password_lately() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let lasts = asks("web", &[("scope", "read offline_access")]);
    let early = form(&person, &lasts);
    server.clock.advance(1801);
    let late = person.submits(&early).expect(303);
    assert!(late.the_header("location").starts_with("/login?again=1&"), "{}", late.the_header("location"));
    let asked = person.get(&format!("/oauth/authorize?{lasts}")).send().expect(303);
    assert!(asked.the_header("location").starts_with("/login?again=1&"), "{}", asked.the_header("location"));
    let words = Page::of(&person.get(asked.the_header("location")).send().expect(200)).words();
    assert!(words.contains("needs your password once more"), "{words}");
    let short = form(&person, &asks("web", &[("scope", "read")]));
    assert!(person.follows(person.submits(&short)).err().unwrap().parameter("code").is_some());
    // After that the question is answered as ever.
    assert!(person.authorizes(&lasts).parameter("code").is_some());
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
fn security_3_39_the_page_says_whether_it_will_be_shown_again() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let (not_again, each_time) =
        ("not be asked again for this until you disconnect", "You will be asked each time");
    for (query, remembered) in [
        (asks("web", &[("scope", "read")]), Some(true)),
        (asks("native", &[("redirect_uri", "http://127.0.0.1:5/done")]), Some(false)),
        (asks("web", &[("scope", "read"), ("resource", RESOURCE)]), Some(false)),
        (asks("web", &[("scope", "read"), ("prompt", "consent")]), None),
    ] {
        let words = page(&person, &query).words();
        assert_eq!(words.contains(not_again), remembered == Some(true), "{query}: {words}");
        assert_eq!(words.contains(each_time), remembered == Some(false), "{query}: {words}");
        let Some(remembered) = remembered else { continue };
        let _ = person.authorizes(&query);
        let again = person.get(&format!("/oauth/authorize?{query}")).send();
        assert_eq!(again.status == 303, remembered, "what it says is what happens: {query}");
        if remembered {
            // The next of them is to be asked about.
            let place = "/settings/apps/disconnect";
            let form = Page::of(&person.get(&format!("{place}?client=web")).send().expect(200)).form(place);
            let _ = person.submits(&form).expect(303);
        }
    }
}

#[test]
fn security_3_39_what_was_allowed_once_on_this_device_is_not_remembered_for_https() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let [device, web] = ["http://127.0.0.1/done", "https://native.example/done"];
    let redirect_uris = Some(vec![device.to_owned(), web.to_owned()]);
    let change = ClientChange { redirect_uris, ..ClientChange::default() };
    server.operator(clients::update(&server.node, By::Operator, "native", change)).unwrap().unwrap();
    let [on_device, on_web] = [device, web].map(|uri| asks("native", &[("redirect_uri", uri)]));
    assert!(page(&person, &on_device).words().contains("You will be asked each time"));
    let _ = person.authorizes(&on_device).code();
    assert!(!page(&person, &on_web).words().contains("You will be asked each time"));
    let _ = person.authorizes(&on_web).code();
    assert!(
        !person
            .follows(person.get(&format!("/oauth/authorize?{on_web}")).send())
            .err()
            .unwrap()
            .code()
            .is_empty()
    );
    let _ = page(&person, &on_device).form("/consent");
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
