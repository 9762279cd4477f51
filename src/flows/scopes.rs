//! Owns the operator's scopes: registered by command, page or file, or declared by the setting `scopes`; what people read of
//! them, and who has them (RFC 6749 §3.3; decision 0018).

mod held;
mod holders;

use std::collections::{BTreeMap, BTreeSet};

use super::actor::{Acting, Actor};
use super::error::FlowError;
use super::node::{Node, event};
use super::stop::{self, Stop};
use crate::account::visible_name::has_unseen;
use crate::clock::UnixTime;
use crate::oauth::client::Client;
use crate::oauth::parameters::Parameters;
use crate::oauth::registered_scope::{self, RegisteredScope, ScopeFault};
use crate::oauth::scope::{self, Scope};
use crate::storage::audit_event::Kind;
use crate::storage::revocation::{self, Subject};
pub use crate::storage::scope::KeyWith;
use crate::storage::{self, DbConnection, StorageError};
use crate::words;
pub use held::Scopes;
use holders::Whose;
pub(super) use holders::{Known, for_anybody, leave_for_anybody, missing, not_registered, refuse_unknown};

/// Keys, and clients, that are named where somebody looks at a scope or removes it.
pub const NAMED: usize = 20;

/// What is said of a scope.
#[derive(Clone, Default)]
pub struct ScopeChange {
    /// What everybody reads in whose language it is not said; `None`: as before.
    pub description: Option<String>,
    /// The same by language; an empty text takes one away, others stay.
    pub translations: BTreeMap<String, String>,
    /// Whether applications that nobody registered may ask for it, too; `None`: as before, and not at first.
    pub for_anybody: Option<bool>,
}

/// A scope of the operator's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its name and descriptions.
    pub scope: RegisteredScope,
    /// Whether the setting `scopes` names it: while it does, it cannot be taken from anybody.
    pub declared: bool,
    /// Whether it stands in the table, and not in the setting alone.
    pub registered: bool,
    /// How many clients may ask for it.
    pub clients: i64,
    /// How many keys have it.
    pub keys: i64,
}

/// Why nothing was done. The text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeRefusal {
    /// The name or a description is not allowed.
    #[error("{0}")]
    Invalid(ScopeFault),
    /// There is one of this name: 409.
    #[error("there is a scope {} already: `portcullis scope update` changes its descriptions", .0.escape_debug())]
    Taken(String),
    /// There is none of this name: 404.
    #[error("there is no scope {}: see `portcullis scope list`", .0.escape_debug())]
    Unknown(String),
    /// It is not in the table: 409.
    #[error("{} stands in the setting `scopes` only: change it there", .0.escape_debug())]
    Declared(String),
    /// The credential does not allow it: 403.
    #[error("{0}")]
    NotAllowed(&'static str),
}

/// The operator's scopes by name, without the built-in ones.
pub fn names(node: &Node) -> Vec<String> {
    known(node).into_keys().collect()
}

/// What a scope of the operator's lets its holder do, in this language if that is said.
pub fn describe(node: &Node, token: &str, language: &str) -> Option<String> {
    Some(known(node).get(token)?.describe(language).to_owned())
}

/// Whether there is such a scope, built in or the operator's.
pub fn exists(node: &Node, token: &str) -> bool {
    scope::BUILT_IN.contains(&token) || known(node).contains_key(token)
}

/// The parameters with what counts of the scope that `client` asks for.
pub(super) fn heeded(node: &Node, client: &Client, parameters: &Parameters) -> Parameters {
    let asked = parameters.get("scope").and_then(|text| Scope::parse(text).ok());
    asked.map_or_else(
        || parameters.clone(),
        |asked| parameters.with("scope", &client.heeded(&asked, |token| exists(node, token)).to_string()),
    )
}

/// Both sources in one: what is registered counts before what the setting says of the same name.
fn known(node: &Node) -> BTreeMap<String, RegisteredScope> {
    let registered = node.scopes.all();
    let declared = declared(node).into_iter().map(|scope| (scope.name.clone(), scope));
    declared.chain(registered.iter().map(|scope| (scope.name.clone(), scope.clone()))).collect()
}

fn declared(node: &Node) -> Vec<RegisteredScope> {
    let all = node.policy.scopes.iter().map(|(name, description)| RegisteredScope {
        name: name.clone(),
        description: description.clone(),
        translations: BTreeMap::new(),
        created_at: UnixTime::from_seconds(0),
        for_anybody: false,
    });
    all.collect()
}

/// Every scope of the operator's, with who has it.
///
/// # Errors
/// The store is away.
pub async fn list(node: &Node) -> Result<Vec<Listed>, FlowError> {
    let now = node.clock.now();
    let read = move |c: &mut DbConnection| {
        Ok((storage::scope::list(c)?, storage::scope::clients(c)?, storage::scope::keys(c, now)?))
    };
    let (registered, clients, keys) = node.db.read(read).await?;
    let declared = declared(node);
    let in_table: BTreeSet<String> = registered.iter().map(|scope| scope.name.clone()).collect();
    let in_setting: BTreeSet<String> = declared.iter().map(|scope| scope.name.clone()).collect();
    let all: BTreeMap<String, RegisteredScope> =
        declared.into_iter().chain(registered).map(|scope| (scope.name.clone(), scope)).collect();
    let count = |of: &BTreeMap<String, i64>, name: &str| of.get(name).copied().unwrap_or_default();
    let look = |(name, scope): (String, RegisteredScope)| Listed {
        declared: in_setting.contains(&name),
        registered: in_table.contains(&name),
        clients: count(&clients, &name),
        keys: count(&keys, &name),
        scope,
    };
    Ok(all.into_iter().map(look).collect())
}

/// One of them.
///
/// # Errors
/// The store is away.
pub async fn find(node: &Node, name: &str) -> Result<Option<Listed>, FlowError> {
    Ok(list(node).await?.into_iter().find(|one| one.scope.name == name))
}

/// The first clients by id that may ask for a scope; at most `limit`.
///
/// # Errors
/// The store is away.
pub async fn clients_with(node: &Node, name: &str, limit: usize) -> Result<Vec<String>, FlowError> {
    let name = name.to_owned();
    Ok(node.db.read(move |c| storage::scope::clients_with(c, &name, limit)).await?)
}

/// The oldest keys that have a scope, for who is about to remove it.
///
/// # Errors
/// The store is away.
pub async fn keys_with(node: &Node, name: &str) -> Result<Vec<KeyWith>, FlowError> {
    let (name, now) = (name.to_owned(), node.clock.now());
    Ok(node.db.read(move |c| storage::scope::keys_with(c, &name, now, NAMED)).await?)
}

/// Registers a scope. One that the setting names gets descriptions that count before the setting's.
///
/// # Errors
/// The store is away.
pub async fn add(
    node: &Node,
    actor: Actor<'_>,
    name: &str,
    said: ScopeChange,
) -> Result<Result<RegisteredScope, ScopeRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    let made = match described(name, said, None, now) {
        Ok(made) => made,
        Err(reason) => return Ok(Err(ScopeRefusal::Invalid(reason))),
    };
    let stored = made.clone();
    let done = stop::write(node, move |c| {
        by.administers(c, now, ScopeRefusal::NotAllowed)?;
        storage::scope::insert(c, &stored)?;
        Ok(((), changed(c, &by, &stored.name, Kind::ScopeCreated, now)?))
    });
    match done.await {
        Ok(done) => Ok(done.map(|()| made)),
        Err(FlowError::Storage(StorageError::Conflict)) => Ok(Err(ScopeRefusal::Taken(made.name))),
        Err(error) => Err(error),
    }
}

/// Changes what is said of a registered scope. One that is not for anybody any more is taken from who nobody registered.
///
/// # Errors
/// The store is away.
pub async fn update(
    node: &Node,
    actor: Actor<'_>,
    name: &str,
    said: ScopeChange,
) -> Result<Result<RegisteredScope, ScopeRefusal>, FlowError> {
    let (by, now, name) = (Acting::of(actor), node.clock.now(), name.to_owned());
    let absent = absent(node, &name);
    stop::write(node, move |c| {
        by.administers(c, now, ScopeRefusal::NotAllowed)?;
        let Some(before) = storage::scope::find(c, &name)? else {
            return Err(Stop::Refused(absent.clone()));
        };
        let after = described(&name, said.clone(), Some(&before), now)
            .map_err(|reason| Stop::Refused(ScopeRefusal::Invalid(reason)))?;
        if after == before {
            return Ok((after, Vec::new()));
        }
        storage::scope::update(c, &after)?;
        let mut subjects = changed(c, &by, &name, Kind::ScopeUpdated, now)?;
        if before.for_anybody && !after.for_anybody {
            holders::take(c, &by, (&name, Whose::Strangers), now, &mut subjects)?;
        }
        Ok((after, subjects))
    })
    .await
}

/// Removes a scope, and takes it from every client and out of what people allowed: nobody can ask for it any more, a refresh leaves it
/// out, and one of the same name is allowed anew. Access tokens have it until they end, keys until somebody changes them. Where
/// the setting names it too, it only loses its descriptions, and those that nobody registered. Returns the ids of the clients that had it.
///
/// # Errors
/// The store is away.
pub async fn remove(
    node: &Node,
    actor: Actor<'_>,
    name: &str,
) -> Result<Result<Vec<String>, ScopeRefusal>, FlowError> {
    let (by, now, name) = (Acting::of(actor), node.clock.now(), name.to_owned());
    let stays = node.policy.scopes.iter().any(|(declared, _)| *declared == name);
    let absent = absent(node, &name);
    stop::write(node, move |c| {
        by.administers(c, now, ScopeRefusal::NotAllowed)?;
        // From here on no client is registered for it: whoever was about to is waited for.
        if !storage::scope::delete(c, &name)? {
            return Err(Stop::Refused(absent.clone()));
        }
        let mut subjects = changed(c, &by, &name, Kind::ScopeRemoved, now)?;
        let whose = if stays { Whose::Strangers } else { Whose::All };
        let ids = holders::take(c, &by, (&name, whose), now, &mut subjects)?;
        if !stays {
            subjects.extend(storage::scope::forget(c, &name, now)?);
        }
        Ok((ids, subjects))
    })
    .await
}

/// Why there is none of this name in the table.
fn absent(node: &Node, name: &str) -> ScopeRefusal {
    if node.policy.scopes.iter().any(|(declared, _)| declared == name) {
        ScopeRefusal::Declared(name.to_owned())
    } else {
        ScopeRefusal::Unknown(name.to_owned())
    }
}

/// What is said, put over what there is, and judged.
pub(super) fn described(
    name: &str,
    said: ScopeChange,
    before: Option<&RegisteredScope>,
    now: UnixTime,
) -> Result<RegisteredScope, ScopeFault> {
    registered_scope::validate_name(name)?;
    let mut scope = before.cloned().unwrap_or_else(|| RegisteredScope {
        name: name.to_owned(),
        description: String::new(),
        translations: BTreeMap::new(),
        created_at: now,
        for_anybody: false,
    });
    scope.description = said.description.unwrap_or(scope.description);
    scope.for_anybody = said.for_anybody.unwrap_or(scope.for_anybody);
    for (language, text) in said.translations {
        if text.is_empty() {
            scope.translations.remove(&language);
        } else {
            scope.translations.insert(language, text);
        }
    }
    scope.validate(words::languages())?;
    // It is what people decide by on the pages that ask them.
    if has_unseen(&scope.description) {
        return Err(ScopeFault::Unseen(None));
    }
    match scope.translations.iter().find(|(_, text)| has_unseen(text)) {
        Some((language, _)) => Err(ScopeFault::Unseen(Some(language.clone()))),
        None => Ok(scope),
    }
}

/// The names that the setting `scopes` has.
pub(super) fn in_setting(node: &Node) -> Vec<String> {
    node.policy.scopes.iter().map(|(name, _)| name.clone()).collect()
}

/// Audits a change and makes every node read the scopes again.
fn changed(
    c: &mut DbConnection,
    by: &Acting,
    name: &str,
    kind: Kind,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    by.trace.with(name).record(c, event(kind, now))?;
    let subjects = vec![Subject::Scope(name.to_owned())];
    revocation::record(c, &subjects, now)?;
    Ok(subjects)
}

#[cfg(test)]
mod tests;
