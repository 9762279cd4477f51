//! Refresh tokens at the token endpoint: kept, rotated, narrowed, ended (RFC 6749 §6, contract §5).

use serde_json::json;

use crate::support::actor::{Tokens, asks};
use crate::support::seed::RESOURCE;
use crate::support::server::TestServer;

const DAY: i64 = 86_400;

fn tokens(server: &TestServer, client: &'static str, scope: &str) -> Tokens {
    let code = server.actor().authorizes(&asks(client, &[("scope", scope)])).code();
    server.app(client).redeems(&code)
}

#[test]
fn contract_5_a_confidential_client_keeps_its_refresh_token() {
    let server = TestServer::start();
    let first = tokens(&server, "web", "read write");
    let web = server.app("web");
    for _ in 0..3 {
        server.clock.advance(100);
        let reply = web.refreshes(&first.refresh).expect(200);
        assert_eq!(reply.member("refresh_token"), first.refresh);
        assert_eq!(reply.json()["expires_in"], 3600);
        assert_eq!(reply.the_header("cache-control"), "no-store");
    }
}

#[test]
fn rfc9700_4_14_2_a_public_clients_token_rotates_and_a_replay_ends_the_family() {
    let server = TestServer::start();
    let first = tokens(&server, "spa", "read write");
    let spa = server.app("spa");
    let second = spa.refreshes(&first.refresh).expect(200);
    let third = spa.refreshes(&second.member("refresh_token")).expect(200);
    assert!(server.actor().is_believed(&third.member("access_token")));
    server.clock.advance(11);
    assert_eq!(spa.refreshes(&first.refresh).expect(400).error(), "invalid_grant");
    for token in [third.member("refresh_token"), second.member("refresh_token")] {
        assert_eq!(spa.refreshes(&token).expect(400).error(), "invalid_grant");
    }
    assert!(!server.actor().is_believed(&third.member("access_token")));
}

#[test]
fn contract_5_within_ten_seconds_the_same_successor_is_answered_again() {
    let server = TestServer::start();
    let first = tokens(&server, "spa", "read write");
    let spa = server.app("spa");
    let second = spa.refreshes(&first.refresh).expect(200).member("refresh_token");
    for wait in [0, 5, 4] {
        server.clock.advance(wait);
        assert_eq!(spa.refreshes(&first.refresh).expect(200).member("refresh_token"), second);
    }
    let _ = spa.refreshes(&second).expect(200);
}

#[test]
fn rfc6749_6_scope_may_shrink_and_come_back_but_never_grow() {
    let server = TestServer::start();
    for client in ["web", "spa"] {
        let first = tokens(&server, client, "read write");
        let app = server.app(client);
        let mut refresh = first.refresh;
        for (asked, expected) in
            [("read", "read"), ("", "read write"), ("write", "write"), ("read write", "read write")]
        {
            let fields =
                [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", asked)];
            let reply = app.asks_for_tokens(&fields).expect(200);
            assert_eq!(reply.member("scope"), expected, "{client}: {asked:?}");
            let scopes: Vec<&str> = expected.split(' ').collect();
            let verified = server.actor().verifies(&reply.member("access_token")).expect(200).json();
            assert_eq!(verified["scopes"], json!(scopes), "{client}: {asked:?}");
            refresh = reply.member("refresh_token");
        }
        for scope in ["admin", "read admin", "openid", "\"", "offline_access"] {
            let fields =
                [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", scope)];
            assert_eq!(
                app.asks_for_tokens(&fields).expect(400).error(),
                "invalid_scope",
                "{client}: {scope}"
            );
        }
        let _ = app.refreshes(&refresh).expect(200);
    }
}

#[test]
fn rfc8707_2_2_a_refresh_may_name_the_default_audience() {
    let server = TestServer::start();
    let first = tokens(&server, "web", "read");
    let app = server.app("web");
    let asks = |token: &str, resource: &str| {
        app.asks_for_tokens(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("resource", resource),
        ])
    };
    let second = asks(&first.refresh, &server.issuer).expect(200).member("refresh_token");
    assert_eq!(asks(&second, RESOURCE).expect(400).error(), "invalid_target");
    let _ = asks(&second, &server.issuer).expect(200);
}

#[test]
fn rfc6749_6_a_refresh_token_works_for_its_client_only() {
    let server = TestServer::start();
    let (web, spa) = (tokens(&server, "web", "read"), tokens(&server, "spa", "read"));
    for (client, token) in
        [("mail", &web.refresh), ("spa", &web.refresh), ("other", &spa.refresh), ("web", &spa.refresh)]
    {
        let reply = server.app(client).refreshes(token);
        assert_eq!((reply.status, reply.error()), (400, "invalid_grant".into()), "{client}");
    }
    let _ = server.app("web").refreshes(&web.refresh).expect(200);
    let _ = server.app("spa").refreshes(&spa.refresh).expect(200);
}

#[test]
fn contract_5_without_offline_access_it_ends_with_the_session() {
    let server = TestServer::start();
    for client in ["web", "spa"] {
        let person = server.actor();
        let code = person.authorizes(&asks(client, &[])).code();
        let first = server.app(client).redeems(&code);
        let page = crate::support::page::Page::of(&person.get("/logout").send().expect(200));
        let _ = person.submits(&page.form("/logout"));
        let reply = server.app(client).refreshes(&first.refresh);
        assert_eq!((reply.status, reply.error()), (400, "invalid_grant".into()), "{client}");
    }
}

#[test]
fn contract_5_without_offline_access_it_lives_thirty_days_at_most() {
    let server = TestServer::start();
    let first = tokens(&server, "web", "read");
    server.clock.advance(30 * DAY - 1);
    let _ = server.app("web").refreshes(&first.refresh).expect(200);
    server.clock.advance(1);
    assert_eq!(server.app("web").refreshes(&first.refresh).expect(400).error(), "invalid_grant");
}

#[test]
fn contract_5_with_offline_access_it_outlives_the_session_until_idle() {
    let server = TestServer::start();
    let person = server.actor();
    let code = person.authorizes(&asks("web", &[("scope", "read offline_access")])).code();
    let first = server.app("web").redeems(&code);
    let page = crate::support::page::Page::of(&person.get("/logout").send().expect(200));
    let _ = person.submits(&page.form("/logout"));
    for _ in 0..3 {
        server.clock.advance(20 * DAY);
        let _ = server.app("web").refreshes(&first.refresh).expect(200);
    }
    server.clock.advance(30 * DAY + 1);
    assert_eq!(server.app("web").refreshes(&first.refresh).expect(400).error(), "invalid_grant");
}

#[test]
fn contract_5_with_offline_access_it_ends_after_a_year_in_any_case() {
    let server = TestServer::start();
    let mut token = tokens(&server, "spa", "read offline_access").refresh;
    for _ in 0..18 {
        server.clock.advance(20 * DAY);
        token = server.app("spa").refreshes(&token).expect(200).member("refresh_token");
    }
    server.clock.advance(5 * DAY);
    assert_eq!(server.app("spa").refreshes(&token).expect(400).error(), "invalid_grant");
}

#[test]
fn rfc6749_6_malformed_tokens_are_invalid_grant() {
    let server = TestServer::start();
    let first = tokens(&server, "web", "read");
    let (rest, last) = first.refresh.split_at(first.refresh.len() - 1);
    let broken = format!("{rest}{}", if last == "x" { "y" } else { "x" });
    for token in [broken.as_str(), "prt_", "x", first.access.as_str()] {
        let reply = server.app("web").refreshes(token);
        assert_eq!((reply.status, reply.error()), (400, "invalid_grant".into()), "{token}");
    }
    assert_eq!(server.app("web").refreshes("").expect(400).error(), "invalid_request");
}
