//! The client credentials grant (RFC 6749 §4.4): nothing is stored.

use super::error::FlowError;
use super::issue::{self, Order};
use super::node::Node;
use crate::oauth::client::Client;
use crate::oauth::error::OAuthError;
use crate::oauth::token_request::ClientCredentialsRequest;
use crate::oauth::token_response::TokenResponse;
use crate::oauth::{client_credentials, resource_indicator};

/// A token in which the client is its own subject (RFC 9068 §2.2).
pub(super) async fn grant(
    node: &Node,
    client: &Client,
    request: &ClientCredentialsRequest,
    key: Option<&str>,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    let known = node.directory.resources().await?;
    let decided = client_credentials::decide(client, request).and_then(|scope| {
        resource_indicator::resolve(request.resource.as_deref(), &known, node.issuer())
            .map(|audience| (scope, audience))
    });
    let (scope, audience) = match decided {
        Ok(decided) => decided,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let order = Order {
        subject: client.client_id.clone(),
        client_id: &client.client_id,
        scope: &scope,
        resource: Some(&audience),
        auth_time: None,
        grant: None,
        key,
        fapi: client.metadata.fapi,
        exchanged: None,
    };
    let access = issue::access_token(node, order, node.clock.now())?;
    Ok(Ok(issue::response(access, &scope, None)))
}
