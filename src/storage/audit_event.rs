//! The audit trail: one row for each security event, in the transaction of the change itself (security I6).

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::audit_events::dsl;
use crate::clock::UnixTime;

/// Writes down each kind once, with its stored name.
macro_rules! kinds {
    ($($kind:ident => $name:literal,)+) => {
        /// What happened. The names are stable: operators search for them.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each name says it")]
        pub enum Kind {
            $($kind,)+
        }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The stored name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// Reads a stored name.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)+
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    LoginSucceeded => "login_succeeded",
    LoginFailed => "login_failed",
    SessionEnded => "session_ended",
    GrantRevoked => "grant_revoked",
    TokenRevoked => "token_revoked",
    CodeReplayed => "code_replayed",
    RefreshTokenReplayed => "refresh_token_replayed",
    ConsentGranted => "consent_granted",
    ConsentRevoked => "consent_revoked",
    JwtGenerated => "jwt_generated",
    DeviceAllowed => "device_allowed",
    DeviceDenied => "device_denied",
    UserCreated => "user_created",
    UserDisabled => "user_disabled",
    UserEnabled => "user_enabled",
    UserDeleted => "user_deleted",
    UserSignedOut => "user_signed_out",
    AdministratorMade => "administrator_made",
    AdministratorUnmade => "administrator_unmade",
    PasswordSet => "password_set",
    PasswordLinkMade => "password_link_made",
    UserInvited => "user_invited",
    EmailChangeAsked => "email_change_asked",
    EmailChanged => "email_changed",
    ClientCreated => "client_created",
    ClientUpdated => "client_updated",
    ClientDisabled => "client_disabled",
    ClientEnabled => "client_enabled",
    ClientSecretReplaced => "client_secret_replaced",
    ClientSecretRotated => "client_secret_rotated",
    ClientPreviousSecretEnded => "client_previous_secret_ended",
    ClientDeleted => "client_deleted",
    SigningKeyCreated => "signing_key_created",
    SigningKeyRevoked => "signing_key_revoked",
    SigningKeyRemoved => "signing_key_removed",
    PlainHttpRefused => "plain_http_refused",
    KeyCreated => "key_created",
    KeyUpdated => "key_updated",
    KeyDeleted => "key_deleted",
    KeyRegenerated => "key_regenerated",
    KeyRotated => "key_rotated",
    KeyDisabled => "key_disabled",
    KeyEnabled => "key_enabled",
    KeyRevealed => "key_revealed",
    KeyLeaked => "key_leaked",
    KeyRevoked => "key_revoked",
    ProjectCreated => "project_created",
    ProjectUpdated => "project_updated",
    ProjectDeleted => "project_deleted",
    MemberAdded => "member_added",
    MemberChanged => "member_changed",
    MemberRemoved => "member_removed",
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
    /// Those of one kind.
    pub kind: Option<Kind>,
    /// Those about one client.
    pub client_id: Option<String>,
    /// Those about one API key.
    pub key_id: Option<Uuid>,
    /// Those about one project.
    pub project_id: Option<Uuid>,
    /// Those about the signing key of this id, which stands in their words.
    pub signing_key: Option<String>,
    /// Those at this time or later.
    pub from: Option<UnixTime>,
    /// Those before this time.
    pub until: Option<UnixTime>,
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
    if let Some(kind) = filter.kind {
        query = query.filter(dsl::kind.eq(kind.as_str()));
    }
    if let Some(client) = &filter.client_id {
        query = query.filter(dsl::client_id.eq(client));
    }
    if let Some(key) = filter.key_id {
        query = query.filter(dsl::key_id.eq(column::id(key)));
    }
    if let Some(project) = filter.project_id {
        query = query.filter(dsl::project_id.eq(column::id(project)));
    }
    if let Some(kid) = &filter.signing_key {
        let kinds = [Kind::SigningKeyCreated, Kind::SigningKeyRevoked, Kind::SigningKeyRemoved];
        let words = dsl::detail.like(column::containing(kid)).escape(column::ESCAPE);
        query = query.filter(dsl::kind.eq_any(kinds.map(Kind::as_str))).filter(words);
    }
    if let Some(from) = filter.from {
        query = query.filter(dsl::at.ge(from.micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(dsl::at.lt(until.micros()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_the_table_of_the_documentation_once_and_in_order() {
        let page = include_str!("../../docs/api.md");
        let table =
            page.split("### Kinds of events").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        let documented: Vec<&str> = rows.map(|(name, _)| name).collect();
        let written: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(documented, written);
    }
}
