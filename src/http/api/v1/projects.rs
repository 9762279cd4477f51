//! `/api/v1/projects`: what several people share, and what is shown of it to whom (contract §7, §9).

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Anybody, Asking, Call, Known, Person, Who};
use super::refused::{OfOne, Protected, WithBody};
use super::rights::{self, WritesThemselves};
use crate::account::access::{Access, ProjectPart};
use crate::account::project::{self, Role};
use crate::flows::actor::Actor;
use crate::flows::projects::{ProjectRefusal, Seen};
use crate::flows::verify::Identity;
use crate::flows::{Node, projects};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;
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
    #[serde(default, alias = "public")]
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
        ProjectRefusal::LastOwner | ProjectRefusal::MemberAlready => Failure::conflict(refused.to_string()),
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

/// Anybody who may look at the project of the URL.
pub struct Looking(Seen);

/// What somebody in a project wants of it.
pub trait Wish: 'static {
    /// The row of the table of contract §7.
    const PART: ProjectPart;
}

/// Looking at what its members see.
pub struct Looks;
/// Managing it and its members.
pub struct Manages;

impl Wish for Looks {
    const PART: ProjectPart = ProjectPart::Inside;
}

impl Wish for Manages {
    const PART: ProjectPart = ProjectPart::Management;
}

/// Somebody in the project of the URL who may have their wish.
pub struct Inside<W> {
    /// The project, and what they are in it.
    pub seen: Seen,
    identity: Arc<Identity>,
    wish: PhantomData<W>,
}

impl Who for Looking {
    async fn admit(asking: Asking<'_>) -> Result<Self, Failure> {
        let seen = enter(asking.node, asking.actor(), of_url(&asking), ProjectPart::Record).await?;
        Ok(Self(seen))
    }
}

impl<W: Wish> Who for Inside<W> {
    async fn admit(asking: Asking<'_>) -> Result<Self, Failure> {
        let seen = enter(asking.node, asking.actor(), of_url(&asking), W::PART).await?;
        Ok(Self { seen, identity: asking.identity()?, wish: PhantomData })
    }
}

impl<W> Known for Inside<W> {
    fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }
}

/// The project that a URL is about: below it, things have ids of their own.
pub fn of_url(asking: &Asking<'_>) -> Option<Uuid> {
    asking.part("project_id").or_else(|| asking.part("id")).and_then(rights::id)
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
pub async fn list(call: Call<Anybody, Listing>) -> Result<HttpResponse, Failure> {
    // Whoever may not read sees what everybody sees.
    let actor = call.who.identity.as_deref().filter(|identity| identity.scope.contains(scope::READ));
    let actor = actor.map(|identity| Actor::Holder { identity, address: call.address });
    let all = projects::visible(&call.node, actor, call.query.after()?, call.query.to_read()).await?;
    Ok(call.query.answer(all, |one| one.id.as_bytes().to_vec(), |one| show(one, None)))
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
pub async fn create(call: Call<Person<WritesThemselves>>) -> Result<HttpResponse, Failure> {
    let new: NewProject = call.read()?;
    let made = projects::create(&call.node, call.actor(), call.who.id, &new.name, new.is_public).await?;
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
pub async fn get(call: Call<Looking>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(show(call.who.0.project, call.who.0.role)))
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
pub async fn update(call: Call<Inside<Manages>>) -> Result<HttpResponse, Failure> {
    let change: ChangedProject = call.read()?;
    let id = call.who.seen.project.id;
    let done = projects::update(&call.node, call.actor(), id, change.name, change.is_public).await?;
    let project = done.map_err(|refused| refusal(&refused, false))?;
    Ok(HttpResponse::Ok().json(show(project, call.who.seen.role)))
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
pub async fn delete(call: Call<Inside<Manages>>) -> Result<HttpResponse, Failure> {
    let done = projects::delete(&call.node, call.actor(), call.who.seen.project.id).await?;
    done.map_err(|refused| refusal(&refused, false))?;
    Ok(HttpResponse::NoContent().finish())
}
