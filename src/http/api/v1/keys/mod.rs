//! `/api/v1/keys` and, with the same handlers, `/api/v1/projects/{project_id}/keys`: the life of API keys (contract §9).
//!
//! Which of the two a request is about is in its URL; who may is decided by `rights`, `projects` and the flow.

pub mod body;
mod secret;

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use self::body::{ChangedKey, Key, KeyToMake, LeakedKey};
use super::refused::{Error, OfOne, Protected, WithBody};
use super::{projects, rights};
use crate::account::access::ProjectPart;
use crate::flows::api_keys::{Actor, KeyRefusal, Place};
use crate::flows::password::LoginRefusal;
use crate::flows::verify::Identity;
use crate::flows::{Node, api_keys};
use crate::http::extract::listing::{Listing, Page, no_parameters};
use crate::http::extract::{address, caller, json};
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;

/// What utoipa makes beside each handler goes with it.
pub(super) use self::secret::{__path_regenerate, __path_reveal, __path_rotate};
pub use self::secret::{regenerate, reveal, rotate};

/// What is wanted of keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Look,
    Manage,
}

/// Whose keys the URL is about, for somebody who may do `need` with them.
struct At {
    identity: Arc<Identity>,
    place: Place,
    /// Where the request came from.
    address: IpAddr,
}

impl At {
    async fn find(
        request: &HttpRequest,
        node: &Node,
        settings: &WebSettings,
        need: Need,
    ) -> Result<Self, Failure> {
        let address = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
        if let Some(project) = request.match_info().get("project_id") {
            let identity = caller::find(request, node, settings).await?;
            let actor = identity.as_deref().map(|identity| Actor::Holder { identity, address });
            let id = enter(node, actor, rights::id(project), need).await?;
            let identity = identity.ok_or_else(Failure::unauthenticated)?;
            return Ok(Self { identity, place: Place::Project(id), address });
        }
        let identity = caller::require(request, node, settings).await?;
        let user = match need {
            Need::Look => rights::reader(&identity)?,
            Need::Manage => rights::writer(&identity)?,
        };
        Ok(Self { identity, place: Place::Account(user), address })
    }

    fn actor(&self) -> Actor<'_> {
        Actor::Holder { identity: &self.identity, address: self.address }
    }

    fn url(&self, key: Uuid) -> String {
        match self.place {
            Place::Account(_) => format!("/api/v1/keys/{key}"),
            Place::Project(project) => format!("/api/v1/projects/{project}/keys/{key}"),
        }
    }
}

/// A project whose keys `actor` may use so.
async fn enter(
    node: &Node,
    actor: Option<Actor<'_>>,
    project: Option<Uuid>,
    need: Need,
) -> Result<Uuid, Failure> {
    let part = match need {
        Need::Look => ProjectPart::Inside,
        Need::Manage => ProjectPart::Keys,
    };
    Ok(projects::enter(node, actor, project, part).await?.project.id)
}

/// The key of the URL.
fn key_id(request: &HttpRequest) -> Result<Uuid, Failure> {
    rights::known_id(request.match_info().get("id").unwrap_or_default())
}

fn refusal(refused: KeyRefusal) -> Failure {
    match refused {
        KeyRefusal::Unknown => Failure::not_found(),
        KeyRefusal::MadeBefore => Failure::conflict(refused.to_string()),
        KeyRefusal::Invalid(_) => Failure::invalid_request(refused.to_string()),
        KeyRefusal::NotAllowed(_) => Failure::insufficient_scope(refused.to_string()),
        KeyRefusal::Password(LoginRefusal::Throttled { retry_after }) => {
            Failure::too_many_attempts(retry_after)
        }
        KeyRefusal::Password(_) => Failure::insufficient_scope("The password is wrong"),
    }
}

/// List keys
///
/// Newest first, without their secrets.
///
/// # Errors
/// 400, 401, 403; of a project 404 if it is hidden.
#[utoipa::path(get, path = "/api/v1/keys", tag = "Keys", operation_id = "listKeys",
    params(("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of keys.", body = Page<Key>), Protected))]
pub async fn list(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let at = At::find(&request, &node, &settings, Need::Look).await?;
    let (listing, _) = Listing::parse(request.query_string(), &[])?;
    let now = node.clock.now();
    let keys = api_keys::list(&node, at.place, listing.after()?, listing.to_read()).await?;
    Ok(listing.answer(keys, |key| key.id.as_bytes().to_vec(), |key| Key::of(key, now)))
}

/// Make a key
///
/// The secret is in this answer and in no other: keep it. A credential makes no key that allows more than itself, and
/// the owner is always who asks.
///
/// # Errors
/// 400, 401, 403, 404 for a project that is hidden, 415.
#[utoipa::path(post, path = "/api/v1/keys", tag = "Keys", operation_id = "createKey", request_body = KeyToMake,
    responses((status = 201, description = "The key, with its secret.", body = Key), Protected, OfOne, WithBody))]
pub async fn create(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let mut at = At::find(&request, &node, &settings, Need::Manage).await?;
    no_parameters(request.query_string())?;
    let now = node.clock.now();
    let (new, project) = json::read::<KeyToMake>(&request, &body)?.read(now)?;
    at.place = match (at.place, project) {
        (place, None) => place,
        (Place::Account(_), Some(project)) => {
            Place::Project(enter(&node, Some(at.actor()), Some(project), Need::Manage).await?)
        }
        (Place::Project(own), Some(project)) if own == project => at.place,
        (Place::Project(_), Some(_)) => {
            return Err(Failure::invalid_request("project_id and the URL name two different projects"));
        }
    };
    let owner = at.identity.user_id.ok_or_else(Failure::not_found)?;
    let made = api_keys::create(&node, at.actor(), owner, at.place, new).await?.map_err(refusal)?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, at.url(made.key.id)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Key::with_secret(made, now)))
}

/// Look at a key
///
/// Without its secret.
///
/// # Errors
/// 400, 401, 403, 404.
#[utoipa::path(get, path = "/api/v1/keys/{id}", tag = "Keys", operation_id = "getKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = Key), Protected, OfOne))]
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let at = At::find(&request, &node, &settings, Need::Look).await?;
    no_parameters(request.query_string())?;
    let found = api_keys::find(&node, at.place, key_id(&request)?).await?;
    Ok(HttpResponse::Ok().json(Key::of(found.ok_or_else(Failure::not_found)?, node.clock.now())))
}

/// Change a key
///
/// What is left out stays. A key cannot change itself.
///
/// # Errors
/// 400, 401, 403, 404, 415.
#[utoipa::path(patch, path = "/api/v1/keys/{id}", tag = "Keys", operation_id = "updateKey",
    params(("id" = Uuid, Path, description = "The key's id.")), request_body = ChangedKey,
    responses((status = 200, description = "The key.", body = Key), Protected, OfOne, WithBody))]
pub async fn update(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let at = At::find(&request, &node, &settings, Need::Manage).await?;
    no_parameters(request.query_string())?;
    let (id, now) = (key_id(&request)?, node.clock.now());
    let change = json::read::<ChangedKey>(&request, &body)?.read(now)?;
    let key = api_keys::update(&node, at.actor(), at.place, id, change).await?.map_err(refusal)?;
    Ok(HttpResponse::Ok().json(Key::of(key, now)))
}

/// Remove a key
///
/// It is refused at once, everywhere within a second.
///
/// # Errors
/// 400, 401, 403, 404.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "Keys", operation_id = "deleteKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 204, description = "It is gone."), Protected, OfOne))]
pub async fn delete(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    let at = At::find(&request, &node, &settings, Need::Manage).await?;
    no_parameters(request.query_string())?;
    let id = key_id(&request)?;
    api_keys::delete(&node, at.actor(), at.place, id).await?.map_err(refusal)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Switch a key off
///
/// It is refused until it is switched on again.
///
/// # Errors
/// 400, 401, 403, 404, 415.
#[utoipa::path(post, path = "/api/v1/keys/{id}/disable", tag = "Keys", operation_id = "disableKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = Key), Protected, OfOne, WithBody))]
pub async fn disable(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    switch(&request, &body, &node, &settings, true).await
}

/// Switch a key on again
///
/// It works with the secret it had. A key cannot switch itself on.
///
/// # Errors
/// 400, 401, 403, 404, 415.
#[utoipa::path(post, path = "/api/v1/keys/{id}/enable", tag = "Keys", operation_id = "enableKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = Key), Protected, OfOne, WithBody))]
pub async fn enable(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    switch(&request, &body, &node, &settings, false).await
}

async fn switch(
    request: &HttpRequest,
    body: &[u8],
    node: &Node,
    settings: &WebSettings,
    disabled: bool,
) -> Result<HttpResponse, Failure> {
    let at = At::find(request, node, settings, Need::Manage).await?;
    no_parameters(request.query_string())?;
    let id = key_id(request)?;
    json::nothing(request, body)?;
    let done = api_keys::set_disabled(node, at.actor(), at.place, id, disabled).await?;
    Ok(HttpResponse::Ok().json(Key::of(done.map_err(refusal)?, node.clock.now())))
}

/// Report a leaked key
///
/// For whoever finds a key where it does not belong: having it is reason enough to end it. The answer is the same whatever
/// was sent. No credential is needed.
///
/// # Errors
/// 400, 401 for a credential that is no good, 415, 429 after too many.
#[utoipa::path(post, path = "/api/v1/keys/report-leaked", tag = "Keys", operation_id = "reportLeakedKey",
    request_body = LeakedKey, security(()),
    responses((status = 204, description = "If it was a key, it is dead, and its owner is told."),
        (status = 400, description = "The request is not understood: `message` says why.", body = Error),
        (status = 401, description = "A credential was presented that is no good.", body = Error),
        (status = 429, description = "Too many reports from this address: wait as long as `Retry-After` says.",
            body = Error), WithBody))]
pub async fn report_leaked(
    request: HttpRequest,
    body: Bytes,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    caller::find(&request, &node, &settings).await?;
    no_parameters(request.query_string())?;
    let LeakedKey { key } = json::read(&request, &body)?;
    let address = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    // A guess like any other: it must not be a way around their limit.
    if let Some(wait) = node.guesses.failed(None, address, node.clock.now()) {
        return Err(Failure::too_many_attempts(wait));
    }
    api_keys::report_leaked(&node, &key, address).await?;
    Ok(HttpResponse::NoContent().finish())
}
