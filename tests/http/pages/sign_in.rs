//! `/login`, `/logout`, `/setup`, `/`: what browsers are shown, told and given (contract §11, security §4.5–4.7).

use crate::support::actor::asks;
use crate::support::page::Page;
use crate::support::server::TestServer;

#[test]
fn contract_11_the_first_hidden_field_is_the_token_type_before_value() {
    let server = TestServer::start();
    let html = server.actor().get("/login").send().expect(200).text();
    let hidden = html.find(r#"type="hidden" value=""#).expect("type before value, side by side");
    let token = Page::of(&server.actor().get("/login").send()).form("/login").fields[0].0.clone();
    assert_eq!(token, "csrf_token");
    assert!(hidden <= html.find("type=\"hidden\"").unwrap());
}

#[test]
fn contract_11_login_leads_to_next() {
    let server = TestServer::start();
    for (next, expected) in [("%2Flogout", "/logout"), ("%2Fapi%2Fget_token", "/api/get_token"), ("%2F", "/")]
    {
        let reply = server.actor().signs_in_for(&format!("/login?next={next}")).expect(303);
        assert_eq!(reply.the_header("location"), expected);
    }
    assert_eq!(server.actor().signs_in_for("/login").expect(303).the_header("location"), "/");
}

#[test]
fn contract_11_who_has_to_sign_in_again_is_not_let_past_by_a_wrong_password() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let next = "/settings/delete";
    for (again, goes_on) in [("", true), ("again=1&", false), ("again=other&", false)] {
        let shown = person.get(&format!("/login?{again}next=%2Fsettings%2Fdelete")).send().expect(200);
        let form = Page::of(&shown).form("/login").with("email", "alice").with("password", "wrong");
        for page in [Page::of(&shown), Page::of(&person.submits(&form).expect(401))] {
            assert_eq!(page.links().iter().any(|link| link == next), goes_on, "{again}: {}", page.html());
        }
    }
}

#[test]
fn rfc9700_4_11_next_is_no_open_redirector() {
    let server = TestServer::start();
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "http:evil.example",
        "/\r\nset-cookie: evil=1",
    ] {
        for place in ["query", "form"] {
            let person = server.actor();
            let query = crate::support::exchange::encode(&[("next", next)]);
            let url = if place == "query" { format!("/login?{query}") } else { "/login".to_owned() };
            let mut form = Page::of(&person.get(&url).send().expect(200)).form("/login");
            assert!(!form.value("next").contains("evil") || place == "form", "{next:?}");
            if place == "form" {
                form = form.with("next", next);
            }
            let form = form.with("email", "alice").with("password", &server.seed.password);
            let reply = person.submits(&form).expect(303);
            assert_eq!(reply.the_header("location"), "/", "{next:?} in the {place}");
            assert!(reply.set_cookie("evil").is_none());
        }
    }
}

#[test]
fn rfc6265_4_1_page_cookies() {
    for (server, names, secure) in [
        (TestServer::https(), ["__Host-pre", "__Host-sid"], "; Secure"),
        (TestServer::start(), ["pre", "sid"], ""),
    ] {
        let person = server.actor();
        let before = person.get("/login").send().expect(200);
        let (_, attributes) = before.set_cookie(names[0]).expect("a cookie before the login");
        assert!(
            attributes.starts_with(&format!("HttpOnly{secure}; SameSite=Lax; Path=/; Max-Age=")),
            "{attributes}"
        );
        let after = person.signs_in_for("/login").expect(303);
        let (_, attributes) = after.set_cookie(names[1]).expect("a session");
        assert_eq!(attributes, format!("HttpOnly{secure}; SameSite=Lax; Path=/; Max-Age=2592000"));
        assert!(!attributes.contains("Domain"));
    }
}

#[test]
fn security_3_54_the_session_is_new_at_every_login() {
    let server = TestServer::start();
    let person = server.actor();
    person.puts("sid", "pse_attackers_choice_attackers_choice", "/");
    let _ = person.signs_in();
    let first = person.jar("sid").unwrap();
    assert_ne!(first, "pse_attackers_choice_attackers_choice");
    let _ = person.signs_in();
    let second = person.jar("sid").unwrap();
    assert_ne!(first, second);
}

#[test]
fn security_4_6_login_needs_the_token_of_this_browser() {
    let server = TestServer::start();
    let (person, attacker) = (server.actor(), server.actor());
    let filled = |form: crate::support::page::Form| {
        form.with("email", "alice").with("password", &server.seed.password)
    };
    let own = filled(Page::of(&person.get("/login").send()).form("/login"));
    let foreign = Page::of(&attacker.get("/login").send()).form("/login").value("csrf_token").to_owned();
    for (name, form) in [
        ("none", own.clone().without("csrf_token")),
        ("another browser's", own.clone().with("csrf_token", &foreign)),
        ("nonsense", own.clone().with("csrf_token", "x")),
    ] {
        let reply = person.submits(&form);
        assert_eq!(reply.status, 403, "{name}");
        assert_eq!(person.jar("sid"), None, "{name}");
    }
    let no_cookies = server.actor();
    assert_eq!(no_cookies.submits(&own).status, 403, "the token without its cookie");
    let origin = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let reply = person.post("/login").headers(&origin).form(&own.pairs()).send();
    assert_eq!((reply.status, person.jar("sid")), (403, None), "login CSRF");
    let _ = person.submits(&own).expect(303);
}

#[test]
fn security_4_6_an_old_form_token_is_refused() {
    let server = TestServer::start();
    let person = server.actor();
    let form = Page::of(&person.get("/login").send()).form("/login");
    let form = form.with("email", "alice").with("password", &server.seed.password);
    server.clock.advance(7200);
    let reply = person.submits(&form).expect(403);
    let _ = Page::of(&reply).form("/login");
}

#[test]
fn contract_3_every_wrong_sign_in_is_answered_alike() {
    let server = TestServer::start();
    let mut texts = Vec::new();
    for (email, password) in [
        ("alice", "wrong horse battery"),
        ("nobody", server.seed.password.as_str()),
        ("dave", &server.seed.password),
        ("erin", &server.seed.password),
    ] {
        let person = server.actor();
        let form = Page::of(&person.get("/login").send()).form("/login");
        let reply = person.submits(&form.with("email", email).with("password", password)).expect(401);
        let page = Page::of(&reply);
        let form = page.form("/login");
        assert_eq!(form.value("email"), email, "what was typed stays");
        assert_eq!(form.value("password"), "", "the password does not");
        assert!(!page.html().contains(password));
        assert_eq!(person.jar("sid"), None);
        texts.push(page.words());
    }
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:?}");
}

#[test]
fn contract_12_guesses_at_the_page_are_slowed() {
    let server = TestServer::start();
    let person = server.actor();
    let attempt = |password: &str| {
        let form = Page::of(&person.get("/login").send()).form("/login");
        person.submits(&form.with("email", "alice").with("password", password))
    };
    for _ in 0..6 {
        let _ = attempt("wrong horse battery").expect(401);
    }
    let reply = attempt(&server.seed.password).expect(429);
    assert!(reply.the_header("retry-after").parse::<i64>().unwrap() >= 1);
    let _ = Page::of(&reply).form("/login");
}

#[test]
fn security_3_56_signing_out_ends_the_session_by_post_only() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let sid = person.jar("sid").unwrap();
    let page = Page::of(&person.get("/logout").send().expect(200));
    let is_signed_in = || Page::of(&person.get("/logout").send().expect(200)).words().contains("alice");
    assert!(is_signed_in(), "looking at the page does nothing");
    let form = page.form("/logout");
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(person.post("/logout").headers(&foreign).form(&form.pairs()).send().status, 403);
    assert_eq!(person.submits(&form.clone().without("csrf_token")).status, 403);
    assert!(is_signed_in());
    let reply = person.submits(&form).expect(200);
    assert!(reply.set_cookie("sid").unwrap().1.contains("Max-Age=0"));
    person.puts("sid", &sid, "/");
    assert!(!is_signed_in(), "the old cookie is worth nothing");
}

#[test]
fn contract_5_a_session_lives_thirty_days() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let is_signed_in = || Page::of(&person.get("/logout").send().expect(200)).words().contains("alice");
    for later in [13, 13, 4] {
        assert!(is_signed_in());
        server.clock.advance(later * 86_400 - 1);
    }
    assert!(is_signed_in());
    server.clock.advance(3);
    assert!(!is_signed_in());
    // Security §3, 55: at most, and 14 days if nobody comes by.
    let _ = person.signs_in();
    assert!(is_signed_in());
    server.clock.advance(14 * 86_400);
    assert!(!is_signed_in());
}

#[test]
fn security_4_7_every_page_is_strict() {
    let server = TestServer::https();
    let person = server.actor();
    let signed_in = server.actor();
    let _ = signed_in.signs_in();
    let consent = format!("/oauth/authorize?{}", asks("spa", &[]));
    for (reply, name) in [
        (person.get("/login").send(), "login"),
        (person.get("/").send(), "home"),
        (person.get("/logout").send(), "logout"),
        (signed_in.get("/logout").send(), "logout, signed in"),
        (signed_in.get(&consent).send(), "consent"),
        (person.get("/oauth/authorize").send(), "error"),
        (person.get("/setup?token=x").send(), "setup"),
        (person.get("/no/such/page").send(), "not found"),
        (person.post("/login").form(&[]).send(), "refused"),
    ] {
        let page = Page::of(&reply);
        let scripts: Vec<&str> = page.html().split("<script").skip(1).collect();
        assert_eq!(scripts.len(), 1, "{name}");
        assert!(scripts.iter().all(|script| script.starts_with(" src=\"/assets/page.js?v=")), "{name}");
        assert!(!page.html().contains(" style="), "{name}");
        assert!(
            !page.html().contains("http://") && !page.html().contains("//cdn"),
            "{name}: something from elsewhere"
        );
        let policy = reply.the_header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.split("; ").any(|own| own == part), "{name}: {part} is missing in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{name}: {policy}");
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(reply.header(header), Some(value), "{name}: {header}");
        }
        assert!(reply.header("permissions-policy").is_some(), "{name}");
        assert!(reply.the_header("strict-transport-security").starts_with("max-age="), "{name}");
    }
}

#[test]
fn contract_13_no_hsts_over_plain_http() {
    let server = TestServer::start();
    assert_eq!(server.actor().get("/login").send().header("strict-transport-security"), None);
}

#[test]
fn security_4_7_the_login_page_moves_on_to_an_authorization_request() {
    let server = TestServer::start();
    let person = server.actor();
    let reply =
        person.get(&format!("/oauth/authorize?{}", asks("spa", &[("state", "st")]))).send().expect(303);
    let reply = person.signs_in_for(reply.the_header("location")).expect(200);
    let page = Page::of(&reply);
    let to = page.moves_on_to().expect("a refresh");
    assert!(to.starts_with("/oauth/authorize?"), "{to}");
    assert!(reply.the_header("content-security-policy").contains("form-action 'none'"));
    let _ = Page::of(&person.get(&to).send().expect(200)).form("/consent");
}

#[test]
fn contract_14_the_setup_link_works_once_and_only_while_there_is_no_administrator() {
    let server = TestServer::start();
    let person = server.actor();
    assert_eq!(person.get("/setup?token=psl_nonsense").send().status, 404);
    assert_eq!(person.get("/setup").send().status, 404);
    let offered = server.operator(portcullis::flows::setup::offer(&server.node)).unwrap();
    assert!(offered.is_none(), "root is an administrator");
}

#[test]
fn contract_14_the_first_administrator_is_made_through_the_link() {
    let server = TestServer::empty();
    let person = server.actor();
    let offer = || {
        let link = server.operator(portcullis::flows::setup::offer(&server.node)).unwrap().expect("a link");
        format!("/setup?token={}", link.expose())
    };
    let (old, link) = (offer(), offer());
    assert_eq!(person.get(&old).send().status, 404, "a new link ends the one before");
    let filled = |form: crate::support::page::Form, password: &str| {
        form.with("username", "first").with("email", "first@example.com").with("password", password)
    };
    let form = Page::of(&person.get(&link).send().expect(200)).form("/setup");
    let short = person.submits(&filled(form.clone(), "too short")).expect(400);
    assert!(Page::of(&short).words().contains("15 characters") && !short.text().contains("too short\""));
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let good = filled(form, &server.seed.password);
    assert_eq!(person.post("/setup").headers(&foreign).form(&good.pairs()).send().status, 403);
    let done = person.submits(&good).expect(200);
    assert!(Page::of(&done).words().contains("first"));
    assert_eq!(person.submits(&good).status, 404, "once");
    assert_eq!(person.get(&link).send().status, 404);
    let login = [("username", "first"), ("password", server.seed.password.as_str())];
    assert_eq!(
        person.post("/auth/v1/token").form(&login).send().expect(200).member("scope"),
        "read write admin"
    );
}

#[test]
fn contract_14_the_link_works_fifteen_minutes() {
    let server = TestServer::empty();
    let link = server.operator(portcullis::flows::setup::offer(&server.node)).unwrap().expect("a link");
    let path = format!("/setup?token={}", link.expose());
    server.clock.advance(899);
    let _ = server.actor().get(&path).send().expect(200);
    server.clock.advance(1);
    let _ = server.actor().get(&path).send().expect(404);
}

#[test]
fn pages_are_styled_by_one_cached_sheet() {
    let server = TestServer::start();
    let person = server.actor();
    let html = person.get("/login").send().text();
    let href = html.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let sheet = person.get(&href).send().expect(200);
    assert!(sheet.the_header("content-type").starts_with("text/css"));
    if let Some(tag) = sheet.header("etag") {
        let again = person.get(&href).header("if-none-match", tag).send();
        assert_eq!(again.status, 304);
    }
}

#[test]
fn oidc_core_3_1_2_1_a_refusal_keeps_the_language_that_was_asked_for() {
    let server = TestServer::start();
    for (query, link) in [("&ui_locales=de", "/login?ui_locales=de"), ("", "/login")] {
        let refused = Page::of(&server.actor().get(&format!("/setup?token=x{query}")).send().expect(404));
        assert!(refused.links().contains(&link.to_owned()), "{query}: {:?}", refused.links());
        assert!(!refused.words().contains("Page not found"), "{query}: its title is true");
    }
}

#[test]
fn a_link_to_register_that_is_gone_says_what_is_true_of_it() {
    for (setting, words, not) in [
        ("closed", "ask the administrator", "invited you"),
        ("invitation", "ask the administrator", "invited you"),
    ] {
        let server = TestServer::with(&[("REGISTRATION", setting)]);
        let gone = Page::of(&server.actor().get("/register?token=x").send().expect(404)).words();
        assert!(gone.contains("30 minutes") && gone.contains(words) && !gone.contains(not), "{gone}");
    }
}
