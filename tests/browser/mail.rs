//! What begins on a page, goes on in a mail and ends on a page: a forgotten password, a new account, another address
//! (security §3, 47–52). The mails arrive at a real SMTP server.

use crate::person::{Person, Variant, walked};
use crate::support::server::TestServer;
use crate::support::smtp::Smtp;
use crate::tab::Tab;
use crate::visits;

/// A password that nobody has yet.
pub const NEW: &str = "nine lighthouses blink slowly";

/// Walks in all four variants, with a server for mail.
fn mailed(settings: &[(&str, &str)], walk: impl Fn(&Person<'_>, &Smtp)) {
    let tab = Tab::open();
    for variant in Variant::ALL {
        let smtp = Smtp::start();
        let url = smtp.url();
        let mut all = vec![("SMTP_URL", url.as_str()), ("MAIL_FROM", "Doors <no-reply@doors.example>")];
        all.extend_from_slice(settings);
        let server = TestServer::with(&all);
        let person = Person::arrives(&server, &tab, variant);
        walk(&person, &smtp);
        visits::kept(&walk);
    }
}

/// Signs in with a password of one's own.
#[track_caller]
pub fn signs_in_with(person: &Person<'_>, name: &str, password: &str) {
    let _ = person.opens("/login");
    person.types("User name or e-mail address", name);
    person.types("Password", password);
    let _ = person.clicks("Sign in");
    person.is_at("/settings");
}

#[test]
fn security_3_50_a_forgotten_password_is_replaced_by_a_link_once() {
    mailed(&[], |person, smtp| {
        let _ = person.opens("/login");
        let _ = person.clicks("Forgotten your password?");
        person.types("User name or e-mail address", "alice");
        let _ = person.clicks("Send me a link");
        person.reads("a mail is on its way");
        let link = smtp.mail(person.server, 0).link();
        let _ = person.opens(&link);
        person.reads("For the account alice.");
        person.types("New password", "short");
        let _ = person.clicks_for(400, "Change password");
        person.types("New password", NEW);
        let _ = person.clicks("Change password");
        person.reads("Your password is changed");
        let _ = person.opens_for(404, &link);
        person.reads("This link does not work any more");
        signs_in_with(person, "alice", NEW);
    });
}

#[test]
fn security_3_50_a_new_password_ends_the_keys_if_one_says_so() {
    mailed(&[], |person, smtp| {
        let (mine, bobs) = (person.server.key("alice", |_| ()), person.server.key("bob", |_| ()));
        let answer =
            |key: &str| person.server.actor().get("/v1/auth/verify").header("x-api-key", key).send().status;
        let _ = person.opens("/forgotten-password");
        person.types("User name or e-mail address", "alice@example.com");
        let _ = person.clicks("Send me a link");
        let _ = person.opens(&smtp.mail(person.server, 0).link());
        assert!(person.is_ticked("Also end all my API keys"), "whoever had the old password may have keys");
        person.ticks("Also end all my API keys");
        person.types("New password", "short");
        let _ = person.clicks_for(400, "Change password");
        assert!(!person.is_ticked("Also end all my API keys"), "what was chosen is kept");
        person.ticks("Also end all my API keys");
        assert_eq!((answer(&mine), answer(&bobs)), (200, 200));
        person.types("New password", NEW);
        let _ = person.clicks("Change password");
        person.reads("Your password is changed");
        assert_eq!((answer(&mine), answer(&bobs)), (401, 200));
        signs_in_with(person, "alice", NEW);
    });
}

#[test]
fn contract_14_somebody_makes_an_account_where_that_is_open() {
    mailed(&[("REGISTRATION", "open")], |person, smtp| {
        let _ = person.opens("/login");
        let _ = person.clicks("Make an account");
        person.types("E-mail address", "grace@example.com");
        let _ = person.clicks("Send me the link");
        person.reads("A mail is on its way");
        let _ = person.opens(&smtp.mail(person.server, 0).link());
        person.reads("grace@example.com");
        person.types("User name", "alice");
        person.types("Password", NEW);
        let _ = person.clicks_for(400, "Make my account");
        person.reads("Somebody has this user name.");
        assert_eq!((person.value("User name").as_str(), person.value("Password").as_str()), ("alice", ""));
        person.types("User name", "grace");
        person.types("Password", NEW);
        let _ = person.clicks("Make my account");
        person.reads("Your account is made");
        signs_in_with(person, "grace", NEW);
    });
}

#[test]
fn security_3_51_a_new_address_counts_once_it_is_confirmed() {
    mailed(&[], |person, smtp| {
        person.signs_in_as("alice");
        let _ = person.opens("/settings/email");
        person.types("E-mail address", "al@example.org");
        person.types("Your password", "wrong horse battery");
        let _ = person.clicks_for(403, "Send the link");
        person.reads("The password is wrong.");
        assert_eq!(person.value("E-mail address"), "al@example.org");
        person.types("Your password", &person.server.seed.password);
        let _ = person.clicks("Send the link");
        person.reads("A mail is on its way to that address.");
        person.reads("alice@example.com");
        // One tells the owner at the address there is, the other has the link.
        let both = [smtp.mail(person.server, 0), smtp.mail(person.server, 1)];
        let link = both.iter().find(|mail| mail.to == "al@example.org").expect("a mail there").link();
        let _ = person.opens(&link);
        let _ = person.clicks("Use al@example.org");
        person.reads("Your e-mail address is confirmed");
        let _ = person.opens("/settings/email");
        person.reads("al@example.org");
    });
}

#[test]
fn contract_14_an_invitation_leads_to_an_account() {
    mailed(&[("REGISTRATION", "invitation")], |person, smtp| {
        let words = portcullis::words::choose([]);
        let by = portcullis::flows::actor::Actor::Operator;
        let invite = portcullis::flows::invitation::invite(&person.server.node, by, "ida@example.com", words);
        assert!(person.server.operator(invite).unwrap().is_ok());
        let _ = person.opens("/register");
        person.reads("Accounts are made by invitation here.");
        let _ = person.opens(&smtp.mail(person.server, 0).link());
        person.types("User name", "ida");
        person.types("Password", NEW);
        let _ = person.clicks("Make my account");
        signs_in_with(person, "ida", NEW);
    });
}

#[test]
fn security_48_without_mail_the_pages_say_whom_to_ask() {
    walked(|person| {
        let _ = person.opens("/forgotten-password");
        person.reads("Ask the administrator");
        let _ = person.opens("/register");
        person.reads("Accounts are made by the administrator here.");
        let _ = person.opens_for(404, "/reset-password?token=prl_gone");
        let _ = person.opens_for(404, "/invitation?token=prl_gone");
        person.signs_in_as("alice");
        let _ = person.opens_for(404, "/confirm?token=prl_gone");
        let _ = person.opens("/settings/email");
        person.reads("so your address cannot be changed.");
    });
}
