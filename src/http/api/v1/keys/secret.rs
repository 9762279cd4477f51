//! A key's secret: replaced, or shown again (contract §2, §9).

use actix_web::HttpResponse;
use actix_web::http::header;

use super::super::call::Call;
use super::super::refused::{Conflicting, OfOne, Protected, WithBody};
use super::body::{Key, PasswordAgain, Rotation};
use super::{At, Manages, refusal};
use crate::flows::api_keys::WithSecret;
use crate::flows::password::Attempt;
use crate::flows::{Node, api_keys};
use crate::http::failure::Failure;

/// Replace a key's secret at once
///
/// The old secret is refused from now on; the new one is in this answer only. A key may do this to itself.
/// One that has expired needs another end first.
///
/// # Errors
/// 400, 401, 403, 404, 409 for one that has expired, 415.
#[utoipa::path(post, path = "/api/v1/keys/{id}/regenerate", tag = "Keys", operation_id = "regenerateKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key, with its new secret.", body = Key), Protected, OfOne, WithBody, Conflicting))]
pub async fn regenerate(call: Call<At<Manages>>) -> Result<HttpResponse, Failure> {
    let id = call.id("id")?;
    call.reads_nothing()?;
    let made = api_keys::regenerate(&call.node, call.actor(), call.who.place, id, None).await?;
    Ok(answer(made.map_err(refusal)?, &call.node))
}

/// Replace a key's secret with an overlap
///
/// The new secret is in this answer only; the old one is good for `overlap_seconds` more. A key may do this to itself.
/// One that has expired needs another end first.
///
/// # Errors
/// 400, 401, 403, 404, 409 for one that has expired, 415.
#[utoipa::path(post, path = "/api/v1/keys/{id}/rotate", tag = "Keys", operation_id = "rotateKey",
    params(("id" = Uuid, Path, description = "The key's id.")), request_body = Rotation,
    responses((status = 200, description = "The key, with its new secret.", body = Key), Protected, OfOne, WithBody, Conflicting))]
pub async fn rotate(call: Call<At<Manages>>) -> Result<HttpResponse, Failure> {
    let id = call.id("id")?;
    let Rotation { overlap_seconds } = call.read_or_empty()?;
    let made = api_keys::rotate(&call.node, call.actor(), call.who.place, id, None, overlap_seconds).await?;
    Ok(answer(made.map_err(refusal)?, &call.node))
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
pub async fn reveal(call: Call<At<Manages>>) -> Result<HttpResponse, Failure> {
    let id = call.id("id")?;
    let PasswordAgain { password } = call.read()?;
    let name = call.who.identity.username.as_deref().unwrap_or_default();
    let proof = Attempt { name, password: &password, address: call.address };
    let shown = api_keys::reveal(&call.node, call.actor(), call.who.place, id, proof).await?;
    Ok(answer(shown.map_err(refusal)?, &call.node))
}

fn answer(made: WithSecret, node: &Node) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Key::with_secret(made, node.clock.now()))
}
