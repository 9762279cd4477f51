//! The URLs of the pages for people (contract §1). Each section of pages adds its own.

use actix_web::web::{ServiceConfig, post, resource};

use super::super::routes::{get, only};
use super::{app, assets, consent, device, docs, home, login, logout, settings, setup};

/// Adds them.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/").route(get().to(home::get)).default_service(only("GET, HEAD")))
        .service(
            resource("/login")
                .route(get().to(login::get))
                .route(post().to(login::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(app::PATH)
                .route(get().to(app::get))
                .route(post().to(app::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/logout")
                .route(get().to(logout::get))
                .route(post().to(logout::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/consent").route(post().to(consent::post)).default_service(only("POST")))
        .service(
            resource(setup::PATH)
                .route(get().to(setup::get))
                .route(post().to(setup::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(assets::STYLE_PATH).route(get().to(assets::style)).default_service(only("GET, HEAD")),
        )
        .service(resource(assets::ICON_PATH).route(get().to(assets::icon)).default_service(only("GET, HEAD")))
        .service(
            resource(assets::SCRIPT_PATH).route(get().to(assets::script)).default_service(only("GET, HEAD")),
        )
        .service(resource("/docs").route(get().to(docs::get)).default_service(only("GET, HEAD")))
        .configure(device::routes)
        .configure(settings::routes);
}
