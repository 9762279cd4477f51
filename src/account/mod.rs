//! People, their logins, keys and projects: ours, pure. Values in, decisions out; no I/O, no clock, no randomness.

pub mod access;
pub mod api_key;
pub mod barbell_key;
pub mod credential;
pub mod hand_off;
pub mod login_throttle;
pub mod origin;
pub mod password_rules;
pub mod project;
pub mod rate_limit;
pub mod session;
pub mod user;
pub mod user_agent;
pub mod visible_name;
