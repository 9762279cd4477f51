//! A page that only says something: what was done, what comes next, why there is nothing to do here.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpResponse};
use askama::Template;

use super::super::entrance::RequestId;
use super::super::failure::Failure;
use super::visit::{Page, Visit};
use crate::words::Words;

#[derive(Template)]
#[template(path = "message.html", config = "src/http/pages/askama.toml")]
struct Message<'a> {
    page: Page<'a>,
    title: String,
    text: String,
    on: Option<(&'static str, String)>,
    /// The request's id, where something went wrong.
    request_id: Option<String>,
}

/// Says `title` and `text`, and leads on to a path by words.
///
/// # Errors
/// 500 if it cannot be written.
pub fn page(
    visit: &Visit,
    status: StatusCode,
    title: String,
    text: String,
    on: Option<(&'static str, String)>,
) -> Result<HttpResponse, Failure> {
    let id = visit.request.extensions().get::<RequestId>().map(|id| id.0.to_string());
    let request_id = id.filter(|_| !status.is_success());
    visit.show(status, &Message { page: visit.page(), title, text, on, request_id })
}

/// The way to the sign-in page.
pub fn sign_in(words: &Words) -> Option<(&'static str, String)> {
    Some(("/login", words.say("sign-in")))
}

/// Says that a link does not work, or not any more.
///
/// # Errors
/// 500 if it cannot be written.
pub fn gone(
    visit: &Visit,
    text: String,
    on: Option<(&'static str, String)>,
) -> Result<HttpResponse, Failure> {
    page(visit, StatusCode::NOT_FOUND, visit.words.say("link-gone-title"), text, on)
}
