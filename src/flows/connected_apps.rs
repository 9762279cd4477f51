//! The apps that a person let in: what each may do, and disconnecting it (contract §5; security §3, 24, 39).

use std::net::IpAddr;

use uuid::Uuid;

use super::actor::{Actor, Trace};
use super::authorize::is_assured;
use super::error::FlowError;
use super::node::{Node, event};
use super::session::SignedIn;
use crate::clock::UnixTime;
use crate::oauth::scope::Scope;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::authorization_grant::{self, Which};
use crate::storage::{consent, device_code};

/// An app with access to an account, or one that gets it without asking again.
pub struct ConnectedApp {
    /// Its id.
    pub client_id: String,
    /// Its registered name.
    pub name: String,
    /// Where it is; `None` for one on a person's own device.
    pub host: Option<String>,
    /// What it may do.
    pub scope: Scope,
    /// Since when.
    pub since: UnixTime,
    /// Whether it gets access again without asking: what `authorize` remembers of a client whose identity is assured.
    pub is_remembered: bool,
    /// Until when it has access now; `None`: it has none, but would not have to ask for it.
    pub until: Option<UnixTime>,
}

/// The apps of a person, by name. Each was let in by hand.
///
/// # Errors
/// The store is away.
async fn list(node: &Node, user: Uuid) -> Result<Vec<ConnectedApp>, FlowError> {
    let now = node.clock.now();
    let (consents, access) = node
        .db
        .read(move |c| {
            let mut access = authorization_grant::of_apps(c, user, now)?;
            // A device that was allowed has access as soon as it asks.
            access.extend(device_code::allowed(c, user, now)?);
            Ok((consent::of_user(c, user)?, access))
        })
        .await?;
    let mut apps: Vec<ConnectedApp> = Vec::new();
    let consents = consents.into_iter().map(|(client, scope, since)| (client, scope, since, None));
    let access = access.into_iter().map(|(client, scope, since, until)| (client, scope, since, Some(until)));
    for (client_id, scope, since, until) in consents.chain(access) {
        if let Some(app) = apps.iter_mut().find(|app| app.client_id == client_id) {
            app.scope = app.scope.iter().chain(scope.iter()).collect();
            app.since = app.since.min(since);
            app.until = app.until.max(until);
            continue;
        }
        let Some(record) = node.directory.client(&client_id).await? else { continue };
        let name = record.client.name.clone();
        let host = record.client.redirect_uris.iter().find_map(|uri| host(uri));
        let is_remembered =
            is_assured(&record.client, record.client.redirect_uris.iter().any(|uri| is_https(uri)));
        apps.push(ConnectedApp { client_id, name, host, scope, since, is_remembered, until });
    }
    apps.sort_by_cached_key(|app| place(&app.name, &app.client_id));
    Ok(apps)
}

/// Where an app stands in the list.
fn place(name: &str, client_id: &str) -> (String, String) {
    (name.to_lowercase(), client_id.to_owned())
}

/// `limit` of them, those that come after the app `after`, also where that was disconnected meanwhile; and whether there are more.
///
/// # Errors
/// The store is away.
pub async fn page(
    node: &Node,
    user: Uuid,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<ConnectedApp>, bool), FlowError> {
    let mut apps = list(node, user).await?;
    let last = match after {
        Some(id) => node.directory.client(id).await?.map(|record| place(&record.client.name, id)),
        None => None,
    };
    if let Some(last) = last {
        apps.retain(|app| place(&app.name, &app.client_id) > last);
    }
    let more = apps.len() > limit;
    apps.truncate(limit);
    Ok((apps, more))
}

fn is_https(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|url| url.scheme() == "https")
}

fn host(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok().filter(|url| url.scheme() == "https")?;
    url.host_str().map(str::to_owned)
}

/// One of them.
///
/// # Errors
/// The store is away.
pub async fn find(node: &Node, user: Uuid, client_id: &str) -> Result<Option<ConnectedApp>, FlowError> {
    Ok(list(node, user).await?.into_iter().find(|app| app.client_id == client_id))
}

/// Takes an app's access away, at once, and has it ask again. `false` if it had none.
///
/// # Errors
/// The store is away.
pub async fn disconnect(
    node: &Node,
    signed_in: &SignedIn,
    client_id: &str,
    address: IpAddr,
) -> Result<bool, FlowError> {
    let (user, client, now) = (signed_in.user.id, client_id.to_owned(), node.clock.now());
    let trace = Trace::of(Actor::Browser { signed_in, address });
    node.revoke(move |c| {
        let forgotten = consent::forget(c, user, &client)?;
        let was_allowed = device_code::allowed(c, user, now)?.iter().any(|(id, ..)| *id == client);
        let subjects = authorization_grant::revoke(c, Which::App { user, client: &client }, now)?;
        let had_access = forgotten || was_allowed || !subjects.is_empty();
        if had_access {
            let client_id = Some(client.clone());
            let audit = AuditEvent { user_id: Some(user), client_id, ..event(Kind::ConsentRevoked, now) };
            trace.record(c, audit)?;
        }
        Ok((had_access, subjects))
    })
    .await
}
