//! `GET /api/v1/schema`: the OpenAPI document, made from the handlers and their types (contract §1).

use std::sync::LazyLock;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::refused::{Error, Protected};
use super::{account, audit_events, clients, keys, members, projects, sessions, users};
use crate::flows::Node;
use crate::http::extract::caller;
use crate::http::extract::listing::no_parameters;
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;

#[derive(OpenApi)]
#[openapi(
    paths(
        get,
        account::get,
        keys::list,
        keys::create,
        keys::report_leaked,
        keys::get,
        keys::update,
        keys::delete,
        keys::regenerate,
        keys::rotate,
        keys::disable,
        keys::enable,
        keys::reveal,
        projects::list,
        projects::create,
        projects::get,
        projects::update,
        projects::delete,
        members::list,
        members::add,
        members::update,
        members::remove,
        sessions::list,
        sessions::end,
        users::list,
        users::create,
        users::get,
        users::update,
        clients::list,
        clients::create,
        clients::get,
        clients::update,
        clients::delete,
        audit_events::list,
    ),
    components(schemas(Error))
)]
struct Api;

static DOCUMENT: LazyLock<Document> = LazyLock::new(Api::openapi);
static WRITTEN: LazyLock<Bytes> =
    LazyLock::new(|| serde_json::to_vec(&*DOCUMENT).unwrap_or_default().into());

/// The document.
pub fn document() -> &'static Document {
    &DOCUMENT
}

/// This document
///
/// OpenAPI, of everything here that speaks JSON. No credential is needed; one that is no good is refused all the same.
///
/// # Errors
/// 400, 401 for a credential that is no good.
#[utoipa::path(get, path = "/api/v1/schema", tag = "About", operation_id = "getSchema",
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value), Protected))]
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    caller::find(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    Ok(HttpResponse::Ok().content_type("application/json").body(WRITTEN.clone()))
}
