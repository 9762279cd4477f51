//! `/app?get_api_key=NAME`: a sign-in that hands a key to the app that watches this browser (contract §10).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::browser::{self, Browser};
use super::form::{self, Why};
use super::login::{self, Refused};
use super::open_form::OpenForm;
use super::visit::{FRESH_SECONDS, Page, Visit};
use crate::account::hand_off::AppName;
use crate::flows::hand_off;
use crate::oauth::parameters::Parameters;

/// Where it is.
pub const PATH: &str = "/app";
/// What every page has, and a form that may end at the URL nothing listens at (security §4.7).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; form-action 'self' https://authenticated; frame-ancestors 'none'; base-uri 'none'; \
     object-src 'none'";

/// As on the sign-in page, `csrf_token` is the first hidden field, `type` before `value`.
#[derive(Template)]
#[template(path = "hand_off.html", config = "src/http/pages/askama.toml")]
struct App<'a> {
    page: Page<'a>,
    title: &'a str,
    name: &'a str,
    csrf_token: &'a str,
    email: &'a str,
    error: Option<String>,
    /// Why the question is asked once more.
    notice: Option<String>,
    username: Option<&'a str>,
    switch: String,
}

/// Shows who asks for what: to sign in, or, for who is signed in already and typed their password lately, to confirm: whoever
/// finds a browser open takes no key away (security §3, 50).
///
/// # Errors
/// 400 for a name that no app can have, or that the operator does not allow.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    let app = app(&visit, &query)?;
    let browser = visit.browser.as_ref().filter(|browser| browser.proved_within(&visit.node, FRESH_SECONDS));
    match browser.filter(|_| query.get("again").is_none()) {
        Some(browser) => confirm(&visit, &app, browser, None),
        None => sign_in(&visit, &app, ("", None)),
    }
}

/// Hands the key over.
///
/// # Errors
/// 400 for a bad name, 403 for a form that another site sent; what the person can mend is a form again.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    let app = app(&visit, &fields)?;
    let signed_in_now;
    // Who is asked no password says yes by sending the form: the fields that are hidden in it are enough (contract §10).
    let typed = fields.names().any(|name| matches!(name, "email" | "username" | "password"));
    let decision = fields.get("decision").or((visit.browser.is_some() && !typed).then_some("allow"));
    let browser = match decision {
        Some("allow") => match confirming(&visit) {
            Ok(browser) => match browser.take_form(&visit.node, &form_name(&app), &fields).await? {
                Ok(()) => Ok(browser),
                Err(why) => return confirm(&visit, &app, browser, Some(&why)),
            },
            Err(refused) => Err(refused),
        },
        Some(_) => return browser::see_other("/"),
        None => {
            signed_in_now = login::attempt(&visit, &fields, &form_name(&app)).await?;
            signed_in_now.as_ref()
        }
    };
    let refused = match browser {
        Ok(browser) => {
            match hand_off::to_app(&visit.node, &browser.signed_in, &app, visit.address()).await? {
                Some(location) => return handed_over(&visit, browser, location.expose()),
                None => &login::WRONG,
            }
        }
        Err(refused) => refused,
    };
    let email = fields.get("email").unwrap_or_default();
    let mut response = sign_in(&visit, &app, (email, Some(refused)))?;
    refused.add_to(&mut response);
    Ok(response)
}

/// The browser that is signed in, whose person typed their password not too long ago to say yes.
fn confirming(visit: &Visit) -> Result<&Browser, &'static Refused> {
    let proved = |browser: &&Browser| browser.proved_within(&visit.node, 2 * FRESH_SECONDS);
    visit.browser.as_ref().filter(proved).ok_or(&login::TOO_LATE)
}

fn handed_over(visit: &Visit, browser: &Browser, location: &str) -> Result<HttpResponse, Failure> {
    let mut response = browser::see_other(location)?;
    browser.set_cookies(&visit.node, &visit.settings, &mut response);
    allow_the_way_out(&mut response);
    Ok(response)
}

fn app(visit: &Visit, parameters: &Parameters) -> Result<AppName, Failure> {
    let refuse = |words| visit.told(Failure::invalid_request(""), words);
    let name = parameters.get("get_api_key").ok_or_else(|| refuse("app-nameless"))?;
    let app = AppName::parse(name).ok_or_else(|| refuse("app-unusable"))?;
    if app.is_allowed(&visit.settings.hand_off_apps) { Ok(app) } else { Err(refuse("app-not-allowed")) }
}

fn form_name(app: &AppName) -> String {
    format!("app:{}", app.as_str())
}

fn confirm(
    visit: &Visit,
    app: &AppName,
    browser: &Browser,
    again: Option<&Why>,
) -> Result<HttpResponse, Failure> {
    let token = browser.form_token(&visit.node, &form_name(app));
    let username = Some(browser.signed_in.user.username.as_str());
    let notice = again.map(|why| form::notice(visit.words, why));
    let title = app.title();
    let shown = App { username, notice, ..shown(visit, app, &title, &token) };
    let mut response = visit.show(form::status(again), &shown)?;
    allow_the_way_out(&mut response);
    Ok(response)
}

/// The form to sign in; with what was typed and what was wrong with it, if it is not the first time.
fn sign_in(
    visit: &Visit,
    app: &AppName,
    (email, refused): (&str, Option<&Refused>),
) -> Result<HttpResponse, Failure> {
    let open = OpenForm::issue(visit, &form_name(app));
    let error = refused.map(|refused| visit.words.say(refused.error));
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    let title = app.title();
    let shown = App { email, error, ..shown(visit, app, &title, &open.token) };
    let mut response = open.show(visit, status, &shown)?;
    allow_the_way_out(&mut response);
    Ok(response)
}

fn shown<'a>(visit: &'a Visit, app: &'a AppName, title: &'a str, csrf_token: &'a str) -> App<'a> {
    let switch = visit.at(&format!("{PATH}?{}&again=1", browser::query("get_api_key", app.as_str())));
    let (page, email, error, notice, username) = (visit.page(), "", None, None, None);
    App { page, title, name: app.as_str(), csrf_token, email, error, notice, username, switch }
}

fn allow_the_way_out(response: &mut HttpResponse) {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
}
