//! How long a browser may rest and stays signed in, on both databases (security §3, 55).

on_both! {
    security_3_55_a_session_that_rests_too_long_is_over_on_every_node
    security_3_55_a_session_that_is_used_lives_until_its_end_and_no_longer
    security_3_55_a_use_is_written_only_where_it_makes_a_difference_of_minutes
    security_3_55_a_session_from_before_has_its_time_until_it_is_used
    security_3_55_without_a_timeout_only_the_end_counts
}

mod bodies {
    use diesel::connection::SimpleConnection;
    use portcullis::flows::first_start::open_node;
    use portcullis::flows::last_used::flush;
    use portcullis::flows::{Node, Policy, password, session, sessions};

    use crate::bed::{Bed, PASSWORD, attempt, place, policy};

    const DAY: i64 = 86_400;
    const IDLE: i64 = 14 * DAY;

    async fn signs_in(node: &Node) -> String {
        let cookie = password::sign_in(node, attempt(PASSWORD), "test", None).await.unwrap();
        cookie.unwrap_or_else(|e| panic!("{e:?}")).expose().to_owned()
    }

    async fn is_in(node: &Node, cookie: &str) -> bool {
        session::find(node, cookie).await.unwrap().is_some()
    }

    pub async fn security_3_55_a_session_that_rests_too_long_is_over_on_every_node(bed: Bed) {
        let (cookie, other) = (signs_in(&bed.node).await, bed.second_node().await);
        bed.clock.advance(IDLE - 1);
        assert!(is_in(&bed.node, &cookie).await);
        bed.clock.advance(1);
        assert!(is_in(&bed.node, &cookie).await, "known here before it is stored");
        assert!(!is_in(&other, &cookie).await);
        assert_eq!(flush(&bed.node).await.unwrap(), 1);
        assert!(is_in(&other, &cookie).await);
        let listed = async || sessions::list(&other, bed.user.id, None, 9).await.unwrap().len();
        assert_eq!(listed().await, 1);
        bed.clock.advance(IDLE + 60);
        for node in [&bed.node, &other] {
            assert!(!is_in(node, &cookie).await);
        }
        assert_eq!(listed().await, 0);
    }

    pub async fn security_3_55_a_session_that_is_used_lives_until_its_end_and_no_longer(bed: Bed) {
        let cookie = signs_in(&bed.node).await;
        for day in 1..30 {
            bed.clock.advance(DAY);
            assert!(is_in(&bed.node, &cookie).await, "day {day}");
            flush(&bed.node).await.unwrap();
        }
        bed.clock.advance(DAY - 1);
        assert!(is_in(&bed.node, &cookie).await);
        bed.clock.advance(1);
        assert!(!is_in(&bed.node, &cookie).await);
    }

    pub async fn security_3_55_a_use_is_written_only_where_it_makes_a_difference_of_minutes(bed: Bed) {
        let cookie = signs_in(&bed.node).await;
        for (later, written) in [(0, 0), (299, 0), (1, 1), (299, 0), (1, 1)] {
            bed.clock.advance(later);
            assert!(is_in(&bed.node, &cookie).await);
            assert_eq!(flush(&bed.node).await.unwrap(), written, "after {later}");
        }
    }

    pub async fn security_3_55_a_session_from_before_has_its_time_until_it_is_used(bed: Bed) {
        let cookie = signs_in(&bed.node).await;
        // As the migration leaves them.
        let migrated = |c: &mut portcullis::storage::DbConnection| {
            Ok(c.batch_execute("UPDATE sessions SET idle_at = expires_at")?)
        };
        bed.node.db.write(migrated).await.unwrap();
        bed.clock.advance(IDLE + 1);
        assert!(is_in(&bed.node, &cookie).await);
        assert_eq!(flush(&bed.node).await.unwrap(), 1);
        bed.clock.advance(IDLE + 60);
        assert!(!is_in(&bed.node, &cookie).await);
    }

    pub async fn security_3_55_without_a_timeout_only_the_end_counts(bed: Bed) {
        let never = Policy { session_idle_timeout: 0, ..policy() };
        let never =
            open_node(&place(&bed.url, &bed.folder), never, bed.clock.clone(), &[]).await.ok().unwrap();
        let cookie = signs_in(&never).await;
        bed.clock.advance(30 * DAY - 1);
        assert!(is_in(&never, &cookie).await);
        assert_eq!(flush(&never).await.unwrap(), 1, "when it was used, which its person reads");
        bed.clock.advance(1);
        assert!(!is_in(&never, &cookie).await);
    }
}
