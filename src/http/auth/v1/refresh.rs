//! `POST /auth/v1/refresh`: rotates the refresh token of a cookie or a body (contract §3).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::super::extract::body::{self, Accepts};
use super::super::super::extract::credential;
use super::super::super::extract::origin;
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use super::token;
use crate::flows::Node;
use crate::flows::password::LoginTokens;
use crate::flows::refresh_token;

/// Answers the refresh door.
///
/// # Errors
/// 401 `invalid_token`, 403 for a foreign page.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    origin::prove(&request, &settings.own_origins)?;
    let parameters = body::parameters(&request, &body, Accepts::FormOrJson)?;
    // What is named in the body is meant; the cookie goes along by itself.
    let presented = match parameters.get("refresh_token") {
        Some(token) => token,
        None => credential::refresh_cookie(&request, &settings)?.ok_or_else(Failure::unauthenticated)?,
    };
    let tokens = rotated(&node, presented).await?;
    Ok(token::answer(&request, &settings, &tokens))
}

/// The successor of a presented refresh token.
///
/// # Errors
/// 401 if it is no good.
pub async fn rotated(node: &Node, presented: &str) -> Result<LoginTokens, Failure> {
    refresh_token::refresh_login(node, presented).await?.ok_or_else(Failure::invalid_token)
}
