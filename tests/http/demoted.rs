//! Who is an administrator no more: nothing they got before says otherwise (contract §2; security §3, 60).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::user_administration;
use portcullis::oauth::scope::Scope;
use serde_json::{Value, json};

use crate::oauth::device::{begins, question};
use crate::support::actor::{Actor, Tokens, asks, tokens};
use crate::support::app::App;
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Makes an administrator of alice, or takes that away.
fn promotes(server: &TestServer, is_admin: bool) {
    let id = server.id_of("alice");
    let changed = user_administration::set_admin(&server.node, By::Operator, id, is_admin);
    assert!(server.operator(changed).unwrap().is_ok());
}

/// What a client may ask for, as an operator changes it.
fn may_ask(server: &TestServer, client: &str, scope: &[&str]) {
    let change = ClientChange { scope: Some(scope.iter().copied().collect()), ..ClientChange::default() };
    assert!(server.operator(clients::update(&server.node, By::Operator, client, change)).unwrap().is_ok());
}

/// What stands in a token, as a resource server reads it that asks nobody.
fn claimed(token: &str) -> Scope {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    Scope::parse(claims["scope"].as_str().unwrap()).unwrap()
}

fn administers(alice: &Actor<'_>, token: &str) -> u16 {
    alice.get("/v1/auth/verify?scope=admin").bearer(token).send().status
}

/// A device that alice allowed to administer, which has not fetched its tokens yet.
fn allowed_device(tv: &App<'_>, alice: &Actor<'_>, scope: &str) -> String {
    let codes = begins(tv, scope);
    let form = question(alice, &codes.user).with("decision", "allow");
    assert_eq!(alice.submits(&form).expect(303).the_header("location"), "/device?done=allowed");
    codes.device
}

fn polls(tv: &App<'_>, device: &str) -> Reply {
    tv.asks_for_tokens(&[("grant_type", GRANT), ("device_code", device)])
}

on_both! {
    fn security_60_admin_ends_with_being_an_administrator(server) {
        promotes(server, true);
        for client in ["web", "spa", "tv"] {
            may_ask(server, client, &["read", "write", "admin"]);
        }
        let alice = server.actor();
        alice.signs_in();
        let (web, spa, tv) = (server.app("web"), server.app("spa"), server.app("tv"));
        let code = |client| alice.authorizes(&asks(client, &[("scope", "read admin")])).code();
        let login = alice.logs_in();
        let (kept, rotated) = (web.redeems(&code("web")), spa.redeems(&code("spa")));
        let device = tokens(&polls(&tv, &allowed_device(&tv, &alice, "read admin")).expect(200).json());
        let before: [(&str, &Tokens); 4] =
            [("a login", &login), ("a code", &kept), ("a public client", &rotated), ("a device", &device)];
        for (name, held) in before {
            assert_eq!(administers(&alice, &held.access), 200, "{name}");
        }
        let (late, late_device) = (code("web"), allowed_device(&tv, &alice, "read admin"));
        let (only, only_device) = {
            let only = alice.authorizes(&asks("web", &[("scope", "admin")])).code();
            (only, allowed_device(&tv, &alice, "admin"))
        };

        promotes(server, false);
        let refresh = json!({"refresh_token": login.refresh});
        let anew = alice.post("/v1/auth/refresh").json(&refresh).send().expect(200).json();
        let login_anew = anew["access_token"].as_str().or(anew["token"].as_str()).unwrap().to_owned();
        let [kept_anew, rotated_anew, device_anew] = [(&web, &kept), (&spa, &rotated), (&tv, &device)]
            .map(|(app, held)| tokens(&app.refreshes(&held.refresh).expect(200).json()).access);
        let late = web.redeems(&late).access;
        let late_device = tokens(&polls(&tv, &late_device).expect(200).json()).access;
        let news = [&login_anew, &kept_anew, &rotated_anew, &device_anew, &late, &late_device];
        for token in news {
            assert!(!claimed(token).contains("admin"), "a new token says so: {:?}", claimed(token));
        }
        for token in before.map(|(_, held)| &held.access).into_iter().chain(news) {
            assert_eq!(administers(&alice, token), 403);
            let said = alice.verifies(token).expect(200);
            assert!(!said.text().contains("admin\""), "{}", said.text());
        }
        for token in [&kept.access, &kept.refresh, &late] {
            let said = web.introspects(token).expect(200).json();
            assert_eq!((&said["active"], &said["scope"]), (&json!(true), &json!("read")), "{said}");
        }
        for refused in [web.presents(&only), polls(&tv, &only_device)] {
            assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_scope"), "{}", refused.text());
        }
    }

    fn rfc8628_3_5_a_device_gets_what_its_client_may_ask_for_now(server) {
        let (alice, tv) = (server.actor(), server.app("tv"));
        alice.signs_in();
        let (both, writes) = (allowed_device(&tv, &alice, "read write"), allowed_device(&tv, &alice, "write"));
        may_ask(server, "tv", &["read"]);
        let answer = polls(&tv, &both).expect(200);
        assert_eq!((answer.member("scope").as_str(), claimed(&answer.member("access_token"))), ("read", Scope::from(["read"])));
        let refused = polls(&tv, &writes);
        assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_scope"), "{}", refused.text());
    }
}
