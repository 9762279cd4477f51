//! Token exchange: what may be asked for, what is given for it, and what that dies with (RFC 8693 §2, §3; contract §5).
//!
//! Never more than was given: the scope is within the subject token's and the client's, the end is not after the subject
//! token's, and whoever is named stays the same.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::client::{Client, GrantType};
use super::error::{ErrorCode, OAuthError};
use super::introspection;
use super::parameters::Parameters;
use super::resource_indicator;
use super::scope::{OFFLINE_ACCESS, OPENID, Scope};

/// An access token, as RFC 8693 §3 names it: what is given, and what may be given for it.
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";
/// A JWT: what our access tokens are, too.
pub const JWT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";
/// What an API key begins with, and no JWT does (contract §2).
const API_KEY_PREFIX: &str = "sk_";
/// An API key of ours. RFC 8693 §3 lets a server name types of its own.
pub const API_KEY_TYPE: &str = "urn:portcullis:token-type:api_key";
/// So many tokens may follow upon each other: each says what all before it were.
pub const MAX_CHAIN: usize = 4;

/// What kind of thing is to be exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubjectTokenType {
    /// [`ACCESS_TOKEN_TYPE`] or [`JWT_TYPE`].
    AccessToken,
    /// [`API_KEY_TYPE`], or [`ACCESS_TOKEN_TYPE`] by its form.
    ApiKey,
}

/// RFC 8693 §2.1. Holds a secret: no `Debug`.
pub struct TokenExchangeRequest {
    /// What is to be exchanged.
    pub subject_token: String,
    /// What kind of thing that is.
    pub subject_token_type: SubjectTokenType,
    /// By which of its names the access token is issued.
    pub issued_token_type: &'static str,
    /// Where the new token is to be used.
    pub resource: Option<String>,
    /// The same, by the same name.
    pub audience: Option<String>,
    /// A narrower scope.
    pub scope: Option<String>,
}

impl TokenExchangeRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` for whatever is missing, or asks for what does not exist here (RFC 8693 §2.2.2).
    pub fn parse(parameters: &Parameters) -> Result<Self, OAuthError> {
        let subject_token = parameters.get("subject_token").ok_or_else(|| bad("subject_token is missing"))?;
        let subject_token_type = match parameters.get("subject_token_type") {
            Some(ACCESS_TOKEN_TYPE) if subject_token.starts_with(API_KEY_PREFIX) => SubjectTokenType::ApiKey,
            Some(ACCESS_TOKEN_TYPE | JWT_TYPE) => SubjectTokenType::AccessToken,
            Some(API_KEY_TYPE) => SubjectTokenType::ApiKey,
            Some(_) => {
                return Err(bad(
                    "this subject_token_type is not supported: only access tokens and API keys are exchanged",
                ));
            }
            None => return Err(bad("subject_token_type is missing")),
        };
        // Who acts is the client, by its own authentication: `client_id` of the new token says so.
        if parameters.get("actor_token").is_some() || parameters.get("actor_token_type").is_some() {
            return Err(bad("actor_token is not supported: the client that asks is who acts"));
        }
        let issued_token_type = match parameters.get("requested_token_type") {
            None | Some(ACCESS_TOKEN_TYPE) => ACCESS_TOKEN_TYPE,
            Some(JWT_TYPE) => JWT_TYPE,
            Some(_) => {
                return Err(bad("this requested_token_type is not supported: only access tokens are issued"));
            }
        };
        let owned = |name: &str| parameters.get(name).map(str::to_owned);
        Ok(Self {
            subject_token: subject_token.to_owned(),
            subject_token_type,
            issued_token_type,
            resource: owned("resource"),
            audience: owned("audience"),
            scope: owned("scope"),
        })
    }
}

fn bad(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, text)
}

/// What is said of a subject token that is no good, and of one that is not this client's to exchange: the same (RFC 8693
/// §2.2.2 asks for this code, not for `invalid_grant`).
pub fn refused() -> OAuthError {
    bad("the subject token is unknown, expired or revoked, or not for this client to exchange")
}

/// A subject token that is good, as far as it counts here.
pub struct Subject<'a> {
    /// The client of a token; `None` for a key.
    pub client_id: Option<&'a str>,
    /// For whom it is.
    pub audience: &'a str,
    /// What it allows now.
    pub scope: &'a Scope,
    /// The key that it is bound to (RFC 9449 §6).
    pub jkt: Option<&'a str>,
    /// What it came from by exchange itself.
    pub origin: Option<&'a Origin>,
}

/// What the new token allows, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exchange {
    /// Its scope.
    pub scope: Scope,
    /// Its audience.
    pub audience: String,
}

/// What `client` gets for `subject`; `key` is the thumbprint that the request proves, `known` every registered resource.
///
/// A token may be exchanged by whoever may introspect it: the client it was issued to, and a resource server it is meant for.
/// A key may be by any client with this grant: whoever has a key has all of it anyway.
///
/// # Errors
/// `unauthorized_client` for a public client or one without the grant; `invalid_request` for a subject token that is not its
/// to exchange, or that is bound to another key; `invalid_scope`, `invalid_target` for more than the subject token allows.
pub fn decide(
    client: &Client,
    request: &TokenExchangeRequest,
    subject: &Subject<'_>,
    key: Option<&str>,
    known: &[String],
    default_audience: &str,
) -> Result<Exchange, OAuthError> {
    if client.is_public() || !client.allows(GrantType::TokenExchange) {
        let text = "this client may not exchange tokens";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
    }
    let sees =
        |issued_to: &str| introspection::may_see(client, issued_to, subject.audience, default_audience);
    if subject.client_id.is_some_and(|issued_to| !sees(issued_to)) {
        return Err(refused());
    }
    // RFC 9449 §7: whoever has the token without its key has nothing.
    if subject.jkt.is_some() && subject.jkt != key {
        return Err(bad("the subject token is bound to a key: send a DPoP proof that is signed by that key"));
    }
    if subject.origin.is_some_and(|origin| origin.tokens.len() >= MAX_CHAIN) {
        return Err(bad("the subject token was exchanged too often: exchange what it came from"));
    }
    Ok(Exchange {
        scope: scope(client, request.scope.as_deref(), subject.scope)?,
        audience: target(request, subject.audience, known, default_audience)?,
    })
}

/// Neither an ID token nor a refresh token comes of an exchange: the scopes that ask for those fall out, and are refused when
/// asked for by name.
fn scope(client: &Client, requested: Option<&str>, held: &Scope) -> Result<Scope, OAuthError> {
    let refuse = |text: &'static str| OAuthError::new(ErrorCode::InvalidScope, text);
    let most = held.intersect(&client.scope).without(OPENID).without(OFFLINE_ACCESS);
    let scope = match requested {
        None => most,
        Some(text) => {
            let wanted = Scope::parse(text).map_err(|_| refuse("the scope is malformed"))?;
            if wanted.is_empty() {
                most
            } else if wanted.is_subset_of(&most) {
                wanted
            } else {
                return Err(refuse(
                    "an exchange gives at most what both the subject token and the client may have, without openid \
                     and offline_access",
                ));
            }
        }
    };
    if scope.is_empty() {
        return Err(refuse("the subject token allows nothing that this client may have"));
    }
    Ok(scope)
}

/// The subject token's own audience unless another is asked for. Not this server's for a token that is meant for somebody else:
/// a resource server must not make of what it was sent a token for the account of who sent it.
fn target(
    request: &TokenExchangeRequest,
    own: &str,
    known: &[String],
    default_audience: &str,
) -> Result<String, OAuthError> {
    let refuse = |text: &'static str| OAuthError::new(ErrorCode::InvalidTarget, text);
    let wanted = match (request.resource.as_deref(), request.audience.as_deref()) {
        (None, None) => return Ok(own.to_owned()),
        (Some(one), None) | (None, Some(one)) => one,
        (Some(one), Some(other)) if resource_indicator::same(one, other) => one,
        _ => return Err(refuse("resource and audience must name one target")),
    };
    let audience = resource_indicator::resolve(Some(wanted), known, default_audience)?;
    if audience == default_audience && own != default_audience {
        return Err(refuse("a token for another resource is not exchanged for one for this server"));
    }
    Ok(audience)
}

/// What an exchanged token came from, as it says itself in a claim of ours: it dies with any of it (contract §6).
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The tokens that were exchanged, the last one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<OriginToken>,
    /// The API key that was, before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<OriginKey>,
}

/// A token that was exchanged.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct OriginToken {
    /// Its `jti`.
    pub jti: Uuid,
    /// To whom it was issued.
    pub client_id: String,
    /// By which key it was signed.
    pub kid: String,
}

/// A key that was exchanged.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct OriginKey {
    /// Its id.
    pub id: Uuid,
    /// When its secret was made, in microseconds since the epoch: one that was replaced since counts no more.
    pub secret_at: i64,
}

impl Origin {
    /// Of what is made from a key.
    pub fn of_key(id: Uuid, secret_at: i64) -> Self {
        Self { tokens: Vec::new(), key: Some(OriginKey { id, secret_at }) }
    }

    /// Of what is made from a token that came from `before`.
    pub fn of_token(token: OriginToken, before: Option<Self>) -> Self {
        let Self { mut tokens, key } = before.unwrap_or_default();
        tokens.insert(0, token);
        Self { tokens, key }
    }
}
