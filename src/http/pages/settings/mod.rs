//! What a person does about their own account: the addresses below `/settings`.

mod activity;
mod apps;
mod barbell;
mod delete;
mod email;
mod jwt;
pub mod keys;
mod overview;
mod own;
mod password;
pub mod sessions;

use actix_web::web::{ServiceConfig, post, resource};

use super::super::routes::{get, only};

/// The addresses of this section.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource(["/settings", "/settings/account", "/dashboard/settings"])
                .route(get().to(overview::show))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource(email::PATH)
                .route(get().to(email::get))
                .route(post().to(email::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(barbell::PATH)
                .route(get().to(barbell::ask))
                .route(post().to(barbell::make))
                .default_service(only("GET, HEAD, POST")),
        )
        .configure(keys::routes)
        .configure(own::routes);
}
