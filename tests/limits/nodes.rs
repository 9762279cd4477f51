//! Owns nodes that count, and proves that together they count exactly (contract §12).

use std::future::Future;
use std::sync::Arc;

use portcullis::account::credential::CredentialClass;
use portcullis::account::rate_limit::Standing;
use portcullis::clock::Clock;
use portcullis::flows::rate_limits::{Limits, Quota, RateLimits, ValkeyUrl};
use tokio::sync::Barrier;
use uuid::Uuid;

use super::valkey::Valkey;

/// A node that allows `api_key` requests an hour by API keys.
pub fn node(url: &str, api_key: u32) -> Arc<RateLimits> {
    let url = ValkeyUrl::parse(url).map_err(str::to_owned).expect("an address");
    let limits = Limits { api_key, oauth: 5000, jwt: 2000 };
    Arc::new(RateLimits::start(limits, Some(&url), Clock::System).expect("a thread"))
}

/// Runs `work` on several threads, as a server does.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap().block_on(work)
}

/// The quota of an owner's API keys.
pub fn keys_of(node: &RateLimits, owner: &str) -> Quota {
    node.quota(CredentialClass::ApiKey, owner, None, None)
}

/// Counts one for `owner`.
pub async fn take(node: &RateLimits, owner: &str) -> Standing {
    node.take(&keys_of(node, owner)).await
}

/// What is left to `owner`.
pub async fn remaining(node: &RateLimits, owner: &str) -> u32 {
    node.peek(&keys_of(node, owner)).await.remaining
}

/// Waits until what one node counts is seen by the other.
pub async fn until_they_count_together(one: &RateLimits, other: &RateLimits) {
    for attempt in 0..200 {
        let owner = format!("probe {attempt}");
        let before = remaining(other, &owner).await;
        take(one, &owner).await;
        if remaining(other, &owner).await < before {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the nodes do not count together");
}

#[test]
fn contract_12_two_nodes_count_exactly_together() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 100), node(&valkey.url(), 100)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        for n in 0..100 {
            let standing = take(&nodes[n % 2], "ann").await;
            let left = 99 - u32::try_from(n).unwrap();
            assert_eq!((standing.allowed, standing.remaining, standing.limit), (true, left, 100));
            assert!((3595..=3600).contains(&standing.reset_after), "{standing:?}");
        }
        for node in &nodes {
            let standing = take(node, "ann").await;
            assert_eq!((standing.allowed, standing.remaining), (false, 0));
            assert!((3500..=3600).contains(&standing.reset_after), "{standing:?}");
            assert!(!node.peek(&keys_of(node, "ann")).await.allowed);
            assert_eq!(remaining(node, "ben").await, 100);
            let jwt = node.quota(CredentialClass::Jwt, "ann", None, None);
            assert_eq!(node.peek(&jwt).await.remaining, 2000);
        }
        let client = |node: &RateLimits| node.quota(CredentialClass::OAuth, "ann", Some(("a }{ b", 3)), None);
        for n in 0..5 {
            let quota = client(&nodes[n % 2]);
            assert_eq!(nodes[n % 2].take(&quota).await.allowed, n < 3);
        }
    });
}

#[test]
fn contract_12_a_keys_own_limit_charges_both_counters_or_neither_on_all_nodes() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        let narrow =
            |node: &RateLimits| node.quota(CredentialClass::ApiKey, "u", None, Some((Uuid::from_u128(1), 3)));
        for n in 0..6 {
            let node = &nodes[n % 2];
            let standing = node.take(&narrow(node)).await;
            assert_eq!((standing.allowed, standing.limit), (n < 3, 3));
        }
        assert_eq!((remaining(&nodes[0], "u").await, remaining(&nodes[1], "u").await), (7, 7));
        for n in 0..7 {
            assert!(take(&nodes[n % 2], "u").await.allowed);
        }
        let other = nodes[0].quota(CredentialClass::ApiKey, "u", None, Some((Uuid::from_u128(2), 3)));
        let standing = nodes[0].take(&other).await;
        assert_eq!((standing.allowed, standing.limit), (false, 10));
        let key = format!("portcullis:rate:{{u}}:key:{}", Uuid::from_u128(2).simple());
        assert_eq!(valkey.command(&["EXISTS", &key]), ":0");
    });
}

#[test]
fn contract_12_of_64_requests_at_one_remaining_call_exactly_one_passes_on_two_nodes() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 5), node(&valkey.url(), 5)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        for round in 0..20_u128 {
            let owner = format!("round {round}");
            let key = (round % 2 == 1).then_some((Uuid::from_u128(round), 4));
            let quota = |n: usize| nodes[n % 2].quota(CredentialClass::ApiKey, &owner, None, key);
            let limit = usize::try_from(nodes[0].peek(&quota(0)).await.remaining).unwrap();
            for n in 1..limit {
                assert!(nodes[n % 2].take(&quota(n)).await.allowed);
            }
            let start = Arc::new(Barrier::new(64));
            let runs: Vec<_> = (0..64)
                .map(|n| {
                    let (node, quota, start) = (Arc::clone(&nodes[n % 2]), quota(n), Arc::clone(&start));
                    tokio::spawn(async move {
                        start.wait().await;
                        node.take(&quota).await.allowed
                    })
                })
                .collect();
            let mut passed = 0;
            for run in runs {
                passed += usize::from(run.await.unwrap());
            }
            assert_eq!(passed, 1, "{owner}");
        }
    });
}

#[test]
fn contract_12_what_another_node_refused_is_not_counted_here() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        for _ in 0..10 {
            assert!(take(&nodes[0], "ann").await.allowed);
        }
        for _ in 0..10 {
            assert!(!take(&nodes[1], "ann").await.allowed);
        }
        // The shared count is lost; the second node let nothing pass, so it has all ten.
        assert_eq!(valkey.command(&["FLUSHALL"]), "+OK");
        assert_eq!((remaining(&nodes[0], "ann").await, remaining(&nodes[1], "ann").await), (0, 10));
    });
}

#[test]
fn contract_12_a_node_that_has_just_started_counts_its_first_request_with_the_others() {
    let valkey = Valkey::start();
    run(async {
        let first = node(&valkey.url(), 5);
        for _ in 0..5 {
            assert!(take(&first, "ann").await.allowed);
        }
        // It is slow just then: slower than a request would wait.
        valkey.freeze();
        let valkey = Arc::new(valkey);
        let frozen = Arc::clone(&valkey);
        let thawing = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(500));
            frozen.thaw();
        });
        let new = node(&format!("{}?timeout_ms=200", valkey.address()), 5);
        assert!(!take(&new, "ann").await.allowed, "it counts alone");
        thawing.join().unwrap();
    });
}
