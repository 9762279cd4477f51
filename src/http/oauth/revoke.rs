//! `POST /oauth/revoke`: token revocation (RFC 7009 §2).

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::extract::body::{self, Accepts};
use super::super::extract::single;
use super::super::failure::Failure;
use crate::flows::{Node, revocation};

/// Ends a token; one that is not known is ended already (RFC 7009 §2.2).
///
/// # Errors
/// RFC 7009 §2.2.1.
pub async fn post(request: HttpRequest, body: Bytes, node: Data<Node>) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&request, &body, Accepts::Form)?;
    let authorization = single(&request, &header::AUTHORIZATION)?;
    revocation::revoke(&node, authorization, &parameters).await??;
    Ok(HttpResponse::Ok().finish())
}
