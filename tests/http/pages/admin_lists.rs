//! The lists of `/admin/…`: what a search says that finds nothing, where "Show more" leads, what is chosen in them (contract §14).

use portcullis::account::project::Role;
use portcullis::flows::actor::Actor::Operator;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::projects;
use portcullis::flows::users::{self, NewUser};

use crate::support::actor::{leads_to, page, root, signed_in};
use crate::support::made::makes_project;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

/// What stands in the part of a page that a search replaces.
fn found(page: &Page) -> String {
    let (_, found) = page.html().split_once("<section id=\"found\">").expect("a list");
    found.split("</section>").next().unwrap_or_default().to_owned()
}

/// What a search says of itself to who does not see it.
fn said(page: &Page) -> String {
    let (_, said) = page.html().split_once(" id=\"found-count\" role=\"status\">").expect("a status");
    said.split('<').next().unwrap_or_default().to_owned()
}

#[track_caller]
fn more(page: &Page) -> String {
    page.links().into_iter().find(|link| link.contains("cursor=")).expect("more")
}

#[test]
fn a_list_of_a_new_server_says_that_there_is_nothing_yet_and_a_search_that_nothing_fits() {
    let server = TestServer::start();
    let root = root(&server);
    for (list, empty, none) in [
        ("keys", "There are no API keys yet.", "No key fits."),
        ("projects", "There are no projects yet.", "No project fits."),
    ] {
        let shown = page(&root, &format!("/admin/{list}"));
        assert!(found(&shown).contains(empty) && !found(&shown).contains("Show all"), "{}", found(&shown));
        assert_eq!(said(&shown), "", "{list}");
        let searched = page(&root, &format!("/admin/{list}?q=nothing"));
        assert!(found(&searched).contains(none) && !found(&searched).contains(empty), "{}", found(&searched));
        assert_eq!(said(&searched), "Nothing found", "{list}");
    }
    assert!(page(&root, "/admin/clients?q=nothing").words().contains("No client fits."));
}

/// With script only that part of the page is replaced, and the words beside the field stay as they were.
#[test]
fn who_looks_for_a_name_that_nobody_has_is_told_so_where_the_list_would_stand() {
    let server = TestServer::start();
    let root = root(&server);
    for (query, unknown) in [
        ("sessions?user=nobody", true),
        ("keys?user=nobody", true),
        ("keys?project=nothing", true),
        ("sessions?user=bob", false),
        ("keys?user=bob", false),
        ("users?q=nobody", false),
    ] {
        let shown = page(&root, &format!("/admin/{query}"));
        let says = |text: &str| text.contains("Nothing is called this");
        assert_eq!((says(&found(&shown)), says(&said(&shown))), (unknown, unknown), "{query}");
    }
    assert!(!found(&page(&root, "/admin/sessions?user=nobody")).contains("Nobody is signed in"));
    assert!(!page(&root, "/admin/audit?user=nobody").words().contains("Nothing fits"));
}

/// A list that is read aloud whole at every letter helps nobody: how many there are is enough (WCAG 2.2 §4.1.3).
#[test]
fn wcag_4_1_3_a_search_says_how_many_it_found() {
    let server = TestServer::start();
    let root = root(&server);
    for (query, words) in [
        ("users?q=alice", "1 row"),
        ("users?limit=2", "2 rows"),
        ("users?q=nobody", "Nothing found"),
        ("clients?q=Web+Shop", "1 row"),
        ("projects", ""),
        ("keys", ""),
        ("sessions", "1 row"),
    ] {
        let shown = page(&root, &format!("/admin/{query}"));
        assert_eq!(said(&shown), words, "{query}");
        assert!(!shown.html().contains("aria-live"), "{query}");
    }
}

#[test]
fn a_list_that_is_shown_for_a_form_sent_twice_goes_on_at_its_own_address() {
    let server = TestServer::start();
    let root = root(&server);
    for _ in 0..3 {
        let _ = signed_in(&server, "alice");
    }
    let shown = page(&root, "/admin/sessions?user=alice");
    let end = shown.forms().into_iter().find(|form| form.action.ends_with("/end")).expect("a form");
    leads_to(&root.submits(&end), "/admin/sessions?done=ended");
    let again = root.submits(&Form { action: format!("{}?limit=1", end.action), ..end }).expect(403);
    let next = more(&Page::of(&again));
    assert!(next.starts_with("/admin/sessions?"), "{next}");
    assert!(page(&root, &next).words().contains("Sign out alice"));
}

#[test]
fn nobody_chosen_is_said_and_the_search_stays() {
    let server = TestServer::start();
    let root = root(&server);
    let shown = page(&root, "/admin/users?q=a&state=enabled&limit=1");
    let second = page(&root, &more(&page(&root, "/admin/users?limit=1")));
    for (shown, q) in [(&shown, "a"), (&second, "")] {
        let (_, form) = shown.html().split_once("action=\"/admin/users/disable\"").expect("a form");
        let kept = |name: &str| {
            let (_, rest) = form.split_once(&format!("<input type=\"hidden\" name=\"{name}\" value=\""))?;
            rest.split('"').next().map(str::to_owned)
        };
        let query: Vec<_> =
            ["q", "state", "cursor"].iter().filter_map(|n| Some(format!("{n}={}", kept(n)?))).collect();
        let back = root.get(&format!("/admin/users/disable?{}", query.join("&"))).send().expect(303);
        let back = back.the_header("location").to_owned();
        let told = page(&root, &back);
        assert!(told.words().contains("Nobody was chosen"), "{back}");
        assert_eq!(told.control("q"), q, "{back}");
        let has = |name: &str| found(&told).contains(&format!(">{name}</a>"));
        assert_eq!(
            (has("alice"), has("bob")),
            if q.is_empty() { (false, true) } else { (true, false) },
            "{back}"
        );
    }
    // The way back from the question leads to the search, too.
    let alice = format!("/admin/users/disable?user-{}=on&q=al&state=enabled", server.id_of("alice"));
    assert!(page(&root, &alice).links().contains(&"/admin/users?q=al&state=enabled".to_owned()));
}

fn limits_client(server: &TestServer, id: &str) {
    let change = ClientChange { rate_limit: Some(Some(9)), ..ClientChange::default() };
    server.operator(clients::update(&server.node, Operator, id, change)).unwrap().unwrap();
}

#[test]
fn what_has_a_limit_of_its_own_is_cut_and_has_a_list_of_its_own() {
    let server = TestServer::start();
    let root = root(&server);
    limits_client(&server, "web");
    for _ in 0..30 {
        let _ = server.key("alice", |key| key.rate_limit = Some(7));
    }
    let place = "/admin/keys?state=limited".to_owned();
    assert!(!page(&root, "/admin/limits").links().contains(&place), "30 are all there are");
    let _ = server.key("alice", |key| key.rate_limit = Some(7));
    let _ = server.key("alice", |key| key.name = "without".to_owned());
    let limits = page(&root, "/admin/limits");
    assert_eq!(limits.links().iter().filter(|link| link.starts_with("/admin/keys/")).count(), 30);
    assert!(limits.links().contains(&place));
    let (mut next, mut seen) = (Some(format!("{place}&limit=20")), 0);
    while let Some(path) = next {
        let shown = page(&root, &path);
        assert!(!shown.words().contains("without"));
        seen += shown.html().matches("<tr>").count() - 1;
        next = shown.links().into_iter().find(|link| link.contains("cursor="));
    }
    assert_eq!(seen, 31);
    let limited = page(&root, "/admin/clients?state=limited");
    assert!(limited.html().contains(">Web Shop</a>") && said(&limited) == "1 row", "{}", limited.html());
}

fn joins(server: &TestServer, project: &str, n: usize) {
    let (name, email) = (format!("member-{n:02}"), format!("member-{n:02}@example.com"));
    let new = NewUser { username: &name, email: &email, password: None, is_admin: false };
    assert!(server.operator(users::create(&server.node, Operator, new)).unwrap().is_ok());
    let id = project.trim_start_matches("/projects/").parse().unwrap();
    let joined = projects::set_member(&server.node, Operator, id, &name, Role::Viewer);
    server.operator(joined).unwrap().unwrap();
}

#[test]
fn a_project_with_many_members_shows_them_in_pages() {
    let server = TestServer::start();
    let (root, alice) = (root(&server), signed_in(&server, "alice"));
    let project = makes_project(&alice, "Lab", "private");
    for n in 0..20 {
        joins(&server, &project, n);
    }
    let (mut next, mut seen) = (Some(format!("/admin{project}")), 0);
    while let Some(path) = next {
        let shown = page(&root, &path);
        seen += shown.html().matches("<tr>").count() - 1;
        next = shown.links().into_iter().find(|link| link.contains("members="));
    }
    assert_eq!(seen, 21);
}

#[test]
fn a_scope_leads_to_its_own_history_alone() {
    let server = TestServer::start();
    let root = root(&server);
    let new = "/admin/scopes/new";
    for name in ["files:list", "files:list-all"] {
        let form = page(&root, new).form(new).with("name", name).with("description", "list files");
        leads_to(&root.submits(&form), "/admin/scopes?done=saved");
    }
    let shown = page(&root, "/admin/scopes");
    assert_eq!(shown.html().matches(">History</a>").count(), 2);
    assert!(shown.html().contains("aria-label=\"History of files:list in the audit log\""));
    let links = shown.links();
    let histories: Vec<_> = links.iter().filter(|link| link.starts_with("/admin/audit?scope=")).collect();
    for link in &histories {
        assert_eq!(page(&root, link).html().matches("<code>scope_created</code>").count(), 1, "{link}");
    }
    assert_eq!(histories.len(), 2);
}
