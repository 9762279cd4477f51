//! The device grant from end to end: a device, its person, the page between them (RFC 8628).

use crate::support::actor::{Actor, tokens};
use crate::support::app::App;
use crate::support::exchange::Reply;
use crate::support::page::{Form, Page};
use crate::support::postgres::fresh_postgres_url;
use crate::support::server::{FRONT_END, TestServer};
use crate::v1_auth::outage::take_away;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const START: &str = "/oauth/device_authorization";

/// What a device was given.
pub struct Codes {
    /// For the token endpoint.
    pub device: String,
    /// For the person.
    pub user: String,
}

/// A device of `app` asks for codes.
#[track_caller]
pub fn begins(app: &App<'_>, scope: &str) -> Codes {
    let reply = app.posts(START, &[("scope", scope)]).expect(200);
    Codes { device: reply.member("device_code"), user: reply.member("user_code") }
}

fn polls(app: &App<'_>, codes: &Codes) -> Reply {
    app.asks_for_tokens(&[("grant_type", GRANT), ("device_code", &codes.device)])
}

#[track_caller]
fn is_refused(reply: &Reply, error: &str) {
    assert_eq!((reply.status, reply.error().as_str()), (400, error), "{}", reply.text());
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

/// What the page answers to a code that is typed.
pub fn enters(person: &Actor<'_>, typed: &str) -> Reply {
    let form = Page::of(&person.get("/device").send().expect(200)).form("/device");
    person.submits(&form.with("user_code", typed))
}

/// The form that decides about a code.
#[track_caller]
pub fn question(person: &Actor<'_>, typed: &str) -> Form {
    Page::of(&enters(person, typed).expect(200)).form("/device/decision")
}

#[track_caller]
fn decides(person: &Actor<'_>, typed: &str, decision: &str) -> String {
    let reply = person.submits(&question(person, typed).with("decision", decision)).expect(303);
    Page::of(&person.get(reply.the_header("location")).send().expect(200)).words()
}

#[test]
fn rfc8628_3_2_a_device_gets_two_codes_and_where_to_type_one() {
    let server = TestServer::https();
    let tv = server.app("tv");
    let reply = tv.posts(START, &[("scope", "read"), ("unheard_of", "x")]).expect(200);
    assert_eq!(reply.the_header("cache-control"), "no-store");
    let body = reply.json();
    assert_eq!((body["expires_in"].as_i64(), body["interval"].as_i64()), (Some(600), Some(5)));
    assert_eq!(body["verification_uri"], "https://id.example/device");
    let user = reply.member("user_code");
    let complete = format!("https://id.example/device?user_code={user}");
    assert_eq!(body["verification_uri_complete"], complete.as_str());
    let letters: Vec<&str> = user.split('-').collect();
    assert!(letters.len() == 2 && letters.iter().all(|half| half.len() == 4), "{user}");
    assert!(user.bytes().all(|b| b == b'-' || b"BCDFGHJKLMNPQRSTVWXZ".contains(&b)), "{user}");
    assert!(reply.member("device_code").starts_with("pdc_"));
    assert_eq!(body.as_object().unwrap().len(), 6);
    let again = tv.posts(START, &[]).expect(200);
    assert!(again.member("user_code") != user && again.member("device_code") != reply.member("device_code"));
}

#[test]
fn rfc8628_3_1_clients_authenticate_as_at_the_token_endpoint() {
    let server = TestServer::start();
    let actor = server.actor();
    let secret = server.seed.secret("kiosk").unwrap();
    let _ = actor.post(START).basic("kiosk", secret).form(&[("scope", "read")]).send().expect(200);
    let _ = server.app("kiosk").posts(START, &[]).expect(200);
    for (name, reply, status, error) in [
        ("no client", actor.post(START).form(&[("scope", "read")]).send(), 401, "invalid_client"),
        ("no secret", actor.post(START).form(&[("client_id", "kiosk")]).send(), 401, "invalid_client"),
        ("a wrong secret", actor.post(START).basic("kiosk", "pcs_x").form(&[]).send(), 401, "invalid_client"),
        (
            "an unknown client",
            actor.post(START).form(&[("client_id", "nobody")]).send(),
            401,
            "invalid_client",
        ),
        ("without the grant", server.app("web").posts(START, &[]), 400, "unauthorized_client"),
        ("too much", server.app("tv").posts(START, &[("scope", "admin")]), 400, "invalid_scope"),
        (
            "nobody's resource",
            server.app("tv").posts(START, &[("resource", "https://x.example")]),
            400,
            "invalid_target",
        ),
    ] {
        assert_eq!((reply.status, reply.error().as_str()), (status, error), "{name}: {}", reply.text());
        assert!(!reply.text().contains("pdc_"), "{name}");
    }
    let web = server.app("web").asks_for_tokens(&[("grant_type", GRANT), ("device_code", "pdc_x")]);
    is_refused(&web, "unauthorized_client");
}

#[test]
fn rfc8628_3_the_whole_walk() {
    let server = TestServer::start();
    let (tv, person) = (server.app("tv"), server.actor());
    let codes = begins(&tv, "read write");
    is_refused(&polls(&tv, &codes), "authorization_pending");
    // The picture on the screen is scanned by a telephone on which nobody is signed in.
    let address = format!("/device?user_code={}", codes.user);
    let sent = person.get(&address).send().expect(303);
    let back = person.signs_in_for(sent.the_header("location")).expect(303);
    assert_eq!(back.the_header("location"), address);
    let page = Page::of(&person.get(&address).send().expect(200));
    assert_eq!(page.form("/device").value("user_code"), codes.user);
    assert!(!page.words().contains("Television"), "nothing is looked up by a GET");
    let page = Page::of(&person.submits(&page.form("/device")).expect(200));
    for word in ["Television", "tv", "see your data", "change your data", "127.0.0.1", "alice", &codes.user] {
        assert!(page.words().contains(word), "{word} is missing in: {}", page.words());
    }
    assert!(page.words().contains("Only go on if you started this on a device in front of you"));
    is_refused(&polls(&tv, &codes), "authorization_pending");
    let reply = person.submits(&page.form("/device/decision").with("decision", "allow")).expect(303);
    assert_eq!(reply.the_header("location"), "/device?done=allowed");
    let done = Page::of(&person.get("/device?done=allowed").send().expect(200));
    assert!(done.words().contains("You can go back to your device"), "{}", done.words());
    let answer = polls(&tv, &codes).expect(200);
    assert_eq!(
        (answer.the_header("cache-control"), answer.member("scope").as_str()),
        ("no-store", "read write")
    );
    assert_eq!(answer.json()["expires_in"].as_i64(), Some(3600));
    let got = tokens(&answer.json());
    let who = person.verifies(&got.access).expect(200).json();
    assert_eq!((who["username"].as_str(), who["client_id"].as_str()), (Some("alice"), Some("tv")));
    is_refused(&polls(&tv, &codes), "invalid_grant");
    assert!(person.is_believed(&got.access), "a repeated answer that was lost revokes nothing");
    let refreshed = tokens(&tv.refreshes(&got.refresh).expect(200).json());
    // It came from this browser's session, and ends with it.
    let form = Page::of(&person.get("/logout").send()).form("/logout");
    let _ = person.submits(&form).expect(200);
    assert!(!server.actor().is_believed(&refreshed.access));
    is_refused(&tv.refreshes(&refreshed.refresh), "invalid_grant");
}

#[test]
fn rfc8628_3_4_a_client_without_the_refresh_grant_gets_no_refresh_token() {
    let server = TestServer::start();
    let (kiosk, person) = (server.app("kiosk"), server.actor());
    let codes = begins(&kiosk, "read");
    let _ = decides(person.signs_in(), &codes.user, "allow");
    let answer = polls(&kiosk, &codes).expect(200).json();
    assert!(answer.get("refresh_token").is_none() && answer["access_token"].is_string());
}

#[test]
fn rfc8628_3_5_denied_ended_and_anothers() {
    let server = TestServer::start();
    let (tv, person) = (server.app("tv"), server.actor());
    let _ = person.signs_in();
    let codes = begins(&tv, "read");
    let words = decides(&person, &codes.user, "deny");
    assert!(words.contains("Nothing was allowed"), "{words}");
    is_refused(&polls(&tv, &codes), "access_denied");
    assert_eq!(enters(&person, &codes.user).status, 400, "it is decided");

    let codes = begins(&tv, "read");
    let _ = decides(&person, &codes.user, "allow");
    is_refused(&polls(&server.app("kiosk"), &codes), "invalid_grant");
    let _ = polls(&tv, &codes).expect(200);

    let (late, allowed) = (begins(&tv, "read"), begins(&tv, "read"));
    let form = question(&person, &late.user).with("decision", "allow");
    let _ = decides(&person, &allowed.user, "allow");
    server.clock.advance(600);
    is_refused(&polls(&tv, &late), "expired_token");
    is_refused(&polls(&tv, &allowed), "expired_token");
    let reply = person.submits(&form).expect(400);
    assert!(Page::of(&reply).words().contains("This code does not work"), "{}", reply.text());

    for nonsense in ["pdc_x", "pac_x", "x"] {
        let reply = tv.asks_for_tokens(&[("grant_type", GRANT), ("device_code", nonsense)]);
        is_refused(&reply, "invalid_grant");
    }
    is_refused(&tv.asks_for_tokens(&[("grant_type", GRANT)]), "invalid_request");
}

#[test]
fn rfc8628_3_5_slow_down_adds_five_seconds_and_obeying_is_answered() {
    let server = TestServer::start();
    let tv = server.app("tv");
    let codes = begins(&tv, "read");
    for (wait, error) in [
        (0, "authorization_pending"),
        (5, "authorization_pending"),
        (3, "slow_down"),
        (5, "slow_down"),
        (15, "authorization_pending"),
        (15, "authorization_pending"),
        (5, "slow_down"),
        (20, "authorization_pending"),
    ] {
        server.clock.advance(wait);
        is_refused(&polls(&tv, &codes), error);
    }
    let person = server.actor();
    let _ = decides(person.signs_in(), &codes.user, "allow");
    let _ = polls(&tv, &codes).expect(200);
}

/// golang.org/x/oauth2 begins without knowing how the server wants its clients to authenticate: it asks at once, then once
/// an interval, each time first by HTTP Basic and, whatever the error, again in the body; the second error counts.
#[test]
fn rfc8628_3_5_the_two_requests_of_gos_client_are_one_question() {
    let server = TestServer::start();
    let (actor, person) = (server.actor(), server.actor());
    let _ = person.signs_in();
    for id in ["tv", "kiosk"] {
        let secret = server.seed.secret(id).unwrap_or_default();
        let codes = begins(&server.app(id), "read");
        let fields = [
            ("client_id", id),
            ("device_code", codes.device.as_str()),
            ("grant_type", GRANT),
            ("scope", "read"),
        ];
        let in_header = || actor.post("/oauth/token").basic(id, secret).form(&fields).send();
        let in_body = || {
            let more = (!secret.is_empty()).then_some(("client_secret", secret));
            let all: Vec<_> = fields.into_iter().chain(more).collect();
            actor.post("/oauth/token").form(&all).send()
        };
        let asks = |error: &str| {
            is_refused(&in_header(), error);
            is_refused(&in_body(), error);
        };
        asks("authorization_pending");
        for _ in 0..4 {
            server.clock.advance(5);
            asks("authorization_pending");
        }
        // Its timer fires early: it is told once, waits for ten seconds from then on, and is answered.
        server.clock.advance(3);
        asks("slow_down");
        server.clock.advance(10);
        asks("authorization_pending");
        let _ = decides(&person, &codes.user, "allow");
        server.clock.advance(10);
        let answer = in_header().expect(200);
        assert_eq!(answer.json()["token_type"], "Bearer", "{id}");
    }
}

#[test]
fn rfc8628_6_1_the_code_may_be_typed_in_any_way() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let codes = begins(&server.app("tv"), "read");
    let bare = codes.user.replace('-', "").to_lowercase();
    for typed in [codes.user.to_lowercase(), bare.clone(), format!(" {} {} ", &bare[..4], &bare[4..])] {
        assert_eq!(enters(&person, &typed).status, 200, "{typed:?}");
    }
    for (typed, words) in [
        ("", "Fill this in"),
        ("BCDF", "This code does not work"),
        ("AEIO-UAEI", "This code does not work"),
        ("BBBB-BBBB", "This code does not work"),
        ("<b>x</b>", "This code does not work"),
    ] {
        let reply = enters(&person, typed).expect(400);
        let page = Page::of(&reply);
        assert!(page.words().contains(words), "{typed:?}: {}", page.words());
        assert_eq!(page.form("/device").value("user_code"), typed, "what was typed is kept");
        assert!(page.html().contains("aria-invalid=\"true\"") && !page.html().contains("<b>x"), "{typed:?}");
        assert!(!reply.text().contains("Television"));
    }
}

#[test]
fn rfc8628_5_1_guesses_are_slowed_by_person_whatever_the_session() {
    let server = TestServer::start();
    let codes = begins(&server.app("tv"), "read");
    let person = server.actor();
    let _ = person.signs_in();
    let mut form = Page::of(&person.get("/device").send()).form("/device");
    for letter in ["C", "D", "F", "G", "H", "J"] {
        let refused = person.submits(&form.clone().with("user_code", &letter.repeat(8))).expect(400);
        form = form.anew(&refused);
    }
    let refused = person.submits(&form.clone().with("user_code", &codes.user)).expect(429);
    assert!(refused.the_header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    assert!(Page::of(&refused).words().contains("Too many codes that do not work"));
    assert!(!refused.text().contains("Television"), "a right code is not told from a wrong one");
    let elsewhere = server.actor();
    assert_eq!(enters(elsewhere.signs_in(), &codes.user).status, 429, "another session of the same person");
    let other = server.actor().named("bob");
    assert_eq!(enters(other.signs_in(), &codes.user).status, 200, "somebody else");
    server.clock.advance(2);
    assert_eq!(enters(&person, &codes.user).status, 200, "who waits may try again");
}

/// Refused, and nothing decided.
#[track_caller]
fn nothing_happened(server: &TestServer, codes: &Codes, reply: &Reply, name: &str) {
    assert!(matches!(reply.status, 400 | 403), "{name}: {} {}", reply.status, reply.text());
    assert_eq!(reply.header("location"), None, "{name}");
    let error = polls(&server.app("tv"), codes).error();
    assert!(matches!(error.as_str(), "authorization_pending" | "slow_down"), "{name}: {error}");
}

#[test]
fn security_4_6_a_device_is_allowed_by_its_own_form_only() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let (codes, others) = (begins(&server.app("tv"), "read"), begins(&server.app("tv"), "read"));
    let good = question(&person, &codes.user).with("decision", "allow");
    let other = server.actor().named("bob");
    let foreign = question(other.signs_in(), &codes.user).value("csrf_token").to_owned();
    let another = question(&person, &others.user).value("csrf_token").to_owned();
    let entry = Page::of(&person.get("/device").send()).form("/device").value("csrf_token").to_owned();
    for (name, form) in [
        ("no token", good.clone().without("csrf_token")),
        ("an empty token", good.clone().with("csrf_token", "")),
        ("nonsense", good.clone().with("csrf_token", "nonsense")),
        ("another session's", good.clone().with("csrf_token", &foreign)),
        ("another code's", good.clone().with("csrf_token", &another)),
        ("the entry form's", good.clone().with("csrf_token", &entry)),
        ("neither yes nor no", good.clone().with("decision", "maybe")),
        ("no decision", good.clone().without("decision")),
        ("no code", good.clone().without("user_code")),
    ] {
        nothing_happened(&server, &codes, &person.submits(&form), name);
    }
    let unsent = server.actor();
    let sent = unsent.submits(&good).expect(303);
    let back = unsent.signs_in_for(sent.the_header("location")).expect(303);
    let back = unsent.get(back.the_header("location")).send().expect(303);
    assert_eq!(back.the_header("location"), "/device", "signed out");
    let _ = person.submits(&good).expect(303);
    let _ = polls(&server.app("tv"), &codes).expect(200);
    let again = person.submits(&good).expect(403);
    assert!(Page::of(&again).words().contains("was sent already"), "sent twice");
    // The entry form has a token, too: nobody fills it in for somebody else.
    let form = Page::of(&person.get("/device").send()).form("/device").with("user_code", &others.user);
    // What is typed in another session is not shown in this one.
    for (form, kept) in
        [(form.clone().without("csrf_token"), others.user.as_str()), (form.with("csrf_token", &foreign), "")]
    {
        let reply = person.submits(&form).expect(403);
        assert!(!reply.text().contains("Television"));
        assert_eq!(Page::of(&reply).form("/device").value("user_code"), kept);
    }
}

#[test]
fn security_4_6_a_device_is_not_allowed_from_another_site() {
    let server = TestServer::https();
    let person = server.actor();
    let _ = person.signs_in();
    let codes = begins(&server.app("tv"), "read");
    let form = question(&person, &codes.user).with("decision", "allow");
    for headers in [
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        [("sec-fetch-site", "same-site"), ("origin", "https://x.id.example")],
        [("sec-fetch-site", "cross-site"), ("origin", FRONT_END)],
    ] {
        let reply = person.post("/device/decision").headers(&headers).form(&form.pairs()).send();
        nothing_happened(&server, &codes, &reply, &format!("{headers:?}"));
        let reply = person.post("/device").headers(&headers).form(&[("user_code", &codes.user)]).send();
        nothing_happened(&server, &codes, &reply, &format!("{headers:?}"));
    }
}

#[test]
fn rfc8628_5_4_the_page_says_where_the_device_is() {
    let server = TestServer::https();
    let body = [("client_id", "tv"), ("scope", "read offline_access")];
    let reply = server.actor().post(START).header("x-forwarded-for", "203.0.113.9").form(&body).send();
    let user = reply.expect(200).member("user_code");
    let person = server.actor();
    server.clock.advance(120);
    let words = Page::of(&enters(person.signs_in(), &user).expect(200)).words();
    for part in ["203.0.113.9", "2 minutes ago", "keep this access while you are away"] {
        assert!(words.contains(part), "{part} is missing in: {words}");
    }
    let german = person.get("/device?ui_locales=de").send().expect(200);
    assert!(Page::of(&german).words().contains("Ein Gerät verbinden"));
}

#[test]
fn rfc8628_3_3_1_a_code_in_the_address_is_never_sent_by_itself_nor_echoed_unread() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    for query in ["user_code=%3Cb%3Ebold", "user_code=BBBB-BBB", "done=%3Cb%3E", "done=nothing"] {
        let page = Page::of(&person.get(&format!("/device?{query}")).send().expect(200));
        assert_eq!(page.form("/device").value("user_code"), "", "{query}");
        assert!(!page.html().contains("<b>") && page.moves_on_to().is_none(), "{query}");
    }
}

#[test]
fn contract_6_while_the_store_is_away_no_code_is_wrong() {
    let database = fresh_postgres_url();
    let server = TestServer::on_database(&database);
    let (tv, person) = (server.app("tv"), server.actor());
    let codes = begins(&tv, "read");
    let entry = Page::of(&person.signs_in().get("/device").send()).form("/device");
    let form = question(&person, &codes.user).with("decision", "allow");
    take_away(&database);
    for reply in [
        tv.posts(START, &[]),
        polls(&tv, &codes),
        person.get("/device").send(),
        person.submits(&entry.with("user_code", &codes.user)),
        person.submits(&form),
    ] {
        assert_eq!(reply.status, 503, "{}: {}", reply.asked, reply.text());
        assert!(reply.header("retry-after").is_some(), "{}", reply.asked);
    }
}
