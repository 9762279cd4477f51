//! `GET /docs`: the OpenAPI document as a page, which needs no script (contract §1).

mod document;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use self::document::Group;
use super::super::api::v1::schema;
use super::super::failure::Failure;
use super::visit::{Page, Visit};
use crate::words;

#[derive(Template)]
#[template(path = "docs.html", config = "src/http/pages/askama.toml")]
struct Docs<'a> {
    page: Page<'a>,
    about: String,
    groups: Vec<Group>,
}

/// Shows the page.
///
/// # Errors
/// 500 if it cannot be written.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let document = serde_json::from_slice(&schema::written()).unwrap_or_default();
    let (about, groups) = document::read(&document, &visit.settings.issuer);
    // The document is English, and so is the page around it.
    let page = Page { words: words::choose([]), ..visit.page() };
    visit.show(StatusCode::OK, &Docs { page, about, groups })
}
