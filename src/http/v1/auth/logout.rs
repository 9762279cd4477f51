//! `POST /v1/auth/logout`: ends a login by its JWT or refresh token (contract §1, §4).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::super::extract::body::{self, Accepts};
use super::super::super::extract::single;
use super::super::super::failure::Failure;
use crate::flows::{Node, logout};
use crate::oauth::bearer;

/// Answers the logout door.
///
/// # Errors
/// 401 if nothing good was presented.
pub async fn post(request: HttpRequest, body: Bytes, node: Data<Node>) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::Json)?;
    let access_token = single(&request, &header::AUTHORIZATION)?.and_then(bearer::parse).map(|b| b.token());
    let refresh_token = parameters.get("refresh_token");
    if logout::logout(&node, access_token, refresh_token).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    let presented = access_token.is_some() || refresh_token.is_some();
    Err(if presented { Failure::invalid_token() } else { Failure::unauthenticated() })
}
