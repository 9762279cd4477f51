//! What people see and send in a browser, a file for each part of it (contract §9–11, §14; decision 0012).

mod account;
mod admin;
mod admin_clients;
mod admin_lists;
mod admin_projects;
mod client_about;
pub mod client_metadata;
mod errors;
mod key_mails;
mod keys;
mod late;
mod look;
mod mail;
mod mail_guards;
mod mail_links;
mod projects;
mod proof;
mod refusals;
mod registration_tokens;
mod replay;
mod returned;
mod scopes;
mod sign_in;
mod weight;
