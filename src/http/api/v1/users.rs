//! `/api/v1/users`: people's accounts, for administrators (contract §1, §14).

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Call, Person};
use super::refused::{Conflicting, OfOne, Protected, WithBody};
use super::rights::{Administers, ChangesAll};
use crate::account::user;
use crate::flows::users;
use crate::flows::users::{NewUser, UserRefusal};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;

/// A person's account.
#[derive(Serialize, ToSchema)]
pub struct User {
    /// The account's id.
    id: Uuid,
    /// The user name.
    username: String,
    /// The e-mail address.
    email: String,
    /// Whether it administers this server.
    is_admin: bool,
    /// Whether it is switched off, with everything issued to it.
    disabled: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// The random password: once, when an account is made without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    password: Option<String>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The user name: no spaces, no colon.
    username: String,
    /// The e-mail address.
    email: String,
    /// The password; without one a random one is made.
    password: Option<String>,
    /// Whether it administers this server.
    #[serde(default)]
    is_admin: bool,
}

/// What can be changed of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// Switch it off, which ends everything issued to it, or on again.
    disabled: bool,
}

fn show(user: user::User, password: Option<String>) -> User {
    User {
        id: user.id,
        username: user.username,
        email: user.email,
        is_admin: user.is_admin,
        disabled: user.disabled,
        created_at: user.created_at.rfc3339(),
        password,
    }
}

fn refusal(refusal: &UserRefusal) -> Failure {
    match refusal {
        UserRefusal::Taken(_) | UserRefusal::LastAdministrator | UserRefusal::Oneself => {
            Failure::conflict(refusal.to_string())
        }
        UserRefusal::NotAllowed(_) => Failure::insufficient_scope(refusal.to_string()),
        UserRefusal::Unknown(_) => Failure::not_found(),
        UserRefusal::Names(_) | UserRefusal::Password(_) => Failure::invalid_request(refusal.to_string()),
    }
}

/// List accounts
///
/// Newest first. For administrators.
///
/// # Errors
/// 401, 403.
#[utoipa::path(get, path = "/api/v1/users", tag = "Administration", operation_id = "listUsers",
    params(("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of accounts.", body = Page<User>), Protected))]
pub async fn list(call: Call<Person<Administers>, Listing>) -> Result<HttpResponse, Failure> {
    let all = users::page(&call.node, call.query.after()?, call.query.to_read()).await?;
    Ok(call.query.answer(all, |user| user.id.as_bytes().to_vec(), |user| show(user, None)))
}

/// Make an account
///
/// For administrators. Without `password` a random one is made and shown in this answer only. An administrator is made
/// with a login, not with a key.
///
/// # Errors
/// 400, 401, 403, 409 if a name is taken, 415.
#[utoipa::path(post, path = "/api/v1/users", tag = "Administration", operation_id = "createUser",
    request_body = NewAccount,
    responses((status = 201, description = "The account.", body = User), Protected, WithBody, Conflicting))]
pub async fn create(call: Call<Person<ChangesAll>>) -> Result<HttpResponse, Failure> {
    let new: NewAccount = call.read()?;
    let new_user = NewUser {
        username: &new.username,
        email: &new.email,
        password: new.password.as_deref(),
        is_admin: new.is_admin,
    };
    let made =
        users::create(&call.node, call.actor(), new_user).await?.map_err(|refused| refusal(&refused))?;
    let place = format!("/api/v1/users/{}", made.user.id);
    let password = made.generated.map(|password| password.expose().to_owned());
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, place))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(show(made.user, password)))
}

/// Look at an account
///
/// For administrators.
///
/// # Errors
/// 401, 403, 404.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "Administration", operation_id = "getUser",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The account.", body = User), Protected, OfOne))]
pub async fn get(call: Call<Person<Administers>>) -> Result<HttpResponse, Failure> {
    let found = users::find_by_id(&call.node, call.id("id")?).await?;
    Ok(HttpResponse::Ok().json(show(found.ok_or_else(Failure::not_found)?, None)))
}

/// Switch an account off or on
///
/// For administrators. Switching it off ends its sessions and refuses its tokens and keys at once. An administrator is
/// switched on again with a login, not with a key; the last one cannot be switched off.
///
/// # Errors
/// 400, 401, 403, 404, 409 for the last administrator, 415.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "Administration", operation_id = "updateUser",
    params(("id" = Uuid, Path, description = "The account's id.")), request_body = AccountChange,
    responses((status = 200, description = "The account.", body = User), Protected, OfOne, WithBody, Conflicting))]
pub async fn update(call: Call<Person<ChangesAll>>) -> Result<HttpResponse, Failure> {
    let change: AccountChange = call.read()?;
    let id = call.id("id")?;
    let done = users::set_disabled_by_id(&call.node, call.actor(), id, change.disabled).await?;
    Ok(HttpResponse::Ok().json(show(done.map_err(|refused| refusal(&refused))?, None)))
}
