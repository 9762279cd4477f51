//! The projects a file declares, by name, and who is in them.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::super::node::Node;
use super::super::{projects, users};
use super::NewNames;
use super::declaration::DeclaredProject;
use super::plan::{Action, Judged, Member, Plan, Step, at, refuse};
use crate::account::project::{Project, Role, validate_name};
use crate::account::user::User;
use crate::storage;

const KIND: &str = "project";

/// A person a project names.
struct Person<'a> {
    typed: &'a str,
    /// `None`: their account is made by this file.
    user: Option<User>,
}

/// Adds what is to be done about one of them.
pub(super) async fn plan(
    plan: &mut Plan,
    names: &NewNames,
    node: &Node,
    (name, said): (&str, &DeclaredProject),
) -> Judged<()> {
    let place = at("projects", name);
    if let Err(reason) = validate_name(name) {
        return refuse(&place, reason);
    }
    let own = name.to_owned();
    let found = node.db.read(move |c| storage::project::named(c, &own)).await?;
    if found.len() > 1 {
        return refuse(&place, "several projects have this name: give all but one another name first");
    }
    let found = found.into_iter().next();
    match (found, said.delete) {
        (None, true) => plan.unchanged += 1,
        (Some(project), true) => {
            let step = Step::RemoveProject { name: name.to_owned(), id: project.id };
            plan.add(Action::Remove, KIND, name, Vec::new(), [step]);
        }
        (found, false) => {
            let declared = people(names, node, &place, said).await?;
            match found {
                Some(project) => change(plan, node, (name, said), &project, declared).await?,
                None => make(plan, &place, (name, said), &declared)?,
            }
        }
    }
    Ok(())
}

fn make(
    plan: &mut Plan,
    place: &str,
    (name, said): (&str, &DeclaredProject),
    declared: &[(Person<'_>, Role)],
) -> Judged<()> {
    let is_public = said.public.unwrap_or_default();
    let Some((owner, _)) = declared.iter().find(|(_, role)| *role == Role::Owner) else {
        return refuse(place, "a new project needs one of `owners`");
    };
    if owner.user.as_ref().is_some_and(|user| user.disabled) {
        return refuse(place, format!("{}, its first owner, is switched off", owner.typed.escape_debug()));
    }
    let mut members = vec![Member::new("public", Value::Null, is_public)];
    let first = Step::MakeProject { name: name.to_owned(), owner: owner.typed.to_owned(), is_public };
    let mut steps = vec![first];
    for (person, role) in declared {
        members.push(Member::new(format!("members.{}", person.typed), Value::Null, role.as_str()));
        if person.typed != owner.typed {
            steps.push(set_member(name, None, person, *role));
        }
    }
    plan.add(Action::Make, KIND, name, members, steps);
    Ok(())
}

async fn change(
    plan: &mut Plan,
    node: &Node,
    (name, said): (&str, &DeclaredProject),
    project: &Project,
    declared: Vec<(Person<'_>, Role)>,
) -> Judged<()> {
    let place = at("projects", name);
    let present = projects::members(node, project.id).await?;
    let mut roles: BTreeMap<Option<Uuid>, Role> =
        present.iter().map(|member| (Some(member.user_id), member.role)).collect();
    let (mut members, mut steps) = (Vec::new(), Vec::new());
    if let Some(is_public) = said.public.filter(|said| *said != project.is_public) {
        members.push(Member::new("public", project.is_public, is_public));
        steps.push(Step::ChangeProject { name: name.to_owned(), id: project.id, is_public });
    }
    for (person, role) in &declared {
        let id = person.user.as_ref().map(|user| user.id);
        let was = id.and_then(|id| roles.get(&Some(id)).copied());
        roles.insert(id, *role);
        if was != Some(*role) {
            let was = was.map_or(Value::Null, |role| role.as_str().into());
            members.push(Member::new(format!("members.{}", person.typed), was, role.as_str()));
            steps.push(set_member(name, Some(project.id), person, *role));
        }
    }
    for who in &said.remove {
        let Ok(user) = users::find(node, who).await? else { continue };
        if declared.iter().any(|(person, _)| person.user.as_ref().is_some_and(|own| own.id == user.id)) {
            return refuse(&place, format!("{} is named as a member and under remove", who.escape_debug()));
        }
        let Some(was) = roles.remove(&Some(user.id)) else { continue };
        members.push(Member::new(format!("members.{who}"), was.as_str(), Value::Null));
        let (project_name, id) = (name.to_owned(), project.id);
        let who = who.clone();
        steps.push(Step::RemoveMember { project: project_name, id, who, user: user.id });
    }
    if !roles.values().any(|role| *role == Role::Owner) {
        return refuse(&place, "a project is never left without an owner: name another under `owners`");
    }
    if members.is_empty() {
        plan.unchanged += 1;
    } else {
        plan.add(Action::Change, KIND, name, members, steps);
    }
    Ok(())
}

fn set_member(project: &str, id: Option<Uuid>, person: &Person<'_>, role: Role) -> Step {
    Step::SetMember { project: project.to_owned(), id, who: person.typed.to_owned(), role }
}

/// Everybody the file names as a member, owners first, so that there is always one.
async fn people<'a>(
    names: &NewNames,
    node: &Node,
    place: &str,
    said: &'a DeclaredProject,
) -> Judged<Vec<(Person<'a>, Role)>> {
    let mut all: Vec<(Person<'a>, Role)> = Vec::new();
    for (list, role) in
        [(&said.owners, Role::Owner), (&said.editors, Role::Editor), (&said.viewers, Role::Viewer)]
    {
        for typed in list {
            let user = users::find(node, typed).await?.ok();
            if user.is_none() && !names.contains(typed) {
                let reason = "there is no such person, and the file makes none: see `portcullis user list`";
                return refuse(place, format!("{}: {reason}", typed.escape_debug()));
            }
            let is_same = |(other, _): &(Person<'_>, Role)| match (&other.user, &user) {
                (Some(one), Some(two)) => one.id == two.id,
                (None, None) => other.typed == typed,
                _ => false,
            };
            if all.iter().any(is_same) {
                return refuse(place, format!("{} is named twice", typed.escape_debug()));
            }
            all.push((Person { typed, user }, role));
        }
    }
    Ok(all)
}
