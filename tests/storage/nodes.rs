//! Several nodes on one database: they agree at first start, and hear of each other's revocations (contract §6).

on_both! {
    two_nodes_starting_at_once_agree
    a_revocation_reaches_the_other_node_within_a_second
    a_disabled_user_is_refused_by_the_other_node_within_a_second
    a_revocation_is_known_after_a_restart
}

/// Two processes of one installation start on an empty database at once: one key, one set of signing keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_first_starts_of_one_installation_agree() {
    for postgres in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let place = crate::bed::place(&crate::bed::empty_database(postgres, &folder), &folder);
        let (one, two) = tokio::join!(crate::bed::try_open(&place), crate::bed::try_open(&place));
        let (one, two) = (one.unwrap_or_else(|e| panic!("{e}")), two.unwrap_or_else(|e| panic!("{e}")));
        assert_eq!(one.keys.jwks(), two.keys.jwks());
    }
}

/// Two machines, each with a data folder of its own, start on one empty database at once: one is told to copy the key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contract_14_of_two_first_starts_with_different_keys_one_is_refused() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let url = crate::bed::empty_database(true, &here);
    let (here, there) = (crate::bed::place(&url, &here), crate::bed::place(&url, &there));
    let (one, two) = tokio::join!(crate::bed::try_open(&here), crate::bed::try_open(&there));
    let (refused, loser) = match (one, two) {
        (Ok(_), Err(refused)) => (refused, there),
        (Err(refused), Ok(_)) => (refused, here),
        (Ok(_), Ok(_)) => panic!("two keys seal one database"),
        (Err(one), Err(two)) => panic!("nobody started: {one}; {two}"),
    };
    assert!(refused.to_string().contains("master.key"), "{refused}");
    assert!(!loser.master_key_file.exists(), "the useless key is gone again");
}

mod bodies {
    use std::time::{Duration, Instant};

    use portcullis::flows::logout::{LoggedOut, logout};
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
            assert_eq!(
                logout(&bed.node, &[tokens.access_token.as_str()], &[]).await.unwrap(),
                LoggedOut::Done
            );
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
        assert_eq!(logout(&bed.node, &[tokens.access_token.as_str()], &[]).await.unwrap(), LoggedOut::Done);
        let restarted = bed.second_node().await;
        assert!(!bed.is_valid(&restarted, &tokens.access_token).await);
    }
}
