//! `POST /oauth/register`: a client registers itself (RFC 7591 §3); `GET`, `PUT` and `DELETE /oauth/register/{client_id}`: it reads,
//! changes and removes its registration (RFC 7592 §2).

use std::net::IpAddr;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::super::extract::{address, json, single};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use crate::flows::Node;
use crate::flows::client_registration::{self as registration, Registered, RegistrationRefusal};
use crate::oauth::bearer;
use crate::oauth::client_registration::{MAX_BYTES, invalid, told};

/// A Bearer header without a token in it: one was presented, and is none.
const NO_TOKEN: &str = "";

/// Registers a client.
///
/// # Errors
/// RFC 7591 §3.2.2; 401 without a good initial access token where one is needed, 403 where registration is closed, 429.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let from = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    let token = token(&request)?;
    let said = read(&request, &body);
    // A wrong content type is told before anything else, as everywhere; what is in the body is nobody's business without a token.
    let said = match said {
        Err(failure) if failure.status == StatusCode::UNSUPPORTED_MEDIA_TYPE => return Err(failure),
        said => said,
    };
    let said = match registration::admits(&node, token).await? {
        Ok(()) => said?,
        Err(refusal) => return Err(refused(&node, refusal, from)),
    };
    match registration::register(&node, token, &said, from).await? {
        Ok(registered) => Ok(answer(&settings, StatusCode::CREATED, &registered)),
        Err(refusal) => Err(refused(&node, refusal, from)),
    }
}

/// What is registered (RFC 7592 §2.1).
///
/// # Errors
/// 401 without the client's registration access token, 403 for one that is switched off.
pub async fn get(
    request: HttpRequest,
    client_id: Path<String>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let from = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    let token = token(&request)?.ok_or_else(Failure::unauthenticated)?;
    match registration::read(&node, &client_id, token).await? {
        Ok(registered) => Ok(answer(&settings, StatusCode::OK, &registered)),
        Err(refusal) => Err(refused(&node, refusal, from)),
    }
}

/// Puts something else in its place (RFC 7592 §2.2).
///
/// # Errors
/// Those of [`get`], and RFC 7591 §3.2.2.
pub async fn replace(
    request: HttpRequest,
    body: Bytes,
    client_id: Path<String>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let from = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    let token = token(&request)?.ok_or_else(Failure::unauthenticated)?;
    if let Err(refusal) = registration::read(&node, &client_id, token).await? {
        return Err(refused(&node, refusal, from));
    }
    let said = read(&request, &body)?;
    match registration::replace(&node, &client_id, token, &said, from).await? {
        Ok(registered) => Ok(answer(&settings, StatusCode::OK, &registered)),
        Err(refusal) => Err(refused(&node, refusal, from)),
    }
}

/// Removes it (RFC 7592 §2.3).
///
/// # Errors
/// Those of [`get`].
pub async fn remove(
    request: HttpRequest,
    client_id: Path<String>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let from = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    let token = token(&request)?.ok_or_else(Failure::unauthenticated)?;
    match registration::remove(&node, &client_id, token, from).await? {
        Ok(()) => Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish()),
        Err(refusal) => Err(refused(&node, refusal, from)),
    }
}

/// The Bearer token of the request, the only way in which one may come (RFC 7591 §3, RFC 7592 §2); any other credential is none.
fn token(request: &HttpRequest) -> Result<Option<&str>, Failure> {
    let value = single(request, &header::AUTHORIZATION)?;
    Ok(value.map(|value| bearer::parse(value).map_or(NO_TOKEN, |credential| credential.token())))
}

/// The body: one JSON object (RFC 7591 §3.1). What is wrong with it is told by the code of that document.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Map<String, Value>, Failure> {
    if body.len() > MAX_BYTES {
        return Err(invalid(format!("the request is larger than {} KiB", MAX_BYTES / 1024)).into());
    }
    json::read(request, body).map_err(|failure| match failure.status {
        StatusCode::BAD_REQUEST => invalid(failure.message.into_owned()).into(),
        _ => failure,
    })
}

/// Everything that is registered, and by what it is managed (RFC 7591 §3.2.1, RFC 7592 §3).
fn answer(settings: &WebSettings, status: StatusCode, registered: &Registered) -> HttpResponse {
    let mut members = told(&registered.client);
    let issuer = settings.issuer.trim_end_matches('/');
    let uri = format!("{issuer}/oauth/register/{}", registered.client.client_id);
    members.insert("registration_client_uri".to_owned(), uri.into());
    members.insert("registration_access_token".to_owned(), registered.token.expose().into());
    if let Some(secret) = &registered.secret {
        members.insert("client_secret".to_owned(), secret.expose().into());
    }
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(members)
}

fn refused(node: &Node, refusal: RegistrationRefusal, from: IpAddr) -> Failure {
    match refusal {
        RegistrationRefusal::Closed => {
            let message = "Clients are registered by the administrators of this server";
            Failure::new(StatusCode::FORBIDDEN, "access_denied", message)
        }
        RegistrationRefusal::NoToken => Failure::unauthenticated(),
        RegistrationRefusal::BadToken => match node.guesses.failed(None, from, node.clock.now()) {
            Some(retry_after) => Failure::too_many_attempts(retry_after),
            None => Failure::invalid_token(),
        },
        RegistrationRefusal::SwitchedOff => {
            let message = "This client was switched off by an administrator of this server";
            Failure::new(StatusCode::FORBIDDEN, "access_denied", message)
        }
        RegistrationRefusal::Invalid(error) => error.into(),
        RegistrationRefusal::Throttled(seconds) => Failure::too_many_registrations(seconds),
    }
}
