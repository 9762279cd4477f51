//! What the document says of refusals: the body of contract §8, and the statuses that many operations share.

use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// How this API refuses.
#[derive(Serialize, ToSchema)]
pub struct Error {
    /// What is wrong, for people.
    message: String,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
}

/// Of every operation that needs a credential.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `error.rs` writes")]
pub enum Protected {
    /// The request is not understood: `message` says why.
    #[response(status = 400)]
    NotUnderstood(Error),
    /// No credential, or one that is no good.
    #[response(status = 401)]
    NotValid(Error),
    /// The credential does not allow this.
    #[response(status = 403)]
    NotAllowed(Error),
    /// The credential's limit for this hour is reached: wait as long as `Retry-After` says.
    #[response(status = 429)]
    TooMany(Error),
}

/// Of every operation on one thing.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `error.rs` writes")]
pub enum OfOne {
    /// There is no such thing, or it is hidden.
    #[response(status = 404)]
    Unknown(Error),
}

/// Of every operation that reads a body.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `error.rs` writes")]
pub enum WithBody {
    /// The body is not `application/json`.
    #[response(status = 415)]
    NotJson(Error),
}

/// Of every operation that what is there already can stand against.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what `error.rs` writes")]
pub enum Conflicting {
    /// What is there already stands against it: `message` says what.
    #[response(status = 409)]
    Taken(Error),
}
