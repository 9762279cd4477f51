//! Storage and the flows on it: every body on SQLite and on PostgreSQL, races included (docs/architecture.md).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helper functions of a test fail where they stand"
)]

/// Makes two tests of one body: `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::bodies::$name(crate::bed::Bed::sqlite().await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::bodies::$name(crate::bed::Bed::postgres().await).await;
            }
        }
    )*};
}

mod administration;
mod assertions;
mod audit;
mod backchannel_logouts;
mod bed;
mod codes;
mod devices;
mod dpop;
mod forms;
mod key_nodes;
mod keys;
mod nodes;
mod outage;
mod passwords;
mod people;
mod pushed_requests;
mod refresh;
mod registrations;
mod scopes;
mod sessions;
mod signing_keys;
mod spine;
#[path = "../support/postgres.rs"]
mod support_postgres;
