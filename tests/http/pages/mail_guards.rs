//! What strangers and thieves must not get by mails and their links (security §3, 47–54; decision 0011). Each of these tests fails
//! without the guard it is about.

use portcullis::flows::actor::Actor as By;
use portcullis::flows::password_reset;

use crate::support::actor::Actor;
use crate::support::exchange::Reply;
use crate::support::page::Page;
use crate::support::server::TestServer;
use crate::support::smtp::Smtp;

const NEW: &str = "another short sentence";
const FROM: (&str, &str) = ("MAIL_FROM", "Doors <no-reply@doors.example>");

fn server(smtp: &Smtp, more: &[(&str, &str)]) -> TestServer {
    let url = smtp.url();
    let mut settings = vec![("SMTP_URL", url.as_str()), FROM];
    settings.extend_from_slice(more);
    TestServer::with(&settings)
}

fn asks(person: &Actor<'_>, path: &str, field: &str, value: &str) -> Reply {
    let form = Page::of(&person.get(path).send().expect(200)).form(path);
    person.submits(&form.with(field, value))
}

/// Has mails of one kind sent to one recipient until no more come for a while.
fn exhausts(server: &TestServer, smtp: &Smtp, mut ask: impl FnMut()) -> usize {
    for wait in [0, 0, 0, 0, 1, 2, 4] {
        server.clock.advance(wait);
        ask();
        smtp.settled(server);
    }
    let sent = smtp.settled(server);
    ask();
    assert_eq!(smtp.settled(server), sent, "it is counted");
    sent
}

fn hand_out(server: &TestServer, name: &str) -> String {
    let id = server.id_of(name);
    let made = server.operator(password_reset::link_for(&server.node, By::Operator, id)).unwrap();
    let url = made.unwrap_or_else(|refusal| panic!("{refusal}")).url;
    server.secrets.add(url.split_once("token=").unwrap().1);
    url
}

fn sets_a_password(server: &TestServer, link: &str, password: &str) {
    let person = server.actor();
    let form = Page::of(&person.get(link).send().expect(200)).form("/reset-password");
    let _ = person.submits(&form.with("password", password)).expect(303);
}

#[test]
fn security_3_47_strangers_cannot_use_up_the_mails_of_somebody_who_forgot_their_password() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[("REGISTRATION", "open")]);
    let (stranger, alice) = (server.actor(), server.actor());
    // Mails of one kind keep nobody from those of another.
    let sent = exhausts(&server, &smtp, || {
        let _ = asks(&stranger, "/register", "email", "alice@example.com").expect(303);
    });
    let _ = asks(&alice, "/forgotten-password", "name", "alice").expect(303);
    assert_eq!(smtp.settled(&server), sent + 1);
    // Too many of the same kind: but what was sent last works, and once it is used another comes.
    let sent = exhausts(&server, &smtp, || {
        let _ = asks(&stranger, "/forgotten-password", "name", "alice").expect(303);
    });
    sets_a_password(&server, &smtp.mail(&server, sent - 1).link(), NEW);
    server.clock.advance(1);
    let before = smtp.settled(&server);
    let _ = asks(&alice, "/forgotten-password", "name", "alice").expect(303);
    assert_eq!(smtp.settled(&server), before + 1, "hers comes, whatever strangers asked for");
}

#[test]
fn security_3_52_of_a_link_that_was_handed_out_and_one_that_was_mailed_using_one_ends_the_other() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let person = server.actor();
    let mut mails = 0;
    let mut both = |password: &str, used: usize| {
        let handed_out = hand_out(&server, "alice");
        server.clock.advance(1);
        let _ = asks(&person, "/forgotten-password", "name", "alice").expect(303);
        mails = smtp.settled(&server);
        let mailed =
            (0..mails).rev().map(|n| smtp.mail(&server, n)).find(|mail| mail.body.contains("?token="));
        let links = [handed_out, mailed.unwrap().link()];
        for link in &links {
            assert_eq!(person.get(link).send().status, 200, "neither ends the other by coming");
        }
        sets_a_password(&server, &links[used], password);
        for link in &links {
            assert_eq!(person.get(link).send().status, 404);
        }
        server.clock.advance(1);
    };
    both(NEW, 0);
    both("yet another short sentence", 1);
}

#[test]
fn security_3_50_a_link_that_went_to_the_old_address_ends_with_the_change_of_address() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let alice = server.actor();
    let _ = alice.signs_in();
    let form = Page::of(&alice.get("/settings/email").send().expect(200)).form("/settings/email");
    let form = form.with("email", "alice@new.example").with("password", &server.seed.password);
    let _ = alice.submits(&form).expect(303);
    let _ = smtp.mail(&server, 1);
    let _ = asks(&server.actor(), "/forgotten-password", "name", "alice").expect(303);
    let _ = smtp.mail(&server, 2);
    let find = |subject: &str| {
        let found = (0..3).map(|n| smtp.mail(&server, n)).find(|mail| mail.subject.contains(subject));
        found.unwrap_or_else(|| panic!("{subject}: {:?}", smtp.mails())).link()
    };
    let (confirm, old) = (find("confirm your new"), find("choose a new password"));
    let handed_out = hand_out(&server, "alice");
    server.clock.advance(1);
    let _ = asks(&server.actor(), "/forgotten-password", "name", "alice").expect(303);
    let newest = (0..smtp.settled(&server)).rev().map(|n| smtp.mail(&server, n));
    let newest = newest.into_iter().find(|mail| mail.subject.contains("choose a new")).unwrap().link();
    assert_ne!(old, newest);
    for link in [&newest, &handed_out] {
        assert_eq!(server.actor().get(link).send().status, 200);
    }
    let form = Page::of(&alice.get(&confirm).send().expect(200)).form("/confirm");
    let _ = alice.submits(&form).expect(303);
    for link in [&old, &newest, &handed_out] {
        assert_eq!(
            server.actor().get(link).send().status,
            404,
            "whoever reads the old address gets in no more"
        );
    }
}

#[test]
fn security_3_50_a_link_for_one_account_does_nothing_for_who_is_signed_in_as_another() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let link_of = |name: &'static str, email: &str| {
        let person = server.actor().named(name);
        let _ = person.signs_in();
        let form = Page::of(&person.get("/settings/email").send().expect(200)).form("/settings/email");
        let _ =
            person.submits(&form.with("email", email).with("password", &server.seed.password)).expect(303);
        let all = || smtp.settled(&server).min(99);
        let mail = (0..all()).map(|n| smtp.mail(&server, n)).find(|mail| mail.to == email);
        mail.unwrap().link()
    };
    let alices = link_of("alice", "alice@new.example");
    let bob = server.actor().named("bob");
    let _ = bob.signs_in();
    let page = Page::of(&bob.get(&alices).send().expect(403));
    assert!(page.forms().is_empty() && !page.html().contains("alice"), "{}", page.html());
    // Even with a form whose token is right.
    let cookie = bob.jar("sid").unwrap();
    let signed_in = portcullis::flows::session::find(&server.node, &cookie);
    let signed_in = server.operator(signed_in).unwrap().unwrap();
    let token = alices.split_once("token=").unwrap().1;
    let address = std::net::IpAddr::from([127, 0, 0, 1]);
    let done = portcullis::flows::email_confirmation::complete(&server.node, &signed_in, token, address);
    assert!(server.operator(done).unwrap().is_err());
    let alice = server.actor();
    let _ = alice.signs_in();
    let words = Page::of(&alice.get("/settings/email").send().expect(200)).words();
    assert!(words.contains("alice@example.com") && !words.contains("new.example"), "{words}");
    let form = Page::of(&alice.get(&alices).send().expect(200)).form("/confirm");
    let _ = alice.submits(&form).expect(303);
}

#[test]
fn rfc5321_4_1_2_every_door_refuses_an_address_that_no_mail_can_be_sent_to() {
    const BAD: &str = "a..b@example.com";
    let smtp = Smtp::start();
    let server = server(&smtp, &[("REGISTRATION", "open")]);
    let (stranger, alice, root) = (server.actor(), server.actor(), server.actor().named("root"));
    let _ = (alice.signs_in(), root.signs_in());
    for (person, path) in [
        (&stranger, "/register"),
        (&alice, "/settings/email"),
        (&root, "/admin/users/new"),
        (&root, "/admin/users/invite"),
    ] {
        let form = Page::of(&person.get(path).send().expect(200)).form(path);
        let form = form.with("email", BAD).with("username", "carol").with("password", &server.seed.password);
        let page = Page::of(&person.submits(&form).expect(400));
        assert!(page.words().contains("No mail can be sent to this address."), "{path}: {}", page.words());
        assert_eq!(page.form(path).value("email"), BAD, "{path}");
    }
    let token = root.logs_in().access;
    let new = serde_json::json!({"username": "carol", "email": BAD});
    let refused = root.post("/api/v1/users").bearer(&token).json(&new).send().expect(400);
    assert!(refused.member("message").contains("no mail can be sent"), "{}", refused.text());
    let new = serde_json::json!({"username": "caro\u{43b}", "email": "carol@example.com"});
    let refused = root.post("/api/v1/users").bearer(&token).json(&new).send().expect(400);
    assert!(refused.member("message").contains("several scripts"), "{}", refused.text());
    assert_eq!(smtp.settled(&server), 0);
}
