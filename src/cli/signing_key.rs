//! Owns `portcullis signing-key …`: the keys that sign tokens, their rotation, and the drill for one that was given away
//! (contract §14; security ).

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{Output, columns};
use super::{Failure, open};
use crate::clock::UnixTime;
use crate::config::Settings;
use crate::flows::actor::Actor;
use crate::flows::signing_keys::{self, Listed};

#[derive(Subcommand)]
pub(super) enum SigningKeyCommand {
    /// List every key, oldest first
    List,
    /// Make the next key of every algorithm; it is published now and signs in ten minutes
    Rotate,
    /// Refuse everything that a key signed, at once: for a key that somebody else may have
    Revoke {
        /// The key's id, as `signing-key list` shows it
        // Base64url (RFC 7638 §3): one in 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

pub(super) async fn run(
    command: SigningKeyCommand,
    settings: &Settings,
    output: &Output,
) -> Result<(), Failure> {
    let node = open(settings).await?;
    match command {
        SigningKeyCommand::List => {
            let keys = signing_keys::list(&node).await?;
            output.result(&object(&keys), &table(&keys))
        }
        SigningKeyCommand::Rotate => {
            let next = signing_keys::rotate(&node, Actor::Operator).await??;
            let line = |key: &Listed| {
                let (algorithm, kid) = (key.life.algorithm, &key.life.kid);
                format!("{algorithm} {kid} is published now and signs from {}.", key.life.active_at.rfc3339())
            };
            let text = next.iter().map(line).collect::<Vec<_>>().join("\n");
            output.result(&object(&next), &text)
        }
        SigningKeyCommand::Revoke { kid } => {
            let revoked = signing_keys::revoke(&node, Actor::Operator, &kid).await??;
            let mut text = format!("Revoked {}; nothing it signed is good any more.", revoked.kid);
            if let Some(new) = &revoked.replaced_by {
                text.push_str(&format!("\n{new} takes its place."));
            }
            let object = json!({ "kid": revoked.kid, "revoked": true, "replaced_by": revoked.replaced_by });
            output.result(&object, &text)
        }
    }
}

fn object(keys: &[Listed]) -> Value {
    let time = |at: Option<UnixTime>| at.map(UnixTime::rfc3339);
    json!({ "keys": keys.iter().map(|key| json!({
        "kid": key.life.kid,
        "algorithm": key.life.algorithm,
        "state": key.state.as_str(),
        "created_at": key.life.created_at.rfc3339(),
        "active_at": key.life.active_at.rfc3339(),
        "retired_at": time(key.retired_at),
        "revoked_at": time(key.life.revoked_at),
        "removed_at": time(key.removed_at),
    })).collect::<Vec<_>>() })
}

fn table(keys: &[Listed]) -> String {
    let time = |at: Option<UnixTime>| at.map_or_else(|| "-".to_owned(), UnixTime::rfc3339);
    let head = ["KID", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL", "REMOVED"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(keys.iter().map(|key| {
        vec![
            key.life.kid.clone(),
            key.life.algorithm.to_owned(),
            key.state.as_str().to_owned(),
            key.life.active_at.rfc3339(),
            time(key.life.revoked_at.or(key.retired_at)),
            time(key.removed_at),
        ]
    }));
    columns(&rows)
}
