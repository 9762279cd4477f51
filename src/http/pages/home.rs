//! `GET /`: who is signed in, if anybody (contract §1).

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::{browser, html};
use crate::flows::Node;

#[derive(Template)]
#[template(path = "home.html", config = "src/http/pages/askama.toml")]
struct Home<'a> {
    brand: &'a str,
    username: Option<&'a str>,
}

/// Shows the page.
///
/// # Errors
/// 503 if the session cannot be looked up.
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let browser = browser::find(&request, &node, &settings).await?;
    let username = browser.as_ref().map(|browser| browser.signed_in.user.username.as_str());
    html(StatusCode::OK, &Home { brand: &settings.brand, username })
}
