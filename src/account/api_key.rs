//! API keys: what one is, and in what state (contract §2, §9). Their secrets are `crypto::opaque_token`'s business.
//! `rights` says when one key is within another, `rules` what may be said of one.

pub mod rights;
pub mod rules;

use std::collections::BTreeMap;

use ipnet::IpNet;
use uuid::Uuid;

use crate::clock::UnixTime;
use crate::oauth::scope::Scope;

/// A key should be rotated after this many seconds: 90 days (contract §9).
pub const ROTATE_AFTER_SECONDS: i64 = 90 * 86_400;

/// An API key without its secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKey {
    /// Names the key in the API, in headers and in the audit trail; not a secret. It survives rotation.
    pub id: Uuid,
    /// Who made it, and whom it acts for.
    pub user_id: Uuid,
    /// The project it is confined to; `None` for an account key.
    pub project_id: Option<Uuid>,
    /// What an account has only one of; `None` for a key that was made by name.
    pub slot: Option<Slot>,
    /// What its owner calls it.
    pub name: String,
    /// Enough of the secret to recognise it by: first 3, `...`, last 6 characters.
    pub hint: String,
    /// What it allows at most; its owner's rights limit it further at every use.
    pub scope: Scope,
    /// A label: `production`, `staging`.
    pub environment: Option<String>,
    /// Where it may be used from; empty: anywhere.
    pub ip_allow: Vec<IpNet>,
    /// Whatever its owner wants to remember of it.
    pub metadata: BTreeMap<String, String>,
    /// Requests an hour, if fewer than its owner has (contract §12).
    pub rate_limit: Option<u32>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When its present secret was made.
    pub secret_created_at: UnixTime,
    /// Its end; `None`: never.
    pub expires_at: Option<UnixTime>,
    /// When it was last used, exact to the minute.
    pub last_used_at: Option<UnixTime>,
    /// When its owner switched it off.
    pub disabled_at: Option<UnixTime>,
    /// When it died for good without being removed: reported as leaked, or its maker left the project.
    pub revoked_at: Option<UnixTime>,
}

/// What an account has at most one key of (contract §2, §10, §11).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Slot {
    /// The key of `x-api-auth`.
    Barbell,
    /// The key that the command-line client fetches.
    CommandLine,
    /// The key handed to the app of this name.
    App(String),
}

/// What can be said of a key at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It works.
    Active,
    /// Its owner switched it off.
    Disabled,
    /// Its time is over.
    Expired,
    /// It is dead for good.
    Revoked,
}

impl Status {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl ApiKey {
    /// An account key of which nothing else was said yet: it allows nothing, and never ends.
    pub fn new(id: Uuid, user_id: Uuid, hint: &str, now: UnixTime) -> Self {
        Self {
            id,
            user_id,
            project_id: None,
            slot: None,
            name: String::new(),
            hint: hint.to_owned(),
            scope: Scope::empty(),
            environment: None,
            ip_allow: Vec::new(),
            metadata: BTreeMap::new(),
            rate_limit: None,
            created_at: now,
            secret_created_at: now,
            expires_at: None,
            last_used_at: None,
            disabled_at: None,
            revoked_at: None,
        }
    }

    /// Its state at `now`.
    pub fn status(&self, now: UnixTime) -> Status {
        if self.revoked_at.is_some() {
            Status::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            Status::Expired
        } else if self.disabled_at.is_some() {
            Status::Disabled
        } else {
            Status::Active
        }
    }

    /// When its secret should be replaced.
    pub const fn rotate_by(&self) -> UnixTime {
        self.secret_created_at.plus_seconds(ROTATE_AFTER_SECONDS)
    }
}

impl Slot {
    const APP: &str = "app:";

    /// The stored form.
    pub fn to_text(&self) -> String {
        match self {
            Self::Barbell => "barbell".to_owned(),
            Self::CommandLine => "command-line".to_owned(),
            Self::App(name) => format!("{}{name}", Self::APP),
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "barbell" => Some(Self::Barbell),
            "command-line" => Some(Self::CommandLine),
            _ => text.strip_prefix(Self::APP).map(|name| Self::App(name.to_owned())),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An active account key of nobody, made at 1000 seconds.
    pub fn key() -> ApiKey {
        let blank = ApiKey::new(Uuid::nil(), Uuid::nil(), "sk_...abcdef", UnixTime::from_seconds(1_000));
        ApiKey { name: "laptop".into(), scope: Scope::from(["read"]), ..blank }
    }

    #[test]
    fn contract_9_a_key_has_one_state() {
        let at = UnixTime::from_seconds;
        let ended = ApiKey { expires_at: Some(at(2_000)), ..key() };
        let off = ApiKey { disabled_at: Some(at(1_500)), ..key() };
        for (key, now, status) in [
            (key(), 9_000, Status::Active),
            (ended.clone(), 1_999, Status::Active),
            (ended.clone(), 2_000, Status::Expired),
            (off.clone(), 1_600, Status::Disabled),
            (ApiKey { expires_at: Some(at(1)), ..off }, 1_600, Status::Expired),
            (ApiKey { revoked_at: Some(at(1)), ..ended }, 9_000, Status::Revoked),
        ] {
            assert_eq!(key.status(at(now)), status);
        }
    }

    #[test]
    fn contract_9_a_secret_is_to_be_rotated_after_90_days() {
        assert_eq!(key().rotate_by(), UnixTime::from_seconds(1_000 + 90 * 86_400));
    }

    #[test]
    fn slots_round_trip() {
        for slot in [Slot::Barbell, Slot::CommandLine, Slot::App("my app:x".into())] {
            assert_eq!(Slot::parse(&slot.to_text()), Some(slot));
        }
        assert_eq!(Slot::parse("something"), None);
    }
}
