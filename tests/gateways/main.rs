//! The gateways as their operators run them: real nginx and Caddy with the configurations that docs/gateways/ hands out,
//! between a client, a whole server and the example's upstream (contract §6).
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
    pub mod log;
    pub mod page;
    pub mod postgres;
    pub mod seed;
    pub mod server;
    pub mod store;
}

#[allow(dead_code, reason = "its main is for the command line")]
#[path = "../../examples/upstream/main.rs"]
mod upstream;

mod bed;
mod gateway;
mod handed_out;
mod paths;
mod preflights;
mod refusals;
mod requests;
mod wire;
