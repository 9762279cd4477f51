//! Portcullis: one authorization server for passwords, OAuth 2.1, JWTs and API keys.
//!
//! A request is parsed in `http`, answered by one flow in `flows`, decided in `oauth` or
//! `account` (pure), remembered in `storage`. The same noun, the RFC's own, names the file in
//! every layer. `docs/architecture.md` is the map.

pub mod account;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod flows;
pub mod http;
pub mod oauth;
pub mod server;
pub mod storage;
pub mod telemetry;
pub mod words;
