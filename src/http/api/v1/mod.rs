//! `/api/v1`: one file for each thing that is managed (contract §1, §7–9). `call` is what every handler begins with, `rights`
//! says who may, `refused` what the document says of refusals.

pub mod account;
pub mod audit_events;
pub mod call;
pub mod clients;
pub mod keys;
pub mod members;
pub mod projects;
pub mod refused;
pub mod rights;
pub mod schema;
pub mod scopes;
pub mod sessions;
pub mod users;
