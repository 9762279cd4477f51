//! The authorization code grant's second half (RFC 6749 §4.1.3): a code becomes tokens, once.

use uuid::Uuid;

use super::backchannel_logout;
use super::error::FlowError;
use super::id_token::Occasion;
use super::issue;
use super::node::{Node, event};
use super::scopes::Known;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::crypto::random;
use crate::oauth::authorization_code::{self, AuthorizationCode, Redemption};
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::client::{Client, GrantType};
use crate::oauth::dpop;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::resource_indicator;
use crate::oauth::scope::{OFFLINE_ACCESS, Scope};
use crate::oauth::token_request::AuthorizationCodeRequest;
use crate::oauth::token_response::TokenResponse;
use crate::storage::audit_event::{self, Kind};
use crate::storage::authorization_grant::{Which, revoke};
use crate::storage::backchannel_logout::{RelyingParty, remember};
use crate::storage::revocation::Subject;
use crate::storage::{self, DbConnection, StorageError};

/// What the one write found.
enum Outcome {
    Issued,
    Replayed,
    SessionEnded,
}

fn refused() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidGrant,
        "the code is unknown, used, expired or was issued to another client",
    )
}

/// Redeems a code. A second valid presentation revokes what the first one got (RFC 6749 §4.1.2).
pub(super) async fn redeem(
    node: &Node,
    client: &Client,
    mut request: AuthorizationCodeRequest,
    key: Option<&str>,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    let Some(plain) = PlainToken::parse(TokenType::AuthorizationCode, &request.code) else {
        return Ok(Err(refused()));
    };
    let digest = node.tokens.digest(&plain);
    let now = node.clock.now();
    let (code, session_end) = node
        .db
        .read(move |c| {
            let code = storage::authorization_code::find(c, &digest)?;
            let session = code.as_ref().map(|code| code.session_id);
            let session_end = session.map(|id| storage::session::expiry(c, id)).transpose()?.flatten();
            Ok((code, session_end))
        })
        .await?;
    // Before a replay can be one: whoever has not the key must not be able to revoke what came from the code.
    if let Err(refusal) = dpop::check_binding(code.as_ref().and_then(|code| code.dpop_jkt.as_deref()), key) {
        return Ok(Err(refusal));
    }
    if code.as_ref().is_some_and(|code| code.resource.is_none()) {
        // Naming the default audience names nothing new.
        request.resource.take_if(|resource| resource_indicator::same(resource, node.issuer()));
    }
    let code = match (authorization_code::redeem(code.as_ref(), client, &request, now), code) {
        (Ok(Redemption::First), Some(code)) => code,
        (Ok(Redemption::Replay { grant_id }), Some(code)) => {
            replayed(node, grant_id, &code, now).await?;
            return Ok(Err(refused()));
        }
        (Ok(_), None) => return Ok(Err(refused())),
        (Err(refusal), _) => return Ok(Err(refusal)),
    };
    let user = node.directory.user(code.user_id).await?;
    let Some(user) = user.filter(|user| !user.disabled) else { return Ok(Err(refused())) };
    let scope = match issue::still_granted(&user, client, &code.scope) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut grant = new_grant(node, &code, scope, session_end.unwrap_or(now), now);
    grant.dpop_jkt = issue::refresh_key(client, key);
    let refresh = client.allows(GrantType::RefreshToken).then(issue::refresh_token);
    let party = backchannel_logout::relying_party(client, &grant, code.session_id);
    let outcome = store(node, &digest, &code, (grant.clone(), party), refresh.as_ref(), now).await;
    match outcome {
        Ok(Outcome::Issued) => {
            let occasion = Occasion {
                grant: &grant,
                scope: &grant.scope,
                session_id: Some(code.session_id),
                nonce: code.nonce.as_deref(),
                key,
            };
            Ok(Ok(issue::answer(node, client, occasion, refresh.as_ref(), now).await?))
        }
        // The client or user was deleted in the meantime: what the rows refer to is gone.
        Ok(Outcome::Replayed | Outcome::SessionEnded) | Err(FlowError::Storage(StorageError::Conflict)) => {
            Ok(Err(refused()))
        }
        Err(error) => Err(error),
    }
}

fn new_grant(
    node: &Node,
    code: &AuthorizationCode,
    scope: Scope,
    session_end: UnixTime,
    now: UnixTime,
) -> AuthorizationGrant {
    let offline = scope.contains(OFFLINE_ACCESS);
    AuthorizationGrant {
        id: random::id(),
        user_id: code.user_id,
        client_id: Some(code.client_id.clone()),
        session_id: (!offline).then_some(code.session_id),
        expires_at: issue::grant_end(node, &scope, session_end, now),
        scope,
        resource: code.resource.clone(),
        auth_time: code.auth_time,
        created_at: now,
        revoked_at: None,
        claims: code.claims.clone(),
        dpop_jkt: None,
    }
}

/// Single use: whoever consumes the code issues; everybody after that is a replay, and that too is stored.
async fn store(
    node: &Node,
    digest: &TokenDigest,
    code: &AuthorizationCode,
    (grant, party): (AuthorizationGrant, Option<RelyingParty>),
    refresh: Option<&PlainToken>,
    now: UnixTime,
) -> Result<Outcome, FlowError> {
    let digest = *digest;
    let session_id = code.session_id;
    let refresh = refresh.map(|token| (node.tokens.digest(token), issue::refresh_end(node, &grant, now)));
    let mut audit = event(Kind::CodeReplayed, now);
    audit.user_id = Some(code.user_id);
    audit.client_id = Some(code.client_id.clone());
    let (client_id, known) = (code.client_id.clone(), Known::of(node, &grant.scope));
    node.revoke(move |c| {
        // A scope that was removed meanwhile is not allowed by a code from before: its client begins again.
        let is_there = known.is_there(c)?;
        storage::client::hold(c, &client_id)?;
        if storage::authorization_code::consume(c, &digest, grant.id, now)? {
            // Signing out and redeeming at once: one of the two sees the other.
            if !is_there || !storage::session::lock_live(c, session_id, now)? {
                return Ok((Outcome::SessionEnded, Vec::new()));
            }
            issue::store(c, &grant, refresh.as_ref().map(|(digest, end)| (digest, *end)))?;
            party.as_ref().map_or(Ok(()), |party| remember(c, party))?;
            return Ok((Outcome::Issued, Vec::new()));
        }
        let first = storage::authorization_code::find(c, &digest)?.and_then(|code| code.grant_id);
        Ok((Outcome::Replayed, revoke_first(c, first, &audit, now)?))
    })
    .await
}

async fn replayed(
    node: &Node,
    grant_id: Option<Uuid>,
    code: &AuthorizationCode,
    now: UnixTime,
) -> Result<(), FlowError> {
    let mut audit = event(Kind::CodeReplayed, now);
    audit.user_id = Some(code.user_id);
    audit.client_id = Some(code.client_id.clone());
    node.revoke(move |c| Ok(((), revoke_first(c, grant_id, &audit, now)?))).await
}

fn revoke_first(
    connection: &mut DbConnection,
    grant_id: Option<Uuid>,
    audit: &audit_event::AuditEvent,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    let Some(id) = grant_id else { return Ok(Vec::new()) };
    let revoked = revoke(connection, Which::Id(id), now)?;
    if !revoked.is_empty() {
        audit_event::insert(connection, audit)?;
    }
    Ok(revoked)
}
