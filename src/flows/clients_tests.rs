//! Owns the tests of client registration: defaults, changes, refusals (contract §5, §14).

use super::*;
use crate::flows::fixture::{block_on, node};

fn web() -> ClientChange {
    ClientChange {
        name: Some("App".to_owned()),
        redirect_uris: Some(vec!["https://app.example/cb".to_owned()]),
        ..ClientChange::default()
    }
}

fn named() -> ClientChange {
    ClientChange { name: Some("Job".to_owned()), ..ClientChange::default() }
}

fn scope(text: &str) -> Option<Scope> {
    Some(Scope::parse(text).unwrap())
}

#[test]
fn contract_14_defaults_follow_from_redirect_uris_and_scope() {
    use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
    let all = "read write openid profile email offline_access";
    for (change, grants, allowed, default) in [
        (web(), vec![AuthorizationCode, RefreshToken], all, "read write"),
        (named(), vec![ClientCredentials], all, "read write"),
        (
            ClientChange { scope: scope("openid read email"), ..web() },
            vec![AuthorizationCode, RefreshToken],
            "openid read email",
            "read",
        ),
        (
            ClientChange { scope: scope("openid profile"), ..web() },
            vec![AuthorizationCode, RefreshToken],
            "openid profile",
            "openid profile",
        ),
    ] {
        let client = describe("c".to_owned(), change, UnixTime::from_seconds(0)).unwrap();
        assert_eq!(client.grants, grants);
        assert_eq!(
            (client.scope.to_string(), client.default_scope.to_string()),
            (allowed.into(), default.into())
        );
        assert!(client.require_pkce && !client.resource_server);
    }
}

#[test]
fn rfc6749_3_3_the_default_scope_is_chosen_or_follows_from_what_may_be_asked_for() {
    block_on(async {
        let (_folder, node) = node().await;
        let chosen = ClientChange { default_scope: Some(scope("openid read")), ..web() };
        let made = create(&node, Actor::Operator, Some("web"), chosen).await.unwrap().unwrap().client;
        assert_eq!(made.default_scope.to_string(), "openid read");
        for (allowed, default, expected) in [
            // What was chosen stays, as far as it may still be asked for.
            (scope("openid email write"), None, Ok("openid")),
            (scope("write read email"), None, Ok("write read")),
            (scope("email read"), None, Ok("read")),
            (None, Some(scope("email")), Ok("email")),
            (None, Some(scope("admin")), Err("must be part")),
            (None, Some(None), Ok("read")),
            (scope("write email"), None, Ok("write")),
        ] {
            let change = ClientChange { scope: allowed, default_scope: default, ..ClientChange::default() };
            match (update(&node, Actor::Operator, "web", change).await.unwrap(), expected) {
                (Ok(done), Ok(expected)) => assert_eq!(done.client.default_scope.to_string(), expected),
                (Err(refusal), Err(why)) => assert!(refusal.to_string().contains(why), "{refusal}"),
                _ => panic!("{expected:?}"),
            }
        }
    });
}

#[test]
fn contract_2_a_confidential_client_gets_a_secret_and_a_public_one_none() {
    block_on(async {
        let (_folder, node) = node().await;
        let made = create(&node, Actor::Operator, Some("web"), web()).await.unwrap().unwrap();
        assert!(made.secret.unwrap().expose().starts_with("pcs_"));
        let public = ClientChange { kind: Some(ClientKind::Public), ..web() };
        let made = create(&node, Actor::Operator, None, public).await.unwrap().unwrap();
        assert!(made.secret.is_none());
        assert_eq!(made.client.client_id.len(), ID_LENGTH);
        let again = create(&node, Actor::Operator, Some("web"), web()).await.unwrap();
        assert_eq!(again.err(), Some(ClientRefusal::Taken));
    });
}

#[test]
fn contract_14_update_changes_only_what_is_said() {
    block_on(async {
        let (_folder, node) = node().await;
        let before = create(&node, Actor::Operator, Some("web"), web()).await.unwrap().unwrap().client;
        let change = ClientChange { require_pkce: Some(false), ..ClientChange::default() };
        let after = update(&node, Actor::Operator, "web", change).await.unwrap().unwrap();
        assert!(after.secret.is_none());
        assert_eq!(after.client, Client { require_pkce: false, ..before });
        assert_eq!(list(&node).await.unwrap(), [after.client]);
    });
}

#[test]
fn a_client_that_changes_its_kind_loses_or_gets_a_secret() {
    block_on(async {
        let (_folder, node) = node().await;
        create(&node, Actor::Operator, Some("web"), web()).await.unwrap().unwrap();
        let to = |kind| ClientChange { kind: Some(kind), ..ClientChange::default() };
        let stored = async || node.db.read(|c| client::find(c, "web")).await.unwrap().unwrap().secret;
        assert!(
            update(&node, Actor::Operator, "web", to(ClientKind::Public))
                .await
                .unwrap()
                .unwrap()
                .secret
                .is_none()
        );
        assert!(stored().await.is_none());
        let secret = update(&node, Actor::Operator, "web", to(ClientKind::Confidential))
            .await
            .unwrap()
            .unwrap()
            .secret
            .unwrap();
        assert!(stored().await.unwrap().matches(&node.tokens.digest(&secret)));
    });
}

#[test]
fn contract_5_resources_stay_as_written_and_need_a_resource_server() {
    block_on(async {
        let (_folder, node) = node().await;
        let resources = Some(vec!["HTTPS://API.example".to_owned()]);
        let change = ClientChange { resources, resource_server: Some(true), ..named() };
        let made = create(&node, Actor::Operator, None, change.clone()).await.unwrap().unwrap();
        assert_eq!(made.client.resources, ["HTTPS://API.example"]);
        // A grant or a row of an earlier version has the form in which they are compared.
        for uri in ["HTTPS://API.example", "https://api.example/"] {
            let found = node.db.read(move |c| client::of_resource(c, uri)).await.unwrap();
            assert_eq!(found.map(|found| found.client_id), Some(made.client.client_id.clone()), "{uri}");
        }
        for bad in [
            ClientChange { resource_server: None, ..change },
            ClientChange { resources: Some(vec!["api".to_owned()]), resource_server: Some(true), ..named() },
            ClientChange { kind: Some(ClientKind::Public), ..named() },
            ClientChange { name: Some(String::new()), ..named() },
        ] {
            assert!(matches!(
                create(&node, Actor::Operator, None, bad).await.unwrap(),
                Err(ClientRefusal::Invalid(_))
            ));
        }
        assert!(matches!(
            create(&node, Actor::Operator, Some("a\nb"), named()).await.unwrap(),
            Err(ClientRefusal::Invalid(_))
        ));
    });
}

#[test]
fn a_deleted_client_is_gone_for_good() {
    block_on(async {
        let (_folder, node) = node().await;
        create(&node, Actor::Operator, Some("job"), named()).await.unwrap().unwrap();
        assert!(node.directory.client("job").await.unwrap().is_some());
        delete(&node, Actor::Operator, "job").await.unwrap().unwrap();
        assert!(node.directory.client("job").await.unwrap().is_none());
        let again = delete(&node, Actor::Operator, "job").await.unwrap();
        assert_eq!(again, Err(ClientRefusal::Unknown("job".to_owned())));
        let change = update(&node, Actor::Operator, "job", ClientChange::default()).await.unwrap();
        assert!(matches!(change.err(), Some(ClientRefusal::Unknown(_))));
    });
}

#[test]
fn security_3_40_the_name_that_people_decide_by_is_seen() {
    block_on(async {
        let (_folder, node) = node().await;
        let called = |name: &str| ClientChange { name: Some(name.to_owned()), ..web() };
        let made = create(&node, Actor::Operator, None, web()).await.unwrap().unwrap();
        for name in ["Ba\u{ad}nk", "\u{202e}knaB", "\u{3164}"] {
            let refused = create(&node, Actor::Operator, None, called(name)).await.unwrap();
            assert!(matches!(refused, Err(ClientRefusal::Invalid(_))), "{name:?}");
            let id = &made.client.client_id;
            let changed = update(&node, Actor::Operator, id, called(name)).await.unwrap();
            assert!(matches!(changed, Err(ClientRefusal::Invalid(_))), "{name:?}");
        }
    });
}
