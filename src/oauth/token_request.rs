//! A request to the token endpoint: RFC 6749 §4.1.3, §4.4.2, §6; RFC 7636 §4.5; RFC 8628 §3.4; RFC 8693 §2.1; RFC 8707 §2.2.

use super::client::GrantType;
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::token_exchange::TokenExchangeRequest;

/// What is asked of the token endpoint.
pub enum TokenRequest {
    /// A code for tokens (RFC 6749 §4.1.3).
    AuthorizationCode(AuthorizationCodeRequest),
    /// A refresh token for tokens (RFC 6749 §6).
    RefreshToken(RefreshTokenRequest),
    /// A token for the client itself (RFC 6749 §4.4.2).
    ClientCredentials(ClientCredentialsRequest),
    /// A device code for tokens (RFC 8628 §3.4).
    DeviceCode(DeviceCodeRequest),
    /// A token, or a key, for a narrower token (RFC 8693 §2.1).
    TokenExchange(TokenExchangeRequest),
}

/// RFC 6749 §4.1.3. Holds secrets: no `Debug`.
pub struct AuthorizationCodeRequest {
    /// The code.
    pub code: String,
    /// Must be repeated if the authorization request had it.
    pub redirect_uri: Option<String>,
    /// RFC 7636 §4.5.
    pub code_verifier: Option<String>,
    /// RFC 8707 §2.2.
    pub resource: Option<String>,
}

/// RFC 6749 §6. Holds secrets: no `Debug`.
pub struct RefreshTokenRequest {
    /// The refresh token.
    pub refresh_token: String,
    /// A narrower scope.
    pub scope: Option<String>,
    /// RFC 8707 §2.2.
    pub resource: Option<String>,
}

/// RFC 6749 §4.4.2.
pub struct ClientCredentialsRequest {
    /// The scope asked for.
    pub scope: Option<String>,
    /// RFC 8707 §2.
    pub resource: Option<String>,
}

/// RFC 8628 §3.4. Holds a secret: no `Debug`.
pub struct DeviceCodeRequest {
    /// The device code.
    pub device_code: String,
    /// RFC 8707 §2.2.
    pub resource: Option<String>,
}

impl TokenRequest {
    /// Reads the parameters of one grant; others are ignored (RFC 6749 §3.2).
    ///
    /// # Errors
    /// `unsupported_grant_type` for a grant that does not exist here, `password` among them (contract §3);
    /// `invalid_request` if a required parameter is missing.
    pub fn parse(parameters: &Parameters) -> Result<Self, OAuthError> {
        let owned = |name: &str| parameters.get(name).map(str::to_owned);
        let grant_type = required(parameters, "grant_type", "grant_type is missing")?;
        match GrantType::parse(grant_type) {
            Some(GrantType::AuthorizationCode) => Ok(Self::AuthorizationCode(AuthorizationCodeRequest {
                code: required(parameters, "code", "code is missing")?.to_owned(),
                redirect_uri: owned("redirect_uri"),
                code_verifier: owned("code_verifier"),
                resource: owned("resource"),
            })),
            Some(GrantType::RefreshToken) => Ok(Self::RefreshToken(RefreshTokenRequest {
                refresh_token: required(parameters, "refresh_token", "refresh_token is missing")?.to_owned(),
                scope: owned("scope"),
                resource: owned("resource"),
            })),
            Some(GrantType::ClientCredentials) => Ok(Self::ClientCredentials(ClientCredentialsRequest {
                scope: owned("scope"),
                resource: owned("resource"),
            })),
            Some(GrantType::DeviceCode) => Ok(Self::DeviceCode(DeviceCodeRequest {
                device_code: required(parameters, "device_code", "device_code is missing")?.to_owned(),
                resource: owned("resource"),
            })),
            Some(GrantType::TokenExchange) => {
                TokenExchangeRequest::parse(parameters).map(Self::TokenExchange)
            }
            None => Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token, client_credentials, \
                 urn:ietf:params:oauth:grant-type:device_code or \
                 urn:ietf:params:oauth:grant-type:token-exchange",
            )),
        }
    }

    /// The grant this request uses.
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::DeviceCode(_) => GrantType::DeviceCode,
            Self::TokenExchange(_) => GrantType::TokenExchange,
        }
    }
}

fn required<'a>(
    parameters: &'a Parameters,
    name: &str,
    missing: &'static str,
) -> Result<&'a str, OAuthError> {
    parameters.get(name).ok_or_else(|| OAuthError::new(ErrorCode::InvalidRequest, missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(form: &str) -> Result<GrantType, ErrorCode> {
        let parameters = Parameters::from_form(form.as_bytes()).ok().unwrap();
        TokenRequest::parse(&parameters).map(|r| r.grant_type()).map_err(|e| e.code)
    }

    #[test]
    fn rfc6749_5_2_grant_type_is_required_and_known() {
        for (form, expected) in [
            ("grant_type=authorization_code&code=c", Ok(GrantType::AuthorizationCode)),
            ("grant_type=refresh_token&refresh_token=r", Ok(GrantType::RefreshToken)),
            ("grant_type=client_credentials", Ok(GrantType::ClientCredentials)),
            (
                "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=d",
                Ok(GrantType::DeviceCode),
            ),
            ("grant_type=urn:ietf:params:oauth:grant-type:device_code", Err(ErrorCode::InvalidRequest)),
            (
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=t\
                 &subject_token_type=urn:ietf:params:oauth:token-type:access_token",
                Ok(GrantType::TokenExchange),
            ),
            ("grant_type=urn:ietf:params:oauth:grant-type:token-exchange", Err(ErrorCode::InvalidRequest)),
            ("grant_type=device_code&device_code=d", Err(ErrorCode::UnsupportedGrantType)),
            ("grant_type=authorization_code", Err(ErrorCode::InvalidRequest)),
            ("grant_type=authorization_code&code=", Err(ErrorCode::InvalidRequest)),
            ("grant_type=refresh_token", Err(ErrorCode::InvalidRequest)),
            ("code=c", Err(ErrorCode::InvalidRequest)),
            ("grant_type=&code=c", Err(ErrorCode::InvalidRequest)),
            ("grant_type=implicit", Err(ErrorCode::UnsupportedGrantType)),
            ("grant_type=Authorization_Code&code=c", Err(ErrorCode::UnsupportedGrantType)),
        ] {
            assert_eq!(check(form), expected, "{form}");
        }
    }

    #[test]
    fn contract_3_the_token_endpoint_does_no_passwords() {
        assert_eq!(check("grant_type=password&username=u&password=p"), Err(ErrorCode::UnsupportedGrantType));
    }

    #[test]
    fn rfc6749_4_1_3_form_and_json_read_alike() {
        let json =
            br#"{"grant_type":"authorization_code","code":"c","redirect_uri":"u","code_verifier":"v"}"#;
        let form = b"grant_type=authorization_code&code=c&redirect_uri=u&code_verifier=v";
        for parameters in [Parameters::from_json(json), Parameters::from_form(form)] {
            let Ok(TokenRequest::AuthorizationCode(request)) = TokenRequest::parse(&parameters.ok().unwrap())
            else {
                panic!("an authorization code request");
            };
            assert_eq!(request.code, "c");
            assert_eq!(request.redirect_uri.as_deref(), Some("u"));
            assert_eq!(request.code_verifier.as_deref(), Some("v"));
            assert_eq!(request.resource, None);
        }
    }

    proptest! {
        #[test]
        fn token_request_parser_never_panics(form in "[a-z_=&%+]{0,80}") {
            if let Ok(parameters) = Parameters::from_form(form.as_bytes()) {
                let _ = TokenRequest::parse(&parameters);
            }
        }
    }
}
