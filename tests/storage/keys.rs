//! Keys and projects under races: what an account has one of, who gets a secret, and who is still inside (contract §9, §10).

on_both! {
    contract_10_32_at_once_for_one_app_leave_one_key_and_one_secret
    contract_9_no_key_that_is_made_while_all_are_ended_outlives_them
    contract_9_of_32_regenerations_at_once_one_secret_works
    security_4_6_of_32_forms_about_one_secret_one_replaces_it
    contract_9_no_key_of_somebody_outside_lives_whoever_was_first
    contract_9_two_owners_removed_at_once_leave_one
    contract_9_a_credential_that_ended_in_the_meantime_makes_no_key
    contract_9_a_key_that_ended_30_days_ago_is_removed
    contract_9_removals_leaks_and_new_roles_are_refused_on_another_node_too
    contract_9_everything_done_to_a_key_is_in_the_audit_trail
}

mod bodies {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use diesel::RunQueryDsl;
    use diesel::sql_types::Text;
    use portcullis::account::api_key::Slot;
    use portcullis::account::project::Role;
    use portcullis::flows::api_keys::{self, Actor, KeyRefusal, NewKey, Place, SlotRefusal, WithSecret};
    use portcullis::flows::password_reset;
    use portcullis::flows::projects::{self, ProjectRefusal};
    use portcullis::flows::users::{self, NewUser};
    use portcullis::flows::verify::{Credential, Identity, Verdict, verify};
    use portcullis::flows::{Node, housekeeping};
    use portcullis::storage::{DatabaseUrl, DbConnection};
    use uuid::Uuid;

    use crate::bed::{Bed, HERE, PASSWORD};

    async fn works(node: &Node, secret: &str) -> Option<Arc<Identity>> {
        match verify(node, Credential::ApiKey(secret)).await.unwrap() {
            Verdict::Valid(identity) => Some(identity),
            Verdict::CannotTell => panic!("the store is there"),
            _ => None,
        }
    }

    async fn bob(bed: &Bed) -> Uuid {
        let new =
            NewUser { username: "bob", email: "bob@example.com", password: Some(PASSWORD), is_admin: false };
        users::create(&bed.node, Actor::Operator, new).await.unwrap().unwrap().user.id
    }

    async fn make(bed: &Bed, user: Uuid, place: Place) -> WithSecret {
        let new = NewKey { name: "key".into(), ..NewKey::default() };
        api_keys::create(&bed.node, Actor::Operator, user, place, new).await.unwrap().unwrap()
    }

    async fn project(bed: &Bed) -> Uuid {
        projects::create(&bed.node, Actor::Operator, bed.user.id, "project", false).await.unwrap().unwrap().id
    }

    /// Runs `one` 32 times at once.
    async fn crowd<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        one: impl Fn(usize) -> F,
    ) -> Vec<T> {
        let tasks: Vec<_> = (0..32).map(|i| tokio::spawn(one(i))).collect();
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await.unwrap());
        }
        done
    }

    pub async fn contract_10_32_at_once_for_one_app_leave_one_key_and_one_secret(bed: Bed) {
        let (node, user, me) = (Arc::clone(&bed.node), bed.user.id, bed.sign_in().await);
        for round in 0..3 {
            let made = crowd(|_| {
                let (node, me) = (Arc::clone(&node), me.clone());
                async move {
                    let slot = Slot::App("one".into());
                    api_keys::slot_key(&node, &me, slot, "One", HERE).await.unwrap().unwrap()
                }
            })
            .await;
            let keys = api_keys::list(&node, Place::Account(user), None, 100).await.unwrap();
            assert_eq!(keys.len(), 1);
            let mut good = Vec::new();
            for key in &made {
                if works(&node, key.secret.expose()).await.is_some() {
                    good.push(key);
                }
            }
            assert_eq!(good.len(), 1, "round {round}");
            assert_eq!((good[0].key.id, &good[0].secret.hint()), (keys[0].id, &keys[0].hint));
        }
    }

    pub async fn contract_9_no_key_that_is_made_while_all_are_ended_outlives_them(bed: Bed) {
        let (node, user) = (Arc::clone(&bed.node), bed.user.id);
        let place = Place::Account(user);
        for round in 0..3 {
            let first = make(&bed, user, place).await;
            let maker = works(&node, first.secret.expose()).await.unwrap();
            let link = password_reset::link_for(&node, Actor::Operator, user).await.unwrap().unwrap();
            let token = link.url.split_once("token=").unwrap().1.to_owned();
            crowd(|i| {
                let (node, maker, token) = (Arc::clone(&node), Arc::clone(&maker), token.clone());
                async move {
                    if i == 0 {
                        let password = format!("a password that is long enough {round}");
                        let chosen = password_reset::Chosen { password: &password, end_keys: true };
                        let words = portcullis::words::choose([]);
                        let done = password_reset::complete(&node, &token, chosen, HERE, words).await;
                        assert!(done.unwrap().is_ok());
                        return;
                    }
                    if i > 6 {
                        return;
                    }
                    let new = || NewKey { name: "child".into(), ..NewKey::default() };
                    let by = Actor::Holder { identity: &maker, address: HERE };
                    // Until it is refused; a store that has the key held for too long is asked again.
                    while !matches!(api_keys::create(&node, by, user, place, new()).await, Ok(Err(_))) {}
                }
            })
            .await;
            let keys = api_keys::list_made_by(&node, user, None, 100_000).await.unwrap();
            let left = keys.iter().filter(|key| key.revoked_at.is_none()).count();
            assert_eq!(left, 0, "round {round}: of {}", keys.len());
        }
    }

    pub async fn contract_9_of_32_regenerations_at_once_one_secret_works(bed: Bed) {
        let (node, place) = (Arc::clone(&bed.node), Place::Account(bed.user.id));
        let first = make(&bed, bed.user.id, place).await;
        let id = first.key.id;
        let made = crowd(|i| {
            let node = Arc::clone(&node);
            async move {
                let done = if i % 2 == 0 {
                    api_keys::regenerate(&node, Actor::Operator, place, id, None).await
                } else {
                    api_keys::rotate(&node, Actor::Operator, place, id, None, 0).await
                };
                done.unwrap().unwrap()
            }
        })
        .await;
        let mut good = Vec::new();
        for key in &made {
            if works(&node, key.secret.expose()).await.is_some() {
                good.push(key.secret.hint());
            }
        }
        let kept = api_keys::find(&node, place, id).await.unwrap().unwrap();
        assert_eq!(good, [kept.hint]);
        assert!(works(&node, first.secret.expose()).await.is_none());
    }

    pub async fn security_4_6_of_32_forms_about_one_secret_one_replaces_it(bed: Bed) {
        let (node, user, place) = (Arc::clone(&bed.node), bed.user.id, Place::Account(bed.user.id));
        let mut seen = make(&bed, user, place).await.key;
        let id = seen.id;
        for round in 0..4 {
            let hint = seen.hint;
            let made = crowd(|i| {
                let (node, hint) = (Arc::clone(&node), hint.clone());
                async move {
                    let done = if i % 2 == 0 {
                        api_keys::regenerate(&node, Actor::Operator, place, id, Some(&hint)).await
                    } else {
                        api_keys::rotate(&node, Actor::Operator, place, id, Some(&hint), 60).await
                    };
                    done.unwrap()
                }
            })
            .await;
            let refused = made.iter().filter(|done| matches!(done, Err(KeyRefusal::Replaced))).count();
            assert_eq!(refused, 31, "round {round}");
            let one = made.into_iter().find_map(Result::ok).unwrap();
            assert!(works(&node, one.secret.expose()).await.is_some(), "round {round}: what was shown works");
            seen = one.key;
        }
        // The one key of `x-api-auth`: where there is none yet, and where there is one.
        let mut hint = String::new();
        for round in 0..4 {
            let made = crowd(|_| {
                let (node, hint) = (Arc::clone(&node), hint.clone());
                async move { api_keys::barbell(&node, Actor::Operator, user, Some(&hint)).await.unwrap() }
            })
            .await;
            let refused = made.iter().filter(|done| matches!(done, Err(SlotRefusal::Replaced))).count();
            assert_eq!(refused, 31, "round {round}");
            hint = api_keys::in_slot(&node, user, Slot::Barbell).await.unwrap().unwrap().hint;
        }
    }

    pub async fn contract_9_no_key_of_somebody_outside_lives_whoever_was_first(bed: Bed) {
        let (user, project) = (bob(&bed).await, project(&bed).await);
        let place = Place::Project(project);
        let (mut made, mut refused) = (0, 0);
        for round in 0..12 {
            projects::set_member(&bed.node, Actor::Operator, project, "bob", Role::Editor)
                .await
                .unwrap()
                .unwrap();
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    let node = Arc::clone(&bed.node);
                    tokio::spawn(async move {
                        let new = NewKey { name: "key".into(), ..NewKey::default() };
                        api_keys::create(&node, Actor::Operator, user, place, new).await.unwrap()
                    })
                })
                .collect();
            let node = Arc::clone(&bed.node);
            let leaving = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_micros(round * 300)).await;
                projects::remove_member(&node, Actor::Operator, project, user).await.unwrap().unwrap();
            });
            let mut secrets = Vec::new();
            for task in tasks {
                match task.await.unwrap() {
                    Ok(key) => secrets.push(key.secret),
                    Err(refusal) => {
                        assert!(matches!(refusal, KeyRefusal::NotAllowed(_)), "{refusal}");
                        refused += 1;
                    }
                }
            }
            leaving.await.unwrap();
            made += secrets.len();
            // Not even when they come back.
            projects::set_member(&bed.node, Actor::Operator, project, "bob", Role::Editor)
                .await
                .unwrap()
                .unwrap();
            for secret in secrets {
                assert!(works(&bed.node, secret.expose()).await.is_none(), "round {round}");
            }
        }
        assert!(made > 0, "{made} made, {refused} refused");
    }

    pub async fn contract_9_two_owners_removed_at_once_leave_one(bed: Bed) {
        let user = bob(&bed).await;
        for _ in 0..8 {
            let project = project(&bed).await;
            projects::set_member(&bed.node, Actor::Operator, project, "bob", Role::Owner)
                .await
                .unwrap()
                .unwrap();
            let remove = |who: Uuid| {
                let node = Arc::clone(&bed.node);
                tokio::spawn(async move {
                    projects::remove_member(&node, Actor::Operator, project, who).await.unwrap()
                })
            };
            let (one, other) = (remove(user), remove(bed.user.id));
            let done = [one.await.unwrap(), other.await.unwrap()];
            assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
            assert!(done.contains(&Err(ProjectRefusal::LastOwner)));
            let left = projects::members(&bed.node, project).await.unwrap();
            assert_eq!(left.iter().map(|member| member.role).collect::<Vec<_>>(), [Role::Owner]);
        }
    }

    pub async fn contract_9_a_credential_that_ended_in_the_meantime_makes_no_key(bed: Bed) {
        let (user, place) = (bed.user.id, Place::Account(bed.user.id));
        let holder = make(&bed, user, place).await;
        let identity = works(&bed.node, holder.secret.expose()).await.unwrap();
        api_keys::delete(&bed.node, Actor::Operator, place, holder.key.id).await.unwrap().unwrap();
        // A request that was let in before, and writes only now.
        let late = crowd(|_| {
            let (node, identity) = (Arc::clone(&bed.node), Arc::clone(&identity));
            async move {
                let new = NewKey { name: "late".into(), ..NewKey::default() };
                api_keys::create(
                    &node,
                    Actor::Holder { identity: &identity, address: HERE },
                    user,
                    place,
                    new,
                )
                .await
                .unwrap()
                .is_ok()
            }
        });
        assert!(late.await.iter().all(|made| !made));
        let login = bed.login().await;
        let Verdict::Valid(identity) =
            verify(&bed.node, Credential::AccessToken(&login.access_token)).await.unwrap()
        else {
            panic!("a fresh login is good")
        };
        users::set_password(&bed.node, "alice", None).await.unwrap().unwrap();
        let new = NewKey { name: "late".into(), ..NewKey::default() };
        let late = api_keys::create(
            &bed.node,
            Actor::Holder { identity: &identity, address: HERE },
            user,
            place,
            new,
        )
        .await
        .unwrap();
        assert!(matches!(late, Err(KeyRefusal::NotAllowed(_))));
        assert!(api_keys::list(&bed.node, place, None, 10).await.unwrap().is_empty());
    }

    pub async fn contract_9_a_key_that_ended_30_days_ago_is_removed(bed: Bed) {
        let (user, place) = (bed.user.id, Place::Account(bed.user.id));
        let leaked = make(&bed, user, place).await;
        let kept = make(&bed, user, place).await;
        let end = bed.clock.now().plus_seconds(60);
        let new = NewKey { name: "short".into(), expires_at: Some(end), ..NewKey::default() };
        api_keys::create(&bed.node, Actor::Operator, user, place, new).await.unwrap().unwrap();
        api_keys::report_leaked(&bed.node, leaked.secret.expose(), HERE).await.unwrap();
        let left = async || {
            housekeeping::purge(&bed.node).await.unwrap();
            api_keys::list(&bed.node, place, None, 10).await.unwrap().len()
        };
        bed.clock.advance(30 * 86_400);
        assert_eq!(left().await, 3);
        bed.clock.advance(1);
        assert_eq!(left().await, 2);
        bed.clock.advance(61);
        assert_eq!(left().await, 1);
        assert!(works(&bed.node, kept.secret.expose()).await.is_some());
    }

    pub async fn contract_9_removals_leaks_and_new_roles_are_refused_on_another_node_too(bed: Bed) {
        let (user, project) = (bob(&bed).await, project(&bed).await);
        let other = bed.second_node().await;
        projects::set_member(&bed.node, Actor::Operator, project, "bob", Role::Editor)
            .await
            .unwrap()
            .unwrap();
        let place = Place::Account(user);
        let keys = [
            make(&bed, user, place).await,
            make(&bed, user, place).await,
            make(&bed, user, place).await,
            make(&bed, user, Place::Project(project)).await,
            make(&bed, bed.user.id, Place::Project(project)).await,
        ];
        for key in &keys {
            assert!(works(&other, key.secret.expose()).await.is_some());
        }
        let id = |n: usize| keys[n].key.id;
        let ends = async |n: usize| {
            let began = Instant::now();
            while works(&other, keys[n].secret.expose()).await.is_some() {
                assert!(began.elapsed() < Duration::from_secs(1), "key {n}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert!(works(&bed.node, keys[n].secret.expose()).await.is_none());
        };
        api_keys::delete(&bed.node, Actor::Operator, place, id(0)).await.unwrap().unwrap();
        ends(0).await;
        api_keys::regenerate(&bed.node, Actor::Operator, place, id(1), None).await.unwrap().unwrap();
        ends(1).await;
        api_keys::report_leaked(&bed.node, keys[2].secret.expose(), HERE).await.unwrap();
        ends(2).await;
        projects::set_member(&bed.node, Actor::Operator, project, "bob", Role::Viewer)
            .await
            .unwrap()
            .unwrap();
        let began = Instant::now();
        while works(&other, keys[3].secret.expose()).await.unwrap().scope.contains("write") {
            assert!(began.elapsed() < Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        projects::remove_member(&bed.node, Actor::Operator, project, user).await.unwrap().unwrap();
        ends(3).await;
        projects::delete(&bed.node, Actor::Operator, project).await.unwrap().unwrap();
        ends(4).await;
    }

    pub async fn contract_9_everything_done_to_a_key_is_in_the_audit_trail(bed: Bed) {
        let (user, project) = (bed.user.id, project(&bed).await);
        let place = Place::Project(project);
        let key = make(&bed, user, place).await.key.id;
        let (node, operator) = (&bed.node, Actor::Operator);
        api_keys::regenerate(node, operator, place, key, None).await.unwrap().unwrap();
        api_keys::rotate(node, operator, place, key, None, 0).await.unwrap().unwrap();
        api_keys::set_disabled(node, operator, place, key, true).await.unwrap().unwrap();
        api_keys::set_disabled(node, operator, place, key, false).await.unwrap().unwrap();
        let change = api_keys::KeyChange { name: Some("other".into()), ..api_keys::KeyChange::default() };
        api_keys::update(node, operator, place, key, change).await.unwrap().unwrap();
        let secret = api_keys::regenerate(node, operator, place, key, None).await.unwrap().unwrap().secret;
        api_keys::report_leaked(node, secret.expose(), HERE).await.unwrap();
        api_keys::delete(node, operator, place, key).await.unwrap().unwrap();
        let expected = [
            "key_created",
            "key_deleted",
            "key_disabled",
            "key_enabled",
            "key_leaked",
            "key_regenerated",
            "key_regenerated",
            "key_rotated",
            "key_updated",
        ];
        assert_eq!(audited(&bed, key, project, user).await, expected);
    }

    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        kind: String,
    }

    /// The kinds of the events that name all three, by name.
    async fn audited(bed: &Bed, key: Uuid, project: Uuid, user: Uuid) -> Vec<String> {
        let hex = if matches!(bed.url, DatabaseUrl::Sqlite(_)) {
            |column: &str| format!("lower(hex({column}))")
        } else {
            |column: &str| format!("encode({column}, 'hex')")
        };
        let named = [("key_id", key), ("project_id", project), ("user_id", user)]
            .map(|(column, id)| format!("{} = '{}'", hex(column), id.simple()));
        let query = format!("SELECT kind FROM audit_events WHERE {} ORDER BY kind", named.join(" AND "));
        let read = move |c: &mut DbConnection| Ok(diesel::sql_query(&query).load::<Line>(c)?);
        let lines = bed.node.db.read(read).await.unwrap();
        lines.into_iter().map(|line| line.kind).collect()
    }
}
