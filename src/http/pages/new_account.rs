//! The page behind a link of a registration or an invitation: a name and a password for the address it was sent to. Looking
//! at it uses nothing up (security §4.6).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::failure::Failure;
use super::form::Form;
use super::open_form::OpenForm;
use super::visit::{Page, Visit};
use super::{browser, message, name_faults};
use crate::flows::account_link::{self, LinkKind, LinkRefusal};
use crate::flows::registration::{self, Chosen};
use crate::oauth::parameters::Parameters;

#[derive(Template)]
#[template(path = "new_account.html", config = "src/http/pages/askama.toml")]
struct NewAccount<'a> {
    page: Page<'a>,
    action: &'static str,
    csrf_token: &'a str,
    token: &'a str,
    email: &'a str,
    minimum: i64,
    form: Form,
}

/// Shows the form while the link works.
///
/// # Errors
/// 503 if the link cannot be looked up.
pub async fn show(
    visit: &Visit,
    status: StatusCode,
    kind: LinkKind,
    token: &str,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let Some(email) = registration::whose(&visit.node, token, kind).await? else { return gone(visit, kind) };
    let action = account_link::path(kind);
    let open = OpenForm::issue(visit, &form_name(action, token));
    let page = NewAccount {
        page: Page { who: None, ..visit.page() },
        action,
        csrf_token: &open.token,
        token,
        email: &email,
        minimum: i64::try_from(visit.node.policy.password_min_length).unwrap_or_default(),
        form: form.helped("password").labelled([
            ("username", visit.words.say("setup-name")),
            ("password", visit.words.say("setup-password")),
        ]),
    };
    open.show(visit, status, &page)
}

/// Makes the account.
///
/// # Errors
/// 503 if it cannot be stored.
pub async fn complete(visit: &Visit, kind: LinkKind, fields: &Parameters) -> Result<HttpResponse, Failure> {
    let token = fields.get("token").unwrap_or_default();
    let form = Form::sent(fields, &["username"]);
    if !OpenForm::is_ours(visit, fields, &form_name(account_link::path(kind), token)) {
        let form = form.wrong("", visit.words.say("fault-too-late"));
        return show(visit, StatusCode::FORBIDDEN, kind, token, form).await;
    }
    let chosen = Chosen {
        username: fields.get("username").map(str::trim).unwrap_or_default(),
        password: fields.get("password").unwrap_or_default(),
    };
    let made = registration::complete(&visit.node, token, kind, chosen, visit.address(), visit.words).await?;
    match made {
        Ok(_) => browser::see_other(&visit.at("/invitation?done=made")),
        Err(LinkRefusal::Link) => gone(visit, kind),
        Err(LinkRefusal::User(refusal)) => {
            let (name, words) = name_faults::fault(visit.words, &refusal);
            // The address is not theirs to change here.
            let name = if name == "email" { "" } else { name };
            show(visit, StatusCode::BAD_REQUEST, kind, token, form.wrong(name, words)).await
        }
    }
}

/// Says that the account is made.
///
/// # Errors
/// 500 if it cannot be written.
pub fn done(visit: &Visit) -> Result<HttpResponse, Failure> {
    let words = visit.words;
    let (title, text) = (words.say("join-done-title"), words.say("join-done"));
    message::page(visit, StatusCode::OK, title, text, message::sign_in(words))
}

fn form_name(action: &str, token: &str) -> String {
    format!("{action}:{token}")
}

fn gone(visit: &Visit, kind: LinkKind) -> Result<HttpResponse, Failure> {
    let words = visit.words;
    if kind != LinkKind::Registration {
        return message::gone(visit, words.say("link-gone-invitation"), message::sign_in(words));
    }
    if !registration::is_open(&visit.node) {
        return message::gone(visit, words.say("link-gone-register-closed"), message::sign_in(words));
    }
    let on = Some((account_link::path(kind), words.say("register-title")));
    message::gone(visit, words.say("link-gone-register"), on)
}
