//! Clients that register themselves, under races and in numbers (RFC 7591 §1.2, §5; RFC 7592 §2).

on_both! {
    rfc7591_1_2_an_initial_access_token_of_five_uses_registers_five_clients_whoever_asks_at_once
    rfc7591_5_unused_registrations_are_bounded_and_the_oldest_make_room
    rfc7592_2_3_of_a_change_and_a_removal_at_once_nothing_is_left_over
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_4_3_no_token_of_a_registration_is_stored() {
    bodies::security_4_3_no_token_of_a_registration_is_stored(crate::bed::Bed::sqlite().await).await;
}

mod bodies {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use portcullis::crypto::opaque_token::{PlainToken, TokenType};
    use portcullis::flows::Node;
    use portcullis::flows::actor::Actor;
    use portcullis::flows::client_registration::{
        self as registration, MAX_UNUSED, Registered, RegistrationRefusal,
    };
    use portcullis::flows::registration_token;
    use portcullis::storage::audit_event::{self, Filter, Kind};
    use portcullis::storage::client::{self, ClientRecord};
    use portcullis::storage::{client_registration, registration_token as tokens};
    use serde_json::{Map, Value, json};

    use crate::bed::{Bed, REDIRECT};

    fn request(change: Value) -> Map<String, Value> {
        let mut request = json!({"redirect_uris": [REDIRECT], "client_name": "An App"});
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        request.as_object().unwrap().clone()
    }

    async fn registers(
        node: &Node,
        token: Option<&str>,
        host: u8,
    ) -> Result<Registered, RegistrationRefusal> {
        let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, host));
        registration::register(node, token, &request(json!({})), from).await.unwrap()
    }

    pub async fn rfc7591_1_2_an_initial_access_token_of_five_uses_registers_five_clients_whoever_asks_at_once(
        bed: Bed,
    ) {
        let nodes = [Arc::clone(&bed.node), Arc::new(bed.second_node().await)];
        let made = registration_token::create(&bed.node, Actor::Operator, 5, 60).await.unwrap().ok().unwrap();
        let tries: Vec<_> = (0..32)
            .map(|at| {
                let (node, token) = (Arc::clone(&nodes[at % 2]), made.secret.expose().to_owned());
                tokio::spawn(async move { registers(&node, Some(&token), 1).await.map(|made| made.client) })
            })
            .collect();
        let mut winners = Vec::new();
        for one in tries {
            match one.await.unwrap() {
                Ok(client) => winners.push(client.client_id),
                Err(refusal) => assert_eq!(refusal, RegistrationRefusal::BadToken),
            }
        }
        winners.sort();
        winners.dedup();
        assert_eq!(winners.len(), 5);
        let kept = bed.node.db.read(tokens::list).await.unwrap();
        assert_eq!((kept.len(), kept[0].used), (1, 5));
        assert_eq!(
            bed.node.db.read(client_registration::count_unused).await.unwrap(),
            0,
            "they make no room"
        );
        for id in winners {
            assert!(bed.node.db.read(move |c| client_registration::token(c, &id)).await.unwrap().is_some());
        }
    }

    /// So many unused registrations, made now.
    async fn fill(bed: &Bed, count: i64, by_token: bool) {
        let one = registers(&bed.node, None, 9).await.ok().unwrap().client;
        let now = bed.clock.now();
        let digest = bed.node.tokens.digest(&PlainToken::generate(TokenType::RegistrationAccessToken));
        let fill = move |c: &mut portcullis::storage::DbConnection| {
            for number in 1..count {
                let client =
                    portcullis::oauth::client::Client { client_id: format!("filler{number}"), ..one.clone() };
                let id = client.client_id.clone();
                client::insert(c, &ClientRecord { client, secret: None, previous_secret: None })?;
                client_registration::insert(c, &id, &digest, by_token, now)?;
            }
            Ok(())
        };
        bed.node.db.write(fill).await.unwrap();
    }

    pub async fn rfc7591_5_unused_registrations_are_bounded_and_the_oldest_make_room(bed: Bed) {
        let made = registration_token::create(&bed.node, Actor::Operator, 1, 60).await.unwrap().ok().unwrap();
        let by_token = registers(&bed.node, Some(made.secret.expose()), 1).await.ok().unwrap();
        bed.clock.advance(1);
        fill(&bed, MAX_UNUSED, false).await;
        let full = registers(&bed.node, None, 1).await.err();
        assert_eq!(full, Some(RegistrationRefusal::Throttled(3600)));
        let another = registration_token::create(&bed.node, Actor::Operator, 1, 60).await.unwrap();
        let another = another.ok().unwrap();
        assert!(registers(&bed.node, Some(another.secret.expose()), 1).await.is_ok(), "a token has room");
        let switched_off = bed.node.db.read(|c| client::find(c, "filler1")).await.unwrap().unwrap();
        bed.node
            .db
            .write(move |c| {
                let mut record = switched_off.clone();
                record.client.disabled = true;
                client::update(c, &record)
            })
            .await
            .unwrap();
        bed.clock.advance(86_400 + 1);
        assert!(registers(&bed.node, None, 1).await.is_ok());
        let left = bed.node.db.read(client_registration::count_unused).await.unwrap();
        assert!(left < MAX_UNUSED && left > MAX_UNUSED - 200, "{left}");
        let kept = bed.node.db.read(|c| client::find(c, "filler1")).await.unwrap();
        assert!(kept.is_some(), "one that was switched off stays");
        let id = by_token.client.client_id;
        let kept = bed.node.db.read(move |c| client::find(c, &id)).await.unwrap();
        assert!(kept.is_some(), "one that came with a token stays");
        let gone = Filter { kind: Some(Kind::ClientDeleted), ..Filter::default() };
        let told = bed.node.db.read(move |c| audit_event::page(c, &gone, None, 1000)).await.unwrap();
        assert_eq!(
            told.len(),
            usize::try_from(MAX_UNUSED - left + 1).unwrap(),
            "each of them is written down"
        );
        assert!(told.iter().all(|event| event.detail.as_deref().is_some_and(|why| why.contains("unused"))));
    }

    pub async fn rfc7592_2_3_of_a_change_and_a_removal_at_once_nothing_is_left_over(bed: Bed) {
        let nodes = [Arc::clone(&bed.node), Arc::new(bed.second_node().await)];
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        for host in 0..8 {
            let made = registers(&bed.node, None, host).await.ok().unwrap();
            let (id, token) = (made.client.client_id.clone(), made.token.expose().to_owned());
            let change = request(json!({"client_id": id, "client_name": "Renamed"}));
            let (removes, changes) = (
                registration::remove(&nodes[0], &id, &token, from),
                registration::replace(&nodes[1], &id, &token, &change, from),
            );
            let (removed, changed) = tokio::join!(removes, changes);
            assert_eq!(removed.unwrap(), Ok(()));
            if let Err(refusal) = changed.unwrap() {
                assert_eq!(refusal, RegistrationRefusal::BadToken);
            }
            let lookup = id.clone();
            assert!(bed.node.db.read(move |c| client::find(c, &lookup)).await.unwrap().is_none());
            let after = registration::read(&nodes[1], &id, &token).await.unwrap();
            assert_eq!(after.err(), Some(RegistrationRefusal::BadToken));
        }
    }

    /// Every byte that SQLite has written.
    fn written(bed: &Bed) -> Vec<u8> {
        let files = std::fs::read_dir(bed.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_database = |path: &std::path::PathBuf| path.to_string_lossy().contains("portcullis.db");
        files.filter(is_database).flat_map(|path| std::fs::read(path).unwrap()).collect()
    }

    pub async fn security_4_3_no_token_of_a_registration_is_stored(bed: Bed) {
        let initial =
            registration_token::create(&bed.node, Actor::Operator, 1, 60).await.unwrap().ok().unwrap();
        let made = registers(&bed.node, Some(initial.secret.expose()), 1).await.ok().unwrap();
        let all = written(&bed);
        let holds = |text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(&made.client.client_id), "this is what is stored");
        let secret = made.secret.as_ref().unwrap();
        for hidden in [initial.secret.expose(), made.token.expose(), secret.expose()] {
            let (_, random) = hidden.split_once('_').unwrap();
            assert!(!holds(random));
        }
    }
}
