//! `/auth/v1/refresh`, `/auth/v1/logout` and `/auth/v1/me` (contract §3).

use portcullis::flows::api_keys;
use serde_json::json;

use super::origin_table;
use crate::support::server::TestServer;

#[test]
fn contract_3_refresh_by_cookie_form_or_json_rotates() {
    let server = TestServer::start();
    for way in ["cookie", "form", "json"] {
        let alice = server.actor();
        let first = alice.logs_in();
        if way != "cookie" {
            alice.forgets_cookies();
        }
        let request = alice.post("/auth/v1/refresh");
        let reply = match way {
            "form" => request.form(&[("refresh_token", &first.refresh)]).send(),
            "json" => request.json(&json!({"refresh_token": first.refresh})).send(),
            _ => request.send(),
        };
        let reply = reply.expect(200);
        assert_eq!(reply.the_header("cache-control"), "no-store", "{way}");
        assert_eq!(reply.set_cookies().len(), 2, "{way}");
        let second = reply.member("refresh_token");
        assert_ne!(second, first.refresh, "{way}");
        assert!(alice.is_believed(&reply.member("access_token")), "{way}");
        server.clock.advance(11);
        let replay = server.actor();
        let reply =
            replay.post("/auth/v1/refresh").form(&[("refresh_token", &first.refresh)]).send().expect(401);
        assert_eq!(reply.error(), "invalid_token", "{way}");
        let family = server.actor();
        let reply = family.post("/auth/v1/refresh").form(&[("refresh_token", &second)]).send();
        assert_eq!(reply.status, 401, "{way}: a replay ends the family");
    }
}

#[test]
fn contract_5_a_repeat_within_ten_seconds_gets_the_same_successor() {
    let server = TestServer::start();
    let alice = server.actor();
    let first = alice.logs_in();
    let refresh = || {
        let actor = server.actor();
        let reply = actor.post("/auth/v1/refresh").form(&[("refresh_token", &first.refresh)]).send();
        reply.expect(200).member("refresh_token")
    };
    let second = refresh();
    server.clock.advance(9);
    assert_eq!(refresh(), second);
}

#[test]
fn contract_3_a_refresh_token_that_is_no_good_is_401() {
    let server = TestServer::start();
    let alice = server.actor();
    let tokens = alice.logs_in();
    alice.forgets_cookies();
    let (rest, last) = tokens.refresh.split_at(tokens.refresh.len() - 1);
    let broken = format!("{rest}{}", if last == "x" { "y" } else { "x" });
    for token in [broken.as_str(), tokens.access.as_str(), "prt_", "nonsense", &server.seed.secrets[0].1] {
        let reply = alice.post("/auth/v1/refresh").form(&[("refresh_token", token)]).send();
        assert_eq!((reply.status, reply.error()), (401, "invalid_token".into()), "{token}");
        assert!(!reply.text().contains(token), "{token} is echoed");
    }
    let _ = alice.post("/auth/v1/refresh").form(&[("refresh_token", &tokens.refresh)]).send().expect(200);
}

#[test]
fn contract_3_a_login_refresh_token_ends_with_its_thirty_days() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.logs_in();
    server.clock.advance(29 * 86_400);
    let _ = alice.post("/auth/v1/refresh").send().expect(200);
    server.clock.advance(86_400 + 1);
    assert_eq!(alice.post("/auth/v1/refresh").send().expect(401).error(), "invalid_token");
}

#[test]
fn contract_3_refresh_without_a_token_is_refused() {
    let server = TestServer::start();
    let reply = server.actor().post("/auth/v1/refresh").send();
    assert!(matches!(reply.status, 400 | 401), "{}", reply.status);
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

#[test]
fn contract_3_logout_ends_everything_at_once() {
    let server = TestServer::https();
    for way in ["cookies", "bearer", "form", "json"] {
        let alice = server.actor();
        let tokens = alice.logs_in();
        assert!(alice.is_believed(&tokens.access));
        if way != "cookies" {
            alice.forgets_cookies();
        }
        let request = alice.post("/auth/v1/logout");
        let reply = match way {
            "bearer" => request.bearer(&tokens.access).send(),
            "form" => request.form(&[("refresh_token", &tokens.refresh)]).send(),
            "json" => request.json(&json!({"refresh_token": tokens.refresh})).send(),
            _ => request.send(),
        };
        let reply = reply.expect(204);
        assert!(reply.body.is_empty(), "{way}");
        let (value, attributes) = reply.set_cookie("access_token").unwrap();
        assert_eq!((value, attributes), ("", "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0"), "{way}");
        let (value, attributes) = reply.set_cookie("refresh_token").unwrap();
        assert_eq!(
            (value, attributes),
            ("", "HttpOnly; Secure; SameSite=Strict; Path=/auth/v1; Max-Age=0"),
            "{way}"
        );
        let later = server.actor();
        assert!(!later.is_believed(&tokens.access), "{way}: the access token lives");
        let reply = later.get("/auth/v1/me").bearer(&tokens.access).send();
        assert_eq!((reply.status, reply.error()), (401, "invalid_token".into()), "{way}");
        let reply = later.post("/auth/v1/refresh").form(&[("refresh_token", &tokens.refresh)]).send();
        assert_eq!(reply.status, 401, "{way}: the refresh token lives");
    }
}

#[test]
fn contract_3_logout_spares_other_logins() {
    let server = TestServer::start();
    let (here, there) = (server.actor(), server.actor());
    let (_, other) = (here.logs_in(), there.logs_in());
    let _ = here.post("/auth/v1/logout").send().expect(204);
    assert!(there.is_believed(&other.access));
}

#[test]
fn contract_3_me_says_who_is_signed_in() {
    let server = TestServer::start();
    let alice = server.actor();
    let tokens = alice.logs_in();
    let by_cookie = alice.get("/auth/v1/me").send().expect(200);
    alice.forgets_cookies();
    let by_header = alice.get("/auth/v1/me").bearer(&tokens.access).send().expect(200);
    let by_both =
        alice.get("/auth/v1/me").bearer(&tokens.access).cookie("access_token", &tokens.access).send();
    for reply in [by_cookie, by_header, by_both.expect(200)] {
        let body = reply.json();
        assert_eq!(body["username"], "alice");
        assert_eq!(body["email"], "alice@example.com");
        assert_eq!(body["id"], alice.verifies(&tokens.access).json()["user_id"]);
        assert_eq!(reply.the_header("cache-control"), "no-store");
    }
}

#[test]
fn rfc6750_3_1_me_without_or_with_a_bad_credential_is_401() {
    let server = TestServer::start();
    let alice = server.actor();
    let tokens = alice.logs_in();
    alice.forgets_cookies();
    let none = alice.get("/auth/v1/me").send().expect(401);
    assert!(!none.the_header("www-authenticate").contains("error="), "nothing was presented");
    let bad = alice.get("/auth/v1/me").bearer("a.b.c").send().expect(401);
    assert!(bad.the_header("www-authenticate").contains(r#"error="invalid_token""#));
    let good_cookie = alice.get("/auth/v1/me").bearer("a.b.c").cookie("access_token", &tokens.access).send();
    assert_eq!(good_cookie.status, 401, "an invalid credential is never skipped");
    server.clock.advance(3600);
    let late = alice.get("/auth/v1/me").bearer(&tokens.access).send().expect(401);
    assert_eq!(late.error(), "token_expired");
}

/// Every door of the internal API.
const INTERNAL: [(&str, &str); 5] = [
    ("POST", "/auth/v1/token"),
    ("POST", "/auth/v1/token/"),
    ("POST", "/auth/v1/refresh"),
    ("POST", "/auth/v1/logout"),
    ("GET", "/auth/v1/me"),
];

#[test]
fn contract_3_api_keys_are_403_on_the_internal_api() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    let id = server.id_of("alice");
    let made = api_keys::barbell(&server.node, api_keys::Actor::Operator, id, None);
    let barbell = server.operator(made).unwrap().unwrap();
    server.secrets.add(&barbell);
    for (method, path) in INTERNAL {
        let actor = server.actor();
        for reply in [
            actor.ask(method, path).header("x-api-key", &key).send(),
            actor.ask(method, path).header("X-API-Auth", &barbell).send(),
            actor.ask(method, path).bearer(&key).send(),
            actor.ask(method, path).basic(&key, "").send(),
        ] {
            assert_eq!((reply.status, reply.error()), (403, "insufficient_scope".into()), "{}", reply.asked);
            assert_eq!(reply.json()["code"], 403);
            assert!(reply.header("ratelimit").is_some(), "{}", reply.asked);
        }
    }
}

#[test]
fn contract_7_a_key_that_is_no_good_is_401_on_the_internal_api_too() {
    let server = TestServer::start();
    let now = server.clock.now();
    let expired = server.key("alice", |key| key.expires_at = Some(now));
    let off = server.key("alice", |key| key.disabled_at = Some(now));
    for (method, path) in INTERNAL {
        let actor = server.actor();
        let ask = |key: &str| actor.ask(method, path).header("x-api-key", key).send().expect(401).error();
        assert_eq!(ask(&expired), "token_expired", "{path}");
        assert_eq!(ask(&off), "invalid_token", "{path}");
        assert_eq!(ask("sk_0123456789abcdefghijklm0123456"), "invalid_token", "{path}");
        let barbell = actor.ask(method, path).header("x-api-auth", "zed:0123456789abcdef").send();
        assert_eq!((barbell.status, barbell.error()), (401, "invalid_token".into()), "{path}");
    }
}

#[test]
fn contract_2_a_refresh_token_beside_the_cookie_must_be_the_same_persons_and_good() {
    let server = TestServer::start();
    let login = |name| server.actor().named(name).logs_in().refresh;
    let ask = |path: &str, cookie: &str, body: &str| {
        let actor = server.actor();
        let request = actor.post(path).cookie("refresh_token", cookie);
        request.form(&[("grant_type", "refresh_token"), ("refresh_token", body)]).send()
    };
    let alone =
        |token: &str| server.actor().post("/auth/v1/refresh").form(&[("refresh_token", token)]).send();
    for path in ["/auth/v1/refresh", "/auth/v1/token"] {
        let (alices, bobs) = (login("alice"), login("bob"));
        assert_eq!(ask(path, &bobs, &alices).expect(400).error(), "invalid_request", "{path}");
        assert_eq!(ask(path, "nonsense", &alices).expect(401).error(), "invalid_token", "{path}");
        assert_eq!(ask(path, &alices, "nonsense").expect(401).error(), "invalid_token", "{path}");
        let next = ask(path, &alices, &alices).expect(200).member("refresh_token");
        // A spent one is a replay, whatever stands beside it: its family ends (contract §5).
        server.clock.advance(11);
        assert_eq!(ask(path, &bobs, &alices).expect(401).error(), "invalid_token", "{path}");
        assert_eq!(alone(&next).expect(401).error(), "invalid_token", "{path}");
        // Two logins of one person: the body's is meant.
        let (one, other) = (login("alice"), login("alice"));
        let after = ask(path, &other, &one).expect(200).member("refresh_token");
        for token in [&after, &other, &bobs] {
            let _ = alone(token).expect(200);
        }
    }
}

#[test]
fn contract_2_logout_ends_both_logins_or_none() {
    let server = TestServer::start();
    let login = |name| server.actor().named(name).logs_in().refresh;
    let ask = |cookie: &str, body: &str| {
        let actor = server.actor();
        let request = actor.post("/auth/v1/logout").cookie("refresh_token", cookie);
        request.form(&[("refresh_token", body)]).send()
    };
    let lives = |token: &str| {
        server.actor().post("/auth/v1/refresh").form(&[("refresh_token", token)]).send().status == 200
    };
    let (alices, bobs) = (login("alice"), login("bob"));
    assert_eq!(ask(&bobs, &alices).expect(400).error(), "invalid_request");
    assert_eq!(ask("nonsense", &alices).expect(401).error(), "invalid_token");
    assert!(lives(&alices) && lives(&bobs));
    let (here, there) = (login("alice"), login("alice"));
    let _ = ask(&here, &there).expect(204);
    assert!(!lives(&here) && !lives(&there));
}

#[test]
fn contract_3_who_loses_the_cookies_in_a_failed_logout_loses_their_login_with_them() {
    let server = TestServer::start();
    let alice = server.actor();
    let tokens = alice.logs_in();
    alice.puts("access_token", "broken", "/");
    let reply = alice.post("/auth/v1/logout").send().expect(401);
    assert_eq!(reply.set_cookie("refresh_token").unwrap().0, "");
    let late = server.actor().post("/auth/v1/refresh").form(&[("refresh_token", &tokens.refresh)]).send();
    assert_eq!(late.status, 401, "what the browser forgot lives on");
    assert!(!server.actor().is_believed(&tokens.access));
}

#[test]
fn contract_3_a_cookie_needs_proof_of_origin_for_unsafe_methods() {
    let server = TestServer::https();
    for (headers, status) in origin_table() {
        let alice = server.actor();
        let _ = alice.logs_in();
        let refresh = alice.post("/auth/v1/refresh").headers(&headers).send();
        assert_eq!(refresh.status, status, "refresh {headers:?}: {}", refresh.text());
        let logout = alice.post("/auth/v1/logout").headers(&headers).send();
        assert_eq!(logout.status, if status == 200 { 204 } else { 403 }, "logout {headers:?}");
        let me = alice.get("/auth/v1/me").headers(&headers).send();
        assert_eq!(
            me.status,
            if status == 200 { 401 } else { 200 },
            "me {headers:?}: reading needs no proof"
        );
    }
}

#[test]
fn contract_14_what_the_operator_ends_is_over_at_once() {
    let server = TestServer::start();
    for change in ["disable", "password"] {
        let bob = server.actor().named(if change == "disable" { "bob" } else { "alice" });
        let name = bob.credentials()[0].1.to_owned();
        let tokens = bob.logs_in();
        assert!(bob.is_believed(&tokens.access), "{change}");
        server.operator(async {
            use portcullis::flows::users;
            match change {
                "disable" => drop(users::set_disabled(&server.node, &name, true).await.unwrap().unwrap()),
                _ => drop(users::set_password(&server.node, &name, None).await.unwrap()),
            }
        });
        assert!(!bob.is_believed(&tokens.access), "{change}");
        assert_eq!(bob.post("/auth/v1/refresh").send().status, 401, "{change}");
        assert_eq!(bob.post("/auth/v1/token").form(&bob.credentials()).send().status, 401, "{change}");
    }
}
