//! `/login`: the sign-in page (contract §11; security §3, sessions): form token bound to the browser, a new session each time.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::cookie;
use super::super::extract::address;
use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::oauth::authorize;
use super::super::settings::WebSettings;
use super::browser::{self, Browser};
use super::{html, moving_on, next_path};
use crate::flows::Node;
use crate::flows::password::{self, Attempt, LoginRefusal};
use crate::oauth::parameters::Parameters;

const FORM: &str = "login";
/// How long a browser keeps the cookie its form hangs on: as long as the form's token (an hour), and as long again for a
/// form that is sent late.
pub const BEFORE_LOGIN_SECONDS: i64 = 7200;

/// The `csrf_token` field is the first hidden one of the page, `type` before `value`: a client reads it so (contract §11).
#[derive(Template)]
#[template(path = "login.html", config = "src/http/pages/askama.toml")]
struct Login<'a> {
    brand: &'a str,
    csrf_token: &'a str,
    next: &'a str,
    email: &'a str,
    error: Option<&'a str>,
    application: Option<&'a str>,
    username: Option<&'a str>,
}

/// What the form says besides its fields.
struct Answer<'a> {
    status: StatusCode,
    next: &'a str,
    email: &'a str,
    error: Option<&'a str>,
    /// Whether who is signed in has to sign in again: there is no going on without.
    again: bool,
}

/// Shows the form.
///
/// # Errors
/// 400 for a query that cannot be read.
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let query = Parameters::from_form(request.query_string().as_bytes())?;
    let next = next_path::checked(query.get("next"));
    let again = query.get("again").is_some();
    form(&request, &node, &settings, Answer { status: StatusCode::OK, next, email: "", error: None, again })
        .await
}

/// Signs in, and moves on to `next`.
///
/// # Errors
/// 403 for a form that another site sent; what the person can mend is a form again.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    browser::prove_origin(&request, &settings)?;
    let fields = body::parameters(&request, &body, Accepts::Form)?;
    let next = next_path::checked(fields.get("next"));
    match attempt(&request, &node, &settings, &fields, FORM).await? {
        Ok(browser) => signed_in(&node, &settings, next, &browser),
        Err(refused) => {
            let email = fields.get("email").unwrap_or_default();
            let answer =
                Answer { status: refused.status, next, email, error: Some(refused.error), again: false };
            let mut response = form(&request, &node, &settings, answer).await?;
            refused.add_to(&mut response);
            Ok(response)
        }
    }
}

/// Why a person was not signed in, in words for them.
pub struct Refused {
    /// The status of the page that says so.
    pub status: StatusCode,
    /// The words.
    pub error: &'static str,
    retry_after: Option<i64>,
}

impl Refused {
    /// A refusal that the person can mend by themselves.
    pub const fn because(status: StatusCode, error: &'static str) -> Self {
        Self { status, error, retry_after: None }
    }

    /// Adds the headers that belong to it.
    pub fn add_to(&self, response: &mut HttpResponse) {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
    }
}

/// What the person is told whose form has no good token.
pub const TOO_LATE: Refused =
    Refused::because(StatusCode::FORBIDDEN, "This page was open for too long. Please sign in again.");

/// What the person is told whose name or password is wrong, or who may not sign in.
pub const WRONG: Refused =
    Refused::because(StatusCode::UNAUTHORIZED, "The user name or the password is wrong.");

/// Signs the browser in by the `email` and `password` of a form whose `csrf_token` was issued for `form`.
///
/// # Errors
/// 503 if it cannot be told.
pub async fn attempt(
    request: &HttpRequest,
    node: &Node,
    settings: &WebSettings,
    fields: &Parameters,
    form: &str,
) -> Result<Result<Browser, Refused>, Failure> {
    let before = cookie::value(request, cookie::before_login_name(settings.https)).unwrap_or_default();
    if before.is_empty() || browser::check(node, before, form, fields.get("csrf_token")).is_err() {
        return Ok(Err(TOO_LATE));
    }
    let (Some(name), Some(password)) = (fields.get("email"), fields.get("password")) else {
        let error = "Enter your user name or e-mail address, and your password.";
        return Ok(Err(Refused::because(StatusCode::BAD_REQUEST, error)));
    };
    let attempt = Attempt {
        name,
        password,
        address: address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies),
    };
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let before = browser::find(request, node, settings).await?.map(|browser| browser.signed_in);
    match password::sign_in(node, attempt, user_agent.unwrap_or_default(), before.as_ref()).await? {
        // Whoever was disabled meanwhile has no session.
        Ok(session) => Ok(browser::of_cookie(node, session.expose()).await?.ok_or(WRONG)),
        Err(LoginRefusal::Throttled { retry_after }) => {
            let error = "Too many failed attempts. Wait a while, then try again.";
            let refused = Refused::because(StatusCode::TOO_MANY_REQUESTS, error);
            Ok(Err(Refused { retry_after: Some(retry_after), ..refused }))
        }
        Err(LoginRefusal::InvalidCredentials | LoginRefusal::InvalidScope) => Ok(Err(WRONG)),
    }
}

/// Off to `next` with a new session.
fn signed_in(
    node: &Node,
    settings: &WebSettings,
    next: &str,
    browser: &Browser,
) -> Result<HttpResponse, Failure> {
    // A redirect there may go on to a client, which `form-action` would stop: security §4.7.
    let mut response = if next.split('?').next() == Some(authorize::PATH) {
        moving_on::page(settings, next)?
    } else {
        browser::see_other(next)?
    };
    browser.set_cookies(node, settings, &mut response);
    Ok(response)
}

async fn form(
    request: &HttpRequest,
    node: &Node,
    settings: &WebSettings,
    answer: Answer<'_>,
) -> Result<HttpResponse, Failure> {
    let before = browser::before_login(request, settings);
    let application = application(node, answer.next).await;
    let browser = browser::find(request, node, settings).await?;
    let page = Login {
        brand: &settings.brand,
        csrf_token: &node.forms.issue(&before, FORM, node.clock.now()),
        next: answer.next,
        email: answer.email,
        error: answer.error,
        application: application.as_deref(),
        username: browser
            .as_ref()
            .filter(|_| !answer.again)
            .map(|browser| browser.signed_in.user.username.as_str()),
    };
    let mut response = html(answer.status, &page)?;
    let name = cookie::before_login_name(settings.https);
    browser::set_cookie(&mut response, cookie::for_pages(settings, name, &before, BEFORE_LOGIN_SECONDS));
    Ok(response)
}

/// The name of the application that sent the person here, if one did.
async fn application(node: &Node, next: &str) -> Option<String> {
    let (path, query) = next.split_once('?')?;
    if path != authorize::PATH {
        return None;
    }
    let parameters = Parameters::from_form(query.as_bytes()).ok()?;
    let record = node.directory.client(parameters.get("client_id")?).await.ok()??;
    Some(record.client.name.clone())
}
