//! Pages for people: HTML that needs no script, a strict policy, forms with tokens (contract §1, §11; security §4.6, §4.7).

pub mod admin;
pub mod assets;
pub mod browser;
pub mod consent;
pub mod device;
pub mod docs;
pub mod email_confirmation;
pub mod error;
mod events;
pub mod forgotten_password;
mod form;
pub mod form_post;
pub mod gzip;
pub mod hand_off;
pub mod home;
pub mod invitation;
pub mod language;
pub mod login;
pub mod logout;
mod long_list;
mod member;
mod message;
pub mod moving_on;
mod name_faults;
mod new_account;
mod new_password;
pub mod next_path;
mod open_form;
mod page;
pub mod projects;
pub mod register;
pub mod reset_password;
pub mod routes;
pub mod settings;
pub mod setup;
pub mod visit;
mod wish;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::failure::Failure;

/// Where a one-time link leads: its token stands in the URL.
pub const ONE_TIME_LINKS: [&str; 5] =
    [setup::PATH, register::PATH, invitation::PATH, email_confirmation::PATH, reset_password::PATH];

/// Renders a template.
///
/// # Errors
/// 500 if it cannot be written.
fn html(status: StatusCode, template: &impl Template) -> Result<HttpResponse, Failure> {
    let body = template
        .render()
        .map_err(|error| Failure { cause: Some(error.to_string().into()), ..Failure::server_error() })?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body))
}
