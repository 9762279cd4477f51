//! Owns the tests of leaked keys, and of those an account has only one of.

use super::super::super::password::sign_in;
use super::super::super::session::{self, SignedIn};
use super::*;
use crate::account::api_key::{Slot, Status};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[test]
fn contract_9_a_leaked_key_is_revoked_and_only_removed_after_that() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let (me, place) = (signed_in(&node, "alice", None).await, Place::Account(alice));
        let actor = holder(&me);
        let made = create(&node, actor, alice, place, named("key")).await.unwrap().unwrap();
        let stranger = PlainToken::generate(TokenType::ApiKey);
        for nothing in [stranger.expose(), "sk_x", "alice:wrong", "nobody:x", "", ":"] {
            report_leaked(&node, nothing, HERE).await.unwrap();
        }
        assert!(works(&node, &made.secret).await);
        // A secret whose time is over harms nobody any more.
        let second = rotate(&node, actor, place, made.key.id, None, 10).await.unwrap().unwrap();
        node.clock.advance(10);
        report_leaked(&node, made.secret.expose(), HERE).await.unwrap();
        assert!(works(&node, &second.secret).await);
        let third = rotate(&node, actor, place, made.key.id, None, 10).await.unwrap().unwrap();
        report_leaked(&node, second.secret.expose(), HERE).await.unwrap();
        assert!(!works(&node, &second.secret).await && !works(&node, &third.secret).await);
        let left = find(&node, place, made.key.id).await.unwrap().unwrap();
        assert_eq!(left.status(node.clock.now()), Status::Revoked);
        assert!(is_403(regenerate(&node, actor, place, left.id, None).await));
        assert!(is_403(set_disabled(&node, actor, place, left.id, false).await));
        assert!(is_403(update(&node, actor, place, left.id, renamed()).await));
        delete(&node, actor, place, left.id).await.unwrap().unwrap();
        let header = barbell(&node, Actor::Operator, alice, None).await.unwrap().unwrap();
        assert!(good(&node, Credential::BarbellKey(&header)).await.is_some());
        report_leaked(&node, &header, HERE).await.unwrap();
        assert!(good(&node, Credential::BarbellKey(&header)).await.is_none());
        let header = barbell(&node, Actor::Operator, alice, None).await.unwrap().unwrap();
        assert!(good(&node, Credential::BarbellKey(&header)).await.is_some());
    });
}

async fn browser(node: &Node) -> SignedIn {
    let cookie = sign_in(node, attempt("alice", PASSWORD), "", None).await.unwrap().unwrap();
    session::find(node, cookie.expose()).await.unwrap().unwrap()
}

#[test]
fn contract_10_an_account_has_one_key_for_each_app_and_repeating_replaces_it() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let place = Place::Account(alice);
        let me = browser(&node).await;
        let app = |name: &str| Slot::App(name.to_owned());
        let first = slot_key(&node, &me, app("one"), "One", HERE).await.unwrap().unwrap();
        let other = slot_key(&node, &me, app("two"), "Two", HERE).await.unwrap().unwrap();
        set_disabled(&node, Actor::Operator, place, first.key.id, true).await.unwrap().unwrap();
        let second = slot_key(&node, &me, app("one"), "One", HERE).await.unwrap().unwrap();
        assert_eq!(second.key.id, first.key.id);
        assert!(!works(&node, &first.secret).await);
        assert!(works(&node, &second.secret).await && works(&node, &other.secret).await);
        report_leaked(&node, second.secret.expose(), HERE).await.unwrap();
        let third = slot_key(&node, &me, app("one"), "One", HERE).await.unwrap().unwrap();
        assert!(third.key.id != first.key.id && works(&node, &third.secret).await);
        assert_eq!(third.key.scope, Scope::from(["read", "write"]));
        let header = barbell(&node, Actor::Operator, alice, None).await.unwrap().unwrap();
        assert!(header.starts_with("alice:") && header.len() == "alice:".len() + 16);
        let keys = list(&node, place, None, 10).await.unwrap();
        assert_eq!(keys.len(), 3);
        let barbell_id = keys.iter().find(|key| key.slot == Some(Slot::Barbell)).unwrap().id;
        assert!(is_403(regenerate(&node, Actor::Operator, place, barbell_id, None).await));
        users::set_disabled(&node, "alice", true).await.unwrap().unwrap();
        assert!(slot_key(&node, &me, Slot::CommandLine, "cli", HERE).await.unwrap().is_none());
        assert!(barbell(&node, Actor::Operator, alice, None).await.unwrap().is_err());
    });
}

#[test]
fn security_3_57_a_browser_that_signed_out_a_moment_ago_fetches_no_key() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let me = browser(&node).await;
        session::end(&node, &me, HERE).await.unwrap();
        assert!(slot_key(&node, &me, Slot::App("one".into()), "One", HERE).await.unwrap().is_none());
        assert!(slot_key(&node, &me, Slot::CommandLine, "cli", HERE).await.unwrap().is_none());
        assert!(list(&node, Place::Account(alice), None, 10).await.unwrap().is_empty());
    });
}
