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
/// 400 for two tokens of different people, 401 `invalid_token`, 403 for a foreign page.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    origin::prove(&request, &settings.own_origins)?;
    let parameters = body::parameters(&request, &body, Accepts::FormOrJson)?;
    let cookie = credential::refresh_cookie(&request, &settings)?;
    let presented = match parameters.get("refresh_token") {
        Some(token) => beside_cookie(&node, token, cookie).await?,
        None => cookie.ok_or_else(Failure::unauthenticated)?,
    };
    let tokens = rotated(&node, presented).await?;
    Ok(token::answer(&request, &settings, &tokens))
}

/// The token of a body: the one that is meant, since a cookie goes along by itself, as long as the cookie is good and the same
/// person's (contract §2).
///
/// # Errors
/// 401 if one of the two is no good, 400 if they are of different people.
pub async fn beside_cookie<'a>(
    node: &Node,
    token: &'a str,
    cookie: Option<&str>,
) -> Result<&'a str, Failure> {
    let Some(cookie) = cookie.filter(|cookie| *cookie != token) else { return Ok(token) };
    let owners = (refresh_token::owner(node, token).await?, refresh_token::owner(node, cookie).await?);
    match owners {
        (Some(one), Some(other)) if one == other => Ok(token),
        (Some(_), Some(_)) => Err(Failure::two_principals()),
        _ => {
            // Beside another one a spent token is a replay all the same, and ends its family (contract §5).
            for (owner, token) in [(owners.0, token), (owners.1, cookie)] {
                if owner.is_none() {
                    let _ = refresh_token::refresh_login(node, token).await?;
                }
            }
            Err(Failure::invalid_token())
        }
    }
}

/// The successor of a presented refresh token.
///
/// # Errors
/// 401 if it is no good.
pub async fn rotated(node: &Node, presented: &str) -> Result<LoginTokens, Failure> {
    refresh_token::refresh_login(node, presented).await?.ok_or_else(Failure::invalid_token)
}
