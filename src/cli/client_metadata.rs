//! Owns the flags of `portcullis client create` and `update` that RFC 7591 and its extensions name (contract §14).

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::oauth::client_metadata::ClientMetadata;

/// What a client is registered with beyond RFC 6749. An empty value removes what was there; lists are replaced.
#[derive(Args)]
pub(super) struct Metadata {
    /// Where a browser may be sent after it signed out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Every authorization request must be pushed (RFC 9126)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_par: Option<bool>,
    /// Every authorization request must be a signed request object (RFC 9101)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_signed_request: Option<bool>,
    /// The algorithm of its request objects: RS256, PS256, ES256 or EdDSA; any of them without it
    #[arg(long, value_name = "ALG")]
    request_object_alg: Option<String>,
    /// A response mode that it uses: query or form_post; may be repeated; any of them without it
    #[arg(long = "response-mode", value_name = "MODE")]
    response_modes: Vec<String>,
    /// Seconds after which a person signs in again for it; empty: no such demand
    #[arg(long, value_name = "SECONDS")]
    default_max_age: Option<String>,
    /// Hold it to the FAPI 2.0 security profile: everything that asks, by one switch
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    fapi: Option<bool>,
    /// Its access tokens must be bound to a key (RFC 9449)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    dpop: Option<bool>,
    /// A file with its public keys, a JWK Set (RFC 7517)
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks: Option<PathBuf>,
    /// Where its public keys are
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// The algorithm of its ID tokens: RS256 (the default), ES256, PS256 or EdDSA
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<String>,
    /// The algorithm of its userinfo answers; without one they are plain JSON
    #[arg(long, value_name = "ALG")]
    userinfo_alg: Option<String>,
    /// The algorithm of its introspection answers, if it asks for a JWT (RFC 9701): RS256 by default
    #[arg(long, value_name = "ALG")]
    introspection_alg: Option<String>,
    /// What it knows people by: public (the default) or pairwise (OpenID Connect Core §8)
    #[arg(long, value_name = "TYPE")]
    subject_type: Option<String>,
    /// The list of redirect URIs that share its pairwise names for people (OpenID Connect Core §8.1)
    #[arg(long, value_name = "URI")]
    sector_identifier_uri: Option<String>,
    /// What its API is, in one line that people read when they are asked; of a resource server
    #[arg(long, value_name = "TEXT")]
    resource_description: Option<String>,
    /// Where it is told that a session ended (OpenID Connect Back-Channel Logout)
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// It needs to be told which session (`sid`)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    backchannel_logout_session: Option<bool>,
}

impl Metadata {
    /// What is said, put over what was there.
    ///
    /// # Errors
    /// The file of keys cannot be read.
    pub(super) fn apply(self, mut current: ClientMetadata) -> Result<ClientMetadata, Failure> {
        if !self.post_logout_redirect_uris.is_empty() {
            let named = self.post_logout_redirect_uris.into_iter().filter(|uri| !uri.is_empty());
            current.post_logout_redirect_uris = named.collect();
        }
        if !self.response_modes.is_empty() {
            current.response_modes =
                self.response_modes.into_iter().filter(|mode| !mode.is_empty()).collect();
        }
        if let Some(age) = self.default_max_age.as_deref() {
            current.default_max_age = seconds(age)?;
        }
        if let Some(path) = self.jwks {
            current.jwks = Some(read_keys(&path)?);
            current.jwks_uri = None;
        }
        if self.jwks_uri.is_some() {
            current.jwks = None;
        }
        replace(&mut current.jwks_uri, self.jwks_uri);
        replace(&mut current.request_object_signing_alg, self.request_object_alg);
        current.require_signed_request_object =
            self.require_signed_request.unwrap_or(current.require_signed_request_object);
        replace(&mut current.id_token_signed_response_alg, self.id_token_alg);
        replace(&mut current.userinfo_signed_response_alg, self.userinfo_alg);
        replace(&mut current.introspection_signed_response_alg, self.introspection_alg);
        replace(&mut current.subject_type, self.subject_type);
        replace(&mut current.sector_identifier_uri, self.sector_identifier_uri);
        replace(&mut current.resource_description, self.resource_description);
        replace(&mut current.backchannel_logout_uri, self.backchannel_logout_uri);
        current.backchannel_logout_session_required =
            self.backchannel_logout_session.unwrap_or(current.backchannel_logout_session_required);
        current.require_pushed_authorization_requests =
            self.require_par.unwrap_or(current.require_pushed_authorization_requests);
        current.fapi = self.fapi.unwrap_or(current.fapi);
        current.dpop_bound_access_tokens = self.dpop.unwrap_or(current.dpop_bound_access_tokens);
        Ok(current)
    }
}

fn seconds(text: &str) -> Result<Option<i64>, Failure> {
    let wrong = |_| Failure(format!("{}: --default-max-age is a number of seconds", text.escape_debug()));
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(wrong) }
}

fn read_keys(path: &std::path::Path) -> Result<serde_json::Value, Failure> {
    let failed = |reason: String| Failure(format!("{}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(format!("this is no JWK Set: {error}")))
}

fn replace(member: &mut Option<String>, said: Option<String>) {
    if let Some(said) = said {
        *member = Some(said).filter(|said| !said.is_empty());
    }
}
