//! `POST /v1/auth/login`: name and password for a JWT, all JSON (contract §4).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::super::super::auth::v1::token;
use super::super::super::extract::body::{self, Accepts};
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use crate::flows::Node;
use crate::flows::password::LoginTokens;

#[derive(Serialize)]
struct Body<'a> {
    token: &'a str,
    expires_at: String,
    refresh_token: &'a str,
}

/// Answers the login door.
///
/// # Errors
/// 400, 401 `invalid_credentials`, 429.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::Json)?;
    let tokens = token::login(&request, &parameters, &node, &settings).await?;
    Ok(answer(&tokens))
}

/// The tokens in the Example API's words.
pub fn answer(tokens: &LoginTokens) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Body {
        token: &tokens.access_token,
        expires_at: tokens.expires_at.rfc3339(),
        refresh_token: tokens.refresh_token.expose(),
    })
}
