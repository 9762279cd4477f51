//! How a write stops at a refusal with `?`, and commits what was written before it (docs/architecture.md, invariant 4).

use super::error::FlowError;
use super::node::Node;
use crate::storage::revocation::Subject;
use crate::storage::{DbConnection, StorageError};

/// Why a write went no further.
pub(super) enum Stop<R> {
    /// It was refused: a value.
    Refused(R),
    /// It is broken.
    Broken(StorageError),
}

impl<R> From<StorageError> for Stop<R> {
    fn from(error: StorageError) -> Self {
        Self::Broken(error)
    }
}

/// Runs a write that may be refused; what it changed counts on this node at once.
pub(super) async fn write<T, R>(
    node: &Node,
    work: impl Fn(&mut DbConnection) -> Result<(T, Vec<Subject>), Stop<R>> + Send + 'static,
) -> Result<Result<T, R>, FlowError>
where
    T: Send + 'static,
    R: Send + 'static,
{
    node.revoke(move |c| match work(c) {
        Ok((value, subjects)) => Ok((Ok(value), subjects)),
        Err(Stop::Refused(refusal)) => Ok((Err(refusal), Vec::new())),
        Err(Stop::Broken(error)) => Err(error),
    })
    .await
}
