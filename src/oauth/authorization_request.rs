//! The authorization request: RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.1, OpenID Connect Core §3.1.2.1.

use super::error::OAuthError;
use super::pkce::CodeChallenge;
use super::redirect_uri::ValidatedRedirectUri;
use super::scope::Scope;

/// Which pages the client wants shown (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prompt {
    /// Those that are needed.
    Default,
    /// None at all: answer an error where one would be needed.
    None,
    /// The sign-in page in any case.
    Login,
    /// The consent page in any case.
    Consent,
}

/// An authorization request in which everything was checked but the person.
#[derive(Clone)]
pub struct AuthorizationRequest {
    /// The client, known and enabled.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: ValidatedRedirectUri,
    /// Whether the request named it.
    pub redirect_uri_was_given: bool,
    /// What is asked for, part of what the client may ask for, never empty.
    pub scope: Scope,
    /// To be handed back untouched.
    pub state: Option<String>,
    /// What the verifier must match.
    pub code_challenge: Option<CodeChallenge>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// The resource asked for, as it is registered; `None`: the public URL.
    pub resource: Option<String>,
    /// Which pages to show.
    pub prompt: Prompt,
}

/// A refused authorization request.
#[derive(Clone)]
pub enum AuthorizationRefusal {
    /// Show it to the person: the client or its redirect URI is not to be trusted (RFC 6749 §4.1.2.1).
    Page(OAuthError),
    /// Send it to the client.
    Redirect {
        /// Where to.
        redirect_uri: ValidatedRedirectUri,
        /// To be handed back untouched.
        state: Option<String>,
        /// What is wrong.
        error: OAuthError,
    },
}
