//! `kill -9` under load: what was acknowledged survives, what was consumed stays consumed (security R-01, I1–I4).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "helper functions of a test fail where they stand"
)]

mod history;
mod process;
#[path = "../support/postgres.rs"]
mod support_postgres;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use history::{Chain, Load};
use process::Server;

const CLIENTS: usize = 32;
const USERS: usize = 4;
const ROUNDS: usize = 3;
/// How long the load lasts at least, and how long a busy machine may take to acknowledge enough to judge by.
const LOAD: Duration = Duration::from_millis(1500);
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn sqlite() {
    survives(None);
}

#[test]
fn postgres() {
    survives(Some(support_postgres::fresh_postgres_url()));
}

fn survives(database_url: Option<String>) {
    let mut server = Server::start(database_url);
    for user in 0..USERS {
        server.create_user(&format!("user{user}"));
    }
    for round in 0..ROUNDS {
        let chains = load_until_killed(&mut server);
        let refreshes: usize = chains.iter().map(|chain| chain.consumed.len()).sum();
        assert!(chains.len() >= CLIENTS / 2, "round {round}: only {} logins were acknowledged", chains.len());
        assert!(refreshes >= CLIENTS, "round {round}: only {refreshes} refreshes were acknowledged");
        server.restart();
        for chain in &chains {
            chain.check(&server);
        }
    }
}

/// 32 clients log in and refresh; in the middle of it the server is killed. What was acknowledged comes back.
fn load_until_killed(server: &mut Server) -> Vec<Chain> {
    let load = Load::default();
    let base = server.base();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|i| {
                let (base, load) = (base.clone(), &load);
                scope.spawn(move || history::drive(&base, &format!("user{}", i % USERS), load))
            })
            .collect();
        let began = Instant::now();
        while began.elapsed() < LOAD || (!is_enough(&load) && began.elapsed() < PATIENCE) {
            std::thread::sleep(Duration::from_millis(10));
        }
        server.kill();
        load.stop.store(true, Ordering::SeqCst);
        clients.into_iter().filter_map(|client| client.join().unwrap()).collect()
    })
}

fn is_enough(load: &Load) -> bool {
    load.logins.load(Ordering::SeqCst) >= CLIENTS / 2 && load.refreshes.load(Ordering::SeqCst) >= CLIENTS
}
