//! Proves what draws on which counter, and that no race lets one too many through (contract §12).

use std::sync::Barrier;
use std::thread;

use super::super::fixture::block_on;
use super::*;
use crate::clock::UnixTime;

const LIMITS: Limits = Limits { api_key: 1000, oauth: 5000, jwt: 2000 };

fn in_memory(limits: Limits) -> RateLimits {
    RateLimits::start(limits, None, Clock::fixed(UnixTime::from_seconds(1_800_000_000))).unwrap()
}

fn plain(limits: &RateLimits, class: CredentialClass, owner: &str) -> Quota {
    limits.quota(class, owner, None, None)
}

/// Takes until refused; returns how many passed.
fn exhaust(limits: &RateLimits, quota: &Quota) -> u32 {
    block_on(async {
        let mut passed = 0;
        while limits.take(quota).await.allowed {
            passed += 1;
        }
        passed
    })
}

#[test]
fn contract_12_each_class_has_its_limit_and_its_counter() {
    let limits = in_memory(LIMITS);
    for (class, limit) in
        [(CredentialClass::ApiKey, 1000), (CredentialClass::OAuth, 5000), (CredentialClass::Jwt, 2000)]
    {
        let quota = plain(&limits, class, "u");
        let standing = block_on(limits.peek(&quota));
        assert_eq!((standing.class, standing.limit, standing.remaining), (class, limit, limit));
        assert_eq!(exhaust(&limits, &quota), limit, "{class:?}");
    }
}

#[test]
fn contract_12_more_keys_add_no_quota_and_owners_have_their_own() {
    let limits = in_memory(Limits { api_key: 10, ..LIMITS });
    let mut passed = 0;
    for _ in 0..5 {
        passed += exhaust(&limits, &plain(&limits, CredentialClass::ApiKey, "ann"));
    }
    assert_eq!(passed, 10);
    assert_eq!(exhaust(&limits, &plain(&limits, CredentialClass::ApiKey, "ben")), 10);
}

#[test]
fn contract_12_a_clients_own_limit_counts_by_owner_and_client() {
    let limits = in_memory(Limits { oauth: 3, ..LIMITS });
    let through = |owner: &str, client| limits.quota(CredentialClass::OAuth, owner, client, None);
    assert_eq!(exhaust(&limits, &through("ann", Some(("app", 7)))), 7);
    assert_eq!(exhaust(&limits, &through("ann", Some(("app", 7)))), 0);
    assert_eq!(exhaust(&limits, &through("ann", Some(("other", 1)))), 1);
    assert_eq!(exhaust(&limits, &through("ben", Some(("app", 7)))), 7);
    assert_eq!(exhaust(&limits, &through("ann", None)), 3);
}

#[test]
fn contract_12_no_id_looks_like_another_counter() {
    let limits = in_memory(Limits { oauth: 1, ..LIMITS });
    for (owner, client) in [
        ("a", None),
        ("a}:oauth:b", None),
        ("a", Some(("b}:oauth", 1))),
        ("a", Some(("b%7D:oauth", 1))),
        ("a", Some(("", 1))),
        ("}", None),
    ] {
        let quota = limits.quota(CredentialClass::OAuth, owner, client, None);
        assert_eq!(exhaust(&limits, &quota), 1, "{owner} {client:?}");
    }
}

#[test]
fn contract_12_a_keys_own_limit_comes_on_top_and_charges_both_or_neither() {
    let limits = in_memory(Limits { api_key: 10, ..LIMITS });
    let narrow = limits.quota(CredentialClass::ApiKey, "u", None, Some((Uuid::from_u128(1), 3)));
    let wide = limits.quota(CredentialClass::ApiKey, "u", None, Some((Uuid::from_u128(2), 50)));
    let bare = plain(&limits, CredentialClass::ApiKey, "u");
    block_on(async {
        let first = limits.take(&narrow).await;
        assert_eq!((first.allowed, first.limit, first.remaining), (true, 3, 2));
        assert_eq!(limits.peek(&bare).await.remaining, 9);
    });
    assert_eq!(exhaust(&limits, &narrow), 2);
    block_on(async {
        // The key refused, now and again: the owner is not charged.
        let refused = limits.take(&narrow).await;
        assert_eq!((refused.allowed, refused.limit, refused.remaining), (false, 3, 0));
        let seen = limits.peek(&wide).await;
        assert_eq!((seen.limit, seen.remaining), (10, 7));
    });
    assert_eq!(exhaust(&limits, &bare), 7);
    block_on(async {
        // The owner refuses: the key is not charged.
        let refused = limits.take(&wide).await;
        assert_eq!((refused.allowed, refused.limit), (false, 10));
        limits.clock.advance(3601);
        let seen = limits.take(&wide).await;
        assert_eq!((seen.limit, seen.remaining), (10, 9));
    });
    let keys =
        limits.counters.counter(&format!("portcullis:rate:{{u}}:key:{}", Uuid::from_u128(2).simple()), 0);
    let share = Share { counter: keys, allowance: wide.key.unwrap().allowance };
    assert_eq!(block_on(limits.peek(&Quota { owner: share, key: None })).remaining, 49);
}

#[test]
fn contract_12_of_64_threads_at_one_remaining_call_exactly_one_passes() {
    let limits = in_memory(Limits { api_key: 100, ..LIMITS });
    for (round, key) in
        (0_u128..20).flat_map(|round| [(round, None), (round, Some((Uuid::from_u128(round), 50)))])
    {
        let owner = format!("{round}-{}", key.is_some());
        let quota = limits.quota(CredentialClass::ApiKey, &owner, None, key);
        let limit = block_on(limits.peek(&quota)).remaining;
        for _ in 1..limit {
            assert!(block_on(limits.take(&quota)).allowed);
        }
        let start = Barrier::new(64);
        let passed: usize = thread::scope(|scope| {
            let runs: Vec<_> = (0..64)
                .map(|_| {
                    scope.spawn(|| {
                        let quota = limits.quota(CredentialClass::ApiKey, &owner, None, key);
                        start.wait();
                        usize::from(block_on(limits.take(&quota)).allowed)
                    })
                })
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!(passed, 1);
    }
}

#[test]
fn a_sweep_drops_what_nobody_holds_and_nobody_used_for_an_hour() {
    let limits = in_memory(LIMITS);
    let held = plain(&limits, CredentialClass::Jwt, "held");
    for n in 0..1000 {
        assert!(block_on(limits.take(&plain(&limits, CredentialClass::Jwt, &n.to_string()))).allowed);
    }
    assert!(block_on(limits.take(&held)).allowed);
    assert_eq!(limits.sweep(), 1001);
    limits.clock.advance(3600);
    assert_eq!(limits.sweep(), 1001);
    limits.clock.advance(1);
    assert_eq!(limits.sweep(), 1);
    // The handle still draws on the counter that others find.
    assert!(block_on(limits.take(&held)).allowed);
    assert_eq!(block_on(limits.peek(&plain(&limits, CredentialClass::Jwt, "held"))).remaining, 1999);
    drop(held);
    limits.clock.advance(3601);
    assert_eq!(limits.sweep(), 0);
}
