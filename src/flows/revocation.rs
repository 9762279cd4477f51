//! Token revocation (RFC 7009): a refresh token takes its family with it, an access token goes alone.

use super::client_authentication;
use super::error::FlowError;
use super::node::{Node, event};
use super::verify::Credential;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::revocation::{RevocationRequest, may_revoke};
use crate::storage;
use crate::storage::audit_event::{self, Kind};
use crate::storage::authorization_grant::{Which, revoke as revoke_grants};
use crate::storage::revocation::{self, Subject};

/// Revokes a token of the client that asks. An unknown token is no error (RFC 7009 §2.2); one that was issued
/// to another client is (§2.1), and so is a key (§2.2.1).
pub async fn revoke(
    node: &Node,
    authorization: Option<&str>,
    parameters: &Parameters,
) -> Result<Result<(), OAuthError>, FlowError> {
    let record = match client_authentication::authenticate(node, authorization, parameters).await? {
        Ok(record) => record,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let request = match RevocationRequest::parse(parameters) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // What a token is shows in its form: a hint cannot help (RFC 7009 §2.1 lets us ignore it).
    if let Some(token) = PlainToken::parse(TokenType::RefreshToken, &request.token) {
        return revoke_refresh_token(node, &record.client, &token).await;
    }
    match Credential::by_form(&request.token) {
        Credential::AccessToken(token) => revoke_access_token(node, &record.client, token).await,
        Credential::ApiKey(_) | Credential::BarbellKey(_) => Ok(Err(not_here())),
    }
}

/// RFC 7009 §2.2.1. Whether there is such a key is not looked at: it is its owner's, and no client's.
fn not_here() -> OAuthError {
    let text =
        "API keys are not revoked here: their owner deletes them, or whoever found one reports it as leaked";
    OAuthError::new(ErrorCode::UnsupportedTokenType, text)
}

fn not_yours() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, "the token was issued to another client")
}

async fn revoke_refresh_token(
    node: &Node,
    client: &Client,
    token: &PlainToken,
) -> Result<Result<(), OAuthError>, FlowError> {
    let digest = node.tokens.digest(token);
    let found = node.db.read(move |c| storage::refresh_token::find(c, &digest)).await?;
    let Some(grant) = found.map(|record| record.grant) else { return Ok(Ok(())) };
    if !grant.client_id.as_deref().is_some_and(|id| may_revoke(client, id)) {
        return Ok(Err(not_yours()));
    }
    let now = node.clock.now();
    let mut audit = event(Kind::GrantRevoked, now);
    audit.user_id = Some(grant.user_id);
    audit.client_id = grant.client_id;
    node.revoke(move |c| {
        let revoked = revoke_grants(c, Which::Id(grant.id), now)?;
        if !revoked.is_empty() {
            audit_event::insert(c, &audit)?;
        }
        Ok((Ok(()), revoked))
    })
    .await
}

async fn revoke_access_token(
    node: &Node,
    client: &Client,
    token: &str,
) -> Result<Result<(), OAuthError>, FlowError> {
    let Some((claims, _)) = node.claims_of(token).await? else { return Ok(Ok(())) };
    if !may_revoke(client, &claims.client_id) {
        return Ok(Err(not_yours()));
    }
    let now = node.clock.now();
    if claims.exp <= now.seconds() || node.revocations.is_dead(&Subject::Token(claims.jti)) {
        return Ok(Ok(()));
    }
    let mut audit = event(Kind::TokenRevoked, now);
    audit.client_id = Some(claims.client_id);
    node.revoke(move |c| {
        let subjects = vec![Subject::Token(claims.jti)];
        revocation::record(c, &subjects, now)?;
        audit_event::insert(c, &audit)?;
        Ok((Ok(()), subjects))
    })
    .await
}
