//! The operator's scopes on several nodes: heard of within a second, and never left to a client by a race (decision 0018).

on_both! {
    a_scope_is_heard_of_on_every_node_within_a_second
    no_client_keeps_a_scope_that_is_removed_while_it_is_registered
    only_administrators_may_touch_scopes
}

mod bodies {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use diesel::connection::SimpleConnection;
    use portcullis::flows::Node;
    use portcullis::flows::actor::Actor;
    use portcullis::flows::clients::{self, ClientChange};
    use portcullis::flows::scopes::{self, Descriptions, ScopeRefusal};
    use portcullis::flows::verify::{Credential, Verdict, verify};
    use portcullis::oauth::scope::Scope;

    use crate::bed::{Bed, HERE};

    fn said() -> Descriptions {
        Descriptions { default: Some("list your files".to_owned()), ..Descriptions::default() }
    }

    async fn heard(node: &Node, is_there: bool) {
        let began = Instant::now();
        while scopes::exists(node, "files") != is_there {
            assert!(began.elapsed() < Duration::from_secs(1), "not heard of");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn a_scope_is_heard_of_on_every_node_within_a_second(bed: Bed) {
        let other = bed.second_node().await;
        scopes::add(&bed.node, Actor::Operator, "files", said()).await.unwrap().unwrap();
        assert!(scopes::exists(&bed.node, "files"), "at once where it was made");
        heard(&other, true).await;
        let text = Descriptions { default: Some("see files".to_owned()), ..Descriptions::default() };
        scopes::update(&other, Actor::Operator, "files", text).await.unwrap().unwrap();
        let began = Instant::now();
        while scopes::describe(&bed.node, "files", "en").as_deref() != Some("see files") {
            assert!(began.elapsed() < Duration::from_secs(1), "not heard of");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        scopes::remove(&bed.node, Actor::Operator, "files").await.unwrap().unwrap();
        heard(&other, false).await;
    }

    pub async fn no_client_keeps_a_scope_that_is_removed_while_it_is_registered(bed: Bed) {
        let other = Arc::new(bed.second_node().await);
        for round in 0..10 {
            scopes::add(&bed.node, Actor::Operator, "files", said()).await.unwrap().unwrap();
            let change = ClientChange {
                name: Some("Racer".to_owned()),
                scope: Some(Scope::from(["read", "files"])),
                ..ClientChange::default()
            };
            let (maker, id) = (Arc::clone(&other), format!("racer-{round}"));
            let made = tokio::spawn(async move {
                clients::create(&maker, Actor::Operator, Some(&id), change).await.unwrap().is_ok()
            });
            let removed = scopes::remove(&bed.node, Actor::Operator, "files").await.unwrap().unwrap();
            let made = made.await.unwrap();
            assert!(removed.is_empty() || made, "what was taken from a client was given to it");
            let all = clients::list(&bed.node).await.unwrap();
            assert!(all.iter().all(|client| !client.scope.contains("files")), "round {round}");
        }
    }

    pub async fn only_administrators_may_touch_scopes(bed: Bed) {
        let token = bed.login().await.access_token;
        let Verdict::Valid(identity) = verify(&bed.node, Credential::AccessToken(&token)).await.unwrap()
        else {
            panic!("not good");
        };
        let alice = Actor::Holder { identity: &identity, address: HERE };
        let added = scopes::add(&bed.node, alice, "files", said()).await.unwrap();
        assert!(matches!(added, Err(ScopeRefusal::NotAllowed(_))));
        scopes::add(&bed.node, Actor::Operator, "files", said()).await.unwrap().unwrap();
        let changed = scopes::update(&bed.node, alice, "files", said()).await.unwrap();
        assert!(matches!(changed, Err(ScopeRefusal::NotAllowed(_))));
        let removed = scopes::remove(&bed.node, alice, "files").await.unwrap();
        assert!(matches!(removed, Err(ScopeRefusal::NotAllowed(_))));
        let set = "UPDATE users SET is_admin = true";
        bed.node.db.write(move |c| Ok(c.batch_execute(set)?)).await.unwrap();
        assert!(scopes::remove(&bed.node, alice, "files").await.unwrap().is_ok());
    }
}
