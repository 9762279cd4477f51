//! `/settings`: the keys that every provider's document sends people here for (contract §1, §9; security §3, 50).

use portcullis::account::api_key::ApiKey;

use crate::person::{Person, walked, walked_with};

fn works(person: &Person<'_>, key: &str) -> bool {
    person.server.actor().get("/v1/auth/verify").header("x-api-key", key).send().status == 200
}

/// Makes a key on the page; it is left where the key is shown.
fn makes(person: &Person<'_>, name: &str) -> String {
    let _ = person.opens("/settings");
    let _ = person.clicks("Generate New API Key");
    person.types("Name", name);
    let _ = person.clicks("Generate key");
    person.reads("Save your key");
    person.shown_once(&format!("The API key {name}"))
}

#[test]
fn contract_9_a_key_is_made_shown_once_and_works() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings");
        for heading in ["Account Info & Security", "Your API Key", "API Keys", "API Key"] {
            let _ = person
                .tab
                .finds(heading, &format!("//*[self::h2 or self::h3][normalize-space()='{heading}']"));
        }
        let _ = person.clicks("Add API key…");
        assert!(person.is_ticked("In 90 days (recommended)"));
        person.types("Name", "no rights");
        for scope in ["see your data", "change your data"] {
            if person.is_ticked(scope) {
                person.ticks(scope);
            }
        }
        let _ = person.clicks_for(400, "Generate key");
        person.reads("Tick at least one.");
        let focus = person.tab.runs("return document.activeElement.className");
        assert!(focus.as_str().unwrap().contains("faults"), "the summary has the focus: {focus}");
        assert_eq!(person.value("Name"), "no rights");
        let key = makes(person, "laptop");
        assert!(works(person, &key));
        let _ = person.clicks("I have saved it");
        person.reads("laptop");
        assert!(!person.tab.source().contains(&key));
    });
}

#[test]
fn contract_9_a_key_that_was_shown_never_comes_back() {
    walked(|person| {
        person.signs_in_as("alice");
        let key = makes(person, "laptop");
        // The form is sent again, and makes nothing.
        person.tab.reloads();
        let _ = person.looks(403, "reload");
        assert!(!person.tab.source().contains(&key));
        person.reads("This form was sent already.");
        let _ = makes(person, "desktop");
        let _ = person.clicks("I have saved it");
        person.tab.leaves("back", || person.tab.goes_back());
        assert!(!person.tab.source().contains("sk_"), "{}", person.tab.words());
        person.tab.forgets();
    });
}

#[test]
fn contract_9_a_key_is_changed_replaced_and_revoked() {
    walked(|person| {
        person.signs_in_as("alice");
        let first = makes(person, "ci-deploy");
        let _ = person.clicks("I have saved it");
        let _ = person.clicks("Regenerate ci-deploy");
        person.reads("The old key stops working at once: update scripts that use it.");
        let _ = person.clicks("Regenerate ci-deploy");
        let second = person.shown_once("The API key ci-deploy");
        assert!(!works(person, &first) && works(person, &second));
        let _ = person.clicks("I have saved it");
        let _ = person.opens("/settings");
        let _ = person.clicks("ci-deploy");
        let _ = person.clicks("Rotate");
        person.ticks("for 1 hour more");
        let _ = person.clicks("Rotate ci-deploy");
        let third = person.shown_once("The API key ci-deploy");
        assert!(works(person, &second) && works(person, &third), "for an hour both do");
        let _ = person.opens("/settings");
        let _ = person.clicks("ci-deploy");
        let _ = person.clicks("Change");
        person.types("Name", "ci");
        let _ = person.clicks("Save changes");
        person.reads("The key was changed.");
        let _ = person.clicks("Switch off");
        person.reads("It does not work until you switch it on.");
        assert!(!works(person, &third));
        let _ = person.clicks("Switch on");
        assert!(works(person, &third));
        let _ = person.clicks("Revoke ci");
        person.reads("Revoke ci?");
        let _ = person.clicks("Revoke ci");
        person.reads("The key was revoked.");
        assert!(!works(person, &third));
    });
}

#[test]
fn contract_9_a_key_works_until_the_end_of_the_day_that_was_chosen() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings/keys/new");
        person.types("Name", "quarter");
        person.ticks("On a date");
        let _ = person.clicks_for(400, "Generate key");
        person.reads("Choose a date from today on, within ten years.");
        assert!(person.is_ticked("On a date"));
        // As one types a date where the month comes first.
        person.types("Date", "03312027");
        person.presses("More");
        person.types("Requests an hour", "7");
        person.types("Only from these addresses", "127.0.0.0/8");
        let _ = person.clicks("Generate key");
        let key = person.shown_once("The API key quarter");
        let _ = person.clicks("I have saved it");
        let _ = person.clicks("quarter");
        person.reads("Expires in 76 days");
        person.reads("Requests an hour 7");
        person.reads("127.0.0.0/8");
        // From the morning of January 15 to midnight at the end of March 31.
        person.server.clock.advance(76 * 86_400 - 8 * 3600 - 60);
        assert!(works(person, &key));
        person.server.clock.advance(60);
        assert!(!works(person, &key));
    });
}

#[test]
fn pages_a_double_click_makes_one_key() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings/keys/new");
        person.types("Name", "laptop");
        person.tab.leaves("a double click", || person.presses_twice("Generate key"));
        if person.variant.script {
            // The second click was none, so that what the first made is seen.
            let _ = person.looks(200, "a double click");
            let key = person.value("The API key laptop");
            person.server.secrets.add(&key);
            assert!(works(person, &key));
        } else {
            let _ = person.tab.log("performance");
        }
        let _ = person.opens("/settings");
        let keys = person.tab.runs("return document.querySelectorAll('table.keys tbody tr').length");
        assert_eq!(keys, 1);
    });
}

#[test]
fn contract_1_the_three_addresses_are_one_page() {
    walked(|person| {
        person.signs_in_as("alice");
        for path in ["/settings", "/settings/account", "/dashboard/settings"] {
            let _ = person.opens(path);
            person.reads("Account Info & Security");
            assert!(person.has("Get My Key"));
        }
    });
}

#[test]
fn contract_5_the_x_api_auth_key_is_made_and_replaced() {
    walked(|person| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings");
        let _ = person.clicks("Get My Key");
        let _ = person.clicks("Get My Key");
        let first = person.shown_once("Your API key");
        assert!(first.starts_with("alice:"), "{first}");
        let asks =
            |key: &str| person.server.actor().get("/v1/auth/verify").header("x-api-auth", key).send().status;
        assert_eq!(asks(&first), 200);
        let _ = person.clicks("I have saved it");
        assert!(!person.has("Get My Key"));
        let _ = person.clicks("Replace my key");
        person.reads("the key that you have stops working at once");
        let _ = person.clicks("Replace my key");
        let second = person.shown_once("Your API key");
        assert_eq!((asks(&first), asks(&second)), (401, 200));
    });
}

#[test]
fn contract_9_a_key_is_revealed_to_who_knows_the_password_where_that_is_on() {
    walked_with(&[("REVEAL_KEYS", "true")], |person| {
        person.signs_in_as("alice");
        let key = makes(person, "laptop");
        let _ = person.opens("/settings");
        let _ = person.clicks("Reveal");
        person.types("Password", "wrong horse battery");
        let _ = person.clicks_for(403, "Reveal laptop");
        person.reads("The password is wrong.");
        person.types("Password", &person.server.seed.password);
        let _ = person.clicks("Reveal laptop");
        assert_eq!(person.value("The API key laptop"), key);
    });
}

#[test]
fn pages_long_lists_and_long_names_fit() {
    walked(|person| {
        for number in 0..40 {
            let name = if number == 0 { "x".repeat(100) } else { format!("key {number}") };
            person.server.clock.advance(1);
            let _ = person.server.key("alice", |key: &mut ApiKey| key.name.clone_from(&name));
        }
        person.signs_in_as("alice");
        let _ = person.opens("/settings");
        let _ = person.clicks("Show more");
        let _ = person.clicks("Show more");
        person.reads(&"x".repeat(100));
    });
}
