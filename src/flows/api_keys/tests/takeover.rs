//! Owns the tests of what a credential cannot take over: its own successor, another's key, a limit it was given.

use super::super::REPLACED;
use super::*;

/// What a holder is told of every change of the keys of `place`, `own` being its own and `other` another.
async fn told(node: &Node, actor: Actor<'_>, place: Place, own: Uuid, other: Uuid) -> Vec<KeyRefusal> {
    let owner = match actor {
        Actor::Holder(identity) => identity.user_id.unwrap(),
        Actor::Operator => panic!("the operator is told nothing"),
    };
    let mut told = vec![refusal(create(node, actor, owner, place, named("child")).await)];
    for id in [own, other] {
        told.push(refusal(regenerate(node, actor, place, id).await));
        told.push(refusal(rotate(node, actor, place, id, 60).await));
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
        let project = projects::create(&node, alice, "project", false).await.unwrap().unwrap().id;
        person(&node, "bob", false).await;
        for place in [Place::Account(alice), Place::Project(project)] {
            let make = || create(&node, Actor::Operator, alice, place, named("key"));
            let (first, other) = (make().await.unwrap().unwrap(), make().await.unwrap().unwrap());
            let early = with_key(&node, &first).await;
            node.clock.advance(1);
            let second = rotate(&node, Actor::Operator, place, first.key.id, 600).await.unwrap().unwrap();
            let old = with_key(&node, &first).await;
            assert!(old.is_previous() && !with_key(&node, &second).await.is_previous());
            let actor = Actor::Holder(&old);
            assert!(may_look(&node, actor, place).await.unwrap().is_ok());
            for told in told(&node, actor, place, first.key.id, other.key.id).await {
                assert_eq!(told, KeyRefusal::NotAllowed(REPLACED));
            }
            // Nor does a request that was let in before the rotation, and writes only now.
            assert!(is_403(regenerate(&node, Actor::Holder(&early), place, first.key.id).await));
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
                let late = projects::delete(&node, Actor::Holder(&early), project).await.unwrap();
                assert!(late.is_err());
            }
            // The new secret does what a key may.
            let new = with_key(&node, &second).await;
            assert!(regenerate(&node, Actor::Holder(&new), place, first.key.id).await.unwrap().is_ok());
        }
    });
}
