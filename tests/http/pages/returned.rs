//! Every form that needs a password typed lately comes back when it was typed too long ago, with what stands in it, and is carried
//! out once the password was typed in another tab (security §3, 50; WCAG 2.2 §3.3.7).

use serde_json::Value;

use crate::support::actor::{Actor, page, root, signed_in};
use crate::support::made::{makes_key, makes_project};
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;
use crate::support::trail::{events, happened};

/// Longer than a password that was typed counts for a form.
const LONG: i64 = 31 * 60;
const PROVE_AGAIN: &str = "Your password was typed too long ago, and nothing was done.";

/// A form that needs it.
struct Sensitive {
    /// The page it stands on.
    page: String,
    /// Where it goes.
    action: String,
    /// What is typed into it.
    typed: &'static [(&'static str, &'static str)],
    /// What the audit trail says once it was carried out.
    kind: &'static str,
}

/// One that goes where it stands.
fn at(
    page: impl Into<String>,
    typed: &'static [(&'static str, &'static str)],
    kind: &'static str,
) -> Sensitive {
    let page = page.into();
    Sensitive { action: page.split('?').next().unwrap().to_owned(), page, typed, kind }
}

/// One whose page is another.
fn on(
    page: &str,
    action: String,
    typed: &'static [(&'static str, &'static str)],
    kind: &'static str,
) -> Sensitive {
    Sensitive { page: page.to_owned(), action, typed, kind }
}

/// The newest thing that was done, logins apart.
fn newest(server: &TestServer) -> Option<String> {
    let done = |event: &&Value| event["kind"] != "login_succeeded";
    events(server, "").iter().find(done).map(|event| event["id"].to_string())
}

/// What stands in a form, its token apart.
fn contents(form: &Form) -> Vec<(String, String)> {
    let mut all = form.clone().without("csrf_token").fields;
    all.sort();
    all
}

/// Whatever this answer shows once is a secret, or a link that is as good as one.
fn keeps_secret(server: &TestServer, shown: &Page) {
    for id in ["secret", "link", "token", "header"] {
        if shown.html().contains(&format!("id=\"{id}\"")) {
            server.secrets.add(&shown.control(id));
        }
    }
}

#[track_caller]
fn comes_back_until_it_is_proved(person: &Actor<'_>, one: &Sensitive) {
    let (server, action) = (person.server, &one.action);
    person.proves_again();
    let form = page(person, &one.page).form(action);
    let form = one.typed.iter().fold(form, |form, (name, value)| form.with(name, value));
    server.clock.advance(LONG);
    let (before, done) = (newest(server), happened(server, one.kind));

    let back = Page::of(&person.submits(&form).expect(403));
    assert!(back.words().contains(PROVE_AGAIN), "{action}: {}", back.words());
    assert!(!back.html().contains(&server.seed.password), "{action}");
    let again = back.form(action);
    assert_eq!(contents(&again), contents(&form), "{action}: what was typed is kept");
    assert_eq!(newest(server), before, "{action}: nothing was done");

    // The link opens another tab; this one stays as it is.
    let prove = back.proves_at().expect("where to type the password");
    let next = person.signs_in_for(&prove).expect(303);
    let next = person.follows(next).expect("a page of ours");
    assert_eq!(next.status, 200, "{action}: the other tab shows a page");
    let reply = person.submits(&again);
    assert!(matches!(reply.status, 200 | 303), "{action}: {} {}", reply.status, reply.text());
    if reply.status == 200 {
        keeps_secret(server, &Page::of(&reply));
    }
    assert!(happened(server, one.kind) > done, "{action}: it is done");
}

#[test]
fn security_50_a_form_of_a_person_comes_back_whole_when_the_password_is_too_old() {
    let server = TestServer::start();
    let alice = signed_in(&server, "alice");
    let project = makes_project(&alice, "plants", "private");
    let settings = format!("{project}/settings");
    let bob = format!("{project}/members/{}", server.id_of("bob"));
    let (_, key) = makes_key(&alice, "/settings/keys/new", "laptop");
    let new_key: &[_] = &[
        ("name", "second"),
        ("expires", "date"),
        ("date", "2027-06-01"),
        ("scope_write", "on"),
        ("environment", "staging"),
        ("ip_allow", "192.0.2.0/24"),
        ("rate_limit", "7"),
    ];
    for one in [
        at("/settings/keys/new", new_key, "key_created"),
        at(format!("{project}/keys/new"), &[("name", "third"), ("expires", "never")], "key_created"),
        at(format!("{key}/change"), &[("name", "desk"), ("expires", "30")], "key_updated"),
        at(format!("{key}/regenerate"), &[], "key_regenerated"),
        at(format!("{key}/rotate"), &[("overlap", "3600")], "key_rotated"),
        at("/settings/barbell", &[], "key_created"),
        at("/settings/barbell", &[], "key_regenerated"),
        at("/settings/jwt", &[("scope-read", "yes")], "jwt_generated"),
        on(&settings, format!("{project}/members"), &[("user", "bob"), ("role", "owner")], "member_added"),
    ] {
        comes_back_until_it_is_proved(&alice, &one);
    }
    let off = page(&alice, &key).form(&format!("{key}/disable"));
    let _ = alice.submits(&off).expect(303);
    comes_back_until_it_is_proved(&alice, &on(&key, format!("{key}/enable"), &[], "key_enabled"));
    let viewer = page(&alice, &bob).form(&bob).with("role", "viewer");
    let _ = alice.submits(&viewer).expect(303);
    for one in [
        at(&bob, &[("role", "owner")], "member_changed"),
        at(format!("{project}/delete"), &[("name", "plants")], "project_deleted"),
        at("/settings/delete", &[("username", "alice")], "user_deleted"),
    ] {
        comes_back_until_it_is_proved(&alice, &one);
    }
}

#[test]
fn security_50_a_form_of_the_administration_comes_back_whole_when_the_password_is_too_old() {
    let server = TestServer::with(&[("REGISTRATION", "invitation")]);
    let (root, alice) = (root(&server), signed_in(&server, "alice"));
    let project = makes_project(&alice, "plants", "private");
    let _ = server.key("alice", |key| key.name = "laptop".to_owned());
    let key = page(&root, "/admin/keys?q=laptop").link_beside("laptop");
    let bob = format!("/admin/users/{}", server.id_of("bob"));
    let erin = server.id_of("erin");
    let web = "/admin/clients/web";
    let mut all = vec![
        at("/admin/users/new", &[("username", "dora"), ("email", "dora@example.com")], "user_created"),
        at("/admin/users/invite", &[("email", "carol@example.com")], "user_invited"),
        at(
            "/admin/clients/new",
            &[("name", "Typed Before"), ("redirect_uris", "https://typed.example/cb"), ("rate_limit", "7")],
            "client_created",
        ),
        at(web, &[("name", "Typed Before")], "client_updated"),
        at(format!("{web}/secret"), &[("overlap", "3600")], "client_secret_rotated"),
        at(format!("{web}/end-old-secret"), &[], "client_previous_secret_ended"),
        at(format!("{web}/disable"), &[], "client_disabled"),
        at(format!("{web}/enable"), &[], "client_enabled"),
        at(format!("{web}/delete"), &[("typed", "web")], "client_deleted"),
        at(format!("/admin{project}/delete"), &[("typed", "plants")], "project_deleted"),
        at(format!("{key}/revoke"), &[], "key_revoked"),
        at("/admin/signing-keys/rotate", &[], "signing_key_created"),
        at(format!("/admin/users/disable?user-{erin}=on"), &[], "user_disabled"),
    ];
    for (action, kind) in [
        ("make-administrator", "administrator_made"),
        ("unmake-administrator", "administrator_unmade"),
        ("sign-out", "user_signed_out"),
        ("password-link", "password_link_made"),
        ("disable", "user_disabled"),
        ("enable", "user_enabled"),
    ] {
        all.push(at(format!("{bob}/{action}"), &[], kind));
    }
    for one in &all {
        comes_back_until_it_is_proved(&root, one);
    }
    let keys = page(&root, "/admin/signing-keys").links();
    let revoke = keys.iter().find(|link| link.ends_with("/revoke")).expect("a key to be revoked");
    comes_back_until_it_is_proved(&root, &at(revoke, &[], "signing_key_revoked"));
}
