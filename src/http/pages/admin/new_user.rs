//! `/admin/users/new`: an account with a random password, shown once.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::user::fault;
use crate::account::user::User;
use crate::flows::users::{self, NewUser};

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
    password: &'a str,
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
    let fields = visit.form(&body, FORM).await?;
    visit.proved_for_a_form()?;
    let mut form = Form::sent(&fields, &["username", "email", "is_admin"]);
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
    let password = made.generated.as_ref().map_or("", |password| password.expose());
    visit.show(StatusCode::OK, &MadeUser { page: visit.page(), user: &made.user, password })
}

fn show(visit: &Administrator, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let csrf_token = visit.form_token(FORM);
    visit.show(status, &NewUserPage { page: visit.page(), csrf_token, form: form.helped("is_admin") })
}
