//! What can go wrong in a flow that is nobody's fault who asked: broken or busy, never a refusal.

use crate::crypto::CryptoError;
use crate::crypto::password_pool::PoolError;
use crate::storage::StorageError;

/// A flow could not be carried out. Refusals are values of their own.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The store is away or broken.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A stored key or hash cannot be used.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// Too many passwords wait to be checked.
    #[error("too many passwords are waiting to be checked")]
    Busy,
}

impl FlowError {
    /// Whether trying again later can help: 503 with `Retry-After`, else 500.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Storage(error) => !matches!(error, StorageError::Corrupt(_) | StorageError::Unstorable(_)),
            Self::Crypto(_) => false,
            Self::Busy => true,
        }
    }
}

impl From<PoolError> for FlowError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Busy => Self::Busy,
            PoolError::Crypto(error) => Self::Crypto(error),
        }
    }
}
