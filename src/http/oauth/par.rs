//! `POST /oauth/par`: a client pushes its authorization request (RFC 9126 §2).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::extract::body::{self, Accepts};
use super::super::extract::{address, dpop, single};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use crate::flows::Node;
use crate::flows::client_id_metadata_document as documents;
use crate::flows::pushed_authorization_request::{self, PushRefusal};
use crate::oauth::error::{ErrorCode, OAuthError};

/// Stores the request and answers its URI.
///
/// # Errors
/// RFC 9126 §2.3.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::Form)?;
    let authorization = single(&request, &header::AUTHORIZATION)?;
    let from = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    let learned = documents::learn(&node, parameters.get("client_id"), from).await?;
    learned.map_err(|unusable| OAuthError::new(ErrorCode::InvalidClient, unusable.0))?;
    match pushed_authorization_request::push(&node, authorization, &parameters, dpop::proof(&request), from)
        .await?
    {
        Ok(response) => {
            Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(response))
        }
        Err(PushRefusal::OAuth(error)) => Err(dpop::refused(&node, error)),
        Err(PushRefusal::Throttled(seconds)) => Err(Failure::too_many_pushes(seconds)),
    }
}
