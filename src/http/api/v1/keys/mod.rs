//! `/api/v1/keys` and, with the same handlers, `/api/v1/projects/{project_id}/keys`: the life of API keys (contract §9).
//!
//! Which of the two a request is about is in its URL, and at the account's also whose project the key is of; who may is decided by `rights`, `projects` and the flow.

pub mod body;
mod secret;

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
use uuid::Uuid;

use self::body::{ChangedKey, Key, KeyToMake, LeakedKey};
use super::call::{Anybody, Asking, Call, Known, Who};
use super::refused::{Conflicting, Error, OfOne, Protected, WithBody};
use super::rights::{Reads, Right, Writes, WritesSomewhere};
use super::{projects, rights};
use crate::account::access::ProjectPart;
use crate::flows::api_keys::{Actor, KeyRefusal, Place, administration};
use crate::flows::password::LoginRefusal;
use crate::flows::verify::Identity;
use crate::flows::{self, Node, api_keys};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;

/// What utoipa makes beside each handler goes with it.
pub(super) use self::secret::{__path_regenerate, __path_reveal, __path_rotate};
pub use self::secret::{regenerate, reveal, rotate};

/// What somebody wants of keys.
pub trait Wish: 'static {
    /// Of those of a project: the row of the table of contract §7.
    const PART: ProjectPart;
    /// Of one's own.
    type Own: Right;
}

/// Looking at them.
pub struct Looks;
/// Changing them.
pub struct Manages;
/// Making them: for whom is in the body, too, so a project's key may ask.
pub struct Makes;

impl Wish for Looks {
    const PART: ProjectPart = ProjectPart::Inside;
    type Own = Reads;
}

impl Wish for Manages {
    const PART: ProjectPart = ProjectPart::Keys;
    type Own = Writes;
}

impl Wish for Makes {
    const PART: ProjectPart = ProjectPart::Keys;
    type Own = WritesSomewhere;
}

/// Somebody who may have their wish with the keys that the URL is about.
pub struct At<W> {
    identity: Arc<Identity>,
    place: Place,
    wish: PhantomData<W>,
}

impl<W: Wish> Who for At<W> {
    async fn admit(asking: Asking<'_>) -> Result<Self, Failure> {
        if let Some(project) = asking.part("project_id") {
            let id = enter::<W>(asking.node, asking.actor(), rights::id(project)).await?;
            return Ok(Self { identity: asking.identity()?, place: Place::Project(id), wish: PhantomData });
        }
        let identity = asking.identity.clone().ok_or_else(Failure::unauthenticated)?;
        let place = own::<W>(&asking, W::Own::of(&identity)?).await?;
        Ok(Self { identity, place, wish: PhantomData })
    }
}

impl<W> Known for At<W> {
    fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }
}

/// Where a person's own keys are: in their account, and one that they made in a project there, as long as they are in it.
async fn own<W: Wish>(asking: &Asking<'_>, person: Uuid) -> Result<Place, Failure> {
    let Some(id) = asking.part("id").and_then(rights::id) else { return Ok(Place::Account(person)) };
    let key = administration::find_any(asking.node, id).await?.filter(|key| key.user_id == person);
    let Some(project) = key.and_then(|key| key.project_id) else { return Ok(Place::Account(person)) };
    let seen = flows::projects::see(asking.node, asking.actor(), project).await?;
    if seen.is_none_or(|seen| seen.role.is_none()) {
        return Err(Failure::not_found());
    }
    Ok(Place::Project(enter::<W>(asking.node, asking.actor(), Some(project)).await?))
}

fn url(place: Place, key: Uuid) -> String {
    match place {
        Place::Account(_) => format!("/api/v1/keys/{key}"),
        Place::Project(project) => format!("/api/v1/projects/{project}/keys/{key}"),
    }
}

/// A project with whose keys `actor` may have this wish.
async fn enter<W: Wish>(
    node: &Node,
    actor: Option<Actor<'_>>,
    project: Option<Uuid>,
) -> Result<Uuid, Failure> {
    Ok(projects::enter(node, actor, project, W::PART).await?.project.id)
}

fn refusal(refused: KeyRefusal) -> Failure {
    match refused {
        KeyRefusal::Unknown => Failure::not_found(),
        KeyRefusal::Invalid(_) => Failure::invalid_request(refused.to_string()),
        KeyRefusal::NotAllowed(_) => Failure::insufficient_scope(refused.to_string()),
        KeyRefusal::Replaced | KeyRefusal::Expired => Failure::conflict(refused.to_string()),
        KeyRefusal::Password(LoginRefusal::Throttled { retry_after }) => {
            Failure::too_many_attempts(retry_after)
        }
        KeyRefusal::Password(_) => Failure::insufficient_scope("The password is wrong"),
    }
}

/// List keys
///
/// Newest first, without their secrets; at `/api/v1/keys` also those that you made in projects you are in.
///
/// # Errors
/// 400, 401, 403; of a project 404 if it is hidden.
#[utoipa::path(get, path = "/api/v1/keys", tag = "Keys", operation_id = "listKeys",
    params(("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of keys.", body = Page<Key>), Protected))]
pub async fn list(call: Call<At<Looks>, Listing>) -> Result<HttpResponse, Failure> {
    let (listing, now) = (&call.query, call.node.clock.now());
    let (after, most) = (listing.after()?, listing.to_read());
    let keys = match call.who.place {
        Place::Account(person) => api_keys::list_at_hand(&call.node, person, after, most).await?,
        place => api_keys::list(&call.node, place, after, most).await?,
    };
    Ok(listing.answer(keys, |key| key.id.as_bytes().to_vec(), |key| Key::of(key, now)))
}

/// Make a key
///
/// The secret is in this answer and in no other: keep it. A credential makes no key that allows more than itself, and
/// the owner is always who asks. A project's key makes keys of its project, whether the address or `project_id` names it.
///
/// # Errors
/// 400, 401, 403, 404 for a project that is hidden, 415.
#[utoipa::path(post, path = "/api/v1/keys", tag = "Keys", operation_id = "createKey", request_body = KeyToMake,
    responses((status = 201, description = "The key, with its secret.", body = Key), Protected, OfOne, WithBody))]
pub async fn create(call: Call<At<Makes>>) -> Result<HttpResponse, Failure> {
    let now = call.node.clock.now();
    let (new, project) = call.read::<KeyToMake>()?.read(now)?;
    let place = match (call.who.place, project) {
        (place, None) => place,
        (Place::Account(_), Some(project)) => {
            Place::Project(enter::<Makes>(&call.node, Some(call.actor()), Some(project)).await?)
        }
        (Place::Project(own), Some(project)) if own == project => call.who.place,
        (Place::Project(_), Some(_)) => {
            return Err(Failure::invalid_request("project_id and the URL name two different projects"));
        }
    };
    let owner = call.who.identity.user_id.ok_or_else(Failure::not_found)?;
    let made = api_keys::create(&call.node, call.actor(), owner, place, new).await?.map_err(refusal)?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, url(place, made.key.id)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Key::with_secret(made, now)))
}

/// Look at a key
///
/// Without its secret. `/api/v1/keys` has your own keys, also those that you made in a project you are in.
///
/// # Errors
/// 400, 401, 403, 404.
#[utoipa::path(get, path = "/api/v1/keys/{id}", tag = "Keys", operation_id = "getKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = Key), Protected, OfOne))]
pub async fn get(call: Call<At<Looks>>) -> Result<HttpResponse, Failure> {
    let found = api_keys::find(&call.node, call.who.place, call.id("id")?).await?;
    Ok(HttpResponse::Ok().json(Key::of(found.ok_or_else(Failure::not_found)?, call.node.clock.now())))
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
pub async fn update(call: Call<At<Manages>>) -> Result<HttpResponse, Failure> {
    let (id, now) = (call.id("id")?, call.node.clock.now());
    let change = call.read::<ChangedKey>()?.read(now)?;
    let done = api_keys::update(&call.node, call.actor(), call.who.place, id, change).await?;
    Ok(HttpResponse::Ok().json(Key::of(done.map_err(refusal)?, now)))
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
pub async fn delete(call: Call<At<Manages>>) -> Result<HttpResponse, Failure> {
    let id = call.id("id")?;
    api_keys::delete(&call.node, call.actor(), call.who.place, id).await?.map_err(refusal)?;
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
pub async fn disable(call: Call<At<Manages>>) -> Result<HttpResponse, Failure> {
    switch(&call, true).await
}

/// Switch a key on again
///
/// It works with the secret it had. A key cannot switch itself on. One that has expired needs another end first.
///
/// # Errors
/// 400, 401, 403, 404, 409, 415.
#[utoipa::path(post, path = "/api/v1/keys/{id}/enable", tag = "Keys", operation_id = "enableKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = Key), Protected, OfOne, WithBody, Conflicting))]
pub async fn enable(call: Call<At<Manages>>) -> Result<HttpResponse, Failure> {
    switch(&call, false).await
}

async fn switch(call: &Call<At<Manages>>, disabled: bool) -> Result<HttpResponse, Failure> {
    let id = call.id("id")?;
    call.reads_nothing()?;
    let done = api_keys::set_disabled(&call.node, call.actor(), call.who.place, id, disabled).await?;
    Ok(HttpResponse::Ok().json(Key::of(done.map_err(refusal)?, call.node.clock.now())))
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
pub async fn report_leaked(call: Call<Anybody>) -> Result<HttpResponse, Failure> {
    let LeakedKey { key } = call.read()?;
    // A guess like any other: it must not be a way around their limit.
    if let Some(wait) = call.node.guesses.failed(None, call.address, call.node.clock.now()) {
        return Err(Failure::too_many_attempts(wait));
    }
    api_keys::report_leaked(&call.node, &key, call.address).await?;
    Ok(HttpResponse::NoContent().finish())
}
