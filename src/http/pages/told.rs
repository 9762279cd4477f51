//! A page that only says something: what was done, what comes next, why there is nothing to do here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::failure::Failure;
use super::visit::{Page, Visit};
use crate::words::Words;

#[derive(Template)]
#[template(path = "told.html", config = "src/http/pages/askama.toml")]
struct Told<'a> {
    page: Page<'a>,
    title: String,
    text: String,
    on: Option<(&'static str, String)>,
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
    visit.show(status, &Told { page: visit.page(), title, text, on })
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
