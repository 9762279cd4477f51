//! A client that describes itself at the URL that is its id (draft-ietf-oauth-client-id-metadata-document-02; MCP
//! authorization 2025-11-25): which URL may be an id, and which document makes a client.

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::client::{AuthMethod, Client, GrantType, MAX_CLIENT_URL_BYTES};
use super::client_metadata::ClientMetadata;
use super::redirect_uri;
use super::scope::{self, Scope};
use super::subject::{SubjectType, sector_identifier};
use crate::clock::UnixTime;

/// Largest document, in bytes (§8.7).
pub const MAX_BYTES: usize = 5 * 1024;
/// The grants a stranger may have: a person allows each of them.
const GRANTS: [GrantType; 3] = [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode];
/// What only a shared secret is for: a document that the world can read has none (§4.1).
const SECRETS: [&str; 2] = ["client_secret", "client_secret_expires_at"];

/// What of a document is read; the rest is not for us.
#[derive(Deserialize)]
struct Document {
    client_id: String,
    /// MCP authorization 2025-11-25 demands it.
    client_name: Option<String>,
    redirect_uris: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    scope: Option<String>,
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    client_uri: Option<String>,
    tos_uri: Option<String>,
    policy_uri: Option<String>,
    id_token_signed_response_alg: Option<String>,
    request_object_signing_alg: Option<String>,
    #[serde(default)]
    require_signed_request_object: bool,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    dpop_bound_access_tokens: bool,
}

/// Whether `client_id` looks like a URL, so that it can be nothing else: ids that we choose never do (§7.1).
pub fn is_url(client_id: &str) -> bool {
    client_id.starts_with("https://") || client_id.starts_with("http://")
}

/// The URL that is `client_id` (§3). It must be written as it is asked for, so that two ways of writing one URL are not two
/// clients. `trying_out`: plain http is good, too (§8.6); the fetcher sees to it that it is this machine.
///
/// # Errors
/// What is wrong with it.
pub fn identifier(client_id: &str, trying_out: bool) -> Result<Url, &'static str> {
    if client_id.len() > MAX_CLIENT_URL_BYTES {
        return Err("it is too long");
    }
    let url = Url::parse(client_id).map_err(|_| "it is no URL")?;
    if url.scheme() != "https" && !(trying_out && url.scheme() == "http") {
        return Err("it is not https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it names a user");
    }
    if url.fragment().is_some() {
        return Err("it has a fragment");
    }
    // This is also what refuses one without a path, and dots in it.
    if url.as_str() != client_id {
        return Err("it is not written in the usual form, or has no path");
    }
    Ok(url)
}

/// The host at which `client` describes itself, for people (§8.5); `None` for one that was registered here.
pub fn host(client: &Client) -> Option<String> {
    let url = identifier(&client.client_id, true).ok().filter(|_| client.metadata.from_document)?;
    url.host_str().map(str::to_owned)
}

/// The client that `bytes`, fetched from the URL `client_id`, describe; of the operator's scopes it may ask for those of
/// `for_anybody`.
///
/// # Errors
/// A sentence that says what to change.
pub fn read(bytes: &[u8], client_id: &str, for_anybody: &[String], now: UnixTime) -> Result<Client, String> {
    let object: Map<String, Value> = serde_json::from_slice(bytes).map_err(|_| "it is no JSON object")?;
    if let Some(secret) = SECRETS.into_iter().find(|name| object.contains_key(*name)) {
        return Err(format!("it has {secret}: a public document holds no secret"));
    }
    let document: Document =
        serde_json::from_value(Value::Object(object)).map_err(|_| "a member has not the type of RFC 7591")?;
    if document.client_id != client_id {
        return Err("its client_id is not the URL it was fetched from".to_owned());
    }
    let name = document.client_name.ok_or("it has no client_name")?;
    let auth_method = match document.token_endpoint_auth_method.as_deref() {
        None | Some("none") => AuthMethod::None,
        Some("private_key_jwt") => AuthMethod::PrivateKeyJwt,
        Some(_) => return Err("token_endpoint_auth_method is none or private_key_jwt".to_owned()),
    };
    if document.response_types.as_ref().is_some_and(|types| !types.iter().any(|one| one == "code")) {
        return Err("response_types has no code".to_owned());
    }
    let grants = grants(document.grant_types.as_deref());
    let uris = document.redirect_uris.unwrap_or_default();
    let redirect_uris: Vec<String> =
        uris.into_iter().filter(|uri| redirect_uri::validate_for_registration(uri).is_ok()).collect();
    if redirect_uris.is_empty() {
        return Err("redirect_uris has none that may be registered".to_owned());
    }
    let scope = scope_of(document.scope.as_deref(), for_anybody);
    let url = identifier(client_id, true)?;
    // Whoever writes a document must not make us ask somebody else, again and again.
    let keys = document.jwks_uri.as_deref().map(Url::parse).transpose();
    if keys.map_err(|_| "jwks_uri is no URL")?.is_some_and(|keys| keys.origin() != url.origin()) {
        return Err("jwks_uri is not at the origin of the document".to_owned());
    }
    let client = Client {
        name,
        redirect_uris,
        grants,
        default_scope: default_scope(&scope),
        scope,
        auth_method: Some(auth_method),
        metadata: ClientMetadata {
            jwks: document.jwks,
            jwks_uri: document.jwks_uri,
            client_uri: document.client_uri,
            tos_uri: document.tos_uri,
            policy_uri: document.policy_uri,
            id_token_signed_response_alg: document.id_token_signed_response_alg,
            request_object_signing_alg: document.request_object_signing_alg,
            require_signed_request_object: document.require_signed_request_object,
            require_pushed_authorization_requests: document.require_pushed_authorization_requests,
            dpop_bound_access_tokens: document.dpop_bound_access_tokens,
            from_document: true,
            ..ClientMetadata::default()
        },
        ..Client::new(client_id.to_owned(), auth_method.kind(), now)
    };
    client.validate()?;
    Ok(client)
}

/// RFC 7591 §2: without `grant_types` it is the code alone.
pub(super) fn grants(named: Option<&[String]>) -> Vec<GrantType> {
    let wanted = |grant: &GrantType| match named {
        None => *grant == GrantType::AuthorizationCode,
        Some(named) => named.iter().any(|name| name == grant.as_str()),
    };
    GRANTS.into_iter().filter(wanted).collect()
}

/// What a stranger may ask people for: never to administer, and of the operator's scopes those that are for anybody.
pub(super) fn scope_of(named: Option<&str>, for_anybody: &[String]) -> Scope {
    let built_in =
        [scope::READ, scope::WRITE, scope::OPENID, scope::PROFILE, scope::EMAIL, scope::OFFLINE_ACCESS];
    let most = built_in.into_iter().chain(for_anybody.iter().map(String::as_str));
    match named {
        None => most.collect(),
        Some(named) => most.filter(|token| named.split(' ').any(|one| one == *token)).collect(),
    }
}

pub(super) fn default_scope(allowed: &Scope) -> Scope {
    [scope::READ, scope::WRITE].into_iter().filter(|token| allowed.contains(token)).collect()
}

/// What people must be asked about again, or what was given must end for, if a document says something else than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing that is kept.
    Nothing,
    /// Something that nobody decided by.
    Details,
    /// What people decided by (§8.4): they are asked again.
    Consent,
    /// How it proves who it is, or by what it knows people: what was issued to it ends, too.
    Identity,
}

/// How much of a change it is from `before` to `after`.
pub fn compare(before: &Client, after: &Client) -> Change {
    // By what it knows people: nobody gets to know the names of another sector by what they were allowed in theirs
    // (OpenID Connect Core §8.1).
    let names = |client: &Client| match SubjectType::of(client) {
        SubjectType::Public => None,
        SubjectType::Pairwise => Some(sector_identifier(client)),
    };
    let keys = |client: &Client| (client.metadata.jwks.clone(), client.metadata.jwks_uri.clone());
    if before.auth_method != after.auth_method
        || before.metadata.jwks_uri != after.metadata.jwks_uri
        || names(before) != names(after)
    {
        Change::Identity
    } else if before.name != after.name
        || before.redirect_uris != after.redirect_uris
        || keys(before) != keys(after)
    {
        Change::Consent
    } else if before == after {
        Change::Nothing
    } else {
        Change::Details
    }
}

#[cfg(test)]
#[path = "client_id_metadata_document_tests.rs"]
mod tests;
