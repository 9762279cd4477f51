//! `ANY /v1/auth/verify`: is this credential good, and good enough (contract §6)? Exactly 200, or never 2xx.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use uuid::Uuid;

use super::super::super::extract::credential;
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use super::identity_headers;
use super::requirements::Requirements;
use crate::flows::Node;
use crate::flows::verify::Identity;

/// Where it is.
pub const PATH: &str = "/v1/auth/verify";

/// The body of a 200; members that do not apply are `null`.
#[derive(Serialize)]
struct Verified<'a> {
    authenticated: bool,
    /// The user; for a client acting for itself the client, which is its token's subject (RFC 9068 §2.2).
    user_id: &'a str,
    scopes: Vec<&'a str>,
    expires_at: Option<String>,
    auth_method: &'static str,
    username: Option<&'a str>,
    email: Option<&'a str>,
    key_id: Option<Uuid>,
    project_id: Option<Uuid>,
    client_id: Option<&'a str>,
    audience: &'a str,
}

/// Contract §6, word for word.
const ANONYMOUS: &str = r#"{"authenticated":false,"user_id":null,"scopes":[],"expires_at":null}"#;

/// Answers every method alike; the body is never read.
///
/// # Errors
/// 400 for what cannot be understood, 401 not valid, 403 (or 404) not allowed, 503 cannot tell.
pub async fn any(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let requirements = Requirements::parse(request.query_string())?;
    let presented = credential::find(&request, &settings)?;
    let Some(identity) = credential::identify(&node, presented).await? else {
        if !requirements.allows_anonymous() {
            return Err(Failure::unauthenticated());
        }
        return Ok(anonymous());
    };
    requirements.admit(&identity)?;
    Ok(verified(&identity))
}

fn anonymous() -> HttpResponse {
    let mut response = HttpResponse::Ok().content_type("application/json").body(ANONYMOUS);
    identity_headers::add(None, response.headers_mut());
    response
}

fn verified(identity: &Identity) -> HttpResponse {
    let mut response = HttpResponse::Ok().json(Verified {
        authenticated: true,
        user_id: &identity.subject,
        scopes: identity.scope.iter().collect(),
        expires_at: Some(identity.expires_at.rfc3339()),
        auth_method: identity.class.as_str(),
        username: identity.username.as_deref(),
        email: identity.email.as_deref(),
        key_id: None,
        project_id: None,
        client_id: identity.client_id.as_deref(),
        audience: &identity.audience,
    });
    identity_headers::add(Some(identity), response.headers_mut());
    response
}
