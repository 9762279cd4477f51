//! Administration under races: a credential that ended, an administrator who is none any more, the last one (decision 0010).

on_both! {
    contract_9_what_ended_a_moment_ago_administers_nothing
    contract_9_who_is_switched_off_administers_nothing_with_a_key
    contract_14_of_administrators_who_switch_themselves_off_at_once_one_stays
    contract_14_of_two_who_switch_each_other_off_at_once_one_stays
    what_the_store_cannot_hold_is_no_outage
    contract_14_of_nodes_that_apply_one_file_at_once_all_end_with_what_it_declares
    one_takes_a_turn_at_a_time_and_it_comes_back
}

mod bodies {
    use std::sync::Arc;
    use std::time::Duration;

    use portcullis::flows::Node;
    use portcullis::flows::actor::Actor;
    use portcullis::flows::api_keys::{self, NewKey, Place};
    use portcullis::flows::apply;
    use portcullis::flows::apply::declaration::{
        Administrator, Declaration, DeclaredClient, DeclaredProject, Reference,
    };
    use portcullis::flows::clients::{self, ClientChange, ClientRefusal};
    use portcullis::flows::password::{Attempt, login};
    use portcullis::flows::projects::{self, ProjectRefusal};
    use portcullis::flows::sessions::{self, SessionRefusal};
    use portcullis::flows::users::{self, NewUser, UserRefusal};
    use portcullis::flows::verify::{Credential, Identity, Verdict, verify};
    use portcullis::oauth::scope::Scope;
    use portcullis::storage::{self, StorageError};
    use uuid::Uuid;

    use crate::bed::{Bed, HERE, PASSWORD};

    async fn administrator(bed: &Bed, name: &str) -> Uuid {
        let email = format!("{name}@example.com");
        let new = NewUser { username: name, email: &email, password: Some(PASSWORD), is_admin: true };
        users::create(&bed.node, Actor::Operator, new).await.unwrap().unwrap().user.id
    }

    async fn good(bed: &Bed, credential: Credential<'_>) -> Arc<Identity> {
        match verify(&bed.node, credential).await.unwrap() {
            Verdict::Valid(identity) => identity,
            _ => panic!("a new credential is good"),
        }
    }

    async fn signed_in(bed: &Bed, name: &str) -> Arc<Identity> {
        let attempt = Attempt { name, password: PASSWORD, address: HERE };
        let tokens = login(&bed.node, attempt, None).await.unwrap().unwrap();
        good(bed, Credential::AccessToken(&tokens.access_token)).await
    }

    async fn with_key(bed: &Bed, user: Uuid) -> Arc<Identity> {
        let scope = Some(Scope::from(["read", "write", "admin"]));
        let new = NewKey { name: "key".into(), scope, ..NewKey::default() };
        let place = Place::Account(user);
        let made = api_keys::create(&bed.node, Actor::Operator, user, place, new).await.unwrap().unwrap();
        good(bed, Credential::ApiKey(made.secret.expose())).await
    }

    fn named(name: &str) -> ClientChange {
        ClientChange { name: Some(name.to_owned()), ..ClientChange::default() }
    }

    /// Nothing of what administrators do is done for this actor, and nothing is left of the attempt.
    async fn is_refused_everything(bed: &Bed, actor: Actor<'_>) {
        let node = &bed.node;
        let new = NewUser { username: "late", email: "late@example.com", password: None, is_admin: false };
        let made = users::create(node, actor, new).await.unwrap();
        assert!(matches!(made.err(), Some(UserRefusal::NotAllowed(_))));
        let done = users::set_disabled_by_id(node, actor, bed.user.id, true).await.unwrap();
        assert!(matches!(done, Err(UserRefusal::NotAllowed(_))));
        let made = clients::create(node, actor, Some("late"), named("late")).await.unwrap();
        assert!(matches!(made.err(), Some(ClientRefusal::NotAllowed(_))));
        let done = clients::update(node, actor, "web", named("late")).await.unwrap();
        assert!(matches!(done.err(), Some(ClientRefusal::NotAllowed(_))));
        let done = clients::delete(node, actor, "web").await.unwrap();
        assert!(matches!(done, Err(ClientRefusal::NotAllowed(_))));
        assert!(users::find(node, "late").await.unwrap().is_err());
        assert!(!users::find(node, "alice").await.unwrap().unwrap().disabled);
        assert!(clients::find(node, "late").await.unwrap().is_none());
        assert_ne!(clients::find(node, "web").await.unwrap().unwrap().name, "late");
    }

    pub async fn contract_9_what_ended_a_moment_ago_administers_nothing(bed: Bed) {
        let root = administrator(&bed, "root").await;
        let (own, key) = (signed_in(&bed, "root").await, with_key(&bed, root).await);
        let other = signed_in(&bed, "root").await;
        // Requests that were let in before, and write only now.
        sessions::end(
            &bed.node,
            Actor::Holder { identity: &other, address: HERE },
            root,
            own.grant_id.unwrap(),
        )
        .await
        .unwrap()
        .unwrap();
        api_keys::delete(&bed.node, Actor::Operator, Place::Account(root), key.credential_id)
            .await
            .unwrap()
            .unwrap();
        for identity in [&own, &key] {
            let actor = Actor::Holder { identity, address: HERE };
            is_refused_everything(&bed, actor).await;
            let made = projects::create(&bed.node, actor, root, "late", false).await.unwrap();
            assert!(matches!(made, Err(ProjectRefusal::NotAllowed(_))));
            let ended = sessions::end(&bed.node, actor, root, other.grant_id.unwrap()).await.unwrap();
            assert!(matches!(ended, Err(SessionRefusal::NotAllowed(_))));
        }
        assert!(projects::list(&bed.node, None, 10).await.unwrap().is_empty());
        assert_eq!(sessions::list(&bed.node, root, None, 10).await.unwrap().len(), 1);
    }

    pub async fn contract_9_who_is_switched_off_administers_nothing_with_a_key(bed: Bed) {
        let root = administrator(&bed, "root").await;
        let key = with_key(&bed, root).await;
        users::set_disabled(&bed.node, "root", true).await.unwrap().unwrap();
        is_refused_everything(&bed, Actor::Holder { identity: &key, address: HERE }).await;
        // An account that never administered: whatever a cached answer says.
        let alice = Identity { user_id: Some(bed.user.id), ..(*signed_in(&bed, "alice").await).clone() };
        is_refused_everything(&bed, Actor::Holder { identity: &alice, address: HERE }).await;
    }

    /// Every actor switches off its target at once; how many administrators are on after that.
    async fn left_after(bed: &Bed, pairs: Vec<(Arc<Identity>, Uuid)>) -> (usize, Vec<UserRefusal>) {
        let tasks: Vec<_> = pairs
            .into_iter()
            .map(|(identity, target)| {
                let node = Arc::clone(&bed.node);
                tokio::spawn(async move {
                    let actor = Actor::Holder { identity: &identity, address: HERE };
                    users::set_disabled_by_id(&node, actor, target, true).await.unwrap()
                })
            })
            .collect();
        let mut refusals = Vec::new();
        for task in tasks {
            refusals.extend(task.await.unwrap().err());
        }
        let all = users::list(&bed.node).await.unwrap();
        (all.iter().filter(|user| user.is_admin && !user.disabled).count(), refusals)
    }

    pub async fn contract_14_of_administrators_who_switch_themselves_off_at_once_one_stays(bed: Bed) {
        let mut pairs = Vec::new();
        for number in 0..8 {
            let name = format!("root{number}");
            let id = administrator(&bed, &name).await;
            pairs.push((signed_in(&bed, &name).await, id));
        }
        let (left, refusals) = left_after(&bed, pairs).await;
        assert_eq!((left, refusals), (1, vec![UserRefusal::LastAdministrator]));
        let last =
            users::list(&bed.node).await.unwrap().into_iter().find(|user| user.is_admin && !user.disabled);
        // The command line may.
        assert!(users::set_disabled(&bed.node, &last.unwrap().username, true).await.unwrap().is_ok());
    }

    pub async fn contract_14_of_two_who_switch_each_other_off_at_once_one_stays(bed: Bed) {
        for round in 0..8 {
            let (one, two) = (format!("one{round}"), format!("two{round}"));
            let ids = (administrator(&bed, &one).await, administrator(&bed, &two).await);
            let pairs = vec![(signed_in(&bed, &one).await, ids.1), (signed_in(&bed, &two).await, ids.0)];
            let (left, refusals) = left_after(&bed, pairs).await;
            assert_eq!((left, refusals.len()), (1, 1), "{refusals:?}");
            for name in [one, two] {
                users::set_disabled(&bed.node, &name, true).await.unwrap().unwrap();
            }
        }
    }

    pub async fn what_the_store_cannot_hold_is_no_outage(bed: Bed) {
        let found = bed.node.db.read(|c| storage::client::find(c, "a\0b")).await;
        assert!(matches!(found, Ok(None) | Err(StorageError::Unstorable(_))), "{:?}", found.err());
        let paged = bed.node.db.read(|c| storage::client::page(c, Some("a\0b"), 1)).await;
        assert!(matches!(paged, Ok(_) | Err(StorageError::Unstorable(_))), "{:?}", paged.err());
    }

    /// A person who is there already becomes an administrator; a client and a project are made.
    fn declared() -> Declaration {
        let email = Some("alice@example.com".to_owned());
        let administrator = Administrator { email, ..Administrator::default() };
        let grants = Some(vec!["client_credentials".to_owned()]);
        let client = DeclaredClient { grants, ..DeclaredClient::default() };
        let project = DeclaredProject { owners: vec!["alice".to_owned()], ..DeclaredProject::default() };
        Declaration {
            administrators: [("alice".to_owned(), administrator)].into(),
            clients: [("late".to_owned(), client)].into(),
            projects: [("Genomes".to_owned(), project)].into(),
            ..Declaration::default()
        }
    }

    /// How many secrets were shown.
    async fn apply_in_turn(node: Arc<Node>) -> usize {
        let nothing = |_: &Reference<'_>| Err("nothing is referred to".to_owned());
        let _turn = apply::turn(&node).await.unwrap().unwrap();
        let plan = apply::plan(&node, &declared(), &nothing).await.unwrap().unwrap();
        let done = apply::carry_out(&node, plan).await;
        assert_eq!(done.stopped, None);
        done.secrets.len()
    }

    pub async fn one_takes_a_turn_at_a_time_and_it_comes_back(bed: Bed) {
        let other = bed.second_node().await;
        for _ in 0..2 {
            let mine = bed.node.db.take_turn(Duration::ZERO).await.unwrap();
            assert!(mine.is_some());
            assert!(other.db.take_turn(Duration::ZERO).await.unwrap().is_none());
        }
        assert!(other.db.take_turn(Duration::ZERO).await.unwrap().is_some());
    }

    pub async fn contract_14_of_nodes_that_apply_one_file_at_once_all_end_with_what_it_declares(bed: Bed) {
        let nodes = [Arc::clone(&bed.node), Arc::new(bed.second_node().await)];
        let tasks: Vec<_> =
            (0..8).map(|number| tokio::spawn(apply_in_turn(Arc::clone(&nodes[number % 2])))).collect();
        let mut shown = 0;
        for task in tasks {
            shown += task.await.unwrap();
        }
        assert_eq!(shown, 1, "the one secret that works");
        assert_eq!(projects::list(&bed.node, None, 9).await.unwrap().len(), 1);
        assert!(users::find(&bed.node, "alice").await.unwrap().unwrap().is_admin);
    }
}
