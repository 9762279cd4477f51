//! A client as `/api/v1/clients` answers with it: what it is registered with by the names of RFC 7591 §2 and its extensions.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::oauth::client::{self, AuthMethod, ClientKind};

/// An OAuth client.
#[derive(Serialize, ToSchema)]
pub struct Client {
    /// Names it in OAuth requests.
    client_id: String,
    /// The name people see.
    name: String,
    /// Whether it can keep no secret.
    public: bool,
    /// Where answers may be sent.
    redirect_uris: Vec<String>,
    /// The grants it may use, by their RFC names, `device_code` or `token_exchange`.
    grants: Vec<&'static str>,
    /// What it may ask for.
    scopes: Vec<String>,
    /// What it gets if it asks for nothing.
    default_scopes: Vec<String>,
    /// The one way it must authenticate in; `null`: any way with its secret.
    #[schema(required)]
    auth_method: Option<&'static str>,
    /// Whether it must use PKCE.
    require_pkce: bool,
    /// Whether it may introspect tokens meant for its resources.
    resource_server: bool,
    /// The resource URIs it answers for.
    resources: Vec<String>,
    /// What its API is, in one line that people read when they are asked; of a resource server.
    #[schema(required)]
    resource_description: Option<String>,
    /// Requests an hour of its tokens for each user; `null`: as many as every client.
    #[schema(required)]
    rate_limit: Option<u32>,
    /// Whether it is switched off.
    disabled: bool,
    /// When it was registered.
    #[schema(format = DateTime)]
    created_at: String,
    /// Until when the secret before the last one is good beside it, also when that is over; `null` without an overlap.
    #[schema(required, format = DateTime)]
    previous_secret_until: Option<String>,
    /// Its public keys, a JWK Set; not beside `jwks_uri`.
    #[schema(required, value_type = Option<Object>)]
    jwks: Option<Value>,
    /// Where its public keys are.
    #[schema(required)]
    jwks_uri: Option<String>,
    /// The algorithm of its ID tokens: RS256 without one, ES256 with `fapi`.
    #[schema(required)]
    id_token_signed_response_alg: Option<String>,
    /// The algorithm of its userinfo answers; without one they are plain JSON.
    #[schema(required)]
    userinfo_signed_response_alg: Option<String>,
    /// The algorithm of its introspection answers as a JWT (RFC 9701).
    #[schema(required)]
    introspection_signed_response_alg: Option<String>,
    /// The algorithm of its request objects (RFC 9101); without one any that is supported.
    #[schema(required)]
    request_object_signing_alg: Option<String>,
    /// Whether every authorization request must be a request object (RFC 9101).
    require_signed_request_object: bool,
    /// Whether every authorization request must be pushed (RFC 9126).
    require_pushed_authorization_requests: bool,
    /// The response modes it uses, `query` or `form_post`; none: any that is supported.
    response_modes: Vec<String>,
    /// Whether its access tokens must be bound to a key (RFC 9449).
    dpop_bound_access_tokens: bool,
    /// Whether it is held to the FAPI 2.0 security profile.
    fapi: bool,
    /// What it knows people by: `public` or `pairwise` (OpenID Connect Core §8); `public` without one.
    #[schema(required)]
    subject_type: Option<String>,
    /// The list of redirect URIs that share its pairwise subjects (OpenID Connect Core §8.1).
    #[schema(required)]
    sector_identifier_uri: Option<String>,
    /// Seconds after which a person signs in again for it.
    #[schema(required)]
    default_max_age: Option<i64>,
    /// Where a browser may be sent after it signed out (OpenID Connect RP-Initiated Logout).
    post_logout_redirect_uris: Vec<String>,
    /// Where it is told that a session ended (OpenID Connect Back-Channel Logout).
    #[schema(required)]
    backchannel_logout_uri: Option<String>,
    /// Whether it needs the `sid` then.
    backchannel_logout_session_required: bool,
    /// Its home page.
    #[schema(required)]
    client_uri: Option<String>,
    /// Its picture.
    #[schema(required)]
    logo_uri: Option<String>,
    /// Its terms of service.
    #[schema(required)]
    tos_uri: Option<String>,
    /// What it does with data.
    #[schema(required)]
    policy_uri: Option<String>,
    /// Who answers for it.
    contacts: Vec<String>,
    /// Whether it describes itself at the URL that is its id, and nobody here registered it.
    describes_itself: bool,
    /// Whether it registered itself (RFC 7591), and nobody here has looked at it.
    registered_itself: bool,
    /// Its secret: once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_secret: Option<String>,
}

/// A client as it is answered with.
pub(super) fn show(client: client::Client, secret: Option<String>) -> Client {
    let registered = client.metadata;
    Client {
        public: client.kind == ClientKind::Public,
        client_id: client.client_id,
        name: client.name,
        redirect_uris: client.redirect_uris,
        grants: client.grants.iter().map(|grant| grant.name()).collect(),
        scopes: client.scope.iter().map(str::to_owned).collect(),
        default_scopes: client.default_scope.iter().map(str::to_owned).collect(),
        auth_method: client.auth_method.map(AuthMethod::as_str),
        require_pkce: client.require_pkce,
        resource_server: client.resource_server,
        resources: client.resources,
        resource_description: registered.resource_description,
        rate_limit: client.rate_limit,
        disabled: client.disabled,
        created_at: client.created_at.rfc3339(),
        previous_secret_until: client.previous_secret_until.map(|until| until.rfc3339()),
        jwks: registered.jwks,
        jwks_uri: registered.jwks_uri,
        id_token_signed_response_alg: registered.id_token_signed_response_alg,
        userinfo_signed_response_alg: registered.userinfo_signed_response_alg,
        introspection_signed_response_alg: registered.introspection_signed_response_alg,
        request_object_signing_alg: registered.request_object_signing_alg,
        require_signed_request_object: registered.require_signed_request_object,
        require_pushed_authorization_requests: registered.require_pushed_authorization_requests,
        response_modes: registered.response_modes,
        dpop_bound_access_tokens: registered.dpop_bound_access_tokens,
        fapi: registered.fapi,
        subject_type: registered.subject_type,
        sector_identifier_uri: registered.sector_identifier_uri,
        default_max_age: registered.default_max_age,
        post_logout_redirect_uris: registered.post_logout_redirect_uris,
        backchannel_logout_uri: registered.backchannel_logout_uri,
        backchannel_logout_session_required: registered.backchannel_logout_session_required,
        client_uri: registered.client_uri,
        logo_uri: registered.logo_uri,
        tos_uri: registered.tos_uri,
        policy_uri: registered.policy_uri,
        contacts: registered.contacts,
        describes_itself: registered.from_document,
        registered_itself: registered.registered_itself,
        client_secret: secret,
    }
}
