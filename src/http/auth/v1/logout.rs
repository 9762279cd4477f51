//! `POST /auth/v1/logout`: ends a first-party login and clears its cookies (contract §3).

use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::super::cookie;
use super::super::super::extract::body::{self, Accepts};
use super::super::super::extract::credential::{self, Presented};
use super::super::super::extract::origin;
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use crate::flows::Node;
use crate::flows::logout::{self, LoggedOut};

/// Answers the logout door: cookie, Bearer or `refresh_token`.
///
/// # Errors
/// 401 if anything presented is no good, 400 for two people's: the cookies are cleared all the same.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    origin::prove(&request, &settings.own_origins)?;
    let parameters = body::parameters(&request, &body, Accepts::FormOrJson)?;
    let cookie = credential::refresh_cookie(&request, &settings)?;
    let refresh_tokens: Vec<&str> = parameters.get("refresh_token").into_iter().chain(cookie).collect();
    let cleared = cookie::clear_tokens(&settings).into_iter().flatten();
    if let Err(failure) = end(&node, credential::find(&request, &settings)?, &refresh_tokens).await {
        // The browser loses its cookies here: what the one of them could still refresh must not live on without it.
        if let Some(token) = cookie.filter(|_| failure.status == StatusCode::UNAUTHORIZED) {
            logout::logout(&node, &[], &[token]).await?;
        }
        return Err(cleared.fold(failure, |failure, value| failure.with(header::SET_COOKIE, value)));
    }
    let mut response = HttpResponse::NoContent();
    for value in cleared {
        response.append_header((header::SET_COOKIE, value));
    }
    Ok(response.finish())
}

/// Ends the logins of what was presented; the JSON door does the same.
///
/// # Errors
/// 401 if any of it is no good or nothing was presented, 400 if it names two principals.
pub async fn end(node: &Node, presented: Presented<'_>, refresh_tokens: &[&str]) -> Result<(), Failure> {
    if presented.is_nothing() && refresh_tokens.is_empty() {
        return Err(Failure::unauthenticated());
    }
    match logout::logout(node, &presented.access_tokens()?, refresh_tokens).await? {
        LoggedOut::Done => Ok(()),
        LoggedOut::NoGood => Err(Failure::invalid_token()),
        LoggedOut::DifferentPrincipals => Err(Failure::two_principals()),
    }
}
