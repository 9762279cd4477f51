//! Client authentication at the token, introspection and revocation endpoints (RFC 6749 §2.3, RFC 7521 §4.2).

use std::sync::Arc;

use super::client_assertion;
use super::error::FlowError;
use super::node::Node;
use crate::crypto::opaque_token::PlainToken;
use crate::oauth::client_authentication::{ClientAuthentication, accept, may_use};
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
        let proven = match &attempt.assertion {
            Some(token) => {
                may_use(&record.client, attempt.method)
                    && client_assertion::proves(node, &record.client, token).await?
            }
            None => candidate
                .client_secret
                .as_deref()
                .and_then(PlainToken::client_secret)
                .is_some_and(|secret| record.accepts(&node.tokens.digest(&secret), now)),
        };
        match accept(&record.client, attempt.method, proven) {
            Ok(()) => return Ok(Ok(record)),
            Err(error) => refusal = error,
        }
    }
    Ok(Err(refusal))
}
