//! `POST /auth/v1/logout`: ends a first-party login and clears its cookies (contract §3).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::super::cookie;
use super::super::super::extract::body::{self, Accepts};
use super::super::super::extract::{credential, origin, single};
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use crate::flows::{Node, logout};
use crate::oauth::bearer;

/// Answers the logout door: cookie, Bearer or `refresh_token`.
///
/// # Errors
/// 401 if nothing good was presented; the cookies are cleared all the same.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    origin::prove(&request, &settings.own_origins)?;
    let parameters = body::parameters(&request, &body, Accepts::FormOrJson)?;
    let bearer = single(&request, &header::AUTHORIZATION)?.and_then(bearer::parse).map(|b| b.token());
    let access_token = match bearer {
        Some(token) => Some(token),
        None => credential::cookie_token(&request, &settings)?,
    };
    let refresh_token =
        parameters.get("refresh_token").or_else(|| cookie::value(&request, cookie::REFRESH_TOKEN));
    let presented = access_token.is_some() || refresh_token.is_some();
    let ended = logout::logout(&node, access_token, refresh_token).await?;
    let cleared = cookie::clear_tokens(&settings).into_iter().flatten();
    if !ended {
        let failure = if presented { Failure::invalid_token() } else { Failure::unauthenticated() };
        return Err(cleared.fold(failure, |failure, value| failure.with(header::SET_COOKIE, value)));
    }
    let mut response = HttpResponse::NoContent();
    for value in cleared {
        response.append_header((header::SET_COOKIE, value));
    }
    Ok(response.finish())
}
