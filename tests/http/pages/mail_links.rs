//! Links in mails: 30 minutes, once, and of the configured public URL, whatever a request says of its host (contract §14;
//! security §3, 50, 52). Forgotten passwords: `mail.rs`. The mails arrive at a real SMTP server.

use portcullis::flows::actor::Actor as By;
use portcullis::flows::invitation;
use portcullis::words;

use crate::support::actor::Actor;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;
use crate::support::smtp::{Mail, Smtp};

/// What a request may say of the host it is for; it comes by the proxy that is trusted.
const FORGED: [(&str, &str); 4] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("forwarded", "host=evil.example"),
];
const DAY: i64 = 86_400;

/// A way to get a link by mail.
struct Way {
    /// Where it is asked for.
    asked_at: &'static str,
    /// The page it leads to.
    leads_to: &'static str,
    /// How long it lives, in seconds.
    lives: i64,
}

const WAYS: [Way; 3] = [
    Way { asked_at: "/register", leads_to: "/register", lives: 1800 },
    Way { asked_at: "/settings/email", leads_to: "/confirm", lives: 1800 },
    // Whoever is invited did not ask for it, and may be away.
    Way { asked_at: "/admin/users/invite", leads_to: "/invitation", lives: 7 * DAY },
];

fn server(smtp: &Smtp, registration: &str) -> TestServer {
    let from = ("MAIL_FROM", "Doors <no-reply@doors.example>");
    TestServer::https_with(&[("SMTP_URL", &smtp.url()), from, ("REGISTRATION", registration)])
}

/// Asks for a link with forged headers; who asked, and the mail.
fn asks<'s>(server: &'s TestServer, smtp: &Smtp, way: &Way, number: usize) -> (Actor<'s>, Mail) {
    let person = server.actor().named(if way.asked_at == "/admin/users/invite" { "root" } else { "alice" });
    if way.asked_at != "/register" {
        let _ = person.signs_in();
    }
    let before = smtp.mails().len();
    let address = format!("new{number}@example.com");
    let form = Page::of(&person.get(way.asked_at).headers(&FORGED).send().expect(200)).form(way.asked_at);
    let form = form.with("email", &address).with("password", &server.seed.password);
    let sent = person.post(way.asked_at).headers(&FORGED).form(&form.pairs()).send();
    assert!(matches!(sent.status, 200 | 303), "{}: {}", way.asked_at, sent.text());
    if sent.status == 200 {
        server.secrets.add(Page::of(&sent).control("link").split_once("token=").expect("a token").1);
    }
    // The owner of an account is told at the old address, too.
    let mails = smtp.settled(server);
    let mut came = (before..mails).map(|n| smtp.mail(server, n));
    (person, came.find(|mail| mail.to == address).expect("the mail with the link"))
}

/// The form behind a link, filled in.
fn form(person: &Actor<'_>, way: &Way, link: &str, number: usize) -> Form {
    let form = Page::of(&person.get(link).send().expect(200)).form(way.leads_to);
    if way.leads_to == "/confirm" {
        return form;
    }
    form.with("username", &format!("new{number}")).with("password", "another short sentence")
}

/// Whoever opens it: a new account is made by a stranger, a new address is confirmed by who asked for it.
fn opens<'s>(server: &'s TestServer, asked: Actor<'s>, way: &Way) -> Actor<'s> {
    if way.leads_to == "/confirm" { asked } else { server.actor() }
}

#[test]
fn security_3_50_every_link_in_a_mail_is_of_the_public_url_and_works_once() {
    let smtp = Smtp::start();
    let server = server(&smtp, "open");
    for (number, way) in WAYS.iter().enumerate() {
        let (asked, mail) = asks(&server, &smtp, way, number);
        let begins = format!("{}{}?token=", server.issuer, way.leads_to);
        assert!(mail.link().starts_with(&begins), "{mail:?}");
        assert!(!mail.body.contains("evil.example"), "{mail:?}");
        let person = opens(&server, asked, way);
        // Looking uses nothing up.
        let _ = form(&person, way, &mail.link(), number);
        let form = form(&person, way, &mail.link(), number);
        let done = person.submits(&form).expect(303);
        assert!(done.the_header("location").starts_with('/'), "{}", done.the_header("location"));
        assert_eq!(person.get(&mail.link()).send().status, 404, "{} once", way.leads_to);
        assert_eq!(person.submits(&form).status, 404, "{} once", way.leads_to);
    }
}

#[test]
fn security_3_52_every_link_in_a_mail_ends_in_its_time() {
    let smtp = Smtp::start();
    let server = server(&smtp, "open");
    for (number, way) in WAYS.iter().enumerate() {
        let (asked, mail) = asks(&server, &smtp, way, number);
        let person = opens(&server, asked, way);
        server.clock.advance(way.lives - 1);
        let form = form(&person, way, &mail.link(), number);
        server.clock.advance(1);
        assert_eq!(person.get(&mail.link()).send().status, 404, "{} a second later", way.leads_to);
        assert_eq!(person.submits(&form).status, 404, "{} a second later", way.leads_to);
        let stranger = server.actor();
        let login = Page::of(&stranger.get("/login").send()).form("/login");
        let login = login.with("email", &format!("new{number}@example.com"));
        let tried = stranger.submits(&login.with("password", "another short sentence"));
        assert_eq!(tried.status, 401, "{}: nothing has changed", way.leads_to);
    }
}

#[test]
fn security_3_52_a_second_invitation_ends_the_first() {
    let smtp = Smtp::start();
    let server = server(&smtp, "invitation");
    let links: Vec<String> = (0..2)
        .map(|n| {
            let invited =
                invitation::invite(&server.node, By::Operator, "carol@example.com", words::choose([]));
            let invited = server.operator(invited).unwrap().unwrap_or_else(|refusal| panic!("{refusal}"));
            server.secrets.add(invited.url.split_once("token=").unwrap().1);
            let mail = smtp.mail(&server, n);
            assert_eq!((invited.mailed, mail.link()), (true, invited.url));
            mail.link()
        })
        .collect();
    let person = server.actor();
    assert_eq!([&links[0], &links[1]].map(|link| person.get(link).send().status), [404, 200]);
}
