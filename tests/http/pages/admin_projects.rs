//! `/admin/projects/…`: everybody's projects, and the end of one (contract §7, §14).

use crate::support::actor::{Actor, page, root};
use crate::support::made::makes_project;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

/// The names in the list.
fn names(root: &Actor<'_>, query: &str) -> Vec<String> {
    let list = page(root, &format!("/admin/projects?{query}"));
    let rows = list.html().split("<th scope=\"row\">").skip(1);
    rows.map(|row| row.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
}

on_both! {
    fn contract_7_projects_are_found_by_name_and_visibility(server) {
        let (root, alice) = (root(server), server.actor());
        alice.signs_in();
        for (name, visibility) in [("Lab One", "private"), ("Lab 50%", "public"), ("Kitchen", "private")] {
            let _ = makes_project(&alice, name, visibility);
        }
        for (query, expected) in [
            ("", &["Kitchen", "Lab 50%", "Lab One"][..]),
            ("q=lab", &["Lab 50%", "Lab One"]),
            ("q=%25", &["Lab 50%"]),
            ("q=_", &[]),
            ("q=one&visibility=private", &["Lab One"]),
            ("visibility=public", &["Lab 50%"]),
            ("limit=1", &["Kitchen"]),
        ] {
            assert_eq!(names(&root, query), expected, "{query}");
        }
        let first = page(&root, "/admin/projects?q=lab&limit=1");
        let more = first.links().into_iter().find(|link| link.contains("cursor=")).unwrap();
        assert!(more.contains("q=lab"), "{more}");
        assert!(page(&root, &more).html().contains(">Lab One</a>"));
        assert_eq!(root.get("/admin/projects?visibility=odd").send().status, 400);
        assert!(first.html().contains(">alice</a>"), "who owns it");
    }

    fn contract_14_a_project_is_looked_at_and_removed_with_its_keys(server) {
        let (root, alice) = (root(server), server.actor());
        alice.signs_in();
        let place = makes_project(&alice, "Lab", "private");
        let id = place.trim_start_matches("/projects/");
        let new = format!("/projects/{id}/keys/new");
        let made = alice.submits(&page(&alice, &new).form(&new).with("name", "robot")).expect(200);
        let secret = Page::of(&made).control("secret");
        server.secrets.add(&secret);
        let works = || server.actor().get(&format!("/api/v1/projects/{id}")).header("x-api-key", &secret).send().status;
        assert_eq!((works(), root.get(&format!("/projects/{id}")).send().status), (200, 404), "no member of it");
        let path = format!("/admin/projects/{id}");
        let shown = page(&root, &path);
        let words = shown.words();
        for said in ["Project Lab", "Private", "alice owner", "robot"] {
            assert!(words.contains(said), "{said}: {words}");
        }
        for link in [format!("/admin/audit?project={id}"), format!("/admin/keys?project={id}"), format!("{path}/delete"), format!("/admin/users/{}", server.id_of("alice"))] {
            assert!(shown.links().contains(&link), "{link}");
        }
        assert!(page(&root, &format!("/admin/keys?project={id}")).html().contains(">robot</a>"));
        assert!(!page(&root, "/admin/keys?project=0198c5b1-7f3a-7cc0-8000-000000000001").html().contains(">robot</a>"));
        assert!(page(&root, "/admin/keys?project=odd").words().contains("Check how it is written"));

        let delete = format!("{path}/delete");
        let form = page(&root, &delete).form(&delete);
        let refused = Page::of(&root.submits(&form.with("typed", "Lap")).expect(400));
        assert_eq!((refused.form(&delete).value("typed"), works()), ("Lap", 200));
        let sure = refused.form(&delete).with("typed", "Lab");
        assert_eq!(root.submits(&sure).expect(303).the_header("location"), "/admin/projects?done=deleted");
        assert_eq!((works(), root.get(&path).send().status, root.submits(&sure).status), (401, 404, 404));
        let trail = page(&root, &format!("/admin/audit?project={id}&kind=project_deleted"));
        assert!(trail.words().contains("by root"), "{}", trail.words());
    }
}

#[test]
fn contract_14_projects_are_administered_by_administrators_alone() {
    let server = TestServer::start();
    let (root, alice) = (root(&server), server.actor());
    alice.signs_in();
    let place = makes_project(&alice, "Lab", "public");
    let id = place.trim_start_matches("/projects/");
    let delete = format!("/admin/projects/{id}/delete");
    for path in ["/admin/projects", &format!("/admin/projects/{id}"), &delete] {
        assert_eq!(alice.get(path).send().status, 404, "{path}");
    }
    let form = page(&root, &delete).form(&delete).with("typed", "Lab");
    assert_eq!(alice.submits(&form).status, 404);
    let foreign = Form { fields: vec![("typed".into(), "Lab".into())], ..form.clone() };
    assert_eq!(root.submits(&foreign).status, 403);
    server.clock.advance(901);
    assert_eq!(root.get(&delete).send().status, 303, "the password again");
    server.clock.advance(900);
    assert!(Page::of(&root.submits(&form).expect(403)).proves_at().is_some());
    assert!(page(&root, "/admin/projects").html().contains(">Lab</a>"), "nothing was done");
}
