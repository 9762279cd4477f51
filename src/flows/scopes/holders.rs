//! Owns who may have a scope of the operator's: what is asked before it is given to a client or a key, and what becomes of that when
//! it goes (decision 0018).

use super::super::actor::Acting;
use super::super::clients;
use super::super::node::Node;
use crate::clock::UnixTime;
use crate::oauth::client::Client;
use crate::oauth::client_fault::{ClientFault, Rule};
use crate::oauth::scope::{self, Scope};
use crate::storage::audit_event::Kind;
use crate::storage::revocation::Subject;
use crate::storage::{self, DbConnection, StorageError};

/// Why a client may not be registered for `wanted`, if nobody registered one of it; what it `had` already is not asked. What is
/// registered stays so until the end of the transaction.
pub(in super::super) fn refuse_unknown(
    c: &mut DbConnection,
    declared: &[String],
    wanted: &Scope,
    had: &Scope,
) -> Result<Option<ClientFault>, StorageError> {
    let asked: Scope = wanted.iter().filter(|token| !had.contains(token)).collect();
    let fault =
        |token: String| ClientFault::new("scope", Rule::ScopeUnknown, not_registered(&token)).about(&token);
    Ok(missing(c, declared, &asked)?.map(fault))
}

/// The first of `wanted` that there is not: neither built in nor `declared` in the setting nor registered. What is registered stays
/// so until the end of the transaction.
pub(in super::super) fn missing(
    c: &mut DbConnection,
    declared: &[String],
    wanted: &Scope,
) -> Result<Option<String>, StorageError> {
    let asked = operators(wanted);
    if asked.is_empty() {
        return Ok(None);
    }
    let registered = storage::scope::hold(c, &asked)?;
    let is_there = |token: &str| {
        declared.iter().any(|name| name == token) || registered.iter().any(|scope| scope.name == token)
    };
    Ok(asked.into_iter().find(|token| !is_there(token)).map(str::to_owned))
}

/// What has to be there still when a scope is given away: the part of it that this node knew of before the write.
pub(in super::super) struct Known {
    declared: Vec<String>,
    scope: Scope,
}

impl Known {
    /// Of `scope`, what there is as this node knows.
    pub(in super::super) fn of(node: &Node, scope: &Scope) -> Self {
        let is_known = |token: &&str| super::exists(node, token);
        Self { declared: super::in_setting(node), scope: scope.iter().filter(is_known).collect() }
    }

    /// Whether nobody removed any of it meanwhile, on whichever node; it stays until the end of the transaction. Whoever takes
    /// other rows asks this first, as who removes a scope holds it before them.
    pub(in super::super) fn is_there(&self, c: &mut DbConnection) -> Result<bool, StorageError> {
        Ok(missing(c, &self.declared, &self.scope)?.is_none())
    }
}

fn operators(scope: &Scope) -> Vec<&str> {
    scope.iter().filter(|token| !scope::BUILT_IN.contains(token)).collect()
}

/// What is said of a scope that nobody registered.
pub(in super::super) fn not_registered(token: &str) -> String {
    format!(
        "a scope is registered before a client may ask for it, and {token} is not: \
         `portcullis scope add {token} --description TEXT`"
    )
}

/// The operator's scopes that applications which nobody registered may ask for.
pub(in super::super) fn for_anybody(node: &Node) -> Vec<String> {
    let all = node.scopes.all();
    all.iter().filter(|scope| scope.for_anybody).map(|scope| scope.name.clone()).collect()
}

/// Leaves a client that nobody registered what anybody may ask for; that stays so until the end of the transaction.
pub(in super::super) fn leave_for_anybody(
    c: &mut DbConnection,
    client: &mut Client,
) -> Result<(), StorageError> {
    let asked = operators(&client.scope);
    if asked.is_empty() {
        return Ok(());
    }
    let registered = storage::scope::hold(c, &asked)?;
    let is_open = |token: &&str| {
        scope::BUILT_IN.contains(token)
            || registered.iter().any(|scope| scope.for_anybody && scope.name == *token)
    };
    client.scope = client.scope.iter().filter(is_open).collect();
    Ok(())
}

/// Whose a scope is taken from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Every client.
    All,
    /// Those that nobody registered.
    Strangers,
}

/// Takes a scope from clients; returns their ids.
pub(super) fn take(
    c: &mut DbConnection,
    by: &Acting,
    (name, whose): (&str, Whose),
    now: UnixTime,
    subjects: &mut Vec<Subject>,
) -> Result<Vec<String>, StorageError> {
    let mut ids = Vec::new();
    for id in storage::scope::clients_with(c, name, usize::MAX)? {
        let Some(mut record) = storage::client::lock(c, &id)? else { continue };
        let is_meant = whose == Whose::All || record.client.metadata.is_unchecked();
        if !is_meant || !record.client.scope.contains(name) {
            continue;
        }
        record.client.scope = record.client.scope.without(name);
        record.client.default_scope = record.client.default_scope.without(name);
        storage::client::update(c, &record)?;
        subjects.extend(clients::changed(c, by, &id, Kind::ClientUpdated, now)?);
        ids.push(id);
    }
    Ok(ids)
}
