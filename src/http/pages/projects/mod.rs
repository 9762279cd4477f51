//! Projects: what several people share, and what is shown of it to whom (contract §7, §9).

mod delete;
mod list;
mod make;
mod members;
mod record;
pub mod settings;

use actix_web::web::{ServiceConfig, post, resource};

use super::super::failure::Failure;
use super::super::routes::{get, only};
use super::long_list;
use super::visit::{Member, Visit, sign_in_first};
use crate::account::access::{Access, ProjectPart};
use crate::account::project::Role;
use crate::flows::actor::Actor;
use crate::flows::projects::{self, ProjectRefusal, Seen};

/// The addresses of this section. Those of a project's keys are beside the account's (`settings::keys`).
pub fn routes(config: &mut ServiceConfig) {
    let both = || only("GET, HEAD, POST");
    config
        .service(resource("/projects").route(get().to(list::show)).default_service(only("GET, HEAD")))
        .service(
            resource("/projects/new")
                .route(get().to(make::ask))
                .route(post().to(make::make))
                .default_service(both()),
        )
        .service(
            resource("/projects/{project_id}")
                .route(get().to(record::show))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/projects/{project_id}/settings")
                .route(get().to(settings::show))
                .route(post().to(settings::change))
                .default_service(both()),
        )
        .service(
            resource("/projects/{project_id}/members")
                .route(get().to(members::show_all))
                .route(post().to(members::add))
                .default_service(both()),
        )
        .service(
            resource("/projects/{project_id}/members/{user_id}")
                .route(get().to(members::show))
                .route(post().to(members::change))
                .default_service(both()),
        )
        .service(
            resource("/projects/{project_id}/members/{user_id}/remove")
                .route(get().to(members::ask_to_remove))
                .route(post().to(members::remove))
                .default_service(both()),
        )
        .service(
            resource("/projects/{project_id}/delete")
                .route(get().to(delete::ask))
                .route(post().to(delete::delete))
                .default_service(both()),
        );
}

/// The project of the address, if `actor` may have that part of it: the table of contract §7. What is hidden is
/// answered as what never was, a malformed id too.
///
/// # Errors
/// 303 to sign in, 403, 404.
pub async fn enter(visit: &Visit, actor: Option<Actor<'_>>, part: ProjectPart) -> Result<Seen, Failure> {
    let id = long_list::id(visit.request.match_info().get("project_id")).ok_or_else(Failure::not_found)?;
    let seen = projects::see(&visit.node, actor, id).await?.ok_or_else(Failure::not_found)?;
    match seen.access(part) {
        Access::Granted => Ok(seen),
        Access::Unauthenticated => Err(sign_in_first(&visit.request)),
        Access::Hidden => Err(Failure::not_found()),
        Access::Forbidden => Err(visit.refused("project-denied")),
    }
}

/// A project for somebody who may do something in it.
async fn inside(member: &Member, part: ProjectPart) -> Result<Seen, Failure> {
    enter(member, Some(member.actor()), part).await
}

/// What a refusal is for a page that has no field for it.
fn failure(visit: &Visit, refused: &ProjectRefusal) -> Failure {
    match refused {
        ProjectRefusal::Unknown | ProjectRefusal::UnknownUser => Failure::not_found(),
        // Where a name is typed its page looks at it first.
        ProjectRefusal::Invalid(_) => visit.told(Failure::invalid_request(""), "project-fault-name"),
        ProjectRefusal::NotAllowed(_) => visit.refused("project-denied"),
        ProjectRefusal::LastOwner => visit.told(Failure::conflict(""), "project-fault-last-owner"),
        ProjectRefusal::MemberAlready => visit.told(Failure::conflict(""), "project-fault-member"),
    }
}

/// The id of the words for a role.
const fn role_words(role: Role) -> &'static str {
    match role {
        Role::Owner => "project-role-owner",
        Role::Editor => "project-role-editor",
        Role::Viewer => "project-role-viewer",
    }
}

/// The same with what it may do.
const fn role_explained(role: Role) -> &'static str {
    match role {
        Role::Owner => "project-role-owner-help",
        Role::Editor => "project-role-editor-help",
        Role::Viewer => "project-role-viewer-help",
    }
}

/// A role to choose: its name on the wire, and its words.
type Choice = (&'static str, &'static str, &'static str);

/// Every role, the least first.
fn roles() -> [Choice; 3] {
    Role::ALL.map(|role| (role.as_str(), role_words(role), role_explained(role)))
}
