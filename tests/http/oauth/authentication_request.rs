//! What an OpenID Connect client asks of a sign-in (Core §3.1.2.1): prompt, max_age, whom it expects, and what is never an error.

use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use crate::support::actor::{Actor, asks};
use crate::support::exchange::{Reply, encode};
use crate::support::jwt::unproved;
use crate::support::page::Page;
use crate::support::server::TestServer;

fn goes(person: &Actor<'_>, query: &str) -> Reply {
    person.get(&format!("/oauth/authorize?{query}")).send()
}

/// The page of ours on which a request ends up: the action of its form.
#[track_caller]
fn page(person: &Actor<'_>, query: &str) -> String {
    let reply = person.follows(goes(person, query));
    let reply = reply.unwrap_or_else(|answer| panic!("{query}: {}", answer.url));
    let forms = Page::of(&reply.expect(200)).forms();
    let known = forms.into_iter().map(|form| form.action).find(|a| a == "/login" || a == "/consent");
    known.unwrap_or_else(|| panic!("{query}: neither page"))
}

#[track_caller]
fn error(person: &Actor<'_>, query: &str) -> String {
    let answer = person.follows(goes(person, query)).err().unwrap_or_else(|| panic!("{query}: a page"));
    answer.error()
}

/// alice, signed in, who has consented to `web`.
fn consented(server: &TestServer) -> Actor<'_> {
    let person = server.actor();
    let _ = person.authorizes(&asks("web", &[("scope", "openid read")])).code();
    person
}

fn openid(more: &[(&str, &str)]) -> String {
    let mut all = vec![("scope", "openid read"), ("state", "st")];
    all.extend_from_slice(more);
    asks("web", &all)
}

/// The claims of the ID token that the answer to `query` leads to.
fn id_token(server: &TestServer, person: &Actor<'_>, query: &str) -> Value {
    let code = person.authorizes(query).code();
    unproved(server.app("web").presents(&code).expect(200).json()["id_token"].as_str().unwrap())
}

#[test]
fn oidc_core_3_1_2_1_every_combination_of_prompt() {
    let server = TestServer::start();
    for (prompt, nobody, person) in [
        ("", "/login", "code"),
        ("none", "login_required", "code"),
        ("login", "/login", "/login"),
        ("consent", "/login", "/consent"),
        ("select_account", "/login", "/login"),
        ("login consent", "/login", "/login"),
        ("login select_account", "/login", "/login"),
        ("consent select_account", "/login", "/login"),
        ("login consent select_account", "/login", "/login"),
        ("none login", "invalid_request", "invalid_request"),
        ("none consent", "invalid_request", "invalid_request"),
        ("none select_account", "invalid_request", "invalid_request"),
        ("create", "invalid_request", "invalid_request"),
    ] {
        let query = openid(&[("prompt", prompt)]);
        for (actor, expected) in [(server.actor(), nobody), (consented(&server), person)] {
            server.clock.advance(1);
            match actor.follows(goes(&actor, &query)) {
                Ok(reply) => {
                    let forms = Page::of(&reply).forms();
                    assert!(forms.iter().any(|form| form.action == expected), "{prompt}: {forms:?}");
                }
                Err(answer) if expected == "code" => assert!(!answer.code().is_empty(), "{prompt}"),
                Err(answer) => assert_eq!(answer.error(), expected, "{prompt}"),
            }
        }
    }
}

#[test]
fn oidc_core_3_1_2_1_prompt_login_is_only_ended_by_signing_in_for_it() {
    let server = TestServer::start();
    let person = consented(&server);
    let before = person.jar("sid").unwrap();
    server.clock.advance(100);
    let query = openid(&[("prompt", "login")]);
    let login = goes(&person, &query).expect(303).the_header("location").to_owned();
    assert!(login.starts_with("/login?again=1&next="), "{login}");
    server.clock.advance(5);
    // Going on without the page leads back to it.
    let next = url::Url::parse(&format!("{}{login}", server.issuer)).unwrap();
    let next = next.query_pairs().find(|(name, _)| name == "next").unwrap().1.into_owned();
    assert!(person.get(&next).send().expect(303).the_header("location").starts_with("/login"));
    // So does whoever invents a mark, or leaves it out.
    let invented = format!("{query}&seen=1800000000000000.a.AAAA");
    assert!(goes(&person, &invented).expect(303).the_header("location").starts_with("/login"));
    server.clock.advance(5);
    let answer = person.follows(person.signs_in_for(&login)).err().expect("an answer");
    assert_ne!(person.jar("sid").unwrap(), before, "security section 3, 54: a new session id");
    let tokens = server.app("web").presents(&answer.code()).expect(200).json();
    let claims = unproved(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["auth_time"], server.clock.now().seconds());
    // Its mark is spent with the sign-in it was for: the next request has a demand of its own.
    server.clock.advance(5);
    assert_eq!(page(&person, &query), "/login");
}

/// Whoever finds the browser within the hour, and what it kept of the way, does not go it again.
#[test]
fn oidc_core_3_1_2_1_a_sign_in_that_was_demanded_lets_one_code_pass() {
    let server = TestServer::start();
    let person = consented(&server);
    server.clock.advance(100);
    for demand in [("prompt", "login"), ("max_age", "0")] {
        let login = goes(&person, &openid(&[demand])).expect(303).the_header("location").to_owned();
        server.clock.advance(5);
        let marked = Page::of(&person.signs_in_for(&login)).moves_on_to().expect("the way on");
        let answer = person.follows(person.get(&marked).send()).err().expect("an answer");
        assert!(!answer.code().is_empty());
        server.clock.advance(5);
        let again = person.follows(person.get(&marked).send()).expect("a page");
        assert!(Page::of(&again).forms().iter().any(|form| form.action == "/login"), "{demand:?}");
    }
}

#[test]
fn oidc_core_3_1_2_1_login_and_consent_are_both_asked_for() {
    let server = TestServer::start();
    let person = consented(&server);
    server.clock.advance(5);
    let login = goes(&person, &openid(&[("prompt", "login consent")])).expect(303);
    let reply = person.signs_in_for(login.the_header("location"));
    let consent = person.follows(reply).expect("the consent page");
    let form = Page::of(&consent).form("/consent").with("decision", "allow");
    assert!(!person.follows(person.submits(&form)).err().expect("an answer").code().is_empty());
}

#[test]
fn oidc_core_3_1_2_1_select_account_offers_to_go_on() {
    let server = TestServer::start();
    let person = consented(&server);
    let reply = person.follows(goes(&person, &openid(&[("prompt", "select_account")]))).ok().unwrap();
    let page = Page::of(&reply);
    let go_on = page.links().into_iter().find(|link| link.starts_with("/oauth/authorize?"));
    let answer = person.follows(person.get(&go_on.expect("a way to go on")).send()).err().expect("an answer");
    assert!(!answer.code().is_empty());
    // Where the sign-in itself is asked for, there is none.
    server.clock.advance(5);
    let reply = person.follows(goes(&person, &openid(&[("prompt", "login select_account")]))).ok().unwrap();
    assert!(!Page::of(&reply).links().iter().any(|link| link.starts_with("/oauth/authorize?")));
}

#[test]
fn oidc_core_3_1_2_1_somebody_else_than_the_login_hint_names_chooses() {
    let server = TestServer::start();
    let person = consented(&server);
    for own in ["ALICE", "Alice@example.com"] {
        let answer = person.follows(goes(&person, &openid(&[("login_hint", own)]))).err().expect("an answer");
        assert!(!answer.code().is_empty(), "{own}");
    }
    let silent = openid(&[("login_hint", "bob"), ("prompt", "none")]);
    assert!(!person.follows(goes(&person, &silent)).err().expect("an answer").code().is_empty());
    let reply = person.follows(goes(&person, &openid(&[("login_hint", "bob")]))).ok().unwrap();
    let page = Page::of(&reply);
    let _ = page.form("/login");
    assert!(page.words().contains("bob is expected here"), "{}", page.words());
    let go_on = page.links().into_iter().find(|link| link.starts_with("/oauth/authorize?"));
    let answer = person.follows(person.get(&go_on.expect("a way to go on")).send()).err().expect("an answer");
    assert!(!answer.code().is_empty());
}

#[test]
fn oidc_core_3_1_2_1_max_age_asks_again_for_the_password() {
    let server = TestServer::start();
    let person = consented(&server);
    let signed_in = server.clock.now().seconds();
    server.clock.advance(100);
    let claims = id_token(&server, &person, &openid(&[("max_age", "100")]));
    assert_eq!(claims["auth_time"], signed_in);
    let late = openid(&[("max_age", "99")]);
    assert_eq!(error(&person, &openid(&[("max_age", "99"), ("prompt", "none")])), "login_required");
    assert_eq!(page(&person, &late), "/login");
    let claims = id_token(&server, &person, &late);
    assert_eq!(claims["auth_time"], signed_in + 100);
    // 0 asks each time, and is done with once it was followed.
    server.clock.advance(1);
    let now = openid(&[("max_age", "0")]);
    assert_eq!(page(&person, &now), "/login");
    assert_eq!(id_token(&server, &person, &now)["auth_time"], signed_in + 101);
    assert_eq!(page(&person, &now), "/login");
}

#[test]
fn oidc_registration_2_default_max_age_counts_where_the_request_says_nothing() {
    let server = TestServer::start();
    server.registers("web", ClientMetadata { default_max_age: Some(50), ..ClientMetadata::default() });
    let person = consented(&server);
    server.clock.advance(51);
    assert_eq!(page(&person, &openid(&[])), "/login");
    assert!(!person.authorizes(&openid(&[("max_age", "51")])).code().is_empty());
}

#[test]
fn oidc_core_3_1_2_1_consent_that_lay_open_does_not_outlive_max_age() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let query = openid(&[("max_age", "60")]);
    let consent = person.follows(goes(&person, &query)).expect("the consent page");
    server.clock.advance(61);
    let reply = person.submits(&Page::of(&consent).form("/consent").with("decision", "allow"));
    let login = person.follows(reply).expect("the sign-in page");
    let _ = Page::of(&login).form("/login");
}

/// An ID token of `name` for `client`.
fn hint(server: &TestServer, name: &'static str, client: &'static str) -> String {
    let code = server.actor().named(name).authorizes(&asks(client, &[("scope", "openid")])).code();
    server.app(client).presents(&code).expect(200).json()["id_token"].as_str().unwrap().to_owned()
}

on_both! {
    fn oidc_core_3_1_2_1_id_token_hint_says_whom_the_client_expects(server) {
        let (alices, bobs) = (hint(server, "alice", "web"), hint(server, "bob", "web"));
        let person = consented(server);
        // Long after it expired: it is still a hint.
        server.clock.advance(4000);
        for prompt in ["", "none"] {
            let query = openid(&[("id_token_hint", &alices), ("prompt", prompt)]);
            assert!(!person.follows(goes(&person, &query)).err().expect("an answer").code().is_empty());
        }
        assert_eq!(error(&person, &openid(&[("id_token_hint", &bobs), ("prompt", "none")])), "login_required");
        let for_bob = openid(&[("id_token_hint", &bobs)]);
        let login = goes(&person, &for_bob).expect(303).the_header("location").to_owned();
        assert!(login.starts_with("/login?again=other&"), "{login}");
        // Somebody else once more is not who was expected.
        server.clock.advance(5);
        let answer = person.follows(person.signs_in_for(&login)).err().expect("an answer");
        assert_eq!(answer.error(), "login_required");
        let bob = server.actor().named("bob");
        assert!(!bob.authorizes(&for_bob).code().is_empty());
    }
}

#[test]
fn oidc_core_3_1_2_1_a_bad_hint() {
    let server = TestServer::start();
    let person = consented(&server);
    let foreign = hint(&server, "alice", "mail");
    assert_eq!(error(&person, &openid(&[("id_token_hint", &foreign)])), "invalid_request");
    let (head, _) = foreign.rsplit_once('.').unwrap();
    let forged = format!("{head}.AAAA");
    let code = person.authorizes(&openid(&[])).code();
    let access = server.app("web").redeems(&code).access;
    for bad in ["nonsense", "a.b.c", &forged, &access] {
        let query = openid(&[("id_token_hint", bad)]);
        assert!(!person.authorizes(&query).code().is_empty(), "{bad}: a hint that says nothing is ignored");
        let silent = openid(&[("id_token_hint", bad), ("prompt", "none")]);
        assert_eq!(error(&person, &silent), "login_required", "{bad}: but nobody is taken for somebody");
    }
}

#[test]
fn oidc_core_5_5_1_a_client_may_ask_for_one_person() {
    let server = TestServer::start();
    let person = consented(&server);
    let (alice, bob) = (server.id_of("alice").to_string(), server.id_of("bob").to_string());
    let asking = |sub: Value| json!({"id_token": {"sub": sub}}).to_string();
    for (sub, good) in [
        (json!({ "value": alice }), true),
        (json!({ "values": [bob, alice] }), true),
        (json!({ "value": bob }), false),
        (json!({ "value": 7 }), false),
        (json!({ "essential": true }), true),
        (Value::Null, true),
    ] {
        let query = openid(&[("claims", &asking(sub.clone())), ("prompt", "none")]);
        let answer = person.follows(goes(&person, &query)).err().expect("no page");
        if good {
            assert!(!answer.code().is_empty(), "{sub}");
        } else {
            assert_eq!(answer.error(), "login_required", "{sub}");
        }
    }
    assert_eq!(page(&person, &openid(&[("claims", &asking(json!({ "value": bob })))])), "/login");
}

#[test]
fn oidc_core_5_5_claims_are_kept_with_the_code() {
    let server = TestServer::start();
    let claims = r#"{"userinfo":{"email":null},"id_token":{"email":{"essential":true}}}"#;
    let asked = openid(&[("claims", claims)]);
    let told = id_token(&server, &server.actor(), &asked);
    assert_eq!(told["email"], "alice@example.com", "{told}");
    let unmet = r#"{"id_token":{"acr":{"essential":true,"values":["urn:of:nobody"]}}}"#;
    let refused = error(&server.actor(), &openid(&[("claims", unmet)]));
    assert_eq!(refused, "unmet_authentication_requirements");
}

#[test]
fn oidc_core_3_1_2_1_what_is_never_an_error() {
    let server = TestServer::start();
    let nonce = "n".repeat(1024);
    let plain = [
        ("display", "popup"),
        ("ui_locales", "fr-CA fr en"),
        ("claims_locales", "de"),
        ("acr_values", "urn:mace:incommon:iap:silver 2"),
        ("login_hint", "alice"),
        ("nonce", nonce.as_str()),
        ("extra", "foobar"),
    ];
    let mut strange = plain;
    strange[0].1 = "hologram";
    strange[1].1 = "%%% 42 xx_yy";
    strange[3].1 = "\"<>";
    for more in [plain, strange] {
        let claims = id_token(&server, &server.actor(), &openid(&more));
        assert_eq!(claims["nonce"], nonce);
    }
}

#[test]
fn oidc_core_3_1_2_1_an_openid_request_names_its_redirect_uri() {
    let server = TestServer::start();
    let reply = goes(&server.actor(), &openid(&[("redirect_uri", "")])).expect(400);
    assert_eq!(reply.header("location"), None);
}

#[test]
fn oidc_core_3_1_2_1_a_posted_request_sees_who_is_signed_in() {
    let server = TestServer::start();
    let person = consented(&server);
    let query = openid(&[("prompt", "none")]);
    // What a browser sends with a form of another site: no session (SameSite=Lax).
    let bare = server.actor();
    let form = "application/x-www-form-urlencoded";
    let reply = bare.post("/oauth/authorize").body(form, query.as_bytes()).send().expect(303);
    let to = reply.the_header("location").to_owned();
    assert!(to.starts_with("/oauth/authorize?"), "{to}");
    let answer = person.follows(person.get(&to).send()).err().expect("an answer");
    assert!(!answer.code().is_empty());
    let posted = person.post("/oauth/authorize").body(form, query.as_bytes()).send();
    assert!(!person.follows(posted).err().expect("an answer").code().is_empty());
}

#[test]
fn a_request_that_cannot_come_back_is_told_to_be_pushed() {
    let server = TestServer::start();
    let state = "s".repeat(8000);
    let reply = goes(&server.actor(), &asks("web", &[("state", &state)])).expect(400);
    assert!(Page::of(&reply).words().contains("push it"), "{}", reply.text());
    let long = encode(&[("state", &"s".repeat(1500))]);
    let answer = server.actor().authorizes(&format!("{}&{long}", asks("web", &[])));
    assert_eq!(answer.parameter("state").map(|state| state.len()), Some(1500));
}
