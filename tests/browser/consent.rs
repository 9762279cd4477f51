//! Saying yes and no to an application, whose answer goes to https, to this device, or to an app's own scheme: the page's
//! policy must let each of them through (contract §4; security §4.7; RFC 8252 §7).

use serde_json::json;

use crate::foreign::Site;
use crate::person::{Person, walked, walked_with};
use crate::support::actor::CHALLENGE;
use crate::support::exchange::encode;
use crate::support::neighbour::Neighbour;

/// The address that asks for a code.
pub fn asks(client: &str, redirect: &str) -> String {
    let fields = [
        ("client_id", client),
        ("redirect_uri", redirect),
        ("response_type", "code"),
        ("scope", "read"),
        ("state", "kept"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    format!("/oauth/authorize?{}", encode(&fields))
}

/// Goes there, signs in, and is asked.
fn is_asked(person: &Person<'_>, client: &str, redirect: &str, name: &str) {
    is_told_and_asked(person, client, redirect, name, &format!("Sign in to continue to {name}"));
}

/// The same; the sign-in page says `told` of the application.
fn is_told_and_asked(person: &Person<'_>, client: &str, redirect: &str, name: &str, told: &str) {
    let _ = person.opens(&asks(client, redirect));
    person.reads(told);
    person.gives_password_of("alice");
    let _ = person.clicks("Sign in");
    person.reads(&format!("Allow {name} to use your account?"));
    person.reads("see your data");
}

#[test]
fn security_4_7_an_answer_to_https_leaves_the_page() {
    walked(|person| {
        is_asked(person, "spa", "https://app.example/callback", "Single Page");
        person.reads("app.example");
        person.presses("Allow Single Page");
        let url = person.ends_at("https://app.example/callback?");
        assert!(url.contains("code=") && url.contains("state=kept"), "{url}");
    });
}

#[test]
fn security_4_7_a_no_is_an_answer_too() {
    walked(|person| {
        is_asked(person, "spa", "https://app.example/callback", "Single Page");
        person.presses("Do not allow");
        let url = person.ends_at("https://app.example/callback?");
        assert!(url.contains("error=access_denied") && !url.contains("code="), "{url}");
    });
}

#[test]
fn rfc_8252_7_3_an_answer_to_this_device_arrives_there() {
    walked(|person| {
        let site = Site::new();
        site.serves("/done", &[], "<!doctype html><title>Done</title><h1>Back in the app</h1>");
        let redirect = site.url("127.0.0.1", "/done");
        is_asked(person, "native", &redirect, "Native & <b>Bold</b>");
        person.reads("The answer goes to an application on this device (127.0.0.1)");
        person.presses("Allow Native & <b>Bold</b>");
        let url = person.ends_at(&format!("{redirect}?"));
        assert!(url.contains("code=") && url.contains("state=kept"), "{url}");
    });
}

#[test]
fn rfc_8252_7_1_an_answer_to_an_apps_own_scheme_is_attempted() {
    walked(|person| {
        is_asked(person, "native", "com.example.native:/done", "Native & <b>Bold</b>");
        person.reads("The answer goes to an application on this device");
        person.presses("Allow Native & <b>Bold</b>");
        let attempted = person.attempts("com.example.native:/done?");
        assert!(attempted.contains("code=") && attempted.contains("state=kept"), "{attempted}");
        // No such app is on this machine: the page stays, with a link to try again.
        person.reads("Moving on");
        person.examines("moving on");
        let link = person.tab.runs("return document.querySelector('main a').href");
        assert_eq!(link, attempted.as_str());
        person.tab.renews();
    });
}

#[test]
fn contract_4_what_was_allowed_is_not_asked_again() {
    walked(|person| {
        is_asked(person, "web", "https://app.example/callback", "Web Shop");
        person.presses("Allow Web Shop");
        let _ = person.ends_at("https://app.example/callback?");
        let asked = asks("web", "https://app.example/callback");
        let _ = person.opens_and_leaves(&asked, "https://app.example/callback?");
    });
}

/// Is asked by a client that nobody here checked, says yes, and is asked again.
fn is_asked_each_time(person: &Person<'_>, client: &str, redirect: &str, name: &str) {
    let told = format!("It calls itself “{name}”, and nobody here has checked it.");
    is_told_and_asked(person, client, redirect, name, &told);
    person.reads("nobody here has checked it");
    person.reads(client);
    person.does_not_read("registered by the administrator");
    person.presses(&format!("Allow {name}"));
    let url = person.ends_at(&format!("{redirect}?"));
    assert!(url.contains("code=") && url.contains("state=kept"), "{url}");
    let _ = person.opens(&asks(client, redirect));
    person.reads(&format!("Allow {name} to use your account?"));
    person.reads("nobody here has checked it");
}

#[test]
fn cimd_5_a_client_that_describes_itself_is_asked_about_each_time() {
    walked_with(&[("CLIENT_ID_METADATA_DOCUMENTS", "on")], |person| {
        let (site, neighbour) = (Site::new(), Neighbour::start());
        site.serves("/done", &[], "<!doctype html><title>Done</title><h1>Back in the app</h1>");
        let (redirect, id) = (site.url("127.0.0.1", "/done"), neighbour.url("/client.json"));
        let document = json!({
            "client_id": id,
            "client_name": "Example Agent",
            "redirect_uris": [redirect],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "none",
        });
        neighbour.shows("/client.json", "Cache-Control: max-age=600\r\n", &document);
        is_asked_each_time(person, &id, &redirect, "Example Agent");
        person.reads("describes itself there");
    });
}

#[test]
fn rfc_7591_5_a_client_that_registered_itself_is_asked_about_each_time() {
    walked_with(&[("DYNAMIC_REGISTRATION", "open")], |person| {
        let redirect = "https://app.example/callback";
        let request = json!({
            "client_name": "Example Agent",
            "redirect_uris": [redirect],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "none",
        });
        let id = person.server.actor().post("/oauth/register").json(&request).send().expect(201);
        is_asked_each_time(person, &id.member("client_id"), redirect, "Example Agent");
        person.reads("this application registered itself");
    });
}

#[test]
fn rfc6749_4_1_2_1_a_mistaken_client_is_a_page_and_no_redirect() {
    walked(|person| {
        let _ = person.opens_for(400, &asks("spa", "https://evil.example/"));
        person.is_at("/oauth/authorize");
    });
}

#[test]
fn oauth_form_post_2_the_answer_is_sent_by_script_or_by_the_button() {
    walked(|person| {
        let site = Site::new();
        site.serves("/done", &[], "<!doctype html><title>Done</title><h1>Back in the app</h1>");
        let redirect = site.url("127.0.0.1", "/done");
        let asked = format!("{}&response_mode=form_post", asks("native", &redirect));
        let _ = person.opens(&asked);
        person.gives_password_of("alice");
        let _ = person.clicks("Sign in");
        person.presses("Allow Native & <b>Bold</b>");
        if !person.variant.script {
            person.waits_for("Continue");
            person.examines("the answer as a form");
            person.presses("Continue");
        }
        let url = person.ends_at(&redirect);
        assert_eq!(url, redirect, "nothing stands in the address");
        let bodies = site.got("/done");
        assert_eq!(bodies.len(), 1, "{bodies:?}");
        assert!(bodies[0].starts_with("code=pac_") && bodies[0].contains("&state=kept&iss="), "{bodies:?}");
        url::form_urlencoded::parse(bodies[0].as_bytes())
            .filter(|(name, _)| name == "code")
            .for_each(|(_, code)| person.server.secrets.add(&code));
    });
}
