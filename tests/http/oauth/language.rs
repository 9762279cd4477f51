//! The language that an application asks for holds on every page of the way (OpenID Connect Core §3.1.2.1, `ui_locales`),
//! whatever the browser prefers, and however the request came.

use portcullis::crypto::signing_keys::SigningAlgorithm;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::json;

use super::device::begins;
use super::par::{brings, pushes};
use super::request_object::{Signer, carries};
use crate::support::actor::{Actor, Answer, asks};
use crate::support::exchange::Reply;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;
use crate::support::smtp::Smtp;

const ENGLISH: (&str, &str) = ("accept-language", "en-GB,en;q=0.9");
const MAIL: (&str, &str) = ("MAIL_FROM", "Doors <no-reply@doors.example>");
const WISH: (&str, &str) = ("ui_locales", "tlh de-AT en");

/// A browser that prefers English, and a person who is answered in German.
struct Way<'s>(&'s Actor<'s>);

impl<'s> Way<'s> {
    /// Goes to an address, and on until something is asked.
    #[track_caller]
    fn goes(&self, path: &str) -> Result<Reply, Answer> {
        self.on(self.0.get(path).header(ENGLISH.0, ENGLISH.1).send())
    }

    /// Sends a form, and goes on until something is asked.
    #[track_caller]
    fn sends(&self, form: &Form) -> Result<Reply, Answer> {
        let origin = self.0.server.issuer.clone();
        let headers = [ENGLISH, ("sec-fetch-site", "same-origin"), ("origin", origin.as_str())];
        self.on(self.0.post(&form.action).headers(&headers).form(&form.pairs()).send())
    }

    /// The page that a form is answered with.
    #[track_caller]
    fn answers(&self, form: &Form, status: u16) -> Page {
        let reply = self.sends(form).unwrap_or_else(|answer| panic!("off to {}", answer.url));
        Page::of(&reply.expect(status))
    }

    #[track_caller]
    fn sees(&self, path: &str) -> Page {
        let reply = self.goes(path).unwrap_or_else(|answer| panic!("off to {}", answer.url));
        Page::of(&reply.expect(200))
    }

    /// Each page on the way is German.
    #[track_caller]
    fn on(&self, mut reply: Reply) -> Result<Reply, Answer> {
        for _ in 0..10 {
            let to = if reply.status == 303 {
                reply.the_header("location").to_owned()
            } else {
                let page = Page::of(&reply);
                assert!(page.html().contains("<html lang=\"de\">"), "{}: {}", reply.asked, page.html());
                let Some(to) = page.moves_on_to() else { return Ok(reply) };
                to
            };
            if !to.starts_with('/') {
                return Err(self.0.follows(reply).err().expect("a way to the client"));
            }
            reply = self.0.get(&to).header(ENGLISH.0, ENGLISH.1).send();
        }
        panic!("{}: ten redirects", reply.asked)
    }

    /// From the sign-in page to the client, with every fault that can be mended on the way.
    #[track_caller]
    fn walks(&self, start: Result<Reply, Answer>) -> Answer {
        let start = start.unwrap_or_else(|answer| panic!("off to {}", answer.url));
        let sign_in = Page::of(&start.expect(200));
        for link in sign_in.links().iter().filter(|link| !link.starts_with('#')) {
            let page = self.sees(link);
            for on in page.links().iter().filter(|link| link.starts_with("/login")) {
                let _ = self.sees(on);
            }
        }
        let named = sign_in.form("/login").with("email", "alice");
        let late = self.answers(&named.clone().with("csrf_token", "x"), 403);
        let wrong = self.answers(&late.form("/login").with("email", "alice").with("password", "wrong"), 401);
        let password = &self.0.server.seed.password;
        let right = wrong.form("/login").with("email", "alice").with("password", password);
        let question = self.answers(&right, 200).form("/consent");
        let _ = self.answers(&question, 400);
        let late = self.answers(&question.clone().with("csrf_token", "x").with("decision", "allow"), 403);
        let question = late.form("/consent").with("decision", "allow");
        self.sends(&question).map(|page| page.asked).expect_err("an answer to the client")
    }
}

#[test]
fn oidc_core_3_1_2_1_ui_locales_hold_from_the_sign_in_page_to_the_answer() {
    let smtp = Smtp::start();
    let server = TestServer::with(&[("REGISTRATION", "open"), ("SMTP_URL", &smtp.url()), MAIL]);
    let (person, posted) = (server.actor(), server.actor());
    let query = asks("web", &[WISH]);
    let way = Way(&person);
    let answer = way.walks(way.goes(&format!("/oauth/authorize?{query}")));
    assert!(!answer.code().is_empty());
    // Who is asked again is asked on the page that answers the POST.
    let query = asks("web", &[WISH, ("prompt", "consent")]);
    let way = Way(&posted);
    let form = "application/x-www-form-urlencoded";
    let reply = posted.post("/oauth/authorize").header(ENGLISH.0, ENGLISH.1).body(form, query.as_bytes());
    assert!(!way.walks(way.on(reply.send())).code().is_empty());
    let reply = posted.post("/oauth/authorize").header(ENGLISH.0, ENGLISH.1).body(form, query.as_bytes());
    let _ = way.on(reply.send()).map(|reply| Page::of(&reply).form("/consent"));
}

#[test]
fn oidc_core_3_1_2_1_ui_locales_of_a_pushed_request_hold_as_long() {
    let server = TestServer::start();
    let person = server.actor();
    let way = Way(&person);
    let pushed = brings("web", &pushes(&server, "web", &[WISH]).expect(201));
    assert!(!way.walks(way.goes(&format!("/oauth/authorize?{pushed}&ui_locales=en"))).code().is_empty());
    // Who is signed in, and was asked before: the page with the form that goes to the client.
    let form = [WISH, ("response_mode", "form_post")];
    let pushed = brings("web", &pushes(&server, "web", &form).expect(201));
    let sent = way.goes(&format!("/oauth/authorize?{pushed}")).expect("a page").expect(200);
    assert!(sent.text().contains("data-sends-itself"), "{}", sent.text());
    // The question alone.
    let again = [WISH, ("prompt", "consent")];
    let pushed = brings("web", &pushes(&server, "web", &again).expect(201));
    let question =
        Page::of(&way.goes(&format!("/oauth/authorize?{pushed}")).expect("a page")).form("/consent");
    let sent = way.sends(&question.with("decision", "deny")).map(|page| page.asked);
    assert_eq!(sent.expect_err("an answer to the client").error(), "access_denied");
}

#[test]
fn oidc_core_3_1_2_1_ui_locales_of_a_request_object_hold_as_long() {
    let server = TestServer::start();
    let web = Signer::registered(&server, SigningAlgorithm::Es256, ClientMetadata::default());
    let person = server.actor();
    let way = Way(&person);
    let object = web.signs(&json!({ "ui_locales": WISH.1 }));
    let query = carries(&object, &[("ui_locales", "en")]);
    assert!(!way.walks(way.goes(&format!("/oauth/authorize?{query}"))).code().is_empty());
}

#[test]
fn oidc_core_3_1_2_1_ui_locales_win_against_the_browser_and_what_is_not_spoken_does_not() {
    let server = TestServer::start();
    for (wished, said) in [("en", "en"), ("fr tlh", "de"), (&"x ".repeat(200), "de"), ("DE_ch", "de")] {
        let pushed = pushes(&server, "web", &[("ui_locales", wished)]).expect(201);
        for query in [asks("web", &[("ui_locales", wished)]), brings("web", &pushed)] {
            let person = server.actor();
            let reply = person.get(&format!("/oauth/authorize?{query}")).send().expect(303);
            let page = person.get(reply.the_header("location")).header("accept-language", "de").send();
            assert!(page.expect(200).text().contains(&format!("<html lang=\"{said}\">")), "{query}");
        }
    }
}

#[test]
fn rfc8628_3_3_the_language_of_the_address_holds_until_the_device_is_connected() {
    let server = TestServer::start();
    let person = server.actor();
    let way = Way(&person);
    let sign_in = way.sees("/device?ui_locales=de").form("/login");
    let sign_in = sign_in.with("email", "alice").with("password", &server.seed.password);
    let entry = way.answers(&sign_in, 200).form("/device");
    let wrong = way.answers(&entry.with("user_code", "BBBB-BBBB"), 400).form("/device");
    let codes = begins(&server.app("tv"), "read");
    let shown = way.answers(&wrong.with("user_code", &codes.user), 200);
    let switch = shown.links().into_iter().find(|link| link.starts_with("/login")).expect("a way to switch");
    let _ = way.sees(&switch);
    let question = shown.form("/device/decision");
    let _ = way.answers(&question, 400);
    let late = way.answers(&question.with("decision", "allow").with("csrf_token", "x"), 403);
    let again = way.answers(&late.form("/device").with("user_code", &codes.user), 200);
    let done = way.answers(&again.form("/device/decision").with("decision", "allow"), 200);
    assert!(done.forms().is_empty(), "{}", done.html());
}

#[test]
fn oidc_rpinitiated_2_ui_locales_hold_until_somebody_is_signed_out() {
    let server = TestServer::start();
    let person = server.actor();
    let _ = person.signs_in();
    let way = Way(&person);
    let question = way.sees("/oauth/logout?ui_locales=de").form("/logout");
    let late = way.answers(&question.with("csrf_token", "x"), 403);
    let gone = way.answers(&late.form("/logout"), 200);
    for link in gone.links().iter().filter(|link| link.starts_with('/')) {
        let _ = way.sees(link);
    }
    let posted =
        person.post("/oauth/logout").header(ENGLISH.0, ENGLISH.1).form(&[("ui_locales", "de")]).send();
    let _ = way.on(posted).map(|reply| reply.expect(200));
}
