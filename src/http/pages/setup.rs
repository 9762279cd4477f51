//! `/setup?token=…`: the one-time page that makes the first administrator (contract §14, security §4.1).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::form::Form;
use super::visit::{Page, Visit};
use super::{message, name_faults};
use crate::flows::setup::{self, SetupRefusal};
use crate::flows::users::{NewUser, UserRefusal};
use crate::oauth::parameters::Parameters;

#[derive(Template)]
#[template(path = "setup.html", config = "src/http/pages/askama.toml")]
struct Setup<'a> {
    page: Page<'a>,
    token: &'a str,
    minimum: i64,
    form: Form,
}

#[derive(Template)]
#[template(path = "setup_done.html", config = "src/http/pages/askama.toml")]
struct SetupDone<'a> {
    page: Page<'a>,
    username: &'a str,
}

/// Where it is.
pub const PATH: &str = "/setup";

/// Shows the form while the link works. The link itself is the form's secret.
///
/// # Errors
/// 404 once it does not.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    if !setup::is_live(&visit.node, query.get("token").unwrap_or_default()).await? {
        return gone(&visit);
    }
    form(&visit, StatusCode::OK, &query, None)
}

/// Makes the administrator.
///
/// # Errors
/// 404 once the link does not work.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    let field = |name: &str| fields.get(name).unwrap_or_default();
    let new = NewUser {
        username: field("username"),
        email: field("email"),
        // Without one a random password would be made, which nobody would ever see.
        password: Some(field("password")),
        is_admin: true,
    };
    match setup::complete(&visit.node, field("token"), new).await? {
        Ok(user) => visit.show(StatusCode::OK, &SetupDone { page: visit.page(), username: &user.username }),
        Err(SetupRefusal::Link) => gone(&visit),
        Err(SetupRefusal::User(refusal)) => form(&visit, StatusCode::BAD_REQUEST, &fields, Some(&refusal)),
    }
}

fn form(
    visit: &Visit,
    status: StatusCode,
    fields: &Parameters,
    refusal: Option<&UserRefusal>,
) -> Result<HttpResponse, Failure> {
    let words = visit.words;
    let mut form = Form::sent(fields, &["username", "email"]).helped("password").labelled([
        ("username", words.say("setup-name")),
        ("email", words.say("setup-email")),
        ("password", words.say("setup-password")),
    ]);
    if let Some((name, words)) = refusal.map(|refusal| name_faults::fault(words, refusal)) {
        form = form.wrong(name, words);
    }
    let page = Setup {
        page: visit.page(),
        token: fields.get("token").unwrap_or_default(),
        minimum: i64::try_from(visit.node.policy.password_min_length).unwrap_or_default(),
        form,
    };
    visit.show(status, &page)
}

fn gone(visit: &Visit) -> Result<HttpResponse, Failure> {
    message::gone(visit, visit.words.say("setup-gone"), message::sign_in(visit.words))
}
