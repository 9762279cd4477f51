//! Who is in a project: added, given another role, removed, leaving (contract §7, §9).

use uuid::Uuid;

use super::super::error::FlowError;
use super::super::node::{Node, event};
use super::super::stop;
use super::{Actor, By, ProjectRefusal, Step, changed, record, refuse};
use crate::account::project::{Member, Role};
use crate::account::user::LoginName;
use crate::clock::UnixTime;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::revocation::Subject;
use crate::storage::{self, DbConnection, api_key};

/// Makes `who` (a user name or an e-mail address) a member, or gives a member another role. Everybody's cached keys are
/// looked at again: a viewer's only read.
///
/// # Errors
/// The store is away.
pub async fn set_member(
    node: &Node,
    actor: Actor<'_>,
    project: Uuid,
    who: &str,
    role: Role,
) -> Result<Result<Member, ProjectRefusal>, FlowError> {
    put_member(node, actor, project, who, role, false).await
}

/// The same of somebody who is no member yet: who is one is not given another role in passing.
///
/// # Errors
/// The store is away.
pub async fn add_member(
    node: &Node,
    actor: Actor<'_>,
    project: Uuid,
    who: &str,
    role: Role,
) -> Result<Result<Member, ProjectRefusal>, FlowError> {
    put_member(node, actor, project, who, role, true).await
}

async fn put_member(
    node: &Node,
    actor: Actor<'_>,
    project: Uuid,
    who: &str,
    role: Role,
    is_new: bool,
) -> Result<Result<Member, ProjectRefusal>, FlowError> {
    let (by, name, now) = (By::of(actor), LoginName::parse(who), node.clock.now());
    stop::write(node, move |c| {
        manage_members(c, &by, project, now)?;
        let found = match &name {
            Some(name) => storage::user::find_by_login(c, name)?.map(|found| found.user),
            None => None,
        };
        let Some(user) = found else { return refuse(ProjectRefusal::UnknownUser) };
        let before = storage::project::role(c, project, user.id)?;
        if is_new && before.is_some() {
            return refuse(ProjectRefusal::MemberAlready);
        }
        if before == Some(Role::Owner) && role != Role::Owner {
            another_owner(c, project, user.id)?;
        }
        storage::project::set_member(c, project, user.id, role, now)?;
        let kind = if before.is_some() { Kind::MemberChanged } else { Kind::MemberAdded };
        record(c, &by.acting.trace.with(role.as_str()), kind, project, Some(user.id), now)?;
        let member = storage::project::members(c, project)?.into_iter().find(|m| m.user_id == user.id);
        let member =
            member.unwrap_or(Member { user_id: user.id, username: user.username, role, added_at: now });
        Ok((member, changed(c, vec![Subject::Project(project)], now)?))
    })
    .await
}

/// Removes a member; their keys of the project are dead at once, and for good. Anyone may leave.
///
/// # Errors
/// The store is away.
pub async fn remove_member(
    node: &Node,
    actor: Actor<'_>,
    project: Uuid,
    user: Uuid,
) -> Result<Result<(), ProjectRefusal>, FlowError> {
    let (by, now) = (By::of(actor), node.clock.now());
    stop::write(node, move |c| {
        if by.acting.user == Some(user) {
            by.hold(c, project, now)?;
        } else {
            manage_members(c, &by, project, now)?;
        }
        match storage::project::role(c, project, user)? {
            None => return refuse(ProjectRefusal::UnknownUser),
            Some(Role::Owner) => another_owner(c, project, user)?,
            Some(_) => {}
        }
        storage::project::remove_member(c, project, user)?;
        record(c, &by.acting.trace, Kind::MemberRemoved, project, Some(user), now)?;
        let mut subjects = vec![Subject::Project(project)];
        subjects.extend(end_keys(c, &by, project, user, now)?);
        Ok(((), changed(c, subjects, now)?))
    })
    .await
}

/// Logins and unbound keys manage members: who was let in stays when the key has ended.
fn manage_members(c: &mut DbConnection, by: &By, project: Uuid, now: UnixTime) -> Step<()> {
    by.manage(c, project, now)?;
    if by.acting.is_bound {
        return refuse(ProjectRefusal::NotAllowed(
            "a key with an expiry, networks or a rate limit cannot manage members: sign in to do that",
        ));
    }
    Ok(())
}

/// A project is never left without an owner.
fn another_owner(c: &mut DbConnection, project: Uuid, user: Uuid) -> Step<()> {
    let members = storage::project::members(c, project)?;
    if members.iter().any(|member| member.role == Role::Owner && member.user_id != user) {
        return Ok(());
    }
    refuse(ProjectRefusal::LastOwner)
}

fn end_keys(c: &mut DbConnection, by: &By, project: Uuid, user: Uuid, now: UnixTime) -> Step<Vec<Subject>> {
    let ended = api_key::revoke_of_member(c, project, user, now)?;
    for id in &ended {
        let (user_id, project_id, key_id) = (Some(user), Some(project), Some(*id));
        let audit = AuditEvent { user_id, project_id, key_id, ..event(Kind::KeyRevoked, now) };
        by.acting.trace.record(c, audit)?;
    }
    Ok(ended.into_iter().map(Subject::Key).collect())
}
