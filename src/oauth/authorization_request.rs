//! The authorization request: RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.1, OpenID Connect Core §3.1.2.1.

use serde_json::Value;

use super::authorization_response::Return;
use super::claims_request::ClaimsRequest;
use super::client::{Client, GrantType};
use super::error::{ErrorCode, Matter, OAuthError};
use super::id_token::ACR_VALUES;
use super::parameters::Parameters;
use super::pkce::CodeChallenge;
use super::prompt::{self, Demand, Prompt};
use super::redirect_uri::{self, ValidatedRedirectUri};
use super::response_mode::ResponseMode;
use super::scope::{OPENID, Scope};
use super::{dpop, oxide, resource_indicator};

/// Longest `nonce`, in bytes: it is kept with the code and repeated in the ID token.
const MAX_NONCE_BYTES: usize = 1024;
/// Longest `ui_locales`, in bytes, that is heeded: it stands in the addresses of pages.
const MAX_UI_LOCALES_BYTES: usize = 256;

/// An authorization request in which everything was checked but the person.
#[derive(Clone)]
pub struct AuthorizationRequest {
    /// The client, known and enabled.
    pub client_id: String,
    /// Where and how it is answered.
    pub back: Return,
    /// Whether the request named its redirect URI.
    pub redirect_uri_was_given: bool,
    /// What is asked for, part of what the client may ask for, never empty.
    pub scope: Scope,
    /// What the verifier must match.
    pub code_challenge: Option<CodeChallenge>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// The resource asked for, as it is registered; `None`: the public URL.
    pub resource: Option<String>,
    /// Whether somebody must sign in, and which pages to show.
    pub demand: Demand,
    /// The claims asked for one by one.
    pub claims: Option<ClaimsRequest>,
    /// An ID token of the person whom the client expects, as it came.
    pub id_token_hint: Option<String>,
    /// The name of whom the client thinks it is about.
    pub login_hint: Option<String>,
    /// The thumbprint of the key that must redeem the code (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
}

/// A refused authorization request.
#[derive(Clone)]
pub enum AuthorizationRefusal {
    /// Show it to the person: the client or its redirect URI is not to be trusted (RFC 6749 §4.1.2.1).
    Page(OAuthError),
    /// Send it to the client.
    Redirect {
        /// Where to.
        back: Return,
        /// What is wrong.
        error: OAuthError,
    },
}

/// How the parameters came here.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// Pushed by the client, which authenticated (RFC 9126).
    pub is_pushed: bool,
    /// Signed by the client (RFC 9101).
    pub is_signed: bool,
}

/// Checks an authorization request, in this order: client, redirect URI (only from here on may an error redirect),
/// response mode, how it came, response type, grant, PKCE, scope, resource, prompt and the rest. `client` is the one found
/// under the request's `client_id`; `known_resources` are those of all resource servers; `issuer` is the public URL,
/// the audience of tokens for no resource in particular.
///
/// # Errors
/// [`AuthorizationRefusal`]: a page before the redirect URI is known to be the client's, a redirect afterwards.
pub fn check(
    params: &Parameters,
    client: Option<&Client>,
    issuer: &str,
    known_resources: &[String],
    arrival: Arrival,
) -> Result<AuthorizationRequest, AuthorizationRefusal> {
    let (client, redirect_uri, redirect_uri_was_given) =
        parties(params, client).map_err(AuthorizationRefusal::Page)?;
    let mut back = way_back(params, redirect_uri);
    let decide = |back: &mut Return| -> Result<AuthorizationRequest, OAuthError> {
        back.mode = ResponseMode::parse(params.get("response_mode"), client, &back.uri)?;
        check_arrival(client, arrival)?;
        refuse_registration(params)?;
        require_response_type(params)?;
        let machine = oxide::Authorization::bind(params, client, &back.uri)?;
        check_grant(client)?;
        let code_challenge =
            CodeChallenge::parse(params.get("code_challenge_method"), params.get("code_challenge"))?;
        let scope =
            machine.extend(client, code_challenge.as_ref())?.negotiate(client, &client.default_scope)?;
        let resource = params
            .get("resource")
            .map(|resource| resource_indicator::resolve(Some(resource), known_resources, issuer))
            .transpose()?;
        let claims = claims(params, &scope)?;
        Ok(AuthorizationRequest {
            client_id: client.client_id.clone(),
            back: back.clone(),
            redirect_uri_was_given,
            scope: with_claims(scope, claims.as_ref(), client),
            code_challenge,
            nonce: nonce(params)?,
            resource,
            demand: Demand {
                prompt: Prompt::parse(params.get("prompt"))?,
                max_age: prompt::max_age(params.get("max_age"))?.or(client.metadata.default_max_age),
            },
            claims,
            id_token_hint: params.get("id_token_hint").map(str::to_owned),
            login_hint: params.get("login_hint").map(str::to_owned),
            dpop_jkt: dpop::parse_jkt(params.get("dpop_jkt"))?,
        })
    };
    decide(&mut back).map_err(|error| AuthorizationRefusal::Redirect { back, error })
}

/// Refuses a request whose parameters do not count, because a request object or a URI stands for them: the client is told if
/// what stands beside it leads to one of its own redirect URIs, else the person is.
pub fn refuse(params: &Parameters, client: Option<&Client>, error: OAuthError) -> AuthorizationRefusal {
    match parties(params, client) {
        Ok((client, uri, _)) => {
            let mut back = way_back(params, uri);
            let mode = ResponseMode::parse(params.get("response_mode"), client, &back.uri);
            back.mode = mode.unwrap_or_default();
            AuthorizationRefusal::Redirect { back, error }
        }
        Err(_) => AuthorizationRefusal::Page(error),
    }
}

/// Who asks, and where the answer goes. An OpenID request names its redirect URI (OpenID Connect Core §3.1.2.1).
fn parties<'a>(
    params: &Parameters,
    client: Option<&'a Client>,
) -> Result<(&'a Client, ValidatedRedirectUri, bool), OAuthError> {
    let client = known_client(params, client)?;
    let (uri, was_given) = redirect_uri::validate(client, params.get("redirect_uri"))?;
    if client.metadata.needs_redirect_uri() && !was_given {
        let text = "redirect_uri is missing, which the FAPI profile demands";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, text).about(Matter::NoRedirectUri));
    }
    let is_openid = params.get("scope").is_some_and(|scope| scope.split(' ').any(|token| token == OPENID));
    if is_openid && !was_given {
        let text = "redirect_uri is missing, which an OpenID Connect request must have";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, text).about(Matter::NoRedirectUri));
    }
    Ok((client, uri, was_given))
}

fn way_back(params: &Parameters, uri: ValidatedRedirectUri) -> Return {
    let ui_locales = params.get("ui_locales").filter(|wish| wish.len() <= MAX_UI_LOCALES_BYTES);
    Return {
        uri,
        state: params.get("state").map(str::to_owned),
        mode: ResponseMode::default(),
        ui_locales: ui_locales.map(str::to_owned),
    }
}

/// RFC 6749 §4.1.2.1: an unknown client is told to the person, and one that is switched off likewise.
fn known_client<'a>(params: &Parameters, client: Option<&'a Client>) -> Result<&'a Client, OAuthError> {
    let refuse =
        |text: &'static str, matter| Err(OAuthError::new(ErrorCode::InvalidRequest, text).about(matter));
    let Some(client_id) = params.get("client_id") else {
        return refuse("client_id is missing", Matter::NoClientId);
    };
    match client.filter(|client| client.client_id == client_id) {
        Some(client) if client.disabled => {
            refuse("this application is switched off here", Matter::DisabledClient)
        }
        Some(client) => Ok(client),
        None => Err(unknown_client()),
    }
}

/// No such client is registered.
pub fn unknown_client() -> OAuthError {
    let text = "this application is not registered here";
    OAuthError::new(ErrorCode::InvalidRequest, text).about(Matter::UnknownClient)
}

/// RFC 9126 §6 and RFC 9101 §10.5: what a client is registered for, so that nobody can leave it out for it.
///
/// # Errors
/// `invalid_request`.
pub fn check_arrival(client: &Client, arrival: Arrival) -> Result<(), OAuthError> {
    let refuse = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidRequest, text));
    if client.metadata.must_push() && !arrival.is_pushed {
        return refuse("this client must push its requests (RFC 9126)");
    }
    if client.metadata.require_signed_request_object && !arrival.is_signed {
        return refuse("this client must sign its requests (RFC 9101)");
    }
    Ok(())
}

/// OpenID Connect Core §7.2.1: for self-issued providers, which this is not.
fn refuse_registration(params: &Parameters) -> Result<(), OAuthError> {
    match params.get("registration") {
        None => Ok(()),
        Some(_) => {
            let text = "the registration parameter is not supported";
            Err(OAuthError::new(ErrorCode::RegistrationNotSupported, text))
        }
    }
}

/// RFC 6749 §4.1.2.1: a missing parameter is `invalid_request`; what an unknown value is, the machine says.
fn require_response_type(params: &Parameters) -> Result<(), OAuthError> {
    match params.get("response_type") {
        Some(_) => Ok(()),
        None => Err(OAuthError::new(ErrorCode::InvalidRequest, "response_type is missing")),
    }
}

fn check_grant(client: &Client) -> Result<(), OAuthError> {
    if client.allows(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use authorization_code"))
}

fn nonce(params: &Parameters) -> Result<Option<String>, OAuthError> {
    match params.get("nonce") {
        Some(nonce) if nonce.len() > MAX_NONCE_BYTES => {
            Err(OAuthError::new(ErrorCode::InvalidRequest, "nonce is longer than 1024 bytes"))
        }
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

/// The claims asked for one by one; without `openid` there is no ID token and no userinfo to ask for. An essential `acr` that
/// no sign-in here has is a failed sign-in (OpenID Connect Core §5.5.1.1).
fn claims(params: &Parameters, scope: &Scope) -> Result<Option<ClaimsRequest>, OAuthError> {
    let asked = params.get("claims").map(ClaimsRequest::parse).transpose()?;
    let Some(asked) = asked.filter(|_| scope.contains(OPENID)) else { return Ok(None) };
    let has = |acr: &str| asked.id_token.admits("acr", &Value::from(acr));
    if asked.id_token.is_essential("acr") && !ACR_VALUES.into_iter().any(has) {
        let text = "no sign-in here has an acr that the client needs";
        return Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, text));
    }
    Ok(Some(asked))
}

/// People consent to scopes: whoever asks for a claim asks for its scope, as far as the client may (OpenID Connect Core §5.5).
fn with_claims(scope: Scope, claims: Option<&ClaimsRequest>, client: &Client) -> Scope {
    let Some(claims) = claims else { return scope };
    let more = claims.scopes().intersect(&client.scope);
    scope.iter().chain(more.iter()).collect()
}

#[cfg(test)]
mod tests;
