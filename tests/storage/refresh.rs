//! Refresh tokens: rotation, the idempotent window, replay and revocation under races (contract §5, RFC 9700 §4.14.2).

on_both! {
    rfc9700_4_14_2_64_at_once_never_leave_two_live_tokens
    rfc9700_4_14_2_a_replay_after_the_window_revokes_the_family
    a_lost_answer_is_given_again_within_the_window
    a_used_successor_makes_its_parent_a_replay_at_once
    rfc7009_revoking_against_refreshing_leaves_no_survivor
    confidential_clients_keep_their_refresh_token
    a_login_token_is_no_oauth_token_and_the_other_way_round
    a_token_ends_with_its_session_or_after_rest
}

mod bodies {
    use std::collections::HashSet;
    use std::sync::Arc;

    use portcullis::flows::refresh_token::refresh_login;
    use portcullis::flows::revocation;
    use portcullis::oauth::error::ErrorCode;

    use crate::bed::{Bed, form};

    pub async fn rfc9700_4_14_2_64_at_once_never_leave_two_live_tokens(bed: Bed) {
        let bed = Arc::new(bed);
        for _ in 0..5 {
            let first = bed.login().await.refresh_token.expose().to_owned();
            let tries: Vec<_> = (0..64)
                .map(|_| {
                    let (bed, token) = (Arc::clone(&bed), first.clone());
                    tokio::spawn(async move {
                        let answer = refresh_login(&bed.node, &token).await.unwrap();
                        answer.map(|tokens| tokens.refresh_token.expose().to_owned())
                    })
                })
                .collect();
            let mut successors = HashSet::new();
            for one in tries {
                successors.extend(one.await.unwrap());
            }
            assert_eq!(successors.len(), 1, "everybody was answered the same successor");
            let successor = successors.into_iter().next().unwrap();
            assert!(refresh_login(&bed.node, &successor).await.unwrap().is_some());
        }
    }

    pub async fn rfc9700_4_14_2_a_replay_after_the_window_revokes_the_family(bed: Bed) {
        let first = bed.login().await;
        let second = refresh_login(&bed.node, first.refresh_token.expose()).await.unwrap().unwrap();
        bed.clock.advance(11);
        assert!(refresh_login(&bed.node, first.refresh_token.expose()).await.unwrap().is_none());
        assert!(refresh_login(&bed.node, second.refresh_token.expose()).await.unwrap().is_none());
        for token in [&first.access_token, &second.access_token] {
            assert!(!bed.is_valid(&bed.node, token).await);
        }
    }

    pub async fn a_lost_answer_is_given_again_within_the_window(bed: Bed) {
        let first = bed.login().await;
        let second = refresh_login(&bed.node, first.refresh_token.expose()).await.unwrap().unwrap();
        bed.clock.advance(9);
        let again = refresh_login(&bed.node, first.refresh_token.expose()).await.unwrap().unwrap();
        assert_eq!(again.refresh_token.expose(), second.refresh_token.expose());
        assert!(bed.is_valid(&bed.node, &again.access_token).await);
    }

    pub async fn a_used_successor_makes_its_parent_a_replay_at_once(bed: Bed) {
        let first = bed.login().await;
        let second = refresh_login(&bed.node, first.refresh_token.expose()).await.unwrap().unwrap();
        let third = refresh_login(&bed.node, second.refresh_token.expose()).await.unwrap().unwrap();
        assert!(refresh_login(&bed.node, first.refresh_token.expose()).await.unwrap().is_none());
        assert!(refresh_login(&bed.node, third.refresh_token.expose()).await.unwrap().is_none());
    }

    pub async fn rfc7009_revoking_against_refreshing_leaves_no_survivor(bed: Bed) {
        let bed = Arc::new(bed);
        let signed_in = bed.sign_in().await;
        for _ in 0..30 {
            let code = bed.code("app", &signed_in, "read").await;
            let first = bed.redeem("app", &code).await.ok().unwrap();
            let token = first.refresh_token.unwrap();
            let refreshing = tokio::spawn({
                let (bed, token) = (Arc::clone(&bed), token.clone());
                async move { bed.refresh("app", &token).await.ok() }
            });
            let revoking = tokio::spawn({
                let (bed, token) = (Arc::clone(&bed), token.clone());
                async move {
                    let request = form(&[("client_id", "app"), ("token", &token)]);
                    revocation::revoke(&bed.node, None, &request).await.unwrap().map_err(|e| e.code)
                }
            });
            let refreshed = refreshing.await.unwrap();
            assert_eq!(revoking.await.unwrap(), Ok(()));
            assert_eq!(bed.refresh("app", &token).await.err(), Some(ErrorCode::InvalidGrant));
            assert!(!bed.is_valid(&bed.node, &first.access_token).await);
            if let Some(second) = refreshed {
                assert!(!bed.is_valid(&bed.node, &second.access_token).await);
                let survivor = bed.refresh("app", &second.refresh_token.unwrap()).await;
                assert_eq!(survivor.err(), Some(ErrorCode::InvalidGrant));
            }
        }
    }

    pub async fn confidential_clients_keep_their_refresh_token(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let code = bed.code("web", &signed_in, "read write").await;
        let first = bed.redeem("web", &code).await.ok().unwrap();
        let token = first.refresh_token.unwrap();
        for _ in 0..3 {
            bed.clock.advance(60);
            let again = bed.refresh("web", &token).await.ok().unwrap();
            assert_eq!(again.refresh_token.as_deref(), Some(token.as_str()));
        }
    }

    pub async fn a_login_token_is_no_oauth_token_and_the_other_way_round(bed: Bed) {
        let login = bed.login().await.refresh_token;
        for client in ["app", "web"] {
            assert_eq!(bed.refresh(client, login.expose()).await.err(), Some(ErrorCode::InvalidGrant));
        }
        let signed_in = bed.sign_in().await;
        let code = bed.code("app", &signed_in, "read").await;
        let token = bed.redeem("app", &code).await.ok().unwrap().refresh_token.unwrap();
        assert!(refresh_login(&bed.node, &token).await.unwrap().is_none());
        assert_eq!(bed.refresh("web", &token).await.err(), Some(ErrorCode::InvalidGrant));
        assert!(bed.refresh("app", &token).await.is_ok(), "a stranger's try changed nothing");
    }

    pub async fn a_token_ends_with_its_session_or_after_rest(bed: Bed) {
        const DAY: i64 = 86_400;
        let signed_in = bed.sign_in().await;
        let code = bed.code("web", &signed_in, "read").await;
        let session_bound = bed.redeem("web", &code).await.ok().unwrap().refresh_token.unwrap();
        let code = bed.code("web", &signed_in, "read offline_access").await;
        let offline = bed.redeem("web", &code).await.ok().unwrap().refresh_token.unwrap();
        bed.clock.advance(29 * DAY);
        assert!(bed.refresh("web", &session_bound).await.is_ok());
        assert!(bed.refresh("web", &offline).await.is_ok());
        bed.clock.advance(2 * DAY);
        assert_eq!(bed.refresh("web", &session_bound).await.err(), Some(ErrorCode::InvalidGrant));
        assert!(bed.refresh("web", &offline).await.is_ok(), "used 2 days ago");
        bed.clock.advance(31 * DAY);
        assert_eq!(
            bed.refresh("web", &offline).await.err(),
            Some(ErrorCode::InvalidGrant),
            "31 days of rest"
        );
    }
}
