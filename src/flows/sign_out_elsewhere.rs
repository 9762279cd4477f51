//! Signing out everywhere but in this browser: other browsers, logins of scripts, and apps (security §3, 57).

use uuid::Uuid;

use super::actor::{Actor, Trace};
use super::error::FlowError;
use super::node::{Node, event};
use super::session::SignedIn;
use crate::clock::UnixTime;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::authorization_grant::{self, Which};
use crate::storage::revocation::Subject;
use crate::storage::{DbConnection, StorageError, session};

/// Ends whatever else the person is signed in with. `false`: this browser itself was signed out meanwhile, and nothing was
/// done.
///
/// # Errors
/// The store is away.
pub async fn end_others(
    node: &Node,
    signed_in: &SignedIn,
    address: std::net::IpAddr,
) -> Result<bool, FlowError> {
    let (user, keep, now) = (signed_in.user.id, signed_in.session.id, node.clock.now());
    let trace = Trace::of(Actor::Browser { signed_in, address }).with("everywhere else");
    node.revoke(move |c| {
        if !session::lock_live(c, keep, now)? {
            return Ok((false, Vec::new()));
        }
        let subjects = end(c, user, keep, now)?;
        trace.record(c, AuditEvent { user_id: Some(user), ..event(Kind::SessionEnded, now) })?;
        Ok((true, subjects))
    })
    .await
}

/// Ends every session of `user` but `keep`, and every grant that does not hang on it.
pub(super) fn end(
    c: &mut DbConnection,
    user: Uuid,
    keep: Uuid,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    session::end_others(c, user, keep, now)?;
    authorization_grant::revoke(c, Which::Others { user, session: keep }, now)
}
