//! `/confirm?token=…`: gives an account the address that a link was sent to, by a button: programs that look at the links in
//! mails confirm nothing (security §4.6). Only the account it belongs to can press it: whoever reads a mail that came to a wrong
//! address gives nobody that address, and whoever got hold of a link gets no account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::form::Form;
use super::visit::{Member, Page, Visit};
use super::{browser, message, name_faults};
use crate::flows::account_link::{self, LinkKind, LinkRefusal};
use crate::flows::email_confirmation;

/// Where it is.
pub const PATH: &str = account_link::path(LinkKind::Email);

#[derive(Template)]
#[template(path = "email_confirmation.html", config = "src/http/pages/askama.toml")]
struct Confirm<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    token: &'a str,
    username: &'a str,
    email: &'a str,
    form: Form,
}

/// Shows the button while the link works, or what was done.
///
/// # Errors
/// 303 to the sign-in page, which comes back here; 400 for a query that cannot be read.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    if query.get("done").is_some() {
        let words = visit.words;
        let (title, text) = (words.say("confirm-done-title"), words.say("confirm-done"));
        return message::page(
            &visit,
            StatusCode::OK,
            title,
            text,
            Some(("/settings", words.say("section-settings"))),
        );
    }
    let token = query.get("token").unwrap_or_default();
    show(&Member::of(visit)?, StatusCode::OK, token, Form::new()).await
}

/// Confirms.
///
/// # Errors
/// 403 for a form that another site sent, 404 for a link that does not work any more.
pub async fn post(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let token = member.fields(&body)?.get("token").unwrap_or_default().to_owned();
    if let Err(sent_back) = member.form_or_again(&body, &form_name(&token)).await? {
        // A link that was used says so.
        let form = sent_back.form(member.words, &[]);
        return show(&member, StatusCode::FORBIDDEN, &token, form).await;
    }
    let (node, signed_in) = (&member.node, &member.browser.signed_in);
    match email_confirmation::complete(node, signed_in, &token, member.address()).await? {
        Ok(_) => browser::see_other(&member.at("/confirm?done=confirmed")),
        Err(LinkRefusal::Link) => gone(&member),
        Err(LinkRefusal::User(refusal)) => {
            let (_, words) = name_faults::fault(member.words, &refusal);
            show(&member, StatusCode::CONFLICT, &token, Form::new().wrong("", words)).await
        }
    }
}

fn form_name(token: &str) -> String {
    format!("confirm:{token}")
}

async fn show(member: &Member, status: StatusCode, token: &str, form: Form) -> Result<HttpResponse, Failure> {
    let Some((user, email)) = email_confirmation::whose(&member.node, token).await? else {
        return gone(member);
    };
    if user.id != member.user().id {
        let words = member.words;
        let (title, text) = (words.say("confirm-other-title"), words.say("confirm-other"));
        let on = Some(("/settings", words.say("section-settings")));
        return message::page(member, StatusCode::FORBIDDEN, title, text, on);
    }
    let page = Confirm {
        page: member.page(),
        csrf_token: &member.form_token(&form_name(token)),
        token,
        username: &user.username,
        email: &email,
        form,
    };
    member.show(status, &page)
}

fn gone(visit: &Visit) -> Result<HttpResponse, Failure> {
    let on = Some(("/settings/email", visit.words.say("email-title")));
    message::gone(visit, visit.words.say("link-gone-confirm"), on)
}
