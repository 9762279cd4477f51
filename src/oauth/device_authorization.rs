//! The device authorization request and its answer, and the code that a person types: RFC 8628 §3.1, §3.2, §6.1.

use std::fmt;

use serde::Serialize;

use super::client::{Client, GrantType};
use super::device_code::{INTERVAL_SECONDS, LIFETIME_SECONDS};
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::resource_indicator;
use super::scope::Scope;

/// Where a person types the code, below the public URL.
pub const VERIFICATION_PATH: &str = "/device";
/// The letters of a user code: no vowels, so that no words come out, and no digits, so that none looks like a letter
/// (RFC 8628 §6.1).
pub const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters in a user code: 34.5 bits, for ten minutes and few guesses (RFC 8628 §5.1).
pub const USER_CODE_LENGTH: usize = 8;
/// Longest input that is looked at, in characters.
const MAX_TYPED: usize = 64;

/// A device authorization request (RFC 8628 §3.1), found good.
#[derive(PartialEq, Eq, Debug)]
pub struct DeviceAuthorizationRequest {
    /// What it asks for, or the client's default.
    pub scope: Scope,
    /// The resource it is for (RFC 8707), as it is registered; `None`: the public URL.
    pub resource: Option<String>,
}

/// Reads the request of a client that has authenticated; `known_resources` are those of all resource servers, `issuer` is
/// the public URL.
///
/// # Errors
/// `unauthorized_client` for a client without the grant; `invalid_scope`; `invalid_target`.
pub fn check(
    parameters: &Parameters,
    client: &Client,
    issuer: &str,
    known_resources: &[String],
) -> Result<DeviceAuthorizationRequest, OAuthError> {
    if !client.allows(GrantType::DeviceCode) {
        let text = "this client is not registered for the device grant";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
    }
    let resource = parameters
        .get("resource")
        .map(|resource| resource_indicator::resolve(Some(resource), known_resources, issuer))
        .transpose()?;
    Ok(DeviceAuthorizationRequest { scope: scope(parameters, client)?, resource })
}

/// The scope asked for, or the default (RFC 6749 §3.3).
fn scope(parameters: &Parameters, client: &Client) -> Result<Scope, OAuthError> {
    let refuse = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidScope, text));
    let Ok(asked) = Scope::parse(parameters.get("scope").unwrap_or_default()) else {
        return refuse("scope is malformed");
    };
    let scope = if asked.is_empty() { client.default_scope.clone() } else { asked };
    if scope.is_empty() {
        return refuse("scope is required: this client has no default");
    }
    if !scope.is_subset_of(&client.scope) {
        return refuse("scope is more than this client may ask for");
    }
    Ok(scope)
}

/// What a device shows and a person types. No `Debug`: whoever knows it can show it to somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// Reads what a person typed: case, spaces and dashes of any kind make no difference (RFC 8628 §6.1). `None` for
    /// what can be no code.
    pub fn parse(typed: &str) -> Option<Self> {
        let letters: String = typed
            .chars()
            .take(MAX_TYPED)
            .filter(|c| !c.is_whitespace() && !is_dash(*c))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let good = letters.len() == USER_CODE_LENGTH && letters.bytes().all(|b| ALPHABET.contains(&b));
        (good && typed.chars().count() <= MAX_TYPED).then_some(Self(letters))
    }

    /// The letters alone.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

/// In two halves, as it is shown.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at_checked(USER_CODE_LENGTH / 2).unwrap_or((&self.0, ""));
        write!(f, "{first}-{second}")
    }
}

/// What is typed or pasted between the halves.
const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The answer (RFC 8628 §3.2); the caller adds `Cache-Control: no-store`.
#[derive(Serialize)]
pub struct DeviceAuthorizationResponse {
    /// What the device asks the token endpoint with.
    pub device_code: String,
    /// What the person types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// The same with the code in it, for a picture to be scanned.
    pub verification_uri_complete: String,
    /// Seconds until both codes end.
    pub expires_in: i64,
    /// Seconds between two questions at the token endpoint.
    pub interval: i64,
}

impl DeviceAuthorizationResponse {
    /// The answer around two new codes; `issuer` is the public URL.
    pub fn new(device_code: &str, user_code: &UserCode, issuer: &str) -> Self {
        let verification_uri = format!("{}{VERIFICATION_PATH}", issuer.trim_end_matches('/'));
        Self {
            device_code: device_code.to_owned(),
            user_code: user_code.to_string(),
            verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
            verification_uri,
            expires_in: LIFETIME_SECONDS,
            interval: INTERVAL_SECONDS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture;
    use proptest::prelude::*;

    const ISSUER: &str = "https://id.example";

    fn ask(client: &Client, form: &str) -> Result<(String, Option<String>), ErrorCode> {
        let parameters = Parameters::from_form(form.as_bytes()).ok().unwrap();
        check(&parameters, client, ISSUER, &["https://api.example".to_owned()])
            .map(|request| (request.scope.to_string(), request.resource))
            .map_err(|error| error.code)
    }

    #[test]
    fn rfc8628_3_1_scope_is_what_the_client_may_ask_for_or_its_default() {
        let client = fixture::confidential();
        for (form, expected) in [
            ("client_id=app", Ok("read openid")),
            ("scope=+", Ok("read openid")),
            ("scope=write+read+write", Ok("write read")),
            ("scope=admin", Err(ErrorCode::InvalidScope)),
            ("scope=read+admin", Err(ErrorCode::InvalidScope)),
            ("scope=re%22ad", Err(ErrorCode::InvalidScope)),
        ] {
            let found = ask(&client, form).map(|(scope, _)| scope);
            assert_eq!(found, expected.map(str::to_owned), "{form}");
        }
        let none = Client { default_scope: Scope::empty(), ..client };
        assert_eq!(ask(&none, ""), Err(ErrorCode::InvalidScope));
    }

    #[test]
    fn rfc8628_3_1_only_a_client_with_the_grant_may_ask() {
        let client = Client { grants: vec![GrantType::AuthorizationCode], ..fixture::confidential() };
        assert_eq!(ask(&client, ""), Err(ErrorCode::UnauthorizedClient));
    }

    #[test]
    fn rfc8707_2_the_resource_of_a_device_is_a_registered_one() {
        let resource = |form| ask(&fixture::confidential(), form).map(|(_, resource)| resource);
        assert_eq!(resource("scope=read"), Ok(None));
        assert_eq!(resource("resource=https://API.example/"), Ok(Some("https://api.example".to_owned())));
        assert_eq!(resource("resource=https://else.example"), Err(ErrorCode::InvalidTarget));
    }

    #[test]
    fn rfc8628_6_1_case_spaces_and_dashes_make_no_difference() {
        for (typed, letters) in [
            ("WDJB-MJHT", Some("WDJBMJHT")),
            ("wdjbmjht", Some("WDJBMJHT")),
            (" w d j b \u{2013} M J H T\n", Some("WDJBMJHT")),
            ("W-D-J-B-M-J-H-T", Some("WDJBMJHT")),
            ("WDJB-MJH", None),
            ("WDJB-MJHTT", None),
            ("ADJB-MJHT", None),
            ("WDJB-MJH7", None),
            ("\u{17f}DJBMJHT", None),
            ("", None),
            ("--------", None),
        ] {
            let found = UserCode::parse(typed);
            assert_eq!(found.as_ref().map(UserCode::letters), letters, "{typed:?}");
        }
        let padded = format!("WDJBMJHT{}", " ".repeat(60));
        assert!(UserCode::parse(&padded).is_none(), "longer than anybody types");
    }

    #[test]
    fn rfc8628_6_1_no_vowel_and_no_digit() {
        assert_eq!(ALPHABET.len(), 20);
        assert!(ALPHABET.iter().all(|b| b.is_ascii_uppercase() && !b"AEIOUY".contains(b)));
    }

    #[test]
    fn rfc8628_3_2_the_answer_has_integers_and_both_addresses() {
        let code = UserCode::parse("wdjbmjht").unwrap();
        for issuer in ["https://id.example", "https://id.example/"] {
            let answer =
                serde_json::to_value(DeviceAuthorizationResponse::new("pdc_x", &code, issuer)).unwrap();
            assert_eq!(
                answer,
                serde_json::json!({
                    "device_code": "pdc_x",
                    "user_code": "WDJB-MJHT",
                    "verification_uri": "https://id.example/device",
                    "verification_uri_complete": "https://id.example/device?user_code=WDJB-MJHT",
                    "expires_in": 600,
                    "interval": 5,
                })
            );
        }
    }

    proptest! {
        #[test]
        fn user_code_parser_never_panics_and_reads_what_it_shows(typed in "\\PC{0,80}") {
            if let Some(code) = UserCode::parse(&typed) {
                prop_assert!(UserCode::parse(&code.to_string()) == Some(code));
            }
        }
    }
}
