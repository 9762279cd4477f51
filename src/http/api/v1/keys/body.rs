//! What is said of a key, in and out (contract §9).

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::clients::scope;
use crate::account::api_key::ApiKey;
use crate::clock::UnixTime;
use crate::flows::api_keys::{KeyChange, NewKey, WithSecret};
use crate::http::extract::json;
use crate::http::failure::Failure;

/// An API key. Its secret is in `key`, and only when it was made or asked for just now.
#[derive(Serialize, ToSchema)]
pub struct Key {
    /// The key's id: it stays when the secret is replaced.
    id: Uuid,
    /// What its owner calls it.
    name: String,
    /// What to recognise the secret by: its first 3 and last 6 characters.
    hint: String,
    /// `active`, `disabled`, `expired` or `revoked`; a revoked one can only be removed.
    #[schema(pattern = "^(active|disabled|expired|revoked)$")]
    status: &'static str,
    /// What it allows.
    scopes: Vec<String>,
    /// Who made it, and whom it acts for.
    user_id: Uuid,
    /// The project it is confined to.
    #[schema(required)]
    project_id: Option<Uuid>,
    /// A label.
    #[schema(required)]
    environment: Option<String>,
    /// Networks it may be used from; empty: anywhere.
    ip_allow: Vec<String>,
    /// Requests an hour, if fewer than its owner has.
    #[schema(required)]
    rate_limit: Option<u32>,
    /// Whatever its owner wants to remember of it.
    metadata: BTreeMap<String, String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// Its end; `null`: never.
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// When it was last used, to the minute.
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    /// When its secret should be replaced: after 90 days.
    #[schema(format = DateTime)]
    rotate_by: String,
    /// Whether that time has come.
    rotation_due: bool,
    /// The secret: only from create, regenerate, rotate and reveal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key: Option<String>,
}

impl Key {
    /// A key without its secret.
    pub fn of(key: ApiKey, now: UnixTime) -> Self {
        Self {
            status: key.status(now).as_str(),
            rotate_by: key.rotate_by().rfc3339(),
            rotation_due: key.rotate_by() <= now,
            id: key.id,
            name: key.name,
            hint: key.hint,
            scopes: key.scope.iter().map(str::to_owned).collect(),
            user_id: key.user_id,
            project_id: key.project_id,
            environment: key.environment,
            ip_allow: key.ip_allow.iter().map(IpNet::to_string).collect(),
            rate_limit: key.rate_limit,
            metadata: key.metadata,
            created_at: key.created_at.rfc3339(),
            expires_at: key.expires_at.map(UnixTime::rfc3339),
            last_used_at: key.last_used_at.map(UnixTime::rfc3339),
            key: None,
        }
    }

    /// A key with its secret, for an answer that nobody keeps.
    pub fn with_secret(made: WithSecret, now: UnixTime) -> Self {
        Self { key: Some(made.secret.expose().to_owned()), ..Self::of(made.key, now) }
    }
}

/// A key to be made. What is left out gets its default.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyToMake {
    /// What to call it: 1 to 100 characters.
    name: String,
    /// What it allows; by default `read` and `write`, and never more than what makes it.
    scopes: Option<Vec<String>>,
    /// Its end, in RFC 3339. Recommended; without one it lives until it is removed.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Its end in seconds from now, instead of `expires_at`.
    #[schema(minimum = 1)]
    expires_in: Option<i64>,
    /// The project to confine it to.
    project_id: Option<Uuid>,
    /// A label: `production`, `staging`.
    environment: Option<String>,
    /// Addresses and networks (CIDR) it may be used from; empty: anywhere.
    ip_allow: Option<Vec<String>>,
    /// Requests an hour, if fewer than its owner has.
    #[schema(minimum = 1)]
    rate_limit: Option<u32>,
    /// Whatever you want to remember of it.
    metadata: Option<BTreeMap<String, String>>,
}

impl KeyToMake {
    /// The flow's words, and the project it is to be confined to.
    ///
    /// # Errors
    /// 400.
    pub fn read(self, now: UnixTime) -> Result<(NewKey, Option<Uuid>), Failure> {
        let new = NewKey {
            name: self.name,
            scope: self.scopes.map(|all| scope(&all)).transpose()?,
            expires_at: end(self.expires_at.as_deref(), self.expires_in, now)?,
            environment: self.environment,
            ip_allow: networks(&self.ip_allow.unwrap_or_default())?,
            rate_limit: self.rate_limit,
            metadata: self.metadata.unwrap_or_default(),
        };
        Ok((new, self.project_id))
    }
}

/// What can be changed of a key. What is left out stays; `null` removes an end, a label and a limit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedKey {
    /// What to call it.
    #[serde(default, deserialize_with = "json::given")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// What it allows.
    #[serde(default, deserialize_with = "json::given")]
    #[schema(nullable = false)]
    scopes: Option<Vec<String>>,
    /// Its end, in RFC 3339; `null`: never.
    #[serde(default, deserialize_with = "json::given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Option<String>>,
    /// Its end in seconds from now, instead of `expires_at`.
    #[schema(minimum = 1)]
    expires_in: Option<i64>,
    /// A label.
    #[serde(default, deserialize_with = "json::given")]
    #[schema(value_type = Option<String>)]
    environment: Option<Option<String>>,
    /// Addresses and networks (CIDR) it may be used from; empty: anywhere.
    #[serde(default, deserialize_with = "json::given")]
    #[schema(nullable = false)]
    ip_allow: Option<Vec<String>>,
    /// Requests an hour; `null`: as many as its owner has.
    #[serde(default, deserialize_with = "json::given")]
    #[schema(value_type = Option<u32>, minimum = 1)]
    rate_limit: Option<Option<u32>>,
    /// Whatever you want to remember of it: replaces what was there.
    #[serde(default, deserialize_with = "json::given")]
    #[schema(nullable = false)]
    metadata: Option<BTreeMap<String, String>>,
}

impl ChangedKey {
    /// The flow's words.
    ///
    /// # Errors
    /// 400.
    pub fn read(self, now: UnixTime) -> Result<KeyChange, Failure> {
        let expires_at = match (self.expires_at, self.expires_in) {
            (None, None) => None,
            (Some(None), None) => Some(None),
            (Some(None), Some(_)) => return Err(two_ends()),
            (given, seconds) => Some(end(given.flatten().as_deref(), seconds, now)?),
        };
        Ok(KeyChange {
            name: self.name,
            scope: self.scopes.map(|all| scope(&all)).transpose()?,
            expires_at,
            environment: self.environment,
            ip_allow: self.ip_allow.map(|all| networks(&all)).transpose()?,
            rate_limit: self.rate_limit,
            metadata: self.metadata,
        })
    }
}

/// How to rotate a key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// For how many seconds the old secret is good beside the new one: up to 7 days, 0 by default.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604_800)]
    pub overlap_seconds: i64,
}

/// Proof of who asks for a secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordAgain {
    /// The account's password.
    pub password: String,
}

/// A key that somebody found where it does not belong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeakedKey {
    /// The whole key; of a Barbell key `USERNAME:KEY`.
    pub key: String,
}

fn end(at: Option<&str>, seconds: Option<i64>, now: UnixTime) -> Result<Option<UnixTime>, Failure> {
    const NO_TIME: &str = "expires_at must be a time in RFC 3339, as 2030-01-31T12:00:00Z";
    match (at, seconds) {
        (None, None) => Ok(None),
        (Some(text), None) => {
            let time = UnixTime::parse_rfc3339(text);
            time.map(Some).ok_or_else(|| Failure::invalid_request(NO_TIME))
        }
        (None, Some(seconds)) => Ok(Some(now.plus_seconds(seconds))),
        (Some(_), Some(_)) => Err(two_ends()),
    }
}

fn two_ends() -> Failure {
    Failure::invalid_request("Say either expires_at or expires_in, not both")
}

fn networks(texts: &[String]) -> Result<Vec<IpNet>, Failure> {
    let one =
        |text: &String| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    let all: Option<Vec<IpNet>> = texts.iter().map(one).collect();
    all.ok_or_else(|| {
        Failure::invalid_request("ip_allow takes addresses and networks, as 192.0.2.7 and 2001:db8::/32")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::api_key::tests::key;

    const NOW: UnixTime = UnixTime::from_seconds(1_000);

    #[test]
    fn contract_9_a_key_older_than_90_days_is_due() {
        let of = |days: i64| Key::of(key(), NOW.plus_seconds(days * 86_400));
        assert!(!of(89).rotation_due && of(90).rotation_due);
        assert_eq!(of(0).rotate_by, "1970-04-01T00:16:40Z");
    }

    #[test]
    fn contract_9_an_end_is_said_in_one_way() {
        let ends = |body: &str| {
            let made: KeyToMake = serde_json::from_str(body).unwrap();
            made.read(NOW).map(|(new, _)| new.expires_at).ok()
        };
        assert_eq!(ends(r#"{"name":"a"}"#), Some(None));
        assert_eq!(ends(r#"{"name":"a","expires_in":60}"#), Some(Some(UnixTime::from_seconds(1_060))));
        let at = r#"{"name":"a","expires_at":"1970-01-01T01:00:00+00:00"}"#;
        assert_eq!(ends(at), Some(Some(UnixTime::from_seconds(3_600))));
        for bad in [r#""expires_at":"tomorrow""#, r#""expires_in":1,"expires_at":"1970-01-01T01:00:00Z""#] {
            assert_eq!(ends(&format!(r#"{{"name":"a",{bad}}}"#)), None, "{bad}");
        }
    }

    #[test]
    fn contract_9_a_change_leaves_removes_or_sets() {
        let change = |body: &str| {
            let changed: ChangedKey = serde_json::from_str(body).unwrap();
            changed.read(NOW).ok().map(|change| (change.expires_at, change.rate_limit))
        };
        assert_eq!(change("{}"), Some((None, None)));
        assert_eq!(change(r#"{"expires_at":null,"rate_limit":null}"#), Some((Some(None), Some(None))));
        let set = Some((Some(Some(UnixTime::from_seconds(1_005))), Some(Some(7))));
        assert_eq!(change(r#"{"expires_in":5,"rate_limit":7}"#), set);
        assert_eq!(change(r#"{"expires_at":null,"expires_in":5}"#), None);
        for member in ["name", "scopes", "ip_allow", "metadata"] {
            let removed = serde_json::from_str::<ChangedKey>(&format!(r#"{{"{member}":null}}"#));
            assert!(removed.is_err(), "{member}");
        }
    }

    #[test]
    fn contract_9_networks_are_cidr_or_single_addresses() {
        let read = |text: &str| networks(&[text.to_owned()]).ok().map(|all| all[0].to_string());
        assert_eq!(read("192.0.2.7").as_deref(), Some("192.0.2.7/32"));
        assert_eq!(read("2001:db8::/32").as_deref(), Some("2001:db8::/32"));
        for bad in ["", "example.com", "192.0.2.0/33", "192.0.2", " 192.0.2.7"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
