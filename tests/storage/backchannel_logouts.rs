//! Who is to be told that a session ended (OpenID Connect Back-Channel Logout §2.3, §2.5): once, by one node, and nobody too early.

on_both! {
    oidc_backchannel_2_5_of_several_at_once_one_tells
    oidc_backchannel_2_5_whom_nobody_registered_keeps_no_other_waiting
    oidc_backchannel_2_3_only_who_knows_a_session_that_ended_is_to_be_told
    what_nobody_can_be_told_of_any_more_is_forgotten
}

mod bodies {
    use std::sync::Arc;

    use portcullis::clock::UnixTime;
    use portcullis::crypto::opaque_token::{PlainToken, TokenType};
    use portcullis::crypto::random;
    use portcullis::flows::{Node, health, housekeeping};
    use portcullis::storage::backchannel_logout::{self, BackchannelLogout, RelyingParty, Whose};
    use portcullis::storage::{
        DbConnection, client, client_id_metadata_document, client_registration, session,
    };
    use uuid::Uuid;

    use crate::bed::Bed;

    /// `app` knows this session of `user_id`, and got two ID tokens of it.
    async fn knows(node: &Node, session_id: Uuid, user_id: Uuid) {
        for _ in 0..2 {
            let party = RelyingParty { id: random::id(), session_id, client_id: "app".into(), user_id };
            node.db.write(move |c| backchannel_logout::remember(c, &party)).await.unwrap();
        }
    }

    async fn due(node: &Node, busy: &[&str]) -> Vec<BackchannelLogout> {
        due_of(node, Whose::Registered, busy).await
    }

    async fn due_of(node: &Node, whose: Whose, busy: &[&str]) -> Vec<BackchannelLogout> {
        let (now, busy) = (node.clock.now(), busy.iter().map(|&id| id.to_owned()).collect::<Vec<_>>());
        node.db.read(move |c| backchannel_logout::due(c, whose, &busy, now, 100)).await.unwrap()
    }

    async fn ends(node: &Node, session_id: Uuid) {
        let now: UnixTime = node.clock.now();
        node.db.write(move |c| session::end(c, session_id, now)).await.unwrap();
    }

    pub async fn oidc_backchannel_2_5_of_several_at_once_one_tells(bed: Bed) {
        let bed = Arc::new(bed);
        let user = bed.sign_in().await.user.id;
        for _ in 0..3 {
            knows(&bed.node, random::id(), user).await;
        }
        let now = bed.node.clock.now();
        bed.node.db.write(move |c| session::end_all(c, user, now)).await.unwrap();
        let all = due(&bed.node, &[]).await;
        assert_eq!(all.len(), 3, "two ID tokens of one session are one client to tell");
        for one in all {
            let tries: Vec<_> = (0..16)
                .map(|_| {
                    let (bed, one) = (Arc::clone(&bed), one.clone());
                    let later = bed.node.clock.now().plus_seconds(60);
                    tokio::spawn(async move {
                        bed.node.db.write(move |c| backchannel_logout::claim(c, &one, later)).await.unwrap()
                    })
                })
                .collect();
            let mut claimed = 0;
            for one in tries {
                claimed += usize::from(one.await.unwrap());
            }
            assert_eq!(claimed, 1);
        }
        assert!(due(&bed.node, &[]).await.is_empty(), "they are being told");
        bed.clock.advance(60);
        assert_eq!(due(&bed.node, &[]).await.len(), 3, "and told again if that failed");
        assert!(due(&bed.node, &["app", "other"]).await.is_empty(), "but not while one is being told");
    }

    pub async fn oidc_backchannel_2_5_whom_nobody_registered_keeps_no_other_waiting(bed: Bed) {
        let user = bed.sign_in().await.user.id;
        let app = bed.node.db.read(|c| client::find(c, "app")).await.unwrap().unwrap();
        let digest = bed.node.tokens.digest(&PlainToken::generate(TokenType::RegistrationAccessToken));
        let now = bed.node.clock.now();
        let strangers = move |c: &mut DbConnection| {
            for number in 0..150 {
                let (mut record, id) = (app.clone(), format!("stranger-{number}"));
                record.client.client_id.clone_from(&id);
                client::insert(c, &record)?;
                if number % 2 == 0 {
                    client_registration::insert(c, &id, &digest, false, now)?;
                } else {
                    client_id_metadata_document::remember(c, &id, now, now)?;
                }
                let (session_id, user_id) = (random::id(), user);
                let party = RelyingParty { id: random::id(), session_id, client_id: id, user_id };
                backchannel_logout::remember(c, &party)?;
            }
            session::end_all(c, user, now)
        };
        bed.node.db.write(strangers).await.unwrap();
        bed.clock.advance(1);
        knows(&bed.node, random::id(), user).await;
        let later = bed.node.clock.now();
        bed.node.db.write(move |c| session::end_all(c, user, later)).await.unwrap();
        let of = |all: Vec<BackchannelLogout>| -> Vec<String> {
            all.into_iter().map(|one| one.party.client_id).collect()
        };
        assert_eq!(of(due(&bed.node, &[]).await), ["app"], "however many wait for longer");
        let others = of(due_of(&bed.node, Whose::Strangers, &["stranger-7"]).await);
        assert_eq!((others.len(), others.contains(&"app".to_owned())), (100, false));
    }

    pub async fn oidc_backchannel_2_3_only_who_knows_a_session_that_ended_is_to_be_told(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let (user, kept, another) = (signed_in.user.id, signed_in.session.id, random::id());
        knows(&bed.node, kept, user).await;
        knows(&bed.node, another, user).await;
        assert!(due(&bed.node, &[]).await.is_empty(), "while they last");
        let waiting = async || health::look(&bed.node).await.unwrap().logouts_waiting;
        assert_eq!(waiting().await, 0);
        let now = bed.node.clock.now();
        bed.node.db.write(move |c| session::end_others(c, user, kept, now)).await.unwrap();
        let sessions = |all: Vec<BackchannelLogout>| -> Vec<Uuid> {
            all.into_iter().map(|one| one.party.session_id).collect()
        };
        assert_eq!(sessions(due(&bed.node, &[]).await), [another]);
        assert_eq!(waiting().await, 1, "as the health page says");
        ends(&bed.node, kept).await;
        assert_eq!(due(&bed.node, &[]).await.len(), 2);
    }

    pub async fn what_nobody_can_be_told_of_any_more_is_forgotten(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let (user, live) = (signed_in.user.id, signed_in.session.id);
        let (over, ended) = (random::id(), random::id());
        for session in [live, over, ended] {
            knows(&bed.node, session, user).await;
        }
        ends(&bed.node, ended).await;
        housekeeping::purge(&bed.node).await.unwrap();
        assert_eq!(due(&bed.node, &[]).await.len(), 1, "what is to be told stays");
        // Of the one whose time is up there is nothing left to end.
        ends(&bed.node, over).await;
        assert_eq!(due(&bed.node, &[]).await.len(), 1);
        ends(&bed.node, live).await;
        assert_eq!(due(&bed.node, &[]).await.len(), 2);
    }
}
