//! Owns the registration of clients by the operator (contract §5, §14; RFC 6749 §2).

use serde_json::{Map, Value};

use super::actor::{Acting, Actor};
use super::client_id_metadata_document::keep_description;
use super::error::FlowError;
use super::node::{Node, event};
use super::stop::{self, Stop};
use super::{scopes, sector_identifier};
use crate::account::visible_name::has_unseen;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::crypto::{jwt, random};
use crate::oauth::client::{AuthMethod, Client, ClientKind, GrantType, validate_client_id};
use crate::oauth::client_fault::{ClientFault, Rule};
use crate::oauth::client_metadata::ClientMetadata;
use crate::oauth::scope::{self, Scope};
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::authorization_grant::{Which, revoke};
pub use crate::storage::client::Search;
use crate::storage::client::{self, ClientRecord};
use crate::storage::revocation::{self, Subject};
use crate::storage::{DbConnection, StorageError};

/// Characters of a client id that we choose (119 bits).
const ID_LENGTH: usize = 20;

/// What is said about a client; `None` leaves a new client's default, and an existing one's value.
#[derive(Clone, Default)]
pub struct ClientChange {
    /// The name people see.
    pub name: Option<String>,
    /// Public or confidential. A change ends every grant, and makes or removes the secret. A new client without it is
    /// confidential, unless its method is `none`.
    pub kind: Option<ClientKind>,
    /// Where answers may be sent.
    pub redirect_uris: Option<Vec<String>>,
    /// The grants it may use.
    pub grants: Option<Vec<GrantType>>,
    /// What it may ask for.
    pub scope: Option<Scope>,
    /// What it gets if it asks for nothing (RFC 6749 §3.3), part of what it may ask for; `Some(None)`: what everybody gets.
    pub default_scope: Option<Option<Scope>>,
    /// The one method it must authenticate by; `Some(None)`: any with its secret. A new confidential client that is given keys
    /// and no method authenticates by them.
    pub auth_method: Option<Option<AuthMethod>>,
    /// Whether PKCE is required.
    pub require_pkce: Option<bool>,
    /// Whether it is a resource server.
    pub resource_server: Option<bool>,
    /// The resource URIs it answers for.
    pub resources: Option<Vec<String>>,
    /// Requests an hour of its tokens for each of its users; `Some(None)`: as many as all OAuth tokens (contract §12).
    pub rate_limit: Option<Option<u32>>,
    /// Whether it is refused everywhere. Switching it off ends every grant of it.
    pub disabled: Option<bool>,
    /// What it is registered with beyond RFC 6749, all of it.
    pub metadata: Option<ClientMetadata>,
    /// Members of that by their registered names, put over the rest ([`ClientMetadata::with`]).
    pub members: Map<String, Value>,
    /// The version that was looked at; another one is left as it is.
    pub seen: Option<Version>,
}

/// What a client was when somebody looked.
#[derive(Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The version of what is stored.
    pub fn of(client: &Client) -> Self {
        let whole = jwt::fingerprint(&format!("{client:?}"));
        Self(whole.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As a form sent it back.
    pub fn sent(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As a form keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A client, and its secret if one was made now: to be shown once. No `Debug`.
pub struct WithSecret {
    /// The client.
    pub client: Client,
    /// The new secret.
    pub secret: Option<PlainToken>,
}

/// Why nothing was done. The text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientRefusal {
    /// The description contradicts itself or a rule.
    #[error("{0}")]
    Invalid(ClientFault),
    /// It is not what it was when somebody looked: 409.
    #[error("the client was changed meanwhile: look at it again")]
    Changed,
    /// Another client has this id.
    #[error("the client id is taken: choose another")]
    Taken,
    /// The credential does not allow it: 403.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// There is no client of this id.
    #[error("there is no client {}: see `portcullis client list`", .0.escape_debug())]
    Unknown(String),
}

pub(super) type Step<T> = Result<T, Stop<ClientRefusal>>;

pub(super) const fn refuse<T>(refusal: ClientRefusal) -> Step<T> {
    Err(Stop::Refused(refusal))
}

/// Registers a client, under `id` or a random one.
pub async fn create(
    node: &Node,
    actor: Actor<'_>,
    id: Option<&str>,
    change: ClientChange,
) -> Result<Result<WithSecret, ClientRefusal>, FlowError> {
    let client_id = id.map_or_else(|| random::base62(ID_LENGTH), str::to_owned);
    let client = match describe(client_id, change, node.clock.now()) {
        Ok(client) => client,
        Err(fault) => return Ok(Err(ClientRefusal::Invalid(fault))),
    };
    if let Err(fault) = sector_identifier::check(node, &client).await {
        return Ok(Err(ClientRefusal::Invalid(fault)));
    }
    let secret = client.has_secret().then(|| PlainToken::generate(TokenType::ClientSecret));
    let digest = secret.as_ref().map(|secret| node.tokens.digest(secret));
    let record = ClientRecord { client: client.clone(), secret: digest, previous_secret: None };
    let (by, declared) = (Acting::of(actor), scopes::in_setting(node));
    let stored = stop::write(node, move |c| {
        let (id, now) = (&record.client.client_id, record.client.created_at);
        by.administers(c, now, ClientRefusal::NotAllowed)?;
        only_known(c, &declared, &record.client, &Scope::empty())?;
        client::insert(c, &record)?;
        Ok(((), changed(c, &by, id, Kind::ClientCreated, now)?))
    });
    match stored.await {
        Ok(done) => Ok(done.map(|()| WithSecret { client, secret })),
        Err(FlowError::Storage(StorageError::Conflict)) => Ok(Err(ClientRefusal::Taken)),
        Err(error) => Err(error),
    }
}

/// Changes what is said, and nothing else. A client that comes to need a secret gets one.
pub async fn update(
    node: &Node,
    actor: Actor<'_>,
    id: &str,
    change: ClientChange,
) -> Result<Result<WithSecret, ClientRefusal>, FlowError> {
    let (id, by, now) = (id.to_owned(), Acting::of(actor), node.clock.now());
    let declared = scopes::in_setting(node);
    let fresh = PlainToken::generate(TokenType::ClientSecret);
    let digest = node.tokens.digest(&fresh);
    let checked = match sector_identifier::check_change(node, &id, &change, digest).await? {
        Ok(checked) => checked,
        Err(fault) => return Ok(Err(ClientRefusal::Invalid(fault))),
    };
    let done = stop::write(node, move |c| {
        by.administers(c, now, ClientRefusal::NotAllowed)?;
        let Some(record) = client::lock(c, &id)? else { return refuse(ClientRefusal::Unknown(id.clone())) };
        if change.seen.as_ref().is_some_and(|seen| *seen != Version::of(&record.client)) {
            return refuse(ClientRefusal::Changed);
        }
        let (before, had_secret) = (record.client.clone(), record.secret.is_some());
        let (kind, was_disabled, had) = (before.kind, before.disabled, before.scope.clone());
        let mut record =
            amend(record, &change, digest).map_err(|fault| Stop::Refused(ClientRefusal::Invalid(fault)))?;
        if !checked.covers(&before, &record.client) {
            return refuse(ClientRefusal::Changed);
        }
        if before.metadata.from_document {
            record.client = keep_description(before, &record.client)
                .map_err(|fault| Stop::Refused(ClientRefusal::Invalid(fault)))?;
        }
        only_known(c, &declared, &record.client, &had)?;
        let mut subjects = Vec::new();
        let now_off = record.client.disabled && !was_disabled;
        if kind != record.client.kind || now_off {
            subjects.extend(revoke(c, Which::Client(&id), now)?);
        }
        client::update(c, &record)?;
        let what = match (was_disabled, record.client.disabled) {
            (false, true) => Kind::ClientDisabled,
            (true, false) => Kind::ClientEnabled,
            _ => Kind::ClientUpdated,
        };
        subjects.extend(changed(c, &by, &id, what, now)?);
        let is_new = !had_secret && record.client.has_secret();
        Ok(((record.client, is_new), subjects))
    });
    Ok(done.await?.map(|(client, is_new)| WithSecret { client, secret: is_new.then_some(fresh) }))
}

/// Clients by id that fit `what`: at most `limit`, after the id `after`.
///
/// # Errors
/// The store is away.
pub async fn search(
    node: &Node,
    what: Search,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<Client>, FlowError> {
    Ok(node.db.read(move |c| client::search(c, &what, after.as_deref(), limit)).await?)
}

/// Every client, by id.
pub async fn list(node: &Node) -> Result<Vec<Client>, FlowError> {
    let records = node.db.read(client::list).await?;
    Ok(records.into_iter().map(|record| record.client).collect())
}

/// Clients by id: at most `limit`, after the id `after`.
pub async fn page(node: &Node, after: Option<String>, limit: i64) -> Result<Vec<Client>, FlowError> {
    let records = node.db.read(move |c| client::page(c, after.as_deref(), limit)).await?;
    Ok(records.into_iter().map(|record| record.client).collect())
}

/// The client of this id.
pub async fn find(node: &Node, id: &str) -> Result<Option<Client>, FlowError> {
    let id = id.to_owned();
    Ok(node.db.read(move |c| client::find(c, &id)).await?.map(|record| record.client))
}

/// Removes a client; everything issued to it is dead at once.
pub async fn delete(node: &Node, actor: Actor<'_>, id: &str) -> Result<Result<(), ClientRefusal>, FlowError> {
    let (id, by, now) = (id.to_owned(), Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        by.administers(c, now, ClientRefusal::NotAllowed)?;
        // Its grants go with it, and a token whose client is gone, or is another of the same name, is no good.
        if !client::delete(c, &id)? {
            return refuse(ClientRefusal::Unknown(id.clone()));
        }
        Ok(((), changed(c, &by, &id, Kind::ClientDeleted, now)?))
    })
    .await
}

/// A new client with every default filled in, validated.
pub(super) fn describe(
    client_id: String,
    change: ClientChange,
    now: UnixTime,
) -> Result<Client, ClientFault> {
    validate_client_id(&client_id)?;
    // Whoever says by what it proves who it is says of which kind it is, and the other way round.
    let is_open = change.kind.is_none() && change.auth_method == Some(Some(AuthMethod::None));
    let kind = change.kind.unwrap_or(if is_open { ClientKind::Public } else { ClientKind::Confidential });
    let by_keys = kind == ClientKind::Confidential && names_keys(&change);
    let redirects = change.redirect_uris.as_ref().is_some_and(|uris| !uris.is_empty());
    let grants = if redirects || kind == ClientKind::Public {
        vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
    } else {
        vec![GrantType::ClientCredentials]
    };
    let blank = Client {
        grants,
        scope: Scope::from([
            scope::READ,
            scope::WRITE,
            scope::OPENID,
            scope::PROFILE,
            scope::EMAIL,
            scope::OFFLINE_ACCESS,
        ]),
        default_scope: Scope::from([scope::READ, scope::WRITE]),
        auth_method: by_keys.then_some(AuthMethod::PrivateKeyJwt),
        ..Client::new(client_id, kind, now)
    };
    apply(blank, &change)
}

/// Whether public keys are given, or where they are.
fn names_keys(change: &ClientChange) -> bool {
    let is_said = |name| change.members.get(name).is_some_and(|value| !value.is_null() && *value != "");
    change.metadata.as_ref().is_some_and(|own| own.jwks.is_some() || own.jwks_uri.is_some())
        || ["jwks", "jwks_uri"].into_iter().any(is_said)
}

/// Stops a write that would let a client ask for a scope that nobody registered.
fn only_known(c: &mut DbConnection, declared: &[String], client: &Client, had: &Scope) -> Step<()> {
    match scopes::refuse_unknown(c, declared, &client.scope, had)? {
        Some(fault) => refuse(ClientRefusal::Invalid(fault)),
        None => Ok(()),
    }
}

/// An existing client changed; its secret follows its kind.
pub(super) fn amend(
    record: ClientRecord,
    change: &ClientChange,
    fresh: TokenDigest,
) -> Result<ClientRecord, ClientFault> {
    let ClientRecord { mut client, secret, mut previous_secret } = record;
    if change.kind == Some(ClientKind::Public) && client.kind != ClientKind::Public {
        // What only a confidential client may have, unless the operator insists.
        client.require_pkce = true;
        client.auth_method = None;
        (previous_secret, client.previous_secret_until) = (None, None);
    }
    if change.kind == Some(ClientKind::Confidential) && client.auth_method == Some(AuthMethod::None) {
        client.auth_method = None;
    }
    let mut client = apply(client, change)?;
    // One that has a key of its own keeps no secret, and none from before.
    if !client.has_secret() {
        (previous_secret, client.previous_secret_until) = (None, None);
    }
    let secret = if client.has_secret() { secret.or(Some(fresh)) } else { None };
    Ok(ClientRecord { client, secret, previous_secret })
}

fn apply(mut client: Client, change: &ClientChange) -> Result<Client, ClientFault> {
    let change = change.clone();
    if let Some(resources) = change.resources {
        client.resources = resources;
    }
    let scope = change.scope.unwrap_or_else(|| client.scope.clone());
    client.default_scope = match change.default_scope {
        Some(said) => said.unwrap_or_else(|| scope.usual_default()),
        None => client.default_scope.as_default_of(&scope, &client.scope),
    };
    client.scope = scope;
    client.name = change.name.unwrap_or(client.name);
    client.kind = change.kind.unwrap_or(client.kind);
    client.redirect_uris = change.redirect_uris.unwrap_or(client.redirect_uris);
    client.grants = change.grants.unwrap_or(client.grants);
    client.auth_method = change.auth_method.unwrap_or(client.auth_method);
    client.require_pkce = change.require_pkce.unwrap_or(client.require_pkce);
    client.resource_server = change.resource_server.unwrap_or(client.resource_server);
    client.rate_limit = change.rate_limit.unwrap_or(client.rate_limit);
    client.disabled = change.disabled.unwrap_or(client.disabled);
    // That nobody here registered it stays true, whoever changes it.
    let registered_itself = client.metadata.registered_itself;
    client.metadata = change.metadata.unwrap_or(client.metadata).with(&change.members)?;
    client.metadata.registered_itself = registered_itself;
    client.validate()?;
    // These are what people decide by on the pages that ask them.
    if has_unseen(&client.name) {
        let text = "give the client a name of characters that are seen";
        return Err(ClientFault::new("client_name", Rule::NameUnseen, text));
    }
    if client.metadata.resource_description.as_deref().is_some_and(has_unseen) {
        let text = "describe the API in characters that are seen";
        return Err(ClientFault::new("resource_description", Rule::ResourceDescription, text));
    }
    Ok(client)
}

/// Audits a change and makes every node look again.
pub(super) fn changed(
    c: &mut DbConnection,
    by: &Acting,
    id: &str,
    kind: Kind,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    by.trace.record(c, AuditEvent { client_id: Some(id.to_owned()), ..event(kind, now) })?;
    let subjects = vec![Subject::Client(id.to_owned())];
    revocation::record(c, &subjects, now)?;
    Ok(subjects)
}

#[cfg(test)]
#[path = "clients_tests.rs"]
mod tests;
