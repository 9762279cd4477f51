//! Rate limits that several nodes count together (contract §12), through a real Valkey or Redis that each test starts,
//! stops, freezes and empties.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing there and then"
)]

mod nodes;
mod outage;
mod script;
#[path = "../support/valkey.rs"]
mod valkey;
