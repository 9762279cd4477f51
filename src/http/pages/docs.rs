//! `GET /docs`: the OpenAPI document as a page, which needs no script (contract §1).

mod document;

use std::io::Write;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use flate2::Compression;
use flate2::write::GzEncoder;

use self::document::Group;
use super::super::api::v1::schema;
use super::super::failure::Failure;
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
    let mut response = match takes_gzip(&visit.request) {
        true => squeezed(&shown)?,
        false => visit.show(StatusCode::OK, &shown)?,
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// Only what says so plainly: `gzip` without a weight, as every browser writes it (RFC 9110 §12.5.3).
fn takes_gzip(request: &HttpRequest) -> bool {
    let values = request.headers().get_all(header::ACCEPT_ENCODING);
    let mut codings = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    codings.any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
}

/// The page in a tenth of its size. It holds no secret and nothing that a visitor sent, so that its length tells nothing
/// (BREACH); no other page of ours is compressed.
fn squeezed(page: &impl Template) -> Result<HttpResponse, Failure> {
    let broken = |cause: String| Failure { cause: Some(cause.into()), ..Failure::server_error() };
    let html = page.render().map_err(|error| broken(error.to_string()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(html.as_bytes()).and_then(|()| encoder.finish());
    let body = written.map_err(|error| broken(error.to_string()))?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_ENCODING, "gzip")).content_type("text/html; charset=utf-8");
    Ok(response.body(body))
}
