//! `/api/v1/sessions`: what a person is signed in with, and ending it (contract §1; security §3, 24).

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Call, Person};
use super::refused::{OfOne, Protected};
use super::rights::{self, Reads, Writes};
use crate::clock::UnixTime;
use crate::flows::sessions;
use crate::flows::sessions::{SessionRefusal, SignIn};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;

/// Something a person is signed in with.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// Names it.
    id: Uuid,
    /// `browser`: our own pages; `login`: a first-party login; `app`: an app that was allowed.
    #[schema(pattern = "^(browser|login|app)$")]
    kind: &'static str,
    /// The app.
    #[schema(required)]
    client_id: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    created_at: String,
    /// Until when.
    #[schema(format = DateTime)]
    expires_at: String,
    /// When a browser was last used, to about five minutes; `null` for the others.
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    /// The browser, in its own words.
    #[schema(required)]
    user_agent: Option<String>,
    /// Where it signed in from.
    #[schema(required)]
    address: Option<String>,
    /// Whether this very request was made with it.
    current: bool,
}

fn show(one: SignIn, current: Option<Uuid>) -> Session {
    Session {
        current: current == Some(one.id),
        id: one.id,
        kind: one.kind.as_str(),
        client_id: one.client_id,
        created_at: one.created_at.rfc3339(),
        expires_at: one.expires_at.rfc3339(),
        last_used_at: one.last_used_at.map(UnixTime::rfc3339),
        user_agent: one.user_agent,
        address: one.address,
    }
}

/// List what you are signed in with
///
/// Browsers, first-party logins and apps, newest first.
///
/// # Errors
/// 401, 403.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "Sessions", operation_id = "listSessions",
    params(("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of sessions.", body = Page<Session>), Protected))]
pub async fn list(call: Call<Person<Reads>, Listing>) -> Result<HttpResponse, Failure> {
    let all = sessions::list(&call.node, call.who.id, call.query.after()?, call.query.to_read()).await?;
    Ok(call.query.answer(all, |one| one.id.as_bytes().to_vec(), |one| show(one, call.who.identity.grant_id)))
}

/// End a session
///
/// Ends it with everything that hangs on it: its access tokens are refused at once. An app may end its own only.
///
/// # Errors
/// 401, 403, 404.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "Sessions", operation_id = "endSession",
    params(("id" = Uuid, Path, description = "The session's id.")),
    responses((status = 204, description = "It is over."), Protected, OfOne))]
pub async fn end(call: Call<Person<Writes>>) -> Result<HttpResponse, Failure> {
    let id = call.id("id")?;
    if call.who.identity.grant_id != Some(id) {
        rights::not_an_app(&call.who.identity)?;
    }
    match sessions::end(&call.node, call.actor(), call.who.id, id).await? {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(SessionRefusal::Unknown) => Err(Failure::not_found()),
        Err(SessionRefusal::NotAllowed(reason)) => Err(Failure::insufficient_scope(reason)),
    }
}
