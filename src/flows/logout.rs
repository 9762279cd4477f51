//! Logging out of a first-party login: its grant dies, and with it every token of it (contract §3).

use uuid::Uuid;

use super::error::FlowError;
use super::node::{Node, event};
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::access_token::{AccessTokenClaims, TokenClass};
use crate::storage;
use crate::storage::audit_event::{self, AuditEvent, Kind};
use crate::storage::authorization_grant::{Which, revoke};

/// Ends the logins that these tokens belong to; `false` when neither belongs to a login of ours.
/// An access token counts even after it expired: logging out late is still logging out.
pub async fn logout(
    node: &Node,
    access_token: Option<&str>,
    refresh_token: Option<&str>,
) -> Result<bool, FlowError> {
    let mut grants: Vec<(Uuid, Uuid)> = Vec::new();
    grants.extend(access_token.and_then(|token| login_of_access_token(node, token)));
    if let Some(token) = refresh_token {
        grants.extend(login_of_refresh_token(node, token).await?);
    }
    grants.dedup();
    if grants.is_empty() {
        return Ok(false);
    }
    let now = node.clock.now();
    node.revoke(move |c| {
        let mut revoked = Vec::new();
        for (id, user_id) in &grants {
            let ended = revoke(c, Which::Id(*id), now)?;
            if !ended.is_empty() {
                audit_event::insert(
                    c,
                    &AuditEvent { user_id: Some(*user_id), ..event(Kind::SessionEnded, now) },
                )?;
            }
            revoked.extend(ended);
        }
        Ok((true, revoked))
    })
    .await
}

/// The grant and the user.
fn login_of_access_token(node: &Node, token: &str) -> Option<(Uuid, Uuid)> {
    let claims: AccessTokenClaims = node.keys.verify(token)?;
    let ours = claims.iss == node.issuer() && claims.class() == TokenClass::Jwt;
    Some((claims.grant_id.filter(|_| ours)?, Uuid::parse_str(&claims.sub).ok()?))
}

async fn login_of_refresh_token(node: &Node, token: &str) -> Result<Option<(Uuid, Uuid)>, FlowError> {
    let Some(plain) = PlainToken::parse(TokenType::RefreshToken, token) else { return Ok(None) };
    let digest = node.tokens.digest(&plain);
    let found = node.db.read(move |c| storage::refresh_token::find(c, &digest)).await?;
    Ok(found.filter(|r| r.grant.client_id.is_none()).map(|r| (r.grant.id, r.grant.user_id)))
}
