//! Owns `portcullis signing-key`: which keys sign tokens (contract §14).

use clap::Subcommand;
use serde_json::json;

use super::output::{Output, columns};
use super::{Failure, open};
use crate::config::Settings;
use crate::storage::signing_key;

#[derive(Subcommand)]
pub(super) enum SigningKeyCommand {
    /// List every key, oldest first
    List,
}

pub(super) async fn run(
    command: SigningKeyCommand,
    settings: &Settings,
    output: &Output,
) -> Result<(), Failure> {
    let SigningKeyCommand::List = command;
    let keys = open(settings).await?.db.read(signing_key::list).await?;
    let object = json!({ "keys": keys.iter().map(|row| json!({
        "kid": row.key.kid,
        "algorithm": row.key.algorithm.as_str(),
        "created_at": row.created_at.rfc3339(),
    })).collect::<Vec<_>>() });
    let mut rows = vec![vec!["KID".to_owned(), "ALGORITHM".to_owned(), "CREATED".to_owned()]];
    rows.extend(keys.iter().map(|row| {
        vec![row.key.kid.clone(), row.key.algorithm.as_str().to_owned(), row.created_at.rfc3339()]
    }));
    output.result(&object, &columns(&rows))
}
