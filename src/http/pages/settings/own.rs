//! The addresses of what people do about their password, their sign-ins, their apps and their account (contract §1).

use actix_web::web::{ServiceConfig, post, resource};

use super::super::super::routes::{get, only};
use super::{activity, apps, delete, jwt, password, sessions};

/// Adds them.
pub fn routes(config: &mut ServiceConfig) {
    config
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
                .route(get().to(jwt::show))
                .route(post().to(jwt::generate))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/settings/delete")
                .route(get().to(delete::ask))
                .route(post().to(delete::delete))
                .default_service(only("GET, HEAD, POST")),
        );
}
