//! Projects and who is in them (contract §7, §9). Any person may make one, and owns it then.
//!
//! An owner manages the project and its members, an editor its keys, a viewer looks. `members` holds what changes who is in.

pub mod administration;
mod members;
#[cfg(test)]
mod tests;

use uuid::Uuid;

use super::actor::{Acting, Actor, Trace};
use super::error::FlowError;
use super::node::{Node, event};
use super::stop::{self, Stop};
use crate::account::access::{self, Access, ProjectPart};
use crate::account::credential::CredentialClass;
use crate::account::project::{Member, Project, Role, validate_name};
use crate::clock::UnixTime;
use crate::crypto::random;
use crate::oauth::scope;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::revocation::{self, Subject};
use crate::storage::{self, DbConnection, StorageError};

pub use self::members::{add_member, remove_member, set_member};

/// Why nothing was done. The text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectRefusal {
    /// What is asked for breaks a rule: 400.
    #[error("{0}")]
    Invalid(String),
    /// The credential does not allow it: 403.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// There is no such project, or none that may be seen: 404.
    #[error("there is no such project: see `portcullis project list`")]
    Unknown,
    /// Nobody has this name, or is a member: 404.
    #[error("there is no such person: see `portcullis user list`")]
    UnknownUser,
    /// Who is to be added is a member: 409.
    #[error("this person is a member already: change their role instead")]
    MemberAlready,
    /// It would leave the project without an owner: 409.
    #[error(
        "the last owner of a project cannot go: make somebody else an owner first, or delete the project"
    )]
    LastOwner,
}

type Step<T> = Result<T, Stop<ProjectRefusal>>;

const fn refuse<T>(refusal: ProjectRefusal) -> Step<T> {
    Err(Stop::Refused(refusal))
}

/// A project, and what somebody is in it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The project.
    pub project: Project,
    /// The role of who asks; `None` for a stranger, and for nobody.
    pub role: Option<Role>,
    is_anonymous: bool,
}

impl Seen {
    /// What who asks may have of it (contract §7).
    pub fn access(&self, part: ProjectPart) -> Access {
        access::project(self.project.is_public, self.is_anonymous, self.role, part)
    }
}

/// Makes a project; `owner` is its first member.
///
/// # Errors
/// The store is away.
pub async fn create(
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
    let done = stop::write(node, move |c| {
        if storage::user::lock_enabled(c, owner)?.is_none() {
            return refuse(ProjectRefusal::UnknownUser);
        }
        by.still_works(c, now)?;
        insert(c, &by, &project, owner)?;
        Ok((project.clone(), Vec::new()))
    });
    done.await
}

/// Stores a new project with its first member, and says so in the audit trail.
fn insert(c: &mut DbConnection, by: &By, project: &Project, owner: Uuid) -> Result<(), StorageError> {
    let now = project.created_at;
    storage::project::insert(c, project)?;
    storage::project::set_member(c, project.id, owner, Role::Owner, now)?;
    record(c, &by.acting.trace, Kind::ProjectCreated, project.id, Some(owner), now)
}

/// The project of this id, whoever asks.
///
/// # Errors
/// The store is away.
pub async fn find(node: &Node, id: Uuid) -> Result<Option<Project>, FlowError> {
    Ok(node.db.read(move |c| storage::project::find(c, id)).await?)
}

/// The project of this id as `actor` sees it, `None` being a stranger; ask [`Seen::access`] before anything of it is shown.
///
/// # Errors
/// The store is away.
pub async fn see(node: &Node, actor: Option<Actor<'_>>, id: Uuid) -> Result<Option<Seen>, FlowError> {
    let (who, is_anonymous) = (Who::of(actor), actor.is_none());
    let read = move |c: &mut DbConnection| {
        let project = storage::project::find(c, id)?;
        // Asked of a project that does not exist, too: a hidden one takes no longer (contract §7).
        let role = who.role(c, id)?;
        Ok(project.map(|project| Seen { project, role, is_anonymous }))
    };
    Ok(node.db.read(read).await?)
}

/// The projects that `actor` may see, newest first: the public ones and its own. A project's key has one of its own.
///
/// # Errors
/// The store is away.
pub async fn visible(
    node: &Node,
    actor: Option<Actor<'_>>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Project>, FlowError> {
    let who = Who::of(actor);
    let mine = match (who.user, who.confined_to) {
        (None, _) => storage::project::Mine::Nothing,
        (Some(user), None) => storage::project::Mine::OfMember(user),
        (Some(user), Some(project)) => storage::project::Mine::One { project, user },
    };
    Ok(node.db.read(move |c| storage::project::visible(c, mine, before, limit)).await?)
}

/// The projects that a person is in, with their role, newest first: at most `limit`, older than `before`.
///
/// # Errors
/// The store is away.
pub async fn mine(
    node: &Node,
    user: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Project, Role)>, FlowError> {
    Ok(node.db.read(move |c| storage::project::of_member(c, user, before, limit)).await?)
}

/// Every project, newest first, for the command line: at most `limit`, older than `before`.
///
/// # Errors
/// The store is away.
pub async fn list(node: &Node, before: Option<Uuid>, limit: i64) -> Result<Vec<Project>, FlowError> {
    let all = storage::project::Mine::Everything;
    Ok(node.db.read(move |c| storage::project::visible(c, all, before, limit)).await?)
}

/// Changes name and visibility, as far as they are given.
///
/// # Errors
/// The store is away.
pub async fn update(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
    name: Option<String>,
    is_public: Option<bool>,
) -> Result<Result<Project, ProjectRefusal>, FlowError> {
    if let Some(Err(reason)) = name.as_deref().map(validate_name) {
        return Ok(Err(ProjectRefusal::Invalid(reason.to_owned())));
    }
    let (by, now) = (By::of(actor), node.clock.now());
    stop::write(node, move |c| {
        let mut project = by.manage(c, id, now)?;
        project.name = name.clone().unwrap_or(project.name);
        project.is_public = is_public.unwrap_or(project.is_public);
        storage::project::update(c, &project)?;
        record(c, &by.acting.trace, Kind::ProjectUpdated, id, by.acting.user, now)?;
        Ok((project, changed(c, vec![Subject::Project(id)], now)?))
    })
    .await
}

/// Removes a project with its members and keys; the keys are dead at once.
///
/// # Errors
/// The store is away.
pub async fn delete(
    node: &Node,
    actor: Actor<'_>,
    id: Uuid,
) -> Result<Result<(), ProjectRefusal>, FlowError> {
    let (by, now) = (By::of(actor), node.clock.now());
    stop::write(node, move |c| {
        by.manage(c, id, now)?;
        record(c, &by.acting.trace, Kind::ProjectDeleted, id, by.acting.user, now)?;
        storage::project::delete(c, id)?;
        // Whatever hangs on its keys hangs on the project as well.
        Ok(((), changed(c, vec![Subject::Project(id)], now)?))
    })
    .await
}

/// Everybody in a project, the oldest member first.
///
/// # Errors
/// The store is away.
pub async fn members(node: &Node, id: Uuid) -> Result<Vec<Member>, FlowError> {
    Ok(node.db.read(move |c| storage::project::members(c, id)).await?)
}

/// Who asks, kept for the time of a query.
#[derive(Clone, Copy)]
struct Who {
    user: Option<Uuid>,
    /// A project's key acts in that project alone.
    confined_to: Option<Uuid>,
}

impl Who {
    fn of(actor: Option<Actor<'_>>) -> Self {
        match actor {
            None | Some(Actor::Operator) => Self { user: None, confined_to: None },
            Some(Actor::Holder { identity, .. }) => {
                Self { user: identity.user_id, confined_to: identity.project_id() }
            }
            Some(Actor::Browser { signed_in, .. }) => {
                Self { user: Some(signed_in.user.id), confined_to: None }
            }
        }
    }

    fn role(self, c: &mut DbConnection, project: Uuid) -> Result<Option<Role>, StorageError> {
        match (self.user, self.confined_to) {
            (Some(_), Some(own)) if own != project => Ok(None),
            (Some(user), _) => storage::project::role(c, project, user),
            (None, _) => Ok(None),
        }
    }
}

/// On whose behalf a project is managed.
#[derive(Clone)]
struct By {
    acting: Acting,
    who: Who,
    /// Whether it is a credential that may manage projects at all.
    manages: bool,
}

impl By {
    fn of(actor: Actor<'_>) -> Self {
        let who = Who::of(Some(actor));
        let manages = match actor {
            Actor::Operator | Actor::Browser { .. } => true,
            Actor::Holder { identity, .. } => {
                let is_app = identity.class == CredentialClass::OAuth;
                !is_app && who.confined_to.is_none() && identity.scope.contains(scope::WRITE)
            }
        };
        Self { acting: Acting::of(actor), who, manages }
    }

    fn still_works(&self, c: &mut DbConnection, now: UnixTime) -> Step<()> {
        match self.acting.ended(c, now)? {
            None => Ok(()),
            Some(reason) => refuse(ProjectRefusal::NotAllowed(reason)),
        }
    }

    /// Holds the project and, checked again, the credential until the end of the transaction; with the role in it.
    fn hold(&self, c: &mut DbConnection, id: Uuid, now: UnixTime) -> Step<(Project, Option<Role>)> {
        storage::project::lock(c, id)?;
        let Some(project) = storage::project::find(c, id)? else { return refuse(ProjectRefusal::Unknown) };
        if self.acting.is_operator() {
            return Ok((project, None));
        }
        let Some(role) = self.who.role(c, id)? else {
            return refuse(if project.is_public {
                ProjectRefusal::NotAllowed("only its members can do this to a project")
            } else {
                ProjectRefusal::Unknown
            });
        };
        if !self.manages {
            return refuse(ProjectRefusal::NotAllowed(
                "managing a project takes a login or an account key with the scope write",
            ));
        }
        self.still_works(c, now)?;
        Ok((project, Some(role)))
    }

    /// The project, if who asks may manage it.
    fn manage(&self, c: &mut DbConnection, id: Uuid, now: UnixTime) -> Step<Project> {
        match self.hold(c, id, now)? {
            (project, Some(Role::Owner)) => Ok(project),
            (project, _) if self.acting.is_operator() => Ok(project),
            _ => refuse(ProjectRefusal::NotAllowed("only an owner can manage a project and its members")),
        }
    }
}

fn record(
    c: &mut DbConnection,
    trace: &Trace,
    kind: Kind,
    project: Uuid,
    user: Option<Uuid>,
    now: UnixTime,
) -> Result<(), StorageError> {
    let named = storage::project::find(c, project)?;
    let trace = named.map_or_else(|| trace.clone(), |found| trace.about(&found.name));
    trace.record(c, AuditEvent { project_id: Some(project), user_id: user, ..event(kind, now) })
}

/// Makes every node look again.
fn changed(
    c: &mut DbConnection,
    subjects: Vec<Subject>,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    revocation::record(c, &subjects, now)?;
    Ok(subjects)
}
