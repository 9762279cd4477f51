//! Client authentication: RFC 6749 §2.3 and §3.2.1, contract §5.

use super::client::AuthMethod;

/// One attempt of a client to say, and prove, who it is. Holds secrets: no `Debug`.
pub struct ClientAuthentication {
    /// The method it used.
    pub method: AuthMethod,
    /// The readings of what it sent, most likely first, at least one; authentication succeeds if one of them is right.
    pub candidates: Vec<Candidate>,
}

/// One reading of the credentials. Holds a secret: no `Debug`.
#[derive(PartialEq, Eq)]
pub struct Candidate {
    /// The client identifier.
    pub client_id: String,
    /// The secret; `None` if none was sent.
    pub client_secret: Option<String>,
}
