//! A client that registers itself: which metadata makes a client (RFC 7591 §2, §3.1), what is told of it (§3.2.1), and what a
//! change of it may say (RFC 7592 §2.2).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::client::{AuthMethod, Client, GrantType};
use super::client_id_metadata_document::{default_scope, grants, scope_of};
use super::client_metadata::ClientMetadata;
use super::error::{ErrorCode, OAuthError};
use super::redirect_uri;
use super::subject::SubjectType;
use crate::clock::UnixTime;

/// Largest request, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;
/// Most URIs in one list, and the longest of them, in bytes.
const MAX_URIS: usize = 20;
const MAX_URI_BYTES: usize = 500;
/// Most ways to reach whoever answers for it, and the longest text of no other limit, in bytes.
const MAX_CONTACTS: usize = 10;
const MAX_TEXT_BYTES: usize = 200;
/// What the answer to a registration says, and no change of it may (RFC 7592 §2.2).
const OURS: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];
/// What of the stored metadata is an operator's to say, or our own mark: a client is not told, and says none of it.
const UNTOLD: [&str; 4] = ["from_document", "registered_itself", "fapi", "response_modes"];

/// What of a request is read: a closed list. The rest is not understood, and ignored (§2), a software statement too (§3.1.1).
/// `null` is as good as nothing (RFC 7592 §2.2).
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Described {
    redirect_uris: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    client_name: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    scope: Option<String>,
    contacts: Option<Vec<String>>,
    tos_uri: Option<String>,
    policy_uri: Option<String>,
    jwks_uri: Option<String>,
    jwks: Option<Value>,
    software_id: Option<String>,
    software_version: Option<String>,
    id_token_signed_response_alg: Option<String>,
    userinfo_signed_response_alg: Option<String>,
    introspection_signed_response_alg: Option<String>,
    request_object_signing_alg: Option<String>,
    require_signed_request_object: Option<bool>,
    require_pushed_authorization_requests: Option<bool>,
    dpop_bound_access_tokens: Option<bool>,
    subject_type: Option<String>,
    sector_identifier_uri: Option<String>,
    default_max_age: Option<i64>,
    post_logout_redirect_uris: Option<Vec<String>>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: Option<bool>,
}

/// A client that says too much, too little or something wrong (§3.2.2).
pub fn invalid(reason: impl Into<String>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, reason.into())
}

/// The client that `request` describes, under the id `client_id`, as far as strangers may be what they wish: grants that people
/// allow one by one, scopes that do not administer (of the operator's those of `for_anybody`), PKCE always.
///
/// # Errors
/// `invalid_redirect_uri` or `invalid_client_metadata`, with a sentence that says what to change.
pub fn read(
    request: &Map<String, Value>,
    client_id: &str,
    for_anybody: &[String],
    now: UnixTime,
) -> Result<Client, OAuthError> {
    let said: Described = serde_json::from_value(Value::Object(request.clone()))
        .map_err(|_| invalid("a member has not the type of RFC 7591"))?;
    let auth_method = auth_method(said.token_endpoint_auth_method.as_deref())?;
    let grants = grants(said.grant_types.as_deref());
    if grants.is_empty() {
        return Err(invalid(
            "grant_types: authorization_code, refresh_token and urn:ietf:params:oauth:grant-type:device_code \
             are what a client may register itself for",
        ));
    }
    let has_code = said.response_types.as_ref().is_none_or(|types| types.iter().any(|one| one == "code"));
    if grants.contains(&GrantType::AuthorizationCode) && !has_code {
        return Err(invalid("the grant type authorization_code needs the response type code"));
    }
    let redirect_uris = said.redirect_uris.clone().unwrap_or_default();
    check_redirects(&redirect_uris, grants.contains(&GrantType::AuthorizationCode))?;
    let scope = scope_of(said.scope.as_deref(), for_anybody);
    if scope.is_empty() {
        return Err(invalid("scope: a client cannot register itself for any of this"));
    }
    let client = Client {
        name: said.client_name.clone().unwrap_or_else(|| name(&redirect_uris, client_id)),
        redirect_uris,
        grants,
        default_scope: default_scope(&scope),
        scope,
        auth_method: Some(auth_method),
        metadata: metadata(said)?,
        ..Client::new(client_id.to_owned(), auth_method.kind(), now)
    };
    client.validate().map_err(invalid)?;
    // Its redirect URIs say which sector it is of (OpenID Connect Core §8.1), and a device is sent to none of them: it would learn
    // what another client calls people.
    if SubjectType::of(&client) == SubjectType::Pairwise && client.allows(GrantType::DeviceCode) {
        return Err(invalid("subject_type: a client that registers itself for devices has public subjects"));
    }
    Ok(client)
}

/// Without one it is Basic (§2).
fn auth_method(named: Option<&str>) -> Result<AuthMethod, OAuthError> {
    let Some(name) = named else { return Ok(AuthMethod::ClientSecretBasic) };
    AuthMethod::parse(name).ok_or_else(|| {
        invalid(
            "token_endpoint_auth_method: choose none, client_secret_basic, client_secret_post or private_key_jwt",
        )
    })
}

fn check_redirects(uris: &[String], are_needed: bool) -> Result<(), OAuthError> {
    let refuse = |reason: String| Err(OAuthError::new(ErrorCode::InvalidRedirectUri, reason));
    if uris.is_empty() && are_needed {
        return refuse("redirect_uris: the grant type authorization_code needs one".to_owned());
    }
    if let Err(reason) = check_list("redirect_uris", uris) {
        return refuse(reason);
    }
    for (at, uri) in uris.iter().enumerate() {
        if let Err(reason) = redirect_uri::validate_for_registration(uri) {
            return refuse(format!("redirect_uris, number {}: {reason}", at + 1));
        }
    }
    Ok(())
}

fn check_list(name: &str, uris: &[String]) -> Result<(), String> {
    if uris.len() > MAX_URIS || uris.iter().any(|uri| uri.len() > MAX_URI_BYTES) {
        return Err(format!("{name}: at most {MAX_URIS}, of {MAX_URI_BYTES} bytes each"));
    }
    Ok(())
}

/// What people see of a client without a name: where it sends them back to.
fn name(redirect_uris: &[String], client_id: &str) -> String {
    let is_web = |url: &Url| matches!(url.scheme(), "https" | "http");
    let host = |uri: &String| Url::parse(uri).ok().filter(is_web)?.host_str().map(str::to_owned);
    redirect_uris.iter().find_map(host).unwrap_or_else(|| client_id.to_owned())
}

fn metadata(said: Described) -> Result<ClientMetadata, OAuthError> {
    let contacts = said.contacts.unwrap_or_default();
    let texts = [&said.software_id, &said.software_version];
    let is_long = |text: &String| text.len() > MAX_TEXT_BYTES;
    if contacts.len() > MAX_CONTACTS || contacts.iter().chain(texts.into_iter().flatten()).any(is_long) {
        return Err(invalid(format!(
            "contacts, software_id, software_version: at most {MAX_CONTACTS} contacts, and {MAX_TEXT_BYTES} bytes each"
        )));
    }
    let post_logout_redirect_uris = said.post_logout_redirect_uris.unwrap_or_default();
    check_list("post_logout_redirect_uris", &post_logout_redirect_uris).map_err(invalid)?;
    let named = [
        &said.client_uri,
        &said.logo_uri,
        &said.tos_uri,
        &said.policy_uri,
        &said.jwks_uri,
        &said.sector_identifier_uri,
        &said.backchannel_logout_uri,
    ];
    if named.into_iter().flatten().any(|uri| uri.len() > MAX_URI_BYTES) {
        return Err(invalid(format!("a URI has at most {MAX_URI_BYTES} bytes")));
    }
    Ok(ClientMetadata {
        jwks: said.jwks,
        jwks_uri: said.jwks_uri,
        id_token_signed_response_alg: said.id_token_signed_response_alg,
        userinfo_signed_response_alg: said.userinfo_signed_response_alg,
        introspection_signed_response_alg: said.introspection_signed_response_alg,
        request_object_signing_alg: said.request_object_signing_alg,
        require_signed_request_object: said.require_signed_request_object.unwrap_or_default(),
        require_pushed_authorization_requests: said.require_pushed_authorization_requests.unwrap_or_default(),
        dpop_bound_access_tokens: said.dpop_bound_access_tokens.unwrap_or_default(),
        subject_type: said.subject_type,
        sector_identifier_uri: said.sector_identifier_uri,
        default_max_age: said.default_max_age,
        post_logout_redirect_uris,
        backchannel_logout_uri: said.backchannel_logout_uri,
        backchannel_logout_session_required: said.backchannel_logout_session_required.unwrap_or_default(),
        client_uri: said.client_uri,
        logo_uri: said.logo_uri,
        tos_uri: said.tos_uri,
        policy_uri: said.policy_uri,
        contacts,
        software_id: said.software_id,
        software_version: said.software_version,
        registered_itself: true,
        ..ClientMetadata::default()
    })
}

/// Whether `request` may replace what `client_id` registered (RFC 7592 §2.2): it names the client, and nothing that is ours to
/// say.
///
/// # Errors
/// `invalid_client_metadata`.
pub fn check_update(request: &Map<String, Value>, client_id: &str) -> Result<(), OAuthError> {
    if request.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return Err(invalid("client_id must be there, and be the client's own"));
    }
    if let Some(name) = OURS.into_iter().find(|name| request.contains_key(*name)) {
        return Err(invalid(format!("{name} is not the client's to say: leave it out")));
    }
    Ok(())
}

/// Everything that is registered of `client`, what was filled in here too (§3.2.1), but for its secret and tokens.
pub fn told(client: &Client) -> Map<String, Value> {
    let mut all = match serde_json::to_value(&client.metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    for name in UNTOLD {
        all.remove(name);
    }
    let grants: Vec<&str> = client.grants.iter().map(|grant| grant.as_str()).collect();
    let response_types: &[&str] = if client.allows(GrantType::AuthorizationCode) { &["code"] } else { &[] };
    let method = client.auth_method.unwrap_or(AuthMethod::ClientSecretBasic);
    for (name, value) in [
        ("client_id", json!(client.client_id)),
        ("client_id_issued_at", json!(client.created_at.seconds())),
        ("client_name", json!(client.name)),
        ("redirect_uris", json!(client.redirect_uris)),
        ("token_endpoint_auth_method", json!(method.as_str())),
        ("grant_types", json!(grants)),
        ("response_types", json!(response_types)),
        ("scope", json!(client.scope.to_string())),
        ("id_token_signed_response_alg", json!(client.metadata.id_token_algorithm())),
    ] {
        all.insert(name.to_owned(), value);
    }
    if client.has_secret() {
        // It does not end (§3.2.1).
        all.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    all
}

#[cfg(test)]
#[path = "client_registration_tests.rs"]
mod tests;
