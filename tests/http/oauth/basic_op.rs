//! The walks of the OpenID Foundation's plans Basic OP and Form Post OP (docs/conformance.md), each by the query and by a form: what a
//! client asks, how it is answered, and what the code is good for (OpenID Connect Core §3.1; Form Post Response Mode §2).

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client::AuthMethod;
use serde_json::{Value, json};

use crate::support::actor::{Actor, VERIFIER, asks, tokens};
use crate::support::exchange::{Reply, encode};
use crate::support::jwt::unproved;
use crate::support::page::Page;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

const MODES: [&str; 2] = ["query", "form_post"];
const STATE: &str = "a b\"<&>'";
const USERINFO: &str = "/oauth/userinfo";
const GRANT: (&str, &str) = ("grant_type", "authorization_code");
const FORM: &str = "application/x-www-form-urlencoded";

/// A request of `web` that is answered by `mode`.
fn openid(mode: &str, more: &[(&str, &str)]) -> String {
    let mut all = vec![("response_mode", mode), ("state", STATE), ("scope", "openid read")];
    all.extend_from_slice(more);
    asks("web", &all)
}

/// What the client is answered, and the place to which that was sent.
struct Answer {
    to: String,
    fields: Vec<(String, String)>,
}

impl Answer {
    #[track_caller]
    fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(own, _)| own == name);
        let first = values.next();
        assert!(values.next().is_none(), "{name} twice");
        first.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    fn code(&self) -> &str {
        self.get("code").unwrap_or_else(|| panic!("no code: {:?}", self.get("error")))
    }

    #[track_caller]
    fn error(&self) -> &str {
        assert_eq!(self.get("code"), None);
        self.get("error").expect("an error")
    }
}

fn goes(person: &Actor<'_>, query: &str) -> Reply {
    person.get(&format!("/oauth/authorize?{query}")).send()
}

/// Where a way ends: at a page of ours, or at the client, which is answered as it asked.
#[track_caller]
fn ends(person: &Actor<'_>, mode: &str, reply: Reply) -> Result<Reply, Answer> {
    let shown = match person.follows(reply) {
        Ok(shown) => shown,
        Err(answer) => {
            assert_eq!(mode, "query", "{}", answer.url);
            let url = url::Url::parse(&answer.url).unwrap();
            let to = answer.url.split(['?', '#']).next().unwrap().to_owned();
            return Err(Answer { to, fields: url.query_pairs().into_owned().collect() });
        }
    };
    let forms = Page::of(&shown).forms();
    match forms.into_iter().find(|form| !form.action.starts_with('/')) {
        None => Ok(shown),
        Some(form) => {
            assert_eq!(mode, "form_post", "{form:?}");
            Err(Answer { to: form.action, fields: form.fields })
        }
    }
}

/// Goes the whole way, and says `decision` where it is asked.
#[track_caller]
fn goes_on(person: &Actor<'_>, mode: &str, mut reply: Reply, decision: &str) -> Answer {
    for _ in 0..4 {
        let page = match ends(person, mode, reply) {
            Err(answer) => return answer,
            Ok(shown) => Page::of(&shown.expect(200)),
        };
        let form = page.forms().into_iter().find(|form| matches!(form.path(), "/login" | "/consent"));
        let form = form.unwrap_or_else(|| panic!("nothing to fill in: {}", page.html()));
        let password = &person.server.seed.password;
        reply = match form.path() {
            "/login" => person.submits(&form.with("email", "alice").with("password", password)),
            _ => person.submits(&form.with("decision", decision)),
        };
    }
    panic!("asked for the fourth time")
}

#[track_caller]
fn answered(person: &Actor<'_>, mode: &str, query: &str) -> Answer {
    goes_on(person, mode, goes(person, query), "allow")
}

/// What `web` is told for the code of an answer that is whole, and what its ID token says, whose signature holds.
#[track_caller]
fn redeems(server: &TestServer, answer: &Answer) -> (Value, Value) {
    let mut names: Vec<&str> = answer.fields.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!((names, answer.to.as_str()), (vec!["code", "iss", "state"], REDIRECT));
    assert_eq!((answer.get("state"), answer.get("iss")), (Some(STATE), Some(server.issuer.as_str())));
    let told = server.app("web").presents(answer.code()).expect(200).json();
    let claims = server.claims(told["id_token"].as_str().unwrap(), "JWT", "RS256");
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(server.issuer), &json!("web")));
    assert_eq!(claims["sub"], server.id_of("alice").to_string());
    (told, claims)
}

fn userinfo(server: &TestServer, told: &Value) -> Reply {
    server.actor().get(USERINFO).bearer(&tokens(told).access).send()
}

/// Where the person is stopped, or what the client is told.
fn outcome(person: &Actor<'_>, mode: &str, query: &str) -> String {
    match ends(person, mode, goes(person, query)) {
        Err(answer) => answer.get("error").map_or_else(|| "code".to_owned(), str::to_owned),
        Ok(shown) => {
            let forms = Page::of(&shown.expect(200)).forms();
            let paths = forms.iter().map(|form| form.path());
            paths.into_iter().find(|path| matches!(*path, "/login" | "/consent")).expect("a page").to_owned()
        }
    }
}

/// oidcc-server, -idtoken-signature, -ensure-request-without-nonce-succeeds, -display-*, -ui-locales, -claims-locales,
/// -acr-values, -login-hint, -unknown-parameter, -alternate-happy-flow, -valid-pkce.
#[test]
fn oidc_core_3_1_2_1_whatever_is_no_fault_leads_to_a_sign_in_by_each_mode() {
    let server = TestServer::start();
    let long = "n".repeat(1024);
    for mode in MODES {
        for more in [
            &[("nonce", "n-0S6_WzA2Mj")][..],
            &[],
            &[("nonce", long.as_str())],
            &[("display", "page")],
            &[("display", "popup")],
            &[("ui_locales", "se")],
            &[("claims_locales", "se")],
            &[("acr_values", "1 2")],
            &[("login_hint", "alice@example.com")],
            &[("max_age", "10000")],
            &[("extra", "foobar")],
            &[("nonce", "n"), ("scope", "read openid")],
        ] {
            let query = openid(mode, more);
            let (told, claims) = redeems(&server, &answered(&server.actor(), mode, &query));
            let nonce = more.iter().find(|(name, _)| *name == "nonce").map(|(_, value)| json!(value));
            assert_eq!(claims.get("nonce"), nonce.as_ref(), "{mode}: {more:?}");
            assert_eq!(claims["acr"], "1", "{mode}: {more:?}");
            assert_eq!(userinfo(&server, &told).expect(200).json(), json!({"sub": claims["sub"]}));
        }
        // The parameters in another order, and posted.
        let mut pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(openid(mode, &[]).as_bytes()).into_owned().collect();
        pairs.reverse();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (person, query) = (server.actor(), encode(&pairs));
        let _ = redeems(&server, &answered(&person, mode, &query));
        let posted = server.actor();
        let reply = posted.post("/oauth/authorize").body(FORM, query.as_bytes()).send();
        let _ = redeems(&server, &goes_on(&posted, mode, reply, "allow"));
    }
}

/// What most clients of the suite send: neither challenge nor, here, a state.
#[test]
fn oidc_core_3_1_2_1_neither_state_nor_pkce_where_neither_is_required_by_each_mode() {
    let server = TestServer::start();
    let bare = [("scope", "openid"), ("code_challenge", ""), ("code_challenge_method", "")];
    for mode in MODES {
        let query = asks("legacy", &[&bare[..], &[("response_mode", mode)]].concat());
        let answer = answered(&server.actor(), mode, &query);
        assert_eq!(answer.get("state"), None);
        let fields = [GRANT, ("code", answer.code()), ("redirect_uri", REDIRECT)];
        let id_token = server.app("legacy").asks_for_tokens(&fields).expect(200).member("id_token");
        assert_eq!(unproved(&id_token).get("nonce"), None);
    }
}

/// oidcc-userinfo-*, -scope-profile, -scope-email, -claims-essential.
#[test]
fn oidc_core_5_3_what_was_allowed_is_told_by_each_method_and_mode() {
    let server = TestServer::start();
    let (name, actor) = (("name", json!("alice")), server.actor());
    let profile = [name.clone(), ("preferred_username", json!("alice"))];
    let email = [("email", json!("alice@example.com")), ("email_verified", json!(false))];
    let essential = r#"{"userinfo":{"name":{"essential":true}}}"#;
    for mode in MODES {
        for (more, expected) in [
            (&[("scope", "openid profile")][..], &profile[..]),
            (&[("scope", "openid email")], &email),
            (&[("scope", "email openid profile")], &[&profile[..], &email[..]].concat()),
            (&[("scope", "openid"), ("claims", essential)], &profile),
        ] {
            let (told, claims) = redeems(&server, &answered(&server.actor(), mode, &openid(mode, more)));
            let mut all = json!({"sub": claims["sub"]});
            expected.iter().for_each(|(name, value)| all[*name] = value.clone());
            let access = tokens(&told).access;
            let ways = [
                actor.get(USERINFO).bearer(&access).send(),
                actor.post(USERINFO).bearer(&access).send(),
                actor.post(USERINFO).form(&[("access_token", &access)]).send(),
            ];
            for reply in ways {
                assert_eq!(reply.expect(200).json(), all, "{mode}: {more:?}");
            }
        }
    }
}

/// oidcc-server by client_secret_basic, oidcc-server-client-secret-post.
#[test]
fn rfc6749_2_3_1_a_code_of_each_mode_is_redeemed_by_the_method_of_the_client() {
    let server = TestServer::start();
    let secret = server.seed.secret("web").unwrap();
    for mode in MODES {
        for (method, good, bad) in
            [(AuthMethod::ClientSecretBasic, 0, 1), (AuthMethod::ClientSecretPost, 1, 0)]
        {
            let change = ClientChange { auth_method: Some(Some(method)), ..ClientChange::default() };
            server.operator(clients::update(&server.node, By::Operator, "web", change)).unwrap().unwrap();
            let answer = answered(&server.actor(), mode, &openid(mode, &[]));
            let mut fields =
                vec![GRANT, ("code", answer.code()), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
            let actor = server.actor();
            let basic = actor.post("/oauth/token").basic("web", secret).form(&fields);
            fields.extend([("client_id", "web"), ("client_secret", secret)]);
            let mut ways = [Some(basic), Some(actor.post("/oauth/token").form(&fields))];
            let refused = ways[bad].take().unwrap().send().expect(401);
            assert_eq!(refused.error(), "invalid_client", "{mode}: {method:?}");
            let _ = ways[good].take().unwrap().send().expect(200).member("id_token");
        }
    }
}

/// oidcc-prompt-*: `oidc_core_3_1_2_1_every_combination_of_prompt` asks the same by the query.
#[test]
fn oauth_form_post_2_every_combination_of_prompt() {
    let server = TestServer::start();
    let consented = server.actor();
    let _ = answered(&consented, "form_post", &openid("form_post", &[]));
    for (prompt, nobody, person) in [
        ("", "/login", "code"),
        ("none", "login_required", "code"),
        ("login", "/login", "/login"),
        ("consent", "/login", "/consent"),
        ("select_account", "/login", "/login"),
        ("login consent", "/login", "/login"),
        ("none login", "invalid_request", "invalid_request"),
        ("none consent", "invalid_request", "invalid_request"),
        ("none select_account", "invalid_request", "invalid_request"),
        ("create", "invalid_request", "invalid_request"),
    ] {
        let query = openid("form_post", &[("prompt", prompt)]);
        server.clock.advance(1);
        assert_eq!(outcome(&server.actor(), "form_post", &query), nobody, "{prompt}");
        assert_eq!(outcome(&consented, "form_post", &query), person, "{prompt}");
    }
}

/// oidcc-prompt-login, -prompt-none-logged-in, -max-age-1, -max-age-10000, -id-token-hint: whose sign-in, and of when, both ID
/// tokens say.
#[test]
fn oidc_core_3_1_2_1_who_signed_in_and_when_by_each_mode() {
    let server = TestServer::start();
    for mode in MODES {
        let person = server.actor();
        let (first, before) = redeems(&server, &answered(&person, mode, &openid(mode, &[("max_age", "1")])));
        let hint = first["id_token"].as_str().unwrap();
        for (more, asked) in [
            (&[("prompt", "none")][..], false),
            (&[("max_age", "10000")], false),
            (&[("prompt", "none"), ("id_token_hint", hint)], false),
            (&[("max_age", "1")], true),
            (&[("prompt", "login")], true),
        ] {
            server.clock.advance(100);
            let query = openid(mode, more);
            assert_eq!(
                outcome(&person, mode, &query),
                if asked { "/login" } else { "code" },
                "{mode}: {more:?}"
            );
            let (_, after) = redeems(&server, &answered(&person, mode, &query));
            assert_eq!(after["sub"], before["sub"]);
            let when = if asked { json!(server.clock.now().seconds()) } else { before["auth_time"].clone() };
            assert_eq!(after["auth_time"], when, "{mode}: {more:?}");
        }
    }
}

/// oidcc-response-type-missing, -prompt-none-not-logged-in, and the two about what is rejected as unsupported.
#[test]
fn rfc6749_4_1_2_1_errors_are_told_by_each_mode() {
    let server = TestServer::start();
    for mode in MODES {
        for (more, error) in [
            (("response_type", ""), "invalid_request"),
            (("response_type", "code id_token"), "unsupported_response_type"),
            (("scope", "nonsense"), "invalid_scope"),
            (("prompt", "none"), "login_required"),
            (("request_uri", "https://app.example/r"), "request_uri_not_supported"),
            // {"alg":"none"} and {}.
            (("request", "eyJhbGciOiJub25lIn0.e30."), "invalid_request_object"),
        ] {
            let person = server.actor();
            let answer = ends(&person, mode, goes(&person, &openid(mode, &[more]))).err().expect("an answer");
            assert_eq!((answer.error(), answer.get("state")), (error, Some(STATE)), "{mode}: {more:?}");
            assert_eq!((answer.get("iss"), answer.to.as_str()), (Some(server.issuer.as_str()), REDIRECT));
        }
        let person = server.actor();
        let denied = goes_on(&person, mode, goes(&person, &openid(mode, &[])), "deny");
        assert_eq!(denied.error(), "access_denied");
    }
}

/// oidcc-codereuse, -codereuse-30seconds.
#[test]
fn rfc6749_4_1_2_a_code_of_each_mode_is_good_once_and_its_replay_ends_its_tokens() {
    let server = TestServer::start();
    for mode in MODES {
        for wait in [0, 30] {
            let answer = answered(&server.actor(), mode, &openid(mode, &[]));
            let (told, _) = redeems(&server, &answer);
            let _ = userinfo(&server, &told).expect(200);
            server.clock.advance(wait);
            assert_eq!(server.app("web").presents(answer.code()).expect(400).error(), "invalid_grant");
            assert_eq!(userinfo(&server, &told).expect(401).error(), "invalid_token", "{mode}: {wait} s");
        }
    }
}

/// oidcc-refresh-token.
#[test]
fn oidc_core_12_refreshing_after_a_sign_in_by_each_mode() {
    let server = TestServer::start();
    for mode in MODES {
        let scope = ("scope", "openid offline_access");
        let (told, before) = redeems(&server, &answered(&server.actor(), mode, &openid(mode, &[scope])));
        let refresh = tokens(&told).refresh;
        assert_eq!(server.app("mail").refreshes(&refresh).expect(400).error(), "invalid_grant");
        server.clock.advance(100);
        let again = server.app("web").refreshes(&refresh).expect(200).json();
        let after = server.claims(again["id_token"].as_str().unwrap(), "JWT", "RS256");
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(after[same], before[same], "{mode}: {same}");
        }
        let _ = userinfo(&server, &again).expect(200);
    }
}

/// oidcc-ensure-registered-redirect-uri; and a query that was registered comes back.
#[test]
fn rfc6749_3_1_2_answers_go_to_what_is_registered_by_each_mode() {
    const WITH_QUERY: &str = "https://app.example/callback?dummy1=lorem&dummy2=ipsum";
    let server = TestServer::start();
    let redirect_uris = Some(vec![REDIRECT.to_owned(), WITH_QUERY.to_owned()]);
    let change = ClientChange { redirect_uris, ..ClientChange::default() };
    server.operator(clients::update(&server.node, By::Operator, "web", change)).unwrap().unwrap();
    for mode in MODES {
        for uri in
            ["https://evil.example/", "https://app.example/callback?dummy1=lorem", "https://app.example"]
        {
            let reply = goes(&server.actor(), &openid(mode, &[("redirect_uri", uri)])).expect(400);
            let page = Page::of(&reply);
            assert_eq!((reply.header("location"), page.moves_on_to()), (None, None), "{mode}: {uri}");
            assert!(page.forms().iter().all(|form| form.action.starts_with('/')), "{mode}: {uri}");
        }
        let answer = answered(&server.actor(), mode, &openid(mode, &[("redirect_uri", WITH_QUERY)]));
        let (place, query) = WITH_QUERY.split_once('?').unwrap();
        let kept = [answer.get("dummy1"), answer.get("dummy2")];
        let expected = [Some("lorem"), Some("ipsum")];
        match mode {
            "query" => assert_eq!((answer.to.as_str(), kept), (place, expected)),
            _ => assert_eq!((answer.to.split_once('?'), kept), (Some((place, query)), [None, None])),
        }
        let fields =
            [GRANT, ("code", answer.code()), ("redirect_uri", WITH_QUERY), ("code_verifier", VERIFIER)];
        let _ = server.app("web").asks_for_tokens(&fields).expect(200).member("id_token");
    }
}
