//! A device at the token endpoint (RFC 8628 §3.4): it is told to wait, or gets its tokens, once.

use super::backchannel_logout;
use super::error::FlowError;
use super::id_token::Occasion;
use super::issue;
use super::node::Node;
use super::scopes::Known;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::crypto::random;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::client::{Client, GrantType};
use crate::oauth::device_code::{Approval, DeviceCode, Poll, poll, refused};
use crate::oauth::error::OAuthError;
use crate::oauth::resource_indicator;
use crate::oauth::scope::OFFLINE_ACCESS;
use crate::oauth::token_request::DeviceCodeRequest;
use crate::oauth::token_response::TokenResponse;
use crate::storage::backchannel_logout::{RelyingParty, remember};
use crate::storage::{self, StorageError};

/// Answers one question of a device.
pub(super) async fn redeem(
    node: &Node,
    client: &Client,
    mut request: DeviceCodeRequest,
    key: Option<&str>,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    let Some(plain) = PlainToken::parse(TokenType::DeviceCode, &request.device_code) else {
        return Ok(Err(refused()));
    };
    let (digest, now) = (node.tokens.digest(&plain), node.clock.now());
    let found = node.db.read(move |c| storage::device_code::find(c, &digest)).await?;
    if found.as_ref().is_some_and(|code| code.resource.is_none()) {
        // Naming the default audience names nothing new.
        request.resource.take_if(|resource| resource_indicator::same(resource, node.issuer()));
    }
    match poll(found.as_ref(), client, &request, now) {
        Ok(Poll::Wait(_)) => wait(node, client, request, digest, now).await,
        Ok(Poll::Issue(approval)) => match found {
            Some(code) => issue(node, client, digest, &code, approval, key, now).await,
            None => Ok(Err(refused())),
        },
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Counts a question and answers it; a decision that was made in this very moment is told the next time.
async fn wait(
    node: &Node,
    client: &Client,
    request: DeviceCodeRequest,
    digest: TokenDigest,
    now: UnixTime,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    let client = client.clone();
    let answer = node.db.write(move |c| {
        let code = storage::device_code::lock(c, &digest)?;
        Ok(match poll(code.as_ref(), &client, &request, now) {
            Ok(Poll::Wait(pace)) => {
                storage::device_code::set_pace(c, &digest, pace)?;
                pace.answer()
            }
            Ok(Poll::Issue(_)) => code.map_or_else(refused, |code| code.pace.answer()),
            Err(refusal) => refusal,
        })
    });
    Ok(Err(answer.await?))
}

async fn issue(
    node: &Node,
    client: &Client,
    digest: TokenDigest,
    code: &DeviceCode,
    approval: Approval,
    key: Option<&str>,
    now: UnixTime,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    let session_id = approval.session_id;
    let session_end = node.db.read(move |c| storage::session::expiry(c, session_id)).await?;
    let user = node.directory.user(approval.user_id).await?;
    let Some(user) = user.filter(|user| !user.disabled) else { return Ok(Err(refused())) };
    let scope = match issue::still_granted(&user, client, &code.scope) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let offline = scope.contains(OFFLINE_ACCESS);
    let grant = AuthorizationGrant {
        id: random::id(),
        user_id: approval.user_id,
        client_id: Some(code.client_id.clone()),
        session_id: (!offline).then_some(session_id),
        expires_at: issue::grant_end(node, &scope, session_end.unwrap_or(now), now),
        scope,
        resource: code.resource.clone(),
        auth_time: approval.auth_time,
        created_at: now,
        revoked_at: None,
        claims: None,
        dpop_jkt: issue::refresh_key(client, key),
    };
    let refresh = client.allows(GrantType::RefreshToken).then(issue::refresh_token);
    let party = backchannel_logout::relying_party(client, &grant, session_id);
    match store(node, digest, session_id, (grant.clone(), party), refresh.as_ref(), now).await {
        Ok(true) => {
            let (grant, scope) = (&grant, &grant.scope);
            let occasion = Occasion { grant, scope, session_id: Some(session_id), nonce: None, key };
            Ok(Ok(issue::answer(node, client, occasion, refresh.as_ref(), now).await?))
        }
        // Somebody was faster, the person signed out, or the client or user was deleted in the meantime.
        Ok(false) | Err(FlowError::Storage(StorageError::Conflict)) => Ok(Err(refused())),
        Err(error) => Err(error),
    }
}

/// Single use: whoever consumes the code issues.
async fn store(
    node: &Node,
    digest: TokenDigest,
    session_id: uuid::Uuid,
    (grant, party): (AuthorizationGrant, Option<RelyingParty>),
    refresh: Option<&PlainToken>,
    now: UnixTime,
) -> Result<bool, FlowError> {
    let refresh = refresh.map(|token| (node.tokens.digest(token), issue::refresh_end(node, &grant, now)));
    let known = Known::of(node, &grant.scope);
    let stored = node.db.write(move |c| {
        let is_there = known.is_there(c)?;
        grant.client_id.as_deref().map_or(Ok(()), |client| storage::client::hold(c, client))?;
        // Signing out and redeeming at once: one of the two sees the other.
        if !storage::device_code::consume(c, &digest, now)?
            || !is_there
            || !storage::session::lock_live(c, session_id, now)?
        {
            return Ok(false);
        }
        issue::store(c, &grant, refresh.as_ref().map(|(digest, end)| (digest, *end)))?;
        party.as_ref().map_or(Ok(()), |party| remember(c, party))?;
        Ok(true)
    });
    Ok(stored.await?)
}
