//! On whose behalf something is done: asked again inside the write, and named in the audit trail (contract §7, §9; security
//! §3, 60, I6).

use std::net::IpAddr;

use uuid::Uuid;

use super::api_keys::{REPLACED, still_works};
use super::session::SignedIn;
use super::stop::Stop;
use super::verify::Identity;
use crate::account::credential::CredentialClass;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::storage::audit_event::{self, AuditEvent, By, ByKind};
use crate::storage::{self, DbConnection, StorageError};

/// What is said to a credential that was good when its request came in, and is not any more.
pub(super) const ENDED: &str = "the credential was revoked a moment ago: sign in again";

/// On whose behalf something is done.
#[derive(Clone, Copy)]
pub enum Actor<'a> {
    /// The command line: whoever may read the master key.
    Operator,
    /// Somebody with a credential.
    Holder {
        /// Whose, and what it allows.
        identity: &'a Identity,
        /// Where the request came from.
        address: IpAddr,
    },
    /// Somebody on our own pages.
    Browser {
        /// Who is signed in.
        signed_in: &'a SignedIn,
        /// Where the request came from.
        address: IpAddr,
    },
}

/// What the audit trail says of who did something, and from where.
#[derive(Clone)]
pub(super) struct Trace {
    by: By,
    address: Option<IpAddr>,
    words: Option<String>,
}

impl Trace {
    /// The one place where an actor becomes what is kept of them.
    pub(super) fn of(actor: Actor<'_>) -> Self {
        match actor {
            Actor::Operator => Self::new(By::nameless(ByKind::Operator), None),
            Actor::Holder { identity, address } => Self::new(holder(identity), address),
            Actor::Browser { signed_in, address } => Self::new(person(&signed_in.user), address),
        }
    }

    fn new(by: By, address: impl Into<Option<IpAddr>>) -> Self {
        Self { by, address: address.into(), words: None }
    }

    /// Of what the server does by itself.
    pub(super) fn server() -> Self {
        Self::new(By::nameless(ByKind::Server), None)
    }

    /// Of whoever opened a link of ours.
    pub(super) fn link(address: impl Into<Option<IpAddr>>) -> Self {
        Self::new(By::nameless(ByKind::Link), address)
    }

    /// Of somebody who need not say who they are.
    pub(super) fn stranger(address: impl Into<Option<IpAddr>>) -> Self {
        Self::new(By::nameless(ByKind::Stranger), address)
    }

    /// Of a client that manages what it registered.
    pub(super) fn client(name: &str, address: impl Into<Option<IpAddr>>) -> Self {
        Self::new(By { name: Some(name.to_owned()), ..By::nameless(ByKind::Client) }, address)
    }

    /// Of somebody who has just shown that the account is theirs.
    pub(super) fn owner(user: &User, address: impl Into<Option<IpAddr>>) -> Self {
        Self::new(person(user), address)
    }

    /// The same with words of what was done.
    pub(super) fn with(&self, words: impl Into<String>) -> Self {
        Self { words: Some(words.into()), ..self.clone() }
    }

    /// The same with what it was done to, by the name it had: that is still read when it is gone.
    pub(super) fn about(&self, named: &str) -> Self {
        match &self.words {
            Some(words) => self.with(format!("{named}, {words}")),
            None => self.with(named),
        }
    }

    /// Stores an event with it.
    pub(super) fn record(&self, c: &mut DbConnection, event: AuditEvent) -> Result<(), StorageError> {
        let address = self.address.map(|address| address.to_string());
        let (detail, by) = (self.words.clone(), Some(self.by.clone()));
        audit_event::insert(c, &AuditEvent { detail, address, by, ..event })
    }
}

fn person(user: &User) -> By {
    By { user_id: Some(user.id), name: Some(user.username.clone()), ..By::nameless(ByKind::Person) }
}

fn holder(identity: &Identity) -> By {
    let (kind, through) = match (&identity.key, identity.user_id, &identity.client_id) {
        (Some(_), ..) => (ByKind::Key, Some(identity.credential_id.to_string())),
        (None, Some(_), None) => (ByKind::Person, None),
        (None, Some(_), Some(app)) => (ByKind::App, Some(app.clone())),
        (None, None, _) => (ByKind::Client, None),
    };
    let name = identity.username.clone().unwrap_or_else(|| identity.subject.clone());
    By { kind, user_id: identity.user_id, name: Some(name), through }
}

/// What somebody's right to change things hangs on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    /// The command line, which is asked nothing.
    Operator,
    Key(Uuid),
    Grant(Uuid),
    Session(Uuid),
    /// A client for itself: there is nothing that could be asked again, so it changes nothing.
    Nothing,
}

impl Means {
    fn of(identity: &Identity) -> Self {
        match (&identity.key, identity.grant_id) {
            (Some(_), _) => Self::Key(identity.credential_id),
            (None, Some(grant)) => Self::Grant(grant),
            (None, None) => Self::Nothing,
        }
    }
}

/// An actor, kept for the time of a write.
#[derive(Clone)]
pub(super) struct Acting {
    /// Who, if it is a person with a credential.
    pub(super) user: Option<Uuid>,
    means: Means,
    /// Since when the secret or token counts.
    issued_at: UnixTime,
    /// Whether it is the secret before the key's last rotation: it ends with its overlap, and what it changed would not.
    is_previous: bool,
    /// Whether it is a key with an end, networks or a limit.
    pub(super) is_bound: bool,
    class: Option<CredentialClass>,
    pub(super) trace: Trace,
}

impl Acting {
    pub(super) fn of(actor: Actor<'_>) -> Self {
        match actor {
            Actor::Operator => Self {
                user: None,
                means: Means::Operator,
                issued_at: UnixTime::from_seconds(0),
                is_previous: false,
                is_bound: false,
                class: None,
                trace: Trace::of(actor),
            },
            Actor::Holder { identity, .. } => Self {
                user: identity.user_id,
                means: Means::of(identity),
                issued_at: identity.issued_at,
                is_previous: identity.is_previous(),
                is_bound: identity.key.as_ref().is_some_and(|key| {
                    identity.expires_at.is_some() || !key.ip_allow.is_empty() || key.rate_limit.is_some()
                }),
                class: Some(identity.class),
                trace: Trace::of(actor),
            },
            Actor::Browser { signed_in, .. } => Self {
                user: Some(signed_in.user.id),
                means: Means::Session(signed_in.session.id),
                issued_at: signed_in.session.auth_time,
                is_previous: false,
                is_bound: false,
                class: Some(CredentialClass::Jwt),
                trace: Trace::of(actor),
            },
        }
    }

    pub(super) const fn is_operator(&self) -> bool {
        matches!(self.means, Means::Operator)
    }

    /// Whether it is this key.
    pub(super) fn is_key(&self, id: Uuid) -> bool {
        self.means == Means::Key(id)
    }

    /// Whether a person stands behind it without the bounds that a key has: a login, or the command line.
    pub(super) fn is_unbounded(&self) -> bool {
        self.is_operator() || self.class == Some(CredentialClass::Jwt)
    }

    /// Why the credential may change nothing any more; `None` if it may. It was checked before this write began; it is asked
    /// again here, and held until the end of the transaction.
    pub(super) fn ended(
        &self,
        c: &mut DbConnection,
        now: UnixTime,
    ) -> Result<Option<&'static str>, StorageError> {
        if self.is_previous {
            return Ok(Some(REPLACED));
        }
        let works = match self.means {
            Means::Operator => true,
            Means::Key(key) => still_works(c, key, self.issued_at, now)?,
            Means::Grant(grant) => storage::authorization_grant::lock_live(c, grant, now)?,
            Means::Session(session) => storage::session::lock_live(c, session, now)?,
            Means::Nothing => false,
        };
        Ok((!works).then_some(ENDED))
    }

    /// Whether the credential may still change something.
    pub(super) fn still_works(&self, c: &mut DbConnection, now: UnixTime) -> Result<bool, StorageError> {
        Ok(self.ended(c, now)?.is_none())
    }

    /// Stops the write, with the refusal that `not_allowed` makes, unless [`Self::still_administers`].
    pub(super) fn administers<R>(
        &self,
        c: &mut DbConnection,
        now: UnixTime,
        not_allowed: impl FnOnce(&'static str) -> R,
    ) -> Result<(), Stop<R>> {
        if self.still_administers(c, now)? { Ok(()) } else { Err(Stop::Refused(not_allowed(ENDED))) }
    }

    /// Whether the credential still works and its person is an enabled administrator still; both are held.
    fn still_administers(&self, c: &mut DbConnection, now: UnixTime) -> Result<bool, StorageError> {
        if self.is_operator() {
            return Ok(true);
        }
        let Some(user) = self.user else { return Ok(false) };
        // The person before the credential, as in every write that holds both.
        let person = storage::user::lock_enabled(c, user)?;
        Ok(person.is_some_and(|person| person.is_admin) && self.still_works(c, now)?)
    }
}
