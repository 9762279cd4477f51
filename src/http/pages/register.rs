//! `/register`: an account of one's own, in two steps: the address, and by the link sent there a name and a password. The
//! first says nothing about who has an account (security §3, 48; decision 0011).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::form::Form;
use super::open_form::OpenForm;
use super::visit::{Page, Visit, retry_after};
use super::{browser, message, name_faults, new_account};
use crate::flows::account_link::{self, LinkKind};
use crate::flows::registration::{self, AskRefusal, Registration};
use crate::oauth::parameters::Parameters;

/// Where it is.
pub const PATH: &str = account_link::path(LinkKind::Registration);
const FORM: &str = "register";

#[derive(Template)]
#[template(path = "register.html", config = "src/http/pages/askama.toml")]
struct Register<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    form: Form,
}

/// Shows the step that is next, or why there is none.
///
/// # Errors
/// 400 for a query that cannot be read.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    if let Some(token) = query.get("token") {
        return new_account::show(&visit, StatusCode::OK, LinkKind::Registration, token, Form::new()).await;
    }
    if query.get("done").is_some() {
        let words = visit.words;
        let (title, text) = (words.say("register-asked-title"), words.say("register-asked"));
        return message::page(&visit, StatusCode::OK, title, text, None);
    }
    show(&visit, StatusCode::OK, Form::new())
}

/// Takes a step.
///
/// # Errors
/// 403 for a form that another site sent.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    if fields.get("token").is_some() {
        return new_account::complete(&visit, LinkKind::Registration, &fields).await;
    }
    ask(&visit, &fields).await
}

async fn ask(visit: &Visit, fields: &Parameters) -> Result<HttpResponse, Failure> {
    let words = visit.words;
    let form = Form::sent(fields, &["email"]);
    if !OpenForm::is_ours(visit, fields, FORM) {
        return show(visit, StatusCode::FORBIDDEN, form.wrong("", words.say("fault-too-late")));
    }
    let email = fields.get("email").map(str::trim).unwrap_or_default();
    match registration::ask(&visit.node, email, visit.address(), words).await? {
        Ok(()) => browser::see_other(&visit.at("/register?done=asked")),
        Err(AskRefusal::Closed) => show(visit, StatusCode::FORBIDDEN, form),
        Err(AskRefusal::Email(fault)) => {
            let (_, text) = name_faults::name(words, fault);
            show(visit, StatusCode::BAD_REQUEST, form.wrong("email", text))
        }
        Err(AskRefusal::Throttled(seconds)) => {
            let form = form.wrong("", words.say("failure-rate_limit_exceeded"));
            let mut response = show(visit, StatusCode::TOO_MANY_REQUESTS, form)?;
            retry_after(&mut response, seconds);
            Ok(response)
        }
    }
}

fn show(visit: &Visit, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let words = visit.words;
    if !registration::is_open(&visit.node) {
        let text = match visit.node.policy.registration {
            Registration::Invitation => words.say("register-invited-only"),
            Registration::Closed | Registration::Open => words.say("register-closed"),
        };
        return message::page(visit, status, words.say("register-title"), text, message::sign_in(words));
    }
    let form = form.labelled([("email", words.say("setup-email"))]);
    let open = OpenForm::issue(visit, FORM);
    open.show(visit, status, &Register { page: visit.page(), csrf_token: &open.token, form })
}
