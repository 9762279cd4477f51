//! The token endpoint (RFC 6749 §3.2): authenticate the client, then the grant it asks for.

use std::net::IpAddr;

use super::error::FlowError;
use super::node::Node;
use super::{
    authorization_code, client_authentication, client_credentials, device_code, dpop, refresh_token,
    token_exchange,
};
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::client::{Client, GrantType};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::token_request::TokenRequest;
use crate::oauth::token_response::TokenResponse;
use crate::storage;

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
    let proof = match dpop::at_token_endpoint(node, client, proof) {
        Ok(proof) => proof,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Before the grant: a replay of the whole request must not count as one of its code or refresh token. Where the client is
    // anybody, only what we issued to it is worth a row: what was not is refused below, and nothing is done by the proof.
    if let Some(proof) = &proof
        && (!client.is_stranger() || was_issued(node, client, &request).await?)
        && let Err(refusal) = dpop::remember(node, proof).await?
    {
        return Ok(Err(refusal));
    }
    let key = proof.as_ref().map(|proof| proof.thumbprint.as_str());
    match request {
        TokenRequest::AuthorizationCode(request) => {
            authorization_code::redeem(node, client, request, key).await
        }
        TokenRequest::RefreshToken(request) => refresh_token::refresh(node, client, request, key).await,
        TokenRequest::ClientCredentials(request) => {
            client_credentials::grant(node, client, &request, key).await
        }
        TokenRequest::DeviceCode(request) => device_code::redeem(node, client, request, key).await,
        TokenRequest::TokenExchange(request) => {
            token_exchange::exchange(node, client, &request, key, from).await
        }
    }
}

/// Whether what a request presents was issued to `client` and is kept still, whether or not it is any good.
async fn was_issued(node: &Node, client: &Client, request: &TokenRequest) -> Result<bool, FlowError> {
    let digest = |kind, text: &str| PlainToken::parse(kind, text).map(|plain| node.tokens.digest(&plain));
    let digest = match request {
        TokenRequest::AuthorizationCode(request) => digest(TokenType::AuthorizationCode, &request.code),
        TokenRequest::RefreshToken(request) => digest(TokenType::RefreshToken, &request.refresh_token),
        TokenRequest::DeviceCode(request) => digest(TokenType::DeviceCode, &request.device_code),
        // No stranger may use these.
        TokenRequest::ClientCredentials(_) | TokenRequest::TokenExchange(_) => return Ok(true),
    };
    let Some(digest) = digest else { return Ok(false) };
    let grant = request.grant_type();
    let found = node.db.read(move |c| {
        Ok(match grant {
            GrantType::AuthorizationCode => {
                storage::authorization_code::find(c, &digest)?.map(|code| code.client_id)
            }
            GrantType::RefreshToken => {
                storage::refresh_token::find(c, &digest)?.and_then(|record| record.grant.client_id)
            }
            GrantType::DeviceCode => storage::device_code::find(c, &digest)?.map(|code| code.client_id),
            GrantType::ClientCredentials | GrantType::TokenExchange => None,
        })
    });
    Ok(found.await?.as_ref() == Some(&client.client_id))
}
