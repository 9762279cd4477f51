//! `POST /oauth/introspect`: token introspection (RFC 7662 §2).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::extract::body::{self, Accepts};
use super::super::extract::single;
use super::super::failure::Failure;
use crate::flows::{Node, introspection};

/// Answers what is known of a token.
///
/// # Errors
/// RFC 7662 §2.3.
pub async fn post(request: HttpRequest, body: Bytes, node: Data<Node>) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::Form)?;
    let authorization = single(&request, &header::AUTHORIZATION)?;
    let answer = introspection::introspect(&node, authorization, &parameters).await??;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(answer))
}
