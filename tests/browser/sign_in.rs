//! Signing in and out, and the first administrator's link (contract §1, §11, §14; security §3, 47, 48, 54).

use crate::person::{Person, Variant, walked};
use crate::support::server::TestServer;
use crate::tab::Tab;
use crate::visits;

#[test]
fn contract_1_somebody_signs_in_and_out() {
    walked(|person| {
        let _ = person.opens("/");
        person.reads("You are signed out");
        let _ = person.clicks("Sign in");
        assert!(person.is_in("User name or e-mail address"), "the one field to begin with has the focus");
        person.gives_password_of("alice");
        let _ = person.clicks("Sign in");
        person.is_at("/settings");
        person.reads("alice");
        let _ = person.clicks("Sign out");
        person.is_at("/logout");
        let _ = person.clicks("Sign out");
        person.reads("You are signed out");
        let _ = person.opens("/settings");
        person.is_at("/login");
    });
}

#[test]
fn security_48_a_wrong_password_says_so_and_keeps_the_name() {
    walked(|person| {
        let _ = person.opens("/login");
        person.types("User name or e-mail address", "alice");
        person.types("Password", "wrong horse battery");
        let _ = person.clicks_for(401, "Sign in");
        person.reads("The user name or the password is wrong.");
        assert_eq!(person.value("User name or e-mail address"), "alice");
        assert_eq!(person.value("Password"), "");
        assert!(person.is_in("Password"), "what is to be typed again has the focus");
        person.types("Password", &person.server.seed.password);
        let _ = person.clicks("Sign in");
        person.is_at("/settings");
    });
}

#[test]
fn contract_1_who_was_on_the_way_somewhere_gets_there() {
    walked(|person| {
        let _ = person.opens("/settings?from=mail");
        person.is_at("/login");
        person.gives_password_of("bob@example.com");
        let _ = person.clicks("Sign in");
        assert_eq!(person.tab.url(), person.url("/settings?from=mail"));
    });
}

#[test]
fn wcag_2_1_1_somebody_signs_in_by_keyboard_alone() {
    let (server, tab) = (TestServer::start(), Tab::open());
    let person = Person::arrives(&server, &tab, Variant::DESK);
    let _ = person.opens("/login");
    tab.keys("alice\t");
    // The button that shows the password is after the field, so Enter in the field is what people do.
    tab.keys(&server.seed.password);
    tab.leaves("Enter", || tab.keys("\n"));
    let _ = person.looks(200, "Enter");
    person.is_at("/settings");
}

#[test]
fn pages_show_a_password_and_hide_it_again() {
    let (server, tab) = (TestServer::start(), Tab::open());
    let person = Person::arrives(&server, &tab, Variant::DESK);
    let _ = person.opens("/login");
    person.gives_password_of("alice");
    let kind = || tab.runs("return document.getElementById('password').type");
    assert_eq!(kind(), "password");
    person.presses("Show password");
    assert_eq!(kind(), "text");
    person.presses("Hide password");
    assert_eq!(kind(), "password");
    person.presses("Show password");
    let _ = person.clicks("Sign in");
    person.is_at("/settings");
}

#[test]
fn contract_14_the_setup_link_makes_the_first_administrator_once() {
    let tab = Tab::open();
    let walk = |person: &Person<'_>| {
        let server = person.server;
        let link = server.operator(portcullis::flows::setup::offer(&server.node)).unwrap().expect("a link");
        let link = format!("/setup?token={}", link.expose());
        let _ = person.opens(&link);
        person.types("User name", "grace");
        person.types("E-mail address", "grace@example.com");
        person.types("Password", "short");
        let _ = person.clicks_for(400, "Make the administrator");
        assert_eq!(person.value("User name"), "grace");
        person.types("Password", "a sentence about nine lighthouses");
        let _ = person.clicks("Make the administrator");
        person.reads("grace is the first administrator");
        let _ = person.opens_for(404, &link);
        let _ = person.opens("/login");
        person.types("User name or e-mail address", "grace");
        person.types("Password", "a sentence about nine lighthouses");
        let _ = person.clicks("Sign in");
        person.is_at("/settings");
    };
    for variant in Variant::ALL {
        let server = TestServer::empty();
        walk(&Person::arrives(&server, &tab, variant));
        visits::kept(&walk);
    }
}
