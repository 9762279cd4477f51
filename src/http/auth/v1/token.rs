//! `POST /auth/v1/token` and `/auth/v1/token/`: name and password for tokens, as cookies and JSON (contract §3).

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::super::super::cookie;
use super::super::super::extract::body::{self, Accepts, required};
use super::super::super::extract::{address, credential, origin};
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use super::refresh;
use crate::flows::Node;
use crate::flows::password::{self, Attempt, LoginRefusal, LoginTokens};
use crate::oauth::parameters::Parameters;
use crate::oauth::token_response::BEARER;

/// RFC 6749 §5.1; a browser gets it without the two tokens, so that no script on the page can read them.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    token_type: &'static str,
    expires_in: i64,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

/// Answers the token door.
///
/// # Errors
/// 400, 401 `invalid_credentials`, 403 for a foreign page, 429.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    // A foreign page must not sign its visitor in as somebody else.
    origin::prove(&request, &settings.own_origins)?;
    let parameters = body::parameters(&request, &body, Accepts::FormOrJson)?;
    let tokens = match parameters.get("grant_type") {
        None | Some("password") => login(&request, &parameters, &node, &settings).await?,
        Some("refresh_token") => {
            let token = required(&parameters, "refresh_token", "refresh_token is missing")?;
            let cookie = credential::refresh_cookie(&request, &settings)?;
            refresh::rotated(&node, refresh::beside_cookie(&node, token, cookie).await?).await?
        }
        Some(_) => {
            let message = "grant_type must be password or refresh_token";
            return Err(Failure::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", message));
        }
    };
    Ok(answer(&request, &settings, &tokens))
}

/// Logs in with the `username` and `password` of a body.
///
/// # Errors
/// As the door's.
pub async fn login(
    request: &HttpRequest,
    parameters: &Parameters,
    node: &Node,
    settings: &WebSettings,
) -> Result<LoginTokens, Failure> {
    let attempt = Attempt {
        name: required(parameters, "username", "username is missing")?,
        password: required(parameters, "password", "password is missing")?,
        address: address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies),
    };
    password::login(node, attempt, parameters.get("scope")).await?.map_err(refusal)
}

fn refusal(refusal: LoginRefusal) -> Failure {
    match refusal {
        LoginRefusal::InvalidCredentials => Failure::new(
            StatusCode::UNAUTHORIZED,
            "invalid_credentials",
            "The user name or the password is wrong",
        ),
        LoginRefusal::Throttled { retry_after } => Failure::too_many_attempts(retry_after),
        LoginRefusal::InvalidScope => Failure::new(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "The scope is malformed, or more than this account has",
        ),
    }
}

/// The tokens as cookies and body.
pub fn answer(request: &HttpRequest, settings: &WebSettings, tokens: &LoginTokens) -> HttpResponse {
    let refresh_token = tokens.refresh_token.expose();
    let shown = settings.tokens_in_browser_body || !origin::is_browser(request);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::PRAGMA, "no-cache"));
    let cookies = [
        cookie::access_token(settings, &tokens.access_token, tokens.expires_in),
        cookie::refresh_token(settings, refresh_token),
    ];
    for value in cookies.into_iter().flatten() {
        response.append_header((header::SET_COOKIE, value));
    }
    response.json(Body {
        access_token: shown.then_some(&*tokens.access_token),
        token_type: BEARER,
        expires_in: tokens.expires_in,
        scope: &tokens.scope,
        refresh_token: shown.then_some(refresh_token),
    })
}
