//! Removal of what expired, a bounded batch at a time: the database does not grow for ever, and no write is long.

use diesel::prelude::*;

use super::audit_event::Kind;
use super::client_registration;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::{
    account_links, api_keys, audit_events, authorization_codes, authorization_grants, backchannel_logouts,
    client_assertions, client_documents, client_registrations, clients, device_codes, dpop_proofs,
    login_throttles, mails, pushed_authorization_requests, refresh_tokens, registration_tokens, revocations,
    sessions, setup_links, spent_forms,
};
use crate::account::login_throttle::FORGET_SECONDS;
use crate::clock::UnixTime;
use crate::oauth::refresh_token::REPLAY_WINDOW_SECONDS;

/// Rows removed in one write at most.
pub const BATCH: usize = 500;
/// A used code is kept this long, in seconds, so that its replay is recognised.
const KEEP_CODES: i64 = 86_400;
/// A device code is kept this long after its end, in seconds, so that a slow device is told of it (RFC 8628 §3.5).
const KEEP_DEVICE_CODES: i64 = 3600;
/// A pushed request is kept this long after its URI ended, in seconds: its person may still be on the way through the pages,
/// and the client is told that it has expired (RFC 9126 §4).
const KEEP_PUSHED: i64 = 7200;
/// Revoked grants and ended sessions are kept this long for their owner to see, in seconds.
const KEEP_ENDED: i64 = 7 * 86_400;
/// Expired and revoked keys are kept this long for their owner to see, in seconds.
const KEEP_KEYS: i64 = 30 * 86_400;
/// A form that was sent is kept this long after its token ended, in seconds: the clock of another node may be behind.
const KEEP_FORMS: i64 = 3600;
/// A client that describes itself is kept this long after its document was read last, in seconds, unless something was granted.
const KEEP_DOCUMENTS: i64 = 7 * 86_400;
/// A client that registered itself is kept so many seconds without anything that people allowed it.
const KEEP_REGISTRATIONS: i64 = 30 * 86_400;
/// An initial access token is kept this long after its end for administrators to see, in seconds.
const KEEP_REGISTRATION_TOKENS: i64 = 30 * 86_400;
/// A DPoP proof, or a client assertion, is kept this long after its end, in seconds: the clock of another node may be behind.
const KEEP_PROOFS: i64 = 300;
/// A mail that could not be delivered for so many seconds is given up.
pub const KEEP_MAILS: i64 = 86_400;
/// Audit events are kept this long, in seconds: 400 days.
const KEEP_EVENTS: i64 = 400 * 86_400;
/// Failed logins, of which strangers can make any number, are kept 30 days.
const KEEP_FAILURES: i64 = 30 * 86_400;

/// What is removed, in this order: what hangs on something goes before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "each name says it")]
pub enum Expired {
    Revocations,
    Codes,
    DeviceCodes,
    PushedRequests,
    ClientAssertions,
    DpopProofs,
    Successors,
    RefreshTokens,
    Grants,
    RevokedGrants,
    ClientDocuments,
    ClientRegistrations,
    RegistrationTokens,
    Sessions,
    EndedSessions,
    BackchannelLogouts,
    SetupLinks,
    AccountLinks,
    SpentForms,
    Mails,
    ExpiredKeys,
    RevokedKeys,
    Throttles,
    FailedLogins,
    AuditEvents,
}

impl Expired {
    /// Everything there is to remove.
    pub const ALL: [Self; 25] = [
        Self::Revocations,
        Self::Codes,
        Self::DeviceCodes,
        Self::PushedRequests,
        Self::ClientAssertions,
        Self::DpopProofs,
        Self::Successors,
        Self::RefreshTokens,
        Self::Grants,
        Self::RevokedGrants,
        Self::ClientDocuments,
        Self::ClientRegistrations,
        Self::RegistrationTokens,
        Self::Sessions,
        Self::EndedSessions,
        Self::BackchannelLogouts,
        Self::SetupLinks,
        Self::AccountLinks,
        Self::SpentForms,
        Self::Mails,
        Self::ExpiredKeys,
        Self::RevokedKeys,
        Self::Throttles,
        Self::FailedLogins,
        Self::AuditEvents,
    ];
}

/// Deletes a batch of the rows of `$table` that match.
macro_rules! remove {
    ($connection:expr, $table:ident, $key:ident, $condition:expr) => {{
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let keys = $table::table.filter($condition).select($table::$key).limit(limit).load($connection)?;
        let mut removed = 0;
        for key in keys {
            let key: <$table::$key as KeyOf>::Rust = key;
            removed += diesel::delete($table::table.filter($table::$key.eq(key))).execute($connection)?;
        }
        removed
    }};
}

/// The Rust type of a key column.
trait KeyOf {
    type Rust;
}
macro_rules! keys {
    ($($table:ident . $key:ident : $rust:ty),* $(,)?) => {$(
        impl KeyOf for $table::$key {
            type Rust = $rust;
        }
    )*};
}
keys! {
    revocations.seq: i64,
    authorization_codes.digest: Vec<u8>,
    device_codes.digest: Vec<u8>,
    pushed_authorization_requests.digest: Vec<u8>,
    client_assertions.digest: Vec<u8>,
    dpop_proofs.digest: Vec<u8>,
    refresh_tokens.digest: Vec<u8>,
    authorization_grants.id: Vec<u8>,
    clients.client_id: String,
    sessions.id: Vec<u8>,
    backchannel_logouts.id: Vec<u8>,
    api_keys.id: Vec<u8>,
    setup_links.digest: Vec<u8>,
    registration_tokens.id: Vec<u8>,
    account_links.digest: Vec<u8>,
    spent_forms.digest: Vec<u8>,
    mails.id: Vec<u8>,
    login_throttles.name: Vec<u8>,
    audit_events.id: Vec<u8>,
}

/// Removes at most [`BATCH`] expired rows of one kind; returns how many.
pub fn purge(connection: &mut DbConnection, expired: Expired, now: UnixTime) -> Result<usize, StorageError> {
    let before = |seconds: i64| now.plus_seconds(-seconds).micros();
    Ok(match expired {
        Expired::Revocations => {
            remove!(connection, revocations, seq, revocations::expires_at.lt(now.micros()))
        }
        Expired::Codes => {
            let old = authorization_codes::expires_at.lt(before(KEEP_CODES));
            remove!(connection, authorization_codes, digest, old)
        }
        Expired::DeviceCodes => {
            let old = device_codes::expires_at.lt(before(KEEP_DEVICE_CODES));
            remove!(connection, device_codes, digest, old)
        }
        Expired::PushedRequests => {
            let old = pushed_authorization_requests::expires_at.lt(before(KEEP_PUSHED));
            remove!(connection, pushed_authorization_requests, digest, old)
        }
        Expired::ClientAssertions => {
            let old = client_assertions::expires_at.lt(before(KEEP_PROOFS));
            remove!(connection, client_assertions, digest, old)
        }
        Expired::DpopProofs => {
            remove!(connection, dpop_proofs, digest, dpop_proofs::expires_at.lt(before(KEEP_PROOFS)))
        }
        Expired::Successors => wipe_successors(connection, before(REPLAY_WINDOW_SECONDS * 6))?,
        Expired::RefreshTokens => {
            remove!(connection, refresh_tokens, digest, refresh_tokens::expires_at.lt(now.micros()))
        }
        Expired::Grants => {
            remove!(connection, authorization_grants, id, authorization_grants::expires_at.lt(now.micros()))
        }
        Expired::RevokedGrants => {
            let old = authorization_grants::revoked_at.lt(before(KEEP_ENDED));
            remove!(connection, authorization_grants, id, old)
        }
        Expired::ClientDocuments => {
            let old = client_documents::table
                .filter(client_documents::fetched_at.lt(before(KEEP_DOCUMENTS)))
                .select(client_documents::client_id);
            // One that an administrator switched off stays, so that it cannot come back.
            let granted = authorization_grants::table
                .filter(authorization_grants::client_id.is_not_null())
                .select(authorization_grants::client_id.assume_not_null());
            let unused = clients::client_id
                .eq_any(old)
                .and(clients::disabled.eq(false))
                .and(clients::metadata.like("%\"from_document\":true%"))
                .and(clients::client_id.ne_all(granted));
            remove!(connection, clients, client_id, unused)
        }
        Expired::ClientRegistrations => {
            client_registration::note_used(connection, now)?;
            let (used, registered) = (client_registrations::used_at, client_registrations::registered_at);
            let long_ago = before(KEEP_REGISTRATIONS);
            let old = client_registrations::table
                .filter(used.lt(long_ago).or(used.is_null().and(registered.lt(long_ago))))
                .select(client_registrations::client_id);
            // One that an administrator switched off stays, and tells why it is refused.
            let unused = clients::client_id.eq_any(old).and(clients::disabled.eq(false));
            remove!(connection, clients, client_id, unused)
        }
        Expired::RegistrationTokens => {
            let old = registration_tokens::expires_at.lt(before(KEEP_REGISTRATION_TOKENS));
            remove!(connection, registration_tokens, id, old)
        }
        Expired::Sessions => remove!(connection, sessions, id, sessions::expires_at.lt(now.micros())),
        Expired::EndedSessions => {
            remove!(connection, sessions, id, sessions::ended_at.lt(before(KEEP_ENDED)))
        }
        Expired::BackchannelLogouts => {
            let lasts = backchannel_logouts::session_id.eq_any(sessions::table.select(sessions::id));
            let forgotten = backchannel_logouts::ended_at.is_null().and(diesel::dsl::not(lasts));
            remove!(connection, backchannel_logouts, id, forgotten)
        }
        Expired::SetupLinks => {
            remove!(connection, setup_links, digest, setup_links::expires_at.lt(now.micros()))
        }
        Expired::AccountLinks => {
            remove!(connection, account_links, digest, account_links::expires_at.lt(now.micros()))
        }
        Expired::SpentForms => {
            remove!(connection, spent_forms, digest, spent_forms::expires_at.lt(before(KEEP_FORMS)))
        }
        Expired::Mails => remove!(connection, mails, id, mails::created_at.lt(before(KEEP_MAILS))),
        Expired::ExpiredKeys => {
            remove!(connection, api_keys, id, api_keys::expires_at.lt(before(KEEP_KEYS)))
        }
        Expired::RevokedKeys => {
            remove!(connection, api_keys, id, api_keys::revoked_at.lt(before(KEEP_KEYS)))
        }
        Expired::Throttles => {
            let old = login_throttles::updated_at
                .lt(before(FORGET_SECONDS))
                .and(login_throttles::trusted_until.lt(now.micros()));
            remove!(connection, login_throttles, name, old)
        }
        Expired::FailedLogins => {
            let old = audit_events::at
                .lt(before(KEEP_FAILURES))
                .and(audit_events::kind.eq(Kind::LoginFailed.as_str()));
            remove!(connection, audit_events, id, old)
        }
        Expired::AuditEvents => {
            remove!(connection, audit_events, id, audit_events::at.lt(before(KEEP_EVENTS)))
        }
    })
}

/// A successor is for a lost answer only: after the window nobody may have it (contract §5).
fn wipe_successors(connection: &mut DbConnection, consumed_before: i64) -> Result<usize, StorageError> {
    let old = refresh_tokens::table
        .filter(refresh_tokens::sealed_successor.is_not_null())
        .filter(refresh_tokens::consumed_at.lt(consumed_before))
        .select(refresh_tokens::digest)
        .limit(i64::try_from(BATCH).unwrap_or(i64::MAX));
    let digests: Vec<Vec<u8>> = old.load(connection)?;
    let mut wiped = 0;
    for digest in digests {
        wiped += diesel::update(refresh_tokens::table.filter(refresh_tokens::digest.eq(digest)))
            .set(refresh_tokens::sealed_successor.eq(None::<Vec<u8>>))
            .execute(connection)?;
    }
    Ok(wiped)
}
