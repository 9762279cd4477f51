//! `/v1/auth/*`: the Example API's login, and verify (contract §4, §6).

pub mod adapters;
mod dpop;
mod login;
pub mod outage;
mod verify;
mod verify_credentials;
mod verify_limits;
