//! `/v1`: the Example API (contract §4, §6).

pub mod auth;
