//! `GET /api/v1/account`: who the credential stands for, the protected probe of contract §7.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::refused::Protected;
use super::rights;
use crate::flows::Node;
use crate::flows::verify::Identity;
use crate::http::extract::caller;
use crate::http::extract::listing::no_parameters;
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;

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
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::require(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    Ok(HttpResponse::Ok().json(account(&identity)?))
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
