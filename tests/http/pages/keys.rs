//! `/settings` and the pages of API keys: what the providers' documents tell people to click, and that a secret is shown
//! once, to whom it belongs (contract §1, §2, §9; security §3, 50; §4.6).

use portcullis::flows::actor::Actor as By;
use portcullis::flows::api_keys;

use crate::support::actor::{Actor, page, root, signed_in};
use crate::support::exchange::Reply;
use crate::support::made::makes_key;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

const NEW: &str = "/settings/keys/new";
const TOO_LATE: i64 = 16 * 60;

/// What a browser says of a form that another site sent.
const FOREIGN: [(&str, &str); 2] = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];

fn form_of(person: &Actor<'_>, path: &str) -> Form {
    page(person, path).form(path)
}

fn works(person: &Actor<'_>, key: &str) -> bool {
    let stranger = person.server.actor();
    person.server.secrets.add(key);
    stranger.get("/v1/auth/verify").header("x-api-key", key).send().status == 200
}

/// A form is refused without its token, with another form's or another session's, from another site; and nothing is done.
#[track_caller]
fn is_guarded(person: &Actor<'_>, form: &Form, another: &Form) {
    let other = person.server.actor().named("bob");
    let _ = other.signs_in();
    assert_eq!(person.submits(&form.clone().without("csrf_token")).status, 403, "{}: none", form.action);
    let swapped = form.clone().with("csrf_token", another.value("csrf_token"));
    assert_eq!(person.submits(&swapped).status, 403, "{}: another form's", form.action);
    let theirs = other.submits(form);
    assert!(matches!(theirs.status, 403 | 404), "{}: another session's: {}", form.action, theirs.status);
    let reply = person.post(&form.action).headers(&FOREIGN).form(&form.pairs()).send();
    assert_eq!(reply.status, 403, "{}: another site's", form.action);
    let reply = person.server.actor().submits(form);
    assert_eq!(reply.status, 303, "{}: signed out", form.action);
    assert!(reply.the_header("location").starts_with("/login?next="), "{}", form.action);
}

#[test]
fn contract_1_the_three_addresses_are_one_page_with_the_words_of_the_documents() {
    let server = TestServer::start();
    let alice = server.actor();
    for path in ["/settings", "/settings/account", "/dashboard/settings"] {
        let reply = server.actor().get(path).send().expect(303);
        assert!(reply.the_header("location").starts_with("/login?next="));
    }
    let _ = alice.signs_in();
    for path in ["/settings", "/settings/account", "/dashboard/settings"] {
        let page = page(&alice, path);
        assert!(page.html().contains(">API Keys</h2>") && page.html().contains(">API Key</h2>"));
        for words in [
            "Account Info & Security",
            "Your API Key",
            "Get My Key",
            "Generate New API Key",
            "Add API key…",
            "alice@example.com",
        ] {
            assert!(page.words().contains(words), "{path}: {words} is missing in {}", page.words());
        }
        for link in [NEW, "/settings/barbell", "/settings/password", "/settings/jwt", "/settings/delete"] {
            assert!(page.links().iter().any(|own| own == link), "{path}: {link}");
        }
        assert!(page.words().contains(&format!("{}/api/v1/account", server.issuer)), "a line to try");
    }
}

#[test]
fn contract_9_a_key_is_made_shown_once_used_and_revoked() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let form = form_of(&alice, NEW).with("name", "ci-deploy");
    assert_eq!(form.value("expires"), "90", "an expiry is recommended");
    assert!(form.fields.iter().any(|(name, _)| name == "scope_read"));
    assert!(!form.fields.iter().any(|(name, _)| name.contains("openid") || name.contains("admin")));
    let reply = alice.submits(&form).expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let shown = Page::of(&reply);
    let secret = shown.control("secret");
    server.secrets.add(&secret);
    assert!(secret.len() == 32 && works(&alice, &secret));
    assert!(shown.words().contains("I have saved it") && shown.words().contains(&server.issuer));
    assert!(shown.html().contains("readonly") && shown.html().contains("data-selected"));

    // Sent again, as a reload does, it makes nothing and shows nothing.
    let again = Page::of(&alice.submits(&form).expect(403));
    assert!(again.words().contains("was sent already") && !again.html().contains(&secret));
    assert_eq!(again.form(NEW).value("name"), "ci-deploy", "what was typed stays");
    let url = alice.page_of_key(&secret);
    let all =
        [url.clone(), "/settings".into(), NEW.into(), format!("{url}/regenerate"), format!("{url}/revoke")];
    for path in &all {
        assert!(!page(&alice, path).html().contains(&secret), "{path} shows the secret");
    }
    let list = page(&alice, "/settings");
    let hint = format!("sk_...{}", &secret[26..]);
    assert_eq!(list.words().matches("ci-deploy").count(), list.words().matches("ci-deploy").count().max(1));
    assert!(list.html().contains(&hint) && list.words().contains("read write"), "{}", list.words());
    assert_eq!(list.html().matches(&format!("href=\"{url}/revoke\"")).count(), 1, "one key was made");

    let ask = page(&alice, &format!("{url}/revoke"));
    assert!(ask.words().contains("Revoke ci-deploy"));
    let form = ask.form(&format!("{url}/revoke"));
    is_guarded(&alice, &form, &form_of(&alice, NEW));
    assert!(works(&alice, &secret));
    let done = alice.submits(&form).expect(303);
    assert_eq!(done.the_header("location"), "/settings?done=revoked");
    assert!(!works(&alice, &secret));
    assert_eq!(alice.get(&url).send().status, 404);
    assert!(page(&alice, "/settings?done=revoked").words().contains("was revoked"));
}

/// Its owner sees that it is revoked, and takes it away when they have seen it.
#[test]
fn a_key_that_is_revoked_is_removed_from_the_list_in_these_words() {
    let server = TestServer::start();
    let (alice, root) = (signed_in(&server, "alice"), root(&server));
    let (_, url) = makes_key(&alice, NEW, "laptop");
    let words = page(&alice, &url).words();
    assert!(words.contains("Revoke laptop") && !words.contains("from the list"), "{words}");
    let theirs = format!("/admin/keys/{}/revoke", url.rsplit('/').next().unwrap());
    let _ = root.submits(&page(&root, &theirs).form(&theirs)).expect(303);
    let ask = format!("{url}/revoke");
    for path in [&url, &ask] {
        let words = page(&alice, path).words();
        assert!(words.contains("Remove laptop from the list") && !words.contains("Revoke laptop"), "{words}");
    }
    assert!(page(&alice, "/settings").words().contains("Remove laptop"));
    let done = alice.submits(&page(&alice, &ask).form(&ask)).expect(303);
    assert_eq!(done.the_header("location"), "/settings?done=key-removed");
    let list = page(&alice, "/settings?done=key-removed");
    assert!(list.words().contains("The key was removed from the list.") && !list.links().contains(&url));
}

#[test]
fn wcag_3_3_1_what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let mut good = form_of(&alice, NEW).with("name", "laptop");
    is_guarded(&alice, &good, &form_of(&alice, "/settings/barbell"));
    for (name, value) in [
        ("name", " "),
        ("name", "a\u{200b}b"),
        ("date", "2027-01-14"),
        ("environment", "a b"),
        ("ip_allow", "example.com"),
        ("rate_limit", "1001"),
        ("rate_limit", "many"),
    ] {
        let form = good.clone().with(name, value);
        let form = if name == "date" { form.with("expires", "date") } else { form };
        let reply = alice.submits(&form).expect(400);
        let page = Page::of(&reply);
        assert!(page.html().contains(&format!("id=\"{name}-fault\"")), "{name}={value}: {}", page.words());
        assert!(page.html().contains(&format!("href=\"#{name}\"")), "{name}: the summary leads to it");
        let again = page.form(NEW);
        if name != "name" {
            assert_eq!(again.value("name"), "laptop", "{name}");
        }
        if value != " " {
            assert_eq!(again.value(name), value, "{name}");
        }
        good = good.anew(&reply);
    }
    let nothing = good.clone().without("scope_read").without("scope_write");
    let reply = alice.submits(&nothing).expect(400);
    assert!(Page::of(&reply).html().contains("id=\"scopes-fault\""));
    let good = good.anew(&reply);
    // What nobody offered is refused by the flow.
    let reply = alice.submits(&good.clone().with("project", "0198c5b1-7f3a-7cc0-8000-000000000001"));
    assert_eq!(reply.status, 400);
    server.clock.advance(2 * 3600);
    assert!(Page::of(&alice.submits(&good).expect(403)).proves_at().is_some());
    let german = alice.get(NEW).header("accept-language", "de").send();
    assert_eq!(german.status, 303);
}

#[test]
fn a_refusal_is_said_in_the_language_of_its_reader() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let (_, url) = makes_key(&alice, NEW, "laptop");
    let change = form_of(&alice, &format!("{url}/change"));
    let regenerate = form_of(&alice, &format!("{url}/regenerate"));
    let id = url.rsplit('/').next().unwrap().parse().unwrap();
    let revoked = api_keys::administration::revoke(&server.node, By::Operator, id);
    assert!(server.operator(revoked).unwrap().is_ok());
    for (form, status) in [(change, 400), (regenerate, 403)] {
        let origin = server.issuer.clone();
        let headers = [("accept-language", "de"), ("sec-fetch-site", "same-origin"), ("origin", &origin)];
        let reply = alice.post(&form.action).headers(&headers).form(&form.pairs()).send().expect(status);
        let words = Page::of(&reply).words();
        assert!(words.contains("Dieser Schlüssel wurde für immer widerrufen"), "{}: {words}", reply.asked);
    }
}

#[test]
fn security_3_50_a_new_key_needs_the_password_typed_lately() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let (_, url) = makes_key(&alice, NEW, "laptop");
    let form = form_of(&alice, NEW).with("name", "second");
    server.clock.advance(TOO_LATE);
    for path in [
        NEW,
        "/settings/barbell",
        &format!("{url}/regenerate"),
        &format!("{url}/rotate"),
        &format!("{url}/change"),
    ] {
        let location = alice.get(path).send().expect(303).the_header("location").to_owned();
        assert!(
            location.contains("again=1") && location.starts_with("/login?next=%2Fsettings%2F"),
            "{location}"
        );
    }
    let _ = alice.submits(&form).expect(200);
    server.clock.advance(TOO_LATE);
    let back = Page::of(&alice.submits(&form).expect(403)).proves_at().expect("where to prove it");
    assert_eq!(back, "/login?next=%2Fsettings%2Fkeys%2Fnew&again=1");
    let again = alice.signs_in_for(&back).expect(303);
    assert_eq!(again.the_header("location"), NEW);
}

#[test]
fn contract_9_a_key_is_changed_disabled_enabled_regenerated_and_rotated() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let (first, url) = makes_key(&alice, NEW, "laptop");
    let change = form_of(&alice, &format!("{url}/change"));
    assert_eq!((change.value("name"), change.value("expires")), ("laptop", "keep"));
    is_guarded(&alice, &change, &form_of(&alice, NEW));
    let form = change
        .with("name", "desk")
        .without("scope_write")
        .with("expires", "never")
        .with("ip_allow", "10.0.0.0/8\n192.0.2.7");
    let _ = alice.submits(&form).expect(303);
    let one = page(&alice, &format!("{url}?done=changed"));
    for words in ["API key desk", "10.0.0.0/8, 192.0.2.7/32", "The key was changed."] {
        assert!(one.words().contains(words), "{words}: {}", one.words());
    }
    assert!(!one.words().contains("write") && !works(&alice, &first), "not from here");
    let back = form_of(&alice, &format!("{url}/change")).with("ip_allow", "");
    let _ = alice.submits(&back).expect(303);
    assert!(works(&alice, &first));

    let off = page(&alice, &url).form(&format!("{url}/disable"));
    is_guarded(&alice, &off, &back);
    let _ = alice.submits(&off).expect(303);
    assert!(!works(&alice, &first) && page(&alice, "/settings").words().contains("switched off"));
    let _ = alice.submits(&page(&alice, &url).form(&format!("{url}/enable"))).expect(303);
    assert!(works(&alice, &first));

    let ask = page(&alice, &format!("{url}/regenerate"));
    assert!(ask.words().contains("The old key stops working at once: update scripts that use it."));
    let form = ask.form(&format!("{url}/regenerate"));
    is_guarded(&alice, &form, &back);
    let second = Page::of(&alice.submits(&form).expect(200)).control("secret");
    assert!(!works(&alice, &first) && works(&alice, &second));
    assert_eq!(alice.submits(&form).status, 403, "sent again, it replaces nothing");
    assert!(works(&alice, &second));

    let form = form_of(&alice, &format!("{url}/rotate"));
    assert_eq!(alice.submits(&form.clone().with("overlap", "5")).status, 400);
    let form = form.anew(&alice.get(&format!("{url}/rotate")).send());
    let third = Page::of(&alice.submits(&form.with("overlap", "3600")).expect(200)).control("secret");
    assert!(works(&alice, &second) && works(&alice, &third));
    server.clock.advance(3600);
    assert!(!works(&alice, &second) && works(&alice, &third));
    server.clock.advance(91 * 86_400);
    let _ = alice.signs_in();
    assert!(page(&alice, "/settings").words().contains("older than 90 days"));
}

#[test]
fn contract_9_a_key_past_its_end_gets_no_other_secret_on_its_page() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let (_, url) = makes_key(&alice, NEW, "laptop");
    let id = url.rsplit('/').next().unwrap();
    let api = server.actor();
    let token = api.logs_in().access;
    api.forgets_cookies();
    let ends = serde_json::json!({"expires_in": 60});
    let _ = api.ask("PATCH", &format!("/api/v1/keys/{id}")).bearer(&token).json(&ends).send().expect(200);
    // Both pages were open when its end came.
    let forms = ["regenerate", "rotate"].map(|verb| form_of(&alice, &format!("{url}/{verb}")));
    let hint = |page: &Page| page.words().contains("expired");
    assert!(!hint(&page(&alice, &url)));
    server.clock.advance(60);
    assert!(hint(&page(&alice, &url)));
    for form in forms {
        let refused = Page::of(&alice.submits(&form).expect(409));
        let words = "This key has expired. Give it another end first.";
        assert!(refused.words().contains(words), "{}: {}", form.action, refused.words());
        assert!(!refused.html().contains("sk_"), "{}", form.action);
    }
}

#[test]
fn contract_9_nobody_else_sees_or_touches_a_key() {
    let server = TestServer::start();
    let (alice, bob) = (server.actor(), server.actor().named("bob"));
    let _ = (alice.signs_in(), bob.signs_in());
    let (secret, url) = makes_key(&alice, NEW, "laptop");
    let nothing = "/settings/keys/0198c5b1-7f3a-7cc0-8000-000000000001";
    for rest in ["", "/change", "/regenerate", "/rotate", "/revoke"] {
        let hidden = bob.get(&format!("{url}{rest}")).send().expect(404);
        let missing = bob.get(&format!("{nothing}{rest}")).send().expect(404);
        assert_eq!(without_id(&hidden), without_id(&missing), "{rest}");
    }
    assert_eq!(bob.get("/settings/keys/x").send().status, 404);
    assert!(works(&alice, &secret));
}

fn without_id(reply: &Reply) -> String {
    reply.text().replace(reply.the_header("x-request-id"), "")
}

#[test]
fn contract_2_a_key_is_revealed_only_where_the_operator_keeps_it_and_to_the_password() {
    let server =
        TestServer::with(&[("REVEAL_KEYS", "true"), ("SCOPES", "files:list=see the names of your files")]);
    let alice = server.actor();
    let _ = alice.signs_in();
    assert!(page(&alice, NEW).words().contains("see the names of your files"));
    let (secret, url) = makes_key(&alice, NEW, "laptop");
    assert!(page(&alice, "/settings").links().contains(&format!("{url}/reveal")));
    let form = form_of(&alice, &format!("{url}/reveal"));
    is_guarded(&alice, &form.clone().with("password", &server.seed.password), &form_of(&alice, NEW));
    let refused = alice.submits(&form.clone().with("password", "wrong horse battery")).expect(403);
    let (wrong, form) = (Page::of(&refused), form.anew(&refused));
    assert!(wrong.html().contains("password-fault") && !wrong.html().contains("wrong horse"));
    let shown = Page::of(&alice.submits(&form.with("password", &server.seed.password)).expect(200));
    assert_eq!(shown.control("secret"), secret);
    let closed = TestServer::start();
    let alice = closed.actor();
    let _ = alice.signs_in();
    let (_, url) = makes_key(&alice, NEW, "laptop");
    assert_eq!(alice.get(&format!("{url}/reveal")).send().status, 404);
    assert!(!page(&alice, "/settings").links().contains(&format!("{url}/reveal")));
}

#[test]
fn contract_2_get_my_key_makes_the_one_barbell_key_and_says_that_the_old_one_dies() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let verifies = |header: &str| {
        server.secrets.add(header);
        server.actor().get("/v1/auth/verify").header("x-api-auth", header).send().status
    };
    let form = form_of(&alice, "/settings/barbell");
    is_guarded(&alice, &form, &form_of(&alice, NEW));
    let first = Page::of(&alice.submits(&form).expect(200)).control("secret");
    assert!(first.starts_with("alice:") && first.len() == 22 && verifies(&first) == 200);
    assert_eq!(alice.submits(&form).status, 403, "sent again, it replaces nothing");
    assert_eq!(verifies(&first), 200);
    let settings = page(&alice, "/settings");
    assert!(!settings.html().contains(&first[6..]), "no GET shows it");
    let ask = page(&alice, "/settings/barbell");
    assert!(ask.words().contains("the key that you have stops working at once"));
    let second = Page::of(&alice.submits(&ask.form("/settings/barbell")).expect(200)).control("secret");
    assert_eq!((verifies(&first), verifies(&second)), (401, 200));
}

#[test]
fn contract_9_a_long_list_of_keys_comes_in_pages_that_weigh_little() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    for n in 0..23 {
        let _ = makes_key(&alice, NEW, &format!("key-{n}-{}", "n".repeat(90)));
    }
    let first = page(&alice, "/settings");
    let more = first.links().into_iter().find(|link| link.contains("cursor=")).expect("more");
    let second = page(&alice, more.split('#').next().unwrap());
    let on = |page: &Page, n: usize| page.html().contains(&format!(">key-{n}-"));
    for n in 0..23 {
        assert!(on(&first, n) != on(&second, n), "key {n} is on one page");
    }
    assert_eq!(alice.get("/settings?cursor=x").send().status, 400);
}

#[test]
fn security_i6_the_trail_says_who_did_it_at_a_page_and_a_session_that_ended_does_nothing() {
    let server = TestServer::start();
    let (alice, root) = (server.actor(), server.actor().named("root"));
    let _ = (alice.signs_in(), root.signs_in());
    let _ = makes_key(&alice, NEW, "laptop");
    let token = root.logs_in().access;
    let events =
        server.actor().get("/api/v1/audit-events?kind=key_created").bearer(&token).send().expect(200).json();
    assert_eq!(events["data"][0]["actor_name"], "alice", "{events}");
    let form = form_of(&alice, NEW).with("name", "second");
    let sid = alice.jar("sid").unwrap();
    let _ = alice.submits(&page(&alice, "/logout").form("/logout")).expect(200);
    alice.puts("sid", &sid, "/");
    assert_eq!(alice.submits(&form).status, 303, "signed out");
}
