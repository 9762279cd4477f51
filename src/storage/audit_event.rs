//! The audit trail: one row for each security event, in the transaction of the change itself (security I6).

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::audit_events::dsl;
use crate::clock::UnixTime;

/// What happened. The names are stable: operators search for them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "each name says it")]
pub enum Kind {
    LoginSucceeded,
    LoginFailed,
    SessionEnded,
    GrantRevoked,
    TokenRevoked,
    CodeReplayed,
    RefreshTokenReplayed,
    ConsentGranted,
    UserCreated,
    UserDisabled,
    UserEnabled,
    PasswordSet,
    ClientCreated,
    ClientUpdated,
    ClientDeleted,
    SigningKeyCreated,
    PlainHttpRefused,
    KeyCreated,
    KeyUpdated,
    KeyDeleted,
    KeyRegenerated,
    KeyRotated,
    KeyDisabled,
    KeyEnabled,
    KeyRevealed,
    KeyLeaked,
    KeyRevoked,
    ProjectCreated,
    ProjectUpdated,
    ProjectDeleted,
    MemberAdded,
    MemberChanged,
    MemberRemoved,
}

impl Kind {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoginSucceeded => "login_succeeded",
            Self::LoginFailed => "login_failed",
            Self::SessionEnded => "session_ended",
            Self::GrantRevoked => "grant_revoked",
            Self::TokenRevoked => "token_revoked",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshTokenReplayed => "refresh_token_replayed",
            Self::ConsentGranted => "consent_granted",
            Self::UserCreated => "user_created",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::PasswordSet => "password_set",
            Self::ClientCreated => "client_created",
            Self::ClientUpdated => "client_updated",
            Self::ClientDeleted => "client_deleted",
            Self::SigningKeyCreated => "signing_key_created",
            Self::PlainHttpRefused => "plain_http_refused",
            Self::KeyCreated => "key_created",
            Self::KeyUpdated => "key_updated",
            Self::KeyDeleted => "key_deleted",
            Self::KeyRegenerated => "key_regenerated",
            Self::KeyRotated => "key_rotated",
            Self::KeyDisabled => "key_disabled",
            Self::KeyEnabled => "key_enabled",
            Self::KeyRevealed => "key_revealed",
            Self::KeyLeaked => "key_leaked",
            Self::KeyRevoked => "key_revoked",
            Self::ProjectCreated => "project_created",
            Self::ProjectUpdated => "project_updated",
            Self::ProjectDeleted => "project_deleted",
            Self::MemberAdded => "member_added",
            Self::MemberChanged => "member_changed",
            Self::MemberRemoved => "member_removed",
        }
    }
}

/// A security event. Never holds a secret.
#[derive(Clone)]
pub struct AuditEvent {
    /// UUIDv7.
    pub id: Uuid,
    /// When.
    pub at: UnixTime,
    /// What.
    pub kind: Kind,
    /// Whose account.
    pub user_id: Option<Uuid>,
    /// Which client.
    pub client_id: Option<String>,
    /// Which API key.
    pub key_id: Option<Uuid>,
    /// Which project.
    pub project_id: Option<Uuid>,
    /// From where.
    pub address: Option<String>,
    /// More words, for people.
    pub detail: Option<String>,
}

/// Adds an event.
pub fn insert(connection: &mut DbConnection, event: &AuditEvent) -> Result<(), StorageError> {
    diesel::insert_into(dsl::audit_events)
        .values((
            dsl::id.eq(column::id(event.id)),
            dsl::at.eq(event.at.micros()),
            dsl::kind.eq(event.kind.as_str()),
            dsl::user_id.eq(event.user_id.map(column::id)),
            dsl::client_id.eq(&event.client_id),
            dsl::address.eq(&event.address),
            dsl::detail.eq(&event.detail),
            dsl::key_id.eq(event.key_id.map(column::id)),
            dsl::project_id.eq(event.project_id.map(column::id)),
        ))
        .execute(connection)?;
    Ok(())
}
