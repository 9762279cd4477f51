//! Owns the tests of what a credential cannot take over: its own successor, another's key, a limit it was given.

use super::super::{Denial, REPLACED};
use super::*;

async fn told(node: &Node, actor: Actor<'_>, place: Place, own: Uuid, other: Uuid) -> Vec<KeyRefusal> {
    let owner = match actor {
        Actor::Holder { identity, .. } => identity.user_id.unwrap(),
        _ => panic!("only a credential is told anything"),
    };
    let mut told = vec![refusal(create(node, actor, owner, place, named("child")).await)];
    for id in [own, other] {
        told.push(refusal(regenerate(node, actor, place, id, None).await));
        told.push(refusal(rotate(node, actor, place, id, None, 60).await));
        told.push(refusal(update(node, actor, place, id, renamed()).await));
        told.push(refusal(set_disabled(node, actor, place, id, true).await));
        told.push(refusal(set_disabled(node, actor, place, id, false).await));
        told.push(refusal(delete(node, actor, place, id).await));
    }
    told
}

#[test]
fn contract_9_the_previous_secret_of_a_key_looks_and_changes_nothing() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let project =
            projects::create(&node, Actor::Operator, alice, "project", false).await.unwrap().unwrap().id;
        person(&node, "bob", false).await;
        for place in [Place::Account(alice), Place::Project(project)] {
            let make = || create(&node, Actor::Operator, alice, place, named("key"));
            let (first, other) = (make().await.unwrap().unwrap(), make().await.unwrap().unwrap());
            let early = with_key(&node, &first).await;
            node.clock.advance(1);
            let second =
                rotate(&node, Actor::Operator, place, first.key.id, None, 600).await.unwrap().unwrap();
            let old = with_key(&node, &first).await;
            assert!(old.is_previous() && !with_key(&node, &second).await.is_previous());
            let actor = holder(&old);
            assert!(may_look(&node, actor, place).await.unwrap().is_ok());
            for told in told(&node, actor, place, first.key.id, other.key.id).await {
                assert_eq!(told, KeyRefusal::NotAllowed(Denial::Ended(REPLACED)));
            }
            // Nor does a request that was let in before the rotation, and writes only now.
            assert!(is_403(regenerate(&node, holder(&early), place, first.key.id, None).await));
            assert!(works(&node, &second.secret).await, "the owner's new secret lives");
            if place == Place::Account(alice) {
                let replaced = projects::ProjectRefusal::NotAllowed(REPLACED);
                let done = projects::set_member(&node, actor, project, "bob", Role::Owner).await;
                assert_eq!(done.unwrap().err().unwrap(), replaced);
                let done = projects::update(&node, actor, project, Some("mine".into()), None).await;
                assert_eq!(done.unwrap().err().unwrap(), replaced);
                let done = projects::remove_member(&node, actor, project, alice).await;
                assert_eq!(done.unwrap().err().unwrap(), replaced);
                let done = projects::delete(&node, actor, project).await;
                assert_eq!(done.unwrap().err().unwrap(), replaced);
                let late = projects::delete(&node, holder(&early), project).await.unwrap();
                assert!(late.is_err());
            }
            // The new secret does what a key may.
            let new = with_key(&node, &second).await;
            assert!(regenerate(&node, holder(&new), place, first.key.id, None).await.unwrap().is_ok());
        }
    });
}

#[test]
fn contract_9_of_anothers_project_key_an_editor_only_narrows_disables_and_deletes() {
    block_on(async {
        let (_folder, node) = node().await;
        let (alice, bob) = (person(&node, "alice", false).await, person(&node, "bob", false).await);
        let project =
            projects::create(&node, Actor::Operator, alice, "project", false).await.unwrap().unwrap().id;
        projects::set_member(&node, Actor::Operator, project, "bob", Role::Editor).await.unwrap().unwrap();
        let place = Place::Project(project);
        let end = node.clock.now().plus_seconds(1_000);
        let net = |text: &str| text.parse().unwrap();
        let bound = NewKey {
            expires_at: Some(end),
            ip_allow: vec![net("10.0.0.0/8")],
            rate_limit: Some(100),
            ..scoped(&["read"])
        };
        let hers = create(&node, Actor::Operator, alice, place, bound).await.unwrap().unwrap().key;
        let his = create(&node, Actor::Operator, bob, place, named("his")).await.unwrap().unwrap();
        let (alices, bobs) = (signed_in(&node, "alice", None).await, signed_in(&node, "bob", None).await);
        let key = with_key(&node, &his).await;
        let nothing = KeyChange::default;
        let wider = [
            KeyChange { scope: Some(Scope::from(["read", "write"])), ..nothing() },
            KeyChange { expires_at: Some(None), ..nothing() },
            KeyChange { expires_at: Some(Some(end.plus_seconds(1))), ..nothing() },
            KeyChange { ip_allow: Some(Vec::new()), ..nothing() },
            KeyChange { ip_allow: Some(vec![net("10.0.0.0/8"), net("11.0.0.1/32")]), ..nothing() },
            KeyChange { rate_limit: Some(None), ..nothing() },
            KeyChange { rate_limit: Some(Some(101)), ..nothing() },
        ];
        for actor in [holder(&bobs), holder(&key)] {
            for change in wider.clone() {
                assert!(is_403(update(&node, actor, place, hers.id, change).await));
            }
            let narrower = KeyChange {
                expires_at: Some(Some(end)),
                ip_allow: Some(vec![net("10.1.0.0/16")]),
                rate_limit: Some(Some(99)),
                environment: Some(Some("staging".into())),
                metadata: Some([("team".to_owned(), "blue".to_owned())].into()),
                ..renamed()
            };
            let after = update(&node, actor, place, hers.id, narrower).await.unwrap().unwrap();
            assert_eq!((after.rate_limit, after.name.as_str()), (Some(99), "another"));
            set_disabled(&node, actor, place, hers.id, true).await.unwrap().unwrap();
            assert!(is_403(set_disabled(&node, actor, place, hers.id, false).await));
            // Who made it, and the operator, switch it on and give it back what it had.
            for maker in [Actor::Operator, holder(&alices)] {
                set_disabled(&node, maker, place, hers.id, true).await.unwrap().unwrap();
                set_disabled(&node, maker, place, hers.id, false).await.unwrap().unwrap();
                for change in wider.clone() {
                    update(&node, maker, place, hers.id, change).await.unwrap().unwrap();
                }
                let back = KeyChange {
                    scope: Some(Scope::from(["read"])),
                    expires_at: Some(Some(end)),
                    ip_allow: Some(vec![net("10.0.0.0/8")]),
                    rate_limit: Some(Some(100)),
                    ..nothing()
                };
                update(&node, maker, place, hers.id, back).await.unwrap().unwrap();
            }
        }
        delete(&node, holder(&bobs), place, hers.id).await.unwrap().unwrap();
    });
}

#[test]
fn contract_12_a_key_with_a_limit_of_its_own_gets_no_second_counter() {
    block_on(async {
        let (_folder, mut node) = node().await;
        node.policy.reveal_keys = true;
        let alice = person(&node, "alice", false).await;
        let place = Place::Account(alice);
        let limited = |name: &str| NewKey { rate_limit: Some(5), ..named(name) };
        let make = |new| create(&node, Actor::Operator, alice, place, new);
        let own = make(limited("own")).await.unwrap().unwrap();
        let other = make(limited("other")).await.unwrap().unwrap().key.id;
        let free = make(named("free")).await.unwrap().unwrap();
        let me = with_key(&node, &own).await;
        let actor = holder(&me);
        for rate_limit in [None, Some(1), Some(5)] {
            let child = NewKey { rate_limit, ..named("child") };
            assert!(is_403(create(&node, actor, alice, place, child).await), "{rate_limit:?}");
        }
        assert!(is_403(regenerate(&node, actor, place, other, None).await));
        assert!(is_403(rotate(&node, actor, place, other, None, 60).await));
        assert!(is_403(reveal(&node, actor, place, other, attempt("alice", PASSWORD)).await));
        // What ended, or was bound to another place, would be another counter as well.
        let until = KeyChange { expires_at: Some(Some(node.clock.now().plus_seconds(9))), ..renamed() };
        assert!(is_403(update(&node, actor, place, other, until).await));
        set_disabled(&node, actor, place, other, true).await.unwrap().unwrap();
        assert!(is_403(set_disabled(&node, actor, place, other, false).await));
        delete(&node, actor, place, other).await.unwrap().unwrap();
        let again = regenerate(&node, actor, place, own.key.id, None).await.unwrap().unwrap();
        let me = with_key(&node, &again).await;
        assert!(rotate(&node, holder(&me), place, own.key.id, None, 60).await.unwrap().is_ok());
        // A key without a limit of its own shares its owner's counter with what it makes.
        let free = with_key(&node, &free).await;
        let child = create(&node, holder(&free), alice, place, limited("child")).await;
        let child = child.unwrap().unwrap().key.id;
        assert!(regenerate(&node, holder(&free), place, child, None).await.unwrap().is_ok());
    });
}

#[test]
fn contract_9_a_scope_the_operator_no_longer_offers_still_makes_a_key_wider() {
    block_on(async {
        let (_folder, mut node) = node().await;
        node.policy.scopes = vec![("files:list".into(), "list your files".into())];
        let alice = person(&node, "alice", false).await;
        let place = Place::Account(alice);
        let make = |new| create(&node, Actor::Operator, alice, place, new);
        let small = make(scoped(&["read", "write"])).await.unwrap().unwrap();
        let wide = make(scoped(&["read", "files:list"])).await.unwrap().unwrap();
        node.policy.scopes = Vec::new();
        let used = with_key(&node, &wide).await;
        assert!(used.scope.contains("files:list"), "at a use every stored scope counts");
        let id = wide.key.id;
        let key = with_key(&node, &small).await;
        let actor = holder(&key);
        assert!(is_403(regenerate(&node, actor, place, id, None).await));
        assert!(is_403(rotate(&node, actor, place, id, None, 60).await));
        assert!(is_403(update(&node, actor, place, id, renamed()).await));
        assert!(is_403(set_disabled(&node, actor, place, id, false).await));
        assert!(works(&node, &wide.secret).await);
        let reads = signed_in(&node, "alice", Some("read")).await;
        assert!(is_403(update(&node, holder(&reads), place, id, renamed()).await));
        // A login with everything stands for its person, who may give whatever their key has.
        let me = signed_in(&node, "alice", None).await;
        assert!(regenerate(&node, holder(&me), place, id, None).await.unwrap().is_ok());
    });
}

#[test]
fn contract_6_a_previous_secret_after_its_overlap_has_expired_cached_or_not() {
    block_on(async {
        let (_folder, node) = node().await;
        let alice = person(&node, "alice", false).await;
        let place = Place::Account(alice);
        let verdict =
            async |secret: &PlainToken| verify(&node, Credential::ApiKey(secret.expose())).await.unwrap();
        for seen in [true, false] {
            let made = create(&node, Actor::Operator, alice, place, named("key")).await.unwrap().unwrap();
            rotate(&node, Actor::Operator, place, made.key.id, None, 60).await.unwrap().unwrap();
            if seen {
                assert!(matches!(verdict(&made.secret).await, Verdict::Valid(_)));
            }
            node.clock.advance(60);
            assert!(matches!(verdict(&made.secret).await, Verdict::Expired), "seen before: {seen}");
            set_disabled(&node, Actor::Operator, place, made.key.id, true).await.unwrap().unwrap();
            assert!(matches!(verdict(&made.secret).await, Verdict::Invalid), "seen before: {seen}");
        }
    });
}
