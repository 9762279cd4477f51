//! Lists that are full weigh no more than a page may, in either language: 30 KB with what it asks for (contract §9).

use std::collections::BTreeSet;

use portcullis::account::project::Role;
use portcullis::clock::UnixTime;
use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::registration_token;
use portcullis::flows::scopes::{self, ScopeChange};
use portcullis::flows::users::{self, NewUser};
use portcullis::oauth::scope::Scope;
use portcullis::storage::{client, consent};

use crate::support::actor::{Actor, page, root, signed_in};
use crate::support::made::makes_project;
use crate::support::page::{MOST_BYTES, Page};
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

/// More than any list shows at once.
const MANY: usize = 40;
/// A browser's name for itself, of the usual length.
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/// A name of `length` characters.
fn named(n: usize, length: usize) -> String {
    format!("{n:w>length$}")
}

/// Accounts and clients with long names.
fn registers_many(server: &TestServer) {
    for n in 0..16 {
        let (username, email) = (named(n, 40), format!("{}@example.com", named(n, 40)));
        let new = NewUser {
            username: &username,
            email: &email,
            password: Some(&server.seed.password),
            is_admin: false,
        };
        assert!(server.operator(users::create(&server.node, By::Operator, new)).unwrap().is_ok());
        let change = ClientChange {
            name: Some(named(n, 90)),
            redirect_uris: Some(vec![REDIRECT.to_owned()]),
            rate_limit: Some(Some(7)),
            ..ClientChange::default()
        };
        assert!(server.operator(clients::create(&server.node, By::Operator, None, change)).unwrap().is_ok());
    }
}

/// Has alice allow every client, and describes scopes at length.
fn allows_many(server: &TestServer) {
    let alice = server.id_of("alice");
    let allows = server.node.db.write(move |c| {
        for record in client::list(c)? {
            let all = Scope::from(["openid", "profile", "email", "read", "write", "offline_access"]);
            consent::remember(c, alice, &record.client.client_id, &all, UnixTime::from_seconds(1))?;
        }
        Ok(())
    });
    server.operator(allows).unwrap();
    for n in 0..16 {
        let said = ScopeChange { description: Some(named(n, 190)), ..ScopeChange::default() };
        let name = format!("files{}", named(n, 40));
        assert!(server.operator(scopes::add(&server.node, By::Operator, &name, said)).unwrap().is_ok());
    }
    for _ in 0..16 {
        let made = server.operator(registration_token::create(&server.node, By::Operator, 9999, 86_400));
        assert!(made.unwrap().is_ok());
    }
}

/// Signs alice in at many browsers.
fn signs_in_often(server: &TestServer) {
    for _ in 0..21 {
        let browser = server.actor();
        let form = Page::of(&browser.get("/login").send()).form("/login");
        let form = form.with("email", "alice").with("password", &server.seed.password);
        let sent = [("sec-fetch-site", "same-origin"), ("user-agent", AGENT), ("origin", &server.issuer)];
        let _ = browser.post("/login").headers(&sent).form(&form.pairs()).send().expect(303);
    }
}

#[test]
fn contract_9_full_lists_weigh_no_more_than_a_page_may() {
    let server = TestServer::start();
    let (alice, root) = (signed_in(&server, "alice"), root(&server));
    let shared = server.project(&[("alice", Role::Owner)]);
    registers_many(&server);
    signs_in_often(&server);
    allows_many(&server);
    for n in 0..MANY {
        let _ = makes_project(&alice, &named(n, 90), "public");
        let _ = server.key("alice", |key| (key.name, key.rate_limit) = (named(n, 90), Some(7)));
        let _ = server.key("alice", |key| (key.name, key.project_id) = (named(n, 90), Some(shared)));
    }
    for n in 0..16 {
        server.member(shared, &named(n, 40), Some(Role::Viewer));
    }
    let settings = format!("/projects/{shared}/settings");
    let mut heavy = Vec::new();
    let mut weigh = |person: &Actor<'_>, path: &str| {
        for language in ["en", "de"] {
            let reply = person.get(path).header("accept-language", language).send().expect(200);
            let is_full = reply.text().contains("cursor=") || path == "/admin/limits";
            assert!(is_full, "{path} has room for more");
            if reply.weight() > MOST_BYTES {
                heavy.push(format!("{path} in {language} weighs {}", reply.weight()));
            }
        }
    };
    for path in [
        "/settings",
        "/settings/sessions",
        "/settings/activity",
        "/settings/apps",
        "/projects",
        "/projects?public=1",
        &settings,
    ] {
        weigh(&alice, path);
    }
    for path in [
        "users",
        "clients",
        "scopes",
        "registration-tokens",
        "projects",
        "keys",
        "sessions",
        "audit",
        "limits",
    ] {
        weigh(&root, &format!("/admin/{path}"));
    }
    assert!(heavy.is_empty(), "{heavy:#?}");
}

#[test]
fn contract_9_connected_apps_and_scopes_are_walked_page_by_page() {
    let server = TestServer::start();
    registers_many(&server);
    allows_many(&server);
    let (alice, root) = (signed_in(&server, "alice"), root(&server));
    let walk = |person: &Actor<'_>, path: &str, begins: &str| {
        let (mut next, mut seen, mut pages) = (Some(path.to_owned()), Vec::new(), 0);
        while let Some(place) = next {
            let links = page(person, &place).links();
            next = links.iter().find(|link| link.contains("cursor=")).cloned();
            seen.extend(links.into_iter().filter(|link| link.starts_with(begins)));
            pages += 1;
        }
        let unlike = seen.iter().collect::<BTreeSet<_>>().len();
        assert_eq!(seen.len(), unlike, "each once: {seen:#?}");
        (seen, pages)
    };
    let (seen, pages) = walk(&alice, "/settings/apps", "/settings/apps/disconnect?");
    let clients = server.operator(server.node.db.read(|c| Ok(client::list(c)?.len()))).unwrap();
    assert_eq!((seen.len(), pages), (clients, clients.div_ceil(10)));
    let (scopes, pages) = walk(&root, "/admin/scopes", "/admin/scopes/files");
    assert_eq!((scopes.len(), pages), (32, 2), "the page and the button of each");

    // The next page begins where this one ended, also when the last app of it was disconnected meanwhile.
    let more =
        page(&alice, "/settings/apps").links().into_iter().find(|link| link.contains("cursor=")).unwrap();
    let last = seen[9].clone();
    let form = page(&alice, &last).form("/settings/apps/disconnect");
    let _ = alice.submits(&form).expect(303);
    let apps = page(&alice, &more).links();
    let next = apps.iter().find(|link| link.starts_with("/settings/apps/disconnect?"));
    assert_eq!(next, Some(&seen[10]));
}

/// Registers so many scopes, described at length; their names.
fn describes(server: &TestServer, many: usize) -> Vec<String> {
    let names: Vec<String> = (0..many).map(|n| format!("files{}", named(n, 30))).collect();
    for name in &names {
        let said = ScopeChange { description: Some(named(0, 190)), ..ScopeChange::default() };
        assert!(server.operator(scopes::add(&server.node, By::Operator, name, said)).unwrap().is_ok());
    }
    names
}

#[test]
fn contract_9_forms_weigh_no_more_than_a_page_may_however_much_there_is_to_choose_from() {
    for many in [5, 16, 60] {
        let server = TestServer::start();
        let (alice, root) = (signed_in(&server, "alice"), root(&server));
        let names = describes(&server, many);
        for n in 0..70 {
            let place = makes_project(&alice, &named(n, 90), "private");
            assert!(place.starts_with("/projects/"));
        }
        let key = alice
            .page_of_key(&server.key("alice", |key| key.scope = names.iter().map(String::as_str).collect()));
        for (person, path, action) in [
            (&alice, "/settings/keys/new".to_owned(), "/settings/keys/new".to_owned()),
            (&alice, format!("{key}/change"), format!("{key}/change")),
            (&alice, "/settings/delete".to_owned(), "/settings/delete".to_owned()),
            (&root, "/admin/clients/new".to_owned(), "/admin/clients/new".to_owned()),
            (&root, "/admin/clients/web".to_owned(), "/admin/clients/web".to_owned()),
        ] {
            for language in ["en", "de"] {
                // Whatever is looked at as a page is weighed.
                let shown = person.get(&path).header("accept-language", language).send().expect(200);
                let form = Page::of(&shown).form(&action);
                let sent = form.without("name").with("rate_limit", "many").with("ip_allow", "here");
                let again = person.submits(&sent.with("more_scopes", "nothing").with("username", "else"));
                let _ = Page::of(&again.expect(400));
            }
        }
    }
}

#[test]
fn contract_9_where_scopes_are_many_they_are_typed() {
    let server = TestServer::start();
    let (alice, root) = (signed_in(&server, "alice"), root(&server));
    let names = describes(&server, 60);
    let two = format!("{}  {}", names[41], names[59]);
    let new = page(&alice, "/settings/keys/new").form("/settings/keys/new").with("name", "ci");
    let refused = alice.submits(&new.clone().with("more_scopes", "files:none")).expect(400);
    let again = Page::of(&refused);
    assert!(again.words().contains("There is no scope files:none"), "{}", again.words());
    let sent = again.form("/settings/keys/new");
    assert_eq!(sent.value("more_scopes"), "files:none");
    // One box is of a page from when there were fewer.
    let sent = sent.with(&format!("scope_{}", names[41]), "on").with("more_scopes", &names[59]);
    let _ = alice.submits(&sent).expect(200);
    let links = page(&alice, "/settings").links();
    let key =
        links.iter().find(|link| link.starts_with("/settings/keys/") && !link.ends_with("/new")).unwrap();
    let shown = page(&alice, key).words();
    assert!(
        names.iter().filter(|name| shown.contains(name.as_str())).eq([&names[41], &names[59]]),
        "{shown}"
    );

    let client = page(&root, "/admin/clients/web").form("/admin/clients/web");
    let _ = root.submits(&client.with("more_scopes", &two)).expect(303);
    let shown = page(&root, "/admin/clients/web").form("/admin/clients/web");
    let _ = root.submits(&shown).expect(303);
    let after = page(&root, "/admin/clients/web");
    assert_eq!(
        after.form("/admin/clients/web").value("more_scopes"),
        format!("{} {}", names[41], names[59]),
        "what is sent as it was shown changes nothing"
    );
    let _ = root.submits(&after.form("/admin/clients/web").without("more_scopes")).expect(303);
    assert_eq!(page(&root, "/admin/clients/web").form("/admin/clients/web").value("more_scopes"), "");
}
