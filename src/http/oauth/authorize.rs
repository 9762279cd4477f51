//! `GET,POST /oauth/authorize`: the authorization endpoint (RFC 6749 §3.1). Login and consent return here.

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::pages::browser::{self, see_other};
use super::super::pages::consent;
use super::super::pages::visit::Visit;
use crate::flows::authorize::{self, Authorize};
use crate::flows::client_id_metadata_document as documents;
use crate::oauth::authorization_request::query_after_login;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;

/// Where it is.
pub const PATH: &str = "/oauth/authorize";

/// Answers a request in the query.
///
/// # Errors
/// A page, while nothing says that the redirect URI can be trusted (RFC 6749 §4.1.2.1).
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let parameters = visit.query()?;
    answer(&visit, &parameters).await
}

/// Answers a request in a form (RFC 6749 §3.1 lets clients POST it).
///
/// # Errors
/// As [`get`].
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&visit.request, &body, Accepts::Form)?;
    answer(&visit, &parameters).await
}

async fn answer(visit: &Visit, parameters: &Parameters) -> Result<HttpResponse, Failure> {
    let learned = documents::learn(&visit.node, parameters.get("client_id"), visit.address()).await?;
    learned.map_err(|unusable| OAuthError::new(ErrorCode::InvalidRequest, unusable.0))?;
    let signed_in = visit.browser.as_ref().map(|browser| &browser.signed_in);
    match (authorize::authorize(&visit.node, parameters, signed_in).await?, &visit.browser) {
        (Authorize::Redirect(location), _) => see_other(&location),
        (Authorize::Page(error), _) => Err(error.into()),
        (Authorize::Consent(prompt), Some(browser)) => {
            consent::page(visit, browser, &prompt, &parameters.to_query(), None)
        }
        (Authorize::Login | Authorize::Consent(_), _) => login_first(parameters),
    }
}

/// To the sign-in page, and back here.
///
/// # Errors
/// 500 if a query cannot be written into a header, which percent-encoding rules out.
pub fn login_first(parameters: &Parameters) -> Result<HttpResponse, Failure> {
    // `again`: somebody may be signed in, and is to prove it once more (OpenID Connect Core §3.1.2.1).
    let again = if parameters.get("prompt").is_some() { "again=1&" } else { "" };
    see_other(&format!("/login?{again}{}", browser::next_query(&back_here(parameters))))
}

/// The address of this endpoint with the same request, but for a sign-in that it demanded.
pub fn back_here(parameters: &Parameters) -> String {
    format!("{PATH}?{}", query_after_login(parameters))
}
