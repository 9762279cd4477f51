//! `/confirm?token=…`: gives an account the address that a link was sent to, by a button: programs that look at the links in
//! mails confirm nothing (security §4.6).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::form::Form;
use super::open_form::OpenForm;
use super::visit::{Page, Visit};
use super::{browser, name_faults, told};
use crate::flows::account_link::{self, LinkKind, LinkRefusal};
use crate::flows::email_confirmation;

/// Where it is.
pub const PATH: &str = account_link::path(LinkKind::Email);

#[derive(Template)]
#[template(path = "confirm.html", config = "src/http/pages/askama.toml")]
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
/// 400 for a query that cannot be read.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    if query.get("done").is_some() {
        let words = visit.words;
        let (title, text) = (words.say("confirm-done-title"), words.say("confirm-done"));
        return told::page(
            &visit,
            StatusCode::OK,
            title,
            text,
            Some(("/settings", words.say("section-settings"))),
        );
    }
    show(&visit, StatusCode::OK, query.get("token").unwrap_or_default(), Form::new()).await
}

/// Confirms.
///
/// # Errors
/// 403 for a form that another site sent.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    let token = fields.get("token").unwrap_or_default();
    if !OpenForm::is_ours(&visit, &fields, &form_name(token)) {
        let form = Form::new().wrong("", visit.words.say("fault-too-late"));
        return show(&visit, StatusCode::FORBIDDEN, token, form).await;
    }
    match email_confirmation::complete(&visit.node, token, visit.address()).await? {
        Ok(_) => browser::see_other("/confirm?done=confirmed"),
        Err(LinkRefusal::Link) => gone(&visit),
        Err(LinkRefusal::User(refusal)) => {
            let (_, words) = name_faults::fault(visit.words, &refusal);
            show(&visit, StatusCode::CONFLICT, token, Form::new().wrong("", words)).await
        }
    }
}

fn form_name(token: &str) -> String {
    format!("confirm:{token}")
}

async fn show(visit: &Visit, status: StatusCode, token: &str, form: Form) -> Result<HttpResponse, Failure> {
    let Some((user, email)) = email_confirmation::whose(&visit.node, token).await? else {
        return gone(visit);
    };
    let open = OpenForm::issue(visit, &form_name(token));
    let page = Confirm {
        page: visit.page(),
        csrf_token: &open.token,
        token,
        username: &user.username,
        email: &email,
        form,
    };
    let mut response = visit.show(status, &page)?;
    open.set_cookie(visit, &mut response);
    Ok(response)
}

fn gone(visit: &Visit) -> Result<HttpResponse, Failure> {
    let on = Some(("/settings/email", visit.words.say("email-title")));
    told::gone(visit, visit.words.say("link-gone-confirm"), on)
}
