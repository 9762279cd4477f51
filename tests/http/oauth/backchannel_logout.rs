//! OpenID Connect Back-Channel Logout 1.0: whoever knows a session hears that it ended, however it did; and one that does not listen
//! delays nobody.

use std::time::{Duration, Instant};

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::users;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::outgoing::HOSTS;
use super::register::{redeems, registers};
use crate::support::actor::{Actor, asks};
use crate::support::exchange::encode;
use crate::support::jwt::unproved;
use crate::support::neighbour::Neighbour;
use crate::support::page::Page;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;
use crate::support::told::{SILENT, Told, until};

fn told_at(url: &str) -> ClientMetadata {
    ClientMetadata { backchannel_logout_uri: Some(url.to_owned()), ..ClientMetadata::default() }
}

/// Signs in at `client`: the answer of the token endpoint.
fn signs_in(server: &TestServer, person: &Actor<'_>, client: &'static str, scope: &str) -> Value {
    let code = person.authorizes(&asks(client, &[("scope", scope)])).code();
    server.app(client).presents(&code).expect(200).json()
}

fn signs_out(person: &Actor<'_>) {
    let form = Page::of(&person.get("/logout").send().expect(200)).form("/logout");
    let _ = person.submits(&form).expect(200);
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

on_both! {
    fn oidc_backchannel_2_5_signing_out_tells_every_client_that_knows_the_session(server) {
        let (web, mail, other) = (Told::start(200), Told::start(204), Told::start(200));
        server.registers("web", told_at(&web.url));
        server.registers("mail", told_at(&mail.url));
        server.registers("legacy", told_at(&other.url));
        let person = server.actor();
        let at_web = signs_in(server, &person, "web", "openid");
        let _ = signs_in(server, &person, "mail", "openid offline_access");
        // Without an ID token there is no session there to end.
        let _ = signs_in(server, &person, "legacy", "read");
        // Of another person's session nobody hears.
        let bob = server.actor().named("bob");
        let _ = signs_in(server, &bob, "web", "openid");
        signs_out(&person);
        let token = web.tokens(1).remove(0);
        let claims = server.claims(&token, "logout+jwt", "RS256");
        let known = unproved(&text(&at_web, "id_token"));
        let now = server.clock.now().seconds();
        for same in ["iss", "sub", "aud", "sid"] {
            assert_eq!(claims[same], known[same], "{same}");
        }
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 120)));
        assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        assert!(claims["jti"].is_string() && claims.get("nonce").is_none(), "{claims}");
        let at_mail = unproved(&mail.tokens(1).remove(0));
        assert_eq!(at_mail["aud"], "mail");
        assert_ne!((&at_mail["sid"], &at_mail["jti"]), (&claims["sid"], &claims["jti"]));
        // Told once, and nobody else.
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!((web.count(), mail.count(), other.count()), (1, 1, 0));
    }
}

#[test]
fn oidc_backchannel_2_7_what_was_allowed_for_longer_goes_on_and_the_rest_ends() {
    let server = TestServer::start();
    let (web, mail) = (Told::start(200), Told::start(200));
    server.registers("web", told_at(&web.url));
    server.registers("mail", told_at(&mail.url));
    let person = server.actor();
    let short = text(&signs_in(&server, &person, "web", "openid"), "refresh_token");
    let long = text(&signs_in(&server, &person, "mail", "openid offline_access"), "refresh_token");
    signs_out(&person);
    let _ = (web.tokens(1), mail.tokens(1));
    assert_eq!(server.app("web").refreshes(&short).status, 400);
    assert_eq!(server.app("mail").refreshes(&long).status, 200);
}

#[test]
fn oidc_backchannel_2_4_each_client_reads_its_own_names_by_its_own_algorithm() {
    let server = TestServer::start();
    let web = Told::start(200);
    let metadata = ClientMetadata {
        subject_type: Some("pairwise".to_owned()),
        id_token_signed_response_alg: Some("ES256".to_owned()),
        ..told_at(&web.url)
    };
    server.registers("web", metadata);
    let person = server.actor();
    let known = unproved(&text(&signs_in(&server, &person, "web", "openid"), "id_token"));
    signs_out(&person);
    let token = web.tokens(1).remove(0);
    let claims = server.claims(&token, "logout+jwt", "ES256");
    assert_eq!(claims["sub"], known["sub"]);
    assert_ne!(claims["sub"], server.id_of("alice").to_string());
    // It is good for nothing else.
    assert!(!person.is_believed(&token));
    let hint = encode(&[("id_token_hint", token.as_str())]);
    assert_eq!(server.actor().get(&format!("/oauth/logout?{hint}")).send().status, 400);
}

/// Ends a session of alice's in some way.
type Way = fn(&TestServer, &Actor<'_>, &str);

#[test]
fn oidc_backchannel_2_5_however_a_session_ends_its_clients_are_told() {
    let ways: [(&str, Way); 5] = [
        ("the client asked", |_, person, hint| {
            let hint = encode(&[("id_token_hint", hint)]);
            assert_eq!(person.get(&format!("/oauth/logout?{hint}")).send().status, 303);
        }),
        ("signed out from elsewhere", |server, _, _| {
            let there = server.actor();
            let _ = there.signs_in();
            let page = Page::of(&there.get("/settings/sessions?ask=elsewhere").send().expect(200));
            assert_eq!(there.submits(&page.form("/settings/sessions")).status, 303);
        }),
        ("by the API", |server, _, _| {
            let script = server.actor();
            let token = script.logs_in().access;
            script.forgets_cookies();
            let listed = script.get("/api/v1/sessions").bearer(&token).send().expect(200).json();
            let mut all = listed["data"].as_array().unwrap().iter();
            let id = text(all.find(|one| one["kind"] == "browser").unwrap(), "id");
            let ended = script.ask("DELETE", &format!("/api/v1/sessions/{id}")).bearer(&token).send();
            assert_eq!(ended.status, 204, "{}", ended.text());
        }),
        ("disabled", |server, _, _| {
            assert!(server.operator(users::set_disabled(&server.node, "alice", true)).unwrap().is_ok());
        }),
        ("by hand", |_, person, _| signs_out(person)),
    ];
    for (name, way) in ways {
        let server = TestServer::start();
        let web = Told::start(200);
        server.registers("web", told_at(&web.url));
        let person = server.actor();
        let hint = text(&signs_in(&server, &person, "web", "openid"), "id_token");
        way(&server, &person, &hint);
        assert_eq!(unproved(&web.tokens(1)[0])["sid"], unproved(&hint)["sid"], "{name}");
    }
}

#[test]
fn oidc_backchannel_2_5_one_that_does_not_answer_delays_nobody() {
    let server = TestServer::start();
    let (silent, web) = (Told::start(SILENT), Told::start(200));
    server.registers("mail", told_at(&silent.url));
    server.registers("web", told_at(&web.url));
    for round in 1..=3 {
        let person = server.actor();
        let _ = signs_in(&server, &person, "mail", "openid");
        let _ = signs_in(&server, &person, "web", "openid");
        let began = Instant::now();
        signs_out(&person);
        assert!(began.elapsed() < Duration::from_secs(4), "whoever signs out does not wait");
        let _ = web.tokens(round);
    }
}

#[test]
fn oidc_backchannel_2_8_who_could_not_listen_is_told_again_and_who_refuses_is_given_up() {
    let server = TestServer::start();
    let (web, mail) = (Told::start(503), Told::start(400));
    server.registers("web", told_at(&web.url));
    server.registers("mail", told_at(&mail.url));
    let person = server.actor();
    let _ = signs_in(&server, &person, "web", "openid");
    let _ = signs_in(&server, &person, "mail", "openid");
    signs_out(&person);
    let first = unproved(&web.tokens(1)[0]);
    let _ = mail.tokens(1);
    let root = server.actor().named("root");
    let token = root.logs_in().access;
    root.forgets_cookies();
    let failed = || {
        let path = "/api/v1/audit-events?kind=backchannel_logout_failed";
        root.get(path).bearer(&token).send().expect(200).json()["data"].as_array().unwrap().clone()
    };
    until(|| !failed().is_empty());
    let events = failed();
    assert_eq!((events.len(), &events[0]["client_id"]), (1, &json!("mail")), "{events:?}");
    assert!(text(&events[0], "detail").contains("400"), "{events:?}");
    web.answers(200);
    server.clock.advance(61);
    let again = unproved(&web.tokens(2)[1]);
    assert_eq!((&again["sid"], &again["iat"]), (&first["sid"], &json!(server.clock.now().seconds())));
    server.clock.advance(86_400);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!((web.count(), mail.count()), (2, 1), "that was all");
}

#[test]
fn security_38_nobody_is_told_where_only_this_server_can_go() {
    let server = TestServer::https_with(&[("DYNAMIC_REGISTRATION", "open")]);
    let neighbour = Neighbour::start();
    let mut ids: Vec<String> = Vec::new();
    // What a client says of itself is followed no further.
    for host in HOSTS {
        let told = json!({"backchannel_logout_uri": format!("https://{host}:{}/there", neighbour.port)});
        server.clock.advance(60);
        ids.push(registers(&server, &told).expect(201).member("client_id"));
    }
    let person = server.actor();
    let _ = person.signs_in();
    for id in &ids {
        let code = person.authorizes(&asks(id, &[("scope", "openid")])).code();
        let _ = redeems(&server, id, &code, None).expect(200);
    }
    for (number, host) in HOSTS.iter().enumerate() {
        let id: &'static str = Box::leak(format!("told{number:02}").into_boxed_str());
        ids.push(id.to_owned());
        let change = ClientChange {
            name: Some(id.to_owned()),
            kind: Some(portcullis::oauth::client::ClientKind::Public),
            redirect_uris: Some(vec![REDIRECT.to_owned()]),
            metadata: Some(told_at(&format!("https://{host}:{}/there", neighbour.port))),
            ..ClientChange::default()
        };
        assert!(
            server.operator(clients::create(&server.node, By::Operator, Some(id), change)).unwrap().is_ok()
        );
        let _ = signs_in(&server, &person, id, "openid");
    }
    signs_out(&person);
    until(|| {
        let log = server.log();
        let refused: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("was not told of a logout"))
            .filter(|line| line.contains("not on the public network"))
            .collect();
        ids.iter().all(|id| refused.iter().any(|line| line.contains(id.as_str())))
    });
    assert_eq!(neighbour.connections(), 0);
}
