//! The URLs of the pages for people (contract §1). Each section of pages adds its own.

use actix_web::web::{ServiceConfig, post, resource};

use super::super::routes::{get, only};
use super::{
    admin, assets, consent, device, docs, email_confirmation, forgotten_password, hand_off, home, invitation,
    login, logout, projects, register, reset_password, settings, setup,
};

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
            resource(hand_off::PATH)
                .route(get().to(hand_off::get))
                .route(post().to(hand_off::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(logout::PATH)
                .route(get().to(logout::get))
                .route(post().to(logout::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(register::PATH)
                .route(get().to(register::get))
                .route(post().to(register::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(invitation::PATH)
                .route(get().to(invitation::get))
                .route(post().to(invitation::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(email_confirmation::PATH)
                .route(get().to(email_confirmation::get))
                .route(post().to(email_confirmation::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(forgotten_password::PATH)
                .route(get().to(forgotten_password::get))
                .route(post().to(forgotten_password::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(reset_password::PATH)
                .route(get().to(reset_password::get))
                .route(post().to(reset_password::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/consent")
                .route(get().to(consent::get))
                .route(post().to(consent::post))
                .default_service(only("GET, HEAD, POST")),
        )
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
        .service(resource(assets::LOGO_PATH).route(get().to(assets::logo)).default_service(only("GET, HEAD")))
        .service(resource("/docs").route(get().to(docs::get)).default_service(only("GET, HEAD")))
        .configure(device::routes)
        .configure(settings::routes)
        .configure(projects::routes)
        .configure(admin::routes);
}
