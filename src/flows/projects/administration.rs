//! What administrators do with everybody's projects: look for them, and remove one (contract §1, §14).

use uuid::Uuid;

use super::super::actor::{Acting, Actor};
use super::super::error::FlowError;
use super::super::node::Node;
use super::super::stop;
use super::{By, ProjectRefusal, changed, insert, record, refuse};
use crate::account::project::{Project, validate_name};
use crate::crypto::random;
use crate::storage;
use crate::storage::audit_event::Kind;
pub use crate::storage::project::Search;
use crate::storage::revocation::Subject;

/// A project, and the id and user name of each who owns it.
pub struct Owned {
    /// The project.
    pub project: Project,
    /// The longest in it first.
    pub owners: Vec<(Uuid, String)>,
}

/// Projects of everybody, newest first: at most `limit`, older than `before`.
///
/// # Errors
/// The store is away.
pub async fn search(
    node: &Node,
    what: Search,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Owned>, FlowError> {
    let found = node.db.read(move |c| {
        let projects = storage::project::search(c, &what, before, limit)?;
        let ids: Vec<Uuid> = projects.iter().map(|project| project.id).collect();
        Ok((projects, storage::project::owners(c, &ids)?))
    });
    let (projects, owners) = found.await?;
    let of = |project: &Project| {
        let own = owners.iter().filter(|(id, ..)| *id == project.id);
        own.map(|(_, user, name)| (*user, name.clone())).collect()
    };
    Ok(projects.into_iter().map(|project| Owned { owners: of(&project), project }).collect())
}

/// Makes a project for somebody, unless there is one of this name. Of two who do that at once, the second is refused.
///
/// # Errors
/// The store is away.
pub async fn create_named(
    node: &Node,
    actor: Actor<'_>,
    owner: Uuid,
    name: &str,
    is_public: bool,
) -> Result<Result<Project, ProjectRefusal>, FlowError> {
    if let Err(reason) = validate_name(name) {
        return Ok(Err(ProjectRefusal::Invalid(reason.to_owned())));
    }
    let (by, now) = (By::of(actor), node.clock.now());
    let project = Project { id: random::id(), name: name.to_owned(), is_public, created_at: now };
    stop::write(node, move |c| {
        by.acting.administers(c, now, ProjectRefusal::NotAllowed)?;
        storage::installation::hold(c)?;
        if !storage::project::named(c, &project.name)?.is_empty() {
            return refuse(ProjectRefusal::Invalid("there is a project of this name by now".to_owned()));
        }
        if storage::user::lock_enabled(c, owner)?.is_none() {
            return refuse(ProjectRefusal::UnknownUser);
        }
        insert(c, &by, &project, owner)?;
        Ok((project.clone(), Vec::new()))
    })
    .await
}

/// Removes somebody's project with its members and keys; the keys are dead at once.
///
/// # Errors
/// The store is away.
pub async fn delete(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
) -> Result<Result<(), ProjectRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        by.administers(c, now, ProjectRefusal::NotAllowed)?;
        if !storage::project::lock(c, id)? {
            return refuse(ProjectRefusal::Unknown);
        }
        record(c, &by.trace, Kind::ProjectDeleted, id, by.user, now)?;
        storage::project::delete(c, id)?;
        Ok(((), changed(c, vec![Subject::Project(id)], now)?))
    })
    .await
}
