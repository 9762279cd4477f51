//! `GET /docs`: the OpenAPI document as a page, without script (contract §1).

mod document;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use self::document::Group;
use super::super::api::v1::schema;
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::html;

#[derive(Template)]
#[template(path = "docs.html", config = "src/http/pages/askama.toml")]
struct Docs<'a> {
    brand: &'a str,
    about: String,
    groups: Vec<Group>,
}

/// Shows the page.
///
/// # Errors
/// 500 if it cannot be written.
pub async fn get(settings: Data<WebSettings>) -> Result<HttpResponse, Failure> {
    let document = serde_json::from_slice(&schema::written()).unwrap_or_default();
    let (about, groups) = document::read(&document, &settings.issuer);
    html(StatusCode::OK, &Docs { brand: &settings.brand, about, groups })
}
