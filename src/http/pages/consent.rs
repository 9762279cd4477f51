//! The consent page and `POST /consent` (RFC 6749 §4.1.1; security §4.6): bound to the session and to one request.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::extract::body::{self, Accepts, required};
use super::super::failure::Failure;
use super::super::oauth::authorize::{back_here, login_first};
use super::super::settings::WebSettings;
use super::browser::{self, Browser};
use super::{html, moving_on};
use crate::flows::Node;
use crate::flows::authorize::{self, Authorize, ConsentPrompt};
use crate::oauth::parameters::Parameters;
use crate::oauth::scope;

const DAY: i64 = 86_400;

#[derive(Template)]
#[template(path = "consent.html", config = "src/http/pages/askama.toml")]
struct Consent<'a> {
    brand: &'a str,
    client_name: &'a str,
    client_id: &'a str,
    redirect_host: Option<&'a str>,
    resource: Option<&'a str>,
    wishes: Vec<String>,
    duration: String,
    username: &'a str,
    csrf_token: &'a str,
    request: &'a str,
    switch: String,
}

/// Asks the person; `query` is the authorization request it is about.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn page(
    node: &Node,
    settings: &WebSettings,
    browser: &Browser,
    prompt: &ConsentPrompt,
    query: &str,
) -> Result<HttpResponse, Failure> {
    let page = Consent {
        brand: &settings.brand,
        client_name: &prompt.client_name,
        client_id: &prompt.client_id,
        redirect_host: prompt.redirect_host.as_deref(),
        resource: prompt.resource.as_deref(),
        wishes: prompt.scope.iter().map(wish).collect(),
        duration: duration(node, prompt.scope.contains(scope::OFFLINE_ACCESS)),
        username: &prompt.username,
        csrf_token: &browser.form_token(node, &form(query)),
        request: query,
        switch: browser::next_query(&format!("/oauth/authorize?{query}")),
    };
    html(StatusCode::OK, &page)
}

/// Carries out the decision.
///
/// # Errors
/// 403 for a form that is not ours, 400 for one that is not whole.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    browser::prove_origin(&request, &settings)?;
    let fields = body::parameters(&request, &body, Accepts::Form)?;
    let query = required(&fields, "request", "The form is not whole")?;
    let allow = match fields.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Err(Failure::invalid_request("Choose whether to allow it")),
    };
    let parameters = Parameters::from_form(query.as_bytes())?;
    let Some(browser) = browser::find(&request, &node, &settings).await? else {
        return login_first(&parameters);
    };
    browser.check_form(&node, &form(query), fields.get("csrf_token"))?;
    match authorize::decide(&node, &parameters, &browser.signed_in, allow).await? {
        Authorize::Redirect(location) => moving_on::page(&settings, &location),
        Authorize::Page(error) => Err(error.into()),
        Authorize::Login => login_first(&parameters),
        Authorize::Consent(_) => moving_on::page(&settings, &back_here(&parameters)),
    }
}

fn form(query: &str) -> String {
    format!("consent:{query}")
}

fn wish(token: &str) -> String {
    scope::describe(token).map_or_else(|| format!("use \u{201c}{token}\u{201d}"), str::to_owned)
}

fn duration(node: &Node, offline: bool) -> String {
    let days = |seconds: i64| match seconds / DAY {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    if offline {
        let (idle, most) = (days(node.policy.refresh_idle), days(node.policy.refresh_lifetime));
        format!("until it was not used for {idle}, at most {most}")
    } else {
        format!("until you sign out here, at most {}", days(node.policy.session_lifetime))
    }
}
