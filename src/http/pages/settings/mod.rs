//! What a person does about their own account. The providers' documents send people to three addresses: all three are
//! this page (contract §1).

mod activity;
mod apps;
mod delete;
mod email;
mod jwt;
mod own;
mod password;
mod sessions;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, post, resource};
use askama::Template;

use super::super::failure::Failure;
use super::super::routes::{get, only};
use super::visit::{Member, Page};
use crate::account::user::User;

/// The addresses of this section.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource(["/settings", "/settings/account", "/dashboard/settings"])
                .route(get().to(show))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource(email::PATH)
                .route(get().to(email::get))
                .route(post().to(email::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .configure(own::routes);
}

#[derive(Template)]
#[template(path = "settings/settings.html", config = "src/http/pages/askama.toml")]
struct Settings<'a> {
    page: Page<'a>,
    user: &'a User,
}

/// Shows the page.
///
/// # Errors
/// 303 to the sign-in page for who is signed out.
async fn show(member: Member) -> Result<HttpResponse, Failure> {
    member.show(StatusCode::OK, &Settings { page: member.page(), user: member.user() })
}
