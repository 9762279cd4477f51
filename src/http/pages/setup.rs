//! `/setup?token=…`: the one-time page that makes the first administrator (contract §14, security §4.1).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::{browser, html};
use crate::flows::Node;
use crate::flows::setup::{self, SetupRefusal};
use crate::flows::users::{NewUser, UserRefusal};
use crate::oauth::parameters::Parameters;

#[derive(Template)]
#[template(path = "setup.html", config = "src/http/pages/askama.toml")]
struct Setup<'a> {
    brand: &'a str,
    token: &'a str,
    username: &'a str,
    email: &'a str,
    minimum: usize,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "setup_done.html", config = "src/http/pages/askama.toml")]
struct SetupDone<'a> {
    brand: &'a str,
    username: &'a str,
}

/// Where it is.
pub const PATH: &str = "/setup";

/// Shows the form while the link works. The link itself is the form's secret.
///
/// # Errors
/// 404 once it does not.
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let query = Parameters::from_form(request.query_string().as_bytes())?;
    let token = query.get("token").unwrap_or_default();
    if !setup::is_live(&node, token).await? {
        return Err(gone());
    }
    form(&node, &settings, StatusCode::OK, &query, None)
}

/// Makes the administrator.
///
/// # Errors
/// 404 once the link does not work.
pub async fn post(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    browser::prove_origin(&request, &settings)?;
    let fields = body::parameters(&request, &body, Accepts::Form)?;
    let field = |name: &str| fields.get(name).unwrap_or_default();
    let new = NewUser {
        username: field("username"),
        email: field("email"),
        // Without one a random password would be made, which nobody would ever see.
        password: Some(field("password")),
        is_admin: true,
    };
    match setup::complete(&node, field("token"), new).await? {
        Ok(user) => html(StatusCode::OK, &SetupDone { brand: &settings.brand, username: &user.username }),
        Err(SetupRefusal::Link) => Err(gone()),
        Err(SetupRefusal::User(refusal)) => {
            form(&node, &settings, StatusCode::BAD_REQUEST, &fields, Some(words(&refusal)))
        }
    }
}

/// The command line's hint is of no use on a page.
fn words(refusal: &UserRefusal) -> String {
    match refusal {
        UserRefusal::Taken(what) => format!("the {what} is taken: choose another"),
        other => other.to_string(),
    }
}

fn form(
    node: &Node,
    settings: &WebSettings,
    status: StatusCode,
    fields: &Parameters,
    error: Option<String>,
) -> Result<HttpResponse, Failure> {
    let field = |name: &str| fields.get(name).unwrap_or_default();
    let page = Setup {
        brand: &settings.brand,
        token: field("token"),
        username: field("username"),
        email: field("email"),
        minimum: node.policy.password_min_length,
        error,
    };
    html(status, &page)
}

fn gone() -> Failure {
    let message = "This link does not work any more. Start the server again for a new one";
    Failure { message: message.into(), ..Failure::not_found() }
}
