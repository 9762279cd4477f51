//! The forms of keys and projects: sent twice they are carried out once, and those that were open for too long come back with
//! what was typed (security §4.6; decision 0012).

use crate::support::actor::{Actor, page};
use crate::support::made::{makes_key, makes_project};
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;
use crate::support::trail::happened;

const NEW: &str = "/settings/keys/new";
const TOO_LATE: &str = "This page was open for too long.";
const SENT_ALREADY: &str = "This form was sent already.";

/// Sends a form twice: the first time does it, and the second shows the form again and does nothing.
#[track_caller]
fn is_done_once(person: &Actor<'_>, form: &Form, kind: &str) {
    let before = happened(person.server, kind);
    let first = person.submits(form);
    assert!(matches!(first.status, 200 | 303), "{}: {} {}", form.action, first.status, first.text());
    if first.status == 200 {
        person.server.secrets.add(&Page::of(&first).control("secret"));
    }
    assert_eq!(happened(person.server, kind), before + 1, "{}", form.action);
    let second = person.submits(form).expect(403);
    assert!(Page::of(&second).words().contains(SENT_ALREADY), "{}: {}", form.action, second.text());
    assert!(!second.text().contains("id=\"secret\""), "{}", form.action);
    assert_eq!(happened(person.server, kind), before + 1, "{}: sent again, it does nothing", form.action);
}

#[test]
fn security_4_6_a_form_of_a_key_is_carried_out_once() {
    let server = TestServer::with(&[("REVEAL_KEYS", "true")]);
    let alice = server.actor();
    let _ = alice.signs_in();
    let project = makes_project(&alice, "plants", "private");
    let mut regenerated = 0;
    for new in [NEW.to_owned(), format!("{project}/keys/new")] {
        is_done_once(&alice, &page(&alice, &new).form(&new).with("name", "one"), "key_created");
        let url = makes_key(&alice, &new, "laptop").1;
        let form = |path: &str, verb: &str| page(&alice, path).form(&format!("{url}/{verb}"));
        let asked = |verb: &str| form(&format!("{url}/{verb}"), verb);
        is_done_once(&alice, &asked("regenerate"), "key_regenerated");
        is_done_once(&alice, &asked("rotate").with("overlap", "3600"), "key_rotated");
        is_done_once(&alice, &asked("reveal").with("password", &server.seed.password), "key_revealed");
        is_done_once(&alice, &asked("change").with("name", "desk"), "key_updated");
        // One that is open in a second tab is about a secret that is not there any more.
        let (tab, other_tab) = (asked("regenerate"), asked("regenerate"));
        is_done_once(&alice, &tab, "key_regenerated");
        let stale = Page::of(&alice.submits(&other_tab).expect(403));
        assert!(stale.words().contains(SENT_ALREADY), "{}", stale.words());
        regenerated += 2;
        assert_eq!(happened(&server, "key_regenerated"), regenerated);
        let off = form(&url, "disable");
        is_done_once(&alice, &off, "key_disabled");
        is_done_once(&alice, &form(&url, "enable"), "key_enabled");
        assert_eq!(alice.submits(&off).status, 403);
        assert_eq!(happened(&server, "key_disabled"), happened(&server, "key_enabled"), "it stays on");

        let revoke = asked("revoke");
        let done = alice.submits(&revoke).expect(303).the_header("location").to_owned();
        assert!(done.ends_with("?done=revoked"), "{done}");
        let again = alice.submits(&revoke).expect(303);
        assert_eq!(again.the_header("location"), done, "the second answer is the one that is seen");
        let foreign = revoke.with("csrf_token", "nonsense");
        assert_eq!(alice.submits(&foreign).status, 404, "nobody is told of it who did not do it");
    }
    assert_eq!(happened(&server, "key_deleted"), 2);
    is_done_once(&alice, &page(&alice, "/settings/barbell").form("/settings/barbell"), "key_created");
}

#[test]
fn security_4_6_a_form_of_a_project_is_carried_out_once() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.signs_in();
    let form = page(&alice, "/projects/new").form("/projects/new").with("name", "plants");
    is_done_once(&alice, &form, "project_created");
    let project = makes_project(&alice, "plants", "private");
    let settings = format!("{project}/settings");
    let rename = page(&alice, &settings).form(&settings).with("name", "trees");
    is_done_once(&alice, &rename, "project_updated");
    let add = page(&alice, &settings).form(&format!("{project}/members"));
    is_done_once(&alice, &add.with("user", "bob").with("role", "viewer"), "member_added");
    let bob = format!("{project}/members/{}", server.id_of("bob"));
    is_done_once(&alice, &page(&alice, &bob).form(&bob).with("role", "editor"), "member_changed");

    let remove = format!("{bob}/remove");
    let form = page(&alice, &remove).form(&remove);
    let _ = alice.submits(&form).expect(303);
    let add = page(&alice, &settings).form(&format!("{project}/members"));
    let _ = alice.submits(&add.with("user", "bob").with("role", "viewer")).expect(303);
    let again = Page::of(&alice.submits(&form).expect(403));
    assert!(again.words().contains(SENT_ALREADY), "who was added again stays: {}", again.words());
    assert_eq!(happened(&server, "member_removed"), 1);

    let delete = format!("{project}/delete");
    let form = page(&alice, &delete).form(&delete).with("name", "trees");
    let _ = alice.submits(&form).expect(303);
    assert_eq!(alice.submits(&form).status, 404);
    assert_eq!(happened(&server, "project_deleted"), 1);
}

#[test]
fn security_4_6_a_form_that_was_open_for_too_long_comes_back_with_what_was_typed() {
    let server = TestServer::with(&[("REVEAL_KEYS", "true")]);
    let alice = server.actor();
    let _ = alice.signs_in();
    let (key, project) = (makes_key(&alice, NEW, "laptop").1, makes_project(&alice, "plants", "private"));
    let add = page(&alice, &format!("{project}/settings")).form(&format!("{project}/members"));
    let _ = alice.submits(&add.with("user", "bob").with("role", "viewer")).expect(303);
    let bob = format!("{project}/members/{}", server.id_of("bob"));
    let settings = format!("{project}/settings");
    let below = |verb: &str| format!("{key}/{verb}");
    // The last says whether the password is asked for again before the form is looked at.
    for (place, action, typed, asks_first) in [
        (NEW.to_owned(), NEW.to_owned(), Some(("name", "second")), true),
        (below("change"), below("change"), Some(("environment", "staging")), true),
        (below("regenerate"), below("regenerate"), None, true),
        (below("rotate"), below("rotate"), Some(("overlap", "604800")), true),
        (below("reveal"), below("reveal"), None, false),
        (key.clone(), below("disable"), None, false),
        (below("revoke"), below("revoke"), None, false),
        ("/projects/new".to_owned(), "/projects/new".to_owned(), Some(("name", "trees")), false),
        (settings.clone(), settings.clone(), Some(("name", "trees")), false),
        (settings.clone(), format!("{project}/members"), Some(("user", "root")), false),
        (bob.clone(), bob.clone(), Some(("role", "owner")), true),
        (format!("{bob}/remove"), format!("{bob}/remove"), None, false),
        (format!("{project}/delete"), format!("{project}/delete"), Some(("name", "plants")), true),
    ] {
        alice.proves_again();
        let form = page(&alice, &place).form(&action);
        let form = typed.map_or(form.clone(), |(name, value)| form.with(name, value));
        let form =
            if action.ends_with("reveal") { form.with("password", &server.seed.password) } else { form };
        let again = Page::of(&alice.submits_too_late(&form, asks_first).expect(403));
        assert!(again.words().contains(TOO_LATE), "{action}: {}", again.words());
        assert!(!again.html().contains(&server.seed.password), "{action}");
        let fresh = again.form(&action);
        assert!(fresh.value("csrf_token").len() > 40, "{action}");
        if let Some((name, value)) = typed {
            assert_eq!(fresh.value(name), value, "{action}: what was typed is kept");
        }
    }
    for (kind, times) in [
        ("key_created", 1),
        ("key_updated", 0),
        ("key_regenerated", 0),
        ("key_rotated", 0),
        ("key_revealed", 0),
        ("key_disabled", 0),
        ("key_deleted", 0),
        ("project_created", 1),
        ("project_updated", 0),
        ("project_deleted", 0),
        ("member_added", 1),
        ("member_changed", 0),
        ("member_removed", 0),
    ] {
        assert_eq!(happened(&server, kind), times, "{kind}: nothing was done");
    }
    alice.proves_again();
    let late = page(&alice, &below("rotate")).form(&below("rotate")).with("overlap", "3600");
    let again = Page::of(&alice.submits_too_late(&late, true).expect(403));
    let shown = Page::of(&alice.submits(&again.form(&below("rotate"))).expect(200));
    server.secrets.add(&shown.control("secret"));
    assert_eq!(happened(&server, "key_rotated"), 1, "the form that came back works");
}
