//! `/app?get_api_key=NAME`: the browser ends at a host that does not exist, with the key in its address (contract §10).

use crate::person::{Person, walked, walked_with};

const AWAY: &str = "https://authenticated/?api_key=";

fn has_key(person: &Person<'_>) -> String {
    let url = person.ends_at(AWAY);
    let key = url.strip_prefix(AWAY).unwrap().to_owned();
    person.server.secrets.add(&key);
    assert!(key.len() == 32 && key.starts_with("sk_"), "{url}");
    assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{url}");
    let verify = person.server.actor().get("/v1/auth/verify").header("x-api-key", &key).send();
    assert_eq!(verify.status, 200);
    key
}

#[test]
fn contract_10_a_sign_in_hands_a_key_to_the_app() {
    walked_with(&[("BRAND", "CoCalc")], |person| {
        let _ = person.opens("/app?get_api_key=myapp");
        person.reads("CoCalc API Key Access for Myapp");
        person.gives_password_of("alice");
        person.presses("Sign in and give Myapp a key");
        let first = has_key(person);
        // Signed in by now: one says yes, and the key is a new one.
        let _ = person.opens("/app?get_api_key=myapp");
        person.reads("You are signed in as alice");
        person.presses("Give Myapp a key");
        assert_ne!(has_key(person), first);
    });
}

#[test]
fn contract_10_a_wrong_password_or_a_no_leads_nowhere() {
    walked(|person| {
        let _ = person.opens("/app?get_api_key=myapp");
        person.types("User name or e-mail address", "alice");
        person.types("Password", "wrong horse battery");
        let seen = person.clicks_for(401, "Sign in and give Myapp a key");
        person.reads("The user name or the password is wrong.");
        assert!(seen.asked.iter().all(|url| !url.contains("authenticated")), "{seen:?}");
        person.signs_in_as("alice");
        let _ = person.opens("/app?get_api_key=myapp");
        let seen = person.clicks("Do not allow");
        assert!(seen.asked.iter().all(|url| !url.contains("authenticated")), "{seen:?}");
        let _ = person.opens_for(400, "/app?get_api_key=%3Cb%3E");
    });
}
