//! Client authentication at the token, introspection and revocation endpoints (RFC 6749 §2.3).

use std::sync::Arc;

use super::error::FlowError;
use super::node::Node;
use crate::crypto::opaque_token::PlainToken;
use crate::oauth::client_authentication::{ClientAuthentication, accept};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::storage::client::ClientRecord;

/// The client that proved who it is. A failure changes nothing: no code is used up by it (contract §5).
pub(super) async fn authenticate(
    node: &Node,
    authorization: Option<&str>,
    parameters: &Parameters,
) -> Result<Result<Arc<ClientRecord>, OAuthError>, FlowError> {
    let attempt = match ClientAuthentication::parse(authorization, parameters) {
        Ok(attempt) => attempt,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut refusal = OAuthError::new(ErrorCode::InvalidClient, "client authentication failed");
    let now = node.clock.now();
    for candidate in &attempt.candidates {
        let Some(record) = node.directory.client(&candidate.client_id).await? else { continue };
        let presented = candidate.client_secret.as_deref();
        let secret_matches = presented
            .and_then(PlainToken::client_secret)
            .is_some_and(|secret| record.accepts(&node.tokens.digest(&secret), now));
        match accept(&record.client, attempt.method, secret_matches) {
            Ok(()) => return Ok(Ok(record)),
            Err(error) => refusal = error,
        }
    }
    Ok(Err(refusal))
}
