//! `/auth`: password-bearer logins (contract §3).

pub mod v1;
