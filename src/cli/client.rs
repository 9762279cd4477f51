//! Owns `portcullis client …`: the registration of OAuth clients (contract §14; RFC 6749 §2).

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client_metadata::Metadata;
use super::key::seconds;
use super::output::{Output, columns};
use super::{Failure, open};
use crate::config::Settings;
use crate::flows::Node;
use crate::flows::actor::Actor;
use crate::flows::client_secret;
use crate::flows::clients::{self, ClientChange};
use crate::oauth::client::{AuthMethod, Client, ClientKind, GrantType};
use crate::oauth::client_metadata::ClientMetadata;
use crate::oauth::scope::Scope;

const NO_SCOPE: &str = "a scope is printable ASCII without quote and backslash (RFC 6749 §3.3)";

#[derive(Subcommand)]
pub(super) enum ClientCommand {
    /// Register a client
    Create {
        /// The name people see
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The client id; without it a random one is made
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        #[command(flatten)]
        description: Box<Description>,
    },
    /// Change what the given flags say, and nothing else
    Update {
        /// The client id
        id: String,
        /// The name people see
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        description: Box<Description>,
    },
    /// Give a confidential client another secret; the old one is dead at once, or at the end of the overlap
    ReplaceSecret {
        /// The client id
        id: String,
        /// How long the old secret goes on working, for instance 7d, 12h or 30m: 7 days at most
        #[arg(long, value_name = "TIME", value_parser = seconds)]
        overlap: Option<i64>,
    },
    /// End the overlap of two secrets now: the old one is dead at once
    EndOldSecret {
        /// The client id
        id: String,
    },
    /// List every client
    List,
    /// Remove a client; everything issued to it ends at once
    Delete {
        /// The client id
        id: String,
    },
}

/// The flags that `create` and `update` share. A switch can be turned off again by `=false`.
#[derive(Args)]
pub(super) struct Description {
    /// Where answers may be sent, compared exactly; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Cannot keep a secret: an app in a browser, on a phone or a desk; also what a new one with `--auth-method none` is
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    public: Option<bool>,
    /// May introspect tokens meant for its resources
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    resource_server: Option<bool>,
    /// A URI that a resource server answers for (RFC 8707); may be repeated
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// authorization_code, refresh_token, client_credentials, device_code or token_exchange; may be repeated
    #[arg(long = "grant", value_name = "GRANT", value_parser = grant)]
    grants: Vec<GrantType>,
    /// What it may ask for; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Scope>,
    /// What it gets if it asks for nothing, part of what it may ask for; may be repeated; empty: what every client gets
    #[arg(long = "default-scope", value_name = "SCOPE", value_parser = default_scope)]
    default_scopes: Vec<Scope>,
    /// Do not require PKCE of this confidential client
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_pkce: Option<bool>,
    /// client_secret_basic, client_secret_post, private_key_jwt or none; without it private_key_jwt for a new one with --jwks or
    /// --jwks-uri, else either of the first two
    #[arg(long, value_name = "METHOD", value_parser = auth_method)]
    auth_method: Option<AuthMethod>,
    /// Requests an hour that its tokens may make for each of its users; 0: as many as all OAuth tokens
    #[arg(long, value_name = "N")]
    rate_limit: Option<u32>,
    /// Refused everywhere, until `--disabled=false`; what it was granted ends
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    disabled: Option<bool>,
    #[command(flatten)]
    metadata: Metadata,
}

impl Description {
    /// What is to change, of a client that has `current`.
    fn change(self, name: Option<String>, current: ClientMetadata) -> Result<ClientChange, Failure> {
        let metadata = self.metadata.apply(current)?;
        let kind = |public| if public { ClientKind::Public } else { ClientKind::Confidential };
        Ok(ClientChange {
            name,
            kind: self.public.map(kind),
            redirect_uris: given(self.redirect_uris),
            grants: given(self.grants),
            scope: given(self.scopes).map(|all| all.iter().flat_map(Scope::iter).collect()),
            default_scope: given(self.default_scopes).map(|all| {
                Some(all.iter().flat_map(Scope::iter).collect()).filter(|all: &Scope| !all.is_empty())
            }),
            auth_method: self.auth_method.map(Some),
            require_pkce: self.no_pkce.map(|no| !no),
            resource_server: self.resource_server,
            resources: given(self.resources),
            rate_limit: self.rate_limit.map(|limit| Some(limit).filter(|limit| *limit > 0)),
            disabled: self.disabled,
            seen: None,
            metadata: Some(metadata),
            members: serde_json::Map::new(),
        })
    }
}

pub(super) async fn run(command: ClientCommand, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let node = open(settings).await?;
    match command {
        ClientCommand::Create { name, id, description } => {
            let change = description.change(Some(name), ClientMetadata::default())?;
            let made = clients::create(&node, Actor::Operator, id.as_deref(), change).await??;
            let object = with_secret(&made, true);
            let text = match &made.secret {
                Some(secret) => format!(
                    "Created the client {}.\nClient secret, shown only now: {}",
                    made.client.client_id,
                    secret.expose()
                ),
                None if made.client.is_public() => {
                    format!("Created the public client {}; it has no secret.", made.client.client_id)
                }
                None => format!(
                    "Created the client {}; it proves who it is by a key of its own, and has no secret.",
                    made.client.client_id
                ),
            };
            output.result(&object, &text)
        }
        ClientCommand::Update { id, name, description } => {
            let current = clients::find(&node, &id).await?.map(|client| client.metadata).unwrap_or_default();
            let change = description.change(name, current)?;
            let changed = clients::update(&node, Actor::Operator, &id, change).await??;
            let object = with_secret(&changed, false);
            let mut text = format!("Updated the client {id}.");
            if let Some(secret) = &changed.secret {
                text.push_str(&format!("\nClient secret, shown only now: {}", secret.expose()));
            }
            output.result(&object, &text)
        }
        ClientCommand::ReplaceSecret { id, overlap } => {
            let made =
                client_secret::replace(&node, Actor::Operator, &id, overlap.unwrap_or_default()).await??;
            let old = match made.client.previous_secret_until {
                Some(until) => format!("The old one works until {}.", until.rfc3339()),
                None => "The old one does not work any more.".to_owned(),
            };
            let secret = made.secret.as_ref().map_or("", |secret| secret.expose());
            let text = format!("{old}\nClient secret, shown only now: {secret}");
            output.result(&with_secret(&made, true), &text)
        }
        ClientCommand::EndOldSecret { id } => {
            client_secret::end_previous(&node, Actor::Operator, &id).await??;
            let text = format!("Only the last secret of the client {id} works now.");
            output.result(&json!({ "client_id": id, "previous_secret_until": null }), &text)
        }
        ClientCommand::List => list(&node, output).await,
        ClientCommand::Delete { id } => {
            clients::delete(&node, Actor::Operator, &id).await??;
            let text = format!("Deleted the client {id}; nothing issued to it works any more.");
            output.result(&json!({ "client_id": id, "deleted": true }), &text)
        }
    }
}

/// `client_secret` is always a member of a new client, `null` for a public one.
fn with_secret(made: &clients::WithSecret, always: bool) -> Value {
    let secret = made.secret.as_ref().map(|secret| secret.expose());
    let mut object = json!({ "client_id": made.client.client_id });
    if let (Some(members), true) = (object.as_object_mut(), always || secret.is_some()) {
        members.insert("client_secret".to_owned(), secret.into());
    }
    object
}

async fn list(node: &Node, output: &Output) -> Result<(), Failure> {
    let all = clients::list(node).await?;
    let object = json!({ "clients": all.iter().map(member).collect::<Vec<_>>() });
    if all.is_empty() {
        return output.result(&object, "No clients yet: `portcullis client create --name NAME …` makes one.");
    }
    let mut rows = vec![["ID", "NAME", "KIND", "GRANTS", "SCOPE"].map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|client| {
        vec![
            client.client_id.clone(),
            client.name.clone(),
            client.kind.as_str().to_owned(),
            grants(client).join(","),
            client.scope.to_string(),
        ]
    }));
    output.result(&object, &columns(&rows))
}

fn member(client: &Client) -> Value {
    json!({
        "client_id": client.client_id,
        "name": client.name,
        "public": client.is_public(),
        "redirect_uris": client.redirect_uris,
        "grants": grants(client),
        "scope": client.scope.to_string(),
        "default_scope": client.default_scope.to_string(),
        "auth_method": client.auth_method.map(AuthMethod::as_str),
        "require_pkce": client.require_pkce,
        "resource_server": client.resource_server,
        "resources": client.resources,
        "rate_limit": client.rate_limit,
        "disabled": client.disabled,
        "previous_secret_until": client.previous_secret_until.map(|until| until.rfc3339()),
        "created_at": client.created_at.rfc3339(),
        "metadata": client.metadata,
    })
}

fn grants(client: &Client) -> Vec<&'static str> {
    client.grants.iter().map(|grant| grant.name()).collect()
}

fn given<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn grant(text: &str) -> Result<GrantType, String> {
    GrantType::named(text)
        .ok_or_else(|| format!("one of: {}", GrantType::ALL.map(GrantType::name).join(", ")))
}

fn auth_method(text: &str) -> Result<AuthMethod, String> {
    AuthMethod::parse(text)
        .ok_or_else(|| format!("one of: {}", AuthMethod::ALL.map(AuthMethod::as_str).join(", ")))
}

pub(super) fn scope(text: &str) -> Result<Scope, String> {
    default_scope(text).and_then(|scope| if scope.is_empty() { Err(NO_SCOPE.to_owned()) } else { Ok(scope) })
}

fn default_scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).map_err(|_| NO_SCOPE.to_owned())
}
