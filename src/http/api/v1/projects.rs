//! `/api/v1/projects`: what several people share, and what is shown of it to whom (contract §7, §9).

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::refused::{OfOne, Protected, WithBody};
use super::rights;
use crate::account::access::{Access, ProjectPart};
use crate::account::project::{self, Role};
use crate::flows::actor::Actor;
use crate::flows::projects::{ProjectRefusal, Seen};
use crate::flows::{Node, projects};
use crate::http::extract::listing::{Listing, Page, no_parameters};
use crate::http::extract::{caller, json};
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;
use crate::oauth::scope;

/// A project.
#[derive(Serialize, ToSchema)]
pub struct Project {
    /// The project's id.
    id: Uuid,
    /// What people call it.
    name: String,
    /// Whether anybody may see that it exists.
    is_public: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// What you are in it: `owner`, `editor` or `viewer`. Not in lists, and only if you are a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    role: Option<&'static str>,
}

/// A project to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// What to call it: 1 to 100 characters.
    name: String,
    /// Whether anybody may see that it exists.
    #[serde(default)]
    is_public: bool,
}

/// What can be changed of a project. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedProject {
    /// What to call it.
    name: Option<String>,
    /// Whether anybody may see that it exists.
    is_public: Option<bool>,
}

fn show(project: project::Project, role: Option<Role>) -> Project {
    Project {
        id: project.id,
        name: project.name,
        is_public: project.is_public,
        created_at: project.created_at.rfc3339(),
        role: role.map(Role::as_str),
    }
}

/// What a refusal of the flow is on the wire. `named` says whether a person was named in the body rather than in the URL.
pub fn refusal(refused: &ProjectRefusal, named: bool) -> Failure {
    match refused {
        ProjectRefusal::UnknownUser if named => Failure::invalid_request("There is no such person"),
        ProjectRefusal::Unknown | ProjectRefusal::UnknownUser => Failure::not_found(),
        ProjectRefusal::Invalid(_) => Failure::invalid_request(refused.to_string()),
        ProjectRefusal::NotAllowed(_) => Failure::insufficient_scope(refused.to_string()),
        ProjectRefusal::LastOwner => Failure::conflict(refused.to_string()),
    }
}

/// The project of this id, if who asks may have that part of it: the table of contract §7. What is hidden is answered as
/// what never was, a malformed id too.
///
/// # Errors
/// 401, 403, 404.
pub async fn enter(
    node: &Node,
    actor: Option<Actor<'_>>,
    id: Option<Uuid>,
    part: ProjectPart,
) -> Result<Seen, Failure> {
    let Some(id) = id else { return Err(Failure::not_found()) };
    let seen = projects::see(node, actor, id).await?.ok_or_else(Failure::not_found)?;
    match seen.access(part) {
        Access::Granted => {}
        Access::Unauthenticated => return Err(Failure::unauthenticated()),
        Access::Hidden => return Err(Failure::not_found()),
        Access::Forbidden => {
            return Err(Failure::insufficient_scope("Your role in this project does not allow this"));
        }
    }
    // What anybody may see takes no scope.
    if let Some(Actor::Holder { identity, .. }) =
        actor.filter(|_| !(part == ProjectPart::Record && seen.project.is_public))
    {
        let looks = matches!(part, ProjectPart::Record | ProjectPart::Inside);
        rights::needs(identity, if looks { scope::READ } else { scope::WRITE })?;
    }
    Ok(seen)
}

/// List projects
///
/// The public ones and your own, newest first. Without a credential: the public ones.
///
/// # Errors
/// 400, 401 for a credential that is no good, 403.
#[utoipa::path(get, path = "/api/v1/projects", tag = "Projects", operation_id = "listProjects",
    params(("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of projects.", body = Page<Project>), Protected))]
pub async fn list(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::find(&request, &node, &settings).await?;
    let (listing, _) = Listing::parse(request.query_string(), &[])?;
    // Whoever may not read sees what everybody sees.
    let reader = identity.as_deref().filter(|identity| identity.scope.contains(scope::READ));
    let actor = reader.map(|identity| caller::acting(&request, identity, &settings));
    let all = projects::visible(&node, actor, listing.after()?, listing.to_read()).await?;
    Ok(listing.answer(all, |one| one.id.as_bytes().to_vec(), |one| show(one, None)))
}

/// Make a project
///
/// You are its owner.
///
/// # Errors
/// 400, 401, 403, 415.
#[utoipa::path(post, path = "/api/v1/projects", tag = "Projects", operation_id = "createProject",
    request_body = NewProject,
    responses((status = 201, description = "The project.", body = Project), Protected, WithBody))]
pub async fn create(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::require(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    let owner = rights::writer(&identity)?;
    rights::not_an_app(&identity)?;
    let new: NewProject = json::read(&request, &body)?;
    let actor = caller::acting(&request, &identity, &settings);
    let made = projects::create(&node, actor, owner, &new.name, new.is_public).await?;
    let project = made.map_err(|refused| refusal(&refused, false))?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/projects/{}", project.id)))
        .json(show(project, Some(Role::Owner))))
}

/// Look at a project
///
/// A public one is anybody's to see; a private one is hidden from everybody but its members.
///
/// # Errors
/// 400, 401 for a credential that is no good, 403, 404.
#[utoipa::path(get, path = "/api/v1/projects/{id}", tag = "Projects", operation_id = "getProject",
    params(("id" = Uuid, Path, description = "The project's id.")),
    responses((status = 200, description = "The project.", body = Project), Protected, OfOne))]
pub async fn get(
    request: HttpRequest,
    path: Path<String>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::find(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    let actor = identity.as_deref().map(|identity| caller::acting(&request, identity, &settings));
    let seen = enter(&node, actor, rights::id(&path), ProjectPart::Record).await?;
    Ok(HttpResponse::Ok().json(show(seen.project, seen.role)))
}

/// Change a project
///
/// For its owners.
///
/// # Errors
/// 400, 401, 403, 404, 415.
#[utoipa::path(patch, path = "/api/v1/projects/{id}", tag = "Projects", operation_id = "updateProject",
    params(("id" = Uuid, Path, description = "The project's id.")), request_body = ChangedProject,
    responses((status = 200, description = "The project.", body = Project), Protected, OfOne, WithBody))]
pub async fn update(
    request: HttpRequest,
    path: Path<String>,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::find(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    let actor = identity.as_deref().map(|identity| caller::acting(&request, identity, &settings));
    let seen = enter(&node, actor, rights::id(&path), ProjectPart::Management).await?;
    let identity = identity.ok_or_else(Failure::unauthenticated)?;
    let change: ChangedProject = json::read(&request, &body)?;
    let (actor, id) = (caller::acting(&request, &identity, &settings), seen.project.id);
    let done = projects::update(&node, actor, id, change.name, change.is_public).await?;
    let project = done.map_err(|refused| refusal(&refused, false))?;
    Ok(HttpResponse::Ok().json(show(project, seen.role)))
}

/// Remove a project
///
/// With its keys, which are refused at once. For its owners.
///
/// # Errors
/// 400, 401, 403, 404.
#[utoipa::path(delete, path = "/api/v1/projects/{id}", tag = "Projects", operation_id = "deleteProject",
    params(("id" = Uuid, Path, description = "The project's id.")),
    responses((status = 204, description = "It is gone."), Protected, OfOne))]
pub async fn delete(
    request: HttpRequest,
    path: Path<String>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::find(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    let actor = identity.as_deref().map(|identity| caller::acting(&request, identity, &settings));
    let seen = enter(&node, actor, rights::id(&path), ProjectPart::Management).await?;
    let identity = identity.ok_or_else(Failure::unauthenticated)?;
    let done =
        projects::delete(&node, caller::acting(&request, &identity, &settings), seen.project.id).await?;
    done.map_err(|refused| refusal(&refused, false))?;
    Ok(HttpResponse::NoContent().finish())
}
