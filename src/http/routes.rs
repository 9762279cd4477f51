//! The whole URL table on one page (contract §1). A known path with another method is 405 with `Allow`, an unknown
//! path 404, both in the format of their door.

use actix_web::guard;
use actix_web::web::{Data, PayloadConfig, ServiceConfig, delete, patch, post, put, resource, route};
use actix_web::{HttpRequest, HttpResponse, Route};

use super::door::Door;
use super::extract::body::MAX_BYTES;
use super::extract::caller;
use super::failure::Failure;
use super::settings::WebSettings;
use super::v1::auth::adapter;
use super::{api, auth, health, oauth, pages, v1, well_known};
use crate::flows::Node;

/// Adds every URL there is.
pub fn routes(config: &mut ServiceConfig) {
    config
        .app_data(PayloadConfig::new(MAX_BYTES))
        // First, because it is asked most (contract §6)
        .service(resource(adapter::PLAIN).route(route().to(v1::auth::verify::any)))
        .service(resource(adapter::FORWARD).route(route().to(v1::auth::verify::any)))
        .service(resource(adapter::NGINX).route(route().to(v1::auth::verify::any)))
        .service(resource(adapter::ENVOY).route(route().to(v1::auth::verify::any)))
        .service(resource(adapter::BELOW_ENVOY).route(route().to(v1::auth::verify::any)))
        // Password-bearer (contract §3)
        .service(
            resource(["/auth/v1/token", "/auth/v1/token/"])
                .route(post().to(auth::v1::token::post))
                .default_service(only("POST")),
        )
        .service(
            resource("/auth/v1/refresh")
                .route(post().to(auth::v1::refresh::post))
                .default_service(only("POST")),
        )
        .service(
            resource("/auth/v1/logout")
                .route(post().to(auth::v1::logout::post))
                .default_service(only("POST")),
        )
        .service(
            resource("/auth/v1/me").route(get().to(auth::v1::me::get)).default_service(only("GET, HEAD")),
        )
        // Example API (contract §4, §6)
        .service(
            resource("/v1/auth/login").route(post().to(v1::auth::login::post)).default_service(only("POST")),
        )
        .service(
            resource("/v1/auth/refresh")
                .route(post().to(v1::auth::refresh::post))
                .default_service(only("POST")),
        )
        .service(
            resource("/v1/auth/logout")
                .route(post().to(v1::auth::logout::post))
                .default_service(only("POST")),
        )
        // The providers' own clients (contract §11)
        .service(
            resource("/api/get_token")
                // No HEAD: this GET changes something.
                .route(actix_web::web::get().to(api::get_token::get))
                .default_service(only("GET")),
        )
        .service(
            resource("/api/v2/api-keys")
                .route(post().to(api::v2::api_keys::post))
                .default_service(only("POST")),
        )
        // OAuth (contract §5)
        .service(
            resource(oauth::authorize::PATH)
                .route(get().to(oauth::authorize::get))
                .route(post().to(oauth::authorize::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/oauth/par").route(post().to(oauth::par::post)).default_service(only("POST")))
        .service(resource("/oauth/token").route(post().to(oauth::token::post)).default_service(only("POST")))
        .service(
            resource("/oauth/device_authorization")
                .route(post().to(oauth::device_authorization::post))
                .default_service(only("POST")),
        )
        .service(
            resource("/oauth/introspect")
                .route(post().to(oauth::introspect::post))
                .default_service(only("POST")),
        )
        .service(
            resource("/oauth/revoke").route(post().to(oauth::revoke::post)).default_service(only("POST")),
        )
        .service(
            resource("/oauth/register").route(post().to(oauth::register::post)).default_service(only("POST")),
        )
        .service(
            resource("/oauth/register/{client_id}")
                .route(get().to(oauth::register::get))
                .route(put().to(oauth::register::replace))
                .route(delete().to(oauth::register::remove))
                .default_service(only("GET, HEAD, PUT, DELETE")),
        )
        .service(
            resource("/oauth/userinfo")
                .route(get().to(oauth::userinfo::answer))
                .route(post().to(oauth::userinfo::answer))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(oauth::logout::PATH)
                // No HEAD: this GET may sign out.
                .route(actix_web::web::get().to(oauth::logout::get))
                .route(post().to(oauth::logout::post))
                .default_service(only("GET, POST")),
        )
        .configure(account_api)
        // Discovery
        .service(
            resource(["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"])
                .route(get().to(well_known::authorization_server))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/.well-known/oauth-protected-resource")
                .route(get().to(well_known::protected_resource))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/.well-known/jwks.json")
                .route(get().to(well_known::key_set))
                .default_service(only("GET, HEAD")),
        )
        .configure(pages::routes::routes)
        // Operators
        .service(resource("/health/live").route(get().to(health::live)).default_service(only("GET, HEAD")))
        .service(resource("/health/ready").route(get().to(health::ready)).default_service(only("GET, HEAD")))
        .default_service(route().to(not_found));
}

/// The account and management API (contract §1, §7, §9).
fn account_api(config: &mut ServiceConfig) {
    config
        .service(
            resource("/api/v1/account")
                .route(get().to(api::v1::account::get))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/api/v1/keys/report-leaked")
                .route(post().to(api::v1::keys::report_leaked))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/keys")
                .route(get().to(api::v1::keys::list))
                .route(post().to(api::v1::keys::create))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/api/v1/keys/{id}")
                .route(get().to(api::v1::keys::get))
                .route(patch().to(api::v1::keys::update))
                .route(delete().to(api::v1::keys::delete))
                .default_service(only("GET, HEAD, PATCH, DELETE")),
        )
        .service(
            resource("/api/v1/keys/{id}/regenerate")
                .route(post().to(api::v1::keys::regenerate))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/keys/{id}/rotate")
                .route(post().to(api::v1::keys::rotate))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/keys/{id}/disable")
                .route(post().to(api::v1::keys::disable))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/keys/{id}/enable")
                .route(post().to(api::v1::keys::enable))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/keys/{id}/reveal")
                .route(post().to(api::v1::keys::reveal))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/projects")
                .route(get().to(api::v1::projects::list))
                .route(post().to(api::v1::projects::create))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/api/v1/projects/{id}")
                .route(get().to(api::v1::projects::get))
                .route(patch().to(api::v1::projects::update))
                .route(delete().to(api::v1::projects::delete))
                .default_service(only("GET, HEAD, PATCH, DELETE")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/keys")
                .route(get().to(api::v1::keys::list))
                .route(post().to(api::v1::keys::create))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/keys/{id}")
                .route(get().to(api::v1::keys::get))
                .route(patch().to(api::v1::keys::update))
                .route(delete().to(api::v1::keys::delete))
                .default_service(only("GET, HEAD, PATCH, DELETE")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/keys/{id}/regenerate")
                .route(post().to(api::v1::keys::regenerate))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/keys/{id}/rotate")
                .route(post().to(api::v1::keys::rotate))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/keys/{id}/disable")
                .route(post().to(api::v1::keys::disable))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/keys/{id}/enable")
                .route(post().to(api::v1::keys::enable))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/keys/{id}/reveal")
                .route(post().to(api::v1::keys::reveal))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/members")
                .route(get().to(api::v1::members::list))
                .route(post().to(api::v1::members::add))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/api/v1/projects/{project_id}/members/{user_id}")
                .route(patch().to(api::v1::members::update))
                .route(delete().to(api::v1::members::remove))
                .default_service(only("PATCH, DELETE")),
        )
        .service(
            resource("/api/v1/sessions")
                .route(get().to(api::v1::sessions::list))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/api/v1/sessions/{id}")
                .route(delete().to(api::v1::sessions::end))
                .default_service(only("DELETE")),
        )
        .service(
            resource("/api/v1/users")
                .route(get().to(api::v1::users::list))
                .route(post().to(api::v1::users::create))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/api/v1/users/{id}")
                .route(get().to(api::v1::users::get))
                .route(patch().to(api::v1::users::update))
                .default_service(only("GET, HEAD, PATCH")),
        )
        .service(
            resource("/api/v1/clients")
                .route(get().to(api::v1::clients::list))
                .route(post().to(api::v1::clients::create))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/api/v1/clients/{client_id}/secret")
                .route(post().to(api::v1::clients::secret::replace))
                .default_service(only("POST")),
        )
        .service(
            resource("/api/v1/clients/{client_id}/secret/previous")
                .route(delete().to(api::v1::clients::secret::end_previous))
                .default_service(only("DELETE")),
        )
        .service(
            resource("/api/v1/clients/{client_id}")
                .route(get().to(api::v1::clients::get))
                .route(patch().to(api::v1::clients::update))
                .route(delete().to(api::v1::clients::delete))
                .default_service(only("GET, HEAD, PATCH, DELETE")),
        )
        .service(
            resource("/api/v1/scopes")
                .route(get().to(api::v1::scopes::list))
                .route(post().to(api::v1::scopes::create))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/api/v1/scopes/{id}")
                .route(get().to(api::v1::scopes::get))
                .route(patch().to(api::v1::scopes::update))
                .route(delete().to(api::v1::scopes::delete))
                .default_service(only("GET, HEAD, PATCH, DELETE")),
        )
        .service(
            resource("/api/v1/audit-events")
                .route(get().to(api::v1::audit_events::list))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/api/v1/schema")
                .route(get().to(api::v1::schema::get))
                .default_service(only("GET, HEAD")),
        );
}

/// GET, and HEAD with it (RFC 9110 §9.3.2).
pub(super) fn get() -> Route {
    route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// What a known path answers to any other method: 405 with `Allow`.
pub(super) fn only(allow: &'static str) -> Route {
    route().to(move |request: HttpRequest, node: Data<Node>, settings: Data<WebSettings>| async move {
        credential_first(&request, &node, &settings).await?;
        Err::<HttpResponse, _>(Failure::method_not_allowed(allow))
    })
}

async fn not_found(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    credential_first(&request, &node, &settings).await?;
    Err(Failure::not_found())
}

/// A credential that is no good is a 401 wherever it is presented to the API, and a good one is counted (contract §2,
/// §7, §12): also where there is nothing.
async fn credential_first(request: &HttpRequest, node: &Node, settings: &WebSettings) -> Result<(), Failure> {
    if matches!(Door::of(request.path()), Door::OneCodex | Door::CoCalc) {
        caller::find(request, node, settings).await?;
    }
    Ok(())
}
