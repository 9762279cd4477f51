//! What a person does about their own account: the addresses below `/settings`.

mod activity;
mod apps;
mod barbell;
mod delete;
mod email;
mod generated_jwt;
pub mod keys;
mod overview;
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
        .service(
            resource("/settings/password")
                .route(get().to(password::show))
                .route(post().to(password::change))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/settings/sessions")
                .route(get().to(sessions::show))
                .route(post().to(sessions::end))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/settings/apps").route(get().to(apps::show)).default_service(only("GET, HEAD")))
        .service(
            resource("/settings/apps/disconnect")
                .route(get().to(apps::ask))
                .route(post().to(apps::disconnect))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/settings/activity").route(get().to(activity::show)).default_service(only("GET, HEAD")),
        )
        .service(
            resource("/settings/jwt")
                .route(get().to(generated_jwt::show))
                .route(post().to(generated_jwt::generate))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/settings/delete")
                .route(get().to(delete::ask))
                .route(post().to(delete::delete))
                .default_service(only("GET, HEAD, POST")),
        )
        .configure(keys::routes);
}
