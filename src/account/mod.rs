//! People and their logins: ours, pure. Values in, decisions out; no I/O, no clock, no randomness.

pub mod credential;
pub mod login_throttle;
pub mod origin;
pub mod rate_limit;
pub mod session;
pub mod user;
