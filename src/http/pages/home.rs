//! `GET /`: the way in, or on (contract §1).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::failure::Failure;
use super::browser;
use super::visit::{Page, Visit};
use crate::flows::registration;

#[derive(Template)]
#[template(path = "home.html", config = "src/http/pages/askama.toml")]
struct Home<'a> {
    page: Page<'a>,
    /// Whether anybody may make an account.
    open: bool,
}

/// Sends who is signed in to their settings, and shows anybody else where to sign in.
///
/// # Errors
/// 503 if the session cannot be looked up.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    if visit.browser.is_some() {
        return browser::see_other("/settings");
    }
    visit.show(StatusCode::OK, &Home { page: visit.page(), open: registration::is_open(&visit.node) })
}
