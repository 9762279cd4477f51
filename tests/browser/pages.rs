//! Every page in one table, each looked at in all four variants: a new page is one line (WCAG 2.2; contract §1).

use std::collections::HashMap;

use crate::person::{Person, Variant, walked_with};
use crate::support::server::TestServer;
use crate::tab::Tab;
use crate::{admin, consent, inspection};

/// Who looks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Who {
    Stranger,
    Alice,
    Root,
}

/// A page, who may see it, and how it is answered.
const PAGES: &[(&str, Who, u16)] = &[
    ("/", Who::Stranger, 200),
    ("/login", Who::Stranger, 200),
    ("/docs", Who::Stranger, 200),
    ("/app?get_api_key=myapp", Who::Stranger, 200),
    ("/register", Who::Stranger, 200),
    ("/forgotten-password", Who::Stranger, 200),
    ("/reset-password?token=prl_gone", Who::Stranger, 404),
    ("/nothing", Who::Stranger, 404),
    ("/login?again=1", Who::Alice, 200),
    ("/logout", Who::Alice, 200),
    ("/device", Who::Alice, 200),
    ("/settings", Who::Alice, 200),
    ("/settings/keys/new", Who::Alice, 200),
    ("/settings/barbell", Who::Alice, 200),
    ("/projects", Who::Alice, 200),
    ("/projects?public=1", Who::Alice, 200),
    ("/projects/new", Who::Alice, 200),
    ("/settings/email", Who::Alice, 200),
    ("/settings/password", Who::Alice, 200),
    ("/settings/sessions", Who::Alice, 200),
    ("/settings/apps", Who::Alice, 200),
    ("/settings/activity", Who::Alice, 200),
    ("/settings/jwt", Who::Alice, 200),
    ("/settings/delete", Who::Alice, 200),
];

/// The paths of those that are shown.
pub fn shown() -> impl Iterator<Item = &'static str> {
    let shown = PAGES.iter().filter(|(_, _, status)| *status == 200).map(|(path, _, _)| *path);
    shown.chain(admin::PAGES).map(|path| path.split('?').next().unwrap_or_default())
}

/// Pages that are English for everybody.
const ENGLISH: &[&str] = &["/docs"];

/// Pages that are one page in two states, so that they have one title.
const TWINS: &[(&str, &str)] = &[("/login", "/login?again=1")];

fn looks_at(person: &Person<'_>, path: &str, status: u16) -> String {
    let _ = person.opens_for(status, path);
    person.tab.runs("return document.title").as_str().unwrap().to_owned()
}

/// Looks at all of them, signed in as whom each takes.
fn looks_at_all(person: &Person<'_>, languages: &str, mut look: impl FnMut(&'static str, u16)) {
    let mut who = Who::Stranger;
    let administration = admin::PAGES.map(|path| (path, Who::Root, 200));
    for (path, needed, status) in PAGES.iter().copied().chain(administration) {
        if needed != who {
            who = needed;
            person.prefers("en");
            person.signs_in_as(if who == Who::Root { "root" } else { "alice" });
        }
        person.prefers(languages);
        look(path, status);
    }
}

#[test]
fn wcag_every_page_is_well_made() {
    walked_with(&admin::SETTINGS, |person| {
        let mut titles: HashMap<String, &str> = HashMap::new();
        looks_at_all(person, "en", |path, status| {
            let title = looks_at(person, path, status);

            let other = titles.insert(title.clone(), path);
            let same = |other: &str| TWINS.contains(&(other, path));
            assert!(other.is_none_or(same), "{title}: {path} and {other:?}");
        });
    });
}

/// German words are long.
#[test]
fn wcag_1_4_10_every_page_fits_a_telephone_in_german() {
    let (server, tab) = (TestServer::with(&admin::SETTINGS), Tab::open());
    let person = Person::arrives(&server, &tab, Variant { script: true, narrow: true });
    looks_at_all(&person, "de-DE,de;q=0.9", |path, status| {
        let _ = looks_at(&person, path, status);
        let language = tab.runs("return document.documentElement.lang");
        assert_eq!(language, if ENGLISH.contains(&path) { "en" } else { "de" }, "{path}");
    });
    let question = consent::asks("spa", "https://app.example/callback");
    let _ = looks_at(&person, &question, 200);
}

/// Between the two sizes that everything is walked at, and narrower than both; with German words.
#[test]
fn wcag_1_4_10_every_page_fits_whatever_the_width() {
    const WIDTHS: [u32; 6] = [320, 480, 641, 768, 1024, 1280];
    let (server, tab) = (TestServer::with(&admin::SETTINGS), Tab::open());
    let person = Person::arrives(&server, &tab, Variant::DESK);
    let mut wrong = Vec::new();
    looks_at_all(&person, "de-DE,de;q=0.9", |path, status| {
        let _ = looks_at(&person, path, status);
        for width in WIDTHS {
            person.resizes(width);
            wrong.extend(
                inspection::structure(&tab).into_iter().map(|what| format!("{path} at {width}: {what}")),
            );
        }
        person.settles();
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}
