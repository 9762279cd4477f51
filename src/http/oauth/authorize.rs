//! `GET,POST /oauth/authorize`: the authorization endpoint (RFC 6749 §3.1). Login and consent return here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::super::explanation::Explanation;
use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::pages::browser::{self, see_other};
use super::super::pages::visit::Visit;
use super::super::pages::{consent, form_post, next_path};
use crate::flows::authorize::{self, Authorize, LoginFirst};
use crate::flows::client_id_metadata_document as documents;
use crate::oauth::error::{ErrorCode, Matter, OAuthError};
use crate::oauth::parameters::{ParameterError, Parameters};
use crate::oauth::prompt::SignIn;

/// Where it is.
pub const PATH: &str = "/oauth/authorize";

/// Answers a request in the query.
///
/// # Errors
/// A page, while nothing says that the redirect URI can be trusted (RFC 6749 §4.1.2.1).
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.request.query_string().as_bytes();
    match visit.query() {
        Ok(parameters) => answer(&visit, &parameters).await,
        Err(failure) => repeated(&visit, query, failure).await,
    }
}

/// Answers a request in a form (OpenID Connect Core §3.1.2.1 has clients POST it).
///
/// # Errors
/// As [`get`].
pub async fn post(mut visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let parameters = match body::parameters(&visit.request, &body, Accepts::Form) {
        Ok(parameters) => parameters,
        Err(failure) if failure.status == StatusCode::BAD_REQUEST => {
            return repeated(&visit, &body, failure).await;
        }
        Err(failure) => return Err(failure),
    };
    visit.hear(parameters.get("ui_locales"));
    // A browser sends no session with a form of another site (`SameSite=Lax`), but with the redirect that follows it: who is
    // signed in is seen there.
    let hidden = ["request", "request_uri"].into_iter().any(|name| parameters.get(name).is_some());
    if visit.browser.is_none() && (hidden || parameters.get("prompt") == Some("none")) {
        return see_other(&here(&parameters.to_query())?);
    }
    answer(&visit, &parameters).await
}

async fn answer(visit: &Visit, parameters: &Parameters) -> Result<HttpResponse, Failure> {
    let learned = documents::learn(&visit.node, parameters.get("client_id"), visit.address()).await?;
    learned.map_err(|unusable| {
        OAuthError::new(ErrorCode::InvalidRequest, unusable.0).about(Matter::ClientDocument)
    })?;
    let signed_in = visit.browser.as_ref().map(|browser| &browser.signed_in);
    match (authorize::authorize(&visit.node, parameters, signed_in).await?, &visit.browser) {
        (Authorize::Redirect(location), _) => see_other(&location),
        (Authorize::FormPost(form), _) => form_post::page(visit, &form),
        (Authorize::Page(error), _) => Err(error.into()),
        (Authorize::Consent(prompt), Some(browser)) => {
            consent::page(visit, browser, &prompt, &parameters.to_query(), None)
        }
        (Authorize::Login(first), _) => login_first(&first),
        (Authorize::ComeBack(query), _) => see_other(&here(&query)?),
        (Authorize::Consent(_), None) => see_other(&here(&parameters.to_query())?),
    }
}

/// Tells the client that something came more than once (RFC 6749 §3.1), unless that leaves open who it is, where the answer goes
/// or how: that only its person can be told.
async fn repeated(visit: &Visit, sent: &[u8], failure: Failure) -> Result<HttpResponse, Failure> {
    let Ok((once, mut repeated)) = Parameters::once(sent) else { return Err(failure) };
    let way_back = ["client_id", "redirect_uri", "response_mode"];
    if repeated.iter().any(|name| way_back.contains(&name.as_str())) {
        return Err(failure);
    }
    let Some(name) = repeated.pop() else { return Err(failure) };
    match authorize::refuse_repeated(&visit.node, &once, ParameterError::Duplicate(name).into()).await? {
        Authorize::Redirect(location) => see_other(&location),
        Authorize::FormPost(form) => form_post::page(visit, &form),
        _ => Err(failure),
    }
}

/// To the sign-in page, and back here.
///
/// # Errors
/// 400 for a request that is too long to come back.
pub fn login_first(first: &LoginFirst) -> Result<HttpResponse, Failure> {
    // Somebody may be signed in, and is to prove it once more, or to make room (OpenID Connect Core §3.1.2.1).
    let again = match first.why {
        SignIn::Needed | SignIn::Choose => "",
        SignIn::Again => "again=1&",
        SignIn::SomebodyElse => "again=other&",
    };
    see_other(&format!("/login?{again}{}", browser::next_query(&here(&first.query)?)))
}

/// The address of this endpoint with a request.
///
/// # Errors
/// 400 for one that is too long to come back from another page.
pub fn here(query: &str) -> Result<String, Failure> {
    let path = format!("{PATH}?{query}");
    if path == next_path::checked(Some(&path)) {
        return Ok(path);
    }
    let text = "The request is too long: the application should push it (RFC 9126)";
    Err(Failure::invalid_request(text).explained(Explanation::TooLong))
}
