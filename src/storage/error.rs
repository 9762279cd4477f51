//! What can go wrong in storage, and what each kind means to a caller.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of storage. Absent rows are `None` and lost races are outcomes: neither is an error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// The store did not answer, or not in time: nothing is known. Answer 503 with `Retry-After`.
    #[error("the store is away: {0}")]
    Unavailable(String),
    /// A value that must be unique exists already, or what a row refers to is gone.
    #[error("a value that must be unique exists already, or what a row refers to is gone")]
    Conflict,
    /// A value is none that the store can hold or look for (SQLSTATE class 22). Asking again does not help.
    #[error("the store cannot take a value: {0}")]
    Unstorable(String),
    /// A row holds what this program never writes.
    #[error("a stored row cannot be read: {0}")]
    Corrupt(&'static str),
    /// Two transactions got in each other's way; trying again helps.
    #[error("two transactions got in each other's way: {0}")]
    Serialization(String),
}

impl From<DieselError> for StorageError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation,
                _,
            ) => Self::Conflict,
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, info) => {
                Self::Serialization(info.message().to_owned())
            }
            // PostgreSQL's 40P01 has no kind of its own.
            DieselError::DatabaseError(_, info) if info.message().contains("deadlock detected") => {
                Self::Serialization(info.message().to_owned())
            }
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)
                if is_data_exception(info.message()) =>
            {
                Self::Unstorable(info.message().to_owned())
            }
            DieselError::InvalidCString(_) | DieselError::SerializationError(_) => {
                Self::Unstorable(error.to_string())
            }
            DieselError::DeserializationError(_) => Self::Corrupt("a column has an unexpected type"),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Whether PostgreSQL says this of a value. Its SQLSTATE, of class 22, does not get through diesel; where it speaks another
/// language than English, such an error counts as an outage, as everything does of which nothing is known.
fn is_data_exception(message: &str) -> bool {
    const WORDS: [&str; 4] = [
        "invalid byte sequence for encoding",
        "value too long for type",
        "out of range",
        "invalid input syntax",
    ];
    WORDS.iter().any(|words| message.contains(words))
}

impl From<r2d2::Error> for StorageError {
    fn from(error: r2d2::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
