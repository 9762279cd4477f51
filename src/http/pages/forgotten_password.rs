//! `/forgotten-password`: asks for a link by which a new password is chosen. The answer says nothing about who has an account
//! (security §3, 48).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::browser;
use super::form::Form;
use super::message;
use super::open_form::OpenForm;
use super::visit::{Page, Visit, retry_after};
use crate::flows::password_reset;

/// Where it is.
pub const PATH: &str = "/forgotten-password";
const FORM: &str = "forgotten-password";

#[derive(Template)]
#[template(path = "forgotten_password.html", config = "src/http/pages/askama.toml")]
struct Forgotten<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    form: Form,
}

/// Shows the form, or what was done, or whom to ask where no mail is sent.
///
/// # Errors
/// 400 for a query that cannot be read.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    if visit.node.policy.mail.is_none() {
        return no_mail(&visit, StatusCode::OK);
    }
    let words = visit.words;
    if visit.query()?.get("done").is_some() {
        let (title, text) = (words.say("forgotten-asked-title"), words.say("forgotten-asked"));
        return message::page(&visit, StatusCode::OK, title, text, message::sign_in(words));
    }
    show(&visit, StatusCode::OK, Form::new())
}

/// Asks for the link.
///
/// # Errors
/// 403 for a form that another site sent.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    if visit.node.policy.mail.is_none() {
        return no_mail(&visit, StatusCode::CONFLICT);
    }
    let form = Form::sent(&fields, &["name"]);
    if !OpenForm::is_ours(&visit, &fields, FORM) {
        return show(&visit, StatusCode::FORBIDDEN, form.wrong("", visit.words.say("fault-too-late")));
    }
    let name = fields.get("name").map(str::trim).unwrap_or_default();
    if name.is_empty() {
        let form = form.wrong("name", visit.words.say("fault-required"));
        return show(&visit, StatusCode::BAD_REQUEST, form);
    }
    match password_reset::ask(&visit.node, name, visit.address(), visit.words).await? {
        Ok(()) => browser::see_other(&visit.at("/forgotten-password?done=asked")),
        Err(seconds) => {
            let form = form.wrong("", visit.words.say("failure-rate_limit_exceeded"));
            let mut response = show(&visit, StatusCode::TOO_MANY_REQUESTS, form)?;
            retry_after(&mut response, seconds);
            Ok(response)
        }
    }
}

fn no_mail(visit: &Visit, status: StatusCode) -> Result<HttpResponse, Failure> {
    let words = visit.words;
    let (title, text) = (words.say("forgotten-title"), words.say("forgotten-no-mail"));
    message::page(visit, status, title, text, message::sign_in(words))
}

fn show(visit: &Visit, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let open = OpenForm::issue(visit, FORM);
    let form = form.labelled([("name", visit.words.say("sign-in-name"))]);
    let page = Forgotten { page: visit.page(), csrf_token: &open.token, form };
    open.show(visit, status, &page)
}
