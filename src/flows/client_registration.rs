//! Owns clients that register themselves (RFC 7591), and what each of them may do about its registration (RFC 7592; contract §14).
//!
//! Nobody here has looked at them: they get what a client that describes itself gets, are named so wherever people are asked, and go
//! when nobody uses them (decision 0017).

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::actor::Trace;
use super::error::FlowError;
use super::node::{Node, event};
use super::stop::{self, Stop};
use super::throttle::{self, network};
use super::{scopes, sector_identifier};
use crate::account::login_throttle::Counter;
use crate::account::visible_name::has_unseen;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::crypto::random;
use crate::oauth::client::Client;
use crate::oauth::client_id_metadata_document::{Change, compare};
use crate::oauth::client_registration::{self as rules, invalid};
use crate::oauth::error::OAuthError;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::authorization_grant::{Which, revoke};
use crate::storage::client::{self, ClientRecord};
use crate::storage::revocation::{self, Subject};
use crate::storage::{self, DbConnection, StorageError, client_registration, registration_token};

/// Characters of the id of such a client (119 bits).
const ID_LENGTH: usize = 20;
/// Clients that were registered without a token and that nobody has allowed anything yet: so many are kept at most.
pub const MAX_UNUSED: i64 = 10_000;
/// Of those, the ones older than this, in seconds, make room for another: who registers mostly goes on at once.
const MAKES_ROOM_AFTER: i64 = 86_400;
/// How many of them go at once.
const ROOM: i64 = 100;
/// Seconds after which to come back where there is no room.
const FULL_SECONDS: i64 = 3600;

/// Who may register clients by themselves (contract §14).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DynamicRegistration {
    /// Nobody: administrators register clients.
    Closed,
    /// Whoever has an initial access token.
    Token,
    /// Everybody.
    Open,
}

/// A registration as its client is told of it. Holds secrets: no `Debug`.
pub struct Registered {
    /// What is registered.
    pub client: Client,
    /// Its secret, if it was made now.
    pub secret: Option<PlainToken>,
    /// By what it manages its registration.
    pub token: PlainToken,
}

/// Why nothing was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RegistrationRefusal {
    /// Nobody registers clients but administrators: 403.
    Closed,
    /// There was no token, and one is needed: 401 (RFC 6750 §3.1).
    NoToken,
    /// The token is no good: 401.
    BadToken,
    /// An administrator switched the client off: 403 (RFC 7592 §2).
    SwitchedOff,
    /// It may not be registered so: 400 (RFC 7591 §3.2.2).
    Invalid(OAuthError),
    /// Too much was registered: come back after so many seconds.
    Throttled(i64),
}

type Answer<T> = Result<Result<T, RegistrationRefusal>, FlowError>;
type Step<T> = Result<(T, Vec<Subject>), Stop<RegistrationRefusal>>;

const fn refuse<T>(refusal: RegistrationRefusal) -> Step<T> {
    Err(Stop::Refused(refusal))
}

/// Registers a client as `request` describes it; `presented` is the initial access token, if there was one. Where none is needed, one
/// that is sent must be good all the same.
///
/// # Errors
/// The store is away.
pub async fn register(
    node: &Node,
    presented: Option<&str>,
    request: &Map<String, Value>,
    address: IpAddr,
) -> Answer<Registered> {
    let now = node.clock.now();
    let initial = match admission(node, presented, now).await? {
        Ok(initial) => initial,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let client = match described(node, request, &random::base62(ID_LENGTH), now) {
        Ok(client) => client,
        Err(error) => return Ok(Err(RegistrationRefusal::Invalid(error))),
    };
    // Whoever was given a token answers for what it registers, but a token is not spent by what is refused. Counted before
    // anything is fetched.
    if initial.is_none() || client.metadata.sector_identifier_uri.is_some() {
        let wait = counted(node, address, now).await?;
        if wait > 0 {
            return Ok(Err(RegistrationRefusal::Throttled(wait)));
        }
    }
    if let Err(reason) = sector_identifier::check(node, &client).await {
        return Ok(Err(RegistrationRefusal::Invalid(invalid(reason))));
    }
    let secret = client.has_secret().then(|| PlainToken::generate(TokenType::ClientSecret));
    let token = PlainToken::generate(TokenType::RegistrationAccessToken);
    let digest = node.tokens.digest(&token);
    let record = ClientRecord {
        client,
        secret: secret.as_ref().map(|secret| node.tokens.digest(secret)),
        previous_secret: None,
    };
    let trace = Trace::stranger(address);
    let done = stop::write(node, move |c| {
        let mut record = record.clone();
        scopes::leave_for_anybody(c, &mut record.client)?;
        let words = match &initial {
            None if !make_room(c, now)? => return refuse(RegistrationRefusal::Throttled(FULL_SECONDS)),
            None => "by dynamic registration".to_owned(),
            Some(initial) => match registration_token::consume(c, initial, now)? {
                None => return refuse(RegistrationRefusal::BadToken),
                Some(id) => format!("by dynamic registration, with the initial access token {id}"),
            },
        };
        client::insert(c, &record)?;
        client_registration::insert(c, &record.client.client_id, &digest, initial.is_some(), now)?;
        let subjects = changed(c, &trace.with(words), &record.client.client_id, Kind::ClientCreated, now)?;
        Ok((record.client, subjects))
    });
    Ok(done.await?.map(|client| Registered { client, secret, token }))
}

/// Whether `presented`, the initial access token if there was one, lets somebody register a client now: to be asked before what they
/// sent is looked at.
///
/// # Errors
/// The store is away.
pub async fn admits(node: &Node, presented: Option<&str>) -> Answer<()> {
    Ok(admission(node, presented, node.clock.now()).await?.map(drop))
}

/// Who may register something: the digest of the initial access token, if there is one.
async fn admission(node: &Node, presented: Option<&str>, now: UnixTime) -> Answer<Option<TokenDigest>> {
    match (node.policy.dynamic_registration, presented) {
        (DynamicRegistration::Closed, _) => return Ok(Err(RegistrationRefusal::Closed)),
        (DynamicRegistration::Token, None) => return Ok(Err(RegistrationRefusal::NoToken)),
        (DynamicRegistration::Open, None) => return Ok(Ok(None)),
        (_, Some(_)) => {}
    }
    let plain = presented.and_then(|text| PlainToken::parse(TokenType::InitialAccessToken, text));
    let Some(digest) = plain.map(|plain| node.tokens.digest(&plain)) else {
        return Ok(Err(RegistrationRefusal::BadToken));
    };
    let is_live = node.db.read(move |c| registration_token::is_live(c, &digest, now)).await?;
    Ok(if is_live { Ok(Some(digest)) } else { Err(RegistrationRefusal::BadToken) })
}

fn described(
    node: &Node,
    request: &Map<String, Value>,
    client_id: &str,
    now: UnixTime,
) -> Result<Client, OAuthError> {
    let client = rules::read(request, client_id, &scopes::for_anybody(node), now)?;
    // The name is what people decide by on the pages that ask them.
    if has_unseen(&client.name) {
        return Err(invalid("client_name has characters that are not seen"));
    }
    Ok(client)
}

/// Counts a registration from `address`; the seconds to wait if there were too many.
async fn counted(node: &Node, address: IpAddr, now: UnixTime) -> Result<i64, FlowError> {
    let counter = Counter::Registrations;
    let counted = [(counter, node.throttle.mac(&[b"register", counter.label(), &network(address)]))];
    let wait = node.db.write(move |c| {
        let wait = throttle::waits(c, &counted, now)?;
        if wait == 0 {
            throttle::count(c, &counted, now)?;
        }
        Ok(wait)
    });
    Ok(wait.await?)
}

/// Whether there is room for one more that nobody has used yet. The oldest go to make it, so that nobody fills it for good.
fn make_room(c: &mut DbConnection, now: UnixTime) -> Result<bool, StorageError> {
    if client_registration::count_unused(c)? < MAX_UNUSED {
        return Ok(true);
    }
    let oldest = client_registration::oldest_unused(c, now.plus_seconds(-MAKES_ROOM_AFTER), ROOM)?;
    let trace = Trace::server().with("unused: it made room for another registration");
    let mut went = false;
    for id in &oldest {
        // Somebody may have used it meanwhile, switched it off, or had it make room for another.
        client::lock(c, id)?;
        if client_registration::is_unused(c, id)? && client::delete(c, id)? {
            changed(c, &trace, id, Kind::ClientDeleted, now)?;
            went = true;
        }
    }
    Ok(went)
}

/// The registration of `client_id` (RFC 7592 §2.1), for whoever has its token.
///
/// # Errors
/// The store is away.
pub async fn read(node: &Node, client_id: &str, presented: &str) -> Answer<Registered> {
    let Some((token, digest)) = parsed(node, presented) else {
        return Ok(Err(RegistrationRefusal::BadToken));
    };
    let id = client_id.to_owned();
    let found = node.db.read(move |c| {
        let is_its = is_token_of(c, &id, &digest)?;
        Ok(client::find(c, &id)?.filter(|_| is_its))
    });
    Ok(match found.await? {
        None => Err(RegistrationRefusal::BadToken),
        Some(record) if record.client.disabled => Err(RegistrationRefusal::SwitchedOff),
        Some(ClientRecord { client, .. }) => Ok(Registered { client, secret: None, token }),
    })
}

fn parsed(node: &Node, presented: &str) -> Option<(PlainToken, TokenDigest)> {
    let token = PlainToken::parse(TokenType::RegistrationAccessToken, presented)?;
    let digest = node.tokens.digest(&token);
    Some((token, digest))
}

fn is_token_of(c: &mut DbConnection, client_id: &str, digest: &TokenDigest) -> Result<bool, StorageError> {
    Ok(client_registration::token(c, client_id)?.is_some_and(|stored| stored.matches(digest)))
}

/// The record of `client_id`, held, for whoever has its token and while it is not switched off.
fn held(
    c: &mut DbConnection,
    client_id: &str,
    digest: &TokenDigest,
) -> Result<ClientRecord, Stop<RegistrationRefusal>> {
    let record = client::lock(c, client_id)?;
    let is_its = is_token_of(c, client_id, digest)?;
    match record.filter(|_| is_its) {
        None => Err(Stop::Refused(RegistrationRefusal::BadToken)),
        Some(record) if record.client.disabled => Err(Stop::Refused(RegistrationRefusal::SwitchedOff)),
        Some(record) => Ok(record),
    }
}

/// Puts `request` in the place of everything that `client_id` registered (RFC 7592 §2.2). What an administrator decided about it
/// stays. If it proves who it is in another way than before, what was issued to it ends.
///
/// # Errors
/// The store is away.
pub async fn replace(
    node: &Node,
    client_id: &str,
    presented: &str,
    request: &Map<String, Value>,
    address: IpAddr,
) -> Answer<Registered> {
    // Who has no right to it learns nothing else.
    let token = match read(node, client_id, presented).await? {
        Ok(registered) => registered.token,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = node.clock.now();
    let new = rules::check_update(request, client_id).and_then(|()| described(node, request, client_id, now));
    let new = match new {
        Ok(new) => new,
        Err(error) => return Ok(Err(RegistrationRefusal::Invalid(error))),
    };
    let wait = counted(node, address, now).await?;
    if wait > 0 {
        return Ok(Err(RegistrationRefusal::Throttled(wait)));
    }
    if let Err(reason) = sector_identifier::check(node, &new).await {
        return Ok(Err(RegistrationRefusal::Invalid(invalid(reason))));
    }
    let claimed = match request.get("client_secret") {
        None | Some(Value::Null) => None,
        // What is no secret is nobody's.
        Some(value) => Some(value.as_str().and_then(PlainToken::client_secret)),
    };
    let claimed = claimed.map(|secret| secret.map(|secret| node.tokens.digest(&secret)));
    let fresh = PlainToken::generate(TokenType::ClientSecret);
    let (digest, fresh_digest) = (node.tokens.digest(&token), node.tokens.digest(&fresh));
    let id = client_id.to_owned();
    let done = stop::write(node, move |c| {
        let mut new = new.clone();
        scopes::leave_for_anybody(c, &mut new)?;
        let before = held(c, &id, &digest)?;
        if !has_secret(&before, claimed.as_ref()) {
            let error = invalid("client_secret is not the client's secret: it cannot be chosen");
            return refuse(RegistrationRefusal::Invalid(error));
        }
        let had_secret = before.secret.is_some();
        let (after, subjects) = store(c, before, &new, fresh_digest, now)?;
        let trace = Trace::client(&after.name, address).with("by dynamic registration");
        let subjects: Vec<_> =
            subjects.into_iter().chain(changed(c, &trace, &id, Kind::ClientUpdated, now)?).collect();
        let is_new = after.has_secret() && !had_secret;
        Ok(((after, is_new), subjects))
    });
    Ok(done.await?.map(|(client, is_new)| Registered { client, secret: is_new.then_some(fresh), token }))
}

/// Whether what a change says of the secret is true; one that says nothing of it says nothing wrong.
fn has_secret(before: &ClientRecord, claimed: Option<&Option<TokenDigest>>) -> bool {
    let Some(claimed) = claimed else { return true };
    matches!((claimed, &before.secret), (Some(claimed), Some(stored)) if claimed.matches(stored))
}

fn store(
    c: &mut DbConnection,
    before: ClientRecord,
    new: &Client,
    fresh: TokenDigest,
    now: UnixTime,
) -> Result<(Client, Vec<Subject>), StorageError> {
    let mut after = Client {
        disabled: before.client.disabled,
        rate_limit: before.client.rate_limit,
        created_at: before.client.created_at,
        ..new.clone()
    };
    let id = after.client_id.clone();
    let change = compare(&before.client, &after);
    let mut subjects = Vec::new();
    if matches!(change, Change::Consent | Change::Identity) {
        storage::consent::forget_client(c, &id)?;
    }
    if change == Change::Identity {
        subjects.extend(revoke(c, Which::Client(&id), now)?);
    }
    let (mut secret, mut previous_secret) = (None, None);
    if after.has_secret() {
        secret = before.secret.or(Some(fresh));
        previous_secret = before.previous_secret;
        after.previous_secret_until = before.client.previous_secret_until;
    }
    client::update(c, &ClientRecord { client: after.clone(), secret, previous_secret })?;
    Ok((after, subjects))
}

/// Removes `client_id` (RFC 7592 §2.3); everything that was issued to it is dead at once.
///
/// # Errors
/// The store is away.
pub async fn remove(node: &Node, client_id: &str, presented: &str, address: IpAddr) -> Answer<()> {
    let Some((_, digest)) = parsed(node, presented) else { return Ok(Err(RegistrationRefusal::BadToken)) };
    let (id, now) = (client_id.to_owned(), node.clock.now());
    stop::write(node, move |c| {
        let record = held(c, &id, &digest)?;
        client::delete(c, &id)?;
        let trace = Trace::client(&record.client.name, address).with("by dynamic registration");
        Ok(((), changed(c, &trace, &id, Kind::ClientDeleted, now)?))
    })
    .await
}

/// Audits a change and makes every node look again.
fn changed(
    c: &mut DbConnection,
    trace: &Trace,
    id: &str,
    kind: Kind,
    now: UnixTime,
) -> Result<Vec<Subject>, StorageError> {
    trace.record(c, AuditEvent { client_id: Some(id.to_owned()), ..event(kind, now) })?;
    let subjects = vec![Subject::Client(id.to_owned())];
    revocation::record(c, &subjects, now)?;
    Ok(subjects)
}
