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

/// An event as it was stored: the name of its kind may be one that this version does not write any more.
pub struct StoredEvent {
    /// The event's id, which orders the trail.
    pub id: Uuid,
    /// When.
    pub at: UnixTime,
    /// What, by its stable name.
    pub kind: String,
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

/// Which events to look at; what is not said is not asked.
#[derive(Clone, Default)]
pub struct Filter {
    /// Those of one account.
    pub user_id: Option<Uuid>,
    /// Those of one kind, by its stable name.
    pub kind: Option<String>,
}

/// Events, newest first: at most `limit`, older than `before`.
pub fn page(
    connection: &mut DbConnection,
    filter: &Filter,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<StoredEvent>, StorageError> {
    let columns = (
        (dsl::id, dsl::at, dsl::kind),
        (dsl::user_id, dsl::client_id, dsl::key_id, dsl::project_id),
        (dsl::address, dsl::detail),
    );
    type Row = (
        (Vec<u8>, i64, String),
        (Option<Vec<u8>>, Option<String>, Option<Vec<u8>>, Option<Vec<u8>>),
        (Option<String>, Option<String>),
    );
    let mut query = dsl::audit_events.select(columns).order(dsl::id.desc()).limit(limit).into_boxed();
    if let Some(user) = filter.user_id {
        query = query.filter(dsl::user_id.eq(column::id(user)));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(dsl::kind.eq(kind.clone()));
    }
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    let read = |((id, at, kind), (user_id, client_id, key_id, project_id), (address, detail)): Row| {
        Ok(StoredEvent {
            id: column::read_id(&id)?,
            at: UnixTime::from_micros(at),
            kind,
            user_id: column::read_id_opt(user_id)?,
            client_id,
            key_id: column::read_id_opt(key_id)?,
            project_id: column::read_id_opt(project_id)?,
            address,
            detail,
        })
    };
    rows.into_iter().map(read).collect()
}
