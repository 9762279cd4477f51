//! Accounts: given passwords and random ones, refusals, and what disabling ends (contract §6, §14).

use std::net::{IpAddr, Ipv4Addr};

use super::super::fixture::{block_on, node};
use super::super::password::{Attempt, LoginRefusal, LoginTokens, login};
use super::super::verify::{Credential, Verdict, verify};
use super::*;

const GOOD: &str = "a short sentence works";

fn alice() -> NewUser<'static> {
    NewUser { username: "Alice", email: "alice@example.com", password: Some(GOOD), is_admin: false }
}

async fn try_login(node: &Node, password: &str) -> Result<LoginTokens, LoginRefusal> {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    login(node, Attempt { name: "alice", password, address }, None).await.unwrap()
}

async fn works(node: &Node, token: &str) -> bool {
    matches!(verify(node, Credential::AccessToken(token)).await.unwrap(), Verdict::Valid(_))
}

#[test]
fn contract_14_an_account_gets_the_given_password_or_a_random_one() {
    block_on(async {
        let (_folder, node) = node().await;
        assert!(create(&node, Actor::Operator, alice()).await.unwrap().unwrap().generated.is_none());
        assert!(try_login(&node, GOOD).await.is_ok());
        let set = set_password(&node, "ALICE@example.com", None).await.unwrap().unwrap();
        assert!(try_login(&node, GOOD).await.is_err());
        assert!(try_login(&node, set.generated.unwrap().expose()).await.is_ok());
    });
}

#[test]
fn accounts_that_break_a_rule_are_refused_with_what_to_do() {
    block_on(async {
        let (_folder, node) = node().await;
        create(&node, Actor::Operator, alice()).await.unwrap().unwrap();
        let long = "x".repeat(1025);
        for (new, words) in [
            (NewUser { username: "a:b", ..alice() }, "':'"),
            (NewUser { username: "bob", email: "bob", ..alice() }, "name@host"),
            (NewUser { username: "alice", email: "b@example.com", ..alice() }, "user name is taken"),
            (NewUser { username: "bob", email: "ALICE@example.com", ..alice() }, "address is taken"),
            (NewUser { username: "bob", email: "b@c", password: Some("short"), ..alice() }, "at least 15"),
            (NewUser { username: "bob", email: "b@c", password: Some(&long), ..alice() }, "at most 128"),
        ] {
            let message = create(&node, Actor::Operator, new).await.unwrap().err().unwrap().to_string();
            assert!(message.contains(words), "{message}");
        }
        for name in ["nobody", "", "a\nb"] {
            assert!(matches!(set_disabled(&node, name, true).await.unwrap(), Err(UserRefusal::Unknown(_))));
        }
        assert_eq!(list(&node).await.unwrap().len(), 1);
    });
}

#[test]
fn contract_6_disabling_or_a_new_password_ends_every_token_at_once() {
    block_on(async {
        let (_folder, node) = node().await;
        create(&node, Actor::Operator, alice()).await.unwrap().unwrap();
        let first = try_login(&node, GOOD).await.ok().unwrap().access_token;
        assert!(works(&node, &first).await);
        set_password(&node, "alice", Some(GOOD)).await.unwrap().unwrap();
        assert!(!works(&node, &first).await);
        let second = try_login(&node, GOOD).await.ok().unwrap().access_token;
        set_disabled(&node, "alice", true).await.unwrap().unwrap();
        assert!(!works(&node, &second).await);
        assert!(try_login(&node, GOOD).await.is_err());
        set_disabled(&node, "alice", false).await.unwrap().unwrap();
        assert!(!works(&node, &second).await);
        assert!(try_login(&node, GOOD).await.is_ok());
    });
}
