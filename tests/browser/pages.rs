//! Every page in one table, each looked at in all four variants: a new page is one line (WCAG 2.2; contract §1).

use std::collections::HashMap;

use crate::person::{Person, walked};
use crate::{admin, keyboard};

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

/// Pages that are one page in two states, so that they have one title.
const TWINS: &[(&str, &str)] = &[("/login", "/login?again=1")];

fn looks_at(person: &Person<'_>, path: &str, status: u16) -> String {
    let _ = person.opens_for(status, path);
    if person.variant.script {
        let complaints = keyboard::complaints(person.tab);
        assert!(complaints.is_empty(), "{path}: {complaints:#?}");
    }
    person.tab.runs("return document.title").as_str().unwrap().to_owned()
}

#[test]
fn wcag_every_page_is_well_made() {
    walked(|person| {
        let mut titles: HashMap<String, &str> = HashMap::new();
        let mut who = Who::Stranger;
        let administration = admin::PAGES.map(|path| (path, Who::Root, 200));
        for (path, needed, status) in PAGES.iter().copied().chain(administration) {
            if needed != who {
                who = needed;
                person.signs_in_as(if who == Who::Root { "root" } else { "alice" });
            }
            let title = looks_at(person, path, status);

            let other = titles.insert(title.clone(), path);
            let same = |other: &str| TWINS.contains(&(other, path));
            assert!(other.is_none_or(same), "{title}: {path} and {other:?}");
        }
    });
}
