//! The errors an OAuth endpoint answers: RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 7591 §3.2.2, RFC 8628 §3.5, RFC 8707 §2, RFC 9101 §7, RFC 9449 §5 and §8, OpenID Connect Core §3.1.2.6.

use std::borrow::Cow;

/// A registered `error` value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorCode {
    /// A parameter is missing, doubled, malformed or contradicts another (RFC 6749 §5.2).
    InvalidRequest,
    /// Client authentication failed (RFC 6749 §5.2).
    InvalidClient,
    /// The code or refresh token is unknown, spent, expired, revoked or someone else's (RFC 6749 §5.2).
    InvalidGrant,
    /// The client may not use this grant (RFC 6749 §5.2).
    UnauthorizedClient,
    /// The grant type does not exist here (RFC 6749 §5.2).
    UnsupportedGrantType,
    /// The scope is malformed, unknown or more than may be asked for (RFC 6749 §3.3).
    InvalidScope,
    /// The resource is malformed, unknown or not the one that was authorised (RFC 8707 §2).
    InvalidTarget,
    /// The person or the server said no (RFC 6749 §4.1.2.1).
    AccessDenied,
    /// Only `response_type=code` exists (RFC 6749 §4.1.2.1).
    UnsupportedResponseType,
    /// A fault of ours (RFC 6749 §4.1.2.1).
    ServerError,
    /// Come back later: the store is away (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable,
    /// The person has not decided yet: ask again (RFC 8628 §3.5).
    AuthorizationPending,
    /// The same, and from now on ask 5 seconds less often (RFC 8628 §3.5).
    SlowDown,
    /// The device code has ended: begin again (RFC 8628 §3.5).
    ExpiredToken,
    /// This kind of token cannot be revoked here (RFC 7009 §2.2.1).
    UnsupportedTokenType,
    /// `prompt=none`, and nobody is signed in (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// `prompt=none`, and consent is missing (OpenID Connect Core §3.1.2.6).
    ConsentRequired,
    /// `prompt=none`, and some page would be needed (OpenID Connect Core §3.1.2.6).
    InteractionRequired,
    /// The sign-in that the client needs does not exist here (OpenID Connect Core §5.5.1.1; OpenID Connect Core Error Code
    /// unmet_authentication_requirements).
    UnmetAuthenticationRequirements,
    /// The DPoP proof is missing or no good (RFC 9449 §5).
    InvalidDpopProof,
    /// The DPoP proof needs a nonce of ours (RFC 9449 §8).
    UseDpopNonce,
    /// The request object is not signed by the client, or does not say what it must (RFC 9101 §6, §7).
    InvalidRequestObject,
    /// The request URI is unknown, used, expired or another client's (RFC 9101 §7, RFC 9126 §4).
    InvalidRequestUri,
    /// The `registration` parameter is not supported (OpenID Connect Core §3.1.2.6).
    RegistrationNotSupported,
    /// The `request_uri` parameter is not supported (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported,
    /// A redirection URI may not be registered (RFC 7591 §3.2.2).
    InvalidRedirectUri,
    /// Something else may not be registered (RFC 7591 §3.2.2).
    InvalidClientMetadata,
}

impl ErrorCode {
    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
        }
    }

    /// The HTTP status with which the token endpoint and its neighbours answer (RFC 6749 §5.2).
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}

/// An error as it goes to the wire: a code, and a sentence for the developer who reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OAuthError {
    /// The registered code.
    pub code: ErrorCode,
    /// Plain words; only `%x20-21 / %x23-5B / %x5D-7E` (RFC 6749 §5.2), nothing the caller sent, no secret.
    pub description: Cow<'static, str>,
    /// What it is about, for the person whom a page tells it; never on the wire.
    pub matter: Option<Matter>,
}

/// What a refusal that is shown to a person is about, where its code alone leaves that open (RFC 6749 §4.1.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Matter {
    /// No such client is registered.
    UnknownClient,
    /// The client is switched off.
    DisabledClient,
    /// What the client says of itself at its `client_id` cannot be used.
    ClientDocument,
    /// There is no `client_id`.
    NoClientId,
    /// There is no `redirect_uri`, and one is needed.
    NoRedirectUri,
    /// `redirect_uri` is not registered for the client.
    RedirectUri,
    /// A parameter came twice.
    Repeated,
    /// The parameters cannot be read.
    Unreadable,
    /// It is longer than what is read.
    TooLong,
    /// `id_token_hint` is no ID token of ours, or another client's.
    IdTokenHint,
    /// `post_logout_redirect_uri` is not registered for the client, or there is no client.
    PostLogoutRedirectUri,
}

impl OAuthError {
    /// An error with a description; characters RFC 6749 §5.2 forbids become `'`.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        if description.chars().all(allowed) {
            return Self { code, description, matter: None };
        }
        let clean: String = description.chars().map(|c| if allowed(c) { c } else { '\'' }).collect();
        Self { code, description: Cow::Owned(clean), matter: None }
    }

    /// The same, and what it is about.
    #[must_use]
    pub fn about(self, matter: Matter) -> Self {
        Self { matter: Some(matter), ..self }
    }
}

/// `%x20-21 / %x23-5B / %x5D-7E`, the characters of `error_description` (RFC 6749 §5.2).
const fn allowed(c: char) -> bool {
    matches!(c, ' '..='!' | '#'..='[' | ']'..='~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_5_2_invalid_client_is_401_and_the_rest_400() {
        for (code, status) in [
            (ErrorCode::InvalidClient, 401),
            (ErrorCode::InvalidGrant, 400),
            (ErrorCode::InvalidRequest, 400),
            (ErrorCode::UnsupportedGrantType, 400),
            (ErrorCode::InvalidTarget, 400),
            (ErrorCode::TemporarilyUnavailable, 503),
            (ErrorCode::ServerError, 500),
        ] {
            assert_eq!(code.status(), status, "{}", code.as_str());
        }
    }

    #[test]
    fn rfc6749_5_2_description_holds_no_quote_backslash_or_control() {
        let error = OAuthError::new(ErrorCode::InvalidRequest, "a\"b\\c\nd\u{e9}");
        assert_eq!(error.description, "a'b'c'd'");
        assert_eq!(OAuthError::new(ErrorCode::InvalidRequest, "plain words").description, "plain words");
    }
}
