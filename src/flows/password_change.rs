//! A person changes their own password: the old one first, then what was signed in with it (security §3, 50, 54, 57).

use std::net::IpAddr;

use super::actor::{Actor, Trace};
use super::error::FlowError;
use super::mail::{self, Notice};
use super::node::{Node, event};
use super::password::{Attempt, LoginRefusal, prove};
use super::session::SignedIn;
use super::{api_keys, new_password, sign_out_elsewhere};
use crate::account::password_rules::PasswordFault;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::storage;
use crate::storage::audit_event::{AuditEvent, Kind};

/// What was typed.
pub struct PasswordChange<'a> {
    /// The password as it is.
    pub current: &'a str,
    /// The password as it is to be.
    pub new: &'a str,
    /// Whether everything else that the person is signed in with ends.
    pub end_others: bool,
    /// Whether every API key of the person ends; what else they are signed in with ends with them.
    pub end_keys: bool,
    /// Where the request came from.
    pub address: IpAddr,
}

/// Why the password stays as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeRefusal {
    /// The current password is wrong.
    Wrong,
    /// Too many failures: come back in so many seconds.
    Throttled(i64),
    /// The new one breaks a rule.
    Rule(PasswordFault),
    /// The new one is the old one.
    Same,
    /// The browser was signed out meanwhile.
    SignedOut,
}

/// Replaces the password. This browser stays signed in, by the cookie that is returned: the one it had is dead.
///
/// # Errors
/// The store is away, or too many passwords wait.
pub async fn change(
    node: &Node,
    signed_in: &SignedIn,
    typed: PasswordChange<'_>,
) -> Result<Result<PlainToken, ChangeRefusal>, FlowError> {
    let user = &signed_in.user;
    if typed.new == typed.current {
        return Ok(Err(ChangeRefusal::Same));
    }
    let password = match new_password::choose(node, &user.username, &user.email, typed.new).await? {
        Ok(password) => password,
        Err(fault) => return Ok(Err(ChangeRefusal::Rule(fault))),
    };
    let (id, session, now) = (user.id, signed_in.session.id, node.clock.now());
    let hash = node.passwords.hash(id, password).await?;
    let notice = mail::notice(node, user, Notice::password_changed(typed.end_keys)).await?;
    let cookie = PlainToken::generate(TokenType::Session);
    let digest = node.tokens.digest(&cookie);
    let expires_at = now.plus_seconds(node.policy.session_lifetime);
    let by = Trace::of(Actor::Browser { signed_in, address: typed.address });
    // What is signed in elsewhere could make keys anew.
    let (end_others, end_keys) = (typed.end_others || typed.end_keys, typed.end_keys);
    let attempt = Attempt { name: &user.username, password: typed.current, address: typed.address };
    let changed = prove(node, attempt, id, move |c| {
        if !storage::session::lock_live(c, session, now)? {
            return Ok(None);
        }
        storage::user::set_password(c, id, &hash)?;
        // Whoever knew the old password may have asked for some.
        storage::account_link::end_all(c, id, now)?;
        storage::session::renew(c, session, &digest, now, expires_at)?;
        by.record(c, AuditEvent { user_id: Some(id), ..event(Kind::PasswordSet, now) })?;
        mail::post(c, notice.as_ref())?;
        let mut subjects =
            if end_others { sign_out_elsewhere::end(c, id, session, now)? } else { Vec::new() };
        if end_keys {
            subjects.extend(api_keys::end_all(c, id, &by, now)?);
        }
        Ok(Some(subjects))
    });
    Ok(match changed.await? {
        Ok(Some(subjects)) => {
            node.revocations.apply(&subjects);
            Ok(cookie)
        }
        Ok(None) => Err(ChangeRefusal::SignedOut),
        Err(LoginRefusal::Throttled { retry_after }) => Err(ChangeRefusal::Throttled(retry_after)),
        Err(LoginRefusal::InvalidCredentials | LoginRefusal::InvalidScope) => Err(ChangeRefusal::Wrong),
    })
}
