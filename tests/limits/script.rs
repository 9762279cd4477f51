//! Proves the shared window itself, on counters that a test wrote by hand (contract §12): its boundaries, and what is none
//! of ours.

use super::nodes::{keys_of, node, run, until_they_count_together};
use super::valkey::Valkey;

const ANN: &str = "portcullis:rate:{ann}:api_key";

/// Writes ann's counter: seconds before now, and the sum up to each.
fn write(valkey: &Valkey, counts: &[(i64, u32)]) -> i64 {
    let now = valkey.seconds();
    valkey.command(&["DEL", ANN]);
    for (ago, sum) in counts {
        valkey.command(&["RPUSH", ANN, &format!("{}:{sum}", now - ago)]);
    }
    now
}

#[test]
fn contract_12_only_the_last_hour_counts_and_a_refusal_says_when_one_passes() {
    let valkey = Valkey::start();
    run(async {
        for (limit, allowed, remaining, reset_after) in [
            // Three left the window, six are in it: four of 3000 seconds ago, two of 10 seconds ago.
            (7, true, 1, 601),
            (6, false, 0, 601),
            (5, false, 0, 601),
            (3, false, 0, 601),
            (2, false, 0, 3591),
            (1, false, 0, 3591),
        ] {
            let nodes = [node(&valkey.url(), limit), node(&valkey.url(), limit)];
            until_they_count_together(&nodes[0], &nodes[1]).await;
            let written = write(&valkey, &[(9000, 0), (3700, 3), (3000, 7), (10, 9)]);
            let looked = nodes[0].peek(&keys_of(&nodes[0], "ann")).await;
            let slack = u32::try_from(valkey.seconds() - written).unwrap();
            assert_eq!((looked.allowed, looked.remaining), (allowed, remaining), "{limit}");
            assert!((reset_after - slack..=reset_after).contains(&looked.reset_after), "{limit}: {looked:?}");
            assert_eq!(valkey.command(&["LLEN", ANN]), ":3");
            let taken = nodes[1].take(&keys_of(&nodes[1], "ann")).await;
            assert_eq!((taken.allowed, taken.remaining), (allowed, 0), "{limit}");
            assert_eq!(valkey.command(&["LLEN", ANN]), if allowed { ":4" } else { ":3" });
        }
    });
}

#[test]
fn contract_12_a_counter_is_forgotten_once_it_counts_nothing() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        write(&valkey, &[(9000, 0), (3700, 10)]);
        assert_eq!(nodes[0].peek(&keys_of(&nodes[0], "ann")).await.remaining, 10);
        assert_eq!(valkey.command(&["LLEN", ANN]), ":1");
        assert_eq!(nodes[0].take(&keys_of(&nodes[0], "ann")).await.remaining, 9);
        let expires: i64 = valkey.command(&["TTL", ANN]).trim_start_matches(':').parse().unwrap();
        assert!((3601..=3661).contains(&expires), "{expires}");
    });
}

#[test]
fn security_r10_what_is_none_of_ours_is_dropped_and_counted_anew() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        let future = (valkey.seconds() + 1_000_000).to_string();
        let in_future = format!("{future}:5");
        let mut left = 10;
        for strange in [
            &["SET", ANN, "x"][..],
            &["HSET", ANN, "a", "b"],
            &["RPUSH", ANN, "x"],
            &["RPUSH", ANN, "", "", ""],
            &["RPUSH", ANN, "1:5", "1:3"],
            &["RPUSH", ANN, "1:0", "x", "2:5"],
            &["RPUSH", ANN, "-1:0", "1:1"],
            // Its server's clock was set back since: it would never leave the window.
            &["RPUSH", ANN, "0:0", &in_future],
        ] {
            valkey.command(&["DEL", ANN]);
            valkey.command(strange);
            let taken = nodes[0].take(&keys_of(&nodes[0], "ann")).await;
            left -= 1;
            // What this node itself let pass is not forgotten with it.
            assert_eq!((taken.allowed, taken.remaining), (true, left), "{strange:?}");
            assert_eq!(nodes[1].peek(&keys_of(&nodes[1], "ann")).await.remaining, 9, "{strange:?}");
        }
    });
}

#[test]
fn contract_12_a_clock_that_is_a_little_behind_counts_on_where_the_other_was() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        write(&valkey, &[(9000, 0), (-30, 7)]);
        assert_eq!(nodes[0].take(&keys_of(&nodes[0], "ann")).await.remaining, 2);
        assert_eq!(nodes[1].take(&keys_of(&nodes[1], "ann")).await.remaining, 1);
        assert_eq!(valkey.command(&["LLEN", ANN]), ":2");
    });
}
