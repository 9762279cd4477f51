//! `GET,POST /oauth/logout`: the logout endpoint (OpenID Connect RP-Initiated Logout 1.0 §2). Whom it must ask it asks at `/logout`.

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::pages::browser::see_other;
use super::super::pages::logout::{self, Asked};
use super::super::pages::visit::Visit;
use crate::flows::rp_initiated_logout::{self, Answer};
use crate::oauth::parameters::Parameters;

/// Where it is.
pub const PATH: &str = "/oauth/logout";

/// Answers a request in the query.
///
/// # Errors
/// A page, for a request that is not in order (§4).
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let parameters = visit.query()?;
    answer(visit, &parameters).await
}

/// Answers a request in a form (§2). One that comes from the client's own page has no session: browsers keep a `Lax` cookie to
/// themselves then. They bring it when they are sent here once more, by GET.
///
/// # Errors
/// As [`get`].
pub async fn post(mut visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let parameters = body::parameters(&visit.request, &body, Accepts::Form)?;
    visit.hear(parameters.get("ui_locales"));
    if visit.browser.is_none() {
        return see_other(&format!("{PATH}?{}", parameters.to_query()));
    }
    answer(visit, &parameters).await
}

async fn answer(visit: Visit, parameters: &Parameters) -> Result<HttpResponse, Failure> {
    let signed_in = visit.browser.as_ref().map(|browser| &browser.signed_in);
    let answer = rp_initiated_logout::request(&visit.node, parameters, signed_in, visit.address()).await?;
    let query = parameters.to_query();
    match (answer, &visit.browser) {
        (Answer::SignedOut(location), _) => {
            // The page there says so, at an address without the hint.
            let mut response = see_other(&location.unwrap_or_else(|| visit.at(logout::PATH)))?;
            // A picture on another site that leads here brings no session, and takes none.
            if visit.browser.is_some() {
                logout::forget(&visit, &mut response);
            }
            Ok(response)
        }
        (Answer::Ask(client), Some(browser)) => {
            let asked = Asked { request: Some(&query), client: client.as_deref(), ..Asked::default() };
            logout::question(&visit, browser, asked)
        }
        (Answer::Refused(error), Some(browser)) => {
            logout::question(&visit, browser, Asked { fault: Some(&error), ..Asked::default() })
        }
        (Answer::Refused(error), None) => Err(error.into()),
        (Answer::Ask(_), None) => see_other(&visit.at(logout::PATH)),
    }
}
