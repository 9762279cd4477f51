//! The databases of `tests/support/postgres.rs`, for this binary (contract §14).

#[path = "../../support/postgres.rs"]
mod fresh;

pub use fresh::fresh_postgres_url;
