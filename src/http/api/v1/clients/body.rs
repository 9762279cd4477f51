//! What may be said of a client at `/api/v1/clients`: RFC 6749 §2 by our names, the rest by those of RFC 7591 §2 and its
//! extensions.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{fits_a_path, scope};
use crate::flows::clients::ClientChange;
use crate::http::extract::json;
use crate::http::failure::Failure;
use crate::oauth::client::{AuthMethod, ClientKind, GrantType};
use crate::oauth::scope::Scope;

/// What may be said of a client that is registered and of one that is changed, once; beside it what may be said of one only.
/// (serde cannot refuse unknown members of a flattened struct.)
macro_rules! of_a_client {
    ($(#[$about:meta])* $body:ident { $($(#[$doc:meta])* $own:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $body {
            $($(#[$doc])* $own: $type,)+
            /// Whether it can keep no secret; by default only a new one with the method `none`. A change ends every grant, and makes or removes the secret.
            public: Option<bool>,
            /// Where answers may be sent.
            redirect_uris: Option<Vec<String>>,
            /// The grants it may use, by their RFC names, `device_code` or `token_exchange`.
            grants: Option<Vec<String>>,
            /// What it may ask for.
            scopes: Option<Vec<String>>,
            /// What it gets if it asks for nothing; none: what follows from its scopes.
            default_scopes: Option<Vec<String>>,
            /// The one way it must authenticate in; by default `private_key_jwt` for a new one with `jwks` or `jwks_uri`, else any with a secret.
            auth_method: Option<String>,
            /// Whether it must use PKCE; only a confidential one may do without.
            require_pkce: Option<bool>,
            /// Whether it may introspect tokens meant for its resources.
            resource_server: Option<bool>,
            /// The resource URIs it answers for.
            resources: Option<Vec<String>>,
            /// What its API is, in one line that people read when they are asked; of a resource server.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            resource_description: Option<Value>,
            /// Requests an hour of its tokens for each user; 0: as many as every client.
            rate_limit: Option<u32>,
            /// Its public keys, a JWK Set; not beside `jwks_uri`.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<Object>)]
            jwks: Option<Value>,
            /// Where its public keys are.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            jwks_uri: Option<Value>,
            /// The algorithm of its ID tokens: RS256 without one, ES256 with `fapi`.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            id_token_signed_response_alg: Option<Value>,
            /// The algorithm of its userinfo answers; without one they are plain JSON.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            userinfo_signed_response_alg: Option<Value>,
            /// The algorithm of its introspection answers as a JWT (RFC 9701).
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            introspection_signed_response_alg: Option<Value>,
            /// The algorithm of its request objects (RFC 9101); without one any that is supported.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            request_object_signing_alg: Option<Value>,
            /// Whether every authorization request must be a request object (RFC 9101).
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<bool>)]
            require_signed_request_object: Option<Value>,
            /// Whether every authorization request must be pushed (RFC 9126).
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<bool>)]
            require_pushed_authorization_requests: Option<Value>,
            /// The response modes it uses, `query` or `form_post`; none: any that is supported.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<Vec<String>>)]
            response_modes: Option<Value>,
            /// Whether its access tokens must be bound to a key (RFC 9449).
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<bool>)]
            dpop_bound_access_tokens: Option<Value>,
            /// Whether it is held to the FAPI 2.0 security profile.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<bool>)]
            fapi: Option<Value>,
            /// What it knows people by: `public` or `pairwise` (OpenID Connect Core §8); `public` without one.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            subject_type: Option<Value>,
            /// The list of redirect URIs that share its pairwise subjects (OpenID Connect Core §8.1).
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            sector_identifier_uri: Option<Value>,
            /// Seconds after which a person signs in again for it.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<i64>)]
            default_max_age: Option<Value>,
            /// Where a browser may be sent after it signed out (OpenID Connect RP-Initiated Logout).
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<Vec<String>>)]
            post_logout_redirect_uris: Option<Value>,
            /// Where it is told that a session ended (OpenID Connect Back-Channel Logout).
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            backchannel_logout_uri: Option<Value>,
            /// Whether it needs the `sid` then.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<bool>)]
            backchannel_logout_session_required: Option<Value>,
            /// Its home page.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            client_uri: Option<Value>,
            /// Its picture.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            logo_uri: Option<Value>,
            /// Its terms of service.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            tos_uri: Option<Value>,
            /// What it does with data.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<String>)]
            policy_uri: Option<Value>,
            /// Who answers for it.
            #[serde(default, deserialize_with = "json::given")]
            #[schema(value_type = Option<Vec<String>>)]
            contacts: Option<Value>,
        }

        impl $body {
            /// What is said by the names of RFC 7591 and its extensions; null and what is empty take a member away.
            fn members(&self) -> Map<String, Value> {
                let all = [
                    ("jwks", &self.jwks),
                    ("jwks_uri", &self.jwks_uri),
                    ("id_token_signed_response_alg", &self.id_token_signed_response_alg),
                    ("userinfo_signed_response_alg", &self.userinfo_signed_response_alg),
                    ("introspection_signed_response_alg", &self.introspection_signed_response_alg),
                    ("request_object_signing_alg", &self.request_object_signing_alg),
                    ("require_signed_request_object", &self.require_signed_request_object),
                    ("require_pushed_authorization_requests", &self.require_pushed_authorization_requests),
                    ("response_modes", &self.response_modes),
                    ("dpop_bound_access_tokens", &self.dpop_bound_access_tokens),
                    ("fapi", &self.fapi),
                    ("subject_type", &self.subject_type),
                    ("sector_identifier_uri", &self.sector_identifier_uri),
                    ("default_max_age", &self.default_max_age),
                    ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
                    ("backchannel_logout_uri", &self.backchannel_logout_uri),
                    ("backchannel_logout_session_required", &self.backchannel_logout_session_required),
                    ("client_uri", &self.client_uri),
                    ("logo_uri", &self.logo_uri),
                    ("tos_uri", &self.tos_uri),
                    ("policy_uri", &self.policy_uri),
                    ("contacts", &self.contacts),
                    ("resource_description", &self.resource_description),
                ];
                let said = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
                said.collect()
            }

            /// All but the name, and whether it is switched off.
            fn said(&self) -> Result<ClientChange, Failure> {
                let kind = |public| if public { ClientKind::Public } else { ClientKind::Confidential };
                Ok(ClientChange {
                    name: None,
                    disabled: None,
                    kind: self.public.map(kind),
                    redirect_uris: self.redirect_uris.clone(),
                    grants: self.grants.as_deref().map(grants).transpose()?,
                    scope: self.scopes.as_deref().map(scope).transpose()?,
                    auth_method: self.auth_method.as_deref().map(auth_method).transpose()?.map(Some),
                    require_pkce: self.require_pkce,
                    resource_server: self.resource_server,
                    resources: self.resources.clone(),
                    rate_limit: self.rate_limit.map(|limit| Some(limit).filter(|limit| *limit > 0)),
                    seen: None,
                    metadata: None,
                    members: self.members(),
                    default_scope: self.default_scopes.as_deref().map(default_scope).transpose()?,
                })
            }
        }
    };
}

of_a_client! {
    /// A client to be registered. What is left out gets its default.
    NewClient {
        /// Its id: letters, digits, `.`, `_`, `~` and `-`; without one a random one is made.
        client_id: Option<String>,
        /// The name people see.
        name: String,
    }
}

of_a_client! {
    /// What can be changed of a client. What is left out stays.
    ChangedClient {
        /// The name people see.
        name: Option<String>,
        /// Whether it is switched off: refused everywhere. Switching it off ends every grant.
        disabled: Option<bool>,
    }
}

impl ChangedClient {
    /// What is to be done.
    ///
    /// # Errors
    /// 400.
    pub(super) fn read(self) -> Result<ClientChange, Failure> {
        let said = self.said()?;
        Ok(ClientChange { name: self.name, disabled: self.disabled, ..said })
    }
}

impl NewClient {
    /// What is to be done.
    ///
    /// # Errors
    /// 400.
    pub(super) fn read(self) -> Result<(Option<String>, ClientChange), Failure> {
        if self.client_id.as_deref().is_some_and(|id| !fits_a_path(id)) {
            return Err(Failure::invalid_request(
                "client_id must be 1 to 128 letters, digits, '.', '_', '~' and '-', and not dots alone",
            ));
        }
        let said = self.said()?;
        Ok((self.client_id, ClientChange { name: Some(self.name), ..said }))
    }
}

fn grants(names: &[String]) -> Result<Vec<GrantType>, Failure> {
    let all: Option<Vec<GrantType>> = names.iter().map(|name| GrantType::named(name)).collect();
    all.ok_or_else(|| Failure::invalid_request("A grant is not known here"))
}

/// None: what every client gets.
fn default_scope(tokens: &[String]) -> Result<Option<Scope>, Failure> {
    Ok(Some(scope(tokens)?).filter(|scope| !scope.is_empty()))
}

fn auth_method(name: &str) -> Result<AuthMethod, Failure> {
    AuthMethod::parse(name).ok_or_else(|| Failure::invalid_request("auth_method is not known here"))
}
