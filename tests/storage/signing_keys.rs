//! Signing keys on several nodes: one next key however many ask, nobody refused by a rotation, and the drill for a key that was
//! given away (contract §14; security R-14, R-15).

on_both! {
    security_r14_nodes_that_rotate_at_once_make_one_key
    security_r14_twenty_rotations_refuse_nobody
    security_r14_a_key_signs_for_its_lifetime_and_0_is_for_ever
    security_r15_a_revoked_key_is_refused_at_once_here_and_within_a_second_there
    nobody_is_refused_for_a_key_that_was_replaced_elsewhere_a_moment_ago
    security_r15_revoking_a_key_that_does_not_sign_leaves_the_one_that_does
    a_key_made_before_there_was_rotation_signs_since_it_was_made
    security_r14_the_first_key_of_an_algorithm_is_published_before_it_signs
    nodes_that_miss_a_key_at_once_make_one
    only_administrators_may_touch_signing_keys
}

mod bodies {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use diesel::connection::SimpleConnection;
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
    use portcullis::clock::UnixTime;
    use portcullis::crypto::signing_keys::SigningAlgorithm;
    use portcullis::flows::actor::Actor;
    use portcullis::flows::clients::{self, ClientChange};
    use portcullis::flows::first_start::open_node;
    use portcullis::flows::logout::{LoggedOut, logout};
    use portcullis::flows::signing_keys::{self, Listed, SigningKeyRefusal, State};
    use portcullis::flows::verify::{Credential, Verdict, verify};
    use portcullis::flows::{Node, Policy};
    use portcullis::oauth::client_metadata::ClientMetadata;
    use portcullis::oauth::jwks::{KEEP_SECONDS, LEAD_SECONDS, MAX_AGE_SECONDS};
    use portcullis::oauth::scope::Scope;
    use portcullis::storage::audit_event::{self, Filter, Kind};

    use crate::bed::{Bed, HERE, place, policy};

    const LIFETIME: i64 = 90 * 86_400;
    const BOUND: Duration = Duration::from_secs(1);

    const EDDSA: SigningAlgorithm = SigningAlgorithm::EdDsa;

    async fn states(node: &Node) -> Vec<State> {
        signing_keys::list(node).await.unwrap().iter().map(|key| key.state).collect()
    }

    async fn the(state: State, node: &Node) -> Listed {
        let mut keys = signing_keys::list(node).await.unwrap().into_iter().filter(|key| key.state == state);
        let found = keys.next().unwrap();
        assert!(keys.next().is_none(), "more than one is {state:?}");
        found
    }

    /// The one good key of an algorithm.
    async fn only(algorithm: &str, node: &Node) -> Listed {
        let keys = signing_keys::list(node).await.unwrap().into_iter();
        let mut keys = keys.filter(|key| key.life.is_good() && key.life.algorithm == algorithm);
        let found = keys.next().unwrap();
        assert!(keys.next().is_none(), "more than one is of {algorithm}");
        found
    }

    async fn rotated(node: &Node) -> Vec<Listed> {
        signing_keys::rotate(node, Actor::Operator).await.unwrap().unwrap()
    }

    async fn events(bed: &Bed, kind: Kind) -> Vec<String> {
        let filter = Filter { kind: Some(kind), ..Filter::default() };
        let events = bed.node.db.read(move |c| audit_event::page(c, &filter, None, 100)).await.unwrap();
        let said = events.into_iter().map(|event| {
            let by = event.by.unwrap();
            let who = by.name.unwrap_or_else(|| by.kind.as_str().to_owned());
            format!("{} by {who}", event.detail.unwrap())
        });
        said.filter(|said| said.starts_with("ES256 ")).collect()
    }

    fn kid(token: &str) -> String {
        decode_header(token).unwrap().kid.unwrap()
    }

    fn published(node: &Node) -> JwkSet {
        serde_json::from_str(&node.keys.jwks()).unwrap()
    }

    /// Waits until `node` publishes a key that another one made.
    async fn heard(node: &Node, kid: &str) {
        let made = Instant::now();
        while published(node).find(kid).is_none() {
            assert!(made.elapsed() < BOUND, "a second is the bound");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// A refresh token that stays the same and lives long: tokens in no time.
    async fn refresh_token(bed: &Bed) -> String {
        let code = bed.code("web", &bed.sign_in().await, "read offline_access").await;
        bed.redeem("web", &code).await.ok().unwrap().refresh_token.unwrap()
    }

    async fn token(bed: &Bed, refresh: &str) -> String {
        bed.refresh("web", refresh).await.ok().unwrap().access_token
    }

    pub async fn security_r14_nodes_that_rotate_at_once_make_one_key(bed: Bed) {
        let other = bed.second_node().await;
        for round in 1..=5 {
            // Housekeeping on one node after the other, and an operator who does not want to wait.
            bed.clock.advance(LIFETIME);
            let (keep, rotate) = (signing_keys::keep, |node| signing_keys::rotate(node, Actor::Operator));
            let (one, two, three, four) =
                tokio::join!(keep(&bed.node), keep(&other), rotate(&bed.node), rotate(&other));
            let asked = [three.unwrap().unwrap(), four.unwrap().unwrap()];
            let made = the(State::Next, &bed.node).await;
            assert!(asked.iter().all(|keys| keys == std::slice::from_ref(&made)), "round {round}");
            assert_eq!(rotated(&other).await, std::slice::from_ref(&made), "it waits already");
            assert_eq!(events(&bed, Kind::SigningKeyCreated).await.len(), round + 1, "with the first");
            assert!(one.unwrap() + two.unwrap() <= 2);
            bed.clock.advance(LEAD_SECONDS);
            assert_eq!(the(State::Active, &other).await.life, made.life);
        }
    }

    /// Somebody else's library: it keeps the key set for as long as it was told it may, and looks no sooner.
    struct Client {
        set: JwkSet,
        fetched: UnixTime,
    }

    impl Client {
        fn believes(&mut self, token: &str, node: &Node, now: UnixTime) -> bool {
            if now.seconds_since(self.fetched) >= MAX_AGE_SECONDS {
                *self = Self { set: published(node), fetched: now };
            }
            let Some(key) = self.set.find(&kid(token)) else { return false };
            let mut validation = Validation::new(decode_header(token).unwrap().alg);
            // The clock of the test is not the library's.
            validation.validate_exp = false;
            validation.validate_aud = false;
            decode::<serde_json::Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).is_ok()
        }
    }

    pub async fn security_r14_twenty_rotations_refuse_nobody(bed: Bed) {
        const STEP: i64 = 149;
        let (refresh, other) = (refresh_token(&bed).await, Arc::new(bed.second_node().await));
        let mut client = Client { set: published(&bed.node), fetched: bed.clock.now() };
        let mut tokens = vec![token(&bed, &refresh).await];
        let (newest, stop) =
            (Arc::new(std::sync::Mutex::new(tokens[0].clone())), Arc::new(AtomicBool::new(false)));
        let asked = Arc::new(AtomicUsize::new(0));
        // Verification goes on all the while, on both nodes.
        let load: Vec<_> = [Arc::clone(&bed.node), Arc::clone(&other)]
            .into_iter()
            .map(|node| {
                let (newest, stop, asked) = (Arc::clone(&newest), Arc::clone(&stop), Arc::clone(&asked));
                tokio::spawn(async move {
                    while !stop.load(Ordering::SeqCst) {
                        let token = newest.lock().unwrap().clone();
                        let verdict = verify(&node, Credential::AccessToken(&token)).await.unwrap();
                        assert!(matches!(verdict, Verdict::Valid(_)), "refused under load");
                        asked.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                })
            })
            .collect();
        for rotation in 0..20 {
            let nodes: [&Node; 2] = if rotation % 2 == 0 { [&bed.node, &other] } else { [&other, &bed.node] };
            let before = the(State::Active, nodes[0]).await.life.kid;
            let next = rotated(nodes[0]).await.remove(0).life;
            assert_eq!(next.active_at.seconds_since(bed.clock.now()), MAX_AGE_SECONDS + 300);
            let end = next.active_at.plus_seconds(KEEP_SECONDS);
            // The clock of the test runs ahead of the wire.
            heard(nodes[1], &next.kid).await;
            while bed.clock.now() < end {
                bed.clock.advance(STEP);
                let now = bed.clock.now();
                tokens.push(token(&bed, &refresh).await);
                newest.lock().unwrap().clone_from(tokens.last().unwrap());
                // Those of the last hour are good.
                let living = usize::try_from(3599 / STEP + 1).unwrap();
                tokens.drain(..tokens.len().saturating_sub(living));
                let signer = if now < next.active_at { &before } else { &next.kid };
                assert_eq!(kid(tokens.last().unwrap()), *signer);
                for token in [tokens.first().unwrap(), tokens.last().unwrap()] {
                    assert!(client.believes(token, nodes[1], now), "a client that honours max-age");
                    assert!(bed.is_valid(&other, token).await && bed.is_valid(&bed.node, token).await);
                }
                signing_keys::keep(nodes[1]).await.unwrap();
                let set = published(nodes[1]);
                assert_eq!(
                    set.find(&before).is_some(),
                    now < end,
                    "published until its last token has ended"
                );
                assert!(set.find(&next.kid).is_some());
            }
            assert_eq!(states(nodes[0]).await, [State::Active]);
        }
        stop.store(true, Ordering::SeqCst);
        for task in load {
            task.await.unwrap();
        }
        assert!(asked.load(Ordering::SeqCst) > 200);
        assert_eq!(events(&bed, Kind::SigningKeyRemoved).await.len(), 20);
    }

    pub async fn security_r14_a_key_signs_for_its_lifetime_and_0_is_for_ever(bed: Bed) {
        use State::{Active, Next, Retired};
        let never = Policy { signing_key_lifetime: 0, ..policy() };
        let never =
            open_node(&place(&bed.url, &bed.folder), never, bed.clock.clone(), &[]).await.ok().unwrap();
        bed.clock.advance(LIFETIME - LEAD_SECONDS - 1);
        assert_eq!(signing_keys::keep(&bed.node).await.unwrap(), 0);
        bed.clock.advance(1);
        assert_eq!(signing_keys::keep(&never).await.unwrap(), 0);
        assert_eq!(
            (signing_keys::keep(&bed.node).await.unwrap(), states(&bed.node).await),
            (1, vec![Active, Next])
        );
        let first = the(Active, &bed.node).await;
        assert_eq!(first.retired_at, Some(first.life.created_at.plus_seconds(LIFETIME)));
        bed.clock.advance(LEAD_SECONDS);
        assert_eq!(
            (signing_keys::keep(&bed.node).await.unwrap(), states(&bed.node).await),
            (0, vec![Retired, Active])
        );
        assert_eq!(first.removed_at, Some(bed.clock.now().plus_seconds(KEEP_SECONDS)));
        bed.clock.advance(KEEP_SECONDS);
        // What is over goes, even where no key comes by itself.
        assert_eq!((signing_keys::keep(&never).await.unwrap(), states(&bed.node).await), (1, vec![Active]));
        let by_itself = events(&bed, Kind::SigningKeyRemoved).await;
        assert_eq!(by_itself, [format!("ES256 {} by server", first.life.kid)]);
    }

    pub async fn security_r15_a_revoked_key_is_refused_at_once_here_and_within_a_second_there(bed: Bed) {
        let (refresh, other) = (refresh_token(&bed).await, bed.second_node().await);
        for _ in 0..5 {
            let old = token(&bed, &refresh).await;
            assert!(bed.is_valid(&bed.node, &old).await && bed.is_valid(&other, &old).await, "warms both");
            let given_away = the(State::Active, &bed.node).await.life.kid;
            assert_eq!(kid(&old), given_away);
            let revoked =
                signing_keys::revoke(&bed.node, Actor::Operator, &given_away).await.unwrap().unwrap();
            let acknowledged = Instant::now();
            assert!(!bed.is_valid(&bed.node, &old).await && published(&bed.node).find(&given_away).is_none());
            let new = token(&bed, &refresh).await;
            assert_eq!(Some(kid(&new)), revoked.replaced_by);
            assert!(bed.is_valid(&bed.node, &new).await);
            assert!(bed.is_valid(&other, &new).await, "good before the other node heard of its key");
            while bed.is_valid(&other, &old).await || published(&other).find(&given_away).is_some() {
                assert!(acknowledged.elapsed() < BOUND, "a second is the bound");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            let again = signing_keys::revoke(&other, Actor::Operator, &given_away).await.unwrap().unwrap();
            assert_eq!(again.replaced_by, None, "once is enough");
        }
        assert_eq!(events(&bed, Kind::SigningKeyRevoked).await.len(), 5);
        bed.clock.advance(KEEP_SECONDS);
        assert_eq!(signing_keys::keep(&bed.node).await.unwrap(), 5, "their private halves go too");
        let restarted = bed.second_node().await;
        assert!(bed.is_valid(&restarted, &token(&bed, &refresh).await).await);
    }

    pub async fn nobody_is_refused_for_a_key_that_was_replaced_elsewhere_a_moment_ago(bed: Bed) {
        let (refresh, other) = (refresh_token(&bed).await, Arc::new(bed.second_node().await));
        for round in 0..8 {
            let given_away = the(State::Active, &bed.node).await.life.kid;
            signing_keys::revoke(&bed.node, Actor::Operator, &given_away).await.unwrap().unwrap();
            let new = token(&bed, &refresh).await;
            // As anybody can write it: it makes the other node look, again and again.
            let (_, rest) = new.split_once('.').unwrap();
            let head = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{}"}}"#, "x".repeat(43));
            let made_up = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(head));
            let asks = |token: &str| {
                let (other, token) = (Arc::clone(&other), token.to_owned());
                tokio::spawn(async move { verify(&other, Credential::AccessToken(&token)).await.unwrap() })
            };
            let stranger = asks(&made_up);
            tokio::time::sleep(Duration::from_millis(round)).await;
            let began = Instant::now();
            for one in [&new; 6].map(|token| asks(token)) {
                let verdict = one.await.unwrap();
                assert!(matches!(verdict, Verdict::Valid(_) | Verdict::CannotTell), "round {round}");
            }
            assert!(began.elapsed() < BOUND, "a second is the bound");
            assert!(matches!(stranger.await.unwrap(), Verdict::Invalid));
        }
    }

    pub async fn security_r15_revoking_a_key_that_does_not_sign_leaves_the_one_that_does(bed: Bed) {
        use State::{Active, Next, Retired, Revoked};
        // The list is in the order in which keys were made.
        bed.clock.advance(1);
        let next = rotated(&bed.node).await.remove(0).life.kid;
        bed.clock.advance(1);
        let revoke = async |kid: &str| signing_keys::revoke(&bed.node, Actor::Operator, kid).await.unwrap();
        assert_eq!(revoke(&next).await.unwrap().replaced_by, None);
        assert_eq!(states(&bed.node).await, [Active, Revoked]);
        rotated(&bed.node).await;
        assert_eq!(states(&bed.node).await, [Active, Revoked, Next]);
        let first = the(Active, &bed.node).await.life.kid;
        bed.clock.advance(LEAD_SECONDS);
        assert_eq!(states(&bed.node).await, [Retired, Revoked, Active]);
        assert_eq!(revoke(&first).await.unwrap().replaced_by, None);
        assert_eq!(states(&bed.node).await, [Revoked, Revoked, Active]);
        // While one waits, it keeps its time: another signs until then.
        rotated(&bed.node).await;
        let signs = the(Active, &bed.node).await.life.kid;
        let new = revoke(&signs).await.unwrap().replaced_by.unwrap();
        assert_eq!(the(Active, &bed.node).await.life.kid, new);
        assert_eq!(the(Next, &bed.node).await.life.created_at, the(Active, &bed.node).await.life.created_at);
        let unknown = revoke("nothing").await.unwrap_err();
        assert!(unknown.to_string().contains("nothing") && unknown.to_string().contains("signing-key list"));
    }

    pub async fn a_key_made_before_there_was_rotation_signs_since_it_was_made(bed: Bed) {
        let none = |c: &mut portcullis::storage::DbConnection| {
            Ok(c.batch_execute("UPDATE signing_keys SET active_at = NULL")?)
        };
        bed.node.db.write(none).await.unwrap();
        let node = bed.second_node().await;
        for key in signing_keys::list(&node).await.unwrap() {
            assert_eq!((key.state, key.life.active_at), (State::Active, key.life.created_at));
        }
        assert!(bed.is_valid(&node, &bed.login().await.access_token).await);
    }

    pub async fn security_r14_the_first_key_of_an_algorithm_is_published_before_it_signs(bed: Bed) {
        let chosen = Policy { access_token_algorithm: EDDSA, ..policy() };
        let chosen =
            open_node(&place(&bed.url, &bed.folder), chosen, bed.clock.clone(), &[]).await.ok().unwrap();
        let login = async || {
            let attempt = crate::bed::attempt(crate::bed::PASSWORD);
            let login = portcullis::flows::password::login(&chosen, attempt, None).await.unwrap();
            login.unwrap_or_else(|e| panic!("{e:?}")).access_token
        };
        let mut client = Client { set: published(&chosen), fetched: bed.clock.now() };
        signing_keys::ensure(&chosen, &[EDDSA]).await.unwrap();
        let made = only("EdDSA", &chosen).await;
        assert_eq!(made.state, State::Active, "it signs what its client takes by no other");
        let made = made.life;
        assert_eq!(made.active_at, bed.clock.now().plus_seconds(LEAD_SECONDS));
        for _ in 0..LEAD_SECONDS / 60 {
            let token = login().await;
            assert_eq!(decode_header(&token).unwrap().alg, jsonwebtoken::Algorithm::ES256);
            assert!(client.believes(&token, &chosen, bed.clock.now()));
            bed.clock.advance(60);
        }
        let token = login().await;
        assert_eq!(decode_header(&token).unwrap().alg, jsonwebtoken::Algorithm::EdDSA);
        assert!(client.believes(&token, &chosen, bed.clock.now()), "nobody had to look again");
        heard(&bed.node, &made.kid).await;
        assert!(bed.is_valid(&bed.node, &token).await);
        assert_eq!(logout(&bed.node, &[token.as_str()], &[]).await.unwrap(), LoggedOut::Done);
        assert!(!bed.is_valid(&bed.node, &token).await);
        // What takes the place of one whose time has not come waits as long, and is listed as what it is: it signs.
        signing_keys::ensure(&chosen, &[SigningAlgorithm::Ps256]).await.unwrap();
        bed.clock.advance(60);
        let first = only("PS256", &chosen).await.life.kid;
        let revoked = signing_keys::revoke(&chosen, Actor::Operator, &first).await.unwrap().unwrap();
        let new = only("PS256", &chosen).await;
        assert_eq!(revoked.replaced_by, Some(new.life.kid.clone()));
        assert_eq!(new.life.active_at, bed.clock.now().plus_seconds(LEAD_SECONDS));
        assert_eq!(new.state, State::Active);
        let ps256 = ClientChange {
            scope: Some(Scope::from(["openid", "read"])),
            metadata: Some(ClientMetadata {
                id_token_signed_response_alg: Some("PS256".to_owned()),
                ..ClientMetadata::default()
            }),
            ..ClientChange::default()
        };
        clients::update(&chosen, Actor::Operator, "web", ps256).await.unwrap().unwrap();
        heard(&bed.node, &new.life.kid).await;
        let code = bed.code("web", &bed.sign_in().await, "openid").await;
        let id_token = bed.redeem("web", &code).await.ok().unwrap().id_token.unwrap();
        assert_eq!(kid(&id_token), new.life.kid);
    }

    pub async fn nodes_that_miss_a_key_at_once_make_one(bed: Bed) {
        let other = bed.second_node().await;
        let ensure = |node| signing_keys::ensure(node, &[EDDSA, SigningAlgorithm::Es256]);
        let (one, two, three, four) =
            tokio::join!(ensure(&bed.node), ensure(&other), ensure(&bed.node), ensure(&other));
        assert!([one, two, three, four].into_iter().all(|made| made.is_ok()));
        let keys = signing_keys::list(&bed.node).await.unwrap();
        let algorithms: Vec<_> = keys.iter().map(|key| key.life.algorithm).collect();
        assert!(algorithms == ["ES256", "EdDSA"] || algorithms == ["EdDSA", "ES256"], "{algorithms:?}");
        for node in [&bed.node, &other] {
            assert_eq!(published(node).keys.len(), 2, "whoever asked knows them");
        }
    }

    pub async fn only_administrators_may_touch_signing_keys(bed: Bed) {
        let token = bed.login().await.access_token;
        let Verdict::Valid(identity) = verify(&bed.node, Credential::AccessToken(&token)).await.unwrap()
        else {
            panic!("not good");
        };
        let alice = Actor::Holder { identity: &identity, address: HERE };
        let key = the(State::Active, &bed.node).await;
        let rotated = signing_keys::rotate(&bed.node, alice).await.unwrap();
        assert!(matches!(rotated, Err(SigningKeyRefusal::NotAllowed(_))));
        let revoked = signing_keys::revoke(&bed.node, alice, &key.life.kid).await.unwrap();
        assert!(matches!(revoked, Err(SigningKeyRefusal::NotAllowed(_))));
        assert_eq!(signing_keys::list(&bed.node).await.unwrap(), std::slice::from_ref(&key));
        let set = "UPDATE users SET is_admin = true";
        bed.node.db.write(move |c| Ok(c.batch_execute(set)?)).await.unwrap();
        assert!(signing_keys::rotate(&bed.node, alice).await.unwrap().is_ok());
        assert!(signing_keys::revoke(&bed.node, alice, &key.life.kid).await.unwrap().is_ok());
        assert_eq!(events(&bed, Kind::SigningKeyRevoked).await, [format!("ES256 {} by alice", key.life.kid)]);
    }
}
