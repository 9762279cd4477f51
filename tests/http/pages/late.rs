//! Forms that were open for too long come back, and people who go astray read a page (decision 0012).

use crate::oauth::device;
use crate::support::actor::{VERIFIER, asks, page, root, signed_in};
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

const TOO_LATE: &str = "This page was open for too long.";
const SENT_ALREADY: &str = "This form was sent already. Look whether it did what you wanted";

#[test]
fn security_4_6_a_form_that_was_open_for_too_long_comes_back_and_nothing_is_done() {
    let server = TestServer::with(&[
        ("SMTP_URL", "smtp://127.0.0.1:9"),
        ("MAIL_FROM", "Doors <no-reply@doors.example>"),
    ]);
    let (person, other) = (server.actor(), server.actor());
    let _ = (person.signs_in(), other.signs_in());
    // The last says whether the password is asked for again before the form is looked at.
    for (place, action, typed, asks_first) in [
        ("/settings/email", "/settings/email", Some(("email", "other@example.org")), false),
        ("/settings/password", "/settings/password", None, false),
        ("/settings/jwt", "/settings/jwt", None, true),
        ("/settings/barbell", "/settings/barbell", None, true),
        ("/settings/sessions?ask=elsewhere", "/settings/sessions", None, false),
        ("/settings/delete", "/settings/delete", Some(("username", "Alice")), true),
        ("/logout", "/logout", None, false),
    ] {
        person.proves_again();
        other.proves_again();
        let form = page(&person, place).form(action);
        let form = typed.map_or(form.clone(), |(name, value)| form.with(name, value));
        let foreign = page(&other, place).form(action).value("csrf_token").to_owned();
        let theirs = Page::of(&person.submits(&form.clone().with("csrf_token", &foreign)).expect(403));
        assert!(theirs.words().contains("You are signed in as alice now"), "{place}: {}", theirs.words());
        assert!(!theirs.words().contains(TOO_LATE), "{place}");
        let emptied = theirs.form(action);
        assert!(
            typed.is_none_or(|(name, _)| emptied.value(name).is_empty()),
            "{place}: who typed it is gone"
        );
        let wrong = ["", "nonsense", "1.AAAA"];
        let mut replies: Vec<_> =
            wrong.iter().map(|token| person.submits(&form.clone().with("csrf_token", token))).collect();
        replies.push(person.submits_too_late(&form, asks_first));
        for reply in replies {
            assert_eq!(reply.status, 403, "{place}");
            let again = Page::of(&reply);
            assert!(again.words().contains(TOO_LATE), "{place}: {}", again.words());
            let form = again.form(action);
            assert!(form.value("csrf_token").len() > 40);
            assert!(
                typed.is_none_or(|(name, value)| form.value(name) == value),
                "{place}: what was typed is kept"
            );
        }
        assert_eq!(other.get("/settings").send().status, 200, "{place}: nobody was signed out");
    }
    let rows = page(&person, "/settings/sessions").forms();
    let reply = person.submits_too_late(&rows[0], false);
    assert!(reply.status == 403 && Page::of(&reply).words().contains(TOO_LATE));
    assert_eq!(Page::of(&reply).forms().len(), rows.len(), "all are still there");
}

#[test]
fn security_4_6_consent_that_was_open_for_too_long_is_asked_for_again() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let place = format!("/oauth/authorize?{}", asks("spa", &[("state", "st")]));
    let form = page(&person, &place).form("/consent").with("decision", "allow");
    let reply = person.submits_too_late(&form, false).expect(403);
    let again = Page::of(&reply);
    assert!(again.words().contains(TOO_LATE) && !again.html().contains("pac_"));
    let answer = person.follows(person.submits(&again.form("/consent").with("decision", "allow")));
    assert!(matches!(answer, Err(answer) if answer.parameter("state").as_deref() == Some("st")));
}

#[test]
fn security_4_6_a_consent_form_that_is_sent_twice_gives_one_code_and_is_asked_again() {
    let server = TestServer::start();
    // Of the first consent is remembered, and of the second not: it is asked for again in either case.
    for client in ["web", "native"] {
        let person = server.actor();
        let _ = person.signs_in();
        let uri = [("redirect_uri", "http://127.0.0.1:5/done")];
        let place = format!("/oauth/authorize?{}", asks(client, if client == "web" { &[] } else { &uri }));
        let form = page(&person, &place).form("/consent").with("decision", "allow");
        let first = Page::of(&person.submits(&form).expect(200)).moves_on_to().expect("a redirect");
        assert!(first.contains("code=pac_"), "{first}");
        for decision in ["allow", "deny"] {
            let reply = person.submits(&form.clone().with("decision", decision)).expect(403);
            let again = Page::of(&reply);
            assert!(
                again.words().contains(SENT_ALREADY) && again.moves_on_to().is_none(),
                "{}",
                again.words()
            );
            assert!(!reply.text().contains("pac_") && reply.header("location").is_none());
        }
        let again = form.clone().anew(&person.submits(&form));
        let second = Page::of(&person.submits(&again).expect(200)).moves_on_to().expect("a redirect");
        assert!(second.contains("code=pac_") && first != second, "a new question, a new answer");
    }
    let granted = |server: &TestServer| {
        let root = server.actor().named("root").logs_in();
        let path = "/api/v1/audit-events?limit=100&kind=consent_granted";
        let events = server.actor().get(path).bearer(&root.access).send().expect(200).json();
        events["data"].as_array().expect("events").len()
    };
    assert_eq!(granted(&server), 4, "as many codes as answers");
}

#[test]
fn security_4_6_a_form_that_was_sent_comes_back_with_what_was_typed_and_does_nothing() {
    let server = TestServer::with(&[
        ("SMTP_URL", "smtp://127.0.0.1:9"),
        ("MAIL_FROM", "Doors <no-reply@doors.example>"),
    ]);
    let person = server.actor();
    let _ = person.signs_in();
    let new = "/projects/new";
    let form = page(&person, new).form(new).with("name", "Once").with("visibility", "private");
    let made = person.submits(&form).expect(303).the_header("location").to_owned();
    let again = person.submits(&form).expect(403);
    assert!(Page::of(&again).words().contains(SENT_ALREADY), "{}", Page::of(&again).words());
    assert_eq!(Page::of(&again).form(new).value("name"), "Once");
    let projects = page(&person, "/projects").links();
    assert_eq!(projects.iter().filter(|link| link.starts_with(&made[..40])).count(), 1, "{projects:?}");
    // What came back works, once.
    let form = form.anew(&again).with("name", "Twice");
    let _ = person.submits(&form).expect(303);
    let _ = person.submits(&form).expect(403);
    // A form with a fault is spent too, and what comes back with the fault works.
    let place = "/settings/email";
    let typed = page(&person, place).form(place).with("email", "alice@new.example").with("password", "wrong");
    let refused = person.submits(&typed).expect(403);
    assert!(Page::of(&refused).words().contains("The password is wrong"));
    let replayed = person.submits(&typed.clone().with("password", &server.seed.password)).expect(403);
    assert!(Page::of(&replayed).words().contains(SENT_ALREADY));
    let mended = typed.anew(&refused).with("password", &server.seed.password);
    assert_eq!(person.submits(&mended).expect(303).the_header("location"), "/settings/email?done=asked");
    // Signing out twice: whoever is signed out has no session that the second could end.
    let form = page(&person, "/logout").form("/logout");
    let _ = (person.submits(&form).expect(200), person.submits(&form).expect(200));
}

#[test]
fn security_4_6_a_question_that_is_answered_twice_is_asked_again() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let is_asked_again = |form: &Form| {
        let again = Page::of(&person.submits(form).expect(403));
        assert!(again.words().contains(SENT_ALREADY), "{}: {}", form.action, again.words());
        again
    };
    // A key for an app: the one that was handed out lives on.
    let form = page(&person, "/app?get_api_key=myapp").form("/app").with("decision", "allow");
    let _ = person.submits(&form).expect(303);
    let keys = || page(&person, "/settings").words();
    let before = keys();
    let again = is_asked_again(&form);
    assert_eq!(keys(), before, "no other key was made");
    let _ = person.submits(&again.form("/app").with("decision", "allow")).expect(303);
    assert_ne!(keys(), before);
    // A device: its code is decided, so the form for codes says that it was sent.
    let codes = device::begins(&server.app("tv"), "read");
    let form = device::question(&person, &codes.user).with("decision", "allow");
    let _ = person.submits(&form).expect(303);
    assert_eq!(is_asked_again(&form).form("/device").value("user_code"), codes.user);
    // An app that was disconnected, and connected again since.
    let _ = person.authorizes(&asks("web", &[]));
    let form = page(&person, "/settings/apps/disconnect?client=web").form("/settings/apps/disconnect");
    let _ = person.submits(&form).expect(303);
    assert!(Page::of(&person.submits(&form).expect(403)).words().contains("was sent already"));
    let _ = person.authorizes(&asks("web", &[]));
    let again = is_asked_again(&form);
    assert!(
        again.words().contains("Disconnect Web Shop")
            && page(&person, "/settings/apps").words().contains("Web Shop")
    );
    let _ = person.submits(&again.form("/settings/apps/disconnect")).expect(303);
}

#[test]
fn wcag_3_3_1_the_summary_of_what_is_wrong_names_each_field_and_leads_to_it() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let place = "/settings/password";
    let form = page(&person, place).form(place).without("current").without("new");
    let shown = Page::of(&person.submits(&form).expect(400));
    let html = shown.html();
    for summed_up in [
        "<a href=\"#current\">Current password: Fill this in.</a>",
        "<a href=\"#new\">New password: Fill this in.</a>",
    ] {
        assert!(html.contains(summed_up), "{summed_up}: {html}");
    }
    assert!(html.contains("id=\"current-fault\">Fill this in.</p>"), "at the field its label is enough");
}

#[test]
fn contract_8_a_person_who_goes_astray_reads_a_page_and_a_program_json() {
    let server = TestServer::start();
    let person = server.actor();
    let browser =
        [("accept", "text/html,*/*;q=0.8"), ("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate")];
    for (path, status) in [
        ("/oauth/nothing", 404),
        ("/oauth/token", 405),
        ("/auth/v1/token", 405),
        ("/auth/nothing", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/keys/report-leaked", 405),
        ("/api/v2/nothing", 404),
        ("/api", 404),
        ("/.well-known/nothing", 404),
        ("/health", 404),
    ] {
        let shown = person.get(path).headers(&browser).send().expect(status);
        assert!(Page::of(&shown).links().contains(&"/".to_owned()), "{path}");
        assert!(shown.the_header("content-security-policy").contains("style-src 'self'"), "{path}");
        assert_eq!(shown.header("allow").is_some(), status == 405, "{path}");
        if path != "/auth/nothing" {
            let told = person.get(path).headers(&browser[..1]).send().expect(status);
            assert!(told.the_header("content-type").starts_with("application/json"), "{path}");
        }
    }
    let posted = person.post("/oauth/token").headers(&browser).form(&[]).send();
    assert!(
        posted.the_header("content-type").starts_with("application/json"),
        "what was sent is a program's"
    );
    // What is there answers in its own shape, whoever asks; and a gateway hands over the headers of whoever came to it.
    for (path, status) in
        [("/api/v1/account", 401), ("/v1/auth/verify", 401), ("/v1/auth/nothing", 404), ("/v1", 404)]
    {
        let told = person.get(path).headers(&browser).send().expect(status);
        assert!(told.the_header("content-type").starts_with("application/json"), "{path}");
    }
    let german = person.get("/api/v1/nothing").headers(&browser).header("accept-language", "de").send();
    assert!(Page::of(&german).words().contains("Seite nicht gefunden"), "{}", german.text());
}

#[test]
fn oidc_core_3_1_2_1_login_hint_fills_in_the_name_and_says_who_is_expected() {
    let server = TestServer::start();
    let person = server.actor();
    let sign_in = |hint: &str, more: &str| {
        let reply = person
            .get(&format!("/oauth/authorize?{}", asks("spa", &[("login_hint", hint), ("prompt", "login")])));
        let place = reply.send().expect(303).the_header("location").to_owned();
        page(&person, &format!("{place}{more}"))
    };
    let shown = sign_in("bob", "");
    assert_eq!(shown.form("/login").value("email"), "bob");
    assert!(!shown.words().contains("is expected"), "nobody is signed in: {}", shown.words());
    let _ = person.signs_in();
    let shown = sign_in("bob", "");
    assert_eq!(shown.form("/login").value("email"), "bob");
    assert!(
        shown.words().contains("bob is expected here, and you are signed in as alice."),
        "{}",
        shown.words()
    );
    assert!(!sign_in("alice", "").words().contains("is expected"));
    assert!(!sign_in("call 555 for help", "").words().contains("555"), "no sentence of a stranger");
}

#[test]
fn security_3_39_what_is_said_of_an_app_is_what_authorize_does() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let native = ("redirect_uri", "http://127.0.0.1:5/done");
    // What is not remembered is an app of theirs by its access alone.
    let code = person.authorizes(&asks("native", &[native])).code();
    let code = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER), native];
    let _ = server.app("native").asks_for_tokens(&code).expect(200);
    let _ = person.authorizes(&asks("web", &[]));
    let apps = page(&person, "/settings/apps").words();
    let of =
        |name: &str| apps.split("Disconnect ").find(|part| part.contains(name)).expect("the app").to_owned();
    assert!(of("Web Shop").contains("without asking you again"), "{apps}");
    assert!(!of("Native").contains("without asking you again"), "{apps}");
}

#[test]
fn security_4_6_what_somebody_else_typed_is_neither_shown_nor_done_whenever_it_is_sent() {
    let server = TestServer::start();
    let (alice, bob) = (signed_in(&server, "alice"), signed_in(&server, "bob"));
    let typed = page(&alice, "/settings/keys/new").form("/settings/keys/new").with("name", "of alice");
    // Also when the password would have to be typed again.
    server.clock.advance(31 * 60);
    let refused = Page::of(&bob.submits(&typed).expect(403));
    assert!(refused.words().contains("You are signed in as bob now"), "{}", refused.words());
    assert!(!refused.html().contains("of alice"));
}

#[test]
fn security_4_6_a_form_of_something_that_is_kept_comes_back_as_that_is_kept() {
    let server = TestServer::start();
    let (before, now) = (signed_in(&server, "alice"), signed_in(&server, "alice"));
    let secret = server.key("alice", |key| {
        key.environment = Some("staging".to_owned());
        key.ip_allow = vec!["192.0.2.0/24".parse().unwrap()];
    });
    let change = format!("{}/change", now.page_of_key(&secret));
    let opened = page(&before, &change).form(&change).with("name", "renamed").with("ip_allow", "");
    let shown = Page::of(&now.submits(&opened).expect(403)).form(&change);
    assert_eq!((shown.value("ip_allow"), shown.value("environment")), ("192.0.2.0/24", "staging"));
    let _ = now.submits(&shown.with("name", "renamed")).expect(303);
    let after = page(&now, &change).form(&change);
    assert_eq!((after.value("name"), after.value("ip_allow")), ("renamed", "192.0.2.0/24"));

    let (first, second) = (root(&server), root(&server));
    let client = page(&first, "/admin/clients/web").form("/admin/clients/web").with("name", "Renamed");
    let shown = Page::of(&second.submits(&client).expect(403)).form("/admin/clients/web");
    let kept = page(&second, "/admin/clients/web").form("/admin/clients/web");
    for field in ["name", "redirect_uris", "rate_limit", "scope-read", "grant-authorization_code"] {
        assert_eq!(shown.value(field), kept.value(field), "{field}");
    }
    assert!(!kept.value("redirect_uris").is_empty());
}
