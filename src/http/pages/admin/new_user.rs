//! `/admin/users/new`: an account whose password nobody knows, and a link by which its person sets one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::user::fault;
use crate::account::user::User;
use crate::flows::account_link::HandedOut;
use crate::flows::password_reset;
use crate::flows::users::{self, NewUser};
use crate::oauth::parameters::Parameters;

const FORM: &str = "new-user";

#[derive(Template)]
#[template(path = "admin/new_user.html", config = "src/http/pages/askama.toml")]
struct NewUserPage<'a> {
    page: Page<'a>,
    csrf_token: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "admin/made_user.html", config = "src/http/pages/askama.toml")]
struct MadeUser<'a> {
    page: Page<'a>,
    user: &'a User,
    link: &'a HandedOut,
}

/// Shows the form.
///
/// # Errors
/// 303 to prove again who it is.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    show(&visit, StatusCode::OK, Form::new())
}

/// Makes the account.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn post(visit: Administrator, body: Bytes) -> Result<HttpResponse, Failure> {
    let typed = |fields: &Parameters| Form::sent(fields, &["username", "email", "is_admin"]);
    let fields = match visit.proved_form(&body, FORM).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.told(visit.words, typed(&back.typed));
            return show(&visit, StatusCode::FORBIDDEN, form);
        }
    };
    let mut form = typed(&fields);
    for name in ["username", "email"] {
        if fields.get(name).is_none() {
            form = form.wrong(name, visit.words.say("fault-required"));
        }
    }
    if form.has_faults() {
        return show(&visit, StatusCode::BAD_REQUEST, form);
    }
    let new = NewUser {
        username: fields.get("username").unwrap_or_default(),
        email: fields.get("email").unwrap_or_default(),
        password: None,
        is_admin: fields.get("is_admin").is_some(),
    };
    let made = match users::create(&visit.node, visit.actor(), new).await? {
        Ok(made) => made,
        Err(refusal) => {
            let (name, words) = fault(&visit, &refusal)?;
            let form = form.wrong(name, words);
            return show(&visit, StatusCode::BAD_REQUEST, form);
        }
    };
    // The password that was drawn is forgotten here: only the link leads in.
    match password_reset::first_link_for(&visit.node, visit.actor(), made.user.id).await? {
        Ok(link) => {
            visit.show(StatusCode::OK, &MadeUser { page: visit.page(), user: &made.user, link: &link })
        }
        // Somebody switched it off, or its maker, within the moment: its page says how it stands.
        Err(_) => see_other(&format!("/admin/users/{}", made.user.id)),
    }
}

fn show(visit: &Administrator, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let csrf_token = visit.form_token(FORM);
    let form = form.helped("is_admin").labelled([
        ("username", visit.words.say("settings-username")),
        ("email", visit.words.say("settings-email")),
    ]);
    visit.show(status, &NewUserPage { page: visit.page(), csrf_token, form })
}
