//! `/admin/clients/…`: secrets with an overlap, two who change a client at once, forms that come back (security §3, 36;
//! contract §14).

use crate::support::actor::{Actor, page, root};
use crate::support::exchange::Reply;
use crate::support::page::{Form, Page};
use crate::support::seed::ODD;
use crate::support::server::TestServer;

fn form(actor: &Actor<'_>, path: &str) -> Form {
    page(actor, path).form(path)
}

/// What a page shows this once; it is never in the log.
#[track_caller]
fn secret_of(server: &TestServer, reply: &Reply) -> String {
    let secret = Page::of(reply).control("secret");
    assert!(secret.starts_with("pcs_"), "{secret}");
    server.secrets.add(&secret);
    secret
}

/// Whether a client's secret is good: what comes after it is not.
fn is_good(server: &TestServer, id: &str, secret: &str) -> bool {
    let none = [("grant_type", "authorization_code"), ("code", "none")];
    match server.actor().post("/oauth/token").basic(id, secret).form(&none).send().error().as_str() {
        "invalid_grant" | "unauthorized_client" => true,
        "invalid_client" => false,
        other => panic!("{other}"),
    }
}

/// Replaces the secret of `web` on its page.
fn replaces(server: &TestServer, root: &Actor<'_>, overlap: &str) -> String {
    let asked = form(root, "/admin/clients/web/secret").with("overlap", overlap);
    secret_of(server, &root.submits(&asked).expect(200))
}

on_both! {
    fn security_36_two_secrets_of_a_client_are_good_while_one_replaces_the_other(server) {
        let root = root(server);
        let good = |secret: &str| is_good(server, "web", secret);
        let first = server.seed.secret("web").unwrap().to_owned();
        let second = replaces(server, &root, "3600");
        assert_eq!([good(&first), good(&second)], [true, true]);
        let third = replaces(server, &root, "86400");
        assert_eq!([good(&first), good(&second), good(&third)], [false, true, true], "two at most");
        server.clock.advance(86_399);
        assert_eq!([good(&second), good(&third)], [true, true]);
        server.clock.advance(1);
        assert_eq!([good(&second), good(&third)], [false, true], "the overlap is over");

        root.signs_in();
        let fourth = replaces(server, &root, "604800");
        let end = form(&root, "/admin/clients/web/end-old-secret");
        assert_eq!(root.submits(&end).expect(303).the_header("location"), "/admin/clients/web?done=old-secret-ended");
        assert_eq!([good(&third), good(&fourth)], [false, true], "ended now");
        let fifth = replaces(server, &root, "0");
        assert_eq!([good(&fourth), good(&fifth)], [false, true], "without an overlap at once");
        let trail = page(&root, "/admin/audit?client=web").html().to_owned();
        let count = |kind: &str| trail.matches(&format!("<code>{kind}</code>")).count();
        let all = ["client_secret_rotated", "client_previous_secret_ended", "client_secret_replaced"];
        assert_eq!(all.map(count), [3, 1, 1]);
    }

    fn security_36_who_loses_its_secret_loses_both(server) {
        let root = root(server);
        let first = server.seed.secret("web").unwrap().to_owned();
        let second = replaces(server, &root, "604800");
        let public = form(&root, "/admin/clients/web").with("type", "public");
        let _ = root.submits(&public).expect(303);
        let back = form(&root, "/admin/clients/web").with("type", "confidential");
        let third = secret_of(server, &root.submits(&back).expect(200));
        let good = [&first, &second, &third].map(|secret| is_good(server, "web", secret));
        assert_eq!(good, [false, false, true]);
    }
}

#[test]
fn a_form_of_a_client_that_changed_meanwhile_changes_nothing() {
    let server = TestServer::start();
    let (root, other) = (root(&server), root(&server));
    let path = "/admin/clients/web";
    let (first, second) = (form(&root, path), form(&other, path));
    let _ = root.submits(&first.with("name", "First")).expect(303);
    let stale = other.submits(&second.with("name", "Second")).expect(409);
    let shown = Page::of(&stale);
    assert!(shown.words().contains("The client was changed meanwhile."), "{}", shown.words());
    assert_eq!(shown.form(path).value("name"), "Second", "what was typed is kept");
    assert!(page(&root, "/admin/clients").html().contains(">First</a>"));
    let _ = other.submits(&shown.form(path)).expect(303);
    assert!(page(&root, "/admin/clients").html().contains(">Second</a>"), "who read that may save");
    server.clock.advance(901);
    assert_eq!(root.get(path).send().status, 303, "the form is for who typed the password lately");
}

#[test]
fn rfc8628_3_1_a_client_for_devices_is_registered_on_the_page() {
    let server = TestServer::start();
    let root = root(&server);
    let new = form(&root, "/admin/clients/new").with("kind", "device").with("name", "Set Top");
    let made = root.submits(&new.with("client_id", "settop")).expect(200);
    assert!(!made.text().contains("pcs_"));
    let asks = || server.actor().post("/oauth/device_authorization").form(&[("client_id", "settop")]).send();
    let _ = asks().expect(200);
    assert!(page(&root, "/admin/clients/settop").words().contains("TV, command line or another device"));
    let change = form(&root, "/admin/clients/settop");
    let greedy = change.clone().with("grant-client_credentials", "on");
    let refused = Page::of(&root.submits(&greedy).expect(400));
    assert!(refused.html().contains("grants-fault"), "a public client acts for nobody but people");
    let change =
        form(&root, "/admin/clients/settop").without("grant-device_code").without("grant-refresh_token");
    let change =
        change.with("grant-authorization_code", "on").with("redirect_uris", "https://settop.example/cb");
    let _ = root.submits(&change).expect(303);
    assert_eq!(asks().error(), "unauthorized_client");
}

#[test]
fn rfc6749_appendix_a_1_a_client_of_any_id_has_a_page() {
    let server = TestServer::start();
    let root = root(&server);
    let list = page(&root, "/admin/clients");
    let spelled: String = ODD.bytes().map(|byte| format!("{byte:02x}")).collect();
    let path = format!("/admin/clients/~{spelled}");
    assert!(list.links().contains(&path), "{:?}", list.links());
    let change = form(&root, &path).with("name", "Not So Odd");
    assert_eq!(root.submits(&change).expect(303).the_header("location"), format!("{path}?done=saved"));
    let made = root.submits(&form(&root, &format!("{path}/secret"))).expect(200);
    let secret = secret_of(&server, &made);
    assert!(is_good(&server, ODD, &secret) && Page::of(&made).links().contains(&path));
    let delete = format!("{path}/delete");
    let _ = root.submits(&form(&root, &delete).with("typed", ODD)).expect(303);
    assert_eq!(root.get(&path).send().status, 404);
    for odd in ["~", "~7", "~zz", "~777562", "~C3A4"] {
        assert_eq!(
            root.get(&format!("/admin/clients/{odd}")).send().status,
            404,
            "{odd}: `web` has one address"
        );
    }
}

#[test]
fn security_4_6_a_form_that_shows_a_secret_does_it_once() {
    const SENT: &str = "This form was sent already.";
    let server = TestServer::with(&[("REGISTRATION", "invitation")]);
    let root = root(&server);
    let sends_twice = |form: &Form| {
        let first = root.submits(form).expect(200);
        let second = root.submits(form).expect(403);
        assert!(Page::of(&second).words().contains(SENT), "{}", Page::of(&second).words());
        assert!(Page::of(&second).form(&form.action).value("csrf_token") != form.value("csrf_token"));
        first
    };
    let count = |query: &str| {
        page(&root, &format!("/admin/audit?{query}")).html().matches("<th scope=\"row\">").count()
    };

    let secret = sends_twice(&form(&root, "/admin/clients/web/secret"));
    assert!(is_good(&server, "web", &secret_of(&server, &secret)), "what was shown is the secret");
    assert_eq!(count("kind=client_secret_replaced"), 1);

    let new = form(&root, "/admin/clients/new").with("kind", "service").with("name", "Robot Two");
    let secret = sends_twice(&new);
    let _ = secret_of(&server, &secret);
    assert_eq!(page(&root, "/admin/clients?q=Robot+Two").html().matches(">Robot Two</a>").count(), 1);

    let link = format!("/admin/users/{}/password-link", server.id_of("alice"));
    let shown = Page::of(&sends_twice(&form(&root, &link))).control("link");
    let _ = server.actor().get(&shown).send().expect(200);

    let invite = form(&root, "/admin/users/invite").with("email", "carol@example.com");
    let shown = Page::of(&sends_twice(&invite)).control("link");
    let _ = server.actor().get(&shown).send().expect(200);
    assert_eq!(count("kind=user_invited"), 1);

    let user = form(&root, "/admin/users/new").with("username", "dora").with("email", "dora@example.com");
    let shown = Page::of(&sends_twice(&user.without("is_admin"))).control("link");
    let _ = server.actor().get(&shown).send().expect(200);

    let path = "/admin/clients/web";
    let _ = root.submits(&form(&root, path).with("type", "public")).expect(303);
    let _ = secret_of(&server, &sends_twice(&form(&root, path).with("type", "confidential")));
}

#[test]
fn security_4_6_what_was_typed_survives_a_form_that_cannot_be_carried_out() {
    let server = TestServer::with(&[("REGISTRATION", "invitation")]);
    let root = root(&server);
    let forms = [
        ("/admin/users/new", "username", "Typed Before"),
        ("/admin/users/invite", "email", "typed@example.com"),
        ("/admin/clients/new", "name", "Typed Before"),
        ("/admin/clients/web", "name", "Typed Before"),
        ("/admin/clients/web/delete", "typed", "webb"),
    ]
    .map(|(path, field, typed)| (path, field, typed, form(&root, path).with(field, typed)));
    let comes_back = |(path, field, typed, form): &(&str, &str, &str, Form), words: &str| {
        let back = Page::of(&root.submits(form).expect(403));
        assert_eq!(back.form(path).value(field), *typed, "{path}");
        assert!(back.words().contains(words), "{path}: {}", back.words());
        back
    };
    for one in &forms {
        let (path, field, typed, form) = one;
        let _ =
            comes_back(&(path, field, typed, form.clone().with("csrf_token", "x")), "What you typed is kept");
    }
    server.clock.advance(1801);
    for one in forms.iter().take(4) {
        let back = comes_back(one, "Your password was typed too long ago");
        let place = format!("/login?next={}&again=1", one.0.replace('/', "%2F"));
        assert!(back.links().contains(&place), "{:?}", back.links());
    }
    assert!(!page(&root, "/admin/users").html().contains("Typed Before"));
    root.signs_in();
    // Of the same session, under another cookie.
    let made = forms[2].3.clone().with("redirect_uris", "https://typed.example/cb");
    let _ = secret_of(&server, &root.submits(&made).expect(200));
    let _ = root.submits(&forms[3].3).expect(303);
}
