//! Browser sessions: who is signed in, and signing out (security §3, 54–59).

use std::net::IpAddr;
use std::sync::Arc;

use super::actor::{Actor, Trace};
use super::error::FlowError;
use super::node::{Node, event};
use crate::account::session::Session;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::scope::{ADMIN, OFFLINE_ACCESS, Scope};
use crate::storage;
use crate::storage::audit_event::Kind;
use crate::storage::authorization_grant::{self, Which};

/// The last use of a session is exact to so many seconds, or to a tenth of the time it may rest: so seldom is it written.
const EXACT_SECONDS: i64 = 300;

/// A browser with a live session.
#[derive(Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: Arc<User>,
}

/// Seconds for which a password that was typed lets its person give away what [`needs_proof`].
const PROVED_SECONDS: i64 = 1800;

/// Whether whoever finds a browser open must not be able to give this away: the server, or access that lasts.
pub fn needs_proof(scope: &Scope) -> bool {
    scope.contains(ADMIN) || scope.contains(OFFLINE_ACCESS)
}

impl SignedIn {
    /// Whether they may give this scope away now, or have to type their password again first (security §3, 50).
    pub fn may_give(&self, scope: &Scope, now: UnixTime) -> bool {
        !needs_proof(scope) || now <= self.session.auth_time.plus_seconds(PROVED_SECONDS)
    }
}

/// Who holds this session cookie; `None` for anything but a live session of an enabled user.
pub async fn find(node: &Node, cookie: &str) -> Result<Option<SignedIn>, FlowError> {
    let Some(token) = PlainToken::parse(TokenType::Session, cookie) else { return Ok(None) };
    let digest = node.tokens.digest(&token);
    let Some(mut session) = node.db.read(move |c| storage::session::find(c, &digest)).await? else {
        return Ok(None);
    };
    if let Some(used) = node.sessions_used.of(session.id) {
        session.idle_at = idle_end(node, used);
    }
    let now = node.clock.now();
    if !session.is_live(now) {
        return Ok(None);
    }
    let user = node.directory.user(session.user_id).await?.filter(|user| !user.disabled);
    Ok(user.map(|user| {
        note_use(node, &session, now);
        SignedIn { session, user }
    }))
}

/// When a session that is used now ends if it is not used again.
pub(super) fn idle_end(node: &Node, used: UnixTime) -> UnixTime {
    match node.policy.session_idle_timeout {
        0 => used.plus_seconds(node.policy.session_lifetime),
        seconds => used.plus_seconds(seconds),
    }
}

/// When a session was last used, as far as this node knows: what it remembers, or what its end tells.
pub(super) fn last_use(node: &Node, session: &Session) -> UnixTime {
    let rests = idle_end(node, session.idle_at).seconds() - session.idle_at.seconds();
    node.sessions_used.of(session.id).unwrap_or_else(|| session.idle_at.plus_seconds(-rests))
}

/// Remembers that a session was used, to be written by `last_used`: only when that makes a difference of minutes.
fn note_use(node: &Node, session: &Session, now: UnixTime) {
    let exact = match node.policy.session_idle_timeout {
        0 => EXACT_SECONDS,
        seconds => EXACT_SECONDS.min(seconds / 10),
    };
    let [stored, due] = [session.idle_at, idle_end(node, now)].map(UnixTime::seconds);
    if due.abs_diff(stored) >= exact.unsigned_abs() {
        node.sessions_used.note(session.id, now);
    }
}

/// Signs out: ends the session and everything that lives as long as it does (contract §5).
pub async fn end(node: &Node, signed_in: &SignedIn, address: IpAddr) -> Result<(), FlowError> {
    end_for(node, signed_in, address, None).await
}

/// The same because `client` asked for it, which is written down.
pub(super) async fn end_for(
    node: &Node,
    signed_in: &SignedIn,
    address: IpAddr,
    client: Option<String>,
) -> Result<(), FlowError> {
    let now = node.clock.now();
    let id = signed_in.session.id;
    let mut audit = event(Kind::SessionEnded, now);
    audit.user_id = Some(signed_in.user.id);
    audit.client_id = client;
    let trace = Trace::of(Actor::Browser { signed_in, address });
    node.revoke(move |c| {
        storage::session::end(c, id, now)?;
        trace.record(c, audit.clone())?;
        Ok(((), authorization_grant::revoke(c, Which::Session(id), now)?))
    })
    .await
}
