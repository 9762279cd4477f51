//! `/api/v1/audit-events`: what happened, for administrators (contract §1; security I6).

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::{Asked, Call, Person};
use super::refused::Protected;
use super::rights::{self, Administers};
use crate::flows::audit_events::{self, Filter, Kind, StoredEvent};
use crate::http::extract::listing::{Listing, Page};
use crate::http::failure::Failure;

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub struct AuditEvent {
    /// The event's id.
    id: Uuid,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What: `login_failed`, `key_created`, …
    kind: String,
    /// Whose account.
    #[schema(required)]
    user_id: Option<Uuid>,
    /// Which client.
    #[schema(required)]
    client_id: Option<String>,
    /// Which API key.
    #[schema(required)]
    key_id: Option<Uuid>,
    /// Which project.
    #[schema(required)]
    project_id: Option<Uuid>,
    /// From where.
    #[schema(required)]
    address: Option<String>,
    /// More words, for people. Of an event from before `actor_kind` was kept they say who did it, too.
    #[schema(required)]
    detail: Option<String>,
    /// Who did it: `operator` (the command line), `server` (by itself), `person`, `app` or `key` (of a person), `client` (for
    /// itself), `link` (whoever was given one) or `stranger`; `null` where nobody can be named.
    #[schema(required)]
    actor_kind: Option<&'static str>,
    /// The account that did it.
    #[schema(required)]
    actor_id: Option<Uuid>,
    /// What the account was called then, or the client's id.
    #[schema(required)]
    actor_name: Option<String>,
    /// The app's client id, or the key's id.
    #[schema(required)]
    actor_through: Option<String>,
}

fn show(event: StoredEvent) -> AuditEvent {
    let kind = event.by.as_ref().map(|by| by.kind.as_str());
    let (id, name, through) = event.by.map_or((None, None, None), |by| (by.user_id, by.name, by.through));
    AuditEvent {
        id: event.id,
        at: event.at.rfc3339(),
        kind: event.kind,
        user_id: event.user_id,
        client_id: event.client_id,
        key_id: event.key_id,
        project_id: event.project_id,
        address: event.address,
        detail: event.detail,
        actor_kind: kind,
        actor_id: id,
        actor_name: name,
        actor_through: through,
    }
}

/// Which page of the events of one account or kind.
pub struct Filtered {
    listing: Listing,
    filter: Filter,
}

impl Asked for Filtered {
    fn read(query: &str) -> Result<Self, Failure> {
        let (listing, filters) = Listing::parse(query, &["user_id", "kind"])?;
        let user_id = match filters.get("user_id") {
            None => None,
            Some(text) => {
                Some(rights::id(text).ok_or_else(|| Failure::invalid_request("user_id is not an id"))?)
            }
        };
        let unknown = || Failure::invalid_request("kind is none that this server knows");
        let kind = match filters.get("kind") {
            None => None,
            Some(name) => Some(Kind::parse(name).ok_or_else(unknown)?),
        };
        let filter = Filter { user_id, kind, ..Filter::default() };
        Ok(Self { listing, filter })
    }
}

/// List what happened
///
/// Newest first. For administrators.
///
/// # Errors
/// 400, 401, 403.
#[utoipa::path(get, path = "/api/v1/audit-events", tag = "Administration", operation_id = "listAuditEvents",
    params(("user_id" = Option<Uuid>, Query, description = "Only events of this account."),
        ("kind" = Option<String>, Query, description = "Only events of this kind."),
        ("limit" = Option<u8>, Query, description = "Entries of a page: 1 to 100, 50 by default."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, description = "A page of events.", body = Page<AuditEvent>), Protected))]
pub async fn list(call: Call<Person<Administers>, Filtered>) -> Result<HttpResponse, Failure> {
    let Filtered { listing, filter } = call.query;
    let all = audit_events::list(&call.node, filter, listing.after()?, listing.to_read()).await?;
    Ok(listing.answer(all, |event| event.id.as_bytes().to_vec(), show))
}
