//! `POST /oauth/introspect`: token introspection (RFC 7662 §2), as a JWT if asked (RFC 9701 §4).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::extract::body::{self, Accepts};
use super::super::extract::single;
use super::super::failure::Failure;
use crate::flows::Node;
use crate::flows::introspection::{self, Answer};
use crate::oauth::introspection::{JWT_CONTENT_TYPE, asks_for_jwt};

/// Answers what is known of a token.
///
/// # Errors
/// RFC 7662 §2.3.
pub async fn post(request: HttpRequest, body: Bytes, node: Data<Node>) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::Form)?;
    let authorization = single(&request, &header::AUTHORIZATION)?;
    let mut accepts = request.headers().get_all(header::ACCEPT).filter_map(|accept| accept.to_str().ok());
    let as_jwt = accepts.any(asks_for_jwt);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::VARY, "Accept"));
    Ok(match introspection::introspect(&node, authorization, &parameters, as_jwt).await?? {
        Answer::Json(answer) => response.json(answer),
        Answer::Jwt(jwt) => response.content_type(JWT_CONTENT_TYPE).body(jwt),
    })
}
