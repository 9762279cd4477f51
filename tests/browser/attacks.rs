//! What other sites and other people may try in a browser that somebody is signed in with (security §4.5–4.7).

use serde_json::{Value, json};

use crate::foreign::Site;
use crate::front::Front;
use crate::person::{Person, Variant};
use crate::support::actor::asks;
use crate::support::server::TestServer;
use crate::tab::Tab;

pub fn attacked(walk: impl Fn(&Person<'_>, &Site)) {
    let (server, tab, site) = (TestServer::start(), Tab::open(), Site::new());
    let person = Person::arrives(&server, &tab, Variant::DESK);
    walk(&person, &site);
}

/// Whether anybody is signed in.
pub fn is_signed_in(person: &Person<'_>) -> bool {
    let _ = person.opens("/settings");
    person.tab.url().ends_with("/settings")
}

#[test]
fn security_4_6_a_form_that_another_site_sends_is_refused() {
    attacked(|person, site| {
        person.signs_in_as("alice");
        let _ = person.opens("/logout");
        // The attacker even has a token of this very form, which they could never read.
        let token = person.tab.runs("return document.querySelector('[name=csrf_token]').value");
        let html = format!(
            "<!doctype html><title>Win</title><form method=post action=\"{}/logout\">\
             <input name=csrf_token value=\"{}\"><button>Win a prize</button></form>",
            person.server.base,
            token.as_str().unwrap()
        );
        for host in ["localhost", "127.0.0.1"] {
            site.serves("/win", &[], &html);
            person.tab.goes(&site.url(host, "/win"));
            let _ = person.clicks_for(403, "Win a prize");
            assert!(is_signed_in(person), "{host}");
        }
    });
}

#[test]
fn security_4_7_no_page_shows_inside_another() {
    attacked(|person, site| {
        person.signs_in_as("alice");
        for host in ["localhost", "127.0.0.1"] {
            let consent = format!("/oauth/authorize?{}", asks("spa", &[]));
            let pages = [
                "/login",
                "/settings",
                "/settings/delete",
                "/app?get_api_key=myapp",
                "/device",
                "/logout",
                "/",
            ];
            for path in pages.into_iter().chain([consent.as_str()]) {
                let html = format!(
                    "<!doctype html><title>Frame</title><iframe src=\"{}{path}\" width=600 height=400></iframe>",
                    person.server.base
                );
                site.serves("/frame", &[], &html);
                person.tab.goes(&site.url(host, "/frame"));
                let refused = "Refused to frame";
                let mut console = String::new();
                person.tab.until("the refusal", || {
                    let entries = person.tab.log("browser");
                    let texts = entries.iter().filter_map(|entry| entry["message"].as_str());
                    console.extend(texts);
                    console.contains(refused) || console.contains("frame-ancestors")
                });
                let inside = person.tab.in_frame(|| person.tab.words());
                let shows = |word| inside.contains(word);
                assert!(!["Sign", "alice", "Allow", "Code"].into_iter().any(shows), "{path}: {inside}");
            }
        }
    });
}

#[test]
fn security_4_6_a_form_of_an_ended_session_is_refused_in_the_next() {
    attacked(|person, _| {
        person.signs_in_as("alice");
        let _ = person.opens("/logout");
        let form = "return new URLSearchParams(new FormData(document.querySelector('form'))).toString()";
        let sent = person.tab.runs(form).as_str().unwrap().to_owned();
        let _ = person.clicks("Sign out");
        // The same form again, as the browser's reload would send it, in a session of its own.
        person.signs_in_as("alice");
        assert_eq!(posts(person, "/logout", &sent), 403);
        assert!(is_signed_in(person));
    });
}

/// Sends a form from a page of ours, as its script could; the status.
pub fn posts(person: &Person<'_>, path: &str, body: &str) -> u64 {
    let script = format!(
        "fetch({}, {{ method: 'POST', body: new URLSearchParams({}), redirect: 'manual' }})
           .then((answer) => done(answer.type === 'opaqueredirect' ? 303 : answer.status), () => done(0))",
        json!(path),
        json!(body)
    );
    let status = person.tab.awaits(&script).as_u64().unwrap();
    let _ = (person.tab.log("browser"), person.tab.log("performance"));
    status
}

#[test]
fn security_4_6_a_consent_that_is_sent_twice_gives_one_code_and_is_asked_again() {
    attacked(|person, _| {
        person.signs_in_as("alice");
        // Consent to this client is remembered: without the question it would have its second code.
        let _ = person.opens(&format!("/oauth/authorize?{}", asks("web", &[("scope", "read")])));
        let form = "return new URLSearchParams(new FormData(document.querySelector('form'))).toString()";
        let sent = format!("{}&decision=allow", person.tab.runs(form).as_str().unwrap());
        assert_eq!(posts(person, "/consent", &sent), 200);
        assert_eq!(posts(person, "/consent", &sent), 403);
        // The page that is still open is of the form that was sent.
        let _ = person.clicks_for(403, "Allow Web Shop");
        person.reads("This form was sent already.");
        assert!(!person.tab.source().contains("pac_"));
        person.presses("Allow Web Shop");
        let url = person.ends_at("https://app.example/callback?");
        assert!(url.contains("code="), "{url}");
    });
}

#[test]
fn security_4_6_a_form_of_one_person_is_refused_in_the_session_of_another() {
    attacked(|person, _| {
        person.signs_in_as("alice");
        let _ = person.opens("/logout");
        let first = person.tab.here();
        person.tab.opens_another();
        person.signs_in_as("bob");
        person.tab.back_to(&first);
        // What the tab still shows is alice's.
        let _ = person.clicks_for(403, "Sign out");
        person.reads("You are signed in as bob now; this form was opened before that.");
        assert!(is_signed_in(person));
        // Nor is what alice typed shown to bob, who might press the button.
        person.signs_in_as("alice");
        let _ = person.opens("/projects/new");
        person.types("Project name", "of alice");
        let second = person.tab.here();
        person.tab.opens_another();
        person.signs_in_as("bob");
        person.tab.back_to(&second);
        let _ = person.clicks_for(403, "Make project");
        person.reads("You are signed in as bob now; this form was opened before that.");
        person.does_not_read("open for too long");
        assert_eq!(person.value("Project name"), "");
        let _ = person.opens("/projects");
        person.does_not_read("of alice");
    });
}

#[test]
fn security_54_a_session_that_was_there_before_the_login_is_not_the_one_after() {
    attacked(|person, site| {
        let chosen = "pse_attackers_choice_attackers_choice";
        // Another port of this host may set cookies for it.
        site.serves(
            "/fix",
            &[&format!("set-cookie: sid={chosen}; Path=/")],
            "<!doctype html><title>Hello</title>",
        );
        person.tab.goes(&site.url("127.0.0.1", "/fix"));
        assert_eq!(person.tab.cookies().remove("sid").as_deref(), Some(chosen), "the attacker's is there");
        person.signs_in_as("alice");
        let mine = person.tab.cookies().remove("sid").expect("a session");
        assert_ne!(mine, chosen);
        // Signing in again, as oneself, changes it again, and the old one is dead.
        let _ = person.opens("/login?again=1");
        person.gives_password_of("alice");
        let _ = person.clicks("Sign in");
        let next = person.tab.cookies().remove("sid").expect("a session");
        assert_ne!(next, mine);
        let old = person.server.actor();
        old.puts("sid", &mine, "/");
        assert_eq!(old.get("/settings").send().status, 303);
    });
}

#[test]
fn security_4_5_a_tossed_cookie_signs_nobody_in_as_somebody_else() {
    attacked(|person, site| {
        let attacker = person.server.actor().named("bob");
        let _ = attacker.signs_in();
        let sid = attacker.jar("sid").unwrap();
        person.signs_in_as("alice");
        // The more particular path goes first in the Cookie header (RFC 6265 §5.4).
        let cookie = format!("set-cookie: sid={sid}; Path=/settings");
        site.serves("/toss", &[&cookie], "<!doctype html><title>Hello</title>");
        person.tab.goes(&site.url("127.0.0.1", "/toss"));
        // The browser sends both; neither is believed.
        let urls = json!({ "urls": [person.url("/settings")] });
        let held = person.tab.devtools("Network.getCookies", urls);
        let cookies = held["cookies"].as_array().expect("cookies").iter();
        let values: Vec<&str> = cookies
            .filter(|cookie| cookie["name"] == "sid")
            .filter_map(|cookie| cookie["value"].as_str())
            .collect();
        assert!(values.len() == 2 && values.contains(&sid.as_str()), "{} of two", values.len());
        person.tab.goes(&person.url("/settings"));
        person.is_at("/login");
        person.does_not_read("bob");
        let _ = (person.tab.log("browser"), person.tab.log("performance"));
    });
}

/// RFC 6265bis §4.1.3.2: what begins with `__Host-` is the host's own.
#[test]
fn security_4_5_a_sibling_host_cannot_toss_the_cookie_of_an_https_server() {
    let (front, sibling, site, tab) = (Front::new(), Front::new(), Site::new(), Tab::open());
    let here = front.url("id");
    let mut server = TestServer::with(&[("PUBLIC_URL", here.as_str()), ("TRUSTED_PROXIES", "127.0.0.1/32")]);
    let sid = server.actor().named("bob").signs_in().jar("__Host-sid").unwrap();
    front.leads_to(url::Url::parse(&server.base).unwrap().port().unwrap());
    sibling.leads_to(site.port);
    server.base.clone_from(&here);
    let person = Person::arrives(&server, &tab, Variant::DESK);
    // What a proxy in front of the server would add.
    let proxied = json!({ "headers": { "X-Forwarded-Proto": "https" } });
    let _ = tab.devtools("Network.setExtraHTTPHeaders", proxied);
    person.signs_in_as("alice");
    let own = tab.cookies().remove("__Host-sid").expect("a session");
    let tossed = [
        format!("set-cookie: __Host-sid={sid}; Secure; Path=/; Domain=doors.example"),
        format!("set-cookie: __Host-sid={sid}; Secure; Path=/settings; Domain=doors.example"),
        format!("set-cookie: sid={sid}; Secure; Path=/; Domain=doors.example"),
    ];
    let tossed: Vec<&str> = tossed.iter().map(String::as_str).collect();
    site.serves("/toss", &tossed, "<!doctype html><title>Hello</title>");
    tab.goes(&format!("{}/toss", sibling.url("evil")));
    let _ = person.opens("/settings");
    person.reads("alice");
    person.does_not_read("bob");
    let held = tab.devtools("Network.getCookies", json!({ "urls": [person.url("/settings")] }));
    let held = held["cookies"].as_array().expect("cookies").iter();
    let pair =
        |cookie: &Value| [&cookie["name"], &cookie["value"]].map(|text| text.as_str().unwrap().to_owned());
    let held: Vec<[String; 2]> = held.map(pair).collect();
    assert!(held.contains(&["sid".to_owned(), sid]), "one without the prefix gets through, and is nobody's");
    let prefixed: Vec<_> = held.iter().filter(|[name, _]| name == "__Host-sid").collect();
    assert_eq!(prefixed, [&["__Host-sid".to_owned(), own]]);
}

#[test]
fn security_3_cookies_are_out_of_reach_of_scripts() {
    attacked(|person, _| {
        person.signs_in_as("alice");
        assert!(person.tab.cookies().contains_key("sid"));
        assert_eq!(person.tab.runs("return document.cookie"), "");
    });
}

#[test]
fn security_4_6_pages_are_not_kept_for_the_back_button() {
    attacked(|person, _| {
        person.signs_in_as("alice");
        let _ = person.opens("/logout");
        let _ = person.clicks("Sign out");
        person.tab.leaves("back", || person.tab.goes_back());
        let _ = person.looks(200, "back");
        person.does_not_read("alice");
    });
}
