//! `/api/v1/clients/{client_id}/secret`: another secret, and the end of the one before (security §3, 36).

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::super::keys::body::Rotation;
use super::super::refused::{OfOne, Protected, WithBody};
use super::super::rights;
use super::{Client, known_id, refusal, with_secret};
use crate::flows::{Node, client_secret};
use crate::http::extract::listing::no_parameters;
use crate::http::extract::{caller, json};
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;

/// Replace a client's secret
///
/// For administrators. The new secret is in this answer only; the old one is good for `overlap_seconds` more, and one before
/// that is dead.
///
/// # Errors
/// 400 also for a public client, 401, 403, 404, 415.
#[utoipa::path(post, path = "/api/v1/clients/{client_id}/secret", tag = "Administration",
    operation_id = "replaceClientSecret",
    params(("client_id" = String, Path, description = "The client's id.")), request_body = Rotation,
    responses((status = 200, description = "The client, with its new secret.", body = Client), Protected, OfOne, WithBody))]
pub async fn replace(
    request: HttpRequest,
    path: Path<String>,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::require(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    rights::changing_administrator(&identity)?;
    let actor = caller::acting(&request, &identity, &settings);
    let Rotation { overlap_seconds } = json::read_or_empty(&request, &body)?;
    let made = client_secret::replace(&node, actor, known_id(&path)?, overlap_seconds).await?;
    Ok(with_secret(HttpResponse::Ok(), made.map_err(|refused| refusal(&refused))?))
}

/// End the secret before the last one
///
/// For administrators. Only the last secret is good from now on.
///
/// # Errors
/// 401, 403, 404.
#[utoipa::path(delete, path = "/api/v1/clients/{client_id}/secret/previous", tag = "Administration",
    operation_id = "endPreviousClientSecret",
    params(("client_id" = String, Path, description = "The client's id.")),
    responses((status = 204, description = "It is dead, if there was one."), Protected, OfOne))]
pub async fn end_previous(
    request: HttpRequest,
    path: Path<String>,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let identity = caller::require(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    rights::changing_administrator(&identity)?;
    let actor = caller::acting(&request, &identity, &settings);
    client_secret::end_previous(&node, actor, known_id(&path)?)
        .await?
        .map_err(|refused| refusal(&refused))?;
    Ok(HttpResponse::NoContent().finish())
}
