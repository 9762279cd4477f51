//! Several nodes on one database: they agree at first start, and hear of each other's revocations (contract §6).

on_both! {
    two_nodes_starting_at_once_agree
    a_revocation_reaches_the_other_node_within_a_second
    a_disabled_user_is_refused_by_the_other_node_within_a_second
    a_revocation_is_known_after_a_restart
}

mod bodies {
    use std::time::{Duration, Instant};

    use portcullis::flows::logout::logout;
    use portcullis::storage;
    use portcullis::storage::revocation::{Subject, record};

    use crate::bed::Bed;

    pub async fn two_nodes_starting_at_once_agree(bed: Bed) {
        let (one, two) = tokio::join!(bed.second_node(), bed.second_node());
        let token = bed.login().await.access_token;
        assert!(bed.is_valid(&one, &token).await);
        assert!(bed.is_valid(&two, &token).await);
    }

    pub async fn a_revocation_reaches_the_other_node_within_a_second(bed: Bed) {
        let other = bed.second_node().await;
        for _ in 0..20 {
            let tokens = bed.login().await;
            assert!(bed.is_valid(&other, &tokens.access_token).await, "warms the other node's cache");
            assert!(logout(&bed.node, Some(&tokens.access_token), None).await.unwrap());
            let acknowledged = Instant::now();
            assert!(!bed.is_valid(&bed.node, &tokens.access_token).await, "at once where it was revoked");
            while bed.is_valid(&other, &tokens.access_token).await {
                assert!(acknowledged.elapsed() < Duration::from_secs(1), "a second is the bound");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    pub async fn a_disabled_user_is_refused_by_the_other_node_within_a_second(bed: Bed) {
        let other = bed.second_node().await;
        let token = bed.login().await.access_token;
        assert!(bed.is_valid(&other, &token).await);
        let (id, now) = (bed.user.id, bed.clock.now());
        let change = move |c: &mut storage::DbConnection| {
            storage::user::set_disabled(c, id, Some(now))?;
            record(c, &[Subject::User(id)], now)
        };
        bed.node.db.write(change).await.unwrap();
        let acknowledged = Instant::now();
        while bed.is_valid(&other, &token).await {
            assert!(acknowledged.elapsed() < Duration::from_secs(1), "a second is the bound");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub async fn a_revocation_is_known_after_a_restart(bed: Bed) {
        let tokens = bed.login().await;
        assert!(logout(&bed.node, Some(&tokens.access_token), None).await.unwrap());
        let restarted = bed.second_node().await;
        assert!(!bed.is_valid(&restarted, &tokens.access_token).await);
    }
}
