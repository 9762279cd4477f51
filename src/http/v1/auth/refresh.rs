//! `POST /v1/auth/refresh`: rotates a refresh token, all JSON (contract §4).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::super::auth::v1::refresh;
use super::super::super::extract::body::{self, Accepts, required};
use super::super::super::failure::Failure;
use super::login;
use crate::flows::Node;

/// Answers the refresh door.
///
/// # Errors
/// 400 without a token, 401 `invalid_token` if it is no good.
pub async fn post(request: HttpRequest, body: Bytes, node: Data<Node>) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::Json)?;
    let presented = required(&parameters, "refresh_token", "refresh_token is missing")?;
    Ok(login::answer(&refresh::rotated(&node, presented).await?))
}
