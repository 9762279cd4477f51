//! The authorization request: RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.1, OpenID Connect Core §3.1.2.1.

use super::client::{Client, GrantType};
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::pkce::CodeChallenge;
use super::redirect_uri::{self, ValidatedRedirectUri};
use super::scope::Scope;
use super::{oxide, resource_indicator};

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

/// Checks an authorization request, in this order: client, redirect URI (only from here on may an error redirect),
/// request objects, response type, response mode, grant, PKCE, scope, resource, prompt. `client` is the one found
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
) -> Result<AuthorizationRequest, AuthorizationRefusal> {
    let client = known_client(params, client).map_err(AuthorizationRefusal::Page)?;
    let (redirect_uri, redirect_uri_was_given) =
        redirect_uri::validate(client, params.get("redirect_uri")).map_err(AuthorizationRefusal::Page)?;
    let state = params.get("state").map(str::to_owned);

    let decide = || -> Result<AuthorizationRequest, OAuthError> {
        refuse_request_objects(params)?;
        require_response_type(params)?;
        let machine = oxide::Authorization::bind(params, client, &redirect_uri)?;
        check_response_mode(params)?;
        check_grant(client)?;
        let code_challenge =
            CodeChallenge::parse(params.get("code_challenge_method"), params.get("code_challenge"))?;
        let scope =
            machine.extend(client, code_challenge.as_ref())?.negotiate(client, &client.default_scope)?;
        let resource = params
            .get("resource")
            .map(|resource| resource_indicator::resolve(Some(resource), known_resources, issuer))
            .transpose()?;
        Ok(AuthorizationRequest {
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.clone(),
            redirect_uri_was_given,
            scope,
            state: state.clone(),
            code_challenge,
            nonce: params.get("nonce").map(str::to_owned),
            resource,
            prompt: Prompt::parse(params.get("prompt"))?,
        })
    };
    decide().map_err(|error| AuthorizationRefusal::Redirect {
        redirect_uri: redirect_uri.clone(),
        state: state.clone(),
        error,
    })
}

/// RFC 6749 §4.1.2.1: an unknown client is told to the person. A disabled one is as unknown.
fn known_client<'a>(params: &Parameters, client: Option<&'a Client>) -> Result<&'a Client, OAuthError> {
    let refuse = |text: &'static str| OAuthError::new(ErrorCode::InvalidRequest, text);
    let client_id = params.get("client_id").ok_or_else(|| refuse("client_id is missing"))?;
    client
        .filter(|client| client.client_id == client_id && !client.disabled)
        .ok_or_else(|| refuse("this application is not registered here"))
}

/// OpenID Connect Core §6: whoever does not support them must say so, since they would replace the parameters.
fn refuse_request_objects(params: &Parameters) -> Result<(), OAuthError> {
    if params.get("request").is_some() {
        return Err(OAuthError::new(ErrorCode::RequestNotSupported, "request objects are not supported"));
    }
    if params.get("request_uri").is_some() {
        return Err(OAuthError::new(ErrorCode::RequestUriNotSupported, "request_uri is not supported"));
    }
    Ok(())
}

/// RFC 6749 §4.1.2.1: a missing parameter is `invalid_request`; what an unknown value is, the machine says.
fn require_response_type(params: &Parameters) -> Result<(), OAuthError> {
    match params.get("response_type") {
        Some(_) => Ok(()),
        None => Err(OAuthError::new(ErrorCode::InvalidRequest, "response_type is missing")),
    }
}

fn check_response_mode(params: &Parameters) -> Result<(), OAuthError> {
    match params.get("response_mode") {
        None | Some("query") => Ok(()),
        Some(_) => Err(OAuthError::new(ErrorCode::InvalidRequest, "response_mode must be query")),
    }
}

fn check_grant(client: &Client) -> Result<(), OAuthError> {
    if client.allows(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use authorization_code"))
}

impl Prompt {
    /// Reads the space separated list. `select_account` is served by the sign-in page, and so is
    /// `login consent`, which leads on to the consent page.
    ///
    /// # Errors
    /// `invalid_request` for unknown values and for `none` beside others (OpenID Connect Core §3.1.2.1).
    fn parse(text: Option<&str>) -> Result<Self, OAuthError> {
        let values: Vec<&str> =
            text.unwrap_or_default().split(' ').filter(|value| !value.is_empty()).collect();
        let known =
            values.iter().all(|value| matches!(*value, "none" | "login" | "consent" | "select_account"));
        match values.as_slice() {
            [] => Ok(Self::Default),
            ["none"] => Ok(Self::None),
            all if !known || all.contains(&"none") => Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "prompt must be none, login, consent or select_account",
            )),
            all if all.iter().any(|value| matches!(*value, "login" | "select_account")) => Ok(Self::Login),
            _ => Ok(Self::Consent),
        }
    }
}

/// The request to come back with after the sign-in page: what `prompt` asked for there is done, the rest still stands.
pub fn query_after_login(params: &Parameters) -> String {
    let consent =
        params.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|value| value == "consent"));
    params.to_query_with("prompt", consent.then_some("consent"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture::{self, CHALLENGE, REDIRECT_URI};
    use proptest::prelude::*;
    use url::form_urlencoded::Serializer;

    const ISSUER: &str = "https://id.example";

    /// A good request with some parameters replaced, or left out (empty).
    fn params(changes: &[(&str, &str)]) -> Parameters {
        let good = [
            ("client_id", "app"),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "read write"),
            ("state", "s"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let kept = good.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let query = Serializer::new(String::new()).extend_pairs(kept).extend_pairs(changes).finish();
        Parameters::from_form(query.as_bytes()).ok().unwrap()
    }

    fn ask(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, AuthorizationRefusal> {
        check(&params(changes), Some(client), ISSUER, &["https://api.example".to_owned()])
    }

    /// The code of an error that goes to the client.
    fn redirected(client: &Client, changes: &[(&str, &str)]) -> Option<ErrorCode> {
        match ask(client, changes) {
            Err(AuthorizationRefusal::Redirect { redirect_uri, state, error }) => {
                assert_eq!(redirect_uri.as_str(), REDIRECT_URI);
                assert_eq!(state.as_deref(), Some("s"));
                Some(error.code)
            }
            _ => None,
        }
    }

    fn shown(answer: Result<AuthorizationRequest, AuthorizationRefusal>) -> bool {
        matches!(answer, Err(AuthorizationRefusal::Page(_)))
    }

    #[test]
    fn rfc6749_4_1_1_a_good_request_is_understood() {
        let request = ask(&fixture::public(), &[("nonce", "n")]).ok().unwrap();
        assert_eq!(request.client_id, "app");
        assert_eq!(request.redirect_uri.as_str(), REDIRECT_URI);
        assert!(request.redirect_uri_was_given);
        assert_eq!(request.scope, Scope::from(["read", "write"]));
        assert_eq!(request.state.as_deref(), Some("s"));
        assert_eq!(request.code_challenge.map(|c| c.as_str().to_owned()).as_deref(), Some(CHALLENGE));
        assert_eq!(request.nonce.as_deref(), Some("n"));
        assert_eq!(request.resource, None);
        assert_eq!(request.prompt, Prompt::Default);
    }

    #[test]
    fn rfc6749_4_1_2_1_client_and_redirect_uri_errors_are_shown_and_never_redirected() {
        let client = fixture::public();
        assert!(shown(check(&params(&[]), None, ISSUER, &[])));
        assert!(shown(ask(&client, &[("client_id", "")])));
        assert!(shown(ask(&client, &[("client_id", "other")])));
        assert!(shown(ask(&Client { disabled: true, ..client.clone() }, &[])));
        for uri in [
            "https://evil.example/",
            "https://app.example/cb/",
            "https://app.example/cb?x",
            "cb",
            "javascript:x",
        ] {
            assert!(shown(ask(&client, &[("redirect_uri", uri)])), "{uri}");
        }
        let two = Client { redirect_uris: vec![REDIRECT_URI.into(), "https://b.example/".into()], ..client };
        assert!(shown(ask(&two, &[("redirect_uri", "")])));
        assert!(shown(ask(&Client { redirect_uris: Vec::new(), ..two }, &[("redirect_uri", "")])));
    }

    #[test]
    fn rfc6749_3_1_2_3_the_only_registered_redirect_uri_need_not_be_named() {
        let request = ask(&fixture::public(), &[("redirect_uri", "")]).ok().unwrap();
        assert_eq!(request.redirect_uri.as_str(), REDIRECT_URI);
        assert!(!request.redirect_uri_was_given);
    }

    #[test]
    fn rfc6749_4_1_2_1_every_other_error_redirects() {
        use ErrorCode::*;
        for (changes, expected) in [
            (&[("response_type", "")][..], InvalidRequest),
            (&[("response_type", "token")], UnsupportedResponseType),
            (&[("response_type", "code id_token")], UnsupportedResponseType),
            (&[("response_mode", "fragment")], InvalidRequest),
            (&[("scope", "read admin")], InvalidScope),
            (&[("scope", "re\"ad")], InvalidScope),
            (&[("resource", "https://unknown.example")], InvalidTarget),
            (&[("resource", "nonsense")], InvalidTarget),
            (&[("prompt", "none login")], InvalidRequest),
            (&[("prompt", "create")], InvalidRequest),
            (&[("request", "x.y.z")], RequestNotSupported),
            (&[("request_uri", "urn:x"), ("response_type", "")], RequestUriNotSupported),
        ] {
            assert_eq!(redirected(&fixture::public(), changes), Some(expected), "{changes:?}");
        }
        let other = Client { grants: vec![GrantType::ClientCredentials], ..fixture::confidential() };
        assert_eq!(redirected(&other, &[]), Some(UnauthorizedClient));
    }

    #[test]
    fn rfc7636_4_4_1_pkce_is_required_and_must_be_s256() {
        let missing = [("code_challenge", ""), ("code_challenge_method", "")];
        let invalid = Some(ErrorCode::InvalidRequest);
        for client in [fixture::public(), fixture::confidential()] {
            assert_eq!(redirected(&client, &missing), invalid);
            assert_eq!(redirected(&client, &[("code_challenge_method", "plain")]), invalid);
            assert_eq!(redirected(&client, &[("code_challenge_method", "")]), invalid);
            assert_eq!(redirected(&client, &[("code_challenge", "abc")]), invalid);
        }
        // The switch is for confidential clients only, and lets nobody send a broken challenge.
        let old = Client { require_pkce: false, ..fixture::confidential() };
        assert!(ask(&old, &missing).is_ok_and(|r| r.code_challenge.is_none()));
        assert!(ask(&old, &[]).is_ok_and(|r| r.code_challenge.is_some()));
        assert_eq!(redirected(&old, &[("code_challenge_method", "plain")]), invalid);
        assert_eq!(redirected(&Client { require_pkce: false, ..fixture::public() }, &missing), invalid);
    }

    #[test]
    fn rfc6749_3_3_an_absent_scope_is_the_default_and_an_empty_default_is_refused() {
        let client = fixture::public();
        for scope in ["", " "] {
            let request = ask(&client, &[("scope", scope)]).ok().unwrap();
            assert_eq!(request.scope, client.default_scope, "{scope:?}");
        }
        let bare = Client { default_scope: Scope::empty(), ..client };
        assert_eq!(redirected(&bare, &[("scope", "")]), Some(ErrorCode::InvalidScope));
    }

    #[test]
    fn rfc8707_2_1_a_known_resource_is_kept_as_registered() {
        let resource = |r| ask(&fixture::public(), &[("resource", r)]).ok().and_then(|r| r.resource);
        assert_eq!(resource("https://API.example/").as_deref(), Some("https://api.example"));
        assert_eq!(resource("https://id.example/").as_deref(), Some(ISSUER));
    }

    #[test]
    fn oidc_core_3_1_2_1_after_login_only_consent_is_still_asked_for() {
        for (prompt, left) in [
            ("login", "client_id=a"),
            ("select_account", "client_id=a"),
            ("login consent", "client_id=a&prompt=consent"),
            ("consent", "client_id=a&prompt=consent"),
        ] {
            let query = format!("client_id=a&prompt={}", prompt.replace(' ', "+"));
            let params = Parameters::from_form(query.as_bytes()).ok().unwrap();
            assert_eq!(query_after_login(&params), left, "{prompt}");
        }
    }

    #[test]
    fn oidc_core_3_1_2_1_prompt() {
        for (text, expected) in [
            ("none", Prompt::None),
            ("login", Prompt::Login),
            ("consent", Prompt::Consent),
            ("select_account", Prompt::Login),
            ("consent login", Prompt::Login),
            (" ", Prompt::Default),
        ] {
            let request = ask(&fixture::public(), &[("prompt", text)]).ok().unwrap();
            assert_eq!(request.prompt, expected, "{text}");
        }
    }

    #[test]
    fn fapi_2_long_state_and_nonce_are_accepted() {
        let (state, nonce) = ("s".repeat(1001), "n".repeat(64));
        let request = ask(&fixture::public(), &[("state", &state), ("nonce", &nonce)]).ok().unwrap();
        assert_eq!(request.state, Some(state));
        assert_eq!(request.nonce, Some(nonce));
    }

    #[test]
    fn rfc8252_7_3_a_loopback_port_is_free_and_the_answer_goes_there() {
        let native = Client { redirect_uris: vec!["http://127.0.0.1/cb".into()], ..fixture::public() };
        let request = ask(&native, &[("redirect_uri", "http://127.0.0.1:51004/cb")]).ok().unwrap();
        assert_eq!(request.redirect_uri.as_str(), "http://127.0.0.1:51004/cb");
    }

    proptest! {
        #[test]
        fn authorization_check_never_panics_and_redirects_only_to_registered_uris(
            changes in proptest::collection::btree_map(
                prop_oneof![
                    Just("client_id"), Just("redirect_uri"), Just("response_type"), Just("scope"), Just("resource"),
                    Just("code_challenge"), Just("code_challenge_method"), Just("prompt"), Just("response_mode"),
                ],
                "[^\0]{0,30}|code|S256|read|https://app\\.example/cb",
                0..6,
            )
        ) {
            let changes: Vec<(&str, &str)> = changes.iter().map(|(n, v)| (*n, v.as_str())).collect();
            match ask(&fixture::public(), &changes) {
                Ok(request) => prop_assert_eq!(request.redirect_uri.as_str(), REDIRECT_URI),
                Err(AuthorizationRefusal::Redirect { redirect_uri, error, .. }) => {
                    prop_assert_eq!(redirect_uri.as_str(), REDIRECT_URI);
                    prop_assert!(error.code != ErrorCode::ServerError);
                }
                Err(AuthorizationRefusal::Page(error)) => prop_assert_eq!(error.code, ErrorCode::InvalidRequest),
            }
        }
    }
}
