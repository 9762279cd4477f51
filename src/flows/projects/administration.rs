//! What administrators do with everybody's projects: look for them, and remove one (contract §1, §14).

use uuid::Uuid;

use super::super::actor::{Acting, Actor};
use super::super::error::FlowError;
use super::super::node::Node;
use super::super::stop;
use super::{ProjectRefusal, changed, record, refuse};
use crate::account::project::Project;
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
        storage::project::lock(c, id)?;
        if !storage::project::delete(c, id)? {
            return refuse(ProjectRefusal::Unknown);
        }
        record(c, &by.trace, Kind::ProjectDeleted, id, by.user, now)?;
        Ok(((), changed(c, vec![Subject::Project(id)], now)?))
    })
    .await
}
