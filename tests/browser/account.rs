//! `/settings/…`: what somebody does about their password, sign-ins, apps, activity, JWT and account (contract §1;
//! security §3, 50–59).

use crate::person::{Person, walked};
use crate::support::actor::asks;

const NEW: &str = "nine lighthouses blink slowly";

#[test]
fn security_3_54_a_new_password_keeps_this_browser_and_ends_the_others() {
    walked(|person| {
        let other = person.server.actor();
        let _ = other.signs_in();
        person.signs_in_as("alice");
        let before = person.tab.cookies().remove("sid");
        let _ = person.opens("/settings");
        let _ = person.clicks("Change password");
        assert!(person.is_ticked("Sign out everywhere else"));
        person.types("Current password", "wrong horse battery");
        person.types("New password", NEW);
        let _ = person.clicks_for(403, "Change password");
        person.reads("The password is wrong.");
        person.types("Current password", &person.server.seed.password);
        person.types("New password", "alicealicealicealice");
        let _ = person.clicks_for(400, "Change password");
        person.types("Current password", &person.server.seed.password);
        person.types("New password", NEW);
        let _ = person.clicks("Change password");
        person.reads("Your password is changed. This browser stays signed in.");
        assert_ne!(person.tab.cookies().remove("sid"), before);
        assert_eq!(other.get("/settings").send().status, 303);
        let _ = person.opens("/settings");
        person.is_at("/settings");
    });
}

#[test]
fn pages_sign_ins_are_named_and_ended() {
    walked(|person| {
        let other = person.server.actor();
        let _ = other.signs_in();
        let _ = other.logs_in();
        person.signs_in_as("alice");
        let _ = person.clicks("Sign-ins and devices");
        person.reads("this browser");
        person.reads("on Linux");
        let _ = person.clicks("Sign out An unknown browser");
        person.reads("It is signed out.");
        assert_eq!(other.get("/settings").send().status, 303);
        let _ = person.clicks("Sign out everywhere else");
        let _ = person.clicks("Sign out everywhere else");
        person.reads("You are signed out everywhere else.");
        person.does_not_read("A script or a generated JWT");
        let _ = person.opens("/settings");
        person.is_at("/settings");
    });
}

#[test]
fn pages_an_app_is_disconnected() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings/apps");
        person.reads("No app has access to your account.");
        let _ = person.server.actor().authorizes(&asks("spa", &[("scope", "read")]));
        let _ = person.opens("/settings/apps");
        person.reads("Single Page");
        person.reads("see your data");
        person.reads("app.example");
        let _ = person.clicks("Disconnect Single Page");
        person.reads("Disconnect Single Page?");
        let _ = person.clicks("Disconnect Single Page");
        person.reads("The app is disconnected.");
        person.reads("No app has access to your account.");
    });
}

#[test]
fn pages_activity_is_readable_and_filtered() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.clicks("Activity");
        person.reads("Signed in");
        person.reads("127.0.0.1");
        person.chooses("What", "API key made");
        let _ = person.clicks("Show");
        person.reads("Nothing of this kind happened.");
        let _ = person.clicks("Show everything");
        person.reads("Signed in");
    });
}

#[test]
fn pages_a_jwt_is_shown_once() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings");
        let _ = person.clicks("Generate JWT");
        let _ = person.clicks("Generate JWT");
        person.reads("Copy it now: it is not shown again.");
        let token = person.shown_once("JWT");
        assert!(person.server.actor().is_believed(&token));
        let _ = person.clicks("I have saved it");
        person.is_at("/settings");
    });
}

#[test]
fn pages_an_account_is_deleted_by_who_types_its_name() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings");
        let _ = person.clicks("Delete account");
        person.reads("Delete the account alice?");
        person.types("Your user name", "bob");
        let _ = person.clicks_for(400, "Delete alice");
        person.reads("This is not your user name.");
        person.types("Your user name", "alice");
        let _ = person.clicks("Delete alice");
        person.reads("Your account is deleted");
        let _ = person.opens("/login");
        person.gives_password_of("alice");
        let _ = person.clicks_for(401, "Sign in");
    });
}

#[test]
fn security_50_what_is_sensitive_asks_for_the_password_again_and_comes_back() {
    walked(|person: &Person<'_>| {
        person.signs_in_as("alice");
        person.server.clock.advance(901);
        let _ = person.opens("/settings/delete");
        person.is_at("/login");
        person.gives_password_of("alice");
        let _ = person.clicks("Sign in");
        person.is_at("/settings/delete");
    });
}
