//! Owns what a person is signed in with, and ending it: browsers, first-party logins and apps in one list
//! (contract §1; security §3, 24).

use std::cmp::Reverse;

use uuid::Uuid;

use super::actor::{Acting, Actor, ENDED};
use super::error::FlowError;
use super::node::{Node, event};
use super::session::last_use;
use super::stop::{self, Stop};
use crate::clock::UnixTime;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::authorization_grant::{self, Which};
use crate::storage::revocation::Subject;
use crate::storage::session::{self, Seen};
use crate::storage::{DbConnection, StorageError};

/// How somebody is signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignInKind {
    /// A browser on our own pages.
    Browser,
    /// A first-party login: a script, or a web app of the same provider.
    Login,
    /// An app that the person allowed.
    App,
}

impl SignInKind {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Login => "login",
            Self::App => "app",
        }
    }
}

/// One thing a person is signed in with.
pub struct SignIn {
    /// Of the session or the grant; UUIDv7.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// How.
    pub kind: SignInKind,
    /// The app.
    pub client_id: Option<String>,
    /// Since when.
    pub created_at: UnixTime,
    /// Until when.
    pub expires_at: UnixTime,
    /// When a browser was last used, to about five minutes; not kept of the others.
    pub last_used_at: Option<UnixTime>,
    /// The browser, in its own words.
    pub user_agent: Option<String>,
    /// Where it signed in from.
    pub address: Option<String>,
}

impl SignIn {
    fn of_browser(node: &Node, seen: Seen, now: UnixTime) -> Self {
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: seen.session.id,
            user_id: seen.session.user_id,
            kind: SignInKind::Browser,
            client_id: None,
            created_at: seen.session.created_at,
            expires_at: seen.session.expires_at,
            // It may have begun by the clock of another node, which is ahead.
            last_used_at: Some(last_use(node, &seen.session).min(now).max(seen.session.created_at)),
            user_agent: said(seen.user_agent),
            address: said(seen.address),
        }
    }
}

impl From<AuthorizationGrant> for SignIn {
    fn from(grant: AuthorizationGrant) -> Self {
        Self {
            id: grant.id,
            user_id: grant.user_id,
            kind: if grant.client_id.is_some() { SignInKind::App } else { SignInKind::Login },
            client_id: grant.client_id,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            last_used_at: None,
            user_agent: None,
            address: None,
        }
    }
}

/// What `user` is signed in with now, newest first: at most `limit`, older than `before`.
///
/// # Errors
/// The store is away.
pub async fn list(
    node: &Node,
    user: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<SignIn>, FlowError> {
    list_of(node, Some(user), before, limit).await
}

/// The same of everybody where no `user` is named, for administrators.
///
/// # Errors
/// The store is away.
pub async fn list_of(
    node: &Node,
    user: Option<Uuid>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<SignIn>, FlowError> {
    let now = node.clock.now();
    let (sessions, grants) = node
        .db
        .read(move |c| {
            Ok((
                session::live(c, user, before, limit, now)?,
                authorization_grant::live(c, user, before, limit, now)?,
            ))
        })
        .await?;
    let mut all: Vec<SignIn> = sessions.into_iter().map(|seen| SignIn::of_browser(node, seen, now)).collect();
    all.extend(grants.into_iter().map(SignIn::from));
    all.sort_by_key(|one| Reverse(one.id));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// Why nothing was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// There is none of that id, or none of theirs: 404.
    #[error("there is no such session: list them to see their ids")]
    Unknown,
    /// The credential does not allow it: 403.
    #[error("{0}")]
    NotAllowed(&'static str),
}

/// Ends one of `user`'s, and everything that hangs on it.
///
/// # Errors
/// The store is away.
pub async fn end(
    node: &Node,
    actor: Actor<'_>,
    user: Uuid,
    id: Uuid,
) -> Result<Result<(), SessionRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        if !by.still_works(c, now)? {
            return Err(Stop::Refused(SessionRefusal::NotAllowed(ENDED)));
        }
        end_one(c, &by, user, id, now)
    })
    .await
}

/// Ends one of anybody's, for administrators.
///
/// # Errors
/// The store is away.
pub async fn end_of_anybody(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
) -> Result<Result<(), SessionRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        by.administers(c, now, SessionRefusal::NotAllowed)?;
        let owner = match session::owner(c, id, now)? {
            Some(owner) => Some(owner),
            None => authorization_grant::find(c, id)?.map(|grant| grant.user_id),
        };
        let Some(owner) = owner else { return Err(Stop::Refused(SessionRefusal::Unknown)) };
        end_one(c, &by, owner, id, now)
    })
    .await
}

fn end_one(
    c: &mut DbConnection,
    by: &Acting,
    user: Uuid,
    id: Uuid,
    now: UnixTime,
) -> Result<((), Vec<Subject>), Stop<SessionRefusal>> {
    let audit = |kind| AuditEvent { user_id: Some(user), ..event(kind, now) };
    if session::end_own(c, user, id, now)? {
        by.trace.record(c, audit(Kind::SessionEnded))?;
        return Ok(((), authorization_grant::revoke(c, Which::Session(id), now)?));
    }
    let (subjects, client_id) = end_grant(c, user, id, now)?;
    if subjects.is_empty() {
        return Err(Stop::Refused(SessionRefusal::Unknown));
    }
    by.trace.record(c, AuditEvent { client_id, ..audit(Kind::GrantRevoked) })?;
    Ok(((), subjects))
}

fn end_grant(
    c: &mut DbConnection,
    user: Uuid,
    id: Uuid,
    now: UnixTime,
) -> Result<(Vec<Subject>, Option<String>), StorageError> {
    let own = |grant: &AuthorizationGrant| grant.user_id == user && grant.expires_at > now;
    match authorization_grant::find(c, id)?.filter(own) {
        Some(grant) => Ok((authorization_grant::revoke(c, Which::Id(id), now)?, grant.client_id)),
        None => Ok((Vec::new(), None)),
    }
}
