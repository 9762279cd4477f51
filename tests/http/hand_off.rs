//! `/app?get_api_key=NAME`: a key handed to an app by the page (contract §10).

use serde_json::Value;

use crate::support::actor::Actor;
use crate::support::exchange::Reply;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

const MYAPP: &str = "/app?get_api_key=myapp";
const AWAY: &str = "https://authenticated/?api_key=";

fn filled(actor: &Actor<'_>, page: &str, name: &str) -> Form {
    let form = Page::of(&actor.get(page).send().expect(200)).form("/app");
    form.with("email", name).with("password", &actor.server.seed.password)
}

/// The key an app reads from the redirect.
#[track_caller]
fn key(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}: {}", reply.asked, reply.text());
    let location = reply.the_header("location");
    let key = location.strip_prefix(AWAY).unwrap_or_else(|| panic!("{location}"));
    assert!(key.len() == 32 && key.starts_with("sk_"), "{location}");
    assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{location}");
    key.to_owned()
}

/// Insists that an answer holds neither a key nor the URL that would carry it.
#[track_caller]
fn nothing_left(reply: &Reply) {
    let seen = format!("{:?} {}", reply.headers.get("location"), reply.text());
    assert!(!seen.contains("authenticated/") && !seen.contains("sk_"), "{}: {seen}", reply.asked);
    assert!(reply.header("location").is_none(), "{}", reply.asked);
}

/// What the audit trail says of keys.
fn key_events(server: &TestServer) -> Vec<Value> {
    let root = server.actor().named("root").logs_in();
    let reply = server.actor().get("/api/v1/audit-events?limit=100").bearer(&root.access).send().expect(200);
    let events = reply.json()["data"].as_array().unwrap().clone();
    events.into_iter().filter(|event| !event["key_id"].is_null()).collect()
}

fn is_good(server: &TestServer, key: &str) -> bool {
    server.actor().get("/v1/auth/verify").header("x-api-key", key).send().status == 200
}

#[test]
fn contract_10_the_page_says_who_asks_and_what_for() {
    let server = TestServer::with(&[("BRAND", "CoCalc")]);
    let words = Page::of(&server.actor().get(MYAPP).send().expect(200)).words();
    for part in [
        "CoCalc API Key Access for Myapp",
        "read and change your data",
        "as the key “Myapp”",
        "until you revoke",
    ] {
        assert!(words.contains(part), "{part} is missing in: {words}");
    }
    let html = server.actor().get(MYAPP).send().text();
    let first = html.find("type=\"hidden\"").unwrap();
    assert!(html[first..].starts_with("type=\"hidden\" value=\""), "as on the sign-in page");
}

on_both! {
    fn contract_10_a_sign_in_hands_the_key_over(server) {
        let person = server.actor();
        let reply = person.submits(&filled(&person, MYAPP, "alice"));
        let key = key(&reply);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert!(reply.body.is_empty());
        let verify = server.actor().get("/v1/auth/verify").header("x-api-key", &key).send().expect(200).json();
        assert_eq!((verify["username"].as_str(), verify["expires_at"].as_str()), (Some("alice"), None));
        assert_eq!(verify["scopes"], serde_json::json!(["read", "write"]));
        assert!(person.jar("sid").is_some(), "who signed in is signed in");
    }

    fn contract_10_an_app_has_one_key_and_asking_again_replaces_it(server) {
        let person = server.actor();
        let first = key(&person.submits(&filled(&person, MYAPP, "alice")));
        let other = server.actor();
        let others = key(&other.submits(&filled(&other, "/app?get_api_key=other", "alice")));
        let bobs = server.actor();
        let bobs = key(&bobs.submits(&filled(&bobs, MYAPP, "bob")));
        assert!(is_good(server, &first));
        let again = server.actor();
        let second = key(&again.submits(&filled(&again, "/app?get_api_key=MyApp", "alice@example.com")));
        assert_ne!(first, second);
        assert!(!is_good(server, &first), "the old one is dead at once, whatever the case of the name");
        for (key, whose) in [(&second, "the new one"), (&others, "another app's"), (&bobs, "somebody else's")] {
            assert!(is_good(server, key), "{whose}");
        }
    }

    fn contract_10_to_send_the_hidden_fields_alone_is_to_confirm(server) {
        let person = server.actor();
        let _ = person.signs_in();
        let form = Page::of(&person.get(MYAPP).send().expect(200)).form("/app").without("decision");
        let names: Vec<&str> = form.pairs().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["csrf_token", "get_api_key"]);
        nothing_left(&person.submits(&form.clone().without("csrf_token")).expect(403));
        nothing_left(&person.submits(&form.clone().with("csrf_token", "guessed")).expect(403));
        let stranger = server.actor();
        nothing_left(&stranger.submits(&form).expect(403));
        assert!(is_good(server, &key(&person.submits(&form))));
        // Once: and an old sign-in is none.
        nothing_left(&person.submits(&form).expect(403));
        let late = Page::of(&person.get(MYAPP).send().expect(200)).form("/app").without("decision");
        server.clock.advance(30 * 60 + 1);
        nothing_left(&person.submits(&late));
    }

    fn contract_10_who_is_signed_in_confirms_by_post(server) {
        let person = server.actor();
        let _ = person.signs_in();
        let sid = person.jar("sid");
        let page = person.get(MYAPP).send().expect(200);
        nothing_left(&page);
        let form = Page::of(&page).form("/app");
        assert!(Page::of(&page).words().contains("alice"));
        assert!(form.fields.iter().all(|(name, _)| name != "password"), "{form:?}");
        let no = person.submits(&form.clone().with("decision", "deny")).expect(303);
        assert_eq!(no.the_header("location"), "/");
        let key = key(&person.submits(&form.with("decision", "allow")));
        assert!(is_good(server, &key));
        assert_eq!(person.jar("sid"), sid);
    }
}

#[test]
fn contract_10_who_is_signed_in_may_be_somebody_else() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let page = Page::of(&person.get(MYAPP).send().expect(200));
    let link = page.links().into_iter().find(|link| link.starts_with("/app")).expect("a way out");
    let key = key(&person.submits(&filled(&person, &link, "bob")));
    let verify = server.actor().get("/v1/auth/verify").header("x-api-key", &key).send().expect(200);
    assert_eq!(verify.member("username"), "bob");
}

#[test]
fn contract_10_the_hand_over_is_audited() {
    let server = TestServer::start();
    let person = server.actor();
    let key = key(&person.submits(&filled(&person, MYAPP, "alice")));
    let id =
        server.actor().get("/v1/auth/verify").header("x-api-key", &key).send().expect(200).member("key_id");
    let _ = person.submits(&filled(&person, "/app?get_api_key=myapp&again=1", "alice")).expect(303);
    let events = key_events(&server);
    let said =
        |event: &Value| ["kind", "key_id", "detail"].map(|name| event[name].as_str().unwrap().to_owned());
    let is_named = |event: &[String; 3]| {
        event[2].starts_with("Myapp (sk_...") && event[2].ends_with("), handed to app myapp")
    };
    let mut said: Vec<_> = events.iter().map(said).collect();
    said.sort();
    for (event, kind) in said.iter().zip(["key_created", "key_regenerated"]) {
        assert!(event[0] == kind && event[1] == id && is_named(event), "{said:?}");
    }
    assert_eq!(said.len(), 2);
    let german = person.get("/settings/activity").header("accept-language", "de").send().expect(200).text();
    assert_eq!(german.matches("), an die App myapp übergeben<").count(), 2, "{german}");
    assert!(!german.contains("handed to"), "{german}");
    assert!(events[0]["user_id"].is_string());
    assert!(events.iter().all(|event| event["address"] == "127.0.0.1"), "{events:?}");
}

#[test]
fn contract_10_a_failure_is_the_ordinary_one_and_leads_nowhere() {
    let server = TestServer::start();
    for (email, password) in [
        ("alice", "wrong horse battery"),
        ("nobody", server.seed.password.as_str()),
        ("dave", &server.seed.password),
        ("erin", &server.seed.password),
    ] {
        let person = server.actor();
        let form = filled(&person, MYAPP, email).with("password", password);
        let reply = person.submits(&form).expect(401);
        nothing_left(&reply);
        let page = Page::of(&reply);
        assert!(page.words().contains("The user name or the password is wrong."), "{}", page.words());
        assert!(page.words().contains("API Key Access for Myapp") && !page.html().contains(password));
        assert_eq!(page.form("/app").value("email"), email, "what was typed stays");
        assert_eq!(person.jar("sid"), None);
    }
    let person = server.actor();
    nothing_left(&person.submits(&filled(&person, MYAPP, "alice").without("password")).expect(400));
    assert!(key_events(&server).is_empty(), "no key was made");
}

#[test]
fn contract_12_guesses_at_this_page_count_like_any() {
    let server = TestServer::start();
    let person = server.actor();
    for _ in 0..6 {
        let wrong = filled(&person, MYAPP, "alice").with("password", "wrong horse battery");
        let _ = person.submits(&wrong).expect(401);
    }
    let reply = person.submits(&filled(&person, MYAPP, "alice")).expect(429);
    assert!(reply.the_header("retry-after").parse::<i64>().unwrap() >= 1);
    nothing_left(&reply);
}

#[test]
fn contract_10_which_names_may_ask() {
    let server = TestServer::start();
    let long = "x".repeat(33);
    for name in ["", "%20myapp", ".myapp", "my/app", "my%0Aapp", "%3Cb%3E", "caf%C3%A9", &long] {
        let reply = server.actor().get(&format!("/app?get_api_key={name}")).send().expect(400);
        assert!(Page::of(&reply).words().contains("name"), "{}", reply.text());
        nothing_left(&reply);
    }
    let _ = server.actor().get("/app").send().expect(400);
    let _ = server.actor().get("/app?get_api_key=a&get_api_key=b").send().expect(400);
    let person = server.actor();
    let form = filled(&person, MYAPP, "alice");
    nothing_left(&person.submits(&form.clone().with("get_api_key", "<script>")).expect(400));
    nothing_left(&person.submits(&form.with("get_api_key", "another")).expect(403));
    for (name, title) in [("juno.sh", "Juno.sh"), ("7%20zip", "7 zip"), ("A_b-c", "A_b-c")] {
        let page = Page::of(&server.actor().get(&format!("/app?get_api_key={name}")).send().expect(200));
        assert!(page.words().contains(&format!("API Key Access for {title}")), "{}", page.words());
    }
}

#[test]
fn contract_10_the_operator_may_name_the_apps() {
    let server = TestServer::with(&[("HAND_OFF_APPS", "Juno, myapp")]);
    let person = server.actor();
    nothing_left(&person.get("/app?get_api_key=another").send().expect(400));
    let form = filled(&person, MYAPP, "alice");
    nothing_left(&person.submits(&form.clone().with("get_api_key", "another")).expect(400));
    let _ = key(&person.submits(&form));
    let _ = person.get("/app?get_api_key=juno").send().expect(200);
}

#[test]
fn security_4_6_the_hand_off_needs_the_token_of_this_browser_and_this_app() {
    let server = TestServer::start();
    let _ = server.actor().signs_in();
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    for signed_in in [false, true] {
        let (person, other) = (server.actor(), server.actor());
        let mut forms = Vec::new();
        for actor in [&person, &other] {
            if signed_in {
                let _ = actor.signs_in();
                let form = Page::of(&actor.get(MYAPP).send().expect(200)).form("/app");
                forms.push(form.with("decision", "allow"));
            } else {
                forms.push(filled(actor, MYAPP, "alice"));
            }
        }
        let (own, others) = (forms[0].clone(), forms[1].value("csrf_token").to_owned());
        let login =
            Page::of(&person.get("/login?again=1").send()).form("/login").value("csrf_token").to_owned();
        for (what, form) in [
            ("none", own.clone().without("csrf_token")),
            ("another browser's", own.clone().with("csrf_token", &others)),
            ("the sign-in page's", own.clone().with("csrf_token", &login)),
            ("another app's", own.clone().with("get_api_key", "evil")),
        ] {
            let reply = person.submits(&form);
            assert_eq!(reply.status, 403, "{what}");
            nothing_left(&reply);
        }
        let reply = person.post("/app").headers(&foreign).form(&own.pairs()).send().expect(403);
        nothing_left(&reply);
        let stranger = server.actor();
        nothing_left(&stranger.submits(&own).expect(403));
        server.clock.advance(3601);
        nothing_left(&person.submits(&own).expect(403));
    }
}

#[test]
fn security_4_7_only_this_pages_form_may_lead_to_the_app() {
    let server = TestServer::https();
    let person = server.actor();
    let shown = person.get(MYAPP).send().expect(200);
    let done = person.submits(&filled(&person, MYAPP, "alice"));
    let _ = key(&done);
    let confirm = person.get(MYAPP).send().expect(200);
    for reply in [&shown, &done, &confirm] {
        let policy = reply.the_header("content-security-policy");
        let parts: Vec<&str> = policy.split("; ").collect();
        assert!(parts.contains(&"form-action 'self' https://authenticated"), "{policy}");
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(parts.contains(&part), "{part} is missing in {policy}");
        }
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    }
    for path in ["/login", "/", "/app"] {
        let reply = person.get(path).send();
        assert!(!reply.the_header("content-security-policy").contains("authenticated"), "{path}");
    }
}

#[test]
fn security_3_54_the_session_is_new_at_this_page_too() {
    let server = TestServer::start();
    let person = server.actor();
    person.puts("sid", "pse_attackers_choice_attackers_choice", "/");
    let _ = key(&person.submits(&filled(&person, MYAPP, "alice")));
    let first = person.jar("sid").unwrap();
    assert_ne!(first, "pse_attackers_choice_attackers_choice");
    assert_eq!(person.jar("pre"), None);
}

#[test]
fn security_3_50_whoever_finds_a_browser_open_takes_no_key_away() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let open = Page::of(&person.get(MYAPP).send().expect(200)).form("/app").with("decision", "allow");
    let events = key_events(&server).len();
    server.clock.advance(15 * 60 + 1);
    // The page wants the password again, not a click.
    let form = Page::of(&person.get(MYAPP).send().expect(200)).form("/app");
    assert!(form.pairs().iter().any(|(name, _)| *name == "password"), "{form:?}");
    // Nor does a form from before count, once it is old.
    server.clock.advance(15 * 60);
    nothing_left(&person.submits(&open));
    assert_eq!(key_events(&server).len(), events);
    let form = Page::of(&person.get(MYAPP).send().expect(200)).form("/app");
    let form = form.with("email", "alice").with("password", &server.seed.password);
    assert!(is_good(&server, &key(&person.submits(&form))));
}
