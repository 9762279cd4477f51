//! `/api/v1/scopes`: the scopes of the operator's API, for administrators (contract §14; RFC 6749 §3.3; decision 0018).

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Call, Person};
use super::refused::{Conflicting, OfOne, Protected, WithBody};
use super::rights::{Administers, ChangesAll};
use crate::flows::Node;
use crate::flows::scopes::{self, Listed, ScopeChange, ScopeRefusal};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;
use crate::http::spelled::{spelled, unspelled};

/// A scope of your API.
#[derive(Serialize, ToSchema)]
pub struct Scope {
    /// Names it in addresses: its name, or `~` and the name in hexadecimal where it has other characters than letters, digits, `.`,
    /// `_`, `~` and `-`.
    id: String,
    /// The scope, as applications ask for it.
    name: String,
    /// What it lets its holder do: read by everybody in whose language it is not said.
    description: String,
    /// The same by language.
    descriptions: BTreeMap<String, String>,
    /// Whether applications that nobody registered may ask for it, too.
    for_anybody: bool,
    /// Whether the setting `scopes` names it, so that it exists as long as it stands there.
    declared: bool,
    /// When it was registered; `null` of one that stands in the setting alone.
    #[schema(required, format = DateTime)]
    created_at: Option<String>,
    /// How many clients may ask for it.
    clients: i64,
    /// How many keys have it.
    keys: i64,
}

/// A scope to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScope {
    /// The scope, as applications ask for it: 1 to 100 of printable ASCII without space, quote and backslash.
    name: String,
    /// What it lets its holder do, in one line of at most 200 characters.
    description: String,
    /// The same by language of the pages.
    descriptions: Option<BTreeMap<String, String>>,
    /// Whether applications that nobody registered may ask for it, too; not without a word.
    for_anybody: Option<bool>,
}

/// What can be changed of a scope. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedScope {
    /// What it lets its holder do.
    description: Option<String>,
    /// The same by language; null or an empty text takes one away, and languages that are left out stay.
    descriptions: Option<BTreeMap<String, Option<String>>>,
    /// Whether applications that nobody registered may ask for it, too. If not any more, it is taken from them.
    for_anybody: Option<bool>,
}

fn show(listed: Listed) -> Scope {
    let scope = listed.scope;
    Scope {
        id: spelled(&scope.name),
        created_at: listed.registered.then(|| scope.created_at.rfc3339()),
        name: scope.name,
        description: scope.description,
        descriptions: scope.translations,
        for_anybody: scope.for_anybody,
        declared: listed.declared,
        clients: listed.clients,
        keys: listed.keys,
    }
}

fn refusal(refusal: &ScopeRefusal) -> Failure {
    match refusal {
        ScopeRefusal::Invalid(_) => Failure::invalid_request(refusal.to_string()),
        ScopeRefusal::Taken(_) | ScopeRefusal::Declared(_) => Failure::conflict(refusal.to_string()),
        ScopeRefusal::Unknown(_) => Failure::not_found(),
        ScopeRefusal::NotAllowed(_) => Failure::insufficient_scope(refusal.to_string()),
    }
}

/// The name that the address means.
fn named(part: &str) -> Result<String, Failure> {
    unspelled(part).ok_or_else(Failure::not_found)
}

async fn find(node: &Node, name: &str) -> Result<Scope, Failure> {
    scopes::find(node, name).await?.map(show).ok_or_else(Failure::not_found)
}

/// List scopes
///
/// Those of your API, by name; the built-in ones are not among them. For administrators.
///
/// # Errors
/// 401, 403.
#[utoipa::path(get, path = "/api/v1/scopes", tag = "Administration", operation_id = "listScopes",
    params(("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of scopes.", body = Page<Scope>), Protected))]
pub async fn list(call: Call<Person<Administers>, Listing>) -> Result<HttpResponse, Failure> {
    let (after, limit) = (call.query.after_name()?, call.query.to_read());
    let mut all = scopes::list(&call.node).await?;
    all.retain(|listed| after.as_ref().is_none_or(|after| listed.scope.name > *after));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(call.query.answer(all, |listed| listed.scope.name.as_bytes().to_vec(), show))
}

/// Register a scope
///
/// For administrators. People can give it to their keys, and clients can be registered for it.
///
/// # Errors
/// 400, 401, 403, 409 if there is one of this name, 415.
#[utoipa::path(post, path = "/api/v1/scopes", tag = "Administration", operation_id = "createScope",
    request_body = NewScope,
    responses((status = 201, description = "The scope.", body = Scope), Protected, WithBody, Conflicting))]
pub async fn create(call: Call<Person<ChangesAll>>) -> Result<HttpResponse, Failure> {
    let new: NewScope = call.read()?;
    let said = ScopeChange {
        description: Some(new.description),
        translations: new.descriptions.unwrap_or_default(),
        for_anybody: new.for_anybody,
    };
    scopes::add(&call.node, call.actor(), &new.name, said).await?.map_err(|refused| refusal(&refused))?;
    let scope = find(&call.node, &new.name).await?;
    let place = format!("/api/v1/scopes/{}", scope.id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, place)).json(scope))
}

/// Look at a scope
///
/// For administrators.
///
/// # Errors
/// 401, 403, 404.
#[utoipa::path(get, path = "/api/v1/scopes/{id}", tag = "Administration", operation_id = "getScope",
    params(("id" = String, Path, description = "The scope's id.")),
    responses((status = 200, description = "The scope.", body = Scope), Protected, OfOne))]
pub async fn get(call: Call<Person<Administers>>, path: Path<String>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(find(&call.node, &named(&path)?).await?))
}

/// Change a scope
///
/// For administrators. One that stands in the setting alone is registered first.
///
/// # Errors
/// 400, 401, 403, 404, 409 for one that stands in the setting alone, 415.
#[utoipa::path(patch, path = "/api/v1/scopes/{id}", tag = "Administration", operation_id = "updateScope",
    params(("id" = String, Path, description = "The scope's id.")), request_body = ChangedScope,
    responses((status = 200, description = "The scope.", body = Scope), Protected, OfOne, WithBody, Conflicting))]
pub async fn update(call: Call<Person<ChangesAll>>, path: Path<String>) -> Result<HttpResponse, Failure> {
    let (name, change) = (named(&path)?, call.read::<ChangedScope>()?);
    let texts = change.descriptions.unwrap_or_default().into_iter();
    let said = ScopeChange {
        description: change.description,
        translations: texts.map(|(language, text)| (language, text.unwrap_or_default())).collect(),
        for_anybody: change.for_anybody,
    };
    scopes::update(&call.node, call.actor(), &name, said).await?.map_err(|refused| refusal(&refused))?;
    Ok(HttpResponse::Ok().json(find(&call.node, &name).await?))
}

/// Remove a scope
///
/// For administrators. It is taken from every client and out of what people allowed. Keys keep it until somebody changes them.
///
/// # Errors
/// 401, 403, 404, 409 for one that stands in the setting alone.
#[utoipa::path(delete, path = "/api/v1/scopes/{id}", tag = "Administration", operation_id = "deleteScope",
    params(("id" = String, Path, description = "The scope's id.")),
    responses((status = 204, description = "It is gone."), Protected, OfOne, Conflicting))]
pub async fn delete(call: Call<Person<ChangesAll>>, path: Path<String>) -> Result<HttpResponse, Failure> {
    scopes::remove(&call.node, call.actor(), &named(&path)?).await?.map_err(|refused| refusal(&refused))?;
    Ok(HttpResponse::NoContent().finish())
}
