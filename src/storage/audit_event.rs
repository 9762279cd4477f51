//! The audit trail: one row for each security event, in the transaction of the change itself (security I6).

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::audit_events::dsl;
use crate::clock::UnixTime;

/// Writes down each name once. They are stable: operators search for them.
macro_rules! named {
    ($(#[$about:meta])* $of:ident { $($kind:ident => $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each name says it")]
        pub enum $of {
            $($kind,)+
        }

        impl $of {
            /// Every one, in the order of the table.
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

named! {
    /// What happened.
    Kind {
    LoginSucceeded => "login_succeeded",
    LoginFailed => "login_failed",
    SessionEnded => "session_ended",
    BackchannelLogoutFailed => "backchannel_logout_failed",
    GrantRevoked => "grant_revoked",
    TokenRevoked => "token_revoked",
    CodeReplayed => "code_replayed",
    RefreshTokenReplayed => "refresh_token_replayed",
    ConsentGranted => "consent_granted",
    ConsentRevoked => "consent_revoked",
    JwtGenerated => "jwt_generated",
    TokenExchanged => "token_exchanged",
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
    ScopeCreated => "scope_created",
    ScopeUpdated => "scope_updated",
    ScopeRemoved => "scope_removed",
    RegistrationTokenCreated => "registration_token_created",
    RegistrationTokenRevoked => "registration_token_revoked",
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
}

named! {
    /// What somebody did it with, or as what.
    ByKind {
    Operator => "operator",
    Server => "server",
    Person => "person",
    App => "app",
    Key => "key",
    Client => "client",
    Link => "link",
    Stranger => "stranger",
    }
}

/// Who did something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct By {
    /// As what.
    pub kind: ByKind,
    /// The account that acted, a key's owner too; `None` where none did.
    pub user_id: Option<Uuid>,
    /// What the account, or a client for itself, was called then.
    pub name: Option<String>,
    /// The app's client id, or the key's id.
    pub through: Option<String>,
}

impl By {
    /// Somebody of whom no more is known.
    pub const fn nameless(kind: ByKind) -> Self {
        Self { kind, user_id: None, name: None, through: None }
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
    /// Who did it; `None` where nobody can be named: a failed sign-in.
    pub by: Option<By>,
}

/// Adds an event.
pub fn insert(connection: &mut DbConnection, event: &AuditEvent) -> Result<(), StorageError> {
    let by = event.by.as_ref();
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
            dsl::actor_kind.eq(by.map(|by| by.kind.as_str())),
            dsl::actor_id.eq(by.and_then(|by| by.user_id).map(column::id)),
            dsl::actor_name.eq(by.and_then(|by| by.name.as_deref())),
            dsl::actor_through.eq(by.and_then(|by| by.through.as_deref())),
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
    /// More words, for people; of an event from before actors were kept, who did it too.
    pub detail: Option<String>,
    /// Who did it.
    pub by: Option<By>,
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
    /// Those about the scope of this name, which is their words.
    pub scope: Option<String>,
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
        (dsl::actor_kind, dsl::actor_id, dsl::actor_name, dsl::actor_through),
    );
    type Row = (
        (Vec<u8>, i64, String),
        (Option<Vec<u8>>, Option<String>, Option<Vec<u8>>, Option<Vec<u8>>),
        (Option<String>, Option<String>),
        Actor,
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
    if let Some(name) = &filter.scope {
        let kinds = [Kind::ScopeCreated, Kind::ScopeUpdated, Kind::ScopeRemoved];
        query = query.filter(dsl::kind.eq_any(kinds.map(Kind::as_str))).filter(dsl::detail.eq(name));
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
    let read = |((id, at, kind), (user_id, client_id, key_id, project_id), (address, detail), by): Row| {
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
            by: read_by(by)?,
        })
    };
    rows.into_iter().map(read).collect()
}

type Actor = (Option<String>, Option<Vec<u8>>, Option<String>, Option<String>);

fn read_by((kind, user_id, name, through): Actor) -> Result<Option<By>, StorageError> {
    let Some(kind) = kind.as_deref().and_then(ByKind::parse) else { return Ok(None) };
    Ok(Some(By { kind, user_id: column::read_id_opt(user_id)?, name, through }))
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
