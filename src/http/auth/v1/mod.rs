//! `/auth/v1`: password-bearer logins of first-party scripts and web apps (contract §3).

pub mod logout;
pub mod me;
pub mod refresh;
pub mod token;
