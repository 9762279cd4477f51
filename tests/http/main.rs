//! The black-box HTTP suite: plain requests against a whole server, files in the order of its URLs (contract §1–8, §13).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helper functions of a test fail where they stand"
)]

/// Makes two tests of one body, `name::sqlite` and `name::postgres`: the body takes a running server, `with` more settings.
macro_rules! on_both {
    ($($(#[$about:meta])* fn $name:ident($server:ident) $body:block)*) => {
        on_both! { with &[]; $($(#[$about])* fn $name($server) $body)* }
    };
    (with $settings:expr; $($(#[$about:meta])* fn $name:ident($server:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every body needs what its file imports")]
            use super::*;

            $(#[$about])*
            fn body($server: &TestServer) $body

            #[test]
            fn sqlite() {
                body(&TestServer::with($settings));
            }

            #[test]
            fn postgres() {
                body(&TestServer::on_postgres_with($settings));
            }
        }
    )*};
}

mod support {
    pub mod actor;
    pub mod app;
    pub mod client_key;
    pub mod dpop;
    pub mod exchange;
    pub mod jwt;
    pub mod log;
    pub mod made;
    pub mod neighbour;
    pub mod page;
    pub mod postgres;
    pub mod seed;
    pub mod server;
    pub mod signing_key;
    pub mod smtp;
    pub mod store;
    pub mod tables;
    pub mod told;
    pub mod trail;
    #[expect(dead_code, reason = "the rest is for the tests of the counters themselves")]
    #[path = "../../support/valkey.rs"]
    pub mod valkey;
}

mod api_v1;
mod api_v2;
mod auth_v1;
mod bad_input;
mod bad_requests;
mod cli_sign_in;
mod client_members;
mod credentials;
mod demoted;
mod doors;
mod guesses;
mod hand_off;
mod hardening;
mod housekeeping;
mod https;
mod oauth;
mod pages;
mod python;
mod secrecy;
mod v1_auth;
mod valkey;
mod well_known;
