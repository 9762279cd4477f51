//! Forms that another site fills in and sends by itself, as soon as somebody who is signed in here comes by; and answers that are
//! given in the wrong tab (security §3, 42–45; §4.6).

use serde_json::Value;

use crate::attacks::{attacked, is_signed_in, posts};
use crate::device;
use crate::foreign::Site;
use crate::inspection;
use crate::person::Person;
use crate::support::actor::asks;
use crate::support::page::Page;

/// A form that changes something.
struct Target {
    name: &'static str,
    /// The way to its page, filled in.
    way: fn(&Person<'_>),
    /// The button that the attacker would press.
    button: Option<(&'static str, &'static str)>,
    /// Whether what it does has come to pass.
    happened: fn(&Person<'_>) -> bool,
}

/// In an order in which each finds what it needs: nobody, then bob signed in, and no account at the end.
const TARGETS: &[Target] = &[
    Target {
        name: "sign-in",
        way: |person| {
            let _ = person.opens("/login");
            person.gives_password_of("bob");
        },
        button: None,
        happened: is_signed_in,
    },
    Target {
        name: "a key for an app",
        way: |person| {
            let _ = person.opens("/app?get_api_key=myapp");
        },
        button: Some(("decision", "allow")),
        happened: |person| is_read(person, "/settings", "Myapp"),
    },
    Target {
        name: "consent",
        way: |person| {
            let _ = person.opens(&format!("/oauth/authorize?{}", asks("web", &[("scope", "read")])));
        },
        button: Some(("decision", "allow")),
        happened: |person| is_read(person, "/settings/apps", "Web Shop"),
    },
    Target {
        name: "a device",
        way: |person| {
            let _ = person.opens(&format!("/device?user_code={}", device::code(person)));
            let _ = person.clicks("Continue");
        },
        button: Some(("decision", "allow")),
        happened: |person| {
            !is_read(person, "/settings/activity?kind=device_allowed", "Nothing of this kind happened.")
        },
    },
    Target {
        name: "deletion of the account",
        way: |person| {
            let _ = person.opens("/settings/delete");
            person.types("Your user name", "bob");
        },
        button: None,
        happened: |person| !is_signed_in(person),
    },
];

fn is_read(person: &Person<'_>, path: &str, words: &str) -> bool {
    let _ = person.opens(path);
    person.tab.words().contains(words)
}

/// Where the form of the page goes, and what it sends.
fn form(person: &Person<'_>) -> (String, Vec<(String, String)>) {
    let found = person.tab.runs(
        "const form = document.querySelector('main form'); \
         return [new URL(form.action).pathname, [...new FormData(form)]]",
    );
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let fields = found[1].as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1])));
    (text(&found[0]), fields.collect())
}

/// A page that sends a form of ours as soon as it is there; `more` are lines of its head.
fn sends(site: &Site, more: &[&str], url: &str, fields: &[(String, String)]) {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;");
    let field =
        |(name, value): &(String, String)| format!("<input name=\"{name}\" value=\"{}\">", escaped(value));
    let fields: String = fields.iter().map(field).collect();
    let html = format!(
        "<!doctype html><title>Win</title><form method=post action=\"{url}\">{fields}</form>\
         <script>document.forms[0].submit()</script>"
    );
    site.serves("/win", more, &html);
}

/// Somebody comes by there. They end up on a page of ours that says no, or that wants them to sign in.
#[track_caller]
fn is_lured(person: &Person<'_>, url: &str, name: &str) {
    person.tab.goes(url);
    person.tab.until("the form is sent", || {
        person.tab.url().starts_with(&person.server.base)
            && person.tab.runs("return document.readyState") == "complete"
    });
    let seen = inspection::read(person.tab, &person.server.base);
    let refused = seen.status == 403 || (seen.status == 200 && person.tab.url().contains("/login?"));
    assert!(refused, "{name}: {} {}: {}", seen.status, person.tab.url(), person.tab.words());
}

#[test]
fn security_4_6_no_form_that_another_site_sends_by_itself_does_anything() {
    attacked(|person, site| {
        for target in TARGETS {
            (target.way)(person);
            // The attacker even knows the token of this very form.
            let (action, mut fields) = form(person);
            let button = target.button.map(|(name, value)| (name.to_owned(), value.to_owned()));
            fields.extend(button);
            assert!(fields.iter().any(|(name, _)| name == "csrf_token"), "{}", target.name);
            sends(site, &[], &person.url(&action), &fields);
            // Another site, to which the browser gives no cookies of ours, and a neighbour on this host, to which it does.
            for host in ["localhost", "127.0.0.1"] {
                let name = format!("{} from {host}", target.name);
                is_lured(person, &site.url(host, "/win"), &name);
                assert!(!(target.happened)(person), "{name}");
            }
            // The very same form, sent by a page of ours, does it.
            let _ = person.opens("/");
            let pairs: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let status = posts(person, &action, &crate::support::exchange::encode(&pairs));
            assert!(matches!(status, 200 | 303), "{}: {status}", target.name);
            assert!((target.happened)(person), "{}", target.name);
        }
    });
}

#[test]
fn security_4_6_a_sign_in_that_was_begun_elsewhere_is_not_ended_here() {
    attacked(|person, site| {
        let attacker = person.server.actor().named("bob");
        let form = Page::of(&attacker.get("/login").send().expect(200)).form("/login");
        let form = form.with("email", "bob").with("password", &person.server.seed.password);
        // A neighbour on this host may set the cookie that the attacker's form hangs on.
        let cookie = format!("set-cookie: pre={}; Path=/", attacker.jar("pre").unwrap());
        let fields: Vec<(String, String)> =
            form.pairs().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        sends(site, &[&cookie], &person.url("/login"), &fields);
        is_lured(person, &site.url("127.0.0.1", "/win"), "a sign-in as bob");
        let held = person.tab.cookies().remove("pre");
        assert_eq!(held, attacker.jar("pre"), "the attacker's is there");
        assert!(!is_signed_in(person));
        // Nothing is wrong with the form but where it came from.
        assert_eq!(attacker.submits(&form).status, 303);
    });
}

#[test]
fn security_4_6_an_answer_counts_in_the_tab_that_asked() {
    attacked(|person, _| {
        let question = |client: &str, state: &str| {
            let _ = person
                .opens(&format!("/oauth/authorize?{}", asks(client, &[("scope", "read"), ("state", state)])));
        };
        let answered = |button: &str, state: &str| {
            person.presses(button);
            let url = person.ends_at("https://app.example/callback?");
            assert!(url.contains("code=") && url.contains(&format!("state={state}")), "{url}");
            let _ = (person.tab.log("browser"), person.tab.log("performance"));
        };
        person.signs_in_as("alice");
        question("spa", "first");
        let first = person.tab.here();
        person.tab.opens_another();
        question("web", "second");
        let second = person.tab.here();
        let token = "return document.querySelector('[name=csrf_token]').value";
        let others = person.tab.runs(token);
        // The yes to one is no yes to the other.
        person.tab.back_to(&first);
        let _ = person.tab.runs(&format!("document.querySelector('[name=csrf_token]').value = {others}"));
        let _ = person.clicks_for(403, "Allow Single Page");
        person.reads("Allow Single Page to use your account?");
        // Each goes to where its own tab's question came from, whichever is answered first.
        person.tab.back_to(&second);
        answered("Allow Web Shop", "second");
        person.tab.closes(&first);
        answered("Allow Single Page", "first");
    });
}
