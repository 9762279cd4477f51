//! `GET /api/v1/schema`: the OpenAPI document, made from the handlers and their types (contract §1). `doors` writes down the
//! doors that read forms, `under_projects` says of a project's keys what is said of an account's.

mod doors;
mod under_projects;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use self::doors::Doors;
use self::under_projects::UnderProjects;
use super::call::{Anybody, Call};
use super::{account, audit_events, clients, keys, members, projects, scopes, sessions, users};
use crate::http::failure::Failure;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Portcullis",
        description = "Every address here that speaks JSON. Beside the answers listed, any address may answer 405 for a \
            method it does not know, 413 for a body over 64 KiB, 500, and 503 with `Retry-After` while the store is away.",
        license(name = "Apache-2.0 OR MIT"),
    ),
    servers((url = "/", description = "This server.")),
    paths(
        account::get,
        keys::list,
        keys::create,
        keys::report_leaked,
        keys::get,
        keys::update,
        keys::delete,
        keys::regenerate,
        keys::rotate,
        keys::disable,
        keys::enable,
        keys::reveal,
        projects::list,
        projects::create,
        projects::get,
        projects::update,
        projects::delete,
        members::list,
        members::add,
        members::update,
        members::remove,
        sessions::list,
        sessions::end,
        users::list,
        users::create,
        users::get,
        users::update,
        clients::list,
        clients::create,
        clients::get,
        clients::update,
        clients::delete,
        clients::secret::replace,
        clients::secret::end_previous,
        scopes::list,
        scopes::create,
        scopes::get,
        scopes::update,
        scopes::delete,
        audit_events::list,
        get,
    ),
    modifiers(&Credentials, &UnderProjects, &Doors),
    security(("bearer" = []), ("key" = []), ("x_api_key" = []), ("barbell_key" = []), ("cookie" = [])),
    tags(
        (name = "Account", description = "Who you are."),
        (name = "Keys", description = "Your API keys."),
        (name = "Projects", description = "What several people share."),
        (name = "Members", description = "Who is in a project."),
        (name = "Project keys", description = "API keys that act on one project only."),
        (name = "Sessions", description = "What you are signed in with."),
        (name = "Administration", description = "For administrators, with the scope `admin`."),
        (name = "Sign in", description = "Password for tokens, first-party: scripts and web apps of this provider."),
        (name = "Verify", description = "For services and gateways: is this credential good?"),
        (name = "OAuth", description = "For OAuth clients (RFC 6749, RFC 7009, RFC 7662)."),
        (name = "About", description = "What this server is, and how it does."),
    ),
)]
struct Api;

/// Where a credential may travel (contract §2).
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_with(Default::default);
        let in_header = |name: &str, words: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, words)))
        };
        let bearer = "An access token or an API key.";
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(bearer)).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let basic = "An API key as the user name, and an empty password.";
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(basic)).build();
        components.add_security_scheme("key", SecurityScheme::Http(basic));
        components.add_security_scheme("x_api_key", in_header("X-API-Key", "An API key."));
        components
            .add_security_scheme("barbell_key", in_header("x-api-auth", "A Barbell key, `USERNAME:KEY`."));
        let cookie = ApiKeyValue::with_description("access_token", "The cookie of a login.");
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(Api::openapi);
static WRITTEN: LazyLock<Bytes> = LazyLock::new(|| serde_json::to_vec(&*DOCUMENT).unwrap_or_default().into());

/// The document as JSON, written once.
pub fn written() -> Bytes {
    WRITTEN.clone()
}

/// Get this document
///
/// OpenAPI, of everything here that speaks JSON. No credential is needed; one that is no good is refused all the same.
///
/// # Errors
/// 400, 401 for a credential that is no good, 403, 429.
#[utoipa::path(get, path = "/api/v1/schema", tag = "About", operation_id = "getSchema", security(()),
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value), super::refused::Protected))]
pub async fn get(_: Call<Anybody>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().content_type("application/json").body(written()))
}
