//! `/logout`: a page with a button, since a GET changes nothing (security §4.6), and signing out by POST.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::cookie;
use super::super::explanation::Explanation;
use super::super::failure::Failure;
use super::browser::{self, Browser};
use super::form::Why;
use super::visit::{Page, Visit};
use super::{form, moving_on};
use crate::flows::rp_initiated_logout;
use crate::oauth::error::OAuthError;
use crate::oauth::parameters::Parameters;

/// Where it is.
pub const PATH: &str = "/logout";

#[derive(Template)]
#[template(path = "logout.html", config = "src/http/pages/askama.toml")]
struct Logout<'a> {
    page: Page<'a>,
    username: &'a str,
    csrf_token: &'a str,
    asked: Asked<'a>,
    /// What is not in order, for the person.
    fault: Option<String>,
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "signed_out.html", config = "src/http/pages/askama.toml")]
struct SignedOut<'a> {
    page: Page<'a>,
}

/// Why somebody is asked whether to sign out: their own wish, unless it says more.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The logout request of a client (OpenID Connect RP-Initiated Logout 1.0 §2), as a query.
    pub request: Option<&'a str>,
    /// The client's name.
    pub client: Option<&'a str>,
    /// What is not in order with a client's request.
    pub fault: Option<&'a OAuthError>,
    /// Why what was sent was not taken as an answer.
    pub again: Option<&'a Why>,
}

/// Asks once more.
///
/// # Errors
/// 503 if the session cannot be looked up.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    match &visit.browser {
        Some(browser) => question(&visit, browser, Asked::default()),
        None => visit.show(StatusCode::OK, &SignedOut { page: visit.page() }),
    }
}

/// The page that asks.
///
/// # Errors
/// 500 if it cannot be written.
pub fn question(visit: &Visit, browser: &Browser, asked: Asked<'_>) -> Result<HttpResponse, Failure> {
    let page = Logout {
        page: visit.page(),
        username: &browser.signed_in.user.username,
        csrf_token: &browser.form_token(&visit.node, &form_name(asked.request)),
        asked,
        fault: asked
            .fault
            .and_then(|error| Explanation::of_refusal(error).what())
            .map(|id| visit.words.say(&id)),
        notice: asked.again.map(|why| form::notice(visit.words, why)),
    };
    let status = if asked.fault.is_some() { StatusCode::BAD_REQUEST } else { form::status(asked.again) };
    visit.show(status, &page)
}

/// Signs out; whom a client sent goes on to where it may send them.
///
/// # Errors
/// 403 for a form that another site sent; one that was open for too long is shown again.
pub async fn post(mut visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    let query = fields.get("request");
    let request = query.map(|query| Parameters::from_form(query.as_bytes())).transpose()?.unwrap_or_default();
    if let Some(browser) = &visit.browser
        && let Err(why) = browser.take_form(&visit.node, &form_name(query), &fields).await?
    {
        let client = rp_initiated_logout::asked_by(&visit.node, &request).await?;
        let asked = Asked { request: query, client: client.as_deref(), again: Some(&why), fault: None };
        return question(&visit, browser, asked);
    }
    let signed_in = visit.browser.take().map(|browser| browser.signed_in);
    let (node, address) = (&visit.node, visit.address());
    let location = rp_initiated_logout::confirmed(node, &request, signed_in.as_ref(), address).await?;
    let mut response = match location {
        Some(location) => moving_on::page(&visit, &location)?,
        None => visit.show(StatusCode::OK, &SignedOut { page: visit.page() })?,
    };
    forget(&visit, &mut response);
    Ok(response)
}

/// Takes the session's cookie from the browser.
pub fn forget(visit: &Visit, response: &mut HttpResponse) {
    let name = cookie::session_name(visit.settings.https);
    browser::set_cookie(response, cookie::for_pages(&visit.settings, name, "", 0));
}

/// The form is about one request: what another wants is another form.
fn form_name(request: Option<&str>) -> String {
    request.map_or_else(|| "logout".to_owned(), |request| format!("logout:{request}"))
}
