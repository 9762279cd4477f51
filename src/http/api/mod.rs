//! `/api`: the account and management API, and what the providers' own clients call beside it (contract §1, §7–9, §11).

pub mod get_token;
pub mod v1;
pub mod v2;
