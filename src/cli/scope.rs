//! Owns `portcullis scope …`: the operator's scopes, and what people read of them (contract §14; RFC 6749 §3.3).

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{Output, columns};
use super::{Failure, open};
use crate::config::Settings;
use crate::flows::Node;
use crate::flows::actor::Actor;
use crate::flows::scopes::{self, Listed, ScopeChange};
use crate::oauth::registered_scope::RegisteredScope;
use crate::words;

#[derive(Subcommand)]
pub(super) enum ScopeCommand {
    /// Register a scope of your API
    Add {
        /// The scope, as applications ask for it
        name: String,
        /// What it lets its holder do, for instance `list your files`; `de=TEXT` says it in one language; may be repeated
        #[arg(long = "description", value_name = "[LANG=]TEXT", required = true, value_parser = described)]
        descriptions: Vec<Described>,
        /// Applications that nobody registered may ask for it, too
        #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        for_anybody: Option<bool>,
    },
    /// Change what is said of a scope, and nothing else; languages that are not named stay
    Update {
        /// The scope
        name: String,
        /// What it lets its holder do; `de=TEXT` says it in one language, `de=` no more; may be repeated
        #[arg(long = "description", value_name = "[LANG=]TEXT", required_unless_present = "for_anybody", value_parser = described)]
        descriptions: Vec<Described>,
        /// Applications that nobody registered may ask for it, too; `=false`: not any more
        #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        for_anybody: Option<bool>,
    },
    /// List the scopes of your API, and who has them
    List,
    /// Remove a scope and take it from every client; tokens and keys that have it keep it until they end
    Remove {
        /// The scope
        name: String,
    },
}

/// A text, for all or for one language.
#[derive(Clone)]
pub(super) struct Described {
    language: Option<String>,
    text: String,
}

fn described(text: &str) -> Result<Described, String> {
    let is_tag = |tag: &str| (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_lowercase());
    match text.split_once('=').filter(|(tag, _)| is_tag(tag)) {
        None => Ok(Described { language: None, text: text.to_owned() }),
        Some((tag, text)) if words::languages().any(|known| known == tag) => {
            Ok(Described { language: Some(tag.to_owned()), text: text.to_owned() })
        }
        Some((tag, _)) => {
            let all = words::languages().collect::<Vec<_>>().join(", ");
            Err(format!("no page is in the language {tag}: choose of {all}"))
        }
    }
}

fn together(all: Vec<Described>, for_anybody: Option<bool>) -> ScopeChange {
    let mut said = ScopeChange { for_anybody, ..ScopeChange::default() };
    for Described { language, text } in all {
        match language {
            None => said.description = Some(text),
            Some(language) => drop(said.translations.insert(language, text)),
        }
    }
    said
}

pub(super) async fn run(command: ScopeCommand, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let node = open(settings).await?;
    match command {
        ScopeCommand::Add { name, descriptions, for_anybody } => {
            let said = together(descriptions, for_anybody);
            let made = scopes::add(&node, Actor::Operator, &name, said).await??;
            let text = format!(
                "Registered the scope {name}: people may give it to their keys.\nLet a client ask for it by \
                 `portcullis client update ID --scope …`, which names all that it may ask for."
            );
            output.result(&object(&made), &text)
        }
        ScopeCommand::Update { name, descriptions, for_anybody } => {
            let said = together(descriptions, for_anybody);
            let made = scopes::update(&node, Actor::Operator, &name, said).await??;
            output.result(&object(&made), &format!("Updated the scope {name}."))
        }
        ScopeCommand::List => list(&node, output).await,
        ScopeCommand::Remove { name } => {
            let clients = scopes::remove(&node, Actor::Operator, &name).await??;
            let text = match clients.as_slice() {
                [] => format!("Removed the scope {name}; no client had it."),
                ids => format!("Removed the scope {name}, and took it from the clients {}.", ids.join(", ")),
            };
            output.result(&json!({ "name": name, "removed": true, "clients": clients }), &text)
        }
    }
}

async fn list(node: &Node, output: &Output) -> Result<(), Failure> {
    let mut all = Vec::new();
    for listed in scopes::list(node).await? {
        let clients = scopes::clients_with(node, &listed.scope.name, usize::MAX).await?;
        all.push((listed, clients));
    }
    let object = json!({ "scopes": all.iter().map(member).collect::<Vec<_>>() });
    if all.is_empty() {
        let next =
            "No scopes but the built-in ones: `portcullis scope add NAME --description TEXT` registers one.";
        return output.result(&object, next);
    }
    let mut rows =
        vec![["NAME", "DESCRIPTION", "LANGUAGES", "ANYBODY", "CLIENTS", "KEYS"].map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|(listed, clients)| {
        let languages: Vec<&str> = listed.scope.translations.keys().map(String::as_str).collect();
        vec![
            listed.scope.name.clone(),
            listed.scope.description.clone(),
            if languages.is_empty() { "-".to_owned() } else { languages.join(",") },
            if listed.scope.for_anybody { "yes" } else { "-" }.to_owned(),
            if clients.is_empty() { "-".to_owned() } else { clients.join(",") },
            listed.keys.to_string(),
        ]
    }));
    output.result(&object, &columns(&rows))
}

fn object(scope: &RegisteredScope) -> Value {
    json!({
        "name": scope.name,
        "description": scope.description,
        "descriptions": scope.translations,
        "for_anybody": scope.for_anybody,
    })
}

fn member((listed, clients): &(Listed, Vec<String>)) -> Value {
    let scope = &listed.scope;
    json!({
        "name": scope.name,
        "description": scope.description,
        "descriptions": scope.translations,
        "for_anybody": scope.for_anybody,
        "declared": listed.declared,
        "created_at": listed.registered.then(|| scope.created_at.rfc3339()),
        "clients": clients,
        "keys": listed.keys,
    })
}
