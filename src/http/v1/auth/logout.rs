//! `POST /v1/auth/logout`: ends a login by its JWT or refresh token (contract §1, §4).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::super::auth::v1::logout;
use super::super::super::extract::body::{self, Accepts};
use super::super::super::extract::{credential, origin};
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use crate::flows::Node;

/// Answers the logout door.
///
/// # Errors
/// 401 if nothing good was presented, 403 for a cookie that a foreign page sent.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    // Only a cookie goes along by itself: a header or a body was put there by whoever asks (contract §3).
    if credential::cookie_token(&request, &settings)?.is_some() {
        origin::prove(&request, &settings.own_origins)?;
    }
    let parameters = body::parameters(&request, &body, Accepts::Json)?;
    let presented = credential::find(&request, &settings)?;
    let refresh_tokens: Vec<&str> = parameters.get("refresh_token").into_iter().collect();
    logout::end(&node, presented, &refresh_tokens).await?;
    Ok(HttpResponse::NoContent().finish())
}
