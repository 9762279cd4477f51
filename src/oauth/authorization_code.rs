//! The authorization code and its redemption: RFC 6749 §4.1.2 and §4.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1 and §4.5.

use uuid::Uuid;

use crate::clock::UnixTime;

use super::client::{Client, GrantType};
use super::error::{ErrorCode, OAuthError};
use super::pkce::{CodeChallenge, valid_verifier};
use super::scope::Scope;
use super::token_request::AuthorizationCodeRequest;
use super::{oxide, resource_indicator};

/// How long a code lives, in seconds (contract §5).
pub const LIFETIME_SECONDS: i64 = 60;

/// A code as it was issued, found by its digest. The code itself is not here.
#[derive(Clone)]
pub struct AuthorizationCode {
    /// The client it was issued to.
    pub client_id: String,
    /// Who allowed it.
    pub user_id: Uuid,
    /// In which session.
    pub session_id: Uuid,
    /// The redirect URI it was sent to, as a string.
    pub redirect_uri: String,
    /// Whether the request named that URI; the token request must then repeat it (RFC 6749 §4.1.3).
    pub redirect_uri_was_given: bool,
    /// What was allowed.
    pub scope: Scope,
    /// What the verifier must match.
    pub code_challenge: Option<CodeChallenge>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// The resource it was authorised for; `None`: the public URL.
    pub resource: Option<String>,
    /// When the person signed in.
    pub auth_time: UnixTime,
    /// When it was issued.
    pub created_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was redeemed.
    pub consumed_at: Option<UnixTime>,
    /// The grant its redemption made.
    pub grant_id: Option<Uuid>,
    /// The claims that were asked for one by one, as JSON (OpenID Connect Core §5.5).
    pub claims: Option<String>,
    /// The thumbprint of the key that must redeem it (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
}

/// What a rightful presentation of a code means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Redemption {
    /// Its first use: tokens may be issued if the store agrees that it is.
    First,
    /// A further use by the right client with the right proof: refuse it and revoke what came from it
    /// (RFC 6749 §4.1.2).
    Replay {
        /// What to revoke, if the first use got that far.
        grant_id: Option<Uuid>,
    },
}

/// Whether `request` may redeem `code`, for a client that has authenticated. Everything but single use is decided
/// before [`Redemption::Replay`] can come out, so that only the rightful holder's second use revokes anything; whether
/// a use is the first is for the store to say once more, by its conditional update.
///
/// # Errors
/// `unauthorized_client`; `invalid_grant` for a code that is unknown, expired, another client's, or comes with another
/// redirect URI or verifier (or a verifier nobody asked for: RFC 9700 §2.1.1); `invalid_target` for another resource.
pub fn redeem(
    code: Option<&AuthorizationCode>,
    client: &Client,
    request: &AuthorizationCodeRequest,
    now: UnixTime,
) -> Result<Redemption, OAuthError> {
    if !client.allows(GrantType::AuthorizationCode) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "this client may not use authorization_code",
        ));
    }
    check_verifier(code, request)?;
    oxide::access_token(client, code, request)?;
    let Some(code) = code else { return Err(refused()) };
    check_redirect_uri(code, request)?;
    resource_indicator::unchanged(request.resource.as_deref(), code.resource.as_deref())?;
    match code.consumed_at {
        Some(_) => Ok(Redemption::Replay { grant_id: code.grant_id }),
        None if now < code.expires_at => Ok(Redemption::First),
        None => Err(refused()),
    }
}

/// RFC 7636 §4.1 and RFC 9700 §2.1.1: the syntax of a verifier, and that one comes only where a challenge was.
fn check_verifier(
    code: Option<&AuthorizationCode>,
    request: &AuthorizationCodeRequest,
) -> Result<(), OAuthError> {
    let Some(verifier) = request.code_verifier.as_deref() else { return Ok(()) };
    let unasked = code.is_some_and(|code| code.code_challenge.is_none());
    if unasked || !valid_verifier(verifier) { Err(refused()) } else { Ok(()) }
}

/// RFC 6749 §4.1.3: repeated if the authorization request had it, and then the same string.
fn check_redirect_uri(
    code: &AuthorizationCode,
    request: &AuthorizationCodeRequest,
) -> Result<(), OAuthError> {
    match request.redirect_uri.as_deref() {
        Some(uri) if uri == code.redirect_uri => Ok(()),
        None if !code.redirect_uri_was_given => Ok(()),
        _ => Err(refused()),
    }
}

fn refused() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidGrant,
        "the code is unknown, spent or expired, or not for this client, redirect_uri and code_verifier",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture::{self, REDIRECT_URI, VERIFIER, at};

    fn request() -> AuthorizationCodeRequest {
        AuthorizationCodeRequest {
            code: "pac_x".into(),
            redirect_uri: Some(REDIRECT_URI.into()),
            code_verifier: Some(VERIFIER.into()),
            resource: None,
        }
    }

    fn check(
        code: &AuthorizationCode,
        request: &AuthorizationCodeRequest,
        now: i64,
    ) -> Result<Redemption, ErrorCode> {
        redeem(Some(code), &fixture::public(), request, at(now)).map_err(|e| e.code)
    }

    const REFUSED: Result<Redemption, ErrorCode> = Err(ErrorCode::InvalidGrant);

    #[test]
    fn rfc6749_4_1_3_the_rightful_client_redeems_once() {
        assert_eq!(check(&fixture::code(), &request(), 1001), Ok(Redemption::First));
        let spent =
            AuthorizationCode { consumed_at: Some(at(1001)), grant_id: Some(Uuid::max()), ..fixture::code() };
        let replay = Ok(Redemption::Replay { grant_id: Some(Uuid::max()) });
        assert_eq!(check(&spent, &request(), 1002), replay);
        // A copy that turns up late is a theft all the same.
        assert_eq!(check(&spent, &request(), 99_999), replay);
    }

    #[test]
    fn rfc6749_4_1_2_a_code_ends_after_sixty_seconds() {
        assert_eq!(check(&fixture::code(), &request(), 1059), Ok(Redemption::First));
        assert_eq!(check(&fixture::code(), &request(), 1060), REFUSED);
        assert_eq!(LIFETIME_SECONDS, 60);
    }

    #[test]
    fn rfc6749_5_2_an_unknown_code_is_invalid_grant() {
        for redirect_uri in [Some(REDIRECT_URI), Some("not a url"), None] {
            let request =
                AuthorizationCodeRequest { redirect_uri: redirect_uri.map(str::to_owned), ..request() };
            let answer = redeem(None, &fixture::public(), &request, at(1001)).map_err(|e| e.code);
            assert_eq!(answer, REFUSED, "{redirect_uri:?}");
        }
    }

    /// Every way to be wrong, on a fresh and on a spent code: a replay must not come out of any (contract §5).
    #[test]
    fn rfc6749_4_1_3_the_wrong_presenter_is_refused_and_revokes_nothing() {
        let with = |change: fn(&mut AuthorizationCodeRequest)| {
            let mut changed = request();
            change(&mut changed);
            changed
        };
        let wrong = [
            ("verifier missing", with(|r| r.code_verifier = None)),
            ("verifier wrong", with(|r| r.code_verifier = Some("a".repeat(43)))),
            ("verifier short", with(|r| r.code_verifier = Some("a".into()))),
            ("verifier is the challenge", with(|r| r.code_verifier = Some(fixture::CHALLENGE.into()))),
            ("redirect_uri missing", with(|r| r.redirect_uri = None)),
            ("redirect_uri other", with(|r| r.redirect_uri = Some("https://evil.example/".into()))),
            (
                "redirect_uri equal as a URL only",
                with(|r| r.redirect_uri = Some("https://app.example:443/cb".into())),
            ),
            ("redirect_uri no URL", with(|r| r.redirect_uri = Some("cb".into()))),
        ];
        let spent = AuthorizationCode { consumed_at: Some(at(1001)), ..fixture::code() };
        for (name, request) in &wrong {
            assert_eq!(check(&fixture::code(), request, 1002), REFUSED, "{name}");
            assert_eq!(check(&spent, request, 1002), REFUSED, "{name}, spent");
        }
        let foreign = AuthorizationCode { client_id: "other".into(), ..spent };
        assert_eq!(check(&foreign, &request(), 1002), REFUSED);
    }

    #[test]
    fn rfc9700_2_1_1_a_verifier_without_challenge_is_refused() {
        let code = AuthorizationCode { code_challenge: None, ..fixture::code() };
        let old = Client { require_pkce: false, ..fixture::confidential() };
        let redeem =
            |client: &Client, request| redeem(Some(&code), client, &request, at(1001)).map_err(|e| e.code);
        assert_eq!(redeem(&old, request()), REFUSED);
        let without = || AuthorizationCodeRequest { code_verifier: None, ..request() };
        assert_eq!(redeem(&old, without()), Ok(Redemption::First));
        // The switch does nothing for a public client, and a client that needs PKCE now needs it for old codes too.
        assert_eq!(redeem(&Client { require_pkce: false, ..fixture::public() }, without()), REFUSED);
        assert_eq!(redeem(&fixture::confidential(), without()), REFUSED);
    }

    #[test]
    fn rfc7636_4_6_a_challenge_is_checked_even_where_none_was_needed() {
        let old = Client { require_pkce: false, ..fixture::confidential() };
        let without = AuthorizationCodeRequest { code_verifier: None, ..request() };
        let answer = redeem(Some(&fixture::code()), &old, &without, at(1001)).map_err(|e| e.code);
        assert_eq!(answer, REFUSED);
    }

    #[test]
    fn rfc6749_4_1_3_redirect_uri_may_be_left_out_if_the_request_had_none() {
        let code = AuthorizationCode { redirect_uri_was_given: false, ..fixture::code() };
        let without = AuthorizationCodeRequest { redirect_uri: None, ..request() };
        assert_eq!(check(&code, &without, 1001), Ok(Redemption::First));
        assert_eq!(check(&code, &request(), 1001), Ok(Redemption::First));
        let other =
            AuthorizationCodeRequest { redirect_uri: Some("https://evil.example/".into()), ..request() };
        assert_eq!(check(&code, &other, 1001), REFUSED);
    }

    #[test]
    fn rfc8707_2_2_resource_must_be_the_authorised_one() {
        let code = AuthorizationCode { resource: Some("https://api.example".into()), ..fixture::code() };
        for (resource, expected) in [
            (None, Ok(Redemption::First)),
            (Some("https://API.example/"), Ok(Redemption::First)),
            (Some("https://other.example"), Err(ErrorCode::InvalidTarget)),
        ] {
            let request = AuthorizationCodeRequest { resource: resource.map(str::to_owned), ..request() };
            assert_eq!(check(&code, &request, 1001), expected, "{resource:?}");
        }
    }

    #[test]
    fn rfc6749_5_2_a_client_without_the_grant_is_unauthorized() {
        let client = Client { grants: vec![GrantType::ClientCredentials], ..fixture::confidential() };
        let answer = redeem(Some(&fixture::code()), &client, &request(), at(1001)).map_err(|e| e.code);
        assert_eq!(answer, Err(ErrorCode::UnauthorizedClient));
    }
}
