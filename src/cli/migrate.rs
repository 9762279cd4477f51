//! Owns `portcullis migrate`: the schema brought up to date without starting (contract §14).

use serde_json::json;

use super::Failure;
use super::output::Output;
use crate::config::Settings;

pub(super) async fn run(settings: &Settings, output: &Output) -> Result<(), Failure> {
    let applied = settings.installation().migrate().await?;
    let text = if applied.is_empty() {
        "The schema is up to date.".to_owned()
    } else {
        format!("Applied: {}", applied.join(", "))
    };
    output.result(&json!({ "applied": applied }), &text)
}
