//! The life of API keys: made, listed, changed, replaced, removed (contract §9).
//!
//! `admission` says on whose behalf, `secret` gives a key another secret or shows it again, `change` does the rest to a
//! key that is there, `slot` makes what an account has only one of, `leak` ends what was found in the open, `end_all` what somebody else may have.

pub mod administration;
mod admission;
mod change;
pub mod denial;
mod end_all;
mod leak;
mod secret;
mod slot;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ipnet::IpNet;
use uuid::Uuid;

use self::admission::{By, Need, Rules};
use self::denial::Denial;
use super::actor::Trace;
use super::error::FlowError;
use super::mail::{self, Notice};
use super::node::{Node, event};
use super::password::LoginRefusal;
use super::stop::{self, Stop};
use crate::account::api_key::{ApiKey, Slot, Status};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::crypto::random;
use crate::oauth::scope::Scope;
use crate::storage::api_key::{self, Search, Whose};
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::revocation::{self, Subject};
use crate::storage::{DbConnection, StorageError};

pub use self::change::{delete, set_disabled, update};
pub(super) use self::end_all::end_all;
pub use self::leak::report_leaked;
pub use self::secret::{regenerate, reveal, rotate};
pub use self::slot::{SlotRefusal, barbell, slot_key};
pub use super::actor::Actor;

/// Where a key is looked for: an id is found only under its own address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Among the account keys of this person.
    Account(Uuid),
    /// Among the keys of this project.
    Project(Uuid),
}

/// A key to be made.
#[derive(Clone, Default)]
pub struct NewKey {
    /// What its owner calls it.
    pub name: String,
    /// What it allows; `None`: `read write`, of what is allowed.
    pub scope: Option<Scope>,
    /// Its end; `None`: never, or with the key that makes it.
    pub expires_at: Option<UnixTime>,
    /// A label.
    pub environment: Option<String>,
    /// Where it may be used from; empty: anywhere, or where the key that makes it may.
    pub ip_allow: Vec<IpNet>,
    /// Requests an hour; `None`: as many as its owner. A key with a limit of its own makes none.
    pub rate_limit: Option<u32>,
    /// Whatever its owner wants to remember of it.
    pub metadata: BTreeMap<String, String>,
}

/// What is to change of a key; `None` leaves it. `Some(None)` removes it.
#[derive(Clone, Default)]
pub struct KeyChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// What it allows.
    pub scope: Option<Scope>,
    /// Its end.
    pub expires_at: Option<Option<UnixTime>>,
    /// A label.
    pub environment: Option<Option<String>>,
    /// Where it may be used from; empty: anywhere.
    pub ip_allow: Option<Vec<IpNet>>,
    /// Requests an hour.
    pub rate_limit: Option<Option<u32>>,
    /// Whatever its owner wants to remember of it.
    pub metadata: Option<BTreeMap<String, String>>,
}

/// A key, and its secret: to be shown once. No `Debug`.
pub struct WithSecret {
    /// The key.
    pub key: ApiKey,
    /// What its holder presents.
    pub secret: PlainToken,
}

/// Why nothing was done. The text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// What is asked for breaks a rule: 400.
    #[error("{0}")]
    Invalid(String),
    /// The credential does not allow it, or the key's state: 403.
    #[error(transparent)]
    NotAllowed(Denial),
    /// There is no such key, project or owner here: 404.
    #[error("there is no such key here: list the keys to see their ids")]
    Unknown,
    /// Another secret came in the place of the one that who asks saw: 409.
    #[error("the key has another secret by now: look at it again")]
    Replaced,
    /// It is past its end, and what is asked for would be of no use: 409.
    #[error("the key has expired: give it another end first")]
    Expired,
    /// The password that was to prove who asks is wrong, or too many were: as at a login.
    #[error("the password is wrong, or too many wrong ones were tried: wait a little and try again")]
    Password(LoginRefusal),
}

/// What a write of this module comes to.
type Step<T> = Result<T, Stop<KeyRefusal>>;

fn invalid(reason: String) -> Stop<KeyRefusal> {
    Stop::Refused(KeyRefusal::Invalid(reason))
}

const fn not_allowed<T>(denial: Denial) -> Step<T> {
    Err(Stop::Refused(KeyRefusal::NotAllowed(denial)))
}

const fn unknown<T>() -> Step<T> {
    Err(Stop::Refused(KeyRefusal::Unknown))
}

/// Makes a key of `owner`. With a holder, `owner` must be who holds.
///
/// # Errors
/// The store is away, or the secret cannot be sealed.
pub async fn create(
    node: &Node,
    actor: Actor<'_>,
    owner: Uuid,
    place: Place,
    new: NewKey,
) -> Result<Result<WithSecret, KeyRefusal>, FlowError> {
    let (id, now) = (random::id(), node.clock.now());
    let secret = PlainToken::generate(TokenType::ApiKey);
    let stored = secret::stored(node, id, &secret)?;
    let (by, rules, hint) = (By::of(actor), Rules::of(node), secret.hint());
    let notice = mail::key_notice(node, owner, Notice::KeyMade(hint.clone())).await?;
    let done = stop::write(node, move |c| {
        by.admit(c, place, Need::Manage, now)?;
        let blank = ApiKey { project_id: place.project(), ..ApiKey::new(id, owner, &hint, now) };
        let key = by.describe_new(c, blank, &new, &rules)?;
        api_key::insert(c, &key, &stored)?;
        record(c, by.trace(), Kind::KeyCreated, &key, now)?;
        notice.post(c, now)?;
        Ok((key, Vec::new()))
    });
    Ok(done.await?.map(|key| WithSecret { key, secret }))
}

/// Whether `actor` may look at the keys of `place`.
///
/// # Errors
/// The store is away.
pub async fn may_look(
    node: &Node,
    actor: Actor<'_>,
    place: Place,
) -> Result<Result<(), KeyRefusal>, FlowError> {
    let (by, now) = (By::of(actor), node.clock.now());
    let looked = node.db.read(move |c| match by.admit(c, place, Need::Look, now) {
        Ok(()) => Ok(Ok(())),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Broken(error)) => Err(error),
    });
    Ok(looked.await?)
}

/// Keys, newest first: at most `limit`, older than `before`. Ask [`may_look`] first.
///
/// # Errors
/// The store is away.
pub async fn list(
    node: &Node,
    place: Place,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>, FlowError> {
    let whose = match place {
        Place::Account(user) => Whose::Account(user),
        Place::Project(project) => Whose::Project(project),
    };
    let keys = node.db.read(move |c| api_key::list(c, whose, before, limit)).await?;
    Ok(keys.into_iter().map(|key| with_last_use(node, key)).collect())
}

/// Every key a person made, those of projects included, newest first.
///
/// # Errors
/// The store is away.
pub async fn list_made_by(
    node: &Node,
    user: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>, FlowError> {
    let keys = node.db.read(move |c| api_key::list(c, Whose::Maker(user), before, limit)).await?;
    Ok(keys.into_iter().map(|key| with_last_use(node, key)).collect())
}

/// The same without those of projects that they are not in: there they are strangers, with whom keys have no business.
///
/// # Errors
/// The store is away.
pub async fn list_at_hand(
    node: &Node,
    user: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>, FlowError> {
    let keys = node.db.read(move |c| api_key::list(c, Whose::Present(user), before, limit)).await?;
    Ok(keys.into_iter().map(|key| with_last_use(node, key)).collect())
}

/// One key. Ask [`may_look`] first.
///
/// # Errors
/// The store is away.
pub async fn find(node: &Node, place: Place, id: Uuid) -> Result<Option<ApiKey>, FlowError> {
    let found = node.db.read(move |c| api_key::find(c, id)).await?;
    Ok(found.filter(|key| place.holds(key)).map(|key| with_last_use(node, key)))
}

/// The newest account key of a person that works now, those in slots apart.
///
/// # Errors
/// The store is away.
pub async fn newest_active(node: &Node, user: Uuid) -> Result<Option<ApiKey>, FlowError> {
    let now = node.clock.now();
    let what =
        Search { user: Some(user), status: Some(Status::Active), of_accounts: true, ..Search::default() };
    let found = node.db.read(move |c| api_key::search(c, &what, None, 1, now)).await?;
    Ok(found.into_iter().next().map(|key| with_last_use(node, key)))
}

/// The key an account has in a slot, if any.
///
/// # Errors
/// The store is away.
pub async fn in_slot(node: &Node, user: Uuid, slot: Slot) -> Result<Option<ApiKey>, FlowError> {
    let found = node.db.read(move |c| api_key::find_by_slot(c, user, &slot)).await?;
    Ok(found.map(|key| with_last_use(node, key)))
}

/// The place of the key of this id, for the command line, which names a key by its id alone.
///
/// # Errors
/// The store is away.
pub async fn place_of(node: &Node, id: Uuid) -> Result<Option<Place>, FlowError> {
    let found = node.db.read(move |c| api_key::find(c, id)).await?;
    Ok(found.map(|key| key.project_id.map_or(Place::Account(key.user_id), Place::Project)))
}

/// What the previous secret of a key is told when it asks for a change.
pub(super) const REPLACED: &str = "this secret is being replaced: use the new one";

/// Whether a key that was checked before this write began still works, and with the secret made at `issued_at`; it is held
/// until the end of the transaction.
pub(super) fn still_works(
    c: &mut DbConnection,
    id: Uuid,
    issued_at: UnixTime,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let presented = |key: ApiKey| key.status(now) == Status::Active && key.secret_created_at == issued_at;
    Ok(api_key::lock(c, id)?.is_some_and(presented))
}

impl Place {
    const fn project(self) -> Option<Uuid> {
        match self {
            Self::Account(_) => None,
            Self::Project(project) => Some(project),
        }
    }

    fn holds(self, key: &ApiKey) -> bool {
        match self {
            Self::Account(user) => key.project_id.is_none() && key.user_id == user,
            Self::Project(project) => key.project_id == Some(project),
        }
    }
}

/// What this node saw and has not stored yet counts too.
fn with_last_use(node: &Node, mut key: ApiKey) -> ApiKey {
    key.last_used_at = key.last_used_at.max(node.last_used.of(key.id));
    key
}

/// Audits what happened to a key.
fn record(
    c: &mut DbConnection,
    trace: &Trace,
    kind: Kind,
    key: &ApiKey,
    now: UnixTime,
) -> Result<(), StorageError> {
    let audit = AuditEvent {
        user_id: Some(key.user_id),
        key_id: Some(key.id),
        project_id: key.project_id,
        ..event(kind, now)
    };
    let named = format!("{} ({})", key.name, key.hint);
    trace.about(&named).record(c, audit)
}

/// Audits a change and makes every node look again.
fn changed(
    c: &mut DbConnection,
    trace: &Trace,
    kind: Kind,
    key: &ApiKey,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    record(c, trace, kind, key, now)?;
    let subjects = vec![Subject::Key(key.id)];
    revocation::record(c, &subjects, now)?;
    Ok(subjects)
}
