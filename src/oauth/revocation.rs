//! Token revocation: RFC 7009 §2.

use super::client::Client;
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;

/// What the caller believes the token to be: where to look first, never where to look only (RFC 7009 §2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenTypeHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

impl TokenTypeHint {
    /// Reads `token_type_hint`; an unknown one is no hint (RFC 7009 §2.1, RFC 7662 §2.1).
    pub fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            Some("access_token") => Some(Self::AccessToken),
            Some("refresh_token") => Some(Self::RefreshToken),
            _ => None,
        }
    }
}

/// RFC 7009 §2.1. Holds a secret: no `Debug`.
pub struct RevocationRequest {
    /// The token to end.
    pub token: String,
    /// What it may be.
    pub hint: Option<TokenTypeHint>,
}

impl RevocationRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` without a token.
    pub fn parse(params: &Parameters) -> Result<Self, OAuthError> {
        let token = params
            .get("token")
            .ok_or_else(|| OAuthError::new(ErrorCode::InvalidRequest, "token is missing"))?;
        Ok(Self { token: token.to_owned(), hint: TokenTypeHint::parse(params.get("token_type_hint")) })
    }
}

/// Whether `client` may revoke a token issued to `token_client_id`: only its own; another's is refused with an
/// error (RFC 7009 §2.1).
pub fn may_revoke(client: &Client, token_client_id: &str) -> bool {
    client.client_id == token_client_id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture;

    #[test]
    fn rfc7009_2_1_token_is_required_and_an_unknown_hint_is_ignored() {
        for (form, expected) in [
            ("token=t", Ok(None)),
            ("token=t&token_type_hint=access_token", Ok(Some(TokenTypeHint::AccessToken))),
            ("token=t&token_type_hint=refresh_token", Ok(Some(TokenTypeHint::RefreshToken))),
            ("token=t&token_type_hint=id_token", Ok(None)),
            ("token_type_hint=access_token", Err(ErrorCode::InvalidRequest)),
            ("token=", Err(ErrorCode::InvalidRequest)),
        ] {
            let params = Parameters::from_form(form.as_bytes()).ok().unwrap();
            let answer = RevocationRequest::parse(&params).map(|r| r.hint).map_err(|e| e.code);
            assert_eq!(answer, expected, "{form}");
        }
    }

    #[test]
    fn rfc7009_2_1_a_client_revokes_its_own_tokens_only() {
        assert!(may_revoke(&fixture::public(), "app"));
        assert!(!may_revoke(&fixture::confidential(), "other"));
    }
}
