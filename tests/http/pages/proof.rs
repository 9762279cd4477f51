//! What must not be done by whoever finds a browser open, or by a form that is sent twice (security §3, 50; §4.6).

use crate::oauth::device::{begins, enters, question};
use crate::support::actor::{page, signed_in};
use crate::support::exchange::Reply;
use crate::support::page::Page;
use crate::support::server::TestServer;

/// Longer than a password that was typed counts for a form.
const LONG: i64 = 31 * 60;

/// Sent to type the password again, and then to `path`.
#[track_caller]
fn asks_again(reply: &Reply, path: &str) {
    let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let location = reply.header("location").unwrap_or_default().replace("%2D", "-").replace("%5F", "_");
    assert_eq!((reply.status, location), (303, format!("/login?next={next}&again=1")), "{}", reply.asked);
}

/// Shown again, with a link to type the password, which then leads to `path`.
#[track_caller]
fn comes_back(reply: &Reply, path: &str) {
    assert_eq!(reply.status, 403, "{}", reply.asked);
    let place = Page::of(reply).proves_at().map(|place| place.replace("%2D", "-").replace("%2F", "/"));
    assert_eq!(place, Some(format!("/login?next={path}&again=1")), "{}", reply.asked);
}

#[test]
fn security_50_a_device_that_asks_for_much_needs_a_password_typed_lately() {
    let server = TestServer::start();
    let (alice, tv) = (signed_in(&server, "alice"), server.app("tv"));
    // Codes live for ten minutes: these are shown just before the password is too old, and decided just after.
    server.clock.advance(1750);
    let (much, little) = (begins(&tv, "read offline_access"), begins(&tv, "read"));
    // In two tabs.
    let (open, other) = (question(&alice, &much.user), question(&alice, &much.user));
    server.clock.advance(100);
    asks_again(&enters(&alice, &much.user), &format!("/device?user_code={}", much.user));
    asks_again(&alice.submits(&other.with("decision", "allow")), &format!("/device?user_code={}", much.user));
    let allowed = alice.submits(&question(&alice, &little.user).with("decision", "allow")).expect(303);
    assert_eq!(allowed.the_header("location"), "/device?done=allowed");
    let denied = alice.submits(&open.with("decision", "deny")).expect(303);
    assert_eq!(denied.the_header("location"), "/device?done=denied", "to say no needs nothing");
}

#[test]
fn rfc8628_5_1_codes_of_ones_own_buy_no_more_guesses_at_others() {
    let server = TestServer::start();
    let (alice, tv) = (signed_in(&server, "alice"), server.app("tv"));
    let mut guesses = ["C", "D", "F", "G", "H", "J"].into_iter().map(|letter| letter.repeat(8));
    let mut guess = || enters(&alice, &guesses.next().unwrap()).status;
    for decision in ["allow", "deny"] {
        assert_eq!((guess(), guess()), (400, 400));
        let own = begins(&tv, "read");
        let _ = alice.submits(&question(&alice, &own.user).with("decision", decision)).expect(303);
    }
    assert_eq!((guess(), guess()), (400, 400));
    assert_eq!(enters(&alice, &"K".repeat(8)).status, 429);
}

#[test]
fn rfc8628_5_1_devices_of_one_app_keep_nobody_from_another() {
    let server = TestServer::start();
    let tv = server.app("tv");
    let refused = loop {
        let reply = tv.posts("/oauth/device_authorization", &[("scope", "read")]);
        if reply.status != 200 {
            break reply.expect(429);
        }
    };
    assert!(refused.member("message").contains("devices of this app"), "{}", refused.text());
    for _ in 0..20 {
        let reply = tv.posts("/oauth/device_authorization", &[("scope", "read")]);
        let wait = reply.header("retry-after").map_or(0, |wait| wait.parse::<i64>().unwrap());
        assert!(wait <= 60, "{wait}");
        server.clock.advance(wait);
    }
    let _ = server.app("kiosk").posts("/oauth/device_authorization", &[]).expect(200);
}

#[test]
fn security_50_who_makes_keys_and_a_key_come_back_only_by_a_password_typed_lately() {
    let server = TestServer::start();
    let alice = signed_in(&server, "alice");
    let form = page(&alice, "/projects/new").form("/projects/new");
    let made = alice.submits(&form.with("name", "Shared").with("visibility", "private")).expect(303);
    let project = made.the_header("location").strip_suffix("/settings?done=made").unwrap().to_owned();
    let form = page(&alice, "/settings/keys/new").form("/settings/keys/new").with("name", "ci");
    let secret = Page::of(&alice.submits(&form).expect(200)).control("secret");
    server.secrets.add(&secret);
    let key = alice.page_of_key(&secret);
    server.clock.advance(LONG);
    let off = page(&alice, &key).form(&format!("{key}/disable"));
    assert_eq!(alice.submits(&off).expect(303).the_header("location"), format!("{key}?done=disabled"));
    comes_back(&alice.submits(&page(&alice, &key).form(&format!("{key}/enable"))), &key);
    let members = format!("{project}/members");
    let adds = |role: &str| {
        let form = page(&alice, &format!("{project}/settings")).form(&members);
        alice.submits(&form.with("user", "bob").with("role", role))
    };
    comes_back(&adds("owner"), &format!("{project}/settings"));
    comes_back(&adds("editor"), &format!("{project}/settings"));
    assert_eq!(adds("viewer").status, 303);
    let bob = format!("{members}/{}", server.id_of("bob"));
    comes_back(&alice.submits(&page(&alice, &bob).form(&bob).with("role", "owner")), &bob);
    let words = page(&alice, &format!("{project}/settings")).words();
    assert!(words.contains("bob"), "{words}");
}

#[test]
fn a_key_that_is_pasted_into_the_search_is_not_kept() {
    let server = TestServer::start();
    let root = signed_in(&server, "root");
    let secret = server.key("alice", |key| key.name = "ci-deploy".to_owned());
    let away = root.get(&format!("/admin/keys?q={secret}&state=active")).send().expect(303);
    let to = away.the_header("location").to_owned();
    assert!(!to.contains(&secret) && to.contains("state=active"), "{to}");
    let found = page(&root, &to);
    assert!(found.html().contains(">ci-deploy</a>") && !found.html().contains(&secret));
}
