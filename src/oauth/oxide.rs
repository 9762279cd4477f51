//! The one file that names `oxide-auth`: drives its state machines for RFC 6749 §4.1.1, §4.1.3, §4.4 and §6, and its PKCE (RFC 7636).
//!
//! The machines run without I/O, over values loaded beforehand; what they decide is stored afterwards by the caller.
//! They are wrong or silent in known places (the list is in the tests, one name each), so the rules beside them in
//! `authorization_request`, `authorization_code`, `refresh_token` and `client_credentials` stand before and after.
//! They read the wall clock for expiry: every grant given to them ends at the end of time, and expiry is decided by
//! our callers, with their clock.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use oxide_auth::code_grant::error::{AccessTokenErrorType, AuthorizationErrorType};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::code_grant::{accesstoken, authorization, client_credentials, refresh};
use oxide_auth::primitives::grant::{Extensions, Grant};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope as OxideScope;
use url::Url;

use super::authorization_code::AuthorizationCode;
use super::authorization_grant::AuthorizationGrant;
use super::client::{Client, GrantType};
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::pkce::CodeChallenge;
use super::redirect_uri::ValidatedRedirectUri;
use super::scope::Scope;
use super::token_request::{AuthorizationCodeRequest, ClientCredentialsRequest, RefreshTokenRequest};

/// Stands where the library wants a URL and the grant has none; nothing is ever sent there.
const NO_REDIRECT_URI: &str = "about:blank";

/// The authorization machine (RFC 6749 §4.1.1), held between its three questions.
pub(super) struct Authorization(authorization::Authorization);

impl Authorization {
    /// Binds the request to its client and redirect URI; decides `response_type` and the syntax of `scope`:
    /// `unsupported_response_type`, `invalid_scope`.
    pub(super) fn bind(
        parameters: &Parameters,
        client: &Client,
        redirect_uri: &ValidatedRedirectUri,
    ) -> Result<Self, OAuthError> {
        let request = Wire {
            client_id: &client.client_id,
            response_type: parameters.get("response_type"),
            redirect_uri: Some(redirect_uri.as_str()),
            scope: parameters.get("scope"),
            secret: None,
        };
        let mut machine = authorization::Authorization::new(&request);
        let uri = match machine.advance(authorization::Input::None) {
            authorization::Output::Bind { redirect_uri: Some(uri), .. } => RegisteredUrl::Exact(uri),
            _ => return Err(broken()),
        };
        let bound_client =
            BoundClient { client_id: Cow::Owned(client.client_id.clone()), redirect_uri: Cow::Owned(uri) };
        match machine.advance(authorization::Input::Bound { request: &request, bound_client }) {
            authorization::Output::Extend => Ok(Self(machine)),
            authorization::Output::Err(error) => Err(authorization_error(error)),
            _ => Err(broken()),
        }
    }

    /// Decides whether the client's need for PKCE is met, `invalid_request` if not (RFC 7636 §4.4.1).
    pub(super) fn extend(
        mut self,
        client: &Client,
        challenge: Option<&CodeChallenge>,
    ) -> Result<Self, OAuthError> {
        let extensions = pkce_extensions(&pkce(client.needs_pkce()), challenge).ok_or_else(|| {
            OAuthError::new(ErrorCode::InvalidRequest, "code_challenge is required (RFC 7636)")
        })?;
        match self.0.advance(authorization::Input::Extended(extensions)) {
            authorization::Output::Negotiate { .. } => Ok(self),
            _ => Err(broken()),
        }
    }

    /// Settles the scope: the default if none was asked for; `invalid_scope` for more than the client may ask for.
    pub(super) fn negotiate(mut self, client: &Client, default: &Scope) -> Result<Scope, OAuthError> {
        let pre_grant = match self.0.advance(authorization::Input::None) {
            authorization::Output::Negotiate { bound_client, scope } => {
                pre_grant(client, bound_client, scope, default)?
            }
            _ => return Err(broken()),
        };
        match self.0.advance(authorization::Input::Negotiated { pre_grant, state: None }) {
            authorization::Output::Ok { pre_grant, .. } => Ok(from_oxide(&pre_grant.scope, &client.scope)),
            _ => Err(broken()),
        }
    }
}

/// Runs the access token machine (RFC 6749 §4.1.3) for a client that has authenticated: is this code its own, for
/// this redirect URI, with this verifier?
///
/// # Errors
/// `invalid_grant`, whatever the reason: an attacker learns nothing from it.
pub(super) fn access_token(
    client: &Client,
    code: Option<&AuthorizationCode>,
    request: &AuthorizationCodeRequest,
) -> Result<(), OAuthError> {
    use accesstoken::{AccessToken, Input, Output};

    // The library always demands a redirect URI; RFC 6749 §4.1.3 only if the authorization request had it.
    let stored = code.map_or(NO_REDIRECT_URI, |code| &code.redirect_uri);
    let mut machine = AccessToken::new(&Wire {
        client_id: &client.client_id,
        redirect_uri: Some(request.redirect_uri.as_deref().unwrap_or(stored)),
        secret: Some(&request.code),
        ..Wire::default()
    });
    match machine.advance(Input::None) {
        Output::Authenticate { client: id, passdata: None } if id == client.client_id => {}
        _ => return Err(refused_code()),
    }
    let Output::Recover { .. } = machine.advance(Input::Authenticated) else { return Err(refused_code()) };
    let grant = code.map(|code| code_grant(code).map(Box::new)).transpose()?;
    let pkce = pkce(client.needs_pkce());
    let access_extensions = match machine.advance(Input::Recovered(grant)) {
        Output::Extend { extensions } => {
            let challenge = extensions.remove(&pkce);
            let verifier = request.code_verifier.as_deref().map(Cow::Borrowed);
            pkce.verify(challenge, verifier).map_err(|()| refused_code())?;
            extensions.clone()
        }
        _ => return Err(refused_code()),
    };
    match machine.advance(Input::Extended { access_extensions }) {
        Output::Issue { .. } => Ok(()),
        _ => Err(refused_code()),
    }
}

/// Runs the refresh machine (RFC 6749 §6) for a client that has authenticated: is this grant its own
/// (`invalid_grant`), and does it cover the scope asked for (`invalid_scope`)?
pub(super) fn refresh(
    client: &Client,
    grant: &AuthorizationGrant,
    request: &RefreshTokenRequest,
) -> Result<(), OAuthError> {
    use refresh::{Input, Output, Refresh};

    let mut machine = Refresh::new(&Wire {
        client_id: &client.client_id,
        scope: request.scope.as_deref(),
        secret: Some(&request.refresh_token),
        ..Wire::default()
    });
    match machine.advance(Input::None) {
        Output::Unauthenticated { client: id, .. } if id == client.client_id => {}
        _ => return Err(broken()),
    }
    let Output::RecoverRefresh { .. } = machine.advance(Input::Authenticated { scope: None }) else {
        return Err(broken());
    };
    let scope = request.scope.as_deref().map(Cow::Borrowed);
    // No client's id is empty, so a first-party login's token is no client's.
    let owner = grant.client_id.as_deref().unwrap_or_default();
    let grant = Some(Box::new(self::grant(owner, &grant.scope, NO_REDIRECT_URI, Extensions::new())?));
    match machine.advance(Input::Recovered { scope, grant }) {
        Output::Refresh { .. } => Ok(()),
        Output::Err(refresh::Error::Invalid(mut why)) => match why.description().kind() {
            AccessTokenErrorType::InvalidScope => Err(refused_scope()),
            _ => Err(OAuthError::new(
                ErrorCode::InvalidGrant,
                "the refresh token is not valid for this client",
            )),
        },
        _ => Err(broken()),
    }
}

/// Runs the client credentials machine (RFC 6749 §4.4) for a client that has authenticated.
///
/// # Errors
/// `invalid_scope`.
pub(super) fn client_credentials(
    client: &Client,
    request: &ClientCredentialsRequest,
    default: &Scope,
) -> Result<Scope, OAuthError> {
    use client_credentials::{ClientCredentials, Input, Output};

    let wire = Wire { client_id: &client.client_id, scope: request.scope.as_deref(), ..Wire::default() };
    let mut machine = ClientCredentials::new(&wire);
    match machine.advance(Input::None) {
        Output::Authenticate { client: id, .. } if id == client.client_id => {}
        // Of all it checks so far, only the scope's syntax can be wrong.
        Output::Err(_) => return Err(refused_scope()),
        _ => return Err(broken()),
    }
    let bound_client = match machine.advance(Input::Authenticated) {
        Output::Binding { client_id } => BoundClient {
            client_id: Cow::Owned(client_id.to_owned()),
            redirect_uri: Cow::Owned(RegisteredUrl::Semantic(url(NO_REDIRECT_URI)?)),
        },
        _ => return Err(broken()),
    };
    let Output::Extend = machine.advance(Input::Bound { bound_client }) else { return Err(broken()) };
    let pre_grant = match machine.advance(Input::Extended { extensions: Extensions::new() }) {
        Output::Negotiate { bound_client, scope } => pre_grant(client, bound_client, scope, default)?,
        _ => return Err(broken()),
    };
    match machine.advance(Input::Negotiated { pre_grant }) {
        Output::Ok { pre_grant, .. } => Ok(from_oxide(&pre_grant.scope, &client.scope)),
        _ => Err(broken()),
    }
}

/// What a registrar answers (RFC 6749 §3.3): the scope asked for or the default, if the client may ask for it.
fn pre_grant(
    client: &Client,
    bound: &BoundClient<'static>,
    requested: Option<OxideScope>,
    default: &Scope,
) -> Result<PreGrant, OAuthError> {
    let scope = match requested {
        Some(scope) if scope.iter().next().is_some() => scope,
        _ if default.is_empty() => {
            return Err(OAuthError::new(
                ErrorCode::InvalidScope,
                "scope is required: this client has no default",
            ));
        }
        _ => to_oxide(default)?,
    };
    if !to_oxide(&client.scope)?.priviledged_to(&scope) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope is more than this client may ask for"));
    }
    Ok(PreGrant {
        client_id: bound.client_id.clone().into_owned(),
        redirect_uri: bound.redirect_uri.clone().into_owned(),
        scope,
    })
}

/// A grant as the library wants it; its end is far away, since expiry is decided with our clock.
fn grant(
    client_id: &str,
    scope: &Scope,
    redirect_uri: &str,
    extensions: Extensions,
) -> Result<Grant, OAuthError> {
    Ok(Grant {
        // No machine looks at the owner.
        owner_id: String::new(),
        client_id: client_id.to_owned(),
        scope: to_oxide(scope)?,
        redirect_uri: url(redirect_uri)?,
        until: DateTime::<Utc>::MAX_UTC,
        extensions,
    })
}

fn code_grant(code: &AuthorizationCode) -> Result<Grant, OAuthError> {
    // Whether there had to be a challenge is asked when the verifier is checked.
    let extensions = pkce_extensions(&Pkce::optional(), code.code_challenge.as_ref()).ok_or_else(broken)?;
    grant(&code.client_id, &code.scope, &code.redirect_uri, extensions)
}

fn pkce(required: bool) -> Pkce {
    if required { Pkce::required() } else { Pkce::optional() }
}

/// The challenge as the library keeps it; `None` if it insists on one.
fn pkce_extensions(pkce: &Pkce, challenge: Option<&CodeChallenge>) -> Option<Extensions> {
    let text = challenge.map(|challenge| Cow::Borrowed(challenge.as_str()));
    let mut extensions = Extensions::new();
    if let Some(value) = pkce.challenge(Some(Cow::Borrowed("S256")), text).ok()? {
        extensions.set(pkce, value);
    }
    Some(extensions)
}

fn to_oxide(scope: &Scope) -> Result<OxideScope, OAuthError> {
    scope.to_string().parse().map_err(|_| broken())
}

/// Back to our type; the library keeps no order, so `order` gives it.
fn from_oxide(scope: &OxideScope, order: &Scope) -> Scope {
    order.iter().filter(|token| scope.iter().any(|own| own == *token)).collect()
}

fn url(text: &str) -> Result<Url, OAuthError> {
    text.parse().map_err(|_| broken())
}

fn authorization_error(mut error: authorization::Error) -> OAuthError {
    match error.description().map(|description| description.kind()) {
        Some(AuthorizationErrorType::UnsupportedResponseType) => {
            OAuthError::new(ErrorCode::UnsupportedResponseType, "response_type must be code")
        }
        Some(AuthorizationErrorType::InvalidScope) => refused_scope(),
        _ => broken(),
    }
}

fn refused_scope() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidScope, "scope is malformed or more than was granted")
}

fn refused_code() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidGrant,
        "the code is unknown, spent or expired, or not for this client, redirect_uri and code_verifier",
    )
}

/// A machine asked something it does not ask of well-formed values.
fn broken() -> OAuthError {
    OAuthError::new(ErrorCode::ServerError, "the request could not be decided")
}

/// What the wire said, as the machines ask for it; the client has been found, or has authenticated, before.
#[derive(Default)]
struct Wire<'a> {
    client_id: &'a str,
    response_type: Option<&'a str>,
    redirect_uri: Option<&'a str>,
    scope: Option<&'a str>,
    /// The code or the refresh token.
    secret: Option<&'a str>,
}

/// The methods all four request traits have in common, each handing out one value.
macro_rules! answers {
    ($self:ident, valid: $valid:expr, $($name:ident: $value:expr,)*) => {
        fn valid(&$self) -> bool {
            $valid
        }
        $(fn $name(&$self) -> Option<Cow<'_, str>> {
            $value.map(Cow::Borrowed)
        })*
        fn extension(&$self, _: &str) -> Option<Cow<'_, str>> {
            None
        }
    };
}

impl authorization::Request for Wire<'_> {
    answers! {
        self,
        // A URL the library cannot parse would make it panic later: refuse it here.
        valid: self.redirect_uri.is_some_and(|uri| ExactUrl::new(uri.to_owned()).is_ok()),
        client_id: Some(self.client_id),
        scope: self.scope,
        redirect_uri: self.redirect_uri,
        // Ours to hand back, untouched.
        state: None::<&str>,
        response_type: self.response_type,
    }
}

impl accesstoken::Request for Wire<'_> {
    answers! {
        self,
        valid: true,
        code: self.secret,
        client_id: None::<&str>,
        redirect_uri: self.redirect_uri,
        grant_type: Some(GrantType::AuthorizationCode.as_str()),
    }
    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Authorization::Username(Cow::Borrowed(self.client_id))
    }
}

impl refresh::Request for Wire<'_> {
    answers! {
        self,
        valid: true,
        refresh_token: self.secret,
        scope: self.scope,
        grant_type: Some(GrantType::RefreshToken.as_str()),
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        // For a public client too: without it the machine never compares the client.
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }
}

impl client_credentials::Request for Wire<'_> {
    answers! {
        self,
        valid: true,
        scope: self.scope,
        grant_type: Some(GrantType::ClientCredentials.as_str()),
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }
}

#[cfg(test)]
mod tests;
