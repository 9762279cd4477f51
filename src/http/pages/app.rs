//! `/app?get_api_key=NAME`: a sign-in that hands a key to the app that watches this browser (contract §10).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::cookie;
use super::super::extract::address;
use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::browser::{self, Browser};
use super::html;
use super::login::{self, Refused};
use crate::account::hand_off::AppName;
use crate::flows::{Node, hand_off};
use crate::oauth::parameters::Parameters;

/// Where it is.
pub const PATH: &str = "/app";
/// What every page has, and a form that may end at the URL nothing listens at (security §4.7).
const POLICY: &str = "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; form-action 'self' https://authenticated; frame-ancestors 'none'; base-uri 'none'; \
     object-src 'none'";

/// As on the sign-in page, `csrf_token` is the first hidden field, `type` before `value`.
#[derive(Template)]
#[template(path = "app.html", config = "src/http/pages/askama.toml")]
struct App<'a> {
    brand: &'a str,
    title: &'a str,
    name: &'a str,
    csrf_token: &'a str,
    email: &'a str,
    error: Option<&'a str>,
    username: Option<&'a str>,
    switch: String,
}

/// Shows who asks for what: to sign in, or, for who is signed in already, to confirm.
///
/// # Errors
/// 400 for a name that no app can have, or that the operator does not allow.
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let query = Parameters::from_form(request.query_string().as_bytes())?;
    let app = app(&query, &settings)?;
    let known = match query.get("again") {
        Some(_) => None,
        None => browser::find(&request, &node, &settings).await?,
    };
    match known {
        Some(browser) => confirm(&node, &settings, &app, &browser),
        None => sign_in(&request, &node, &settings, &app, ("", None)),
    }
}

/// Hands the key over.
///
/// # Errors
/// 400 for a bad name, 403 for a form that another site sent; what the person can mend is a form again.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    browser::prove_origin(&request, &settings)?;
    let fields = body::parameters(&request, &body, Accepts::Form)?;
    let app = app(&fields, &settings)?;
    let browser = match fields.get("decision") {
        Some("allow") => confirmed(&request, &node, &settings, &app, &fields).await?,
        Some(_) => return browser::see_other("/"),
        None => login::attempt(&request, &node, &settings, &fields, &form(&app)).await?,
    };
    let address = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    let refused = match browser {
        Ok(browser) => match hand_off::to_app(&node, &browser.signed_in, &app, address).await? {
            Some(location) => return handed_over(&node, &settings, &browser, location.expose()),
            None => login::WRONG,
        },
        Err(refused) => refused,
    };
    let email = fields.get("email").unwrap_or_default();
    let mut response = sign_in(&request, &node, &settings, &app, (email, Some(&refused)))?;
    refused.add_to(&mut response);
    Ok(response)
}

/// The browser that is signed in, and whose form says yes.
async fn confirmed(
    request: &HttpRequest,
    node: &Node,
    settings: &WebSettings,
    app: &AppName,
    fields: &Parameters,
) -> Result<Result<Browser, Refused>, Failure> {
    let Some(browser) = browser::find(request, node, settings).await? else {
        return Ok(Err(login::TOO_LATE));
    };
    browser.check_form(node, &form(app), fields.get("csrf_token"))?;
    Ok(Ok(browser))
}

fn handed_over(
    node: &Node,
    settings: &WebSettings,
    browser: &Browser,
    location: &str,
) -> Result<HttpResponse, Failure> {
    let mut response = browser::see_other(location)?;
    browser.set_cookies(node, settings, &mut response);
    allow_the_way_out(&mut response);
    Ok(response)
}

fn app(parameters: &Parameters, settings: &WebSettings) -> Result<AppName, Failure> {
    let Some(name) = parameters.get("get_api_key") else {
        return Err(Failure::invalid_request("The app that sent you here did not say its name"));
    };
    let Some(app) = AppName::parse(name) else {
        return Err(Failure::invalid_request(
            "The app that sent you here has an unusable name: 1 to 32 letters, digits, spaces, _, . or - are possible",
        ));
    };
    if !app.is_allowed(&settings.hand_off_apps) {
        return Err(Failure::invalid_request(
            "The app that sent you here may not ask for keys on this server",
        ));
    }
    Ok(app)
}

fn form(app: &AppName) -> String {
    format!("app:{}", app.as_str())
}

fn confirm(
    node: &Node,
    settings: &WebSettings,
    app: &AppName,
    browser: &Browser,
) -> Result<HttpResponse, Failure> {
    let token = browser.form_token(node, &form(app));
    let username = Some(browser.signed_in.user.username.as_str());
    page(StatusCode::OK, &App { username, ..shown(settings, app, &app.title(), &token) })
}

/// The form to sign in; with what was typed and what was wrong with it, if it is not the first time.
fn sign_in(
    request: &HttpRequest,
    node: &Node,
    settings: &WebSettings,
    app: &AppName,
    (email, refused): (&str, Option<&Refused>),
) -> Result<HttpResponse, Failure> {
    let before = browser::before_login(request, settings);
    let token = node.forms.issue(&before, &form(app), node.clock.now());
    let error = refused.map(|refused| refused.error);
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    let mut response = page(status, &App { email, error, ..shown(settings, app, &app.title(), &token) })?;
    let name = cookie::before_login_name(settings.https);
    let cookie = cookie::for_pages(settings, name, &before, login::BEFORE_LOGIN_SECONDS);
    browser::set_cookie(&mut response, cookie);
    Ok(response)
}

fn shown<'a>(settings: &'a WebSettings, app: &'a AppName, title: &'a str, csrf_token: &'a str) -> App<'a> {
    let switch = format!("{PATH}?{}&again=1", browser::query("get_api_key", app.as_str()));
    let (email, error, username) = ("", None, None);
    App { brand: &settings.brand, title, name: app.as_str(), csrf_token, email, error, username, switch }
}

fn page(status: StatusCode, page: &App<'_>) -> Result<HttpResponse, Failure> {
    let mut response = html(status, page)?;
    allow_the_way_out(&mut response);
    Ok(response)
}

fn allow_the_way_out(response: &mut HttpResponse) {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
}
