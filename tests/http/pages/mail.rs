//! Pages that end in a mail, and mails that lead to a page: forgotten passwords, registration, invitations, another address
//! (contract §14; security §3, 47–52, §4.6, §4.8; decision 0011). The mails arrive at a real SMTP server.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use portcullis::flows::actor::Actor as By;
use portcullis::flows::{health, invitation, password_reset};
use portcullis::words;

use crate::support::actor::Actor;
use crate::support::exchange::Reply;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;
use crate::support::smtp::{Mail, Smtp};

const NEW: &str = "another short sentence";
/// What a request may say of the host it is for. The server's own is another (`https_with`), so that a link made of any shows.
const FORGED: [(&str, &str); 3] =
    [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
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

fn forgets(person: &Actor<'_>, name: &str) -> Reply {
    asks(person, "/forgotten-password", "name", name)
}

#[track_caller]
fn form_at(person: &Actor<'_>, link: &str, action: &str) -> Form {
    Page::of(&person.get(link).send().expect(200)).form(action)
}

#[track_caller]
fn signs_in_with(server: &TestServer, name: &str, password: &str) -> u16 {
    let person = server.actor();
    let form = Page::of(&person.get("/login").send()).form("/login");
    person.submits(&form.with("email", name).with("password", password)).status
}

#[test]
fn security_3_50_a_forgotten_password_is_replaced_by_the_link_in_a_mail_once() {
    let smtp = Smtp::start();
    let server = TestServer::https_with(&[("SMTP_URL", &smtp.url()), FROM]);
    let (person, elsewhere) = (server.actor(), server.actor());
    let tokens = elsewhere.logs_in();
    assert!(Page::of(&person.get("/login").send()).links().contains(&"/forgotten-password".to_owned()));
    // What a request says of its host makes no link.
    let form = Page::of(&person.get("/forgotten-password").send()).form("/forgotten-password");
    let form = form.with("name", "Alice");
    let asked = person.post("/forgotten-password").headers(&FORGED).form(&form.pairs()).send().expect(303);
    assert_eq!(asked.the_header("location"), "/forgotten-password?done=asked");
    let mail = smtp.mail(&server, 0);
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("alice@example.com", "Portcullis: choose a new password")
    );
    assert_eq!(mail.headers["from"], "Doors <no-reply@doors.example>");
    assert_eq!(mail.headers["auto-submitted"], "auto-generated");
    assert!(mail.link().starts_with(&format!("{}/reset-password?token=pal_", server.issuer)), "{mail:?}");
    // Looking uses nothing up; nor does a password that is refused.
    for _ in 0..2 {
        let _ = form_at(&person, &mail.link(), "/reset-password");
    }
    let form = form_at(&person, &mail.link(), "/reset-password");
    let refused = person.submits(&form.clone().with("password", "short")).expect(400);
    assert!(Page::of(&refused).html().contains("password-fault"));
    assert!(elsewhere.is_believed(&tokens.access));
    let done = person.submits(&form.clone().with("password", NEW)).expect(303);
    assert_eq!(done.the_header("location"), "/reset-password?done=changed");
    let _ = person.get("/reset-password?done=changed").send().expect(200);
    assert!(!elsewhere.is_believed(&tokens.access), "everything from before is over");
    assert_eq!(signs_in_with(&server, "alice", &server.seed.password), 401);
    assert_eq!(signs_in_with(&server, "alice", NEW), 303);
    // The link is used up, and the owner is told.
    assert_eq!(person.submits(&form.with("password", "yet another sentence")).status, 404);
    assert_eq!(person.get(&mail.link()).send().status, 404);
    let told = smtp.mail(&server, 1);
    assert_eq!(
        (told.to.as_str(), told.subject.as_str()),
        ("alice@example.com", "Portcullis: your password was changed")
    );
    assert_eq!(smtp.settled(&server), 2);
    assert!(!told.body.contains("token="));
}

#[test]
fn security_3_52_a_link_lives_30_minutes_and_only_the_newest_one_works() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let person = server.actor();
    let _ = forgets(&person, "alice").expect(303);
    let first = smtp.mail(&server, 0).link();
    let _ = forgets(&person, "alice@example.com").expect(303);
    let second = smtp.mail(&server, 1).link();
    assert_eq!(person.get(&first).send().status, 404, "a newer one was sent");
    server.clock.advance(1799);
    let form = form_at(&person, &second, "/reset-password").with("password", NEW);
    server.clock.advance(1);
    assert_eq!(person.get(&second).send().status, 404);
    assert_eq!(person.submits(&form).status, 404);
    assert_eq!(signs_in_with(&server, "alice", &server.seed.password), 303, "nothing has changed");
}

/// An answer without what differs between any two: the time, the request's id, drawn values.
fn plain(reply: &Reply) -> String {
    let mut lines: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    format!("{}\n{}\n{}", reply.status, lines.join("\n"), reply.text())
}

#[test]
fn security_3_48_nobody_learns_who_has_an_account_byte_for_byte() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[("REGISTRATION", "open")]);
    for (path, field, names, mails) in [
        // Known, unknown, switched off, without a password.
        ("/forgotten-password", "name", vec!["alice", "nobody", "dave", "erin", "a@b@c"], 2),
        ("/register", "email", vec!["alice@example.com", "new@example.com", "dave@example.com"], 2),
    ] {
        let before = smtp.mails().len();
        let mut answers = Vec::new();
        for name in names {
            let person = server.actor();
            let asked = asks(&person, path, field, name);
            let next = person.get(asked.the_header("location")).send();
            answers.push((name, plain(&asked), plain(&next)));
        }
        let (_, asked, next) = answers[0].clone();
        assert!(asked.starts_with("303\n") && next.starts_with("200\n"), "{asked}\n{next}");
        for (name, own, then) in answers {
            assert_eq!((own, then), (asked.clone(), next.clone()), "{path} {name}");
        }
        assert_eq!(smtp.settled(&server) - before, mails, "{path}");
    }
}

#[test]
fn security_3_47_mails_are_slowed_by_who_asks_and_by_who_gets_them() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    // One recipient: the answers stay the same, the mails stop.
    let person = server.actor();
    for _ in 0..8 {
        let _ = forgets(&person, "alice").expect(303);
    }
    assert_eq!(smtp.settled(&server), 4);
    // One sender: told to wait, whoever is asked for.
    let refused = (0..40).map(|n| forgets(&person, &format!("nobody{n}"))).find(|reply| reply.status != 303);
    let refused = refused.expect("one that is refused").expect(429);
    assert!(refused.the_header("retry-after").parse::<i64>().unwrap() > 0);
    server.clock.advance(3600);
    let _ = forgets(&person, "alice").expect(303);
    assert_eq!(smtp.settled(&server), 5);
}

#[test]
fn contract_14_whoever_reads_mail_at_an_address_makes_an_account_where_registration_is_open() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[("REGISTRATION", "open"), ("BRAND", "Doors")]);
    let person = server.actor();
    assert!(Page::of(&person.get("/").send()).links().contains(&"/register".to_owned()));
    let _ = asks(&person, "/register", "email", "not an address").expect(400);
    let form = Page::of(&person.get("/register").send()).form("/register").with("email", "Eve@Example.com");
    let asked = person.post("/register").header("accept-language", "de").form(&form.pairs()).send();
    assert_eq!(asked.expect(303).the_header("location"), "/register?done=asked");
    let mail = smtp.mail(&server, 0);
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("Eve@Example.com", "Doors: Konto fertig einrichten")
    );
    // Nothing is stored under the address until the link was opened.
    assert_eq!(signs_in_with(&server, "eve@example.com", NEW), 401);
    let form = form_at(&person, &mail.link(), "/register");
    for (username, fault) in
        [("alice", "Somebody has"), ("e:ve", "colon"), ("e ve", "spaces"), ("", "1 to 254")]
    {
        let reply =
            person.submits(&form.clone().with("username", username).with("password", NEW)).expect(400);
        let page = Page::of(&reply);
        assert!(page.words().contains(fault), "{username}: {}", page.words());
        assert_eq!(page.form("/register").value("username"), username, "what was typed is kept");
        assert!(!page.html().contains(NEW), "but no password");
    }
    let form = form.with("username", "eve").with("password", NEW);
    assert_eq!(person.submits(&form).expect(303).the_header("location"), "/invitation?done=made");
    let _ = person.get("/invitation?done=made").send().expect(200);
    assert_eq!(person.submits(&form).status, 404, "once");
    assert_eq!(signs_in_with(&server, "eve@example.com", NEW), 303);
    let eve = server.actor();
    let login = Page::of(&eve.get("/login").send()).form("/login");
    let _ = eve.submits(&login.with("email", "eve").with("password", NEW)).expect(303);
    assert!(Page::of(&eve.get("/settings/email").send().expect(200)).words().contains("· confirmed"));
    // Whoever has an account is told so by mail, and gets no link that makes one.
    let _ = asks(&person, "/register", "email", "eve@example.com").expect(303);
    let known = smtp.mail(&server, 1);
    assert_eq!(known.subject, "Doors: you have an account already");
    assert!(!known.body.contains("token="));
}

#[test]
fn contract_14_registration_is_closed_unless_configured() {
    let smtp = Smtp::start();
    for (server, words) in [
        (TestServer::start(), "made by the administrator"),
        (server(&smtp, &[]), "made by the administrator"),
        (server(&smtp, &[("REGISTRATION", "invitation")]), "by invitation"),
    ] {
        let person = server.actor();
        let page = Page::of(&person.get("/register").send().expect(200));
        assert!(page.words().contains(words) && page.forms().is_empty(), "{}", page.words());
        assert!(!Page::of(&person.get("/login").send()).links().contains(&"/register".to_owned()));
        // A form of some other day.
        let token = Page::of(&person.get("/login").send()).form("/login").value("csrf_token").to_owned();
        let fields = [("csrf_token", token.as_str()), ("email", "eve@example.com")];
        let _ = person.post("/register").form(&fields).send().expect(403);
        assert_eq!(smtp.settled(&server), 0);
    }
}

#[test]
fn contract_14_an_invitation_makes_an_account_without_mail_too() {
    let server = TestServer::with(&[("REGISTRATION", "invitation")]);
    let invite = |email: &str| {
        server.operator(invitation::invite(&server.node, By::Operator, email, words::choose([]))).unwrap()
    };
    assert!(invite("alice@example.com").is_err() && invite("nonsense").is_err());
    let first = invite("eve@example.com").unwrap_or_else(|refusal| panic!("{refusal}"));
    let second = invite("eve@example.com").unwrap_or_else(|refusal| panic!("{refusal}"));
    let token = |url: &str| server.secrets.add(url.split_once("token=").unwrap().1);
    token(&first.url);
    token(&second.url);
    assert!(!second.mailed && second.url.starts_with(&format!("{}/invitation?token=", server.issuer)));
    let person = server.actor();
    assert_eq!(person.get(&first.url).send().status, 404, "replaced");
    server.clock.advance(7 * 86_400 - 1);
    let form = form_at(&person, &second.url, "/invitation").with("username", "eve").with("password", NEW);
    // A link of one kind is none of another.
    let other = second.url.replace("/invitation", "/reset-password");
    assert_eq!(person.get(&other).send().status, 404);
    let _ = person.submits(&form).expect(303);
    assert_eq!(signs_in_with(&server, "eve", NEW), 303);
    let closed = TestServer::start();
    let refused =
        closed.operator(invitation::invite(&closed.node, By::Operator, "eve@example.com", words::choose([])));
    assert!(refused.unwrap().is_err());
}

#[test]
fn security_3_52_an_administrator_hands_out_a_link_where_no_mail_is_sent() {
    let server = TestServer::start();
    let person = server.actor();
    let page = Page::of(&person.get("/forgotten-password").send().expect(200));
    assert!(page.words().contains("Ask the administrator") && page.forms().is_empty());
    assert!(
        Page::of(&person.get("/login").send()).links().contains(&"/forgotten-password".to_owned()),
        "whom to ask"
    );
    let hand_out = |name: &str| {
        let id = server.id_of(name);
        server.operator(password_reset::link_for(&server.node, By::Operator, id)).unwrap()
    };
    assert!(hand_out("dave").is_err(), "switched off");
    let link = hand_out("alice").unwrap_or_else(|refusal| panic!("{refusal}")).url;
    server.secrets.add(link.split_once("token=").unwrap().1);
    server.clock.advance(86_399);
    let form = form_at(&person, &link, "/reset-password").with("password", NEW);
    let _ = person.submits(&form).expect(303);
    assert_eq!(signs_in_with(&server, "alice", NEW), 303);
    assert_eq!(person.get(&link).send().status, 404);
}

#[test]
fn security_3_50_a_link_that_an_administrator_hands_out_is_of_the_public_url_whatever_the_request_says() {
    let server = TestServer::https_with(&[("REGISTRATION", "invitation")]);
    let root = server.actor().named("root");
    let _ = root.signs_in();
    for (path, (name, value), page) in [
        (format!("/admin/users/{}/password-link", server.id_of("alice")), ("a", "b"), "/reset-password"),
        ("/admin/users/invite".to_owned(), ("email", "carol@example.com"), "/invitation"),
    ] {
        let form = Page::of(&root.get(&path).headers(&FORGED).send().expect(200)).form(&path);
        let form = form.with(name, value);
        let link = Page::of(&root.post(&path).headers(&FORGED).form(&form.pairs()).send().expect(200))
            .control("link");
        server.secrets.add(link.split_once("token=").expect("a token").1);
        assert!(link.starts_with(&format!("{}{page}?token=", server.issuer)), "{link}");
        let _ = server.actor().get(&link).send().expect(200);
    }
}

#[test]
fn contract_14_the_address_that_an_account_has_can_be_confirmed() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let alice = server.actor();
    let _ = alice.signs_in();
    let page = Page::of(&alice.get("/settings/email").send().expect(200));
    assert!(page.words().contains("alice@example.com · not confirmed"), "{}", page.words());
    let form = page.form("/settings/email").with("password", &server.seed.password);
    let _ = alice.submits(&form.with("email", "alice@example.com")).expect(303);
    let mail = smtp.mail(&server, 0);
    assert_eq!(mail.to, "alice@example.com");
    let _ = alice.submits(&form_at(&alice, &mail.link(), "/confirm")).expect(303);
    let page = Page::of(&alice.get("/settings/email").send());
    assert!(page.words().contains("alice@example.com · confirmed"), "{}", page.words());
    // Nothing changed, so nobody is warned: the next mail is of what does.
    let form = page.form("/settings/email").with("password", &server.seed.password);
    let _ = alice.submits(&form.with("email", "alice@new.example")).expect(303);
    let next = smtp.mail(&server, 1);
    assert!(next.to == "alice@new.example" || next.body.contains("alice@new.example"), "{next:?}");
}

#[test]
fn security_3_50_another_address_takes_the_password_and_a_link_and_the_old_one_is_told() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let alice = server.actor();
    assert_eq!(
        alice.get("/settings/email").send().expect(303).the_header("location").split('?').next(),
        Some("/login")
    );
    let _ = alice.signs_in();
    let form = Page::of(&alice.get("/settings/email").send().expect(200)).form("/settings/email");
    let form = form.with("email", "alice@new.example").with("password", "wrong horse battery");
    let refused = alice.submits(&form).expect(403);
    assert!(Page::of(&refused).words().contains("The password is wrong"));
    assert_eq!(Page::of(&refused).form("/settings/email").value("email"), "alice@new.example");
    let form = form.with("password", &server.seed.password).anew(&refused);
    // Somebody else's address: told there, and only there.
    let taken = alice.submits(&form.clone().with("email", "bob@example.com")).expect(303);
    let form = form.anew(&alice.get("/settings/email").send());
    let free = alice.submits(&form).expect(303);
    assert_eq!(plain(&taken), plain(&free));
    // Each time the owner is told where mail has gone so far.
    let _ = smtp.mail(&server, 3);
    let to =
        |who: &str| (0..4).map(|n| smtp.mail(&server, n)).filter(|mail| mail.to == who).collect::<Vec<_>>();
    assert_eq!(to("alice@example.com").len(), 2);
    let (known, link) = (&to("bob@example.com")[0], &to("alice@new.example")[0]);
    assert_eq!((known.to.as_str(), known.body.contains("token=")), ("bob@example.com", false));
    assert_eq!(link.to, "alice@new.example");
    // Only the account that asked may use it.
    let stranger = server.actor();
    assert!(stranger.get(&link.link()).send().expect(303).the_header("location").starts_with("/login?"));
    let bob = server.actor().named("bob");
    let _ = bob.signs_in();
    let _ = bob.get(&link.link()).send().expect(403);
    let form = form_at(&alice, &link.link(), "/confirm");
    assert!(Page::of(&alice.get("/settings/email").send()).words().contains("alice@example.com"));
    let _ = alice.submits(&form).expect(303);
    assert_eq!(alice.submits(&form).status, 404, "once");
    let page = Page::of(&alice.get("/settings/email").send());
    assert!(page.words().contains("alice@new.example · confirmed"));
    let form = page.form("/settings/email").with("password", &server.seed.password);
    let same = alice.submits(&form.with("email", "alice@new.example")).expect(400);
    assert!(Page::of(&same).html().contains("email-fault"));
    let told = smtp.mail(&server, 4);
    assert_eq!(
        (told.to.as_str(), told.subject.as_str()),
        ("alice@example.com", "Portcullis: your e-mail address was changed")
    );
    assert_eq!(signs_in_with(&server, "alice@new.example", &server.seed.password), 303);
    assert_eq!(signs_in_with(&server, "alice@example.com", &server.seed.password), 401);
}

#[test]
fn security_4_6_every_form_of_these_pages_is_the_browsers_own() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[("REGISTRATION", "open")]);
    let person = server.actor();
    let _ = forgets(&person, "alice").expect(303);
    let reset = smtp.mail(&server, 0).link();
    let _ = asks(&person, "/register", "email", "eve@example.com").expect(303);
    let join = smtp.mail(&server, 1).link();
    let bob = server.actor().named("bob");
    let _ = bob.signs_in();
    let form = Page::of(&bob.get("/settings/email").send()).form("/settings/email");
    let form = form.with("email", "bob@new.example").with("password", &server.seed.password);
    let _ = bob.submits(&form).expect(303);
    let _ = smtp.mail(&server, 3);
    let confirm =
        (2..4).map(|n| smtp.mail(&server, n)).find(|mail| mail.to == "bob@new.example").unwrap().link();
    let foreign = Page::of(&server.actor().get("/forgotten-password").send()).form("/forgotten-password");
    let foreign = foreign.value("csrf_token").to_owned();
    let other = Page::of(&person.get("/login").send()).form("/login").value("csrf_token").to_owned();
    for (actor, page, action, fields) in [
        (&bob, confirm.as_str(), "/confirm", [("a", "b"), ("c", "d")]),
        (
            &bob,
            "/settings/email",
            "/settings/email",
            [("email", "z@z.zz"), ("password", &server.seed.password)],
        ),
        (&person, reset.as_str(), "/reset-password", [("password", NEW), ("a", "b")]),
        (&person, join.as_str(), "/register", [("password", NEW), ("username", "eve")]),
        (&person, "/forgotten-password", "/forgotten-password", [("name", "nobody"), ("a", "b")]),
        (&person, "/register", "/register", [("email", "x@example.com"), ("a", "b")]),
    ] {
        let form = Page::of(&actor.get(page).send().expect(200)).form(action);
        let form = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
        for (name, form) in [
            ("none", form.clone().without("csrf_token")),
            ("another browser's", form.clone().with("csrf_token", &foreign)),
            ("another form's", form.clone().with("csrf_token", &other)),
        ] {
            assert_eq!(actor.submits(&form).status, 403, "{page}: {name}");
        }
        let evil = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        let reply = actor.post(action).headers(&evil).form(&form.pairs()).send();
        assert_eq!(reply.status, 403, "{page}: from another site");
        let late = actor.submits(&form);
        assert!(late.status == 303, "{page}: the good one: {}", late.text());
    }
    // A form that lay open for too long comes back, with what was typed.
    let form = Page::of(&person.get("/forgotten-password").send()).form("/forgotten-password");
    server.clock.advance(3601);
    let late = person.submits(&form.with("name", "alice")).expect(403);
    let again = Page::of(&late).form("/forgotten-password");
    assert_eq!(again.value("name"), "alice");
    let _ = person.submits(&again).expect(303);
}

#[test]
fn a_mail_waits_for_a_server_that_is_down() {
    let mut smtp = Smtp::at_a_free_port();
    let server = server(&smtp, &[]);
    let asked = Instant::now();
    let _ = forgets(&server.actor(), "alice").expect(303);
    assert!(asked.elapsed() < Duration::from_secs(5), "nobody waits for mail");
    wait_for_an_attempt(&server);
    smtp.begin();
    assert_eq!(smtp.mails().len(), 0);
    server.clock.advance(60);
    let mail = smtp.mail(&server, 0);
    let _ = form_at(&server.actor(), &mail.link(), "/reset-password");
    assert_eq!(smtp.settled(&server), 1);
}

#[test]
fn rfc3207_no_mail_goes_in_the_clear_to_a_server_that_is_not_this_machine() {
    let smtp = Smtp::start();
    let url = smtp.url_elsewhere();
    let server = TestServer::with(&[("SMTP_URL", &url), FROM]);
    let _ = forgets(&server.actor(), "alice").expect(303);
    wait_for_an_attempt(&server);
    assert_eq!(smtp.mails().len(), 0, "a server without STARTTLS");
}

#[test]
fn rfc5321_4_2_1_only_a_mailbox_that_there_is_not_is_given_up() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[("REGISTRATION", "open")]);
    let given_up = || server.operator(health::look(&server.node)).unwrap().mails_given_up;
    for gone in ["nobody-here@example.com", "strange-here@example.com"] {
        let _ = asks(&server.actor(), "/register", "email", gone).expect(303);
    }
    let _ = asks(&server.actor(), "/register", "email", "eve@example.com").expect(303);
    assert_eq!(smtp.mail(&server, 0).to, "eve@example.com");
    assert_eq!((smtp.settled(&server), given_up()), (1, 2));
    // Full, for a while or until somebody clears it; what is held against us; what a filter says of the text.
    let others = ["full-here", "overfull-here", "refused-here", "disliked-here"];
    for other in others {
        let _ = asks(&server.actor(), "/register", "email", &format!("{other}@example.com")).expect(303);
    }
    wait_for_attempts(&server, others.len());
    assert_eq!((smtp.mails().len(), given_up()), (1, 2));
}

#[test]
fn rfc5321_3_1_a_server_that_greets_with_554_is_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Whoever asks may be gone.
            let _ = stream.and_then(|mut stream| stream.write_all(b"554 no SMTP here\r\n"));
        }
    });
    let server = TestServer::with(&[("SMTP_URL", &url), FROM]);
    let _ = forgets(&server.actor(), "alice").expect(303);
    wait_for_an_attempt(&server);
}

#[test]
fn contract_9_the_owner_of_a_leaked_key_is_told() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    let key = server.key("alice", |key| key.name = "laptop".to_owned());
    let report = serde_json::json!({ "key": key });
    let _ = server.actor().post("/api/v1/keys/report-leaked").json(&report).send().expect(204);
    let mail: Mail = smtp.mail(&server, 0);
    assert_eq!(mail.to, "alice@example.com");
    assert!(mail.body.contains(&key[26..]) && !mail.body.contains(&key), "{mail:?}");
    assert!(!mail.body.contains("laptop"), "what it is called is not told: {mail:?}");
    let _ = server.actor().post("/api/v1/keys/report-leaked").json(&report).send().expect(204);
    assert_eq!(smtp.settled(&server), 1, "told once");
}

#[test]
fn security_3_47_who_reports_many_leaked_keys_floods_nobody() {
    let smtp = Smtp::start();
    let server = server(&smtp, &[]);
    for _ in 0..12 {
        let key = server.key("alice", |_| {});
        let report = serde_json::json!({ "key": key });
        let _ = server.actor().post("/api/v1/keys/report-leaked").json(&report).send().expect(204);
        assert_eq!(server.actor().get("/v1/auth/verify").header("x-api-key", &key).send().status, 401);
    }
    assert_eq!(smtp.settled(&server), 10);
}

fn wait_for_an_attempt(server: &TestServer) {
    wait_for_attempts(server, 1);
}

/// Until so many mails were tried, and wait to be tried again. What they were asked for by is much shorter.
fn wait_for_attempts(server: &TestServer, mails: usize) {
    let later = server.clock.now().plus_seconds(86_400);
    let begun = Instant::now();
    loop {
        let due = server.node.db.read(move |c| portcullis::storage::mail::due(c, later, 10));
        let due = server.operator(due).unwrap();
        let tried = due.iter().filter(|mail| mail.attempts > 0 && mail.sealed.len() > 300).count();
        if tried >= mails {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{tried} attempts");
        std::thread::sleep(Duration::from_millis(50));
    }
}
