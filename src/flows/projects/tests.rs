//! Owns the tests of who sees and manages a project; races are in tests/storage.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::super::api_keys::{self, NewKey, Place};
use super::super::fixture::{block_on, node};
use super::super::password::{Attempt, login};
use super::super::users::{self, NewUser};
use super::super::verify::fixture::holder;
use super::super::verify::{Credential, Identity, Verdict, verify};
use super::*;
use crate::account::api_key::Status;

const PASSWORD: &str = "a short sentence works";

async fn person(node: &Node, name: &str) -> Uuid {
    let email = format!("{name}@example.com");
    let new = NewUser { username: name, email: &email, password: Some(PASSWORD), is_admin: false };
    users::create(node, Actor::Operator, new).await.unwrap().unwrap().user.id
}

async fn good(node: &Node, credential: Credential<'_>) -> Option<Arc<Identity>> {
    match verify(node, credential).await.unwrap() {
        Verdict::Valid(identity) => Some(identity),
        _ => None,
    }
}

async fn signed_in(node: &Node, name: &str, scope: Option<&str>) -> Arc<Identity> {
    let attempt = Attempt { name, password: PASSWORD, address: IpAddr::V4(Ipv4Addr::LOCALHOST) };
    let tokens = login(node, attempt, scope).await.unwrap().unwrap();
    good(node, Credential::AccessToken(&tokens.access_token)).await.unwrap()
}

async fn key_of(node: &Node, user: Uuid, place: Place) -> String {
    let new = NewKey { name: "key".into(), ..NewKey::default() };
    let made = api_keys::create(node, Actor::Operator, user, place, new).await.unwrap().unwrap();
    made.secret.expose().to_owned()
}

fn refusal<T>(done: Result<Result<T, ProjectRefusal>, FlowError>) -> ProjectRefusal {
    done.unwrap().err().unwrap()
}

#[test]
fn contract_7_a_private_project_is_there_for_its_members_only() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice").await;
        let bob = person(&node, "bob").await;
        let private = create(&node, Actor::Operator, alice, "private", false).await.unwrap().unwrap();
        let public = create(&node, Actor::Operator, alice, "public", true).await.unwrap().unwrap();
        let others = create(&node, Actor::Operator, bob, "bob's", false).await.unwrap().unwrap();
        let (hers, his) = (signed_in(&node, "alice", None).await, signed_in(&node, "bob", None).await);
        let project_key = key_of(&node, alice, Place::Project(private.id)).await;
        let key = good(&node, Credential::ApiKey(&project_key)).await.unwrap();
        let ids = async |identity: Option<&Identity>| {
            let seen = visible(&node, identity.map(holder), None, 10).await.unwrap();
            seen.into_iter().map(|project| project.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(None).await, [public.id]);
        assert_eq!(ids(Some(&hers)).await, [public.id, private.id]);
        assert_eq!(ids(Some(&his)).await, [others.id, public.id]);
        assert_eq!(ids(Some(&key)).await, [public.id, private.id]);
        let own = create(&node, Actor::Operator, alice, "another", false).await.unwrap().unwrap();
        assert_eq!(ids(Some(&key)).await, [public.id, private.id], "a project's key knows its own only");
        assert_eq!(list(&node, None, 10).await.unwrap().len(), 4);
        assert_eq!(
            visible(&node, Some(holder(&hers)), Some(own.id), 1).await.unwrap(),
            std::slice::from_ref(&public)
        );
        for (identity, project, role, access) in [
            (None, private.id, None, Access::Hidden),
            (Some(&his), private.id, None, Access::Hidden),
            (Some(&his), public.id, None, Access::Forbidden),
            (None, public.id, None, Access::Unauthenticated),
            (Some(&hers), private.id, Some(Role::Owner), Access::Granted),
            (Some(&key), private.id, Some(Role::Owner), Access::Granted),
            (Some(&key), public.id, None, Access::Forbidden),
            (Some(&key), own.id, None, Access::Hidden),
        ] {
            let seen = see(&node, identity.map(|identity| holder(identity)), project).await.unwrap().unwrap();
            assert_eq!((seen.role, seen.access(ProjectPart::Inside)), (role, access), "{project}");
        }
        assert!(see(&node, None, Uuid::nil()).await.unwrap().is_none());
    });
}

#[test]
fn contract_9_owners_manage_a_project_and_nobody_else_does() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice").await;
        let (bob, eve) = (person(&node, "bob").await, person(&node, "eve").await);
        let id = create(&node, Actor::Operator, alice, "project", false).await.unwrap().unwrap().id;
        let hers = signed_in(&node, "alice", None).await;
        let his = signed_in(&node, "bob", None).await;
        let owner = holder(&hers);
        set_member(&node, owner, id, "bob@example.com", Role::Editor).await.unwrap().unwrap();
        let project_key = key_of(&node, alice, Place::Project(id)).await;
        let account_key = key_of(&node, alice, Place::Account(alice)).await;
        let project_key = good(&node, Credential::ApiKey(&project_key)).await.unwrap();
        let account_key = good(&node, Credential::ApiKey(&account_key)).await.unwrap();
        let reading = signed_in(&node, "alice", Some("read")).await;
        for identity in [&his, &project_key, &reading] {
            let actor = holder(identity);
            let refusals = [
                refusal(update(&node, actor, id, Some("mine".into()), None).await),
                refusal(set_member(&node, actor, id, "eve", Role::Viewer).await),
                refusal(remove_member(&node, actor, id, eve).await),
                refusal(delete(&node, actor, id).await),
            ];
            assert!(refusals.iter().all(|refusal| matches!(refusal, ProjectRefusal::NotAllowed(_))));
        }
        let stranger = signed_in(&node, "eve", None).await;
        assert_eq!(refusal(delete(&node, holder(&stranger), id).await), ProjectRefusal::Unknown);
        assert_eq!(
            refusal(set_member(&node, owner, id, "nobody", Role::Viewer).await),
            ProjectRefusal::UnknownUser
        );
        assert_eq!(refusal(remove_member(&node, owner, id, eve).await), ProjectRefusal::UnknownUser);
        for bad in ["", " a", "a\u{7}"] {
            let done = update(&node, owner, id, Some(bad.into()), None).await;
            assert!(matches!(refusal(done), ProjectRefusal::Invalid(_)));
        }
        let changed = update(&node, holder(&account_key), id, Some("new".into()), Some(true)).await;
        assert_eq!(changed.unwrap().unwrap(), find(&node, id).await.unwrap().unwrap());
        assert_eq!(
            members(&node, id).await.unwrap().iter().map(|m| m.user_id).collect::<Vec<_>>(),
            [alice, bob]
        );
        delete(&node, owner, id).await.unwrap().unwrap();
        assert!(find(&node, id).await.unwrap().is_none());
    });
}

#[test]
fn contract_9_a_project_key_dies_with_its_makers_membership_and_with_the_project() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice").await;
        let bob = person(&node, "bob").await;
        let id = create(&node, Actor::Operator, alice, "project", false).await.unwrap().unwrap().id;
        let add = |role| set_member(&node, Actor::Operator, id, "bob", role);
        add(Role::Editor).await.unwrap().unwrap();
        let (hers, his) =
            (key_of(&node, alice, Place::Project(id)).await, key_of(&node, bob, Place::Project(id)).await);
        let scope = async |key: &str| good(&node, Credential::ApiKey(key)).await.map(|i| i.scope.to_string());
        assert_eq!(scope(&his).await.as_deref(), Some("read write"));
        add(Role::Viewer).await.unwrap().unwrap();
        assert_eq!(scope(&his).await.as_deref(), Some("read"), "a viewer's key only reads");
        let me = signed_in(&node, "bob", None).await;
        remove_member(&node, holder(&me), id, bob).await.unwrap().unwrap();
        assert_eq!(scope(&his).await, None, "anyone may leave, and their keys end");
        add(Role::Owner).await.unwrap().unwrap();
        assert_eq!(scope(&his).await, None, "for good");
        let left = api_keys::list_made_by(&node, bob, None, 10).await.unwrap();
        assert_eq!(
            left.iter().map(|key| key.status(node.clock.now())).collect::<Vec<_>>(),
            [Status::Revoked]
        );
        assert!(scope(&hers).await.is_some());
        delete(&node, Actor::Operator, id).await.unwrap().unwrap();
        assert_eq!(scope(&hers).await, None);
    });
}

#[test]
fn contract_9_a_project_is_never_without_an_owner() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice").await;
        person(&node, "bob").await;
        let id = create(&node, Actor::Operator, alice, "project", false).await.unwrap().unwrap().id;
        let me = signed_in(&node, "alice", None).await;
        for actor in [holder(&me), Actor::Operator] {
            assert_eq!(refusal(remove_member(&node, actor, id, alice).await), ProjectRefusal::LastOwner);
            let demoted = set_member(&node, actor, id, "alice", Role::Editor).await;
            assert_eq!(refusal(demoted), ProjectRefusal::LastOwner);
        }
        set_member(&node, Actor::Operator, id, "alice", Role::Owner).await.unwrap().unwrap();
        set_member(&node, Actor::Operator, id, "bob", Role::Owner).await.unwrap().unwrap();
        remove_member(&node, holder(&me), id, alice).await.unwrap().unwrap();
    });
}

#[test]
fn contract_9_a_key_that_is_bound_makes_nobody_a_member() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice").await;
        let (bob, _) = (person(&node, "bob").await, person(&node, "eve").await);
        let id = create(&node, Actor::Operator, alice, "project", false).await.unwrap().unwrap().id;
        set_member(&node, Actor::Operator, id, "bob", Role::Viewer).await.unwrap().unwrap();
        let free = NewKey { name: "key".into(), ..NewKey::default() };
        let end = Some(node.clock.now().plus_seconds(1_000));
        for bound in [
            NewKey { expires_at: end, ..free.clone() },
            NewKey { ip_allow: vec!["10.0.0.0/8".parse().unwrap()], ..free.clone() },
            NewKey { rate_limit: Some(5), ..free.clone() },
        ] {
            let made = api_keys::create(&node, Actor::Operator, alice, Place::Account(alice), bound).await;
            let secret = made.unwrap().unwrap().secret;
            let key = good(&node, Credential::ApiKey(secret.expose())).await.unwrap();
            let actor = holder(&key);
            for done in [
                refusal(set_member(&node, actor, id, "eve", Role::Owner).await),
                refusal(set_member(&node, actor, id, "eve", Role::Viewer).await),
                refusal(set_member(&node, actor, id, "bob", Role::Editor).await),
                refusal(remove_member(&node, actor, id, bob).await),
            ] {
                assert!(matches!(done, ProjectRefusal::NotAllowed(_)), "{done}");
            }
            // It may manage the rest, and its owner may leave.
            assert!(update(&node, actor, id, Some("new".into()), None).await.unwrap().is_ok());
            assert_eq!(refusal(remove_member(&node, actor, id, alice).await), ProjectRefusal::LastOwner);
        }
        let key = key_of(&node, alice, Place::Account(alice)).await;
        let key = good(&node, Credential::ApiKey(&key)).await.unwrap();
        let me = signed_in(&node, "alice", None).await;
        set_member(&node, holder(&key), id, "eve", Role::Viewer).await.unwrap().unwrap();
        set_member(&node, holder(&me), id, "eve", Role::Owner).await.unwrap().unwrap();
    });
}
