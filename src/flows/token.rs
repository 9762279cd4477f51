//! The token endpoint (RFC 6749 §3.2): authenticate the client, then the grant it asks for.

use std::net::IpAddr;

use super::error::FlowError;
use super::node::Node;
use super::{
    authorization_code, client_authentication, client_credentials, device_code, dpop, refresh_token,
    token_exchange,
};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::token_request::TokenRequest;
use crate::oauth::token_response::TokenResponse;

/// Answers one token request, whatever its encoding was; `proof` is its `DPoP` header (RFC 9449 §5), `from`
/// where it came from, as far as that is known.
pub async fn token(
    node: &Node,
    authorization: Option<&str>,
    parameters: &Parameters,
    proof: Option<&str>,
    from: Option<IpAddr>,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    // A grant that does not exist is told before the client is looked at: `unsupported_grant_type`
    // must not depend on who asks.
    let request = match TokenRequest::parse(parameters) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let record = match client_authentication::authenticate(node, authorization, parameters).await? {
        Ok(record) => record,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let client = &record.client;
    // For every grant alike, before anything of the grant is looked at.
    if !client.allows(request.grant_type()) {
        let text = "this client is not registered for this grant";
        return Ok(Err(OAuthError::new(ErrorCode::UnauthorizedClient, text)));
    }
    let key = match dpop::at_token_endpoint(node, client, proof).await? {
        Ok(key) => key,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let key = key.as_deref();
    match request {
        TokenRequest::AuthorizationCode(request) => {
            authorization_code::redeem(node, client, request, key).await
        }
        TokenRequest::RefreshToken(request) => refresh_token::refresh(node, client, &request, key).await,
        TokenRequest::ClientCredentials(request) => {
            client_credentials::grant(node, client, &request, key).await
        }
        TokenRequest::DeviceCode(request) => device_code::redeem(node, client, request, key).await,
        TokenRequest::TokenExchange(request) => {
            token_exchange::exchange(node, client, &request, key, from).await
        }
    }
}
