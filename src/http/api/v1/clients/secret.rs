//! `/api/v1/clients/{client_id}/secret`: another secret, and the end of the one before (security §3, 36).

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::super::call::{Call, Person};
use super::super::keys::body::Rotation;
use super::super::refused::{OfOne, Protected, WithBody};
use super::super::rights::ChangesAll;
use super::{Client, known_id, refusal, with_secret};
use crate::flows::client_secret;
use crate::http::failure::Failure;

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
pub async fn replace(call: Call<Person<ChangesAll>>, path: Path<String>) -> Result<HttpResponse, Failure> {
    let Rotation { overlap_seconds } = call.read_or_empty()?;
    let made = client_secret::replace(&call.node, call.actor(), known_id(&path)?, overlap_seconds).await?;
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
    call: Call<Person<ChangesAll>>,
    path: Path<String>,
) -> Result<HttpResponse, Failure> {
    client_secret::end_previous(&call.node, call.actor(), known_id(&path)?)
        .await?
        .map_err(|refused| refusal(&refused))?;
    Ok(HttpResponse::NoContent().finish())
}
