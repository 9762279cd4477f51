//! `GET /auth/v1/me`: who is signed in (contract §3).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::super::super::api::v1::account;
use super::super::super::extract::caller;
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use crate::flows::Node;

/// Answers with the account of the presented token: the members of `/api/v1/account`.
///
/// # Errors
/// 401 without a good token, 403 if it is not a person's or does not allow reading.
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::require(&request, &node, &settings).await?;
    Ok(HttpResponse::Ok().json(account::account(&identity)?))
}
