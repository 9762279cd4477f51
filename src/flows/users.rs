//! Owns the management of people's accounts: create, list, disable, set a password (contract §14; decision 0010).

use std::fmt;

use uuid::Uuid;

use super::actor::{Acting, Actor, Trace};
use super::error::FlowError;
use super::mail::{self, Notice};
use super::new_password;
use super::node::{Node, event};
use super::stop::{self, Stop};
use crate::account::password_rules::PasswordFault;
use crate::account::user::{LoginName, NameFault, User};
use crate::clock::UnixTime;
use crate::crypto::password::{Password, SealedHash};
use crate::crypto::random;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::authorization_grant::{Which, revoke};
use crate::storage::revocation::{self, Subject};
use crate::storage::{self, DbConnection, StorageError};

/// An account to be made.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    /// The user name, as typed.
    pub username: &'a str,
    /// The e-mail address, as typed.
    pub email: &'a str,
    /// The password, as typed; without one a random one is made.
    pub password: Option<&'a str>,
    /// Whether it administers this server.
    pub is_admin: bool,
}

/// An account whose password was set, and the password if we made it: to be shown once. No `Debug`.
pub struct WithPassword {
    /// The account.
    pub user: User,
    /// The random password, when none was given.
    pub generated: Option<Password>,
}

/// What of an account somebody else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its user name.
    Username,
    /// Its e-mail address.
    Email,
    /// One of the two: somebody was quicker by a moment.
    Either,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Username => "user name",
            Self::Email => "e-mail address",
            Self::Either => "user name or e-mail address",
        })
    }
}

/// Why nothing was done. The text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// A name is malformed.
    #[error("{0}")]
    Names(NameFault),
    /// The password breaks a rule.
    #[error(transparent)]
    Password(PasswordFault),
    /// Somebody else has the name or the address.
    #[error("the {0} is taken: choose another")]
    Taken(Taken),
    /// The credential does not allow it: 403.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// Nobody could administer this server any more, but the command line: 409.
    #[error("the last administrator cannot be switched off: make or switch on another first")]
    LastAdministrator,
    /// Several accounts were to be switched off, and one's own among them: 409.
    #[error("your own account cannot be switched off together with others: leave it out")]
    Oneself,
    /// Nobody has this name.
    #[error("there is no user {}: see `portcullis user list`", .0.escape_debug())]
    Unknown(String),
}

pub(super) type Step<T> = Result<T, Stop<UserRefusal>>;

pub(super) const fn refuse<T>(refusal: UserRefusal) -> Step<T> {
    Err(Stop::Refused(refusal))
}

/// What a key with an end, networks or limits would make is a person without any.
pub(super) const LOGIN_ONLY: UserRefusal =
    UserRefusal::NotAllowed("only a login can make or switch on an administrator: sign in to do that");

/// An account ready to be stored: validated, hashed. Everything slow is done.
pub(super) struct Prepared {
    pub(super) user: User,
    pub(super) hash: SealedHash,
    pub(super) generated: Option<Password>,
}

/// Makes an account.
///
/// # Errors
/// The store is away.
pub async fn create(
    node: &Node,
    actor: Actor<'_>,
    new: NewUser<'_>,
) -> Result<Result<WithPassword, UserRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    if new.is_admin && !by.is_unbounded() {
        return Ok(Err(LOGIN_ONLY));
    }
    let Prepared { user, hash, generated } = match prepare(node, new).await? {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let stored = user.clone();
    let done = stop::write(node, move |c| {
        by.administers(c, now, UserRefusal::NotAllowed)?;
        insert(c, &stored, &hash, &by.trace)?;
        Ok(((), Vec::new()))
    });
    match done.await {
        Ok(done) => Ok(done.map(|()| WithPassword { user, generated })),
        Err(FlowError::Storage(StorageError::Conflict)) => Ok(Err(UserRefusal::Taken(Taken::Either))),
        Err(error) => Err(error),
    }
}

/// Every account, by user name.
pub async fn list(node: &Node) -> Result<Vec<User>, FlowError> {
    Ok(node.db.read(storage::user::list).await?)
}

/// Disables an account, which ends everything issued to it, or enables it again; for the command line.
pub async fn set_disabled(
    node: &Node,
    name: &str,
    disabled: bool,
) -> Result<Result<User, UserRefusal>, FlowError> {
    match find(node, name).await? {
        Ok(user) => set_disabled_by_id(node, Actor::Operator, user.id, disabled).await,
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Accounts, newest first: at most `limit`, older than `before`.
pub async fn page(node: &Node, before: Option<Uuid>, limit: i64) -> Result<Vec<User>, FlowError> {
    Ok(node.db.read(move |c| storage::user::page(c, before, limit)).await?)
}

/// The account of this id.
pub async fn find_by_id(node: &Node, id: Uuid) -> Result<Option<User>, FlowError> {
    Ok(node.db.read(move |c| storage::user::find(c, id)).await?)
}

/// Disables an account, which ends everything issued to it, or enables it again; one that is so already is left alone. The
/// last enabled administrator can be disabled from the command line only.
///
/// # Errors
/// The store is away.
pub async fn set_disabled_by_id(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
    disabled: bool,
) -> Result<Result<User, UserRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        // Of two administrators who switch each other off at once, the second is seen to be off already.
        let administrators = storage::user::lock_administrators(c)?;
        by.administers(c, now, UserRefusal::NotAllowed)?;
        switch(c, (&by, &administrators), id, disabled, now)
    })
    .await
}

/// The same within a write that holds the `administrators`.
pub(super) fn switch(
    c: &mut DbConnection,
    (by, administrators): (&Acting, &[Uuid]),
    id: Uuid,
    disabled: bool,
    now: UnixTime,
) -> Step<(User, Vec<Subject>)> {
    let Some(mut user) = storage::user::find(c, id)? else {
        return refuse(UserRefusal::Unknown(id.to_string()));
    };
    if user.disabled == disabled {
        return Ok((user, Vec::new()));
    }
    if !disabled && user.is_admin && !by.is_unbounded() {
        return refuse(LOGIN_ONLY);
    }
    if disabled && !by.is_operator() && administrators == [id] {
        return refuse(UserRefusal::LastAdministrator);
    }
    storage::user::set_disabled(c, id, disabled.then_some(now))?;
    let kind = if disabled { Kind::UserDisabled } else { Kind::UserEnabled };
    by.trace.record(c, about(id, kind, now))?;
    let ((), subjects) = if disabled { end_everything(c, id, now)? } else { changed(c, id, now)? };
    user.disabled = disabled;
    Ok((user, subjects))
}

/// Replaces a password, which ends everything issued under the old one. Without `password` a random one is made.
pub async fn set_password(
    node: &Node,
    name: &str,
    password: Option<&str>,
) -> Result<Result<WithPassword, UserRefusal>, FlowError> {
    let user = match find(node, name).await? {
        Ok(user) => user,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (password, generated) = match choose(node, &user.username, &user.email, password).await? {
        Ok(chosen) => chosen,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (id, now) = (user.id, node.clock.now());
    let hash = node.passwords.hash(id, password).await?;
    let notice = mail::notice(node, &user, Notice::PasswordChanged).await?;
    let audit = about(id, Kind::PasswordSet, now);
    node.revoke(move |c| {
        // First the row a login holds while it issues: what it issued is then seen, and ended, below.
        storage::user::set_password(c, id, &hash)?;
        Trace::of(Actor::Operator).record(c, audit.clone())?;
        mail::post(c, notice.as_ref())?;
        end_everything(c, id, now)
    })
    .await?;
    Ok(Ok(WithPassword { user, generated }))
}

/// Validates, looks for the names, hashes.
pub(super) async fn prepare(
    node: &Node,
    new: NewUser<'_>,
) -> Result<Result<Prepared, UserRefusal>, FlowError> {
    if let Err(reason) = mail::validate_names(new.username, new.email) {
        return Ok(Err(UserRefusal::Names(reason)));
    }
    let (password, generated) = match choose(node, new.username, new.email, new.password).await? {
        Ok(chosen) => chosen,
        Err(refusal) => return Ok(Err(refusal)),
    };
    for (name, what) in [(new.username, Taken::Username), (new.email, Taken::Email)] {
        if find(node, name).await?.is_ok() {
            return Ok(Err(UserRefusal::Taken(what)));
        }
    }
    let user = User {
        id: random::id(),
        username: new.username.to_owned(),
        email: new.email.to_owned(),
        is_admin: new.is_admin,
        disabled: false,
        created_at: node.clock.now(),
    };
    let hash = node.passwords.hash(user.id, password).await?;
    Ok(Ok(Prepared { user, hash, generated }))
}

/// Stores a new account with its audit event.
pub(super) fn insert(
    c: &mut DbConnection,
    user: &User,
    hash: &SealedHash,
    trace: &Trace,
) -> Result<(), StorageError> {
    storage::user::insert(c, user, Some(hash))?;
    trace.record(c, about(user.id, Kind::UserCreated, user.created_at))
}

/// The account that somebody means by a user name or an e-mail address.
pub async fn find(node: &Node, typed: &str) -> Result<Result<User, UserRefusal>, FlowError> {
    let unknown = || UserRefusal::Unknown(typed.to_owned());
    let Some(name) = LoginName::parse(typed) else { return Ok(Err(unknown())) };
    let found = node.db.read(move |c| storage::user::find_by_login(c, &name)).await?;
    Ok(found.map(|found| found.user).ok_or_else(unknown))
}

/// The password to hash, and the same again if it was made here.
async fn choose(
    node: &Node,
    username: &str,
    email: &str,
    typed: Option<&str>,
) -> Result<Result<(Password, Option<Password>), UserRefusal>, FlowError> {
    let Some(typed) = typed else {
        let made = Password::generate();
        return Ok(Ok((made.clone(), Some(made))));
    };
    let chosen = new_password::choose(node, username, email, typed).await?;
    Ok(chosen.map(|password| (password, None)).map_err(UserRefusal::Password))
}

/// Ends all that was issued to an account, and every link by which somebody would get in or give it another address.
pub(super) fn end_everything(
    c: &mut DbConnection,
    id: Uuid,
    now: UnixTime,
) -> Result<((), Vec<Subject>), StorageError> {
    storage::session::end_all(c, id, now)?;
    storage::account_link::end_all(c, id, now)?;
    let mut subjects = revoke(c, Which::User(id), now)?;
    let ((), user) = changed(c, id, now)?;
    subjects.extend(user);
    Ok(((), subjects))
}

pub(super) fn changed(
    c: &mut DbConnection,
    id: Uuid,
    now: UnixTime,
) -> Result<((), Vec<Subject>), StorageError> {
    let subjects = vec![Subject::User(id)];
    revocation::record(c, &subjects, now)?;
    Ok(((), subjects))
}

pub(super) fn about(user: Uuid, kind: Kind, now: UnixTime) -> AuditEvent {
    AuditEvent { user_id: Some(user), ..event(kind, now) }
}

#[cfg(test)]
mod tests;
