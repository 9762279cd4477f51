//! `POST /auth/v1/token` and `/auth/v1/token/`: the password-bearer login (contract §3).

use serde_json::json;

use crate::support::actor::Actor;
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

const BOTH: [&str; 2] = ["/auth/v1/token", "/auth/v1/token/"];

#[track_caller]
fn check_body(reply: &Reply) {
    let body = reply.json();
    let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        ["access_token", "expires_in", "refresh_token", "scope", "token_type"],
        "{}",
        reply.asked
    );
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "read write");
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

#[test]
fn contract_3_both_spellings_answer_without_a_redirect() {
    let server = TestServer::start();
    for path in BOTH {
        let alice = server.actor();
        let reply = alice.post(path).form(&alice.credentials()).send().expect(200);
        check_body(&reply);
        assert_eq!(reply.header("location"), None);
        let token = reply.member("access_token");
        assert_eq!(reply.set_cookie("access_token").map(|(value, _)| value), Some(token.as_str()));
        let refresh = reply.member("refresh_token");
        assert_eq!(reply.set_cookie("refresh_token").map(|(value, _)| value), Some(refresh.as_str()));
        assert!(alice.is_believed(&token));
    }
}

#[test]
fn contract_3_form_and_json_are_one() {
    let server = TestServer::start();
    let alice = server.actor();
    for path in BOTH {
        let body = json!({"username": "alice", "password": server.seed.password});
        check_body(&alice.post(path).json(&body).send().expect(200));
    }
    let form = alice.post("/auth/v1/token");
    let body = crate::support::exchange::encode(&alice.credentials());
    check_body(
        &form.body("application/x-www-form-urlencoded; charset=UTF-8", body.as_bytes()).send().expect(200),
    );
}

#[test]
fn contract_3_tolerated_fields_change_nothing() {
    let server = TestServer::start();
    let alice = server.actor();
    let password = server.seed.password.as_str();
    for (name, fields) in [
        (
            "the OAuth2 form of Swagger",
            vec![("grant_type", "password"), ("scope", ""), ("client_id", "x"), ("client_secret", "y")],
        ),
        ("no grant type", vec![("client_id", "string")]),
        ("empty grant type", vec![("grant_type", "")]),
    ] {
        let mut all = vec![("username", "alice"), ("password", password)];
        all.extend(fields);
        let reply = alice.post("/auth/v1/token").form(&all).send();
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
    }
}

#[test]
fn contract_3_a_member_that_is_null_counts_as_left_out() {
    let server = TestServer::start();
    let login = |change: &serde_json::Value| {
        let mut body = json!({"username": "alice", "password": server.seed.password});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let alice = server.actor();
    for path in BOTH {
        let nulls = json!({"scope": null, "grant_type": null, "refresh_token": null, "client_id": null});
        check_body(&alice.post(path).json(&login(&nulls)).send().expect(200));
    }
    let _ = alice.post("/v1/auth/login").json(&login(&json!({"scope": null}))).send().expect(200);
    for (path, body) in [
        ("/auth/v1/token", login(&json!({"username": null}))),
        ("/auth/v1/token", login(&json!({"password": null}))),
        ("/auth/v1/token", json!({"grant_type": "refresh_token", "refresh_token": null})),
        ("/auth/v1/token", login(&json!({"scope": ["read"]}))),
        ("/v1/auth/login", login(&json!({"password": null}))),
        ("/v1/auth/refresh", json!({"refresh_token": null})),
    ] {
        let reply = server.actor().post(path).json(&body).send();
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_request"), "{path}: {body}");
    }
    // The cookie is what counts then.
    let null = json!({"refresh_token": null});
    let browser = server.actor();
    let _ = browser.logs_in();
    let _ = browser.post("/auth/v1/refresh").json(&null).send().expect(200);
    let _ = browser.post("/auth/v1/logout").json(&null).send().expect(204);
    let tokens = alice.logs_in();
    alice.forgets_cookies();
    let _ = alice.post("/v1/auth/logout").bearer(&tokens.access).json(&null).send().expect(204);
    let other = server.actor();
    assert_eq!(other.post("/auth/v1/refresh").json(&null).send().status, 401);
}

#[test]
fn contract_3_the_user_name_may_be_the_address_in_any_case() {
    let server = TestServer::start();
    for name in ["alice@example.com", "ALICE@Example.COM", "Alice", "zoë", "ZOE\u{308}"] {
        let fields = [("username", name), ("password", server.seed.password.as_str())];
        let reply = server.actor().post("/auth/v1/token").form(&fields).send();
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
    }
}

#[test]
fn contract_3_cookie_attributes_over_https() {
    let server = TestServer::https();
    let alice = server.actor();
    let reply = alice.post("/auth/v1/token").form(&alice.credentials()).send().expect(200);
    let (_, access) = reply.set_cookie("access_token").unwrap();
    assert_eq!(access, "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=3600");
    let (_, refresh) = reply.set_cookie("refresh_token").unwrap();
    assert_eq!(refresh, "HttpOnly; Secure; SameSite=Strict; Path=/auth/v1");
    assert_eq!(reply.set_cookies().len(), 2);
}

#[test]
fn contract_3_secure_is_dropped_on_http_loopback_only() {
    let server = TestServer::start();
    let alice = server.actor();
    let reply = alice.post("/auth/v1/token").form(&alice.credentials()).send().expect(200);
    let (_, access) = reply.set_cookie("access_token").unwrap();
    assert_eq!(access, "HttpOnly; SameSite=Lax; Path=/; Max-Age=3600");
    let (_, refresh) = reply.set_cookie("refresh_token").unwrap();
    assert_eq!(refresh, "HttpOnly; SameSite=Strict; Path=/auth/v1");
}

#[test]
fn contract_3_settings_serve_front_ends_on_another_site() {
    let server = TestServer::https_with(&[("SAME_SITE", "none"), ("COOKIE_DOMAIN", "id.example")]);
    let alice = server.actor();
    let reply = alice.post("/auth/v1/token").form(&alice.credentials()).send().expect(200);
    for name in ["access_token", "refresh_token"] {
        let (_, attributes) = reply.set_cookie(name).unwrap();
        let attributes: Vec<&str> = attributes.split("; ").collect();
        assert!(attributes.contains(&"SameSite=None") && attributes.contains(&"Secure"), "{attributes:?}");
        assert!(
            attributes.contains(&"Domain=id.example") && attributes.contains(&"HttpOnly"),
            "{attributes:?}"
        );
    }
}

/// What a page's script would send.
fn as_browser<'s>(actor: &'s Actor<'s>, path: &str) -> crate::support::exchange::Request<'s> {
    actor.post(path).headers(&[("sec-fetch-mode", "cors"), ("sec-fetch-site", "same-origin")])
}

#[test]
fn contract_3_a_browser_gets_no_token_in_the_body() {
    let server = TestServer::start();
    let alice = server.actor();
    let reply = as_browser(&alice, "/auth/v1/token").form(&alice.credentials()).send().expect(200);
    let body = reply.json();
    let mut members: Vec<&String> = body.as_object().unwrap().keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["expires_in", "scope", "token_type"]);
    assert_eq!(reply.set_cookies().len(), 2);
    for (name, ..) in [("access_token", ()), ("refresh_token", ())] {
        assert!(!reply.text().contains(reply.set_cookie(name).unwrap().0), "{name} stands in the body");
    }
    let again = as_browser(&alice, "/auth/v1/refresh").send().expect(200);
    assert!(!again.text().contains("_token"), "{}", again.text());
}

#[test]
fn contract_3_a_setting_shows_browsers_the_tokens() {
    let server = TestServer::with(&[("TOKENS_IN_BROWSER_BODY", "true")]);
    let alice = server.actor();
    check_body(&as_browser(&alice, "/auth/v1/token").form(&alice.credentials()).send().expect(200));
}

#[test]
fn contract_3_every_wrong_login_is_answered_alike() {
    let server = TestServer::start();
    let password = server.seed.password.as_str();
    let mut bodies = Vec::new();
    for (name, username, password) in [
        ("wrong password", "alice", "wrong horse battery"),
        ("unknown", "nobody", password),
        ("disabled", "dave", password),
        ("no password", "erin", password),
        ("a name that cannot be", "a\u{7}b", password),
        ("a password that cannot be", "alice", &"x".repeat(2000)),
        ("almost", "alice", &password[1..]),
    ] {
        let actor = server.actor();
        let fields = [("username", username), ("password", password)];
        let reply = actor.post("/auth/v1/token").form(&fields).send();
        assert_eq!((reply.status, reply.error()), (401, "invalid_credentials".into()), "{name}");
        assert_eq!(reply.set_cookies(), Vec::<&str>::new(), "{name}");
        assert_eq!(reply.the_header("cache-control"), "no-store");
        assert!(reply.the_header("www-authenticate").starts_with("Bearer "), "{name}");
        let mut headers: Vec<(String, String)> = reply
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .filter(|(name, _)| name != "x-request-id" && name != "date")
            .collect();
        headers.sort();
        bodies.push((reply.text(), headers));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
}

#[test]
fn contract_3_a_missing_field_is_400() {
    let server = TestServer::start();
    let alice = server.actor();
    for fields in [
        vec![],
        vec![("username", "alice")],
        vec![("password", "something long enough")],
        vec![("username", ""), ("password", "something long enough")],
        vec![("username", "alice"), ("password", "")],
        vec![("grant_type", "refresh_token")],
    ] {
        let reply = alice.post("/auth/v1/token").form(&fields).send();
        assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()), "{fields:?}");
        assert_eq!(reply.the_header("cache-control"), "no-store");
    }
}

#[test]
fn contract_3_other_grants_do_not_exist_here() {
    let server = TestServer::start();
    let alice = server.actor();
    for grant in ["authorization_code", "client_credentials", "PASSWORD", "urn:x"] {
        let mut fields = vec![("grant_type", grant)];
        fields.extend(alice.credentials());
        let reply = alice.post("/auth/v1/token").form(&fields).send().expect(400);
        assert_eq!(reply.error(), "unsupported_grant_type", "{grant}");
        assert!(reply.set_cookies().is_empty());
    }
}

#[test]
fn contract_2_the_scope_of_a_login() {
    let server = TestServer::start();
    for (who, asked, expected) in [
        ("alice", "", Some("read write")),
        ("alice", "read", Some("read")),
        ("alice", "write read", Some("write read")),
        ("root", "", Some("read write admin")),
        ("root", "admin", Some("admin")),
        ("alice", "read admin nonsense", Some("read")),
        ("alice", "admin", None),
        ("alice", "nonsense", None),
        ("alice", "re\"ad", None),
    ] {
        let actor = server.actor().named(who);
        let mut fields = actor.credentials().to_vec();
        fields.push(("scope", asked));
        let reply = actor.post("/auth/v1/token").form(&fields).send();
        match expected {
            Some(scope) => assert_eq!(reply.expect(200).member("scope"), scope, "{who} {asked}"),
            None => assert_eq!(reply.expect(400).error(), "invalid_scope", "{who} {asked}"),
        }
    }
}

#[test]
fn contract_3_refreshing_at_the_token_door() {
    let server = TestServer::start();
    let alice = server.actor();
    let first = alice.logs_in();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str())];
    let reply = alice.post("/auth/v1/token/").form(&fields).send().expect(200);
    check_body(&reply);
    assert_ne!(reply.member("refresh_token"), first.refresh);
    let wrong = [("grant_type", "refresh_token"), ("refresh_token", "prt_nonsense_nonsense")];
    let reply = server.actor().post("/auth/v1/token").form(&wrong).send().expect(401);
    assert_eq!(reply.error(), "invalid_token");
}

#[test]
fn security_3_48_guesses_are_slowed_with_429_and_retry_after() {
    let server = TestServer::start();
    let alice = server.actor();
    let wrong = [("username", "alice"), ("password", "not the right password")];
    for attempt in 1..=6 {
        let reply = alice.post("/auth/v1/token").form(&wrong).send();
        assert_eq!(reply.status, 401, "attempt {attempt}");
    }
    let right = alice.post("/auth/v1/token").form(&alice.credentials()).send().expect(429);
    assert_eq!(right.error(), "rate_limit_exceeded");
    assert_eq!(right.json()["code"], 429);
    let wait: i64 = right.the_header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    assert!(right.set_cookies().is_empty());
    let json = json!({"username": "ALICE", "password": server.seed.password});
    assert_eq!(alice.post("/v1/auth/login").json(&json).send().status, 429, "every door counts together");
    let bob = server.actor().named("bob");
    let _ = bob.post("/auth/v1/token").form(&bob.credentials()).send().expect(200);
    server.clock.advance(wait);
    let _ = alice.post("/auth/v1/token").form(&alice.credentials()).send().expect(200);
}

#[test]
fn contract_3_a_login_from_another_site_is_refused() {
    let server = TestServer::https();
    for (headers, status) in super::origin_table() {
        let actor = server.actor();
        let reply = actor.post("/auth/v1/token").headers(&headers).form(&actor.credentials()).send();
        assert_eq!(reply.status, status, "{headers:?}: {}", reply.text());
        assert_eq!(reply.set_cookies().is_empty(), status == 403, "{headers:?}");
    }
}
