//! `/api/v1/sessions`: what a person is signed in with, and ending it (security §3, 24).

use portcullis::flows::last_used;
use serde_json::{Value, json};

use super::{Caller, NOBODY, text};
use crate::support::actor::asks;
use crate::support::server::TestServer;

on_both! {
    fn security_24_browsers_logins_and_apps_are_listed_and_ended(server) {
        let browser = server.actor();
        let page = browser.get("/login").header("user-agent", "Lynx/2.9").send();
        assert_eq!(page.status, 200);
        let _ = browser.signs_in();
        let app = server.app("web").redeems(&browser.authorizes(&asks("web", &[])).code()).access;
        let alice = Caller::person(server, "alice");
        let list = alice.get("/api/v1/sessions").expect(200).json();
        let all = list["data"].as_array().unwrap();
        let kinds: Vec<&str> = all.iter().map(|one| text(one, "kind")).collect();
        assert_eq!(kinds, ["login", "app", "browser"], "{list}");
        assert_eq!(all[0]["current"], json!(true));
        assert_eq!((all[1]["current"].as_bool(), text(&all[1], "client_id")), (Some(false), "web"));
        assert_eq!((text(&all[2], "address"), &all[2]["client_id"]), ("127.0.0.1", &Value::Null));
        let mut members: Vec<&String> = all[2].as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(members, [
            "address", "client_id", "created_at", "current", "expires_at", "id", "kind", "last_used_at", "user_agent",
        ]);
        assert_eq!([&all[0]["last_used_at"], &all[1]["last_used_at"]], [&Value::Null; 2], "kept of browsers");
        assert_eq!(text(&all[2], "last_used_at"), text(&all[2], "created_at"));
        server.clock.advance(1800);
        let _ = browser.get("/settings/sessions").send().expect(200);
        let later = alice.get("/api/v1/sessions").expect(200).json();
        let later = later["data"].as_array().unwrap().iter().find(|one| one["kind"] == "browser").unwrap().clone();
        assert_eq!(text(&later, "last_used_at"), "2027-01-15T08:30:00Z", "{later}");
        // The browser's end is the end of what it allowed.
        assert!(server.actor().is_believed(&app));
        let place = |at: usize| format!("/api/v1/sessions/{}", text(&all[at], "id"));
        let bob = Caller::person(server, "bob");
        let (theirs, nobodys) = (bob.delete(&place(2)), bob.delete(&format!("/api/v1/sessions/{NOBODY}")));
        assert_eq!((theirs.status, &theirs.body), (404, &nobodys.body));
        assert_eq!(alice.delete(&place(2)).expect(204).text(), "");
        assert!(!server.actor().is_believed(&app));
        assert!(browser.get("/").send().text().contains("signed out"));
        let _ = alice.delete(&place(2)).expect(404);
        let _ = alice.delete(&place(1)).expect(404);
        let _ = alice.delete(&place(0)).expect(204);
        assert!(!alice.is_believed());
    }
}

#[test]
fn security_24_an_app_ends_its_own_session_only() {
    let server = TestServer::start();
    let browser = server.actor();
    let app = server.app("web").redeems(&browser.authorizes(&asks("web", &[])).code()).access;
    let app = Caller::with(&server, &app);
    let list = app.get("/api/v1/sessions").expect(200).json();
    let of = |kind: &str| {
        let all = list["data"].as_array().unwrap();
        let one = all.iter().find(|one| text(one, "kind") == kind).unwrap();
        format!("/api/v1/sessions/{}", text(one, "id"))
    };
    let _ = app.delete(&of("browser")).expect(403);
    let _ = app.delete(&of("app")).expect(204);
    assert!(!app.is_believed());
}

#[test]
fn security_24_looking_at_sessions_needs_read_and_ending_them_write() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let reader = alice.with_key(&json!({"name": "reader", "scopes": ["read"]}));
    let list = reader.get("/api/v1/sessions").expect(200).json();
    let place = format!("/api/v1/sessions/{}", text(&list["data"][0], "id"));
    let _ = reader.delete(&place).expect(403);
    let writer = alice.with_key(&json!({"name": "writer", "scopes": ["write"]}));
    let _ = writer.get("/api/v1/sessions").expect(403);
    let _ = writer.delete(&place).expect(204);
}

#[test]
fn security_24_a_browser_that_is_used_each_day_says_so_until_its_end() {
    // Also in the days before its end, which no use puts off.
    let server = TestServer::start();
    let browser = server.actor();
    let _ = browser.signs_in();
    for _ in 0..20 {
        server.clock.advance(86_400);
        let _ = browser.get("/settings/sessions").send().expect(200);
        // As every few seconds.
        server.operator(last_used::flush(&server.node)).unwrap();
    }
    let list = Caller::person(&server, "alice").get("/api/v1/sessions").expect(200).json();
    let used = list["data"].as_array().unwrap().iter().find(|one| one["kind"] == "browser").unwrap();
    assert_eq!(text(used, "last_used_at"), "2027-02-04T08:00:00Z", "{used}");
}

#[test]
fn security_r13_a_node_whose_clock_is_behind_lists_sessions_too() {
    let server = TestServer::start();
    let _ = server.actor().signs_in();
    let behind = server.joined_after(-30);
    let list = Caller::person(&behind, "alice").get("/api/v1/sessions").expect(200).json();
    let first = list["data"].as_array().unwrap().iter().find(|one| one["kind"] == "browser").unwrap();
    assert_eq!(text(first, "last_used_at"), text(first, "created_at"));
}
