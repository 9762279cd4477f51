//! `/v1/auth`: login by JSON, and the verification of every credential (contract §4, §6).

pub mod adapter;
pub mod identity_headers;
pub mod login;
pub mod logout;
pub mod refresh;
pub mod requirements;
pub mod verify;
