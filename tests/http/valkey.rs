//! Rate limits that several nodes count together, seen from the doors; and the store of them gone in mid-load (contract §12).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::server::TestServer;
use crate::support::valkey::Valkey;

const VERIFY: &str = "/v1/auth/verify";
const CALLERS: usize = 16;

fn node(valkey: &str, limit: &str) -> TestServer {
    TestServer::with(&[("VALKEY_URL", valkey), ("RATE_LIMIT_API_KEY", limit)])
}

fn client() -> reqwest::blocking::Client {
    reqwest::blocking::Client::builder().no_proxy().build().unwrap()
}

#[test]
fn contract_12_64_at_one_remaining_call_one_passes_through_valkey() {
    let valkey = Valkey::start();
    let server = node(&valkey.url(), "2");
    let key = server.key("alice", |_| {});
    assert_eq!(server.actor().get(VERIFY).header("x-api-key", &key).send().status, 200);
    let start = std::sync::Barrier::new(64);
    let url = format!("{}{VERIFY}", server.base);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || {
            let client = client();
            start.wait();
            client.get(&url).header("x-api-key", &key).send().unwrap().status().as_u16()
        };
        let threads: Vec<_> = (0..64).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
}

#[test]
fn contract_12_valkey_killed_in_mid_load_refuses_nobody_and_lets_nobody_run_free() {
    const LIMIT: usize = 1500;
    let mut valkey = Valkey::start();
    let server = node(&valkey.address(), &LIMIT.to_string());
    let key = server.key("alice", |_| {});
    let url = format!("{}{VERIFY}", server.base);
    let (passed, refused, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let client = client();
                while !done.load(Ordering::Relaxed) {
                    let asked = Instant::now();
                    let answer = client.get(&url).header("x-api-key", &key).send().unwrap();
                    assert!(asked.elapsed() < Duration::from_secs(5), "nobody waits for what is gone");
                    match answer.status().as_u16() {
                        200 => passed.fetch_add(1, Ordering::Relaxed),
                        429 => refused.fetch_add(1, Ordering::Relaxed),
                        other => panic!("{other}: {:?}", answer.text()),
                    };
                }
            });
        }
        while passed.load(Ordering::Relaxed) < 300 {
            std::thread::sleep(Duration::from_millis(5));
        }
        valkey.kill();
        let deadline = Instant::now() + Duration::from_secs(60);
        while refused.load(Ordering::Relaxed) < 100 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        done.store(true, Ordering::Relaxed);
    });
    let passed = passed.load(Ordering::Relaxed);
    assert_eq!(passed, LIMIT, "counted here all along: the limit is the limit");
    assert!(refused.load(Ordering::Relaxed) >= 100);
}
