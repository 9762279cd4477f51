//! What a file declares, as it is written down (docs/apply.md): what may stand in it. The plan judges what it says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::at;

/// A whole file. What it does not name is left as it is.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Declaration {
    /// Administrators by user name.
    pub administrators: BTreeMap<String, Administrator>,
    /// Scopes of the operator's API by name.
    pub scopes: BTreeMap<String, DeclaredScope>,
    /// Clients by client id.
    pub clients: BTreeMap<String, DeclaredClient>,
    /// Clients that only introspect tokens, by client id.
    pub resource_servers: BTreeMap<String, ResourceServer>,
    /// Projects by name.
    pub projects: BTreeMap<String, DeclaredProject>,
}

impl Declaration {
    /// Where the secrets are of all that is to be there, each with its place in the file.
    pub fn secrets(&self) -> impl Iterator<Item = (String, Result<Option<Reference<'_>>, String>)> {
        let accounts = self.administrators.iter().filter(|(_, said)| !said.delete).map(|(name, said)| {
            (at("administrators", name), Reference::of("password", &said.password_file, &said.password_env))
        });
        let clients = self.clients.iter().filter(|(_, said)| !said.delete).map(|(id, said)| {
            (at("clients", id), Reference::of("secret", &said.secret_file, &said.secret_env))
        });
        let servers = self.resource_servers.iter().filter(|(_, said)| !said.delete).map(|(id, said)| {
            (at("resource_servers", id), Reference::of("secret", &said.secret_file, &said.secret_env))
        });
        accounts.chain(clients).chain(servers)
    }
}

/// Where a secret is that does not stand in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reference<'a> {
    /// In a file, named from the folder of the declaration.
    File(&'a str),
    /// In a variable of the environment.
    Variable(&'a str),
}

impl<'a> Reference<'a> {
    /// The one of two that is given; of a member `what` of the file.
    ///
    /// # Errors
    /// Both are.
    pub fn of(
        what: &str,
        file: &'a Option<String>,
        variable: &'a Option<String>,
    ) -> Result<Option<Self>, String> {
        match (file, variable) {
            (Some(_), Some(_)) => Err(format!("give {what}_file or {what}_env, not both")),
            (Some(file), None) => Ok(Some(Self::File(file))),
            (None, Some(variable)) => Ok(Some(Self::Variable(variable))),
            (None, None) => Ok(None),
        }
    }

    /// In words that hold no secret.
    pub fn words(self) -> String {
        match self {
            Self::File(path) => format!("what is in the file {path}"),
            Self::Variable(name) => format!("what is in the variable {name}"),
        }
    }
}

/// A person who administers this server.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Administrator {
    /// The e-mail address of an account that is to be made; of one that exists, proof that it is the one meant.
    pub email: Option<String>,
    /// Where the password of an account that is to be made is; without one a link is handed out.
    pub password_file: Option<String>,
    /// The same in the environment.
    pub password_env: Option<String>,
    /// No administrator any more; the account stays.
    pub delete: bool,
}

/// A scope (RFC 6749 §3.3), and what people read of it.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeclaredScope {
    /// What everybody reads in whose language it is not said; a new one needs it.
    pub description: Option<String>,
    /// The same by language; an empty text takes one away.
    pub descriptions: BTreeMap<String, String>,
    /// Whether applications that nobody registered may ask for it, too.
    pub for_anybody: Option<bool>,
    /// It is removed, and taken from every client.
    pub delete: bool,
}

/// A client (RFC 6749 §2). What is not said is left as it is, or is a new client's default.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeclaredClient {
    /// The name people see; its id, unless it is said.
    pub name: Option<String>,
    /// Whether it cannot keep a secret.
    pub public: Option<bool>,
    /// Where answers may be sent.
    pub redirect_uris: Option<Vec<String>>,
    /// The grants it may use.
    pub grants: Option<Vec<String>>,
    /// What it may ask for, separated by spaces.
    pub scope: Option<String>,
    /// What it gets if it asks for nothing, part of `scope`; empty: what every client gets.
    pub default_scope: Option<String>,
    /// How it must authenticate; empty: by either method with a secret.
    pub auth_method: Option<String>,
    /// Whether PKCE is required of a confidential client.
    pub require_pkce: Option<bool>,
    /// Whether it may introspect tokens meant for its resources.
    pub resource_server: Option<bool>,
    /// The resource URIs it answers for.
    pub resources: Option<Vec<String>>,
    /// Requests an hour of its tokens for each of its users; 0: as many as all OAuth tokens.
    pub rate_limit: Option<u32>,
    /// Whether it is refused everywhere.
    pub disabled: Option<bool>,
    /// Where its secret is; without one a new client's is made, and shown once.
    pub secret_file: Option<String>,
    /// The same in the environment.
    pub secret_env: Option<String>,
    /// What it is registered with beyond RFC 6749.
    pub metadata: DeclaredMetadata,
    /// It is removed, with everything issued to it.
    pub delete: bool,
}

/// A client that has no grant and introspects tokens meant for its resources.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceServer {
    /// The name people see; its id, unless it is said.
    pub name: Option<String>,
    /// The resource URIs it answers for.
    pub resources: Option<Vec<String>>,
    /// What its API is, as people who are asked read it; empty: nothing.
    pub description: Option<String>,
    /// Whether it is refused everywhere.
    pub disabled: Option<bool>,
    /// Where its secret is; without one a new client's is made, and shown once.
    pub secret_file: Option<String>,
    /// The same in the environment.
    pub secret_env: Option<String>,
    /// It is removed, with everything issued to it.
    pub delete: bool,
}

impl From<&ResourceServer> for DeclaredClient {
    fn from(said: &ResourceServer) -> Self {
        Self {
            name: said.name.clone(),
            public: Some(false),
            grants: Some(Vec::new()),
            resource_server: Some(true),
            resources: said.resources.clone(),
            disabled: said.disabled,
            secret_file: said.secret_file.clone(),
            secret_env: said.secret_env.clone(),
            metadata: DeclaredMetadata {
                resource_description: said.description.clone(),
                ..DeclaredMetadata::default()
            },
            delete: said.delete,
            ..Self::default()
        }
    }
}

/// A project and who is in it. Members it does not name stay what they are.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeclaredProject {
    /// Whether anybody may see that it exists.
    pub public: Option<bool>,
    /// User names or e-mail addresses; a new project needs one.
    pub owners: Vec<String>,
    /// The same of those who manage its keys.
    pub editors: Vec<String>,
    /// The same of those who look.
    pub viewers: Vec<String>,
    /// The same of those who are no members any more.
    pub remove: Vec<String>,
    /// It is removed, with its keys.
    pub delete: bool,
}

/// Client metadata (RFC 7591 §2 and its extensions) by the registered names. An empty text or list takes a member away.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is documented where it is kept, in ClientMetadata")]
pub struct DeclaredMetadata {
    pub jwks: Option<Value>,
    pub jwks_uri: Option<String>,
    pub id_token_signed_response_alg: Option<String>,
    pub userinfo_signed_response_alg: Option<String>,
    pub introspection_signed_response_alg: Option<String>,
    pub request_object_signing_alg: Option<String>,
    pub require_signed_request_object: Option<bool>,
    pub response_modes: Option<Vec<String>>,
    pub require_pushed_authorization_requests: Option<bool>,
    pub dpop_bound_access_tokens: Option<bool>,
    pub fapi: Option<bool>,
    pub subject_type: Option<String>,
    pub sector_identifier_uri: Option<String>,
    pub default_max_age: Option<i64>,
    pub post_logout_redirect_uris: Option<Vec<String>>,
    pub backchannel_logout_uri: Option<String>,
    pub backchannel_logout_session_required: Option<bool>,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub contacts: Option<Vec<String>>,
    pub resource_description: Option<String>,
}
