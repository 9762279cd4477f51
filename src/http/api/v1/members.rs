//! `/api/v1/projects/{project_id}/members`: who is in a project, as what (contract §7, §9).

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::projects::{enter, refusal};
use super::refused::{Conflicting, OfOne, Protected, WithBody};
use super::rights;
use crate::account::access::ProjectPart;
use crate::account::project::{self, Role};
use crate::flows::{Node, projects};
use crate::http::extract::listing::{Listing, Page, no_parameters};
use crate::http::extract::{caller, json};
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;

/// A person in a project.
#[derive(Serialize, ToSchema)]
pub struct Member {
    /// The person's id.
    user_id: Uuid,
    /// The person's user name.
    username: String,
    /// `owner`: manages it; `editor`: manages its keys; `viewer`: looks.
    #[schema(pattern = "^(owner|editor|viewer)$")]
    role: &'static str,
    /// Since when.
    #[schema(format = DateTime)]
    added_at: String,
}

/// A person to be added, or given another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// The user name or the e-mail address.
    user: String,
    /// `owner`, `editor` or `viewer`.
    role: String,
}

/// Another role for a member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedMember {
    /// `owner`, `editor` or `viewer`.
    role: String,
}

fn show(member: project::Member) -> Member {
    Member {
        user_id: member.user_id,
        username: member.username,
        role: member.role.as_str(),
        added_at: member.added_at.rfc3339(),
    }
}

fn role(name: &str) -> Result<Role, Failure> {
    Role::parse(name).ok_or_else(|| Failure::invalid_request("role must be owner, editor or viewer"))
}

/// List members
///
/// For members. By id.
///
/// # Errors
/// 400, 401, 403, 404.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/members", tag = "Members",
    operation_id = "listMembers",
    params(("project_id" = Uuid, Path, description = "The project's id."),
        ("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of members.", body = Page<Member>), Protected, OfOne))]
pub async fn list(
    request: HttpRequest,
    path: Path<String>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::find(&request, &node, &settings).await?;
    let (listing, _) = Listing::parse(request.query_string(), &[])?;
    let after = listing.after()?;
    let actor = identity.as_deref().map(|identity| caller::acting(&request, identity, &settings));
    let seen = enter(&node, actor, rights::id(&path), ProjectPart::Inside).await?;
    let mut all = projects::members(&node, seen.project.id).await?;
    // A project has few: they are read at once, and the page is cut from them.
    all.sort_by_key(|member| member.user_id);
    all.retain(|member| after.is_none_or(|after| member.user_id > after));
    Ok(listing.answer(all, |member| member.user_id.as_bytes().to_vec(), show))
}

/// Add a member
///
/// Or give one another role. For the project's owners.
///
/// # Errors
/// 400 also if nobody has this name, 401, 403, 404, 409 if it would take the last owner's role, 415.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/members", tag = "Members",
    operation_id = "addMember",
    params(("project_id" = Uuid, Path, description = "The project's id.")), request_body = NewMember,
    responses((status = 201, description = "The member.", body = Member), Protected, OfOne, WithBody, Conflicting))]
pub async fn add(
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
    let new: NewMember = json::read(&request, &body)?;
    let (actor, project) = (caller::acting(&request, &identity, &settings), seen.project.id);
    let done = projects::set_member(&node, actor, project, &new.user, role(&new.role)?).await?;
    let member = done.map_err(|refused| refusal(&refused, true))?;
    // No `Location`: a member has no address to look at.
    Ok(HttpResponse::Created().json(show(member)))
}

/// Change a member's role
///
/// For the project's owners. The last owner stays one.
///
/// # Errors
/// 400, 401, 403, 404, 409, 415.
#[utoipa::path(patch, path = "/api/v1/projects/{project_id}/members/{user_id}", tag = "Members",
    operation_id = "updateMember",
    params(("project_id" = Uuid, Path, description = "The project's id."),
        ("user_id" = Uuid, Path, description = "The person's id.")), request_body = ChangedMember,
    responses((status = 200, description = "The member.", body = Member), Protected, OfOne, WithBody, Conflicting))]
pub async fn update(
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::find(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    let actor = identity.as_deref().map(|identity| caller::acting(&request, identity, &settings));
    let seen = enter(&node, actor, rights::id(&path.0), ProjectPart::Management).await?;
    let identity = identity.ok_or_else(Failure::unauthenticated)?;
    let (user, project) = (rights::known_id(&path.1)?, seen.project.id);
    let change: ChangedMember = json::read(&request, &body)?;
    let members = projects::members(&node, project).await?;
    let who = members.into_iter().find(|member| member.user_id == user).ok_or_else(Failure::not_found)?;
    let actor = caller::acting(&request, &identity, &settings);
    let done = projects::set_member(&node, actor, project, &who.username, role(&change.role)?).await?;
    Ok(HttpResponse::Ok().json(show(done.map_err(|refused| refusal(&refused, false))?)))
}

/// Remove a member
///
/// The keys they made for the project are dead at once. For the project's owners; anybody may leave by themselves. The
/// last owner cannot go.
///
/// # Errors
/// 400, 401, 403, 404, 409.
#[utoipa::path(delete, path = "/api/v1/projects/{project_id}/members/{user_id}", tag = "Members",
    operation_id = "removeMember",
    params(("project_id" = Uuid, Path, description = "The project's id."),
        ("user_id" = Uuid, Path, description = "The person's id.")),
    responses((status = 204, description = "They are gone."), Protected, OfOne, Conflicting))]
pub async fn remove(
    request: HttpRequest,
    path: Path<(String, String)>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::find(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    let user = rights::id(&path.1);
    let leaves = user.is_some() && user == identity.as_deref().and_then(|identity| identity.user_id);
    let part = if leaves { ProjectPart::Inside } else { ProjectPart::Management };
    let actor = identity.as_deref().map(|identity| caller::acting(&request, identity, &settings));
    let seen = enter(&node, actor, rights::id(&path.0), part).await?;
    let identity = identity.ok_or_else(Failure::unauthenticated)?;
    let user = user.ok_or_else(Failure::not_found)?;
    let done =
        projects::remove_member(&node, caller::acting(&request, &identity, &settings), seen.project.id, user)
            .await?;
    done.map_err(|refused| refusal(&refused, false))?;
    Ok(HttpResponse::NoContent().finish())
}
