//! `POST /oauth/device_authorization`: a device gets its two codes (RFC 8628 §3.1, §3.2).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::extract::body::{self, Accepts};
use super::super::extract::{address, single};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use crate::flows::Node;
use crate::flows::client_id_metadata_document as documents;
use crate::flows::device_authorization::{self, StartRefusal};
use crate::oauth::error::{ErrorCode, OAuthError};

/// Answers a device authorization request.
///
/// # Errors
/// RFC 6749 §5.2; 429 for too many from one address.
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
    match device_authorization::start(&node, authorization, &parameters, from).await? {
        Ok(response) => {
            Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(response))
        }
        Err(StartRefusal::OAuth(error)) => Err(error.into()),
        Err(StartRefusal::Throttled(seconds)) => Err(Failure::too_many_devices(seconds)),
    }
}
