//! Owns the rotation of signing keys: by itself, when somebody asks for it, and at once when a key was given away (contract
//! §14; security ).
//!
//! The times of `oauth/jwks.rs` do the rest: a step here is one row that comes, goes or loses its trust. Keys are made before
//! the write, and the write looks again whether they are wanted.

mod held;

use std::sync::Arc;

use serde::Serialize;

use super::actor::{Acting, Actor, Trace};
use super::error::FlowError;
use super::node::{Node, event};
use super::stop::{self, Stop};
use crate::clock::UnixTime;
use crate::crypto::signing_keys::{SigningAlgorithm, SigningKey, StoredSigningKey};
pub use crate::oauth::jwks::State;
use crate::oauth::jwks::{self, KeyLife};
use crate::storage::audit_event::Kind;
use crate::storage::revocation::{self, Subject};
use crate::storage::{DbConnection, StorageError, signing_key};
pub use held::Keys;

/// A key, and where it is in its life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its name and stored times.
    pub life: KeyLife,
    /// Where it is in its life now.
    pub state: State,
    /// When it stops, or stopped, signing; `None` while it has no successor.
    pub retired_at: Option<UnixTime>,
    /// When it goes; `None` while it has no successor.
    pub removed_at: Option<UnixTime>,
}

/// What revoking a key did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revoked {
    /// The key.
    pub kid: String,
    /// The key that takes its place, if it signed.
    pub replaced_by: Option<String>,
}

/// Why nothing was done. The text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyRefusal {
    /// The credential does not allow it: 403.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// There is no such key: 404.
    #[error("there is no signing key {}: see `portcullis signing-key list`", .0.escape_debug())]
    Unknown(String),
}

/// Every key, oldest first.
///
/// # Errors
/// The store is away.
pub async fn list(node: &Node) -> Result<Vec<Listed>, FlowError> {
    let now = node.clock.now();
    let all = lives(node).await?;
    let look = |life: &KeyLife| Listed {
        state: life.state(&all, now),
        retired_at: life.retired_at(&all),
        removed_at: life.removed_at(&all),
        life: life.clone(),
    };
    Ok(all.iter().map(look).collect())
}

/// Makes the next key of every algorithm; one that waits already stays the one. Answers the keys that wait, with the time
/// from which each signs.
///
/// # Errors
/// The store is away.
pub async fn rotate(
    node: &Node,
    actor: Actor<'_>,
) -> Result<Result<Vec<Listed>, SigningKeyRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    let all = lives(node).await?;
    let missing = jwks::algorithms(&all).into_iter().filter(|a| jwks::next(&all, a, now).is_none());
    let made = generate(node, missing.collect()).await?;
    let done = stop::write(node, move |c| {
        by.administers(c, now, SigningKeyRefusal::NotAllowed)?;
        signing_key::lock(c)?;
        let all = read(c)?;
        let mut subjects = Vec::new();
        for key in made.iter().filter(|key| jwks::next(&all, key.algorithm.as_str(), now).is_none()) {
            subjects.push(add(c, key, now, now.plus_seconds(jwks::LEAD_SECONDS), &by.trace)?);
        }
        revocation::record(c, &subjects, now)?;
        Ok(((), subjects))
    });
    if let Err(refusal) = done.await? {
        return Ok(Err(refusal));
    }
    Ok(Ok(list(node).await?.into_iter().filter(|key| key.state == State::Next).collect()))
}

/// Takes the trust from a key that somebody else may have: it is published no more, what it signed is refused on every node
/// within the bound of contract §6, and if it signed a new one does so at once: the first of its algorithm, whose time has not come, is
/// replaced by one that has as much time before it. One that is revoked already stays so.
///
/// # Errors
/// The store is away.
pub async fn revoke(
    node: &Node,
    actor: Actor<'_>,
    kid: &str,
) -> Result<Result<Revoked, SigningKeyRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    let unknown = || SigningKeyRefusal::Unknown(kid.to_owned());
    let all = lives(node).await?;
    let Some(found) = all.iter().find(|key| key.kid == kid) else { return Ok(Err(unknown())) };
    // A key that waits may sign by the time of the write.
    let may_sign = matches!(found.state(&all, now), State::Active | State::Next);
    let made = generate(node, may_sign.then_some(found.algorithm).into_iter().collect()).await?;
    let (kid, refusal) = (kid.to_owned(), unknown());
    stop::write(node, move |c| {
        by.administers(c, now, SigningKeyRefusal::NotAllowed)?;
        signing_key::lock(c)?;
        let all = read(c)?;
        let Some(key) = all.iter().find(|key| key.kid == kid) else {
            return Err(Stop::Refused(refusal.clone()));
        };
        let (signs, mut replaced_by) = (key.state(&all, now) == State::Active, None);
        // The first of its algorithm may wait for its time: then so does what takes its place.
        let from = if key.active_at <= now { now } else { now.plus_seconds(jwks::LEAD_SECONDS) };
        if !signing_key::revoke(c, &kid, now)? {
            return Ok((Revoked { kid: kid.clone(), replaced_by }, Vec::new()));
        }
        record(c, Kind::SigningKeyRevoked, key.algorithm, &kid, now, &by.trace)?;
        let mut subjects = vec![Subject::SigningKey(kid.clone())];
        for new in made.iter().filter(|_| signs) {
            subjects.push(add(c, new, now, from, &by.trace)?);
            replaced_by = Some(new.kid.clone());
        }
        revocation::record(c, &subjects, now)?;
        Ok((Revoked { kid: kid.clone(), replaced_by }, subjects))
    })
    .await
}

/// What housekeeping does: makes the next key of an algorithm when it is time, and removes keys of which no token is left.
/// Nodes that do it at once do it once. Returns how many keys came or went.
///
/// # Errors
/// The store is away.
pub async fn keep(node: &Node) -> Result<usize, FlowError> {
    let (now, lifetime) = (node.clock.now(), node.policy.signing_key_lifetime);
    let all = lives(node).await?;
    let due: Vec<_> =
        jwks::algorithms(&all).into_iter().filter(|a| jwks::is_due(&all, a, lifetime, now)).collect();
    if due.is_empty() && !all.iter().any(|key| key.is_over(&all, now)) {
        return Ok(0);
    }
    let made = generate(node, due).await?;
    node.revoke(move |c| {
        signing_key::lock(c)?;
        let (all, trace) = (read(c)?, Trace::server());
        let mut subjects = Vec::new();
        for key in made.iter().filter(|key| jwks::is_due(&all, key.algorithm.as_str(), lifetime, now)) {
            subjects.push(add(c, key, now, now.plus_seconds(jwks::LEAD_SECONDS), &trace)?);
        }
        for key in all.iter().filter(|key| key.is_over(&all, now)) {
            signing_key::remove(c, &key.kid)?;
            record(c, Kind::SigningKeyRemoved, key.algorithm, &key.kid, now, &trace)?;
            subjects.push(Subject::SigningKey(key.kid.clone()));
        }
        revocation::record(c, &subjects, now)?;
        Ok((subjects.len(), subjects))
    })
    .await
}

/// Sees to it that each of `algorithms` has a key. A server asks this of all before it is ready, so that whatever a client
/// chooses later was published long before. Nodes and requests that do it at once make one key each.
///
/// # Errors
/// The store is away.
pub async fn ensure(node: &Node, algorithms: &[SigningAlgorithm]) -> Result<(), FlowError> {
    let missing =
        || algorithms.iter().filter(|a| !node.keys.has(**a)).map(|a| a.as_str()).collect::<Vec<_>>();
    if missing().is_empty() {
        return Ok(());
    }
    let _turn = node.keys.making.lock().await;
    let made = generate(node, missing()).await?;
    if made.is_empty() {
        return Ok(());
    }
    let now = node.clock.now();
    node.revoke(move |c| {
        signing_key::lock(c)?;
        let (present, trace) = (jwks::algorithms(&read(c)?), Trace::server());
        let mut subjects = Vec::new();
        for key in made.iter().filter(|key| !present.contains(&key.algorithm.as_str())) {
            subjects.push(add(c, key, now, now.plus_seconds(jwks::LEAD_SECONDS), &trace)?);
        }
        revocation::record(c, &subjects, now)?;
        Ok(((), subjects))
    })
    .await?;
    if !missing().is_empty() {
        // Another node was faster, and this one has not heard of it yet.
        let keys = Arc::clone(&node.keys);
        node.db.read(move |c| keys.reload(c)).await?;
    }
    Ok(())
}

/// Signs `claims` as a JWT of type `typ` by the key of `algorithm` whose time it is. Where the first one waits, as in the first
/// minutes of an installation, it signs nevertheless: its client takes no other algorithm.
///
/// # Errors
/// The store is away.
pub(super) async fn sign_as<T: Serialize>(
    node: &Node,
    typ: &str,
    algorithm: SigningAlgorithm,
    claims: &T,
) -> Result<String, FlowError> {
    ensure(node, &[algorithm]).await?;
    Ok(node.keys.sign_as(typ, algorithm, claims, node.clock.now())?)
}

async fn lives(node: &Node) -> Result<Vec<KeyLife>, FlowError> {
    Ok(node.db.read(read).await?)
}

fn read(c: &mut DbConnection) -> Result<Vec<KeyLife>, StorageError> {
    Ok(signing_key::list(c)?.into_iter().map(|row| row.life).collect())
}

/// An RSA key takes some 0.1 s: not on this thread, each on one of its own, and never inside a write.
async fn generate(node: &Node, algorithms: Vec<&'static str>) -> Result<Vec<StoredSigningKey>, FlowError> {
    let begin = |algorithm| {
        let sealing = Arc::clone(&node.keys.sealing);
        tokio::task::spawn_blocking(move || {
            SigningKey::generate(algorithm, &sealing).map(|(_, stored)| stored)
        })
    };
    let making: Vec<_> = algorithms.into_iter().filter_map(SigningAlgorithm::parse).map(begin).collect();
    let panicked = |_| FlowError::from(StorageError::Unavailable("making a key panicked".to_owned()));
    let mut made = Vec::new();
    for one in making {
        made.push(one.await.map_err(panicked)??);
    }
    Ok(made)
}

fn add(
    c: &mut DbConnection,
    key: &StoredSigningKey,
    now: UnixTime,
    active_at: UnixTime,
    trace: &Trace,
) -> Result<Subject, StorageError> {
    signing_key::insert(c, key, now, active_at)?;
    record(c, Kind::SigningKeyCreated, key.algorithm.as_str(), &key.kid, now, trace)?;
    Ok(Subject::SigningKey(key.kid.clone()))
}

fn record(
    c: &mut DbConnection,
    kind: Kind,
    algorithm: &str,
    kid: &str,
    now: UnixTime,
    trace: &Trace,
) -> Result<(), StorageError> {
    trace.with(format!("{algorithm} {kid}")).record(c, event(kind, now))
}
