//! Valkey killed, restarted, emptied, frozen, never there, or not letting us in: no error, and never unlimited
//! (contract §12, security R-10).

use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::nodes::{keys_of, node, remaining, run, take, until_they_count_together};
use super::valkey::Valkey;

/// Far more than the patience of a node, far less than anybody should wait; it leaves room for a busy machine.
const AT_THE_WORST: Duration = Duration::from_secs(2);

#[test]
fn security_r10_killed_in_mid_load_each_node_goes_on_within_its_limit() {
    let mut valkey = Valkey::start();
    run(async {
        const LIMIT: u32 = 20_000;
        let nodes = [node(&valkey.address(), LIMIT), node(&valkey.address(), LIMIT)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        let stop = Arc::new(AtomicBool::new(false));
        let passed: [Arc<AtomicU32>; 2] = Default::default();
        let after: [Arc<AtomicU32>; 2] = Default::default();
        let killed = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for n in 0..16 {
            let (node, stop, killed) = (Arc::clone(&nodes[n % 2]), Arc::clone(&stop), Arc::clone(&killed));
            let (passed, after) = (Arc::clone(&passed[n % 2]), Arc::clone(&after[n % 2]));
            clients.push(tokio::spawn(async move {
                let quota = keys_of(&node, "ann");
                let mut slowest = Duration::ZERO;
                while !stop.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    let standing = node.take(&quota).await;
                    slowest = slowest.max(started.elapsed());
                    if standing.allowed {
                        passed.fetch_add(1, Ordering::Relaxed);
                        if killed.load(Ordering::Relaxed) {
                            after.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    tokio::task::yield_now().await;
                }
                slowest
            }));
        }
        sleep(Duration::from_millis(300)).await;
        valkey.kill();
        killed.store(true, Ordering::Relaxed);
        // Until both nodes alone have let through all they may.
        let started = Instant::now();
        while passed.iter().any(|passed| passed.load(Ordering::Relaxed) < LIMIT) {
            assert!(started.elapsed() < Duration::from_secs(30), "the nodes do not go on: {passed:?}");
            sleep(Duration::from_millis(10)).await;
        }
        sleep(Duration::from_millis(200)).await;
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            let slowest = client.await.unwrap();
            assert!(slowest < AT_THE_WORST, "{slowest:?}");
        }
        for (passed, after) in passed.iter().zip(&after) {
            assert_eq!(passed.load(Ordering::Relaxed), LIMIT);
            assert!(after.load(Ordering::Relaxed) > 0);
        }
    });
}

#[test]
fn security_r10_restarted_empty_the_nodes_own_counts_hold_and_they_count_together_again() {
    let mut valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        for _ in 0..10 {
            assert!(take(&nodes[0], "ann").await.allowed);
        }
        valkey.kill();
        assert!(!take(&nodes[0], "ann").await.allowed);
        assert!(take(&nodes[1], "ben").await.allowed);
        valkey.restart();
        until_they_count_together(&nodes[0], &nodes[1]).await;
        assert!(!take(&nodes[0], "ann").await.allowed);
        assert_eq!(remaining(&nodes[1], "ben").await, 9);
        assert!(take(&nodes[1], "cem").await.allowed);
        assert_eq!(remaining(&nodes[0], "cem").await, 9);
    });
}

#[test]
fn security_r10_emptied_it_counts_on_at_once() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        for empty in [&["FLUSHALL"][..], &["SCRIPT", "FLUSH"]] {
            assert_eq!(valkey.command(empty), "+OK");
            let owner = empty.join(" ");
            assert!(take(&nodes[0], &owner).await.allowed);
            assert_eq!(remaining(&nodes[1], &owner).await, 9, "{owner}");
        }
    });
}

#[test]
fn security_r10_frozen_no_request_waits_longer_than_the_nodes_patience_and_few_wait_at_all() {
    let valkey = Valkey::start();
    run(async {
        let nodes = [node(&valkey.address(), 10_000), node(&valkey.address(), 10_000)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        valkey.freeze();
        let (began, mut waited, mut calls) = (Instant::now(), 0, 0);
        while began.elapsed() < Duration::from_secs(4) {
            let started = Instant::now();
            assert!(take(&nodes[0], "ann").await.allowed);
            assert!(started.elapsed() < AT_THE_WORST, "{:?}", started.elapsed());
            waited += usize::from(started.elapsed() > Duration::from_millis(40));
            calls += 1;
            sleep(Duration::from_millis(2)).await;
        }
        // One to notice, then one a second.
        assert!((1..=10).contains(&waited) && calls > 100, "{waited} of {calls} waited");
        valkey.thaw();
        until_they_count_together(&nodes[0], &nodes[1]).await;
    });
}

#[test]
fn security_r10_never_there_the_node_counts_alone() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    run(async {
        let node = node(&format!("redis://127.0.0.1:{port}"), 10);
        for n in 0..20 {
            assert_eq!(take(&node, "ann").await.allowed, n < 10);
        }
        sleep(Duration::from_millis(1200)).await;
        assert!(!take(&node, "ann").await.allowed);
        assert!(take(&node, "ben").await.allowed);
    });
}

#[test]
fn contract_12_the_documented_permissions_are_enough() {
    let page = include_str!("../../docs/rate-limits.md");
    let line = page.lines().find(|line| line.starts_with("ACL SETUSER")).expect("the page has the command");
    let valkey = Valkey::start();
    assert_eq!(valkey.command(&line.split(' ').collect::<Vec<_>>()), "+OK");
    let url = valkey.url().replace("redis://", "redis://portcullis:PASSWORD@");
    run(async {
        let nodes = [node(&url, 10), node(&url, 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        for n in 0..12 {
            assert_eq!(take(&nodes[n % 2], "ann").await.allowed, n < 10);
        }
        // Foreign content is dropped, a lowered limit is searched for: the rest of the script.
        valkey.command(&["SET", "portcullis:rate:{ben}:api_key", "x"]);
        assert!(take(&nodes[0], "ben").await.allowed);
        assert_eq!(remaining(&nodes[1], "ben").await, 9);
        valkey.command(&["DEL", "portcullis:rate:{cem}:api_key"]);
        let now = valkey.seconds();
        for (second, sum) in [(1, 0), (2, 1), (now - 50, 30), (now, 60)] {
            valkey.command(&["RPUSH", "portcullis:rate:{cem}:api_key", &format!("{second}:{sum}")]);
        }
        assert!(!take(&nodes[0], "cem").await.allowed);
        assert_eq!(valkey.command(&["LLEN", "portcullis:rate:{cem}:api_key"]), ":3");
    });
}

/// Everything that any test of this program logged.
static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(Arc::default);

#[derive(Clone)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn contract_12_a_password_lets_the_nodes_in_and_never_reaches_the_log() {
    let lines = Lines(Arc::clone(&LOG));
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    log.with_writer(move || lines.clone()).init();
    let valkey = Valkey::start_with(Some("sesame-4711"));
    run(async {
        let nodes = [node(&valkey.url(), 10), node(&valkey.url(), 10)];
        until_they_count_together(&nodes[0], &nodes[1]).await;
        let stranger = node(&valkey.url().replace("sesame-4711", "hunter2-0815"), 10);
        for n in 0..12 {
            assert_eq!(take(&stranger, "ann").await.allowed, n < 10);
        }
        assert_eq!(remaining(&nodes[0], "ann").await, 10);
        // The reason is told once a connection was refused.
        for _ in 0..100 {
            if String::from_utf8_lossy(&LOG.lock().unwrap()).contains("WRONGPASS") {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
    });
    let log = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    assert!(log.contains("this node counts rate limits alone") && log.contains("WRONGPASS"), "{log}");
    assert!(!log.contains("sesame") && !log.contains("hunter2"), "{log}");
}
