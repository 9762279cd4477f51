//! `/api`: the account and management API (contract §1, §7–9).

pub mod v1;
