//! `/admin/users/invite`: a link by which somebody makes an account of their own; it is mailed, or handed on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::user::fault;
use crate::flows::account_link::HandedOut;
use crate::flows::invitation;
use crate::flows::registration::Registration;

const FORM: &str = "invite";

#[derive(Template)]
#[template(path = "admin/invite.html", config = "src/http/pages/askama.toml")]
struct Invite<'a> {
    page: Page<'a>,
    csrf_token: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "admin/handed_out.html", config = "src/http/pages/askama.toml")]
struct Shown<'a> {
    page: Page<'a>,
    link: &'a HandedOut,
    back: &'a str,
}

/// Whether people may be invited here.
pub fn is_open(visit: &Administrator) -> bool {
    visit.node.policy.registration != Registration::Closed
}

/// Shows the form.
///
/// # Errors
/// 404 where nobody can be invited, 303 to prove again who it is.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    if !is_open(&visit) {
        return Err(Failure::not_found());
    }
    visit.proved_lately()?;
    show(&visit, StatusCode::OK, Form::new())
}

/// Invites.
///
/// # Errors
/// 403 for a form that is not ours, and where nobody can be invited.
pub async fn post(visit: Administrator, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match visit.proved_form(&body, FORM).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.told(visit.words, Form::sent(&back.typed, &["email"]));
            return show(&visit, StatusCode::FORBIDDEN, form);
        }
    };
    let form = Form::sent(&fields, &["email"]);
    let Some(email) = fields.get("email") else {
        return show(&visit, StatusCode::BAD_REQUEST, form.wrong("email", visit.words.say("fault-required")));
    };
    match invitation::invite(&visit.node, visit.actor(), email, visit.words).await? {
        Ok(link) => handed_out(&visit, &link, "/admin/users"),
        Err(refusal) => {
            let (_, fault) = fault(&visit, &refusal)?;
            show(&visit, StatusCode::BAD_REQUEST, form.wrong("email", fault))
        }
    }
}

/// Shows a link, this once; `back` is the way on.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn handed_out(visit: &Administrator, link: &HandedOut, back: &str) -> Result<HttpResponse, Failure> {
    visit.show(StatusCode::OK, &Shown { page: visit.page(), link, back })
}

fn show(visit: &Administrator, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let csrf_token = visit.form_token(FORM);
    let form = form.helped("email").labelled([("email", visit.words.say("settings-email"))]);
    visit.show(status, &Invite { page: visit.page(), csrf_token, form })
}
