//! Cryptography: the only place that hashes, signs, seals or draws random numbers (security §4.2–4.3).
//!
//! Secrets are types without `Debug`; what storage keeps are digests and sealed bytes.

pub mod barbell_key;
pub mod dpop_nonce;
pub mod form_token;
pub mod jwt;
pub mod master_key;
pub mod opaque_token;
mod parsed_key;
pub mod password;
pub mod password_pool;
pub mod public_key;
pub mod random;
pub mod request_mark;
pub mod sealed;
pub mod signing_keys;

/// A cryptographic operation failed: a key that does not open, a sealed value that was altered.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("{0}")]
pub struct CryptoError(pub &'static str);
