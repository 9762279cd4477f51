//! Authorization codes: single use under races, replay, and what can happen in between (RFC 6749 §4.1.2).

on_both! {
    rfc6749_4_1_2_one_code_redeemed_by_64_at_once_has_one_winner
    rfc6749_4_1_2_a_replayed_code_revokes_its_tokens
    a_wrong_client_or_verifier_neither_redeems_nor_revokes
    signing_out_ends_codes_and_tokens_of_the_session
    a_disabled_user_gets_no_tokens_for_a_code
    a_client_that_was_switched_off_has_no_code_left
}

mod bodies {
    use std::sync::Arc;

    use portcullis::clock::UnixTime;
    use portcullis::flows::actor::Actor;
    use portcullis::flows::clients::{self, ClientChange};
    use portcullis::flows::{session, token};
    use portcullis::oauth::error::ErrorCode;
    use portcullis::storage;

    use crate::bed::{Bed, HERE, REDIRECT, form};

    pub async fn rfc6749_4_1_2_one_code_redeemed_by_64_at_once_has_one_winner(bed: Bed) {
        let bed = Arc::new(bed);
        let signed_in = bed.sign_in().await;
        for _ in 0..5 {
            let code = bed.code("app", &signed_in, "read").await;
            let tries: Vec<_> = (0..64)
                .map(|_| {
                    let (bed, code) = (Arc::clone(&bed), code.clone());
                    tokio::spawn(async move { bed.redeem("app", &code).await.map(|t| t.access_token) })
                })
                .collect();
            let mut winners = Vec::new();
            for one in tries {
                match one.await.unwrap() {
                    Ok(token) => winners.push(token),
                    Err(error) => assert_eq!(error, ErrorCode::InvalidGrant),
                }
            }
            assert_eq!(winners.len(), 1);
            assert!(
                !bed.is_valid(&bed.node, &winners[0]).await,
                "the 63 replays revoked what the winner got"
            );
        }
    }

    pub async fn rfc6749_4_1_2_a_replayed_code_revokes_its_tokens(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let code = bed.code("app", &signed_in, "read").await;
        let tokens = bed.redeem("app", &code).await.ok().unwrap();
        assert!(bed.is_valid(&bed.node, &tokens.access_token).await);
        bed.clock.advance(3_000);
        assert_eq!(bed.redeem("app", &code).await.err(), Some(ErrorCode::InvalidGrant));
        assert!(!bed.is_valid(&bed.node, &tokens.access_token).await);
        let refreshed = bed.refresh("app", &tokens.refresh_token.unwrap()).await;
        assert_eq!(refreshed.err(), Some(ErrorCode::InvalidGrant));
    }

    pub async fn a_wrong_client_or_verifier_neither_redeems_nor_revokes(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let code = bed.code("app", &signed_in, "read").await;
        let wrong_verifier = form(&[
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", &"x".repeat(43)),
        ]);
        let attack = || token::token(&bed.node, None, &wrong_verifier, None, None);
        assert_eq!(attack().await.unwrap().err().unwrap().code, ErrorCode::InvalidGrant);
        assert_eq!(bed.redeem("web", &code).await.err(), Some(ErrorCode::InvalidGrant));
        let tokens = bed.redeem("app", &code).await.ok().unwrap();
        assert_eq!(attack().await.unwrap().err().unwrap().code, ErrorCode::InvalidGrant);
        assert_eq!(bed.redeem("web", &code).await.err(), Some(ErrorCode::InvalidGrant));
        assert!(bed.is_valid(&bed.node, &tokens.access_token).await);
    }

    pub async fn signing_out_ends_codes_and_tokens_of_the_session(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let used = bed.code("app", &signed_in, "read").await;
        let tokens = bed.redeem("app", &used).await.ok().unwrap();
        let offline = bed.code("app", &signed_in, "read offline_access").await;
        let offline = bed.redeem("app", &offline).await.ok().unwrap();
        let unused = bed.code("app", &signed_in, "read").await;
        session::end(&bed.node, &signed_in, HERE).await.unwrap();
        assert_eq!(bed.redeem("app", &unused).await.err(), Some(ErrorCode::InvalidGrant));
        assert!(!bed.is_valid(&bed.node, &tokens.access_token).await);
        assert!(bed.is_valid(&bed.node, &offline.access_token).await, "offline_access outlives the session");
    }

    pub async fn a_disabled_user_gets_no_tokens_for_a_code(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let code = bed.code("app", &signed_in, "read").await;
        let id = bed.user.id;
        bed.node
            .db
            .write(move |c| {
                storage::user::set_disabled(c, id, Some(UnixTime::from_seconds(1)))?;
                storage::session::end_all(c, id, UnixTime::from_seconds(1))
            })
            .await
            .unwrap();
        assert_eq!(bed.redeem("app", &code).await.err(), Some(ErrorCode::InvalidGrant));
    }

    /// Neither one that nobody redeemed, nor what comes of one that is redeemed in that very moment.
    pub async fn a_client_that_was_switched_off_has_no_code_left(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let switch = |off: bool| {
            let change = ClientChange { disabled: Some(off), ..ClientChange::default() };
            clients::update(&bed.node, Actor::Operator, "app", change)
        };
        for _ in 0..10 {
            let unused = bed.code("app", &signed_in, "read").await;
            let raced = bed.code("app", &signed_in, "read").await;
            let (redeemed, off) = tokio::join!(bed.redeem("app", &raced), switch(true));
            off.unwrap().unwrap();
            switch(false).await.unwrap().unwrap();
            if let Ok(tokens) = redeemed {
                assert!(!bed.is_valid(&bed.node, &tokens.access_token).await);
            }
            assert_eq!(bed.redeem("app", &unused).await.err(), Some(ErrorCode::InvalidGrant));
        }
    }
}
