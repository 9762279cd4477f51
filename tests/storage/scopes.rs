//! The operator's scopes on several nodes: heard of within a second, and never left to a client by a race (decision 0018).

on_both! {
    a_scope_is_heard_of_on_every_node_within_a_second
    no_client_keeps_a_scope_that_is_removed_while_it_is_registered
    no_key_gets_a_scope_that_is_removed_while_it_is_made
    what_is_taken_from_strangers_is_not_left_to_one_that_comes_meanwhile
    what_people_allowed_is_not_allowed_again_when_a_name_comes_back
    only_administrators_may_touch_scopes
}

mod bodies {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use diesel::connection::SimpleConnection;
    use portcullis::flows::Node;
    use portcullis::flows::actor::Actor;
    use portcullis::flows::api_keys::{self, NewKey, Place};
    use portcullis::flows::client_registration as registration;
    use portcullis::flows::clients::{self, ClientChange};
    use portcullis::flows::scopes::{self, ScopeChange, ScopeRefusal};
    use portcullis::flows::verify::{Credential, Verdict, verify};
    use portcullis::oauth::scope::Scope;
    use portcullis::storage::consent;
    use serde_json::json;

    use crate::bed::{Bed, HERE, REDIRECT};

    fn said() -> ScopeChange {
        ScopeChange { description: Some("list your files".to_owned()), ..ScopeChange::default() }
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
        let text = ScopeChange { description: Some("see files".to_owned()), ..ScopeChange::default() };
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

    pub async fn no_key_gets_a_scope_that_is_removed_while_it_is_made(bed: Bed) {
        let other = Arc::new(bed.second_node().await);
        let owner = bed.sign_in().await.user.id;
        for round in 0..10 {
            scopes::add(&bed.node, Actor::Operator, "files", said()).await.unwrap().unwrap();
            heard(&other, true).await;
            let maker = Arc::clone(&other);
            let making = tokio::spawn(async move {
                let scope = Some(Scope::from(["files"]));
                let new = NewKey { name: format!("racer-{round}"), scope, ..NewKey::default() };
                let place = Place::Account(owner);
                let made = api_keys::create(&maker, Actor::Operator, owner, place, new).await.unwrap();
                made.ok().map(|made| made.key.id)
            });
            scopes::remove(&bed.node, Actor::Operator, "files").await.unwrap().unwrap();
            let now_without = {
                let scope = Some(Scope::from(["files"]));
                let new = NewKey { name: "late".to_owned(), scope, ..NewKey::default() };
                api_keys::create(&other, Actor::Operator, owner, Place::Account(owner), new).await.unwrap()
            };
            assert!(now_without.is_err(), "whether this node has heard of it or not");
            let _ = making.await.unwrap();
        }
    }

    pub async fn what_is_taken_from_strangers_is_not_left_to_one_that_comes_meanwhile(bed: Bed) {
        let other = Arc::new(bed.second_node().await);
        scopes::add(&bed.node, Actor::Operator, "files", said()).await.unwrap().unwrap();
        let open = |for_anybody| ScopeChange { for_anybody: Some(for_anybody), ..ScopeChange::default() };
        let request = json!({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"});
        let request = Arc::new(request.as_object().unwrap().clone());
        for host in 0..10 {
            scopes::update(&bed.node, Actor::Operator, "files", open(true)).await.unwrap().unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            let (maker, request) = (Arc::clone(&other), Arc::clone(&request));
            let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, host));
            let made = tokio::spawn(async move {
                registration::register(&maker, None, &request, from).await.unwrap().is_ok()
            });
            scopes::update(&bed.node, Actor::Operator, "files", open(false)).await.unwrap().unwrap();
            assert!(made.await.unwrap());
            let all = clients::list(&bed.node).await.unwrap();
            assert!(all.iter().all(|client| !client.scope.contains("files")), "round {host}");
        }
    }

    pub async fn what_people_allowed_is_not_allowed_again_when_a_name_comes_back(bed: Bed) {
        let user = bed.sign_in().await.user.id;
        scopes::add(&bed.node, Actor::Operator, "files", said()).await.unwrap().unwrap();
        // Of names that look alike each is its own.
        let allowed = Scope::from(["Files", "files", "files:list", "read"]);
        let stored = allowed.clone();
        let now = bed.node.clock.now();
        bed.node.db.write(move |c| consent::remember(c, user, "app", &stored, now)).await.unwrap();
        let consent = || bed.node.db.read(move |c| consent::find(c, user, "app"));
        assert_eq!(consent().await.unwrap(), Some(allowed));
        scopes::remove(&bed.node, Actor::Operator, "files").await.unwrap().unwrap();
        let rest = Some(Scope::from(["Files", "files:list", "read"]));
        assert_eq!(consent().await.unwrap(), rest);
        scopes::add(&bed.node, Actor::Operator, "files", said()).await.unwrap().unwrap();
        assert_eq!(consent().await.unwrap(), rest);
        let only = Scope::from(["files"]);
        bed.node
            .db
            .write(move |c| {
                consent::forget(c, user, "app")?;
                consent::remember(c, user, "app", &only, now)
            })
            .await
            .unwrap();
        scopes::remove(&bed.node, Actor::Operator, "files").await.unwrap().unwrap();
        assert_eq!(consent().await.unwrap(), None);
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
