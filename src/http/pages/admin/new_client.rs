//! `/admin/clients/new`: registers a client; its secret is shown in the answer, once.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::client_fields;
use super::client_form::{self, Choices};
use crate::flows::clients::{self, WithSecret};
use crate::oauth::client::Client;
use crate::oauth::scope::{self, Scope};

const FORM: &str = "new-client";

#[derive(Template)]
#[template(path = "admin/new_client.html", config = "src/http/pages/askama.toml")]
struct NewClient<'a> {
    page: Page<'a>,
    csrf_token: String,
    form: Form,
    choices: Choices,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "admin/client_secret.html", config = "src/http/pages/askama.toml")]
struct Made<'a> {
    page: Page<'a>,
    client: &'a Client,
    secret: Option<&'a str>,
}

/// Shows the form.
///
/// # Errors
/// 303 to prove again who it is.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    let usual = Scope::from([scope::READ, scope::OPENID, scope::PROFILE, scope::EMAIL]);
    show(&visit, StatusCode::OK, Form::new().with("kind", "web"), &usual)
}

/// Registers it.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn post(visit: Administrator, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match visit.proved_form(&body, FORM).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.told(visit.words, client_form::typed(&back.typed));
            return show(&visit, StatusCode::FORBIDDEN, form, &client_form::scopes(&back.typed));
        }
    };
    let form = client_form::sent(&visit, &fields, true);
    let chosen = client_form::scopes(&fields);
    if form.has_faults() {
        return show(&visit, StatusCode::BAD_REQUEST, form, &chosen);
    }
    let id = fields.get("client_id");
    match clients::create(&visit.node, visit.actor(), id, client_form::described(&fields)).await? {
        Ok(made) => with_secret(&visit, &made),
        Err(refusal) => {
            let form = client_form::refused(&visit, form, &refusal, true)?;
            show(&visit, StatusCode::BAD_REQUEST, form, &chosen)
        }
    }
}

/// Shows a client that was made, or given another secret, now.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn with_secret(visit: &Administrator, made: &WithSecret) -> Result<HttpResponse, Failure> {
    let secret = made.secret.as_ref().map(|secret| secret.expose());
    visit.show(StatusCode::OK, &Made { page: visit.page(), client: &made.client, secret })
}

fn show(
    visit: &Administrator,
    status: StatusCode,
    form: Form,
    chosen: &Scope,
) -> Result<HttpResponse, Failure> {
    let page = NewClient {
        page: visit.page(),
        csrf_token: visit.form_token(FORM),
        form: client_fields::explained(form, visit.words),
        choices: client_form::choices(visit, chosen),
        is_new: true,
    };
    visit.show(status, &page)
}
