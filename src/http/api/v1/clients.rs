//! `/api/v1/clients`: OAuth clients, for administrators (contract §1, §5, §14; RFC 6749 §2).

pub mod secret;

use actix_web::http::header;
use actix_web::web::Path;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Call, Person};
use super::refused::{Conflicting, OfOne, Protected, WithBody};
use super::rights::{Administers, ChangesAll};
use crate::flows::clients;
use crate::flows::clients::{ClientChange, ClientRefusal, WithSecret};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;
use crate::oauth::client::{self, AuthMethod, ClientKind, GrantType};
use crate::oauth::scope::Scope;

/// An OAuth client.
#[derive(Serialize, ToSchema)]
pub struct Client {
    /// Names it in OAuth requests.
    client_id: String,
    /// The name people see.
    name: String,
    /// Whether it can keep no secret.
    public: bool,
    /// Where answers may be sent.
    redirect_uris: Vec<String>,
    /// The grants it may use, by their RFC names, `device_code` or `token_exchange`.
    grants: Vec<&'static str>,
    /// What it may ask for.
    scopes: Vec<String>,
    /// The one way it must authenticate in; `null`: any way with its secret.
    #[schema(required)]
    auth_method: Option<&'static str>,
    /// Whether it must use PKCE.
    require_pkce: bool,
    /// Whether it may introspect tokens meant for its resources.
    resource_server: bool,
    /// The resource URIs it answers for.
    resources: Vec<String>,
    /// Requests an hour of its tokens for each user; `null`: as many as every client.
    #[schema(required)]
    rate_limit: Option<u32>,
    /// Whether it is switched off.
    disabled: bool,
    /// When it was registered.
    #[schema(format = DateTime)]
    created_at: String,
    /// Until when the secret before the last one is good beside it, also when that is over; `null` without an overlap.
    #[schema(required, format = DateTime)]
    previous_secret_until: Option<String>,
    /// Its secret: once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_secret: Option<String>,
}

/// What may be said of a client that is registered and of one that is changed, once; beside it what may be said of one only.
/// (serde cannot refuse unknown members of a flattened struct.)
macro_rules! of_a_client {
    ($(#[$about:meta])* $body:ident { $($(#[$doc:meta])* $own:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $body {
            $($(#[$doc])* $own: $type,)+
            /// Whether it can keep no secret. A change ends every grant, and makes or removes the secret.
            public: Option<bool>,
            /// Where answers may be sent.
            redirect_uris: Option<Vec<String>>,
            /// The grants it may use, by their RFC names, `device_code` or `token_exchange`.
            grants: Option<Vec<String>>,
            /// What it may ask for.
            scopes: Option<Vec<String>>,
            /// The one way it must authenticate in.
            auth_method: Option<String>,
            /// Whether it must use PKCE; only a confidential one may do without.
            require_pkce: Option<bool>,
            /// Whether it may introspect tokens meant for its resources.
            resource_server: Option<bool>,
            /// The resource URIs it answers for.
            resources: Option<Vec<String>>,
            /// Requests an hour of its tokens for each user; 0: as many as every client.
            rate_limit: Option<u32>,
        }

        impl $body {
            /// All but the name, and whether it is switched off.
            fn said(&self) -> Result<ClientChange, Failure> {
                let kind = |public| if public { ClientKind::Public } else { ClientKind::Confidential };
                Ok(ClientChange {
                    name: None,
                    disabled: None,
                    kind: self.public.map(kind),
                    redirect_uris: self.redirect_uris.clone(),
                    grants: self.grants.as_deref().map(grants).transpose()?,
                    scope: self.scopes.as_deref().map(scope).transpose()?,
                    default_scope: None,
                    auth_method: self.auth_method.as_deref().map(auth_method).transpose()?.map(Some),
                    require_pkce: self.require_pkce,
                    resource_server: self.resource_server,
                    resources: self.resources.clone(),
                    rate_limit: self.rate_limit.map(|limit| Some(limit).filter(|limit| *limit > 0)),
                    seen: None,
                    metadata: None,
                })
            }
        }
    };
}

of_a_client! {
    /// A client to be registered. What is left out gets its default.
    NewClient {
        /// Its id: letters, digits, `.`, `_`, `~` and `-`; without one a random one is made.
        client_id: Option<String>,
        /// The name people see.
        name: String,
    }
}

of_a_client! {
    /// What can be changed of a client. What is left out stays.
    ChangedClient {
        /// The name people see.
        name: Option<String>,
        /// Whether it is switched off: refused everywhere. Switching it off ends every grant.
        disabled: Option<bool>,
    }
}

impl ChangedClient {
    fn read(self) -> Result<ClientChange, Failure> {
        let said = self.said()?;
        Ok(ClientChange { name: self.name, disabled: self.disabled, ..said })
    }
}

impl NewClient {
    fn read(self) -> Result<(Option<String>, ClientChange), Failure> {
        if self.client_id.as_deref().is_some_and(|id| !fits_a_path(id)) {
            return Err(Failure::invalid_request(
                "client_id must be 1 to 128 letters, digits, '.', '_', '~' and '-', and not dots alone",
            ));
        }
        let said = self.said()?;
        Ok((self.client_id, ClientChange { name: Some(self.name), ..said }))
    }
}

fn grants(names: &[String]) -> Result<Vec<GrantType>, Failure> {
    let all: Option<Vec<GrantType>> = names.iter().map(|name| GrantType::named(name)).collect();
    all.ok_or_else(|| Failure::invalid_request("A grant is not known here"))
}

fn auth_method(name: &str) -> Result<AuthMethod, Failure> {
    AuthMethod::parse(name).ok_or_else(|| Failure::invalid_request("auth_method is not known here"))
}

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

fn show(client: client::Client, secret: Option<String>) -> Client {
    Client {
        public: client.is_public(),
        client_id: client.client_id,
        name: client.name,
        redirect_uris: client.redirect_uris,
        grants: client.grants.iter().map(|grant| grant.name()).collect(),
        scopes: client.scope.iter().map(str::to_owned).collect(),
        auth_method: client.auth_method.map(AuthMethod::as_str),
        require_pkce: client.require_pkce,
        resource_server: client.resource_server,
        resources: client.resources,
        rate_limit: client.rate_limit,
        disabled: client.disabled,
        created_at: client.created_at.rfc3339(),
        previous_secret_until: client.previous_secret_until.map(|until| until.rfc3339()),
        client_secret: secret,
    }
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
