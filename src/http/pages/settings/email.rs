//! `/settings/email`: another address, which is the account's once the link sent there was opened (security §3, 50).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Member, Page, retry_after};
use super::super::{browser, name_faults};
use crate::account::user::User;
use crate::flows::email_confirmation::{self, ChangeRefusal};

/// Where it is.
pub const PATH: &str = "/settings/email";
const FORM: &str = "email";

#[derive(Template)]
#[template(path = "settings/email.html", config = "src/http/pages/askama.toml")]
struct Email<'a> {
    page: Page<'a>,
    user: &'a User,
    csrf_token: &'a str,
    confirmed: bool,
    asked: bool,
    can_change: bool,
    form: Form,
}

/// Shows the address, and the form where mail is sent.
///
/// # Errors
/// 303 to the sign-in page for who is signed out.
pub async fn get(member: Member) -> Result<HttpResponse, Failure> {
    let asked = member.query()?.get("done").is_some();
    show(&member, StatusCode::OK, Form::new(), asked).await
}

/// Sends a link to the new address.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn post(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match member.form_or_again(&body, FORM).await? {
        Ok(fields) => fields,
        Err(sent_back) => {
            let form = sent_back.form(member.words, &["email"]);
            return show(&member, StatusCode::FORBIDDEN, form, false).await;
        }
    };
    let (words, form) = (member.words, Form::sent(&fields, &["email"]));
    let email = fields.get("email").map(str::trim).unwrap_or_default();
    let password = fields.get("password").unwrap_or_default();
    let (node, address) = (&member.node, member.address());
    let asked = email_confirmation::ask(node, member.user(), email, password, address, words).await?;
    let (status, form, wait) = match asked {
        Ok(()) => return browser::see_other("/settings/email?done=asked"),
        Err(ChangeRefusal::NoMail) => (StatusCode::CONFLICT, form, None),
        Err(ChangeRefusal::Email(fault)) => {
            let (_, text) = name_faults::name(words, fault);
            (StatusCode::BAD_REQUEST, form.wrong("email", text), None)
        }
        Err(ChangeRefusal::Same) => {
            (StatusCode::BAD_REQUEST, form.wrong("email", words.say("email-same")), None)
        }
        Err(ChangeRefusal::Password) => {
            (StatusCode::FORBIDDEN, form.wrong("password", words.say("fault-password")), None)
        }
        Err(ChangeRefusal::Throttled(seconds)) => {
            let form = form.wrong("", words.say("failure-rate_limit_exceeded"));
            (StatusCode::TOO_MANY_REQUESTS, form, Some(seconds))
        }
    };
    let mut response = show(&member, status, form, false).await?;
    if let Some(seconds) = wait {
        retry_after(&mut response, seconds);
    }
    Ok(response)
}

async fn show(member: &Member, status: StatusCode, form: Form, asked: bool) -> Result<HttpResponse, Failure> {
    let page = Email {
        page: member.page(),
        user: member.user(),
        csrf_token: &member.form_token(FORM),
        confirmed: email_confirmation::is_confirmed(&member.node, member.user().id).await?,
        asked,
        can_change: member.node.policy.mail.is_some(),
        form: form.labelled([
            ("email", member.words.say("email-new")),
            ("password", member.words.say("email-password")),
        ]),
    };
    member.show(status, &page)
}
