//! `GET /docs`: the OpenAPI document as a page, which needs no script (contract §1).

mod document;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;

use self::document::Group;
use super::super::api::v1::schema;
use super::super::failure::Failure;
use super::gzip;
use super::language::Language;
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
    let page = Page { language: Language::unasked(words::choose([])), ..visit.page() };
    let shown = Docs { page, about, groups };
    let mut response = match gzip::is_taken(&visit.request) {
        true => squeezed(&shown)?,
        false => visit.show(StatusCode::OK, &shown)?,
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// The page in a tenth of its size.
fn squeezed(page: &impl Template) -> Result<HttpResponse, Failure> {
    let broken = |cause: String| Failure { cause: Some(cause.into()), ..Failure::server_error() };
    let html = page.render().map_err(|error| broken(error.to_string()))?;
    let body = gzip::of(html.as_bytes()).map_err(|error| broken(error.to_string()))?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_ENCODING, "gzip")).content_type("text/html; charset=utf-8");
    Ok(response.body(body))
}
