//! `/health/live` and `/health/ready`: is the process there, and does it want requests (contract §1; security §4.9).

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::failure::Failure;
use super::settings::Readiness;
use crate::flows::Node;

/// The process answers. Says nothing about the store: a restart would not bring it back.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(r#"{"status":"live"}"#)
}

/// The node takes requests, and heard from its store within the revocation bound.
///
/// # Errors
/// 503.
pub async fn ready(node: Data<Node>, readiness: Data<Readiness>) -> Result<HttpResponse, Failure> {
    if readiness.is_ready() && node.revocations.is_fresh() {
        Ok(HttpResponse::Ok().content_type("application/json").body(r#"{"status":"ready"}"#))
    } else {
        Err(Failure::unavailable())
    }
}
