//! Refreshing (RFC 6749 §6): rotation with family revocation on replay and an idempotent window (contract §5).

use uuid::Uuid;

use super::error::FlowError;
use super::id_token::Occasion;
use super::issue::{self, Order};
use super::node::{Node, event};
use super::password::LoginTokens;
use super::scopes;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::client::Client;
use crate::oauth::dpop;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::refresh_token::{self, Presentation, present};
use crate::oauth::resource_indicator;
use crate::oauth::scope::Scope;
use crate::oauth::token_request::RefreshTokenRequest;
use crate::oauth::token_response::TokenResponse;
use crate::storage;
use crate::storage::audit_event::{self, Kind};
use crate::storage::authorization_grant::{self, Which, lock_live, revoke};
use crate::storage::refresh_token::RefreshTokenRecord;

/// A kept refresh token's idle end is moved at most this often, in seconds: most refreshes write nothing.
const TOUCH_EVERY: i64 = 3600;

fn refused() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, "the refresh token is unknown, used, expired or revoked")
}

/// A presented token with what is stored about it.
struct Presented {
    plain: PlainToken,
    digest: TokenDigest,
    record: RefreshTokenRecord,
    user: User,
}

/// The `refresh_token` grant of the token endpoint.
pub(super) async fn refresh(
    node: &Node,
    client: &Client,
    mut request: RefreshTokenRequest,
    key: Option<&str>,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    let Some(presented) = find(node, &request.refresh_token).await? else { return Ok(Err(refused())) };
    let now = node.clock.now();
    let RefreshTokenRecord { token, grant, .. } = &presented.record;
    if grant.resource.is_none() {
        // Naming the default audience names nothing new.
        request.resource.take_if(|resource| resource_indicator::same(resource, node.issuer()));
    }
    // A scope that was removed is left out, as where the request names none (decision 0018).
    let asked = request.scope.as_deref().and_then(|asked| Scope::parse(asked).ok());
    let known =
        asked.map(|asked| asked.iter().filter(|token| scopes::exists(node, token)).collect::<Scope>());
    if let Some(known) = known.filter(|known| !known.is_empty()) {
        request.scope = Some(known.to_string());
    }
    let decided = refresh_token::decide(token, grant, client, &request, now);
    let decided = match dpop::check_binding(grant.dpop_jkt.as_deref(), key) {
        Ok(()) => decided,
        // Whoever used it has the key: this is a copy, or that one was. The family ends, as without keys (RFC 9700 §4.14.2).
        Err(_) if decided.is_ok() && token.consumed_at.is_some() => {
            Ok((Presentation::Replay, Scope::empty()))
        }
        Err(refusal) => Err(refusal),
    };
    let decided = decided.and_then(|(presentation, scope)| {
        Ok((presentation, issue::still_granted(&presented.user, client, &scope)?))
    });
    let (presentation, scope) = match decided {
        Ok(decided) => decided,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let grant = grant.clone();
    let Some(successor) = carry_out(node, presented, presentation, key, now).await? else {
        return Ok(Err(refused()));
    };
    let occasion = Occasion { grant: &grant, scope: &scope, session_id: grant.session_id, nonce: None, key };
    Ok(Ok(issue::answer(node, client, occasion, Some(&successor), now).await?))
}

/// Refreshing at the two login doors: only tokens of a login, always rotated. `None`: it is no good.
pub async fn refresh_login(node: &Node, presented: &str) -> Result<Option<LoginTokens>, FlowError> {
    let Some(presented) = find(node, presented).await? else { return Ok(None) };
    let RefreshTokenRecord { token, grant, .. } = &presented.record;
    if grant.client_id.is_some() {
        return Ok(None);
    }
    let now = node.clock.now();
    let Ok(presentation) = present(token, grant, true, now) else { return Ok(None) };
    let scope = presented.user.grantable(&grant.scope);
    if scope.is_empty() && presentation != Presentation::Replay {
        return Ok(None);
    }
    let grant = grant.clone();
    let Some(successor) = carry_out(node, presented, presentation, None, now).await? else {
        return Ok(None);
    };
    let access = issue::access_token(node, Order::from_grant(&grant, &scope), now)?;
    Ok(Some(LoginTokens {
        access_token: access.token,
        expires_at: access.expires_at,
        expires_in: access.expires_in,
        scope: scope.to_string(),
        refresh_token: successor,
    }))
}

/// Whose login a refresh token would refresh; `None`: it is no good. Nothing is spent or ended by asking, whatever it is.
///
/// # Errors
/// The store is away.
pub async fn owner(node: &Node, presented: &str) -> Result<Option<Uuid>, FlowError> {
    let Some(presented) = find(node, presented).await? else { return Ok(None) };
    let RefreshTokenRecord { token, grant, .. } = &presented.record;
    let is_login = grant.client_id.is_none();
    let is_good = match present(token, grant, true, node.clock.now()) {
        Ok(presentation) => presentation != Presentation::Replay,
        Err(_) => false,
    };
    Ok((is_login && is_good).then_some(grant.user_id))
}

/// The stored side of a presented token, if its user may still be served.
async fn find(node: &Node, presented: &str) -> Result<Option<Presented>, FlowError> {
    let Some(plain) = PlainToken::parse(TokenType::RefreshToken, presented) else { return Ok(None) };
    let digest = node.tokens.digest(&plain);
    let found = node
        .db
        .read(move |c| {
            let Some(record) = storage::refresh_token::find(c, &digest)? else { return Ok(None) };
            let user = storage::user::find(c, record.grant.user_id)?;
            Ok(user.filter(|user| !user.disabled).map(|user| (record, user)))
        })
        .await?;
    Ok(found.map(|(record, user)| Presented { plain, digest, record, user }))
}

/// Does what was decided; the token to answer with, or `None` when it turned out to be a replay or too late.
async fn carry_out(
    node: &Node,
    presented: Presented,
    presentation: Presentation,
    key: Option<&str>,
    now: UnixTime,
) -> Result<Option<PlainToken>, FlowError> {
    match presentation {
        Presentation::Keep => keep(node, presented, now).await,
        Presentation::Rotate => rotate(node, presented, key, now).await,
        Presentation::Repeat => match &presented.record.sealed_successor {
            Some(sealed) => Ok(Some(issue::open_successor(&presented.plain, sealed)?)),
            None => Ok(None),
        },
        Presentation::Replay => {
            store_replay(node, presented.record.grant, now).await?;
            Ok(None)
        }
    }
}

async fn keep(node: &Node, presented: Presented, now: UnixTime) -> Result<Option<PlainToken>, FlowError> {
    let end = issue::refresh_end(node, &presented.record.grant, now);
    if end.seconds_since(presented.record.token.expires_at) >= TOUCH_EVERY {
        let digest = presented.digest;
        node.db.write(move |c| storage::refresh_token::touch(c, &digest, end)).await?;
    }
    Ok(Some(presented.plain))
}

/// What the one write of a rotation found.
enum Outcome {
    Rotated,
    /// Somebody was faster, just now: the same successor is the answer.
    Repeated(Vec<u8>),
    Refused,
}

/// Never two live tokens in a family: one conditional UPDATE decides who rotates. A family that no key has yet is that of `key`
/// from then on (RFC 9449 §5).
async fn rotate(
    node: &Node,
    presented: Presented,
    key: Option<&str>,
    now: UnixTime,
) -> Result<Option<PlainToken>, FlowError> {
    let successor = issue::refresh_token();
    let sealed = issue::seal_successor(&presented.plain, &successor)?;
    let new_digest = node.tokens.digest(&successor);
    let (digest, grant) = (presented.digest, presented.record.grant);
    let end = issue::refresh_end(node, &grant, now);
    let audit = replay_event(&grant, now);
    let key = key.map(str::to_owned);
    let outcome = node
        .revoke(move |c| {
            if !lock_live(c, grant.id, now)? {
                return Ok((Outcome::Refused, Vec::new()));
            }
            if storage::refresh_token::consume(c, &digest, grant.id, &sealed, now)? {
                storage::refresh_token::insert(c, &new_digest, grant.id, now, end)?;
                if let Some(key) = key.as_deref().filter(|_| grant.dpop_jkt.is_none()) {
                    authorization_grant::bind(c, grant.id, key)?;
                }
                return Ok((Outcome::Rotated, Vec::new()));
            }
            let Some(found) = storage::refresh_token::find(c, &digest)? else {
                return Ok((Outcome::Refused, Vec::new()));
            };
            // Whoever was faster may have bound it to another key.
            let has_key = dpop::check_binding(found.grant.dpop_jkt.as_deref(), key.as_deref()).is_ok();
            match (present(&found.token, &found.grant, true, now), found.sealed_successor) {
                (Ok(Presentation::Repeat), Some(sealed)) if has_key => {
                    Ok((Outcome::Repeated(sealed), Vec::new()))
                }
                (Ok(Presentation::Repeat | Presentation::Replay), _) => {
                    audit_event::insert(c, &audit)?;
                    Ok((Outcome::Refused, revoke(c, Which::Id(grant.id), now)?))
                }
                _ => Ok((Outcome::Refused, Vec::new())),
            }
        })
        .await?;
    match outcome {
        Outcome::Rotated => Ok(Some(successor)),
        Outcome::Repeated(sealed) => Ok(Some(issue::open_successor(&presented.plain, &sealed)?)),
        Outcome::Refused => Ok(None),
    }
}

/// A token used again after its window: the whole family ends (RFC 9700 §4.14.2).
async fn store_replay(node: &Node, grant: AuthorizationGrant, now: UnixTime) -> Result<(), FlowError> {
    let audit = replay_event(&grant, now);
    node.revoke(move |c| {
        let revoked = revoke(c, Which::Id(grant.id), now)?;
        if !revoked.is_empty() {
            audit_event::insert(c, &audit)?;
        }
        Ok(((), revoked))
    })
    .await
}

fn replay_event(grant: &AuthorizationGrant, now: UnixTime) -> audit_event::AuditEvent {
    let mut audit = event(Kind::RefreshTokenReplayed, now);
    audit.user_id = Some(grant.user_id);
    audit.client_id = grant.client_id.clone();
    audit
}
