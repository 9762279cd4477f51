//! Owns `portcullis key …`: API keys and Barbell keys (contract §9, §14).

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{Output, columns};
use super::{Failure, id, open};
use crate::account::api_key::ApiKey;
use crate::clock::UnixTime;
use crate::config::Settings;
use crate::flows::Node;
use crate::flows::api_keys::{self, Actor, KeyRefusal, NewKey, Place};
use crate::flows::users;
use crate::oauth::scope::Scope;

/// Keys read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Make an API key
    Create(New),
    /// List the keys somebody made, those of projects included
    List {
        /// User name or e-mail address
        #[arg(long, value_name = "USER")]
        user: String,
    },
    /// Remove a key; it is dead at once
    Revoke {
        /// The key's id, as `portcullis key list` shows it
        id: String,
    },
    /// Make somebody's key for the header x-api-auth; the one before is dead at once
    Barbell {
        /// User name or e-mail address
        #[arg(long, value_name = "USER")]
        user: String,
    },
}

/// What is said of a new key.
#[derive(Args)]
pub(super) struct New {
    /// User name or e-mail address of its owner
    #[arg(long, value_name = "USER")]
    user: String,
    /// What its owner calls it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Confine it to the project of this id
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// What it allows; may be repeated; without it read and write
    #[arg(long = "scope", value_name = "SCOPE", value_parser = super::client::scope)]
    scopes: Vec<Scope>,
    /// Its end from now on, for instance 90d, 12h, 30m or 45s; without it never
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    expires: Option<i64>,
}

pub(super) async fn run(command: KeyCommand, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let node = open(settings).await?;
    match command {
        KeyCommand::Create(new) => create(&node, new, output).await,
        KeyCommand::List { user } => list(&node, &user, output).await,
        KeyCommand::Revoke { id: written } => {
            let shown = written.escape_debug();
            let unknown =
                || Failure(format!("there is no key {shown}: see `portcullis key list --user USER`"));
            let id = id(&written, unknown)?;
            let place = api_keys::place_of(&node, id).await?.ok_or_else(unknown)?;
            match api_keys::delete(&node, Actor::Operator, place, id).await? {
                Err(KeyRefusal::Unknown) => return Err(unknown()),
                done => done?,
            }
            let text = format!("Revoked the key {id}; it does not work any more.");
            output.result(&json!({ "id": id, "revoked": true }), &text)
        }
        KeyCommand::Barbell { user } => {
            let user = users::find(&node, &user).await??;
            let made = api_keys::barbell(&node, Actor::Operator, user.id, None).await?;
            let made = made.map_err(|_| disabled(&user.username))?;
            let text = format!("The Barbell key of {}, shown only now: {}", user.username, made.as_str());
            output.result(&json!({ "key": made.as_str() }), &text)
        }
    }
}

async fn create(node: &Node, new: New, output: &Output) -> Result<(), Failure> {
    let owner = users::find(node, &new.user).await??;
    if owner.disabled {
        return Err(disabled(&owner.username));
    }
    let unknown = || Failure("there is no such project: see `portcullis project list`".to_owned());
    let project = new.project.map(|written| id(&written, unknown)).transpose()?;
    let place = project.map_or(Place::Account(owner.id), Place::Project);
    let scope = (!new.scopes.is_empty()).then(|| new.scopes.iter().flat_map(Scope::iter).collect());
    let described = NewKey {
        name: new.name,
        scope,
        expires_at: new.expires.map(|seconds| node.clock.now().plus_seconds(seconds)),
        ..NewKey::default()
    };
    let made = match api_keys::create(node, Actor::Operator, owner.id, place, described).await? {
        Err(KeyRefusal::Unknown) => return Err(unknown()),
        made => made?,
    };
    let text = format!(
        "Created the key {} of {} ({}).\nId: {}\nKey, shown only now: {}",
        made.key.name,
        owner.username,
        made.key
            .expires_at
            .map_or_else(|| "never expires".to_owned(), |end| format!("expires {}", end.rfc3339())),
        made.key.id,
        made.secret.expose()
    );
    output.result(&json!({ "id": made.key.id, "key": made.secret.expose() }), &text)
}

async fn list(node: &Node, user: &str, output: &Output) -> Result<(), Failure> {
    let (user, now) = (users::find(node, user).await??, node.clock.now());
    let mut all: Vec<ApiKey> = Vec::new();
    loop {
        let page = api_keys::list_made_by(node, user.id, all.last().map(|key| key.id), PAGE).await?;
        let is_last = i64::try_from(page.len()).is_ok_and(|length| length < PAGE);
        all.extend(page);
        if is_last {
            break;
        }
    }
    let object = json!({ "keys": all.iter().map(|key| member(key, now)).collect::<Vec<_>>() });
    if all.is_empty() {
        let next = "No keys yet: `portcullis key create --user USER --name NAME` makes one.";
        return output.result(&object, next);
    }
    let titles = ["ID", "NAME", "KEY", "SCOPE", "PROJECT", "EXPIRES", "LAST USED", "STATUS"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|key| row(key, now)));
    output.result(&object, &columns(&rows))
}

fn row(key: &ApiKey, now: UnixTime) -> Vec<String> {
    let never = || "never".to_owned();
    let mut status = key.status(now).as_str().to_owned();
    if key.rotate_by() <= now {
        status.push_str(", rotate it");
    }
    vec![
        key.id.to_string(),
        key.name.clone(),
        key.hint.clone(),
        key.scope.to_string(),
        key.project_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
        key.expires_at.map_or_else(never, UnixTime::rfc3339),
        key.last_used_at.map_or_else(never, UnixTime::rfc3339),
        status,
    ]
}

fn member(key: &ApiKey, now: UnixTime) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": key.scope.iter().collect::<Vec<_>>(),
        "project_id": key.project_id,
        "environment": key.environment,
        "created_at": key.created_at.rfc3339(),
        "expires_at": key.expires_at.map(UnixTime::rfc3339),
        "last_used_at": key.last_used_at.map(UnixTime::rfc3339),
        "rotate_by": key.rotate_by().rfc3339(),
        "status": key.status(now).as_str(),
    })
}

fn disabled(username: &str) -> Failure {
    Failure(format!("{username} is disabled and can have no key: `portcullis user enable {username}` first"))
}

/// `90d`, `12h`, `30m`, `45s` in seconds (contract §14).
pub(super) fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || "write a number and d, h, m or s, for instance 90d".to_owned();
    let unit = match text.chars().last() {
        Some('d') => 86_400,
        Some('h') => 3_600,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err(wrong()),
    };
    let number = text.get(..text.len() - 1).filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
    let count: i64 = number.and_then(|n| n.parse().ok()).filter(|n| *n > 0).ok_or_else(wrong)?;
    count.checked_mul(unit).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_14_an_expiry_is_a_number_and_a_unit() {
        for (text, value) in [
            ("90d", Some(90 * 86_400)),
            ("12h", Some(43_200)),
            ("30m", Some(1_800)),
            ("45s", Some(45)),
            ("0d", None),
            ("-1d", None),
            ("+1d", None),
            ("1", None),
            ("d", None),
            ("", None),
            ("1w", None),
            ("1é", None),
            ("99999999999999999d", None),
        ] {
            assert_eq!(seconds(text).ok(), value, "{text:?}");
        }
    }
}
