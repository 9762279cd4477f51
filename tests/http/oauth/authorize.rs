//! `/oauth/authorize`: what is shown, what is told to the client, and in which order (RFC 6749 §4.1.1, §4.1.2; RFC 9207).

use crate::support::actor::{Answer, CHALLENGE, VERIFIER, asks};
use crate::support::page::Page;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

/// An error page: HTML, no redirect, nothing for the client.
#[track_caller]
fn shown(server: &TestServer, query: &str) {
    for signed_in in [false, true] {
        let person = server.actor();
        if signed_in {
            let _ = person.signs_in();
        }
        let reply = person.get(&format!("/oauth/authorize?{query}")).send();
        assert_eq!(reply.status, 400, "{query}: {}", reply.text());
        assert_eq!(reply.header("location"), None, "{query}");
        let page = Page::of(&reply);
        assert_eq!(page.moves_on_to(), None, "{query}");
        assert!(!page.html().contains("evil"), "{query} is echoed");
    }
}

/// An error the client is told, before anybody is asked to sign in.
#[track_caller]
fn told(server: &TestServer, query: &str, error: &str) {
    let reply = server.actor().get(&format!("/oauth/authorize?{query}")).send().expect(303);
    let answer = server.actor().follows(reply).err().unwrap_or_else(|| panic!("{query}: a page of ours"));
    assert!(answer.url.starts_with(REDIRECT), "{}", answer.url);
    assert_eq!(answer.error(), error, "{query}");
    assert_eq!(answer.parameter("state").as_deref(), Some("st"), "{query}");
    assert_eq!(answer.parameter("iss").as_deref(), Some(server.issuer.as_str()), "{query}: RFC 9207");
}

#[test]
fn rfc6749_4_1_2_1_nothing_is_sent_to_a_redirect_uri_that_is_not_the_clients() {
    let server = TestServer::start();
    for uri in [
        "https://evil.example/callback",
        "https://app.example.evil.example/callback",
        "https://app.example/callback/",
        "https://app.example/callback?evil=1",
        "https://app.example/callback#evil",
        "https://app.example:444/callback",
        "https://APP.example/callback",
        "http://app.example/callback",
        "https://user@app.example/callback",
        "https://app.example/./callback",
        "https://app.example/%63allback",
        "//evil.example",
        "/evil",
        "javascript:alert('evil')",
        "https://app.example\\@evil.example/callback",
    ] {
        shown(&server, &asks("spa", &[("redirect_uri", uri), ("state", "st")]));
    }
}

#[test]
fn rfc6749_4_1_2_1_an_unknown_client_is_told_to_the_person() {
    let server = TestServer::start();
    for client in ["", "evil", "portcullis", "spa ", "SPA"] {
        shown(&server, &asks(client, &[("client_id", client)]));
    }
    shown(&server, &asks("robot", &[]));
    shown(&server, "");
}

#[test]
fn rfc6749_3_1_a_doubled_way_back_is_shown() {
    let server = TestServer::start();
    let good = asks("spa", &[("state", "st")]);
    for doubled in [
        "redirect_uri=https%3A%2F%2Fevil.example%2F",
        "client_id=spa",
        "client_id=evil",
        "response_mode=query&response_mode=query",
    ] {
        shown(&server, &format!("{good}&{doubled}"));
    }
    shown(&server, &format!("{}&prompt=none&prompt=none", asks("evil", &[])));
    shown(&server, &format!("{}&prompt=none&prompt=none&%zz", asks("spa", &[])));
}

#[test]
fn rfc6749_4_1_2_1_other_doubled_parameters_are_told_to_the_client() {
    let server = TestServer::start();
    let good = asks("spa", &[("state", "st")]);
    for (doubled, error, state) in [
        ("response_type=code", "invalid_request", Some("st")),
        ("state=other", "invalid_request", None),
        ("scope=read&scope=read", "invalid_request", Some("st")),
        ("unknown=1&unknown=2", "invalid_request", Some("st")),
        ("resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example", "invalid_target", Some("st")),
    ] {
        let query = format!("{good}&{doubled}");
        let form = "application/x-www-form-urlencoded";
        let by_form = server.actor().post("/oauth/authorize").body(form, query.as_bytes()).send();
        for reply in [server.actor().get(&format!("/oauth/authorize?{query}")).send(), by_form] {
            let url = reply.expect(303).the_header("location").to_owned();
            let answer = Answer { url };
            assert!(answer.url.starts_with(REDIRECT), "{doubled}: {}", answer.url);
            assert_eq!(answer.error(), error, "{doubled}");
            assert_eq!(answer.parameter("state").as_deref(), state, "{doubled}");
        }
    }
}

#[test]
fn rfc6749_4_1_2_1_everything_else_is_told_to_the_client() {
    let server = TestServer::start();
    for (changes, error) in [
        (vec![("response_type", "")], "invalid_request"),
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "code id_token")], "unsupported_response_type"),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("scope", "nonsense")], "invalid_scope"),
        (vec![("scope", "re\"ad")], "invalid_scope"),
        (vec![("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge_method", "s256")], "invalid_request"),
        (vec![("code_challenge", "abc")], "invalid_request"),
        (vec![("code_challenge", &CHALLENGE[1..])], "invalid_request"),
        (vec![("request", "a.b.c")], "invalid_request_object"),
        (vec![("request", "a.b.c.d.e")], "invalid_request_object"),
        (vec![("request_uri", "https://app.example/r")], "request_uri_not_supported"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("prompt", "nonsense")], "invalid_request"),
        (vec![("prompt", "none")], "login_required"),
        (vec![("prompt", "none consent")], "invalid_request"),
        (vec![("max_age", "-1")], "invalid_request"),
        (vec![("claims", "{")], "invalid_request"),
        (vec![("nonce", &"n".repeat(1025))], "invalid_request"),
        (vec![("registration", "{}")], "registration_not_supported"),
        (vec![("request", "a.b.c"), ("request_uri", "https://app.example/r")], "invalid_request"),
    ] {
        let mut all = vec![("state", "st")];
        all.extend(changes);
        told(&server, &asks("spa", &all), error);
    }
    told(&server, &asks("narrow", &[("state", "st"), ("scope", "read write")]), "invalid_scope");
}

#[test]
fn oidc_core_3_1_2_1_beside_openid_a_scope_that_exists_nowhere_is_ignored() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[("scope", "openid read phone address")])).code();
    assert_eq!(server.app("web").presents(&code).expect(200).member("scope"), "read openid");
    for refused in ["read phone", "openid admin", "openid admin phone"] {
        told(&server, &asks("web", &[("state", "st"), ("scope", refused)]), "invalid_scope");
    }
}

#[test]
fn contract_5_pkce_is_required_of_confidential_clients_by_default() {
    let server = TestServer::start();
    let bare = [("code_challenge", ""), ("code_challenge_method", ""), ("state", "st")];
    told(&server, &asks("web", &bare), "invalid_request");
    let answer = server.actor().authorizes(&asks("legacy", &bare));
    assert!(answer.parameter("code").is_some(), "but for the switch");
}

#[test]
fn rfc9207_2_the_answer_names_its_issuer_and_returns_the_state() {
    let server = TestServer::https();
    let long = "s".repeat(1500);
    for state in ["", "a", "a b+c%20&=#?/é\"'<>", long.as_str()] {
        let answer = server.actor().authorizes(&asks("spa", &[("state", state)]));
        assert!(answer.url.starts_with(&format!("{REDIRECT}?code=")), "{}", answer.url);
        assert_eq!(answer.parameter("state").unwrap_or_default(), state);
        assert_eq!(answer.parameter("iss").as_deref(), Some("https://id.example"));
        assert_eq!(answer.parameter("error"), None);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(answer.code().chars().all(allowed) && answer.code().starts_with("pac_"));
    }
}

#[test]
fn rfc6749_3_1_the_request_may_be_posted() {
    let server = TestServer::start();
    let person = server.actor();
    let body = asks("spa", &[("state", "st")]);
    let reply =
        person.post("/oauth/authorize").body("application/x-www-form-urlencoded", body.as_bytes()).send();
    let login = reply.expect(303);
    assert!(
        login.the_header("location").starts_with("/login?next=%2Foauth%2Fauthorize"),
        "{:?}",
        login.header("location")
    );
    let _ = person.signs_in();
    let reply =
        person.post("/oauth/authorize").body("application/x-www-form-urlencoded", body.as_bytes()).send();
    let _ = Page::of(&reply.expect(200)).form("/consent");
}

#[test]
fn rfc6749_3_1_2_3_one_registered_redirect_uri_may_be_left_out() {
    let server = TestServer::start();
    let answer = server.actor().authorizes(&asks("spa", &[("redirect_uri", "")]));
    let fields =
        [("grant_type", "authorization_code"), ("code", &answer.code()), ("code_verifier", VERIFIER)];
    let reply = server.app("spa").asks_for_tokens(&fields);
    assert_eq!(reply.status, 200, "{}", reply.text());
    shown(&server, &asks("native", &[("redirect_uri", "")]));
}

#[test]
fn rfc8252_7_3_a_loopback_redirect_may_choose_its_port() {
    let server = TestServer::start();
    for uri in ["http://127.0.0.1:51004/done", "http://127.0.0.1/done", "com.example.native:/done"] {
        let answer = server.actor().authorizes(&asks("native", &[("redirect_uri", uri)]));
        assert!(answer.url.starts_with(&format!("{uri}?code=")), "{}", answer.url);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &answer.code()),
            ("code_verifier", VERIFIER),
            ("redirect_uri", uri),
        ];
        let reply = server.app("native").asks_for_tokens(&fields);
        assert_eq!(reply.status, 200, "{uri}: {}", reply.text());
    }
    for uri in ["http://127.0.0.1:51004/other", "http://localhost:51004/done", "http://127.0.0.2/done"] {
        shown(&server, &asks("native", &[("redirect_uri", uri)]));
    }
}

#[test]
fn oidc_core_3_1_2_1_prompt_none_shows_no_page() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let silent = asks("web", &[("prompt", "none"), ("state", "st")]);
    let asked = |query: &str| {
        let reply = person.get(&format!("/oauth/authorize?{query}")).send().expect(303);
        person.follows(reply).err().expect("no page")
    };
    assert_eq!(asked(&silent).error(), "consent_required");
    let _ = person.authorizes(&asks("web", &[]));
    let answer = asked(&silent);
    assert_eq!(answer.parameter("state").as_deref(), Some("st"));
    let _ = server.app("web").redeems(&answer.code());
}

#[test]
fn oidc_core_3_1_2_1_prompt_consent_asks_again() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.authorizes(&asks("web", &[]));
    let query = asks("web", &[("prompt", "consent")]);
    let reply = person.get(&format!("/oauth/authorize?{query}")).send().expect(200);
    let _ = Page::of(&reply).form("/consent");
    assert!(person.authorizes(&query).parameter("code").is_some(), "and once it was given, goes on");
}

#[test]
fn oidc_core_3_1_2_1_prompt_login_does_not_pass_in_silence() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.authorizes(&asks("web", &[]));
    for prompt in ["login", "select_account"] {
        let query = asks("web", &[("prompt", prompt)]);
        let reply = person.get(&format!("/oauth/authorize?{query}")).send();
        let page = person.follows(reply).unwrap_or_else(|answer| panic!("{prompt}: {}", answer.url));
        let _ = Page::of(&page).form("/login");
        let _ = server.app("web").redeems(&person.authorizes(&query).code());
    }
}

#[test]
fn contract_2_nobody_hands_on_a_scope_they_do_not_have() {
    let server = TestServer::start();
    server.operator(async {
        use portcullis::flows::actor::Actor;
        use portcullis::flows::clients::{ClientChange, update};
        use portcullis::oauth::scope::Scope;
        let scope = Some(Scope::from(["read", "write", "admin"]));
        assert!(
            update(&server.node, Actor::Operator, "web", ClientChange { scope, ..ClientChange::default() })
                .await
                .unwrap()
                .is_ok()
        );
    });
    let query = asks("web", &[("scope", "read admin")]);
    for (who, scope) in [("alice", "read"), ("root", "read admin")] {
        let code = server.actor().named(who).authorizes(&query).code();
        assert_eq!(server.app("web").presents(&code).expect(200).member("scope"), scope, "{who}");
    }
    let only = asks("web", &[("scope", "admin")]);
    assert_eq!(server.actor().answers(&only, true).error(), "access_denied");
}
