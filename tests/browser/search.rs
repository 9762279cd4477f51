//! The searches of the administration, which answer while one types: what they say, what they do when they cannot answer, and that
//! what they put in place works like the rest of the page (contract §14; WCAG 2.2 §4.1.3).

use serde_json::json;

use crate::person::{Person, walked};

const USERS: &str = "User name or e-mail address begins with";
const USER: &str = "User name, e-mail address or id";

/// What a screen reader is told of the search.
fn said(person: &Person<'_>, words: &str) {
    let count = || person.tab.runs("return document.getElementById('found-count').textContent");
    person.tab.until(words, || count() == json!(words));
}

#[test]
fn wcag_4_1_3_how_many_were_found_is_said_and_what_was_found_is_sent_once() {
    walked(|person| {
        if !person.variant.script {
            return;
        }
        person.signs_in_as("root");
        let _ = person.opens("/admin/sessions");
        person.types(USER, "root");
        said(person, "1 row");
        // A form that the search put there is guarded like one that came with the page.
        let sent = person.tab.runs(
            "let sent = 0;
             addEventListener('submit', (event) => { if (!event.defaultPrevented) { sent++; event.preventDefault(); } });
             const form = document.querySelector('#found form');
             form.requestSubmit();
             form.requestSubmit();
             return sent;",
        );
        assert_eq!(sent, json!(1));
        let _ = person.opens("/admin/sessions");
        person.types(USER, "nobody");
        said(person, "Nothing is called this. Check how it is written.");
        person.does_not_read("Nobody is signed in here.");
    });
}

#[test]
fn who_is_signed_out_while_they_type_is_sent_to_the_sign_in_page() {
    walked(|person| {
        if !person.variant.script {
            return;
        }
        person.signs_in_as("root");
        let _ = person.opens("/admin/users");
        let _ = person.tab.devtools("Network.clearBrowserCookies", json!({}));
        person.tab.leaves("typing", || person.types(USERS, "al"));
        person.is_at("/login");
        person.reads("Sign in");
    });
}
