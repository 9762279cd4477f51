//! "Generate JWT": an access token that a person makes for a script of theirs (contract §2, §4; RFC 9068).

use std::net::IpAddr;

use super::actor::{Actor, Trace};
use super::error::FlowError;
use super::issue::{self, Order};
use super::node::{Node, event};
use super::session::SignedIn;
use crate::clock::UnixTime;
use crate::crypto::random;
use crate::oauth::access_token::LIFETIME_SECONDS;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::scope::Scope;
use crate::storage;
use crate::storage::audit_event::{AuditEvent, Kind};

/// A token, to be shown once. No `Debug`.
pub struct GeneratedJwt {
    /// The token.
    pub token: String,
    /// When it ends.
    pub expires_at: UnixTime,
    /// What it allows.
    pub scope: Scope,
}

/// Why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JwtRefusal {
    /// Nothing was chosen that the person can hand on.
    Nothing,
    /// The browser was signed out, or the account disabled, meanwhile.
    SignedOut,
}

/// Makes a token of the class of logins, without a refresh token: it ends after an hour, or when its person ends it. It
/// does not hang on the browser that made it.
///
/// # Errors
/// The store is away.
pub async fn generate(
    node: &Node,
    signed_in: &SignedIn,
    chosen: &Scope,
    address: IpAddr,
) -> Result<Result<GeneratedJwt, JwtRefusal>, FlowError> {
    let user = &signed_in.user;
    let scope = user.default_scope().intersect(chosen);
    if scope.is_empty() {
        return Ok(Err(JwtRefusal::Nothing));
    }
    let now = node.clock.now();
    let grant = AuthorizationGrant {
        id: random::id(),
        user_id: user.id,
        client_id: None,
        session_id: None,
        scope: scope.clone(),
        resource: None,
        auth_time: signed_in.session.auth_time,
        created_at: now,
        expires_at: now.plus_seconds(LIFETIME_SECONDS),
        revoked_at: None,
        claims: None,
        dpop_jkt: None,
    };
    let access = issue::access_token(node, Order::from_grant(&grant, &grant.scope), now)?;
    let (id, session) = (user.id, signed_in.session.id);
    let trace = Trace::of(Actor::Browser { signed_in, address }).with(scope.to_string());
    let stored = node
        .db
        .write(move |c| {
            let enabled = storage::user::lock_enabled(c, id)?.is_some();
            if !enabled || !storage::session::lock_live(c, session, now)? {
                return Ok(false);
            }
            issue::store(c, &grant, None)?;
            trace.record(c, AuditEvent { user_id: Some(id), ..event(Kind::JwtGenerated, now) })?;
            Ok(true)
        })
        .await?;
    if !stored {
        return Ok(Err(JwtRefusal::SignedOut));
    }
    Ok(Ok(GeneratedJwt { token: access.token, expires_at: access.expires_at, scope }))
}
