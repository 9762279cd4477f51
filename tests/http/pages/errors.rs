//! What went wrong, as a page, in the person's language: what happened, what to do, what to tell a developer, and the request's number
//! (contract §8; WCAG 3.1.2; OpenID Connect Core §3.1.2.1, `ui_locales`).

use portcullis::flows::actor::Actor::Operator;
use portcullis::flows::clients::{self, ClientChange};

use crate::support::actor::{Actor, asks, leads_to, root, signed_in};
use crate::support::exchange::{Reply, encode};
use crate::support::page::Page;
use crate::support::server::TestServer;

const BY_THE_APPLICATION: &str =
    "Gehen Sie zurück zur Anwendung und sagen Sie denen, die sie betreiben, was unten steht.";
const URN: &str = "urn:ietf:params:oauth:request_uri:par_gone";

/// A German page that says this, with the developer's sentence marked as English, or without one, and the request's number.
#[track_caller]
fn is_told(reply: &Reply, status: u16, what: &str, to_do: &str, detail: Option<&str>) {
    assert_eq!(reply.status, status, "{}: {}", reply.asked, reply.text());
    assert!(reply.the_header("content-type").starts_with("text/html"), "{}", reply.asked);
    let (page, words) = (Page::of(reply), Page::of(reply).words());
    assert!(page.html().contains("<html lang=\"de\">"), "{}: {words}", reply.asked);
    assert!(page.html().contains(&format!("<p role=\"alert\">{what}")), "{}: {words}", reply.asked);
    assert!(page.html().contains(&format!("<p>{to_do}")), "{}: {words}", reply.asked);
    let marked = "<p class=\"help\" lang=\"en\">";
    match detail {
        Some(detail) => {
            assert!(page.html().contains(&format!("{marked}{detail}")), "{}: {words}", reply.asked)
        }
        None => assert!(!page.html().contains(marked), "{}: {words}", reply.asked),
    }
    assert!(words.contains(reply.the_header("x-request-id")), "{}: {words}", reply.asked);
}

/// Both ways to be answered in German.
fn in_german<'a>(person: &'a Actor<'a>, query: &str) -> [Reply; 2] {
    let path = format!("/oauth/authorize?{query}");
    [
        person.get(&path).header("accept-language", "de").send(),
        person.get(&format!("{path}&ui_locales=fr+de")).header("accept-language", "en").send(),
    ]
}

#[test]
fn oidc_core_3_1_2_1_why_an_application_is_not_answered_is_said_in_the_language_that_was_asked_for() {
    let server = TestServer::start();
    let off = ClientChange { disabled: Some(true), ..ClientChange::default() };
    server.operator(clients::update(&server.node, Operator, "mail", off)).unwrap().unwrap();
    let gone = encode(&[("client_id", "web"), ("request_uri", URN)]);
    let unnamed = asks("web", &[("client_id", "")]);
    let object = encode(&[("client_id", "web"), ("redirect_uri", "/x"), ("request", "x.y.z")]);
    let two = encode(&[
        ("client_id", "web"),
        ("redirect_uri", "/x"),
        ("request_uri", "https://x.example/"),
        ("request", "x.y.z"),
    ]);
    let person = server.actor();
    for (query, what, to_do, detail) in [
        (
            asks("nobody", &[]),
            "Eine Anwendung hat Sie hierher geschickt, die auf diesem Server nicht registriert ist.",
            BY_THE_APPLICATION,
            "this application is not registered here",
        ),
        (
            asks("mail", &[]),
            "Die Anwendung, die Sie hierher geschickt hat, ist auf diesem Server abgeschaltet.",
            "Fragen Sie die Verwaltung dieses Servers",
            "this application is switched off here",
        ),
        (
            asks("web", &[("redirect_uri", "https://evil.example/")]),
            "Sie wurden hierher geschickt und sollten danach zu einer Adresse weitergehen",
            "Rufen Sie die Anwendung unter der Adresse auf, die Sie kennen",
            "redirect_uri is not registered for this client",
        ),
        (
            unnamed,
            "Sie wurden zum Anmelden bei einer Anwendung hierher geschickt, aber es fehlt, bei welcher.",
            BY_THE_APPLICATION,
            "client_id is missing",
        ),
        (
            asks("web", &[("redirect_uri", ""), ("scope", "openid")]),
            "Eine Anwendung hat Sie hierher geschickt, ohne zu sagen, wohin es danach geht.",
            BY_THE_APPLICATION,
            "redirect_uri is missing",
        ),
        (
            format!("{}&client_id=web", asks("web", &[])),
            "In dieser Adresse oder diesem Formular steht etwas zweimal",
            "Gehen Sie zurück und versuchen Sie es noch einmal.",
            "a parameter is repeated",
        ),
        (
            format!("{}&access_token=x", asks("web", &[])),
            "In dieser Adresse steht vielleicht ein Passwort, ein Schlüssel oder Ähnliches.",
            "Ersetzen Sie es, wenn es echt ist.",
            "Credentials never belong in a URL",
        ),
        (
            gone,
            "Diese Anmeldung ist nicht mehr offen",
            "Gehen Sie zurück zur Anwendung und beginnen Sie noch einmal.",
            "there is no such request of this application",
        ),
        (
            object,
            "Eine Anwendung hat Sie mit einer signierten Anfrage hierher geschickt, die nicht gilt.",
            "Gehen Sie zurück zur Anwendung und beginnen Sie noch einmal.",
            "",
        ),
        (
            two,
            "Eine Anwendung hat Sie mit einer Anfrage hierher geschickt, die nicht beantwortet werden kann.",
            BY_THE_APPLICATION,
            "request and request_uri exclude each other",
        ),
        (
            asks("web", &[("state", &"s".repeat(8193))]),
            "Diese Adresse oder etwas, was gesendet wurde, ist länger, als hier gelesen wird.",
            "Gehen Sie zurück und schreiben Sie weniger.",
            "the request is too long",
        ),
        (
            format!("{}&x=%ff", asks("web", &[])),
            "Was Ihr Browser gesendet hat, ist nicht lesbar.",
            "Gehen Sie zurück, laden Sie die Seite neu",
            "the request is not well-formed",
        ),
    ] {
        for reply in in_german(&person, &query) {
            is_told(&reply, 400, what, to_do, Some(detail));
        }
    }
}

#[test]
fn oidc_rpinitiated_2_why_a_logout_request_is_refused_is_said_in_the_language_that_was_asked_for() {
    let server = TestServer::start();
    let alice = signed_in(&server, "alice");
    for (query, what, detail) in [
        (
            "id_token_hint=x.y.z",
            "Eine Anwendung hat Sie zum Abmelden hierher geschickt, und ihre Angabe",
            "id_token_hint is no ID token of this server",
        ),
        (
            "client_id=web&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F",
            "Eine Anwendung hat Sie zum Abmelden hierher geschickt und will Sie danach zu einer Adresse",
            "post_logout_redirect_uri is not registered for this client",
        ),
        (
            "client_id=nobody",
            "Eine Anwendung hat Sie hierher geschickt, die auf diesem",
            "client_id is unknown",
        ),
    ] {
        let path = format!("/oauth/logout?{query}&ui_locales=de");
        is_told(&server.actor().get(&path).send(), 400, what, BY_THE_APPLICATION, Some(detail));
        // Whoever is signed in is asked all the same.
        let asked = Page::of(&alice.get(&path).send().expect(400));
        assert!(asked.html().contains(&format!("<p class=\"help\" lang=\"en\">{detail}</p>")), "{path}");
        let words = asked.words();
        assert!(words.contains(what) && words.contains("Sie können sich trotzdem abmelden."), "{words}");
    }
}

#[test]
fn wcag_3_1_1_what_a_person_meets_in_a_browser_is_said_in_their_language() {
    let server = TestServer::start();
    let alice = signed_in(&server, "alice");
    let german = ("accept-language", "de");
    let from_here = [german, ("sec-fetch-site", "same-origin")];
    let get = |path: &str| alice.get(path).header(german.0, german.1).send();
    let login = || alice.post("/login").headers(&from_here);
    let nowhere = "Unter dieser Adresse ist nichts.";
    is_told(&get("/nothing"), 404, nowhere, "Sehen Sie nach, ob die Adresse richtig", None);
    let method = alice.ask("DELETE", "/settings").header(german.0, german.1).send();
    is_told(&method, 405, "Diese Adresse ist für etwas anderes da", "Beginnen Sie auf der Startseite", None);
    let twice = get("/login?next=a&next=b");
    is_told(
        &twice,
        400,
        "In dieser Adresse oder diesem Formular",
        "Gehen Sie zurück",
        Some("a parameter is rep"),
    );
    let large = login().body("application/x-www-form-urlencoded", &[b'a'; 70_000]).send();
    is_told(
        &large,
        413,
        "Was Sie gesendet haben, ist zu lang",
        "Gehen Sie zurück und senden Sie weniger",
        None,
    );
    let json = login().body("application/json", b"{}").send();
    let detail = Some("Send application/x-www-form-urlencoded");
    is_told(&json, 415, "Was gesendet wurde, ist kein Formular", "Gehen Sie zurück, laden Sie", detail);
    let broken = login().body("application/x-www-form-urlencoded", b"email=%ff").send();
    let detail = Some("the request is not well-formed");
    is_told(&broken, 400, "Was Ihr Browser gesendet hat, ist nicht", "Gehen Sie zurück, laden Sie", detail);
    let foreign = [german, ("sec-fetch-site", "cross-site")];
    let foreign = alice.post("/settings/password").headers(&foreign).form(&[("a", "b")]).send();
    let what = "Dieses Formular kam von einer anderen Website.";
    is_told(&foreign, 403, what, "Wenn Sie es tun wollten, beginnen Sie hier", None);
}

#[test]
fn contract_8_the_address_of_the_question_leads_to_what_was_allowed() {
    let server = TestServer::start();
    leads_to(&server.actor().get("/consent").send(), "/settings/apps");
    let german = signed_in(&server, "alice");
    let reply = german.get("/consent?ui_locales=de").send();
    leads_to(&reply, "/settings/apps?ui_locales=de");
}

#[test]
fn wcag_3_3_1_what_is_wrong_with_a_scope_is_said_in_the_language_of_the_page() {
    let server = TestServer::start();
    let root = root(&server);
    let long = "x".repeat(201);
    for (name, description, german, fault) in [
        ("read", "look", "", "Dieser Name ist eingebaut."),
        ("a b", "look", "", "Ein Name hat 1 bis 100 Buchstaben"),
        ("files", &long, "", "Schreiben Sie eine Zeile mit 1 bis 200 Zeichen."),
        ("files", "look", &long, "Schreiben Sie eine Zeile mit 1 bis 200 Zeichen."),
        ("files", "look\u{202e}", "", "Schreiben Sie es in Zeichen, die man sieht."),
    ] {
        let ours = [("sec-fetch-site", "same-origin"), ("accept-language", "de")];
        let form = Page::of(&root.get("/admin/scopes/new").send().expect(200)).form("/admin/scopes/new");
        let form = form.with("name", name).with("description", description).with("description_de", german);
        let reply = root.post(&form.action).headers(&ours).form(&form.pairs()).send();
        let words = Page::of(&reply.expect(400)).words();
        assert!(words.contains(fault), "{name} {description}: {words}");
    }
}
