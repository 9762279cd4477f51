//! `GET /auth/v1/me`: who is signed in (contract §3).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use uuid::Uuid;

use super::super::super::extract::caller;
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use crate::flows::Node;
use crate::flows::verify::Identity;
use crate::oauth::scope;

/// The members of `/api/v1/account`.
#[derive(Serialize)]
struct Account<'a> {
    id: Uuid,
    username: Option<&'a str>,
    email: Option<&'a str>,
    is_admin: bool,
    scopes: Vec<&'a str>,
}

/// Answers with the account of the presented token.
///
/// # Errors
/// 401 without a good token, 403 if it is not a person's or does not allow reading.
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::require(&request, &node, &settings).await?;
    Ok(HttpResponse::Ok().json(account(&identity)?))
}

fn account(identity: &Identity) -> Result<Account<'_>, Failure> {
    let Some(id) = identity.user_id else {
        return Err(Failure::insufficient_scope("This token is a client's, not a person's"));
    };
    if !identity.scope.contains(scope::READ) {
        let failure = Failure::insufficient_scope("The token does not allow reading");
        return Err(Failure { scope: Some(scope::READ.into()), ..failure });
    }
    Ok(Account {
        id,
        username: identity.username.as_deref(),
        email: identity.email.as_deref(),
        is_admin: identity.is_admin,
        scopes: identity.scope.iter().collect(),
    })
}
