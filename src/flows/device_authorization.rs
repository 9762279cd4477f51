//! The device grant (RFC 8628): a device asks, a person types its code elsewhere and decides. `device_code.rs` then gives
//! it tokens.

use std::net::IpAddr;

use super::actor::{Actor, Trace};
use super::client_authentication;
use super::error::FlowError;
use super::node::{Node, event};
use super::resource_indicator::{self, Audience};
use super::scopes;
use super::session::SignedIn;
use super::throttle::network;
use super::throttle::{count, waits};
use crate::account::login_throttle::Counter;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::crypto::random;
use crate::oauth::device_authorization::{
    ALPHABET, DeviceAuthorizationResponse, USER_CODE_LENGTH, UserCode, check,
};
use crate::oauth::device_code::{Approval, DeviceCode, LIFETIME_SECONDS, Pace};
use crate::oauth::error::OAuthError;
use crate::oauth::parameters::Parameters;
use crate::oauth::scope::Scope;
use crate::storage::audit_event::Kind;
use crate::storage::login_throttle::Name;
use crate::storage::{self, StorageError};

/// User codes drawn until one is free: of 25 thousand million, few are taken.
const DRAWS: usize = 3;

/// Why a device got no codes.
pub enum StartRefusal {
    /// RFC 8628 §3.2: an error of the token endpoint.
    OAuth(OAuthError),
    /// Too many of one client from one address: come back in so many seconds.
    Throttled(i64),
}

/// Gives a device its two codes (RFC 8628 §3.2).
pub async fn start(
    node: &Node,
    authorization: Option<&str>,
    parameters: &Parameters,
    address: IpAddr,
) -> Result<Result<DeviceAuthorizationResponse, StartRefusal>, FlowError> {
    let record = match client_authentication::authenticate(node, authorization, parameters).await? {
        Ok(record) => record,
        Err(refusal) => return Ok(Err(StartRefusal::OAuth(refusal))),
    };
    let known = node.directory.resources().await?;
    let heeded = scopes::heeded(node, &record.client, parameters);
    let request = match check(&heeded, &record.client, node.issuer(), &known) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(StartRefusal::OAuth(refusal))),
    };
    let now = node.clock.now();
    let code = DeviceCode {
        client_id: record.client.client_id.clone(),
        scope: request.scope,
        resource: request.resource,
        address: address.to_canonical().to_string(),
        created_at: now,
        expires_at: now.plus_seconds(LIFETIME_SECONDS),
        pace: Pace::FRESH,
        decision: None,
        consumed_at: None,
    };
    // Whoever was registered with a secret answers for what it does; anybody can send the id of a public client, or describe
    // one. What one client asks for keeps nobody from the others.
    let counted = record.client.is_stranger().then(|| {
        let client = record.client.client_id.as_bytes();
        let who = [b"device", Counter::Devices.label(), client, &network(address)];
        (Counter::Devices, node.throttle.mac(&who))
    });
    let mut last = StorageError::Conflict;
    for _ in 0..DRAWS {
        let device_code = PlainToken::generate(TokenType::DeviceCode);
        let drawn = random::drawn_from(ALPHABET, USER_CODE_LENGTH);
        let Some(user_code) = UserCode::parse(&drawn) else { continue };
        match store(node, &device_code, &user_code, code.clone(), counted).await {
            Ok(0) => {
                let issuer = node.issuer();
                return Ok(Ok(DeviceAuthorizationResponse::new(device_code.expose(), &user_code, issuer)));
            }
            Ok(wait) => return Ok(Err(StartRefusal::Throttled(wait))),
            Err(StorageError::Conflict) => last = StorageError::Conflict,
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.into())
}

/// Stores both codes; nothing, and the seconds to wait, if too many were asked for.
async fn store(
    node: &Node,
    device_code: &PlainToken,
    user_code: &UserCode,
    code: DeviceCode,
    counted: Option<(Counter, Name)>,
) -> Result<i64, StorageError> {
    let digest = node.tokens.digest(device_code);
    let user_code = node.tokens.digest_user_code(user_code.letters());
    let now = code.created_at;
    node.db
        .write(move |c| {
            let wait = waits(c, counted.as_slice(), now)?;
            if wait > 0 {
                return Ok(wait);
            }
            count(c, counted.as_slice(), now)?;
            storage::device_code::insert(c, &digest, &user_code, &code)?;
            Ok(0)
        })
        .await
}

/// What a person needs to know to decide.
pub struct DevicePrompt {
    /// The code, as the device should show it.
    pub user_code: UserCode,
    /// The client's registered name.
    pub client_name: String,
    /// Its id.
    pub client_id: String,
    /// Whether it describes or registered itself, so that nobody here has looked at it.
    pub is_unchecked: bool,
    /// What it asks for, as far as this person can give it.
    pub scope: Scope,
    /// The API it is for (RFC 8707); `None`: this server's own default audience.
    pub resource: Option<Audience>,
    /// Where the device asked from.
    pub address: String,
    /// When.
    pub asked_at: UnixTime,
}

/// Why a person is not asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeRefusal {
    /// Mistyped, unknown, ended, or decided already: one answer.
    Unknown,
    /// Too many wrong codes: come back in so many seconds.
    Throttled(i64),
}

/// What stands behind the code that a person typed. Codes that are none are counted, by person and by address, whichever
/// session they use (RFC 8628 §5.1); what cannot be a code tells a guesser nothing and is not.
pub async fn ask(
    node: &Node,
    typed: &str,
    signed_in: &SignedIn,
    address: IpAddr,
) -> Result<Result<DevicePrompt, CodeRefusal>, FlowError> {
    let Some(user_code) = UserCode::parse(typed) else { return Ok(Err(CodeRefusal::Unknown)) };
    let digest = node.tokens.digest_user_code(user_code.letters());
    let now = node.clock.now();
    let counters = [
        counter(node, b"user code", Counter::Pair, signed_in.user.id.as_bytes()),
        counter(node, b"user code", Counter::Address, &network(address)),
    ];
    let found = node
        .db
        .write(move |c| {
            let wait = waits(c, &counters, now)?;
            if wait > 0 {
                return Ok(Err(CodeRefusal::Throttled(wait)));
            }
            let found = storage::device_code::find_waiting(c, &digest, now)?;
            // A right one forgives nothing: who guesses at others' can have as many of their own as they like.
            if found.is_none() {
                count(c, &counters, now)?;
            }
            Ok(found.ok_or(CodeRefusal::Unknown))
        })
        .await?;
    let code = match found {
        Ok(code) => code,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let record = node.directory.client(&code.client_id).await?;
    let Some(record) = record.filter(|record| !record.client.disabled) else {
        return Ok(Err(CodeRefusal::Unknown));
    };
    let resource = resource_indicator::shown(node, code.resource.as_deref()).await?;
    Ok(Ok(DevicePrompt {
        user_code,
        client_name: record.client.name.clone(),
        client_id: code.client_id,
        is_unchecked: record.client.metadata.is_unchecked(),
        scope: grantable(&code.scope, signed_in),
        resource,
        address: code.address,
        asked_at: code.created_at,
    }))
}

/// What became of a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decided {
    /// The device gets its tokens.
    Allowed,
    /// It does not.
    Denied,
    /// The code ended, or somebody decided before.
    TooLate,
    /// The person signed out meanwhile.
    SignedOut,
    /// Their password has to be typed again first: what is asked for is too much for a browser that was left open.
    ProveFirst,
}

/// Carries out what a person decided about a code that [`ask`] showed them. Of two decisions the first counts.
pub async fn decide(
    node: &Node,
    user_code: &UserCode,
    signed_in: &SignedIn,
    allow: bool,
    address: IpAddr,
) -> Result<Decided, FlowError> {
    let digest = node.tokens.digest_user_code(user_code.letters());
    let now = node.clock.now();
    let signed_in = signed_in.clone();
    let done = node.db.write(move |c| {
        if !storage::session::lock_live(c, signed_in.session.id, now)? {
            return Ok(Decided::SignedOut);
        }
        let Some(code) = storage::device_code::find_waiting(c, &digest, now)? else {
            return Ok(Decided::TooLate);
        };
        let scope = grantable(&code.scope, &signed_in);
        // Who can give nothing of what is asked for cannot say yes.
        let allow = allow && !scope.is_empty();
        if allow && !signed_in.may_give(&scope, now) {
            return Ok(Decided::ProveFirst);
        }
        let approval = Approval {
            user_id: signed_in.user.id,
            session_id: signed_in.session.id,
            auth_time: signed_in.session.auth_time,
        };
        let first = match allow {
            true => storage::device_code::allow(c, &digest, &approval, &scope, now)?,
            false => storage::device_code::deny(c, &digest, now)?,
        };
        if !first {
            return Ok(Decided::TooLate);
        }
        let kind = if allow { Kind::DeviceAllowed } else { Kind::DeviceDenied };
        let mut audit = event(kind, now);
        audit.user_id = Some(signed_in.user.id);
        audit.client_id = Some(code.client_id);
        let trace = Trace::of(Actor::Browser { signed_in: &signed_in, address });
        trace.with(format!("asked from {}", code.address)).record(c, audit)?;
        Ok(if allow { Decided::Allowed } else { Decided::Denied })
    });
    Ok(done.await?)
}

/// Nobody hands on what they do not have.
fn grantable(asked: &Scope, signed_in: &SignedIn) -> Scope {
    signed_in.user.grantable(asked)
}

fn counter(node: &Node, what: &[u8], counter: Counter, who: &[u8]) -> (Counter, Name) {
    (counter, node.throttle.mac(&[what, counter.label(), who]))
}
