//! Clients that describe themselves at the URL that is their id (draft-ietf-oauth-client-id-metadata-document-02): fetched when
//! one is met, kept as long as HTTP lets us, and stored as a client like any other, which an administrator can switch off.
//!
//! What could not be fetched, or is no good, is not remembered (§5.2): what bounds the fetching is counted by address.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::sync::Cache;

use super::error::FlowError;
use super::fetch::{Behalf, Fetched};
use super::node::{Node, event};
use super::scopes;
use super::throttle::network;
use crate::account::visible_name::has_unseen;
use crate::clock::UnixTime;
use crate::oauth::client::{Client, GrantType};
use crate::oauth::client_fault::{ClientFault, Rule};
use crate::oauth::client_id_metadata_document::{self as document, Change};
use crate::storage::audit_event::{self, AuditEvent, Kind};
use crate::storage::authorization_grant::{Which, revoke};
use crate::storage::client::{self, ClientRecord};
use crate::storage::revocation::{self, Subject};
use crate::storage::{self, DbConnection, StorageError};

/// Fewest and most seconds for which a document is kept, whatever its headers say, and how many if they say nothing.
const KEPT_SECONDS: std::ops::RangeInclusive<i64> = 60..=86_400;
const DEFAULT_SECONDS: i64 = 3600;
/// Documents that one address may have fetched in a minute.
const PER_MINUTE: u32 = 20;
/// Clients of this kind that are stored at most: those that nobody uses go after a week.
const MAX_CLIENTS: i64 = 10_000;
const ADDRESSES: usize = 10_000;
const UNDER_WAY: usize = 1000;

/// What is being fetched, and for whom how much was.
pub struct Documents {
    /// Who waits for one gets what the other stored.
    under_way: Cache<String, Arc<tokio::sync::Mutex<()>>>,
    /// By address, the minute and how many in it.
    counts: Mutex<quick_cache::unsync::Cache<Vec<u8>, (i64, u32)>>,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            under_way: Cache::new(UNDER_WAY),
            counts: Mutex::new(quick_cache::unsync::Cache::new(ADDRESSES)),
        }
    }
}

impl Documents {
    fn count(&self, address: IpAddr, now: UnixTime) -> bool {
        let (who, minute) = (network(address), now.seconds().div_euclid(60));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = counts.get(&who).filter(|(at, _)| *at == minute).map_or(0, |(_, count)| *count);
        counts.insert(who, (minute, before.saturating_add(1)));
        before < PER_MINUTE
    }
}

/// Why a URL names no client now: a sentence for whoever wrote the document.
pub struct Unusable(pub String);

/// Makes the client that `client_id` names known and current, if it is one that describes itself; whoever asks is at `address`.
/// Every other id, and one that an operator registered, is left alone.
///
/// # Errors
/// The store is away.
pub async fn learn(
    node: &Node,
    client_id: Option<&str>,
    address: IpAddr,
) -> Result<Result<(), Unusable>, FlowError> {
    let Some(id) = client_id.filter(|id| node.policy.client_id_documents && document::is_url(id)) else {
        return Ok(Ok(()));
    };
    if is_current(node, id).await? {
        return Ok(Ok(()));
    }
    if let Err(reason) = document::identifier(id, node.issuer().starts_with("http://")) {
        return Ok(unusable(id, reason));
    }
    if !node.documents.count(address, node.clock.now()) {
        return Ok(unusable(id, "too many were fetched for this address: try again in a minute"));
    }
    let Ok(turn) =
        node.documents.under_way.get_or_insert_with(id, || Ok::<_, std::convert::Infallible>(Arc::default()));
    let _turn = turn.lock().await;
    if is_current(node, id).await? {
        return Ok(Ok(()));
    }
    // Why nothing came tells of the network, and goes to the log alone; what is wrong with what came is its writer's to know.
    let fetched = match node.fetcher.get(id, document::MAX_BYTES, Behalf::Stranger).await {
        Ok(fetched) => fetched,
        Err(error) => return Ok(refused(id, &error.to_string(), "it could not be fetched")),
    };
    let (found, seconds) = match read(node, &fetched, id) {
        Ok(found) => found,
        Err(reason) => return Ok(unusable(id, &reason)),
    };
    match store(node, found, seconds).await {
        Ok(true) => Ok(Ok(())),
        Ok(false) => Ok(unusable(id, "this server knows too many clients already")),
        // Another node was faster: what it stored is as good.
        Err(FlowError::Storage(StorageError::Conflict)) => Ok(Ok(())),
        Err(error) => Err(error),
    }
}

fn unusable(id: &str, reason: &str) -> Result<(), Unusable> {
    refused(id, reason, reason)
}

/// Logs one reason, and tells another.
fn refused(id: &str, reason: &str, told: &str) -> Result<(), Unusable> {
    tracing::info!(
        client_id = id.escape_debug().to_string(),
        reason,
        "a client's metadata document is not used"
    );
    Err(Unusable(format!("the document at client_id cannot be used: {told}")))
}

/// Whether nothing is to be fetched: an operator registered it or switched it off, or what was read is fresh.
async fn is_current(node: &Node, id: &str) -> Result<bool, FlowError> {
    let (id, now) = (id.to_owned(), node.clock.now());
    let found = node.db.read(move |c| {
        let Some(record) = client::find(c, &id)? else { return Ok(false) };
        let fresh_until = storage::client_id_metadata_document::fresh_until(c, &id)?;
        Ok(record.client.disabled || fresh_until.is_none_or(|until| now < until))
    });
    Ok(found.await?)
}

/// The client that the document describes, and for how many seconds it is fresh.
fn read(node: &Node, fetched: &Fetched, id: &str) -> Result<(Client, i64), String> {
    let client = document::read(&fetched.body, id, &scopes::for_anybody(node), node.clock.now())?;
    // The name is what people decide by on the pages that ask them.
    if has_unseen(&client.name) {
        return Err("client_name has characters that are not seen".to_owned());
    }
    let (least, most) = (*KEPT_SECONDS.start(), *KEPT_SECONDS.end());
    Ok((client, fetched.lifetime.unwrap_or(DEFAULT_SECONDS).clamp(least, most)))
}

/// Stores what was read; `false` if there is no room for another.
async fn store(node: &Node, found: Client, seconds: i64) -> Result<bool, FlowError> {
    let now = node.clock.now();
    node.revoke(move |c| {
        let mut found = found.clone();
        scopes::leave_for_anybody(c, &mut found)?;
        let id = found.client_id.as_str();
        let (stored, subjects) = match client::lock(c, id)? {
            None if storage::client_id_metadata_document::count(c)? >= MAX_CLIENTS => (false, Vec::new()),
            None => {
                client::insert(
                    c,
                    &ClientRecord { client: found.clone(), secret: None, previous_secret: None },
                )?;
                (true, changed(c, id, Kind::ClientCreated, now)?)
            }
            // An operator was faster: nothing is remembered of theirs, which would make it one that goes unused.
            Some(record) if !record.client.metadata.from_document => return Ok((true, Vec::new())),
            Some(record) => (true, renew(c, record, &found, now)?),
        };
        if stored {
            storage::client_id_metadata_document::remember(c, id, now, now.plus_seconds(seconds))?;
        }
        Ok((stored, subjects))
    })
    .await
}

/// What the document says now, put over what it said before; what an administrator decided stays.
fn renew(
    c: &mut DbConnection,
    before: ClientRecord,
    found: &Client,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    let after = Client {
        disabled: before.client.disabled,
        rate_limit: before.client.rate_limit,
        created_at: before.client.created_at,
        ..found.clone()
    };
    let id = found.client_id.as_str();
    let mut subjects = Vec::new();
    match document::compare(&before.client, &after) {
        Change::Nothing => return Ok(subjects),
        Change::Details => {}
        Change::Consent => storage::consent::forget_client(c, id)?,
        Change::Identity => {
            storage::consent::forget_client(c, id)?;
            subjects.extend(revoke(c, Which::Client(id), now)?);
        }
    }
    client::update(c, &ClientRecord { client: after, secret: None, previous_secret: None })?;
    subjects.extend(changed(c, id, Kind::ClientUpdated, now)?);
    Ok(subjects)
}

/// Audits a change that nobody here made, and makes every node look again.
fn changed(c: &mut DbConnection, id: &str, kind: Kind, now: UnixTime) -> Result<Vec<Subject>, StorageError> {
    let detail = Some("by its metadata document".to_owned());
    audit_event::insert(c, &AuditEvent { client_id: Some(id.to_owned()), detail, ..event(kind, now) })?;
    let subjects = vec![Subject::Client(id.to_owned())];
    revocation::record(c, &subjects, now)?;
    Ok(subjects)
}

/// A client that describes itself with what is decided here about it. Its document is read again and again, and would undo
/// everything else.
pub(super) fn keep_description(before: Client, after: &Client) -> Result<Client, ClientFault> {
    let uris = |client: &Client| client.redirect_uris.iter().cloned().collect::<BTreeSet<_>>();
    let grants = |client: &Client| GrantType::ALL.map(|grant| client.allows(grant));
    let scope = |client: &Client| client.scope.iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let default = |client: &Client| client.default_scope.iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let said = |client: &Client| {
        (client.name.clone(), client.kind, scope(client), default(client), client.require_pkce)
    };
    let more = |client: &Client| {
        (client.resource_server, client.resources.clone(), client.metadata.clone(), client.has_secret())
    };
    if said(&before) != said(after)
        || more(&before) != more(after)
        || uris(&before) != uris(after)
        || grants(&before) != grants(after)
    {
        let text = "this client describes itself at the URL that is its id: what stands there cannot be changed \
                    here. Switch it off, or set its rate limit";
        return Err(ClientFault::new("", Rule::DescribesItself, text));
    }
    Ok(Client { disabled: after.disabled, rate_limit: after.rate_limit, ..before })
}
