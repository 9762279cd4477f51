//! Logging out of a first-party login: its grant dies, and with it every token of it (contract §3).

use uuid::Uuid;

use super::error::FlowError;
use super::node::{Node, event};
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::access_token::TokenClass;
use crate::storage;
use crate::storage::audit_event::{self, AuditEvent, Kind};
use crate::storage::authorization_grant::{Which, revoke};

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoggedOut {
    /// The logins of all presented tokens are over.
    Done,
    /// Nothing was presented, or something that belongs to no login of ours: nothing was ended.
    NoGood,
    /// The tokens belong to different people (contract §2): nothing was ended.
    DifferentPrincipals,
}

/// A login: its grant and whose it is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Login {
    grant_id: Uuid,
    user_id: Uuid,
}

/// Ends the logins that these tokens belong to. An access token counts even after it expired: logging out late is
/// still logging out.
pub async fn logout(
    node: &Node,
    access_tokens: &[&str],
    refresh_tokens: &[&str],
) -> Result<LoggedOut, FlowError> {
    let mut logins = Vec::new();
    for token in access_tokens {
        logins.push(login_of_access_token(node, token).await?);
    }
    for token in refresh_tokens {
        logins.push(login_of_refresh_token(node, token).await?);
    }
    // One that is no good is never skipped in favour of another (contract §2).
    let Some(mut logins) = logins.into_iter().collect::<Option<Vec<Login>>>() else {
        return Ok(LoggedOut::NoGood);
    };
    let Some(first) = logins.first().copied() else { return Ok(LoggedOut::NoGood) };
    if logins.iter().any(|login| login.user_id != first.user_id) {
        return Ok(LoggedOut::DifferentPrincipals);
    }
    logins.dedup();
    let now = node.clock.now();
    node.revoke(move |c| {
        let mut revoked = Vec::new();
        for login in &logins {
            let ended = revoke(c, Which::Id(login.grant_id), now)?;
            if !ended.is_empty() {
                let audit = AuditEvent { user_id: Some(login.user_id), ..event(Kind::SessionEnded, now) };
                audit_event::insert(c, &audit)?;
            }
            revoked.extend(ended);
        }
        Ok((LoggedOut::Done, revoked))
    })
    .await
}

async fn login_of_access_token(node: &Node, token: &str) -> Result<Option<Login>, FlowError> {
    let Some((claims, _)) = node.claims_of(token).await? else { return Ok(None) };
    let ours = claims.iss == node.issuer() && claims.class() == TokenClass::Jwt;
    let ids = claims.grant_id.filter(|_| ours).zip(Uuid::parse_str(&claims.sub).ok());
    Ok(ids.map(|(grant_id, user_id)| Login { grant_id, user_id }))
}

async fn login_of_refresh_token(node: &Node, token: &str) -> Result<Option<Login>, FlowError> {
    let Some(plain) = PlainToken::parse(TokenType::RefreshToken, token) else { return Ok(None) };
    let digest = node.tokens.digest(&plain);
    let found = node.db.read(move |c| storage::refresh_token::find(c, &digest)).await?;
    Ok(found
        .filter(|record| record.grant.client_id.is_none())
        .map(|record| Login { grant_id: record.grant.id, user_id: record.grant.user_id }))
}
