//! `/login`: the sign-in page (contract §11; security §3, sessions): form token bound to the browser, a new session each time.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::super::oauth::authorize;
use super::browser::{self, Browser};
use super::open_form::OpenForm;
use super::visit::{Page, Visit, retry_after};
use super::{moving_on, next_path};
use crate::flows::password::{self, Attempt, LoginRefusal};
use crate::flows::registration;
use crate::flows::{Node, authorization_request};
use crate::oauth::client::Client;
use crate::oauth::client_id_metadata_document;
use crate::oauth::parameters::Parameters;

const FORM: &str = "login";
/// `again`: whoever is signed in proves it once more.
const SAME: &str = "1";
/// `again`: they make room for somebody else.
const OTHER: &str = "other";

/// The `csrf_token` field is the first hidden one of the page, `type` before `value`: a client reads it so (contract §11).
#[derive(Template)]
#[template(path = "login.html", config = "src/http/pages/askama.toml")]
struct Login<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    next: &'a str,
    email: &'a str,
    error: Option<String>,
    application: Option<&'a str>,
    /// What is to be said of one that nobody here has checked.
    unchecked: Option<String>,
    /// Whom the application expects, where somebody else is signed in.
    expected: Option<&'a str>,
    /// Set where who is signed in has to sign in again: there is no going on without.
    again: Option<&'static str>,
    /// Whether anybody may make an account.
    open: bool,
}

/// What the form says besides its fields.
struct Answer<'a> {
    next: &'a str,
    email: &'a str,
    refused: Option<&'a Refused>,
    again: Option<&'static str>,
}

/// Shows the form.
///
/// # Errors
/// 400 for a query that cannot be read.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    let next = next_path::checked(query.get("next"));
    let again = again(&query);
    // Whoever proves who they are once more need not type their name; whoever makes room for somebody else types another.
    let is_same = again == Some(SAME);
    let known = visit.browser.as_ref().filter(|_| is_same).map(|browser| &*browser.signed_in.user.username);
    let hint = expected(&visit.node, next).await;
    let email = hint.as_deref().or(known).unwrap_or_default();
    form(&visit, Answer { next, email, refused: None, again }).await
}

/// Signs in, and moves on to `next`.
///
/// # Errors
/// 403 for a form that another site sent; what the person can mend is a form again.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    let next = next_path::checked(fields.get("next"));
    match attempt(&visit, &fields, FORM).await? {
        Ok(browser) => signed_in(&visit, next, &browser),
        Err(refused) => {
            let email = fields.get("email").unwrap_or_default();
            form(&visit, Answer { next, email, refused: Some(&refused), again: again(&fields) }).await
        }
    }
}

/// Who has to sign in although somebody is signed in, if the sign-in page was asked for because of that.
fn again(parameters: &Parameters) -> Option<&'static str> {
    parameters.get("again").map(|again| if again == OTHER { OTHER } else { SAME })
}

/// Why a person was not signed in.
pub struct Refused {
    /// The status of the page that says so.
    pub status: StatusCode,
    /// The id of the words for them.
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
            retry_after(response, seconds);
        }
    }
}

/// What the person is told whose form has no good token.
pub const TOO_LATE: Refused = Refused::because(StatusCode::FORBIDDEN, "sign-in-too-late");

/// What the person is told whose name or password is wrong, or who may not sign in.
pub const WRONG: Refused = Refused::because(StatusCode::UNAUTHORIZED, "sign-in-wrong");

/// Signs the browser in by the `email` and `password` of a form whose `csrf_token` was issued for `form`.
///
/// # Errors
/// 503 if it cannot be told.
pub async fn attempt(
    visit: &Visit,
    fields: &Parameters,
    form: &str,
) -> Result<Result<Browser, Refused>, Failure> {
    let (node, headers) = (&visit.node, visit.request.headers());
    if !OpenForm::is_ours(visit, fields, form) {
        return Ok(Err(TOO_LATE));
    }
    let (Some(name), Some(password)) = (fields.get("email"), fields.get("password")) else {
        return Ok(Err(Refused::because(StatusCode::BAD_REQUEST, "sign-in-missing")));
    };
    let attempt = Attempt { name, password, address: visit.address() };
    let user_agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let before = visit.browser.as_ref().map(|browser| &browser.signed_in);
    match password::sign_in(node, attempt, user_agent.unwrap_or_default(), before).await? {
        // Whoever was disabled meanwhile has no session.
        Ok(session) => Ok(browser::of_cookie(node, session.expose()).await?.ok_or(WRONG)),
        Err(LoginRefusal::Throttled { retry_after }) => {
            let refused = Refused::because(StatusCode::TOO_MANY_REQUESTS, "sign-in-throttled");
            Ok(Err(Refused { retry_after: Some(retry_after), ..refused }))
        }
        Err(LoginRefusal::InvalidCredentials | LoginRefusal::InvalidScope) => Ok(Err(WRONG)),
    }
}

/// Off to `next` with a new session.
fn signed_in(visit: &Visit, next: &str, browser: &Browser) -> Result<HttpResponse, Failure> {
    // A redirect there may go on to a client, which `form-action` would stop: security §4.7.
    let mut response = if next.split('?').next() == Some(authorize::PATH) {
        moving_on::page(visit, next)?
    } else {
        browser::see_other(next)?
    };
    browser.set_cookies(&visit.node, &visit.settings, &mut response);
    Ok(response)
}

async fn form(visit: &Visit, answer: Answer<'_>) -> Result<HttpResponse, Failure> {
    let open = OpenForm::issue(visit, FORM);
    let application = application(&visit.node, answer.next).await;
    let hint = expected(&visit.node, answer.next).await;
    let other = visit.browser.as_ref().map(|browser| &*browser.signed_in.user);
    let is_other = |hint: &&str| other.is_some_and(|user| !authorization_request::is_named(user, hint));
    let name = application.as_ref().map(|client| client.name.as_str());
    let unchecked = application.as_ref().and_then(|client| unchecked(visit, client));
    let page = Login {
        page: visit.page(),
        csrf_token: &open.token,
        next: answer.next,
        email: answer.email,
        error: answer.refused.map(|refused| visit.words.say(refused.error)),
        application: name.filter(|_| unchecked.is_none()),
        unchecked,
        expected: hint.as_deref().filter(is_other),
        open: registration::is_open(&visit.node),
        again: answer.again,
    };
    let status = answer.refused.map_or(StatusCode::OK, |refused| refused.status);
    let mut response = open.show(visit, status, &page)?;
    if let Some(refused) = answer.refused {
        refused.add_to(&mut response);
    }
    Ok(response)
}

/// Whom the application that sent the person here expects to sign in. That it cannot be told is no reason not to ask.
async fn expected(node: &Node, next: &str) -> Option<String> {
    let (path, query) = next.split_once('?')?;
    let parameters = Parameters::from_form(query.as_bytes()).ok().filter(|_| path == authorize::PATH)?;
    authorization_request::login_hint(node, &parameters).await.ok()?
}

/// The application that sent the person here, if one did.
async fn application(node: &Node, next: &str) -> Option<Client> {
    let (path, query) = next.split_once('?')?;
    if path != authorize::PATH {
        return None;
    }
    let parameters = Parameters::from_form(query.as_bytes()).ok()?;
    let record = node.directory.client(parameters.get("client_id")?).await.ok()??;
    Some(record.client.clone())
}

/// What is said of an application that nobody here has checked, as consent says it: its name is its own word.
fn unchecked(visit: &Visit, client: &Client) -> Option<String> {
    let app = ("app", client.name.as_str());
    match client_id_metadata_document::host(client) {
        Some(host) => Some(visit.words.tell("sign-in-self-described", &[app, ("host", &host)])),
        None if client.metadata.is_unchecked() => Some(visit.words.tell("sign-in-registered-itself", &[app])),
        None => None,
    }
}
