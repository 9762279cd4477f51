//! What a caller can ask of the server: load, decide, store. One function per thing; `issue` is the only mint of tokens.

pub mod actor;
pub mod api_keys;
pub mod audit_events;
mod authorization_code;
pub mod authorize;
mod client_authentication;
mod client_credentials;
pub mod clients;
pub mod device_authorization;
mod device_code;
mod directory;
mod error;
pub mod first_start;
#[cfg(test)]
mod fixture;
mod guesses;
pub mod hand_off;
pub mod housekeeping;
pub mod introspection;
mod issue;
pub mod last_used;
pub mod logout;
mod master_key_file;
mod node;
pub mod password;
pub mod plain_http;
pub mod project_scope;
pub mod projects;
pub mod rate_limits;
pub mod refresh_token;
pub mod revocation;
mod revocations;
pub mod session;
pub mod sessions;
pub mod setup;
pub mod signing_keys;
mod stop;
pub mod token;
pub mod users;
pub mod verify;

pub use error::FlowError;
pub use node::{Node, Policy};
