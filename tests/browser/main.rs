//! The pages in a real browser: headless Chromium walks every path a person takes, with script and without, on a wide
//! screen and on a narrow one; what it complains about fails the walk (contract §1, §9–11; security §4.5–4.7; WCAG 2.2).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helper functions of a test fail where they stand"
)]

/// The server in this process and its people, as in the HTTP suite.
#[allow(dead_code, reason = "what the HTTP suite needs beyond this")]
#[path = "../http/support"]
mod support {
    pub mod actor;
    pub mod app;
    pub mod exchange;
    pub mod jwt;
    pub mod log;
    pub mod neighbour;
    pub mod page;
    pub mod postgres;
    pub mod seed;
    pub mod server;
    pub mod smtp;
    pub mod store;
}

mod axe;
mod chrome;
mod foreign;
mod front;
mod inspection;
mod keyboard;
mod person;
mod tab;

mod account;
mod admin;
mod admin_people;
mod application;
mod attacks;
mod consent;
mod cross_site;
mod device;
mod errors;
mod hand_off;
mod harness;
mod keys;
mod late;
mod mail;
mod pages;
mod pictures;
mod projects;
mod search;
mod sign_in;
mod visits;
