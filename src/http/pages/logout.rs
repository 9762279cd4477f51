//! `/logout`: a page with a button, since a GET changes nothing (security §4.6), and signing out by POST.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::cookie;
use super::super::extract::address;
use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::{browser, html};
use crate::flows::{Node, session};

const FORM: &str = "logout";

#[derive(Template)]
#[template(path = "logout.html", config = "src/http/pages/askama.toml")]
struct Logout<'a> {
    brand: &'a str,
    username: &'a str,
    csrf_token: &'a str,
}

#[derive(Template)]
#[template(path = "signed_out.html", config = "src/http/pages/askama.toml")]
struct SignedOut<'a> {
    brand: &'a str,
}

/// Asks once more.
///
/// # Errors
/// 503 if the session cannot be looked up.
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let Some(browser) = browser::find(&request, &node, &settings).await? else {
        return html(StatusCode::OK, &SignedOut { brand: &settings.brand });
    };
    let page = Logout {
        brand: &settings.brand,
        username: &browser.signed_in.user.username,
        csrf_token: &browser.form_token(&node, FORM),
    };
    html(StatusCode::OK, &page)
}

/// Signs out.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    browser::prove_origin(&request, &settings)?;
    let parameters = body::parameters(&request, &body, Accepts::Form)?;
    if let Some(browser) = browser::find(&request, &node, &settings).await? {
        browser.check_form(&node, FORM, parameters.get("csrf_token"))?;
        let address = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
        session::end(&node, &browser.signed_in, address).await?;
    }
    let mut response = html(StatusCode::OK, &SignedOut { brand: &settings.brand })?;
    let cleared = cookie::for_pages(&settings, cookie::session_name(settings.https), "", 0);
    browser::set_cookie(&mut response, cleared);
    Ok(response)
}
