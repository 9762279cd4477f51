//! `/admin/registration-tokens`: initial access tokens on pages (RFC 7591 §1.2; contract §14).

use std::collections::BTreeSet;

use portcullis::flows::actor::Actor as By;
use portcullis::flows::registration_token;

use crate::oauth::register::described;
use crate::support::actor::{Actor, leads_to, page, root};
use crate::support::exchange::Reply;
use crate::support::page::Page;
use crate::support::server::TestServer;

const LIST: &str = "/admin/registration-tokens";
const NEW: &str = "/admin/registration-tokens/new";

/// Makes one on the page; the token, and the address of the question whether to end it.
fn makes(server: &TestServer, root: &Actor<'_>, uses: &str, days: &str) -> (String, String) {
    let form = page(root, NEW).form(NEW).with("uses", uses).with("days", days);
    let shown = root.submits(&form).expect(200);
    assert!(shown.the_header("cache-control").contains("no-store"));
    let token = Page::of(&shown).control("token");
    server.secrets.add(&token);
    let end = page(root, LIST).links().into_iter().find(|link| link.ends_with("/revoke"));
    (token, end.expect("a way to end it"))
}

fn registers(server: &TestServer, token: &str) -> Reply {
    let request = described(&serde_json::json!({}));
    server.actor().post("/oauth/register").bearer(token).json(&request).send()
}

on_both! {
    fn rfc7591_1_2_a_token_is_made_on_a_page_shown_once_and_revoked(server) {
        let root = root(server);
        let empty = page(&root, LIST).words();
        assert!(empty.contains("There are none yet") && empty.contains("dynamic_registration is token or open"), "{empty}");
        let (token, end) = makes(server, &root, "3", "7");
        assert!(token.starts_with("pia_"));
        let list = page(&root, LIST);
        assert!(!list.html().contains(&token), "shown once");
        assert!(list.words().contains("0 of 3") && list.words().contains("in 7 days"), "{}", list.words());
        let form = page(&root, &end).form(&end);
        leads_to(&root.submits(&form), "/admin/registration-tokens?done=revoked");
        let list = page(&root, "/admin/registration-tokens?done=revoked");
        assert!(list.words().contains("revoked") && !list.links().contains(&end), "{}", list.words());
        assert_eq!(root.get(&end).send().status, 404, "there is nothing left to end");
        assert_eq!(root.submits(&form).status, 404);
        let trail = page(&root, "/admin/audit").html().to_owned();
        for kind in ["registration_token_created", "registration_token_revoked"] {
            assert_eq!(trail.matches(&format!("<code>{kind}</code>")).count(), 1, "{kind}");
        }
    }

    fn contract_9_registration_tokens_have_pages(server) {
        for _ in 0..7 {
            let made = server.operator(registration_token::create(&server.node, By::Operator, 1, 60)).unwrap();
            assert!(made.is_ok());
        }
        let root = root(server);
        let (mut next, mut seen) = (Some(format!("{LIST}?limit=3")), Vec::new());
        while let Some(path) = next {
            let links = page(&root, &path).links();
            next = links.iter().find(|link| link.contains("cursor=")).cloned();
            seen.extend(links.into_iter().filter(|link| link.ends_with("/revoke")));
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (7, 7));
        assert!(seen.is_sorted_by(|one, next| one > next), "newest first");
    }
}

#[test]
fn rfc7591_3_a_client_is_registered_by_a_token_of_the_page_as_long_as_it_lives() {
    let server = TestServer::with(&[("DYNAMIC_REGISTRATION", "token")]);
    let root = root(&server);
    assert!(page(&root, "/admin/clients").links().contains(&LIST.to_owned()));
    let (token, end) = makes(&server, &root, "2", "1");
    assert!(!page(&root, LIST).words().contains("They count once"));
    for (status, used) in [(201, "1 of 2"), (201, "2 of 2"), (401, "used up")] {
        assert_eq!(registers(&server, &token).status, status);
        assert!(page(&root, LIST).words().contains(used), "{used}");
    }
    assert!(!page(&root, LIST).links().contains(&end), "what is used up need not be ended");
    let (token, end) = makes(&server, &root, "2", "1");
    let _ = root.submits(&page(&root, &end).form(&end)).expect(303);
    assert_eq!(registers(&server, &token).status, 401, "revoked");
    let (token, _) = makes(&server, &root, "2", "1");
    server.clock.advance(86_400);
    assert_eq!(registers(&server, &token).status, 401, "expired");
    let closed = TestServer::start();
    assert!(
        !page(&crate::support::actor::root(&closed), "/admin/clients").links().contains(&LIST.to_owned())
    );
}

#[test]
fn wcag_3_3_1_what_no_token_can_be_is_said_beside_its_field() {
    let server = TestServer::start();
    let root = root(&server);
    for (field, value, words) in [
        ("uses", "", "Write a number from 1 to 10000"),
        ("uses", "0", "Write a number from 1 to 10000"),
        ("uses", "10001", "Write a number from 1 to 10000"),
        ("uses", "many", "Write a number from 1 to 10000"),
        ("days", "400", "Fill this in"),
    ] {
        let form = page(&root, NEW).form(NEW).with(field, value);
        let again = Page::of(&root.submits(&form).expect(400));
        assert!(again.html().contains(&format!("id=\"{field}-fault\"")), "{field}={value}");
        assert!(again.words().contains(words), "{field}={value}: {}", again.words());
        assert_eq!(again.form(NEW).value("uses"), form.value("uses"), "what was typed is kept");
    }
    assert!(page(&root, LIST).words().contains("There are none yet"));
}

#[test]
fn security_3_50_a_token_is_made_and_ended_by_who_typed_their_password_lately() {
    let server = TestServer::start();
    let root = root(&server);
    let (_, end) = makes(&server, &root, "1", "30");
    let (new, ending) = (page(&root, NEW).form(NEW), page(&root, &end).form(&end));
    let strange = root.submits(&new.clone().with("csrf_token", ending.value("csrf_token"))).expect(403);
    assert!(!strange.text().contains("pia_"));
    server.clock.advance(1801);
    for (path, form) in [(NEW, new), (&end, ending)] {
        assert!(root.get(path).send().expect(303).the_header("location").starts_with("/login?"), "{path}");
        let late = root.submits(&form).expect(403);
        assert!(Page::of(&late).words().contains("Your password was typed too long ago"), "{path}");
    }
    assert!(page(&root, LIST).links().contains(&end), "nothing was done");
}
