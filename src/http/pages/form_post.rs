//! The page that sends an authorization response to the client by a form (Form Post Response Mode §2): by our script, or by its
//! button where there is none.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;

use super::super::failure::Failure;
use super::language::Language;
use super::visit::{Page, Visit};
use crate::oauth::authorization_response::FormPost;

/// The form may go to the client, and on from there: Chromium applies `form-action` to the redirects that follow, and where a
/// client sends its people then is its own affair (security §4.7). Without https only to a program on this machine.
macro_rules! policy {
    ($targets:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action ",
            $targets,
            "; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
        )
    };
}
const TO_THE_WEB: &str = policy!("https:");
const TO_THIS_MACHINE: &str = policy!("http: https:");

#[derive(Template)]
#[template(path = "form_post.html", config = "src/http/pages/askama.toml")]
struct Sent<'a> {
    page: Page<'a>,
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

/// Has the browser send `form`.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn page(visit: &Visit, form: &FormPost) -> Result<HttpResponse, Failure> {
    let language = form.ui_locales.as_deref().and_then(Language::wished);
    let page = Page { language: language.unwrap_or(visit.page().language), ..visit.page() };
    let page = Sent { page, action: form.action.as_str(), fields: &form.fields };
    let mut response = visit.show(StatusCode::OK, &page)?;
    let policy = if form.action.is_https() { TO_THE_WEB } else { TO_THIS_MACHINE };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    // It holds a code (Form Post Response Mode §2).
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
