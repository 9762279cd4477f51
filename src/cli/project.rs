//! Owns `portcullis project …`: projects and who is in them (contract §7, §14).

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{Output, columns};
use super::{Failure, id, open};
use crate::account::project::{Project, Role};
use crate::config::Settings;
use crate::flows::Node;
use crate::flows::api_keys::Actor;
use crate::flows::projects::{self, ProjectRefusal};
use crate::flows::users;

/// Projects read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub(super) enum ProjectCommand {
    /// Make a project
    Create {
        /// What people call it
        name: String,
        /// User name or e-mail address of its first owner
        #[arg(long, value_name = "USER")]
        owner: String,
        /// Anybody may see that it exists
        #[arg(long)]
        public: bool,
    },
    /// Make somebody a member, or give a member another role
    AddMember {
        /// The project's id
        id: String,
        /// User name or e-mail address
        #[arg(long, value_name = "USER")]
        user: String,
        /// owner, editor or viewer
        #[arg(long, value_name = "ROLE", value_parser = role)]
        role: Role,
    },
    /// Remove a member; their keys of the project end at once
    RemoveMember {
        /// The project's id
        id: String,
        /// User name or e-mail address
        #[arg(long, value_name = "USER")]
        user: String,
    },
    /// List every project
    List,
}

pub(super) async fn run(
    command: ProjectCommand,
    settings: &Settings,
    output: &Output,
) -> Result<(), Failure> {
    let node = open(settings).await?;
    match command {
        ProjectCommand::Create { name, owner, public } => {
            let owner = users::find(&node, &owner).await??;
            let made = projects::create(&node, Actor::Operator, owner.id, &name, public).await??;
            let text = format!(
                "Created the {} project {}, which {} owns.\nId: {}",
                visibility(&made),
                made.name,
                owner.username,
                made.id
            );
            output.result(&json!({ "id": made.id }), &text)
        }
        ProjectCommand::AddMember { id: written, user, role } => {
            let id = id(&written, || ProjectRefusal::Unknown.into())?;
            let user = users::find(&node, &user).await??;
            let member = projects::set_member(&node, Actor::Operator, id, &user.email, role).await??;
            let text = format!("{} is now {} of the project {id}.", member.username, role.as_str());
            let object = json!({
                "id": id,
                "user_id": member.user_id,
                "username": member.username,
                "role": role.as_str(),
            });
            output.result(&object, &text)
        }
        ProjectCommand::RemoveMember { id: written, user } => {
            let id = id(&written, || ProjectRefusal::Unknown.into())?;
            let user = users::find(&node, &user).await??;
            match projects::remove_member(&node, Actor::Operator, id, user.id).await? {
                Err(ProjectRefusal::UnknownUser) => {
                    return Err(Failure(format!("{} is not a member of this project", user.username)));
                }
                done => done?,
            }
            let text = format!(
                "Removed {} from the project {id}; their keys of it do not work any more.",
                user.username
            );
            output.result(&json!({ "id": id, "user_id": user.id, "removed": true }), &text)
        }
        ProjectCommand::List => list(&node, output).await,
    }
}

async fn list(node: &Node, output: &Output) -> Result<(), Failure> {
    let mut all: Vec<Project> = Vec::new();
    loop {
        let page = projects::list(node, all.last().map(|project| project.id), PAGE).await?;
        let is_last = i64::try_from(page.len()).is_ok_and(|length| length < PAGE);
        all.extend(page);
        if is_last {
            break;
        }
    }
    let object = json!({ "projects": all.iter().map(member).collect::<Vec<_>>() });
    if all.is_empty() {
        let next = "No projects yet: `portcullis project create NAME --owner USER` makes one.";
        return output.result(&object, next);
    }
    let mut rows = vec![["ID", "NAME", "VISIBILITY"].map(str::to_owned).to_vec()];
    rows.extend(
        all.iter().map(|project| {
            vec![project.id.to_string(), project.name.clone(), visibility(project).to_owned()]
        }),
    );
    output.result(&object, &columns(&rows))
}

fn member(project: &Project) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "public": project.is_public,
        "created_at": project.created_at.rfc3339(),
    })
}

const fn visibility(project: &Project) -> &'static str {
    if project.is_public { "public" } else { "private" }
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| format!("one of: {}", Role::ALL.map(Role::as_str).join(", ")))
}
