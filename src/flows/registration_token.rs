//! Owns initial access tokens (RFC 7591 §1.2; contract §14): an operator makes one for whoever may register clients, and ends it.

use uuid::Uuid;

use super::actor::{Acting, Actor, ENDED};
use super::error::FlowError;
use super::node::{Node, event};
use super::stop::{self, Stop};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::crypto::random;
use crate::storage::audit_event::Kind;
use crate::storage::registration_token;
pub use crate::storage::registration_token::RegistrationToken;

/// Most clients that one token may register, and the longest it may live, in seconds: a year.
pub const MAX_USES: i32 = 10_000;
/// The longest it may live, in seconds: a year.
pub const MAX_SECONDS: i64 = 365 * 86_400;

/// A token that was made now, to be shown once. No `Debug`.
pub struct Made {
    /// What is kept of it.
    pub token: RegistrationToken,
    /// The token itself.
    pub secret: PlainToken,
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Uses or life are out of bounds.
    #[error("{0}")]
    Invalid(String),
    /// The credential does not allow it.
    #[error("{ENDED}")]
    NotAllowed,
    /// There is no token of this id that could be ended.
    #[error("there is no live token of this id: see `portcullis registration-token list`")]
    Unknown,
}

/// Makes a token by which `uses` clients may be registered within `seconds`.
///
/// # Errors
/// The store is away.
pub async fn create(
    node: &Node,
    actor: Actor<'_>,
    uses: i32,
    seconds: i64,
) -> Result<Result<Made, TokenRefusal>, FlowError> {
    if !(1..=MAX_USES).contains(&uses) || !(1..=MAX_SECONDS).contains(&seconds) {
        let reason = format!("a token has 1 to {MAX_USES} uses, and lives 365 days at most");
        return Ok(Err(TokenRefusal::Invalid(reason)));
    }
    let now = node.clock.now();
    let token = RegistrationToken {
        id: random::id(),
        uses,
        used: 0,
        created_at: now,
        expires_at: now.plus_seconds(seconds),
        revoked_at: None,
    };
    let secret = PlainToken::generate(TokenType::InitialAccessToken);
    let (digest, by) = (node.tokens.digest(&secret), Acting::of(actor));
    let done = stop::write(node, move |c| {
        by.administers(c, now, |_| TokenRefusal::NotAllowed)?;
        registration_token::insert(c, &digest, &token)?;
        let words = format!("{}, {uses} uses, until {}", token.id, token.expires_at.rfc3339());
        by.trace.with(words).record(c, event(Kind::RegistrationTokenCreated, now))?;
        Ok(((), Vec::new()))
    });
    Ok(done.await?.map(|()| Made { token, secret }))
}

/// Every token, oldest first; those that ended are kept for 30 days.
///
/// # Errors
/// The store is away.
pub async fn list(node: &Node) -> Result<Vec<RegistrationToken>, FlowError> {
    Ok(node.db.read(registration_token::list).await?)
}

/// `limit` of them, newest first, those that were made before `before`.
///
/// # Errors
/// The store is away.
pub async fn page(
    node: &Node,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<RegistrationToken>, FlowError> {
    Ok(node.db.read(move |c| registration_token::page(c, before, limit)).await?)
}

/// One that can still be ended.
///
/// # Errors
/// The store is away.
pub async fn find(node: &Node, id: Uuid) -> Result<Option<RegistrationToken>, FlowError> {
    let found = node.db.read(move |c| registration_token::find(c, id)).await?;
    Ok(found.filter(|token| token.revoked_at.is_none()))
}

/// Ends a token; the clients that were registered with it stay.
///
/// # Errors
/// The store is away.
pub async fn revoke(node: &Node, actor: Actor<'_>, id: Uuid) -> Result<Result<(), TokenRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        by.administers(c, now, |_| TokenRefusal::NotAllowed)?;
        if !registration_token::revoke(c, id, now)? {
            return Err(Stop::Refused(TokenRefusal::Unknown));
        }
        by.trace.with(id.to_string()).record(c, event(Kind::RegistrationTokenRevoked, now))?;
        Ok(((), Vec::new()))
    })
    .await
}

/// What has become of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It registers clients.
    Live,
    /// It registered as many as it could.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl State {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::UsedUp => "used up",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// What has become of `token` at `now`.
pub fn state(token: &RegistrationToken, now: UnixTime) -> State {
    if token.revoked_at.is_some() {
        State::Revoked
    } else if token.expires_at <= now {
        State::Expired
    } else if token.used >= token.uses {
        State::UsedUp
    } else {
        State::Live
    }
}
