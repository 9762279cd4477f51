//! `POST /oauth/token`: the token endpoint (RFC 6749 §3.2), form or JSON (contract §5).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::extract::body::{self, Accepts};
use super::super::extract::dpop::{self, DPOP_NONCE};
use super::super::extract::{address, single};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use crate::flows::{self, Node, token};

/// Answers a token request.
///
/// # Errors
/// RFC 6749 §5.2.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::FormOrStrings)?;
    let authorization = single(&request, &header::AUTHORIZATION)?;
    let proof = dpop::proof(&request);
    let from = address::known(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    let answer = token::token(&node, authorization, &parameters, proof, from).await?;
    let response = answer.map_err(|error| dpop::refused(&node, error))?;
    // RFC 6749 §5.1.
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::PRAGMA, "no-cache"));
    if let Some(nonce) = flows::dpop::next_nonce(&node).filter(|_| proof.is_some()) {
        answer.insert_header((DPOP_NONCE, nonce));
    }
    Ok(answer.json(response))
}
