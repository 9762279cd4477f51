//! `/api/v1/clients`: OAuth clients, for administrators (contract §1, §5, §14; RFC 6749 §2).

mod answer;
mod body;
pub mod secret;

use actix_web::http::header;
use actix_web::web::Path;
use actix_web::{HttpResponse, HttpResponseBuilder};

pub use answer::Client;
use answer::show;
pub use body::{ChangedClient, NewClient};

use super::call::{Call, Person};
use super::refused::{Conflicting, OfOne, Protected, WithBody};
use super::rights::{Administers, ChangesAll};
use crate::flows::clients;
use crate::flows::clients::{ClientRefusal, WithSecret};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;
use crate::oauth::scope::Scope;

/// Whether a client of this id has an address that reaches it, written as it is (RFC 3986 §2.3, §3.3, §5.2.4).
fn fits_a_path(id: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
    (1..=128).contains(&id.len()) && id.bytes().all(unreserved) && !matches!(id, "." | "..")
}

/// The id of a client in a URL. No client has one of other characters, and not every store can look for it.
fn known_id(id: &str) -> Result<&str, Failure> {
    if id.bytes().all(|b| matches!(b, b' '..=b'~')) { Ok(id) } else { Err(Failure::not_found()) }
}

/// Scopes as a list in JSON are one token each.
///
/// # Errors
/// 400.
pub fn scope(tokens: &[String]) -> Result<Scope, Failure> {
    let one = |token: &String| !token.is_empty() && !token.contains(' ');
    let scope = Scope::parse(&tokens.join(" ")).ok().filter(|_| tokens.iter().all(one));
    scope.ok_or_else(|| Failure::invalid_request("A scope has characters that a scope cannot have"))
}

fn refusal(refusal: &ClientRefusal) -> Failure {
    match refusal {
        ClientRefusal::Taken | ClientRefusal::Changed => Failure::conflict(refusal.to_string()),
        ClientRefusal::NotAllowed(_) => Failure::insufficient_scope(refusal.to_string()),
        ClientRefusal::Unknown(_) => Failure::not_found(),
        ClientRefusal::Invalid(_) => Failure::invalid_request(refusal.to_string()),
    }
}

/// A client with the secret that was made now, if one was.
fn with_secret(mut response: HttpResponseBuilder, made: WithSecret) -> HttpResponse {
    let secret = made.secret.map(|secret| secret.expose().to_owned());
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(show(made.client, secret))
}

/// List clients
///
/// By id. For administrators.
///
/// # Errors
/// 401, 403.
#[utoipa::path(get, path = "/api/v1/clients", tag = "Administration", operation_id = "listClients",
    params(("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of clients.", body = Page<Client>), Protected))]
pub async fn list(call: Call<Person<Administers>, Listing>) -> Result<HttpResponse, Failure> {
    let all = clients::page(&call.node, call.query.after_name()?, call.query.to_read()).await?;
    Ok(call.query.answer(all, |client| client.client_id.as_bytes().to_vec(), |client| show(client, None)))
}

/// Register a client
///
/// For administrators. The secret of a confidential one is shown in this answer only.
///
/// # Errors
/// 400, 401, 403, 409 if the id is taken, 415.
#[utoipa::path(post, path = "/api/v1/clients", tag = "Administration", operation_id = "createClient",
    request_body = NewClient,
    responses((status = 201, description = "The client.", body = Client), Protected, WithBody, Conflicting))]
pub async fn create(call: Call<Person<ChangesAll>>) -> Result<HttpResponse, Failure> {
    let (id, new) = call.read::<NewClient>()?.read()?;
    let made = clients::create(&call.node, call.actor(), id.as_deref(), new)
        .await?
        .map_err(|refused| refusal(&refused))?;
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/api/v1/clients/{}", made.client.client_id)));
    Ok(with_secret(response, made))
}

/// Look at a client
///
/// For administrators.
///
/// # Errors
/// 401, 403, 404.
#[utoipa::path(get, path = "/api/v1/clients/{client_id}", tag = "Administration", operation_id = "getClient",
    params(("client_id" = String, Path, description = "The client's id.")),
    responses((status = 200, description = "The client.", body = Client), Protected, OfOne))]
pub async fn get(call: Call<Person<Administers>>, path: Path<String>) -> Result<HttpResponse, Failure> {
    let found = clients::find(&call.node, known_id(&path)?).await?;
    Ok(HttpResponse::Ok().json(show(found.ok_or_else(Failure::not_found)?, None)))
}

/// Change a client
///
/// For administrators. One that becomes confidential gets a secret, which is shown in this answer only.
///
/// # Errors
/// 400, 401, 403, 404, 415.
#[utoipa::path(patch, path = "/api/v1/clients/{client_id}", tag = "Administration",
    operation_id = "updateClient",
    params(("client_id" = String, Path, description = "The client's id.")), request_body = ChangedClient,
    responses((status = 200, description = "The client.", body = Client), Protected, OfOne, WithBody))]
pub async fn update(call: Call<Person<ChangesAll>>, path: Path<String>) -> Result<HttpResponse, Failure> {
    let change = call.read::<ChangedClient>()?.read()?;
    let made = clients::update(&call.node, call.actor(), known_id(&path)?, change)
        .await?
        .map_err(|refused| refusal(&refused))?;
    Ok(with_secret(HttpResponse::Ok(), made))
}

/// Remove a client
///
/// For administrators. Everything issued to it is dead at once.
///
/// # Errors
/// 401, 403, 404.
#[utoipa::path(delete, path = "/api/v1/clients/{client_id}", tag = "Administration",
    operation_id = "deleteClient",
    params(("client_id" = String, Path, description = "The client's id.")),
    responses((status = 204, description = "It is gone."), Protected, OfOne))]
pub async fn delete(call: Call<Person<ChangesAll>>, path: Path<String>) -> Result<HttpResponse, Failure> {
    clients::delete(&call.node, call.actor(), known_id(&path)?)
        .await?
        .map_err(|refused| refusal(&refused))?;
    Ok(HttpResponse::NoContent().finish())
}
