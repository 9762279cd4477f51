//! `/api/v1/projects/{project_id}/members`: who is in a project, as what (contract §7, §9).

use std::sync::Arc;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Asking, Call, Known, Who};
use super::projects::{Inside, Looks, Manages, enter, of_url, refusal};
use super::refused::{Conflicting, OfOne, Protected, WithBody};
use super::rights;
use crate::account::access::ProjectPart;
use crate::account::project::{self, Role};
use crate::flows::verify::Identity;
use crate::flows::{projects, users};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;

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
    /// The user name, the e-mail address or the id.
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
pub async fn list(call: Call<Inside<Looks>, Listing>) -> Result<HttpResponse, Failure> {
    let after = call.query.after()?;
    let mut all = projects::members(&call.node, call.who.seen.project.id).await?;
    // A project has few: they are read at once, and the page is cut from them.
    all.sort_by_key(|member| member.user_id);
    all.retain(|member| after.is_none_or(|after| member.user_id > after));
    Ok(call.query.answer(all, |member| member.user_id.as_bytes().to_vec(), show))
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
pub async fn add(call: Call<Inside<Manages>>) -> Result<HttpResponse, Failure> {
    let new: NewMember = call.read()?;
    let (project, role) = (call.who.seen.project.id, role(&new.role)?);
    let known = match rights::id(&new.user) {
        Some(id) => users::find_by_id(&call.node, id).await?,
        None => None,
    };
    let name = known.map_or(new.user, |user| user.username);
    let done = projects::set_member(&call.node, call.actor(), project, &name, role).await?;
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
pub async fn update(call: Call<Inside<Manages>>) -> Result<HttpResponse, Failure> {
    let (user, project) = (call.id("user_id")?, call.who.seen.project.id);
    let change: ChangedMember = call.read()?;
    let members = projects::members(&call.node, project).await?;
    let who = members.into_iter().find(|member| member.user_id == user).ok_or_else(Failure::not_found)?;
    let role = role(&change.role)?;
    let done = projects::set_member(&call.node, call.actor(), project, &who.username, role).await?;
    Ok(HttpResponse::Ok().json(show(done.map_err(|refused| refusal(&refused, false))?)))
}

/// An owner of the project of the URL, or the very member it is about.
pub struct Removing {
    user: Uuid,
    project: Uuid,
    identity: Arc<Identity>,
}

impl Who for Removing {
    async fn admit(asking: Asking<'_>) -> Result<Self, Failure> {
        let user = asking.part("user_id").and_then(rights::id);
        let own = asking.identity.as_deref().and_then(|identity| identity.user_id);
        let part = if user.is_some() && user == own { ProjectPart::Inside } else { ProjectPart::Management };
        let seen = enter(asking.node, asking.actor(), of_url(&asking), part).await?;
        let identity = asking.identity()?;
        Ok(Self { user: user.ok_or_else(Failure::not_found)?, project: seen.project.id, identity })
    }
}

impl Known for Removing {
    fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }
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
pub async fn remove(call: Call<Removing>) -> Result<HttpResponse, Failure> {
    let Removing { user, project, .. } = call.who;
    let done = projects::remove_member(&call.node, call.actor(), project, user).await?;
    done.map_err(|refused| refusal(&refused, false))?;
    Ok(HttpResponse::NoContent().finish())
}
