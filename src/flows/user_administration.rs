//! Owns what administrators do with people's accounts beside making them and switching them off: look for them, make
//! administrators of them, sign them out everywhere (contract §1, §14; security §3, 60).

use uuid::Uuid;

use super::actor::{Acting, Actor};
use super::error::FlowError;
use super::node::Node;
use super::stop::{self, Stop};
use super::users::{LOGIN_ONLY, UserRefusal, about, changed, end_everything, refuse, switch};
use crate::account::user::{User, canonical};
use crate::storage;
use crate::storage::audit_event::Kind;
pub use crate::storage::user::Which;

/// Accounts by user name: at most `limit`, after the user name `after`. `text` is how a user name or an e-mail address
/// begins; what no name can begin with finds nobody.
///
/// # Errors
/// The store is away.
pub async fn search(
    node: &Node,
    which: Which,
    text: Option<&str>,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<User>, FlowError> {
    let prefix = match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => match canonical(text) {
            Some(prefix) => Some(prefix),
            None => return Ok(Vec::new()),
        },
    };
    let after = after.and_then(|name| canonical(&name));
    let found =
        node.db.read(move |c| storage::user::search(c, which, prefix.as_deref(), after.as_deref(), limit));
    Ok(found.await?)
}

/// The user names of these accounts; those that are gone are left out.
///
/// # Errors
/// The store is away.
pub async fn names(node: &Node, mut ids: Vec<Uuid>) -> Result<Vec<(Uuid, String)>, FlowError> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(node.db.read(move |c| storage::user::names(c, &ids)).await?)
}

/// Makes an administrator of somebody, or takes that away; one that is so already is left alone. The last enabled
/// administrator stays one, but for the command line.
///
/// # Errors
/// The store is away.
pub async fn set_admin(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
    is_admin: bool,
) -> Result<Result<User, UserRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        // As for switching off: of two who take it from each other at once, the second finds it taken.
        let administrators = storage::user::lock_administrators(c)?;
        by.administers(c, now, UserRefusal::NotAllowed)?;
        let Some(mut user) = storage::user::find(c, id)? else {
            return refuse(UserRefusal::Unknown(id.to_string()));
        };
        if user.is_admin == is_admin {
            return Ok((user, Vec::new()));
        }
        if is_admin && !by.is_unbounded() {
            return refuse(LOGIN_ONLY);
        }
        if !is_admin && !by.is_operator() && administrators == [id] {
            return refuse(UserRefusal::LastAdministrator);
        }
        storage::user::set_admin(c, id, is_admin)?;
        let kind = if is_admin { Kind::AdministratorMade } else { Kind::AdministratorUnmade };
        by.trace.record(c, about(id, kind, now))?;
        user.is_admin = is_admin;
        let ((), subjects) = changed(c, id, now)?;
        Ok((user, subjects))
    })
    .await
}

/// Switches several accounts off, all or none of them; one that is off or gone already is left alone. Nobody switches
/// themselves off by the way: so one administrator stays.
///
/// # Errors
/// The store is away.
pub async fn disable(
    node: &Node,
    actor: Actor<'_>,
    ids: Vec<Uuid>,
) -> Result<Result<(), UserRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        // As for switching off one. What is refused is refused before anything is written: a refusal undoes nothing.
        let administrators = storage::user::lock_administrators(c)?;
        by.administers(c, now, UserRefusal::NotAllowed)?;
        if by.user.is_some_and(|own| ids.contains(&own)) {
            return refuse(UserRefusal::Oneself);
        }
        if !by.is_operator() && administrators.iter().all(|id| ids.contains(id)) {
            return refuse(UserRefusal::LastAdministrator);
        }
        let mut subjects = Vec::new();
        for id in &ids {
            match switch(c, (&by, &administrators), *id, true, now) {
                Ok((_, changed)) => subjects.extend(changed),
                Err(Stop::Refused(UserRefusal::Unknown(_))) => {}
                Err(stop) => return Err(stop),
            }
        }
        Ok(((), subjects))
    })
    .await
}

/// Ends every session and every login of somebody; their keys stay.
///
/// # Errors
/// The store is away.
pub async fn sign_out_everywhere(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
) -> Result<Result<User, UserRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        by.administers(c, now, UserRefusal::NotAllowed)?;
        let Some(user) = storage::user::find(c, id)? else {
            return refuse(UserRefusal::Unknown(id.to_string()));
        };
        by.trace.record(c, about(id, Kind::UserSignedOut, now))?;
        let ((), subjects) = end_everything(c, id, now)?;
        Ok((user, subjects))
    })
    .await
}
