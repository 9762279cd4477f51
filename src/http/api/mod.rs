//! `/api`: keys and accounts as the providers' own clients call them (contract §1).

pub mod get_token;
pub mod v2;
