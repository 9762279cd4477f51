//! A key's secret: replaced, or shown again (contract §2, §9).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::refused::{OfOne, Protected, WithBody};
use super::body::{Key, PasswordAgain, Rotation};
use super::{At, Need, key_id, refusal};
use crate::flows::api_keys::WithSecret;
use crate::flows::password::Attempt;
use crate::flows::{Node, api_keys};
use crate::http::extract::json;
use crate::http::extract::listing::no_parameters;
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;

/// Replace a key's secret at once
///
/// The old secret is refused from now on; the new one is in this answer only. A key may do this to itself.
///
/// # Errors
/// 400, 401, 403, 404, 415.
#[utoipa::path(post, path = "/api/v1/keys/{id}/regenerate", tag = "Keys", operation_id = "regenerateKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key, with its new secret.", body = Key), Protected, OfOne, WithBody))]
pub async fn regenerate(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let at = At::find(&request, &node, &settings, Need::Manage).await?;
    no_parameters(request.query_string())?;
    let id = key_id(&request)?;
    json::nothing(&request, &body)?;
    let made = api_keys::regenerate(&node, at.actor(), at.place, id).await?.map_err(refusal)?;
    Ok(answer(made, &node))
}

/// Replace a key's secret with an overlap
///
/// The new secret is in this answer only; the old one is good for `overlap_seconds` more. A key may do this to itself.
///
/// # Errors
/// 400, 401, 403, 404, 415.
#[utoipa::path(post, path = "/api/v1/keys/{id}/rotate", tag = "Keys", operation_id = "rotateKey",
    params(("id" = Uuid, Path, description = "The key's id.")), request_body = Rotation,
    responses((status = 200, description = "The key, with its new secret.", body = Key), Protected, OfOne, WithBody))]
pub async fn rotate(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let at = At::find(&request, &node, &settings, Need::Manage).await?;
    no_parameters(request.query_string())?;
    let id = key_id(&request)?;
    let Rotation { overlap_seconds } = json::read_or_empty(&request, &body)?;
    let made = api_keys::rotate(&node, at.actor(), at.place, id, overlap_seconds).await?;
    Ok(answer(made.map_err(refusal)?, &node))
}

/// Show a key's secret again
///
/// Only where the operator lets the server keep secrets, only to who made the key, and only with the account's password.
/// It is written into the audit trail.
///
/// # Errors
/// 400, 401, 403 also for a wrong password, 404, 415, 429 also after too many wrong passwords.
#[utoipa::path(post, path = "/api/v1/keys/{id}/reveal", tag = "Keys", operation_id = "revealKey",
    params(("id" = Uuid, Path, description = "The key's id.")), request_body = PasswordAgain,
    responses((status = 200, description = "The key, with its secret.", body = Key), Protected, OfOne, WithBody))]
pub async fn reveal(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let at = At::find(&request, &node, &settings, Need::Manage).await?;
    no_parameters(request.query_string())?;
    let id = key_id(&request)?;
    let PasswordAgain { password } = json::read(&request, &body)?;
    let name = at.identity.username.as_deref().unwrap_or_default();
    let proof = Attempt { name, password: &password, address: at.address };
    let shown = api_keys::reveal(&node, at.actor(), at.place, id, proof).await?;
    Ok(answer(shown.map_err(refusal)?, &node))
}

fn answer(made: WithSecret, node: &Node) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Key::with_secret(made, node.clock.now()))
}
