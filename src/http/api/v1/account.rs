//! `GET /api/v1/account`: who the credential stands for, the protected probe of contract §7.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Call, Person};
use super::refused::Protected;
use super::rights::{self, Reads};
use crate::flows::verify::Identity;
use crate::http::failure::Failure;

/// The account behind a credential; `/auth/v1/me` answers the same.
#[derive(Serialize, ToSchema)]
pub struct Account {
    /// The account's id, `user_id` everywhere else.
    id: Uuid,
    /// The user name.
    #[schema(required)]
    username: Option<String>,
    /// The e-mail address.
    #[schema(required)]
    email: Option<String>,
    /// Whether the account administers this server.
    is_admin: bool,
    /// What the credential allows.
    scopes: Vec<String>,
}

/// Who am I?
///
/// The quickest way to try a credential: 200 with the account it stands for.
///
/// # Errors
/// 401 without a good credential, 403 if it is not a person's or does not allow reading.
#[utoipa::path(get, path = "/api/v1/account", tag = "Account", operation_id = "getAccount",
    responses((status = 200, description = "The account.", body = Account), Protected))]
pub async fn get(call: Call<Person<Reads>>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(account(&call.who.identity)?))
}

/// The account of somebody who may read.
///
/// # Errors
/// 403.
pub fn account(identity: &Identity) -> Result<Account, Failure> {
    Ok(Account {
        id: rights::reader(identity)?,
        username: identity.username.clone(),
        email: identity.email.clone(),
        is_admin: identity.is_admin,
        scopes: identity.scope.iter().map(str::to_owned).collect(),
    })
}
