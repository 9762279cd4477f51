//! A successful token response: RFC 6749 §5.1, RFC 8693 §2.2.1.

use serde::Serialize;

/// The body; the caller adds `Cache-Control: no-store` (RFC 6749 §5.1).
#[derive(Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// `Bearer` (RFC 6750), or `DPoP` for one that is bound to a key (RFC 9449 §5).
    pub token_type: &'static str,
    /// Seconds until the access token ends.
    pub expires_in: i64,
    /// What it allows, space separated.
    pub scope: String,
    /// Present if the grant gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Who signed in, if `openid` was granted (OpenID Connect Core §3.1.3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// What was given in exchange (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
}

/// The type of a token that whoever has it may use (RFC 6750).
pub const BEARER: &str = "Bearer";
/// The type of a token that is bound to a key (RFC 9449 §5).
pub const DPOP: &str = "DPoP";

/// The type of an access token, by whether it is bound to a key.
pub const fn token_type(is_bound: bool) -> &'static str {
    if is_bound { DPOP } else { BEARER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_5_1_members_and_no_null_refresh_token() {
        let mut response = TokenResponse {
            access_token: "a".into(),
            token_type: BEARER,
            expires_in: 3600,
            scope: "read".into(),
            refresh_token: None,
            id_token: None,
            issued_token_type: None,
        };
        let json = |r: &TokenResponse| serde_json::to_string(r).unwrap();
        assert_eq!(
            json(&response),
            r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"scope":"read"}"#
        );
        response.refresh_token = Some("r".into());
        assert!(json(&response).contains(r#""refresh_token":"r""#));
    }
}
