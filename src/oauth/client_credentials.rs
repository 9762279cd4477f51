//! The client credentials grant: RFC 6749 §4.4.

use super::client::{Client, GrantType};
use super::error::{ErrorCode, OAuthError};
use super::oxide;
use super::scope::{OFFLINE_ACCESS, OPENID, Scope};
use super::token_request::ClientCredentialsRequest;

/// The scope of the token an authenticated client gets for itself. Scopes that are about a person fall out of its
/// default, and are refused when asked for by name. There is no refresh token (RFC 6749 §4.4.3).
///
/// # Errors
/// `unauthorized_client` for a public client (RFC 6749 §4.4) or one without the grant; `invalid_scope`.
pub fn decide(client: &Client, request: &ClientCredentialsRequest) -> Result<Scope, OAuthError> {
    if client.is_public() || !client.allows(GrantType::ClientCredentials) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "this client may not use client_credentials",
        ));
    }
    let default = client.default_scope.without(OPENID).without(OFFLINE_ACCESS);
    let scope = oxide::client_credentials(client, request, &default)?;
    if scope.contains(OPENID) || scope.contains(OFFLINE_ACCESS) {
        return Err(OAuthError::new(
            ErrorCode::InvalidScope,
            "openid and offline_access are about a person: client_credentials has none",
        ));
    }
    Ok(scope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::ClientKind;
    use crate::oauth::fixture;

    fn check(client: &Client, scope: Option<&str>) -> Result<String, ErrorCode> {
        let request = ClientCredentialsRequest { scope: scope.map(str::to_owned), resource: None };
        decide(client, &request).map(|s| s.to_string()).map_err(|e| e.code)
    }

    #[test]
    fn rfc6749_4_4_a_client_gets_what_it_may_ask_for() {
        let client = fixture::confidential();
        for (scope, expected) in [
            (None, Ok("read")),
            (Some("  "), Ok("read")),
            (Some("read"), Ok("read")),
            (Some("write read read"), Ok("read write")),
            (Some("admin"), Err(ErrorCode::InvalidScope)),
            (Some("read admin"), Err(ErrorCode::InvalidScope)),
            (Some("re\"ad"), Err(ErrorCode::InvalidScope)),
            (Some("openid"), Err(ErrorCode::InvalidScope)),
            (Some("read offline_access"), Err(ErrorCode::InvalidScope)),
        ] {
            assert_eq!(check(&client, scope), expected.map(str::to_owned), "{scope:?}");
        }
    }

    #[test]
    fn rfc6749_4_4_only_confidential_clients_with_the_grant() {
        let public = Client { kind: ClientKind::Public, ..fixture::confidential() };
        assert_eq!(check(&public, None), Err(ErrorCode::UnauthorizedClient));
        let other = Client { grants: vec![GrantType::AuthorizationCode], ..fixture::confidential() };
        assert_eq!(check(&other, None), Err(ErrorCode::UnauthorizedClient));
    }

    #[test]
    fn rfc6749_3_3_without_a_default_the_scope_must_be_named() {
        let client = Client { default_scope: Scope::from(["openid"]), ..fixture::confidential() };
        assert_eq!(check(&client, None), Err(ErrorCode::InvalidScope));
        assert_eq!(check(&client, Some("read")), Ok("read".into()));
    }
}
