//! `/projects` and what is below: what strangers, members and owners see and may do (contract §7, §9).

use crate::support::actor::{Actor, page};
use crate::support::exchange::Reply;
use crate::support::made::{makes_key, makes_project};
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

fn adds(owner: &Actor<'_>, project: &str, who: &str, role: &str) -> Reply {
    let form = page(owner, &format!("{project}/settings")).form(&format!("{project}/members"));
    owner.submits(&form.with("user", who).with("role", role))
}

fn without_id(reply: &Reply) -> String {
    reply.text().replace(reply.the_header("x-request-id"), "")
}

#[track_caller]
fn needs_its_token(person: &Actor<'_>, form: &Form) {
    for bad in [form.clone().without("csrf_token"), form.clone().with("csrf_token", "x")] {
        assert_eq!(person.submits(&bad).status, 403, "{}", form.action);
    }
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(person.post(&form.action).headers(&foreign).form(&form.pairs()).send().status, 403);
}

#[test]
fn contract_7_what_a_project_looks_like_from_outside_and_inside() {
    let server = TestServer::start();
    let (alice, bob, nobody) = (server.actor(), server.actor().named("bob"), server.actor());
    let _ = (alice.signs_in(), bob.signs_in());
    let (public, private) =
        (makes_project(&alice, "Open", "public"), makes_project(&alice, "Secret", "private"));
    let never = "/projects/0198c5b1-7f3a-7cc0-8000-000000000001";
    assert!(page(&nobody, &public).words().contains("Project Open"));
    assert!(!page(&nobody, &public).words().contains("alice"), "its members are not shown");
    assert!(
        page(&bob, &public).links().iter().all(|link| !link.ends_with("/settings") || link == "/settings")
    );
    for rest in ["", "/settings"] {
        for person in [&nobody, &bob] {
            let hidden = person.get(&format!("{private}{rest}")).send().expect(404);
            let missing = person.get(&format!("{never}{rest}")).send().expect(404);
            assert_eq!(without_id(&hidden), without_id(&missing), "{rest}");
            assert_eq!(person.get(&format!("/projects/x{rest}")).send().status, 404);
        }
    }
    for rest in ["/delete", "/keys/new", "/members/x/remove"] {
        let (hidden, missing) =
            (bob.get(&format!("{private}{rest}")).send(), bob.get(&format!("{never}{rest}")).send());
        assert_eq!((hidden.status, without_id(&hidden)), (404, without_id(&missing)), "{rest}");
        assert_eq!(bob.get(&format!("{public}{rest}")).send().status, 403, "{rest}");
        assert_eq!(
            nobody.get(&format!("{private}{rest}")).send().status,
            303,
            "{rest}: as for what never was"
        );
    }
    let to_sign_in = nobody.get(&format!("{public}/settings")).send().expect(303);
    assert!(to_sign_in.the_header("location").starts_with("/login?next=%2Fprojects%2F"));
    assert_eq!(bob.get(&format!("{public}/settings")).send().status, 403);
    let list = page(&nobody, "/projects").words();
    assert!(list.contains("Open") && !list.contains("Secret"));
    let mine = page(&alice, "/projects").words();
    assert!(mine.contains("Open") && mine.contains("Secret") && mine.contains("owner"));
    assert!(page(&bob, "/projects").words().contains("You are in no project yet."));
    assert!(page(&bob, "/projects?public=1").words().contains("Open"));
}

#[test]
fn contract_9_an_owner_adds_changes_and_removes_members_who_may_also_leave() {
    let server = TestServer::start();
    let (alice, bob) = (server.actor(), server.actor().named("bob"));
    let _ = (alice.signs_in(), bob.signs_in());
    let project = makes_project(&alice, "Lab", "private");
    let settings = format!("{project}/settings");
    needs_its_token(&alice, &page(&alice, &settings).form(&format!("{project}/members")).with("user", "bob"));
    assert_eq!(bob.get(&settings).send().status, 404);
    let wrong = Page::of(&adds(&alice, &project, "nobody", "viewer").expect(400));
    assert!(wrong.html().contains("id=\"user-fault\""));
    assert_eq!(wrong.form(&format!("{project}/members")).value("user"), "nobody");
    let _ = adds(&alice, &project, "bob@example.com", "viewer").expect(303);
    let inside = page(&bob, &settings);
    assert!(inside.words().contains("alice") && inside.forms().is_empty(), "a viewer looks");
    assert_eq!(bob.get(&format!("{project}/keys/new")).send().status, 403);

    let member = page(&alice, &settings)
        .links()
        .into_iter()
        .rfind(|link| link.contains("/members/") && !link.ends_with("/remove"));
    let member = member.expect("bob's");
    let form = page(&alice, &member).form(&member);
    needs_its_token(&alice, &form);
    assert_eq!(bob.get(&member).send().status, 403);
    let _ = alice.submits(&form.with("role", "editor")).expect(303);
    assert_eq!(bob.get(&format!("{project}/keys/new")).send().status, 200);

    let links = page(&alice, &settings).links();
    let removals: Vec<_> = links.iter().filter(|link| link.ends_with("/remove")).collect();
    assert_eq!(removals.len(), 2);
    let own =
        page(&bob, &settings).links().into_iter().find(|link| link.ends_with("/remove")).expect("leaving");
    let theirs = removals.iter().find(|link| ***link != own).unwrap().to_string();
    assert_eq!(bob.get(&theirs).send().status, 403, "an editor removes nobody else");
    let last = page(&alice, &theirs);
    assert!(last.words().contains("Leave Lab"));
    let refused = alice.submits(&last.form(&theirs)).expect(409);
    assert!(Page::of(&refused).words().contains("keeps at least one owner"));
    let form = page(&bob, &own).form(&own);
    needs_its_token(&bob, &form);
    let left = bob.submits(&form).expect(303);
    assert_eq!(left.the_header("location"), "/projects?done=left");
    assert_eq!(bob.get(&settings).send().status, 404);
}

#[test]
fn contract_9_a_projects_keys_are_made_in_its_settings_and_die_with_their_makers_membership() {
    let server = TestServer::start();
    let (alice, bob) = (server.actor(), server.actor().named("bob"));
    let _ = (alice.signs_in(), bob.signs_in());
    let project = makes_project(&alice, "Lab", "private");
    let _ = adds(&alice, &project, "bob", "editor").expect(303);
    let settings = page(&bob, &format!("{project}/settings"));
    assert!(settings.words().contains("API Keys") && settings.words().contains("Add API key…"));
    let new = format!("{project}/keys/new");
    let form = page(&bob, &new).form(&new).with("name", "robot");
    let shown = Page::of(&bob.submits(&form).expect(200));
    let secret = shown.control("secret");
    server.secrets.add(&secret);
    assert!(shown.words().contains(&format!("{}/api/v1{project}", server.issuer)));
    let works =
        || server.actor().get(&format!("/api/v1{project}")).header("x-api-key", &secret).send().status;
    assert_eq!(works(), 200);
    let key = bob.page_of_key(&secret);
    let id = key.strip_prefix(&format!("{project}/keys/")).expect("a page of the project's");
    assert_eq!(bob.get(&format!("/settings/keys/{id}")).send().status, 404, "it has its own address");
    assert!(page(&bob, "/settings").links().contains(&key), "and stands among what its maker made");
    let table = page(&alice, &format!("{project}/settings"));
    assert!(table.words().contains("bob") && table.links().contains(&format!("{key}/revoke")));
    assert!(!table.links().contains(&format!("{key}/regenerate")), "its secret is its maker's");
    let _ = page(&alice, &key);
    let forced = page(&alice, &format!("{key}/regenerate")).form(&format!("{key}/regenerate"));
    assert_eq!(alice.submits(&forced).status, 403);
    // From the account's form, too.
    let form = page(&bob, "/settings/keys/new").form("/settings/keys/new");
    let project_id = project.trim_start_matches("/projects/");
    let made = bob
        .submits(&form.with("name", "second").with("project", project_id).with("expires", "30"))
        .expect(200);
    server.secrets.add(&Page::of(&made).control("secret"));
    assert!(page(&alice, &format!("{project}/settings")).words().contains("second"));

    let bobs = page(&bob, &format!("{project}/settings"))
        .links()
        .into_iter()
        .find(|link| link.ends_with("/remove"))
        .unwrap();
    let _ = alice.submits(&page(&alice, &bobs).form(&bobs)).expect(303);
    assert_eq!(works(), 401);
    let left = page(&bob, "/settings");
    assert!(
        left.words().contains("robot") && left.words().contains("revoked") && !left.links().contains(&key)
    );
}

#[test]
fn who_adds_a_member_that_is_there_already_changes_nobodys_role() {
    let server = TestServer::start();
    let (alice, bob) = (server.actor(), server.actor().named("bob"));
    let _ = (alice.signs_in(), bob.signs_in());
    let project = makes_project(&alice, "Lab", "private");
    let _ = adds(&alice, &project, "bob", "owner").expect(303);
    for who in ["bob", "bob@example.com", "alice"] {
        let refused = Page::of(&adds(&alice, &project, who, "viewer").expect(409));
        assert!(refused.html().contains("id=\"user-fault\""), "{who}: {}", refused.words());
        assert!(refused.words().contains("in the project already"), "{who}");
    }
    // Both own it still.
    let _ = page(&bob, &format!("{project}/delete"));
    let _ = page(&alice, &format!("{project}/delete"));
}

#[test]
fn a_key_of_a_project_is_a_link_only_for_who_may_open_it() {
    let server = TestServer::start();
    let (alice, bob) = (server.actor(), server.actor().named("bob"));
    let _ = (alice.signs_in(), bob.signs_in());
    let project = makes_project(&alice, "Lab", "private");
    let _ = adds(&alice, &project, "bob", "editor").expect(303);
    let (_, key) = makes_key(&bob, &format!("{project}/keys/new"), "robot");
    assert!(page(&bob, "/settings").links().contains(&key));
    let theirs = format!("{project}/members/{}", server.id_of("bob"));
    let _ = alice.submits(&page(&alice, &theirs).form(&theirs).with("role", "viewer")).expect(303);
    assert_eq!(bob.get(&key).send().status, 403);
    let shown = page(&bob, "/settings");
    assert!(shown.words().contains("robot") && shown.words().contains("Lab"), "{}", shown.words());
    assert!(!shown.links().iter().any(|link| link.starts_with(&key)), "{:?}", shown.links());
}

#[test]
fn a_project_is_renamed_published_and_deleted_by_typing_its_name() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let form = page(&alice, "/projects/new").form("/projects/new");
    needs_its_token(&alice, &form.clone().with("name", "Lab"));
    let wrong = Page::of(&alice.submits(&form.with("name", " ")).expect(400));
    assert!(wrong.html().contains("id=\"name-fault\""));
    let project = makes_project(&alice, "Lab & <b>Co</b>", "private");
    let settings = format!("{project}/settings");
    let form = page(&alice, &settings).form(&settings);
    assert_eq!((form.value("name"), form.value("visibility")), ("Lab & <b>Co</b>", "private"));
    needs_its_token(&alice, &form);
    let _ = alice.submits(&form.with("name", "Workshop").with("visibility", "public")).expect(303);
    assert!(page(&server.actor(), &project).words().contains("Project Workshop"));
    let delete = format!("{project}/delete");
    let ask = page(&alice, &delete);
    assert!(ask.words().contains("Delete Workshop"));
    let form = ask.form(&delete).with("name", "Workshop");
    needs_its_token(&alice, &form);
    let wrong = Page::of(&alice.submits(&form.clone().with("name", "workshop")).expect(400));
    assert_eq!(wrong.form(&delete).value("name"), "workshop");
    server.clock.advance(31 * 60);
    assert!(Page::of(&alice.submits(&form).expect(403)).proves_at().is_some());
    let _ = alice.signs_in();
    let form = page(&alice, &delete).form(&delete).with("name", "Workshop");
    assert_eq!(alice.submits(&form).expect(303).the_header("location"), "/projects?done=deleted");
    assert_eq!(alice.get(&project).send().status, 404);
}

#[test]
fn contract_9_a_long_list_of_projects_comes_in_pages() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    for n in 0..36 {
        let _ = makes_project(&alice, &format!("project-{n}."), "private");
    }
    let first = page(&alice, "/projects");
    let more = first.links().into_iter().find(|link| link.contains("cursor=")).expect("more");
    let second = page(&alice, &more);
    assert!(second.words().contains("project-0.") && !second.words().contains("project-1."));
    assert!(first.words().contains("project-1.") && !first.words().contains("project-0."));
}
