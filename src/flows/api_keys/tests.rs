//! Owns the tests of what one credential may do with keys; races are in tests/storage.

mod leaks_and_slots;
mod takeover;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::super::fixture::{block_on, node};
use super::super::password::{Attempt, login};
use super::super::projects;
use super::super::users::{self, NewUser};
use super::super::verify::fixture::{holder, identity};
use super::super::verify::{Credential, Identity, Verdict, verify};
use super::*;
use crate::account::credential::CredentialClass;
use crate::account::project::Role;

const PASSWORD: &str = "a short sentence works";

async fn person(node: &Node, name: &str, is_admin: bool) -> Uuid {
    let email = format!("{name}@example.com");
    let new = NewUser { username: name, email: &email, password: Some(PASSWORD), is_admin };
    users::create(node, Actor::Operator, new).await.unwrap().unwrap().user.id
}

fn attempt<'a>(name: &'a str, password: &'a str) -> Attempt<'a> {
    Attempt { name, password, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

async fn signed_in(node: &Node, name: &str, scope: Option<&str>) -> Arc<Identity> {
    let tokens = login(node, attempt(name, PASSWORD), scope).await.unwrap().unwrap();
    good(node, Credential::AccessToken(&tokens.access_token)).await.unwrap()
}

async fn good(node: &Node, credential: Credential<'_>) -> Option<Arc<Identity>> {
    match verify(node, credential).await.unwrap() {
        Verdict::Valid(identity) => Some(identity),
        _ => None,
    }
}

async fn works(node: &Node, secret: &PlainToken) -> bool {
    good(node, Credential::ApiKey(secret.expose())).await.is_some()
}

/// The credential that a key is.
async fn with_key(node: &Node, made: &WithSecret) -> Arc<Identity> {
    good(node, Credential::ApiKey(made.secret.expose())).await.unwrap()
}

fn named(name: &str) -> NewKey {
    NewKey { name: name.to_owned(), ..NewKey::default() }
}

fn scoped(scope: &[&str]) -> NewKey {
    NewKey { scope: Some(Scope::from(scope)), ..named("key") }
}

fn renamed() -> KeyChange {
    KeyChange { name: Some("another".into()), ..KeyChange::default() }
}

fn refusal<T>(done: Result<Result<T, KeyRefusal>, FlowError>) -> KeyRefusal {
    done.unwrap().err().unwrap()
}

fn is_403<T>(done: Result<Result<T, KeyRefusal>, FlowError>) -> bool {
    matches!(refusal(done), KeyRefusal::NotAllowed(_))
}

#[test]
fn contract_9_a_key_lives_is_replaced_switched_off_and_removed() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let me = signed_in(&node, "alice", None).await;
        let (actor, place) = (holder(&me), Place::Account(alice));
        let first = create(&node, actor, alice, place, named("laptop")).await.unwrap().unwrap();
        assert_eq!(first.key.scope, Scope::from(["read", "write"]));
        assert!(works(&node, &first.secret).await);
        node.clock.advance(60);
        let second = regenerate(&node, actor, place, first.key.id, None).await.unwrap().unwrap();
        assert_eq!((second.key.id, second.key.created_at), (first.key.id, first.key.created_at));
        assert!(second.key.secret_created_at > first.key.secret_created_at);
        assert!(second.key.hint == second.secret.hint() && second.key.hint != first.key.hint);
        assert!(!works(&node, &first.secret).await && works(&node, &second.secret).await);
        let third = rotate(&node, actor, place, first.key.id, None, 600).await.unwrap().unwrap();
        assert!(works(&node, &second.secret).await && works(&node, &third.secret).await);
        node.clock.advance(600);
        assert!(!works(&node, &second.secret).await && works(&node, &third.secret).await);
        let fourth = rotate(&node, actor, place, first.key.id, None, 0).await.unwrap().unwrap();
        assert!(!works(&node, &third.secret).await && works(&node, &fourth.secret).await);
        assert!(matches!(
            refusal(rotate(&node, actor, place, first.key.id, None, 604_801).await),
            KeyRefusal::Invalid(_)
        ));
        set_disabled(&node, actor, place, first.key.id, true).await.unwrap().unwrap();
        assert!(!works(&node, &fourth.secret).await);
        let on = set_disabled(&node, actor, place, first.key.id, false).await.unwrap().unwrap();
        assert!(on.disabled_at.is_none() && works(&node, &fourth.secret).await);
        let change = KeyChange { expires_at: Some(Some(node.clock.now().plus_seconds(10))), ..renamed() };
        let changed = update(&node, actor, place, first.key.id, change).await.unwrap().unwrap();
        assert_eq!(changed.name, "another");
        node.clock.advance(10);
        assert!(!works(&node, &fourth.secret).await);
        let again = KeyChange { expires_at: Some(None), ..KeyChange::default() };
        update(&node, actor, place, first.key.id, again).await.unwrap().unwrap();
        assert!(works(&node, &fourth.secret).await);
        assert_eq!(list(&node, place, None, 10).await.unwrap().len(), 1);
        delete(&node, actor, place, first.key.id).await.unwrap().unwrap();
        assert!(!works(&node, &fourth.secret).await);
        assert!(find(&node, place, first.key.id).await.unwrap().is_none());
        assert_eq!(refusal(delete(&node, actor, place, first.key.id).await), KeyRefusal::Unknown);
    });
}

#[test]
fn contract_9_a_key_is_found_only_under_its_own_address_and_managed_only_by_its_owner() {
    block_on(async {
        let (_folder, node) = node().await;
        let (alice, bob) = (person(&node, "alice", false).await, person(&node, "bob", false).await);
        let (me, other) = (signed_in(&node, "alice", None).await, signed_in(&node, "bob", None).await);
        let mine = Place::Account(alice);
        let key = create(&node, holder(&me), alice, mine, named("key")).await.unwrap().unwrap().key;
        assert!(find(&node, mine, key.id).await.unwrap().is_some());
        assert!(find(&node, Place::Account(bob), key.id).await.unwrap().is_none());
        assert!(find(&node, Place::Project(Uuid::nil()), key.id).await.unwrap().is_none());
        for place in [mine, Place::Account(bob)] {
            let done = delete(&node, holder(&other), place, key.id).await;
            assert_eq!(refusal(done), KeyRefusal::Unknown);
        }
        assert!(is_403(create(&node, holder(&me), bob, mine, named("key")).await));
        let done = create(&node, holder(&me), bob, Place::Account(bob), named("key")).await;
        assert_eq!(refusal(done), KeyRefusal::Unknown);
    });
}

#[test]
fn contract_9_a_key_never_mints_a_wider_key() {
    block_on(async {
        let (_folder, mut node) = node().await;
        node.policy.scopes = vec![("files:list".into(), "list your files".into())];
        let root = person(&node, "root", true).await;
        let (me, place) = (signed_in(&node, "root", None).await, Place::Account(root));
        let end = node.clock.now().plus_seconds(1_000);
        let narrow = NewKey {
            expires_at: Some(end),
            ip_allow: vec!["10.0.0.0/8".parse().unwrap()],
            ..scoped(&["read", "write"])
        };
        let parent = create(&node, holder(&me), root, place, narrow.clone()).await.unwrap().unwrap();
        let key = with_key(&node, &parent).await;
        let actor = holder(&key);
        let net = |text: &str| vec![text.parse().unwrap()];
        for wider in [
            scoped(&["read", "write", "admin"]),
            scoped(&["read", "files:list"]),
            NewKey { expires_at: Some(end.plus_seconds(1)), ..named("key") },
            NewKey { ip_allow: net("10.0.0.0/7"), ..named("key") },
            NewKey { ip_allow: net("0.0.0.0/0"), ..named("key") },
        ] {
            assert!(is_403(create(&node, actor, root, place, wider).await));
        }
        let child = create(&node, actor, root, place, named("child")).await.unwrap().unwrap();
        assert_eq!(child.key.rights(), parent.key.rights());
        let smaller = NewKey { ip_allow: net("10.1.2.3/32"), rate_limit: Some(5), ..scoped(&["read"]) };
        assert!(create(&node, actor, root, place, smaller).await.unwrap().is_ok());
        // What a login that can do everything makes, the key cannot take hold of.
        let wide = create(&node, holder(&me), root, place, scoped(&["admin", "files:list"])).await.unwrap();
        let wide = wide.unwrap().key.id;
        assert!(is_403(regenerate(&node, actor, place, wide, None).await));
        assert!(is_403(rotate(&node, actor, place, wide, None, 0).await));
        assert!(is_403(update(&node, actor, place, wide, renamed()).await));
        set_disabled(&node, actor, place, wide, true).await.unwrap().unwrap();
        assert!(is_403(set_disabled(&node, actor, place, wide, false).await));
        let widened = KeyChange { expires_at: Some(None), ..KeyChange::default() };
        assert!(is_403(update(&node, actor, place, child.key.id, widened).await));
        assert!(regenerate(&node, actor, place, child.key.id, None).await.unwrap().is_ok());
        assert!(delete(&node, actor, place, wide).await.unwrap().is_ok());
    });
}

#[test]
fn contract_9_a_key_replaces_and_removes_itself_but_cannot_change_or_show_itself() {
    block_on(async {
        let (_folder, mut node) = node().await;
        node.policy.reveal_keys = true;
        let alice = person(&node, "alice", false).await;
        let place = Place::Account(alice);
        let made = create(&node, Actor::Operator, alice, place, named("key")).await.unwrap().unwrap();
        let (id, me) = (made.key.id, with_key(&node, &made).await);
        let limit = KeyChange { rate_limit: Some(Some(1)), ..KeyChange::default() };
        assert!(is_403(update(&node, holder(&me), place, id, limit).await));
        assert!(is_403(set_disabled(&node, holder(&me), place, id, false).await));
        assert!(is_403(reveal(&node, holder(&me), place, id, attempt("alice", PASSWORD)).await));
        let again = regenerate(&node, holder(&me), place, id, None).await.unwrap().unwrap();
        let me = with_key(&node, &again).await;
        let again = rotate(&node, holder(&me), place, id, None, 60).await.unwrap().unwrap();
        let me = with_key(&node, &again).await;
        delete(&node, holder(&me), place, id).await.unwrap().unwrap();
        assert!(!works(&node, &again.secret).await);
        // Gone in the meantime: what was checked before is asked again where it counts.
        assert!(is_403(create(&node, holder(&me), alice, place, named("late")).await));
    });
}

#[test]
fn contract_9_scope_read_looks_write_manages_and_an_app_only_looks() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let place = Place::Account(alice);
        let id = create(&node, Actor::Operator, alice, place, named("key")).await.unwrap().unwrap().key.id;
        let reads = signed_in(&node, "alice", Some("read")).await;
        let writes = signed_in(&node, "alice", Some("write")).await;
        let app = Identity {
            class: CredentialClass::OAuth,
            user_id: Some(alice),
            scope: Scope::from(["read", "write"]),
            ..identity()
        };
        let robot = Identity { user_id: None, ..app.clone() };
        assert!(may_look(&node, holder(&reads), place).await.unwrap().is_ok());
        assert!(may_look(&node, holder(&app), place).await.unwrap().is_ok());
        assert!(is_403(may_look(&node, holder(&writes), place).await));
        assert!(is_403(may_look(&node, holder(&robot), place).await));
        for actor in [&reads, &app, &robot] {
            let actor = holder(actor);
            assert!(is_403(create(&node, actor, alice, place, named("key")).await));
            assert!(is_403(update(&node, actor, place, id, renamed()).await));
            assert!(is_403(regenerate(&node, actor, place, id, None).await));
            assert!(is_403(delete(&node, actor, place, id).await));
        }
        // A login makes no key that allows more than itself, and takes hold of none.
        assert!(is_403(create(&node, holder(&writes), alice, place, scoped(&["read"])).await));
        assert!(is_403(regenerate(&node, holder(&writes), place, id, None).await));
        let made = create(&node, holder(&writes), alice, place, named("key")).await.unwrap().unwrap();
        assert_eq!(made.key.scope, Scope::from(["write"]));
    });
}

#[test]
fn contract_2_a_secret_is_shown_again_only_where_it_is_kept_and_for_the_password() {
    block_on(async {
        let (_folder, mut node) = node().await;
        let alice = person(&node, "alice", false).await;
        person(&node, "bob", false).await;
        let (me, place) = (signed_in(&node, "alice", None).await, Place::Account(alice));
        let actor = holder(&me);
        let lost = create(&node, actor, alice, place, named("key")).await.unwrap().unwrap().key.id;
        let right = || attempt("alice", PASSWORD);
        assert!(is_403(reveal(&node, actor, place, lost, right()).await), "switched off");
        node.policy.reveal_keys = true;
        assert!(is_403(reveal(&node, actor, place, lost, right()).await), "not kept");
        let kept = create(&node, actor, alice, place, named("key")).await.unwrap().unwrap();
        let id = kept.key.id;
        let shown = reveal(&node, actor, place, id, right()).await.unwrap().unwrap();
        assert_eq!(shown.secret.expose(), kept.secret.expose());
        let again = regenerate(&node, actor, place, id, None).await.unwrap().unwrap();
        let shown = reveal(&node, actor, place, id, right()).await.unwrap().unwrap();
        assert_eq!(shown.secret.expose(), again.secret.expose());
        // A sealed secret copied into another row does not open there.
        let thief = create(&node, actor, alice, place, named("key")).await.unwrap().unwrap().key.id;
        node.db
            .write(move |c| {
                let sealed = api_key::sealed(c, id)?;
                let digest = node_digest();
                api_key::replace_secret(c, thief, &api_key::StoredSecret { digest, sealed }, None)
            })
            .await
            .unwrap();
        assert!(matches!(reveal(&node, actor, place, thief, right()).await, Err(FlowError::Crypto(_))));
        let wrong = [attempt("alice", "wrong"), attempt("bob", PASSWORD), attempt("nobody", PASSWORD)];
        for proof in wrong {
            let done = reveal(&node, actor, place, id, proof).await;
            assert_eq!(refusal(done), KeyRefusal::Password(LoginRefusal::InvalidCredentials));
        }
        let mut throttled = false;
        for _ in 0..20 {
            let done = reveal(&node, actor, place, id, attempt("alice", "wrong")).await;
            throttled |= matches!(refusal(done), KeyRefusal::Password(LoginRefusal::Throttled { .. }));
        }
        assert!(throttled, "guesses count as those at a login do");
    });
}

fn node_digest() -> crate::crypto::opaque_token::TokenDigest {
    crate::crypto::opaque_token::TokenDigest::from_stored(&[7; 32]).unwrap()
}

#[test]
fn contract_9_keys_of_a_project_are_managed_by_its_editors_and_act_in_it_alone() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let (bob, eve) = (person(&node, "bob", false).await, person(&node, "eve", false).await);
        let hidden =
            projects::create(&node, Actor::Operator, alice, "hidden", false).await.unwrap().unwrap().id;
        let other = projects::create(&node, Actor::Operator, alice, "open", true).await.unwrap().unwrap().id;
        let add = |project, who, role| projects::set_member(&node, Actor::Operator, project, who, role);
        add(hidden, "bob", Role::Editor).await.unwrap().unwrap();
        add(hidden, "eve", Role::Viewer).await.unwrap().unwrap();
        let (alices, bobs) = (signed_in(&node, "alice", None).await, signed_in(&node, "bob", None).await);
        let eves = signed_in(&node, "eve", None).await;
        let place = Place::Project(hidden);
        let hers = create(&node, holder(&alices), alice, place, named("key")).await.unwrap().unwrap();
        let his = create(&node, holder(&bobs), bob, place, named("key")).await.unwrap().unwrap();
        // A viewer looks; a stranger does not know that there is anything.
        assert!(may_look(&node, holder(&eves), place).await.unwrap().is_ok());
        assert!(is_403(create(&node, holder(&eves), eve, place, named("key")).await));
        assert!(is_403(delete(&node, holder(&eves), place, his.key.id).await));
        projects::remove_member(&node, Actor::Operator, hidden, eve).await.unwrap().unwrap();
        assert_eq!(refusal(may_look(&node, holder(&eves), place).await), KeyRefusal::Unknown);
        assert_eq!(refusal(delete(&node, holder(&eves), place, his.key.id).await), KeyRefusal::Unknown);
        assert!(is_403(may_look(&node, holder(&eves), Place::Project(other)).await));
        // An editor manages anybody's keys, but gets nobody else's secret.
        update(&node, holder(&bobs), place, hers.key.id, renamed()).await.unwrap().unwrap();
        assert!(is_403(regenerate(&node, holder(&bobs), place, hers.key.id, None).await));
        // A project's key manages keys of its project, within its rights, and nothing else.
        let key = with_key(&node, &his).await;
        let actor = holder(&key);
        assert!(create(&node, actor, bob, place, named("child")).await.unwrap().is_ok());
        assert!(is_403(create(&node, actor, bob, Place::Account(bob), named("key")).await));
        assert!(is_403(may_look(&node, actor, Place::Account(bob)).await));
        let own = projects::create(&node, Actor::Operator, bob, "bob's", false).await.unwrap().unwrap().id;
        let done = create(&node, actor, bob, Place::Project(own), named("key")).await;
        assert_eq!(refusal(done), KeyRefusal::Unknown);
        assert!(delete(&node, actor, place, hers.key.id).await.unwrap().is_ok());
        assert!(!works(&node, &hers.secret).await);
        let admin = create(&node, Actor::Operator, alice, place, scoped(&["admin"])).await;
        assert!(matches!(refusal(admin), KeyRefusal::Invalid(_)));
        assert!(is_403(create(&node, Actor::Operator, eve, place, named("key")).await));
    });
}
