//! A person deletes their account: what goes, what stays, and what stands against it (security §3, 57, I6).
//!
//! The account goes with its keys, sign-ins, consents and the projects that nobody else is in. The audit trail stays.

use std::net::IpAddr;

use uuid::Uuid;

use super::actor::{Actor, Trace};
use super::error::FlowError;
use super::mail::{self, Notice};
use super::node::{Node, event};
use super::session::SignedIn;
use super::stop::{self, Stop};
use super::users;
use crate::account::project::{Member, Project, Role};
use crate::clock::UnixTime;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::revocation::{self, Subject};
use crate::storage::{self, DbConnection, StorageError};

/// What happens to the projects that somebody is in when they go.
#[derive(Default)]
pub struct Projects {
    /// Nobody else is in these: they go, with their keys.
    pub gone: Vec<Project>,
    /// Others are, but no other owner: these stand against it.
    pub orphaned: Vec<Project>,
    /// These lose a member.
    pub left: Vec<Project>,
}

/// What a deletion would do.
pub struct Consequences {
    /// To projects.
    pub projects: Projects,
    /// Whether nobody would be left to administer the server.
    pub is_last_administrator: bool,
}

impl Consequences {
    /// Whether nothing stands against it.
    pub const fn is_possible(&self) -> bool {
        self.projects.orphaned.is_empty() && !self.is_last_administrator
    }
}

/// Why the account is still there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeletionRefusal {
    /// What was typed is not the user name.
    WrongName,
    /// Nobody would be left to administer the server.
    LastAdministrator,
    /// A project with other members would be left without an owner.
    OnlyOwner,
    /// The browser was signed out, or the account disabled, meanwhile.
    SignedOut,
}

/// What would happen if `user` deleted their account now.
///
/// # Errors
/// The store is away.
pub async fn foresee(node: &Node, user: Uuid) -> Result<Consequences, FlowError> {
    let read = move |c: &mut DbConnection| {
        let administrators = storage::user::administrators(c)?;
        let is_last_administrator = administrators == [user];
        Ok(Consequences { projects: projects(c, user)?, is_last_administrator })
    };
    Ok(node.db.read(read).await?)
}

/// Deletes the account. Its keys and tokens are refused everywhere within the bound (decision 0004).
///
/// # Errors
/// The store is away.
pub async fn delete(
    node: &Node,
    signed_in: &SignedIn,
    typed: &str,
    address: IpAddr,
) -> Result<Result<(), DeletionRefusal>, FlowError> {
    let (user, session) = (signed_in.user.id, signed_in.session.id);
    if typed != signed_in.user.username {
        return Ok(Err(DeletionRefusal::WrongName));
    }
    let now = node.clock.now();
    let notice = mail::notice(node, &signed_in.user, Notice::AccountDeleted).await?;
    let by = Trace::of(Actor::Browser { signed_in, address });
    stop::write(node, move |c| {
        // Of two administrators who go at once, the second sees that the first has gone.
        let administrators = storage::user::lock_administrators(c)?;
        if storage::user::lock_enabled(c, user)?.is_none() || !storage::session::lock_live(c, session, now)? {
            return Err(Stop::Refused(DeletionRefusal::SignedOut));
        }
        if administrators == [user] {
            return Err(Stop::Refused(DeletionRefusal::LastAdministrator));
        }
        for id in storage::project::ids_of_member(c, user)? {
            storage::project::lock(c, id)?;
        }
        let Projects { gone, orphaned, left } = projects(c, user)?;
        if !orphaned.is_empty() {
            return Err(Stop::Refused(DeletionRefusal::OnlyOwner));
        }
        let mut subjects = leave(c, &by, user, (gone, left), now)?;
        let ((), ended) = users::end_everything(c, user, now)?;
        subjects.extend(ended);
        storage::user::delete(c, user)?;
        mail::post(c, notice.as_ref())?;
        by.record(c, AuditEvent { user_id: Some(user), ..event(Kind::UserDeleted, now) })?;
        Ok(((), subjects))
    })
    .await
}

/// Removes the projects that are `gone`, and the person from those that are `left`.
fn leave(
    c: &mut DbConnection,
    by: &Trace,
    user: Uuid,
    (gone, left): (Vec<Project>, Vec<Project>),
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    let mut subjects = Vec::new();
    let gone = gone.into_iter().map(|project| (project.id, Kind::ProjectDeleted));
    let left = left.into_iter().map(|project| (project.id, Kind::MemberRemoved));
    for (id, kind) in gone.chain(left) {
        if kind == Kind::ProjectDeleted {
            storage::project::delete(c, id)?;
        }
        let audit = AuditEvent { project_id: Some(id), user_id: Some(user), ..event(kind, now) };
        by.record(c, audit)?;
        subjects.push(Subject::Project(id));
    }
    revocation::record(c, &subjects, now)?;
    Ok(subjects)
}

fn projects(c: &mut DbConnection, user: Uuid) -> Result<Projects, StorageError> {
    let mut all = Projects::default();
    for id in storage::project::ids_of_member(c, user)? {
        let Some(project) = storage::project::find(c, id)? else { continue };
        let members = storage::project::members(c, id)?;
        let owns = |member: &Member| member.role == Role::Owner;
        let others = || members.iter().filter(|member| member.user_id != user);
        let is_owner = members.iter().any(|member| member.user_id == user && owns(member));
        match (others().next().is_none(), is_owner && !others().any(owns)) {
            (true, _) => all.gone.push(project),
            (false, true) => all.orphaned.push(project),
            (false, false) => all.left.push(project),
        }
    }
    Ok(all)
}
