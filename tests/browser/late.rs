//! A form that came back because the password was typed too long ago: it works as it stands, once the password was typed in
//! another tab (security §3, 50; WCAG 2.2 §3.3.7).

use crate::person::{Person, walked};

/// Seconds after which a password that was typed counts for no form any more.
const LONG: i64 = 31 * 60;

/// Follows the link into another tab, types the password there, and comes back to this one.
fn signs_in_again_elsewhere(person: &Person<'_>, arrives_at: &str) {
    let this = person.tab.here();
    person.presses("Sign in again");
    person.tab.to_the_one_beside(&this);
    person.is_at("/login");
    // That tab came with script and the size of a desk.
    person.settles();
    let _ = person.opens(&person.tab.url());
    person.gives_password_of("alice");
    let _ = person.clicks("Sign in");
    person.is_at(arrives_at);
    person.tab.closes(&this);
}

#[test]
fn security_50_a_key_that_was_filled_in_for_too_long_is_made_as_it_stands() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings/keys/new");
        person.types("Name", "laptop");
        person.ticks("never");
        person.server.clock.advance(LONG);
        let _ = person.clicks_for(403, "Generate key");
        person.reads("Your password was typed too long ago, and nothing was done.");
        signs_in_again_elsewhere(person, "/settings/keys/new");
        assert_eq!(person.value("Name"), "laptop");
        assert!(person.is_ticked("never"));
        let _ = person.clicks("Generate key");
        let key = person.shown_once("The API key laptop");
        let verified = person.server.actor().get("/v1/auth/verify").header("x-api-key", &key).send();
        assert_eq!(verified.status, 200);
        let _ = person.clicks("I have saved it");
        person.reads("laptop");
    });
}

#[test]
fn security_50_a_project_is_deleted_as_it_stands() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/projects/new");
        person.types("Project name", "Kitchen");
        let _ = person.clicks("Make project");
        let _ = person.clicks("Delete Kitchen");
        let url = person.tab.url();
        let place = url.strip_prefix(&person.server.base).unwrap();
        person.types("Type the project’s name, Kitchen, to go on", "Kitchen");
        person.server.clock.advance(LONG);
        let _ = person.clicks_for(403, "Delete Kitchen");
        signs_in_again_elsewhere(person, place);
        assert_eq!(person.value("Type the project’s name, Kitchen, to go on"), "Kitchen");
        let _ = person.clicks("Delete Kitchen");
        person.reads("The project was deleted.");
    });
}
