//! The command line as its users meet it: the real binary, its exit status and what it prints (contract §14).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helper functions of a test fail where they stand"
)]

mod apply;
mod applying_at_once;
mod clients;
mod configuration;
mod doctor;
mod first_start;
mod keys;
mod mail;
mod operator;
mod readme;
mod registration_tokens;
mod scopes;
mod serving;
#[path = "../support/postgres.rs"]
mod support_postgres;
mod tls;
mod two_nodes;
mod users;
#[expect(dead_code, reason = "the rest is for the tests of the counters themselves")]
#[path = "../support/valkey.rs"]
mod valkey;
