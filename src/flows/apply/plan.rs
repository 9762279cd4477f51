//! What has to be done so that things are as declared: the differences, for people to read, and the steps.

use std::fmt::Display;

use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::clients::ClientChange;
use super::super::error::FlowError;
use super::super::scopes::ScopeChange;
use crate::account::project::Role;
use crate::crypto::opaque_token::PlainToken;
use crate::storage::StorageError;

/// What is declared cannot be had. The text says where in the file, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ApplyRefusal(pub String);

/// What happens to a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// It is not there yet.
    Make,
    /// It is another.
    Change,
    /// It is there, and is not to be.
    Remove,
}

/// What is to become of one thing.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// What it is, in words.
    pub kind: &'static str,
    /// Its name in the file.
    pub id: String,
    /// What of it is another afterwards.
    pub members: Vec<Member>,
}

/// One member of a thing. Never a secret.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// Its name in the file.
    pub name: String,
    /// What there is; `null` for nothing.
    pub before: Value,
    /// What is to be.
    pub after: Value,
}

impl Member {
    pub(super) fn new(name: impl Into<String>, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { name: name.into(), before: before.into(), after: after.into() }
    }
}

/// What is to be done, in this order. No `Debug`: it holds secrets.
#[derive(Default)]
pub struct Plan {
    /// The differences.
    pub changes: Vec<Change>,
    /// Things that are as declared.
    pub unchanged: usize,
    pub(super) steps: Vec<Step>,
    /// Steps for the end: whoever is an administrator only then was not one if anything failed before.
    pub(super) last: Vec<Step>,
}

impl Plan {
    pub(super) fn add(
        &mut self,
        action: Action,
        kind: &'static str,
        id: &str,
        members: Vec<Member>,
        steps: impl IntoIterator<Item = Step>,
    ) {
        self.changes.push(Change { action, kind, id: id.to_owned(), members });
        self.steps.extend(steps);
    }

    /// How many of the changes are of this kind.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }
}

/// One call of a flow: each is a write of its own, and says in the audit trail what it did.
pub(super) enum Step {
    MakeAccount { name: String, email: String, password: Option<Zeroizing<String>> },
    SetAdmin { name: String, id: Option<Uuid>, is_admin: bool },
    MakeScope { name: String, words: ScopeChange },
    ChangeScope { name: String, words: ScopeChange },
    RemoveScope { name: String },
    MakeClient { id: String, change: Box<ClientChange>, secret: Option<PlainToken> },
    ChangeClient { id: String, change: Box<ClientChange>, shows_secret: bool },
    BringSecret { id: String, secret: PlainToken },
    RemoveClient { id: String },
    MakeProject { name: String, owner: String, is_public: bool },
    ChangeProject { name: String, id: Uuid, is_public: bool },
    SetMember { project: String, id: Option<Uuid>, who: String, role: Role },
    RemoveMember { project: String, id: Uuid, who: String, user: Uuid },
    RemoveProject { name: String, id: Uuid },
}

impl Step {
    /// What it is about, for messages.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::MakeAccount { name, .. } | Self::SetAdmin { name, .. } => at("administrators", name),
            Self::MakeScope { name, .. } | Self::ChangeScope { name, .. } | Self::RemoveScope { name } => {
                at("scopes", name)
            }
            Self::MakeClient { id, .. }
            | Self::ChangeClient { id, .. }
            | Self::BringSecret { id, .. }
            | Self::RemoveClient { id } => at("clients", id),
            Self::MakeProject { name, .. }
            | Self::ChangeProject { name, .. }
            | Self::RemoveProject { name, .. } => at("projects", name),
            Self::SetMember { project, who, .. } | Self::RemoveMember { project, who, .. } => {
                format!("{}, {}", at("projects", project), who.escape_debug())
            }
        }
    }
}

/// Why there is no plan, or no end of it.
pub(super) enum Halt {
    Refused(String),
    Broken(FlowError),
}

impl From<FlowError> for Halt {
    fn from(error: FlowError) -> Self {
        Self::Broken(error)
    }
}

impl From<StorageError> for Halt {
    fn from(error: StorageError) -> Self {
        Self::Broken(error.into())
    }
}

pub(super) type Judged<T> = Result<T, Halt>;

/// Stops, at a place in the file.
pub(super) fn refuse<T>(place: &str, reason: impl Display) -> Judged<T> {
    Err(Halt::Refused(format!("{place}: {reason}")))
}

/// A place in the file, as TOML writes it.
pub(super) fn at(table: &str, name: &str) -> String {
    let bare =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if bare { format!("{table}.{name}") } else { format!("{table}.\"{}\"", name.escape_debug()) }
}
