//! The pictures of docs/pages.md: `docs/pages/make` takes them anew. Clock, people and data are fixed, and what is drawn at
//! random is written over, so that a picture changes only when its page does.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use portcullis::account::api_key::ApiKey;
use portcullis::account::project::Role;
use portcullis::oauth::scope::Scope;

use crate::inspection::prefer;
use crate::person::{Person, Variant};
use crate::support::actor::asks;
use crate::support::server::TestServer;
use crate::tab::Tab;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pages");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pages.md");
/// All of them together, in bytes.
const LARGEST: u64 = 2_000_000;

/// A picture: its file's name, its heading, and the way there, as alice or as root.
struct Picture {
    name: &'static str,
    heading: &'static str,
    way: fn(&Person<'_>),
}

const fn picture(name: &'static str, heading: &'static str, way: fn(&Person<'_>)) -> Picture {
    Picture { name, heading, way }
}

/// In the order in which they are taken: strangers, alice, root.
const PICTURES: &[Picture] = &[
    picture("sign-in", "Sign in", |person| {
        let _ = person.opens("/login");
    }),
    picture("hand-off", "A key for an app", |person| {
        let _ = person.opens("/app?get_api_key=myapp");
    }),
    picture("consent", "Consent", |person| {
        let _ = person.opens(&format!("/oauth/authorize?{}", asks("web", &[("scope", "read write")])));
        person.gives_password_of("alice");
        let _ = person.clicks("Sign in");
    }),
    picture("settings", "Settings", |person| {
        let _ = person.opens("/settings");
    }),
    picture("new-key", "A new API key", |person| {
        let _ = person.opens("/settings/keys/new");
    }),
    picture("key", "A key, shown once", |person| {
        person.types("Name", "notebook");
        let _ = person.clicks("Generate key");
        let _ = person.value("The API key notebook");
    }),
    picture("project", "A project's settings", |person| {
        let _ = person.opens("/projects");
        let _ = person.clicks("test");
        let _ = person.clicks("Project settings");
    }),
    picture("sessions", "Sign-ins and devices", |person| {
        let _ = person.opens("/settings/sessions");
    }),
    picture("apps", "Connected apps", |person| {
        let _ = person.opens("/settings/apps");
    }),
    picture("activity", "Activity", |person| {
        let _ = person.opens("/settings/activity");
    }),
    picture("password", "A new password", |person| {
        let _ = person.opens("/settings/password");
    }),
    picture("device", "A device", |person| {
        let asked = person.server.app("tv").posts("/oauth/device_authorization", &[("scope", "read")]);
        let _ = person.opens(&format!("/device?user_code={}", asked.expect(200).member("user_code")));
        let _ = person.clicks("Continue");
    }),
    picture("admin", "Administration", |person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin");
    }),
    picture("admin-users", "Users", |person| {
        let _ = person.opens("/admin/users");
    }),
    picture("admin-new-client", "A new client", |person| {
        let _ = person.opens("/admin/clients/new");
    }),
    picture("admin-audit", "The audit log", |person| {
        let _ = person.opens("/admin/audit");
    }),
];

#[test]
fn docs_pages_shows_every_picture() {
    let text = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(text == page(), "docs/pages.md is not what it should be: run docs/pages/make");
    let mut size = 0;
    for name in PICTURES.iter().flat_map(|picture| files(picture.name)) {
        let file = fs::metadata(Path::new(FOLDER).join(&name));
        size += file.unwrap_or_else(|_| panic!("{name} is missing: run docs/pages/make")).len();
    }
    assert!(size < LARGEST, "{size} bytes of pictures");
}

/// Only when it is asked for: it writes into docs/.
#[test]
#[expect(clippy::disallowed_methods, reason = "docs/pages/make says that pictures are to be taken")]
fn pictures_are_taken_when_asked_for() {
    if std::env::var("PORTCULLIS_TAKE_PICTURES").is_err() {
        return;
    }
    fs::create_dir_all(FOLDER).unwrap();
    fs::write(PAGE, page()).unwrap();
    let tab = Tab::open();
    for narrow in [false, true] {
        let server = TestServer::with(&[("BRAND", "Doors")]);
        furnish(&server);
        let person = Person::arrives(&server, &tab, Variant { script: true, narrow });
        for picture in PICTURES {
            (picture.way)(&person);
            let _ = tab.runs(include_str!("fixed.js"));
            for dark in [false, true] {
                prefer(&tab, if dark { "dark" } else { "light" });
                fs::write(Path::new(FOLDER).join(file(picture.name, narrow, dark)), tab.picture()).unwrap();
            }
            prefer(&tab, "light");
        }
    }
}

/// What alice has.
fn furnish(server: &TestServer) {
    let day = 86_400;
    for (name, hint, scope, used, life) in [
        ("laptop", "sk_...a1B2c3", "read write", Some(3 * day), 90),
        ("ci-deploy", "sk_...9fQx7T", "read", None, 30),
        ("old script", "sk_...Zk04mP", "read", Some(day), 5),
    ] {
        let _ = server.key("alice", |key: &mut ApiKey| {
            key.name = name.to_owned();
            key.hint = hint.to_owned();
            key.scope = scope.split(' ').collect::<Scope>();
            key.expires_at = Some(key.created_at.plus_seconds(life * day));
            key.last_used_at = used.map(|seconds| key.created_at.plus_seconds(seconds));
        });
        server.clock.advance(3 * day);
    }
    let _ = server.project(&[("alice", Role::Owner), ("bob", Role::Editor)]);
    let _ = server.actor().authorizes(&asks("spa", &[("scope", "read")]));
    server.clock.advance(3600);
}

fn file(name: &str, narrow: bool, dark: bool) -> String {
    let width = if narrow { "360" } else { "1280" };
    format!("{name}-{width}-{}.webp", if dark { "dark" } else { "light" })
}

fn files(name: &str) -> Vec<String> {
    [(false, false), (false, true), (true, false), (true, true)].map(|(n, d)| file(name, n, d)).to_vec()
}

/// docs/pages.md.
fn page() -> String {
    let mut text =
        "# The pages\n\nAt 1280 and at 360 pixels, light and dark as the reader's system prefers. \
                    `docs/pages/make` takes the pictures anew.\n"
            .to_owned();
    for Picture { name, heading, .. } in PICTURES {
        let image = |narrow: bool, dark: bool| {
            let width = if narrow { 120 } else { 360 };
            let scheme = if dark { "dark" } else { "light" };
            let file = file(name, narrow, dark);
            format!("<img src=\"pages/{file}\" width=\"{width}\" alt=\"{heading}, {scheme}\">")
        };
        let (wide, narrow) =
            ([image(false, false), image(false, true)], [image(true, false), image(true, true)]);
        write!(text, "\n## {heading}\n\n{}\n{}\n", wide.join("\n"), narrow.join("\n")).unwrap();
    }
    text
}

/// Codes and ids that a server draws are none of a page's looks.
#[test]
fn what_is_drawn_at_random_is_written_over() {
    let (server, tab) = (TestServer::start(), Tab::open());
    let person = Person::arrives(&server, &tab, Variant::DESK);
    let _ = person.opens_for(404, "/nothing");
    let _ = tab.runs(include_str!("fixed.js"));
    person.reads("request 01900000-0000-7000-8000-000000000000");
}
