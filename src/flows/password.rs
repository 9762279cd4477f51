//! Logins by password: the first-party doors and the sign-in page (contract §3, §4; security §3, 42–50).

use std::net::IpAddr;

use uuid::Uuid;

use super::actor::Trace;
use super::error::FlowError;
use super::issue::{self, Order};
use super::login_throttle::{Counters, Place, Standing};
use super::node::{Node, event};
use super::session::{self, SignedIn};
use crate::account::session::Session;
use crate::account::user::{LoginName, User};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::crypto::password::{Password, SealedHash};
use crate::crypto::password_pool::Verdict;
use crate::crypto::random;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::scope::Scope;
use crate::storage::audit_event::{self, AuditEvent, Kind};
use crate::storage::{self, DbConnection, StorageError};

/// A password as it arrived at a door.
pub struct Attempt<'a> {
    /// User name or e-mail address, as typed.
    pub name: &'a str,
    /// The password, as typed.
    pub password: &'a str,
    /// Where it came from.
    pub address: IpAddr,
}

/// What a successful login is answered with. No `Debug`.
pub struct LoginTokens {
    /// The access token (RFC 9068).
    pub access_token: String,
    /// When it expires.
    pub expires_at: UnixTime,
    /// Seconds until then.
    pub expires_in: i64,
    /// What it allows.
    pub scope: String,
    /// The refresh token.
    pub refresh_token: PlainToken,
}

/// Why a login was refused. Never says which part was wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoginRefusal {
    /// Unknown, locked, without password, or wrong: one answer (contract §3).
    InvalidCredentials,
    /// Too many failures: come back in `retry_after` seconds.
    Throttled {
        /// Seconds.
        retry_after: i64,
    },
    /// The scope is malformed or more than the user has.
    InvalidScope,
}

/// A login whose password was right and whose consequences are not stored yet.
struct Proof {
    user: User,
    password: SealedHash,
    counters: Counters,
    address: IpAddr,
    at: UnixTime,
}

/// Logs in at a first-party door: a grant without a client, an access token and a refresh token.
pub async fn login(
    node: &Node,
    attempt: Attempt<'_>,
    scope: Option<&str>,
) -> Result<Result<LoginTokens, LoginRefusal>, FlowError> {
    let Ok(requested) = Scope::parse(scope.unwrap_or_default()) else {
        return Ok(Err(LoginRefusal::InvalidScope));
    };
    let proof = match authenticate(node, attempt).await? {
        Ok(proof) => proof,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // What is asked for is cut down to what the user has (RFC 6749 §3.3); nothing left is a refusal.
    let all = proof.user.default_scope();
    let scope = if requested.is_empty() { all } else { requested.intersect(&all) };
    if scope.is_empty() {
        return Ok(Err(LoginRefusal::InvalidScope));
    }
    let now = proof.at;
    let grant = AuthorizationGrant {
        id: random::id(),
        user_id: proof.user.id,
        client_id: None,
        session_id: None,
        scope,
        resource: None,
        auth_time: now,
        created_at: now,
        expires_at: now.plus_seconds(node.policy.session_lifetime),
        revoked_at: None,
        claims: None,
        dpop_jkt: None,
    };
    let access = issue::access_token(node, Order::from_grant(&grant, &grant.scope), now)?;
    let refresh = issue::refresh_token();
    let digest = node.tokens.digest(&refresh);
    let scope = grant.scope.to_string();
    let stored = store_success(node, proof, move |connection| {
        issue::store(connection, &grant, Some((&digest, grant.expires_at)))
    });
    if let Err(refusal) = stored.await? {
        return Ok(Err(refusal));
    }
    Ok(Ok(LoginTokens {
        access_token: access.token,
        expires_at: access.expires_at,
        expires_in: access.expires_in,
        scope,
        refresh_token: refresh,
    }))
}

/// Signs a browser in: a session whose cookie is the returned token. A browser that was signed in `before` keeps its
/// session, under a new cookie, if it is the same person, and loses it otherwise: the old cookie is dead either way
/// (security §3, 54).
pub async fn sign_in(
    node: &Node,
    attempt: Attempt<'_>,
    user_agent: &str,
    before: Option<&SignedIn>,
) -> Result<Result<PlainToken, LoginRefusal>, FlowError> {
    let proof = match authenticate(node, attempt).await? {
        Ok(proof) => proof,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let session = Session {
        id: random::id(),
        user_id: proof.user.id,
        auth_time: proof.at,
        created_at: proof.at,
        expires_at: proof.at.plus_seconds(node.policy.session_lifetime),
        idle_at: session::idle_end(node, proof.at),
        ended_at: None,
    };
    let cookie = PlainToken::generate(TokenType::Session);
    let digest = node.tokens.digest(&cookie);
    let user_agent: String = user_agent.chars().take(200).collect();
    let from = proof.address;
    let address = from.to_string();
    let (same, other) = match before {
        Some(before) if before.user.id == proof.user.id => (Some(before.session.id), None),
        before => (None, before),
    };
    let stored = store_success(node, proof, move |connection| {
        if let Some(id) = same
            && storage::session::renew(connection, id, &digest, session.auth_time, session.expires_at)?
        {
            return Ok(());
        }
        storage::session::insert(connection, &session, &digest, &user_agent, &address)
    });
    if let Err(refusal) = stored.await? {
        return Ok(Err(refusal));
    }
    if let Some(other) = other {
        session::end(node, other, from).await?;
    }
    Ok(Ok(cookie))
}

/// Has `user` prove who they are once more, and then does `work` in the write that settles what the proof changes; a
/// failure counts as that of a login does.
pub(super) async fn prove<T: Send + 'static>(
    node: &Node,
    attempt: Attempt<'_>,
    user: Uuid,
    work: impl Fn(&mut DbConnection) -> Result<T, StorageError> + Send + 'static,
) -> Result<Result<T, LoginRefusal>, FlowError> {
    match authenticate(node, attempt).await? {
        Ok(proof) if proof.user.id == user => settle(node, proof, work).await,
        // Somebody else's password, right as it is, proves nothing here.
        Ok(_) => Ok(Err(LoginRefusal::InvalidCredentials)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Checks name and password with no connection held, and counts a failure.
async fn authenticate(node: &Node, attempt: Attempt<'_>) -> Result<Result<Proof, LoginRefusal>, FlowError> {
    let now = node.clock.now();
    let (Some(password), Some(name)) = (Password::new(attempt.password), LoginName::parse(attempt.name))
    else {
        return Ok(Err(LoginRefusal::InvalidCredentials));
    };
    let place = Place::of(node, attempt.address);
    let (found, counters, standing) = node
        .db
        .read(move |c| {
            let found = storage::user::find_by_login(c, &name)?;
            let counters = place.counters(&name, found.as_ref().map(|found| found.user.id));
            let standing = counters.standing(c, now)?;
            Ok((found, counters, standing))
        })
        .await?;
    if standing.wait > 0 {
        return Ok(Err(LoginRefusal::Throttled { retry_after: standing.wait }));
    }
    // The same work whether or not there is somebody of that name who may log in.
    let account = found
        .as_ref()
        .filter(|f| !f.user.disabled)
        .and_then(|f| f.password.clone().map(|hash| (f.user.id, hash)));
    let verdict = node.passwords.verify(account, password.clone()).await?;
    let is_right = !matches!(verdict, Verdict::Wrong);
    match found {
        Some(storage::user::UserWithPassword { user, password: Some(stored) })
            if is_right && !standing.is_spent =>
        {
            let stored = match verdict {
                Verdict::Outdated => renew(node, user.id, stored, password).await?,
                Verdict::Wrong | Verdict::Right => stored,
            };
            Ok(Ok(Proof { user, password: stored, counters, address: attempt.address, at: now }))
        }
        found => {
            let failure = Failure { counters, standing, user: found.map(|f| f.user.id) };
            store_failure(node, failure, attempt.address, now).await?;
            Ok(Err(LoginRefusal::InvalidCredentials))
        }
    }
}

/// Stores a hash at today's cost in the place of the one that `password` was right for (security §3, 49), and answers what
/// stands there then. Where another login did so a moment before, that is its hash; a password that was replaced meanwhile
/// stays, and what is answered is not it.
async fn renew(
    node: &Node,
    user: Uuid,
    old: SealedHash,
    password: Password,
) -> Result<SealedHash, FlowError> {
    // Where too many wait, it is made anew another time.
    let Ok(new) = node.passwords.hash(user, password.clone()).await else { return Ok(old) };
    let (before, after) = (old.clone(), new.clone());
    if node.db.write(move |c| storage::user::renew_password(c, user, &before, &after)).await? {
        return Ok(new);
    }
    let Some(present) = node.db.read(move |c| storage::user::password(c, user)).await? else {
        return Ok(old);
    };
    match node.passwords.verify(Some((user, present.clone())), password).await? {
        Verdict::Wrong => Ok(old),
        Verdict::Right | Verdict::Outdated => Ok(present),
    }
}

/// One write for everything a successful login changes.
async fn store_success(
    node: &Node,
    proof: Proof,
    issue: impl Fn(&mut DbConnection) -> Result<(), StorageError> + Send + 'static,
) -> Result<Result<(), LoginRefusal>, FlowError> {
    let audit = AuditEvent { user_id: Some(proof.user.id), ..event(Kind::LoginSucceeded, proof.at) };
    let trace = Trace::owner(&proof.user, proof.address);
    let login = move |c: &mut DbConnection| {
        issue(c)?;
        trace.record(c, audit.clone())
    };
    settle(node, proof, login).await
}

/// One write for what a right password changes, and for `work`. Refused, and nothing kept, when while the password was
/// being checked the account was disabled or its password replaced, or so many other guesses failed that this one
/// would not have been looked at: guessing many at once gains nothing.
async fn settle<T: Send + 'static>(
    node: &Node,
    proof: Proof,
    work: impl Fn(&mut DbConnection) -> Result<T, StorageError> + Send + 'static,
) -> Result<Result<T, LoginRefusal>, FlowError> {
    let done = node
        .db
        .write(move |c| {
            if !storage::user::lock_unchanged(c, proof.user.id, &proof.password)? {
                return Ok(Err(LoginRefusal::InvalidCredentials));
            }
            let standing = proof.counters.standing(c, proof.at)?;
            if standing.wait > 0 {
                return Ok(Err(LoginRefusal::Throttled { retry_after: standing.wait }));
            }
            if standing.is_spent {
                return Ok(Err(LoginRefusal::InvalidCredentials));
            }
            let done = work(c)?;
            proof.counters.settle(c, proof.at)?;
            Ok(Ok(done))
        })
        .await?;
    Ok(done)
}

/// An attempt that came to nothing.
struct Failure {
    counters: Counters,
    standing: Standing,
    user: Option<Uuid>,
}

async fn store_failure(
    node: &Node,
    failure: Failure,
    address: IpAddr,
    now: UnixTime,
) -> Result<(), FlowError> {
    let mut audit = event(Kind::LoginFailed, now);
    audit.user_id = failure.user;
    audit.address = Some(address.to_string());
    node.db
        .write(move |c| {
            failure.counters.fail(c, failure.standing, now)?;
            audit_event::insert(c, &audit)
        })
        .await?;
    Ok(())
}
