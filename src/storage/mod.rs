//! What is remembered: one file per aggregate, plain functions over `&mut DbConnection`.
//!
//! `Db::read` and `Db::write` are the only ways in. Single use is one conditional UPDATE inside a write;
//! absent is `None`, a lost race is an outcome, `StorageError` means broken. Secrets arrive as digests.

pub mod account_link;
pub mod api_key;
pub mod audit_event;
pub mod authorization_code;
pub mod authorization_grant;
pub mod backchannel_logout;
pub mod client;
pub mod client_assertion;
pub mod client_id_metadata_document;
pub mod client_registration;
mod column;
mod connection;
pub mod consent;
pub mod contact;
mod db;
pub mod device_code;
pub mod dpop;
mod error;
pub mod expiry;
pub mod follower;
mod group_commit;
pub mod installation;
pub mod login_throttle;
pub mod mail;
mod migrate;
pub mod project;
pub mod pushed_authorization_request;
pub mod refresh_token;
pub mod registration_token;
pub mod revocation;
mod schema;
pub mod scope;
pub mod session;
pub mod setup_link;
pub mod signing_key;
pub mod spent_form;
mod turn;
pub mod user;

pub use connection::{DatabaseUrl, DbConnection};
pub use db::{Db, Load};
pub use error::StorageError;
pub use migrate::{migrate, pending, version as schema_version};
pub use turn::Turn;
