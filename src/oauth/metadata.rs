//! Authorization server metadata: RFC 8414 §2, telling exactly what exists.

use serde_json::{Value, json};

use super::client::{AuthMethod, GrantType};
use super::jws::Algorithm;
use super::scope;

/// The document at `/.well-known/oauth-authorization-server`; `issuer` is the public URL, without a trailing slash.
pub fn authorization_server(issuer: &str) -> Value {
    let at = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
    let every_method = AuthMethod::ALL.map(AuthMethod::as_str);
    let proving: Vec<_> =
        every_method.into_iter().filter(|method| *method != AuthMethod::None.as_str()).collect();
    let client_algorithms = Algorithm::ALL.map(Algorithm::as_str);
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "device_authorization_endpoint": at("/oauth/device_authorization"),
        "introspection_endpoint": at("/oauth/introspect"),
        "revocation_endpoint": at("/oauth/revoke"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "scopes_supported": scope::SUPPORTED,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": every_method,
        "token_endpoint_auth_signing_alg_values_supported": client_algorithms,
        "introspection_endpoint_auth_methods_supported": proving,
        "introspection_endpoint_auth_signing_alg_values_supported": client_algorithms,
        "revocation_endpoint_auth_methods_supported": every_method,
        "revocation_endpoint_auth_signing_alg_values_supported": client_algorithms,
        "authorization_response_iss_parameter_supported": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8414_2_issuer_is_exact_and_endpoints_lie_under_it() {
        for issuer in ["https://id.example", "https://id.example/", "http://127.0.0.1:8080"] {
            let metadata = authorization_server(issuer);
            assert_eq!(metadata["issuer"], issuer);
            let token = metadata["token_endpoint"].as_str().unwrap();
            assert_eq!(token, format!("{}/oauth/token", issuer.trim_end_matches('/')));
        }
    }

    #[test]
    fn contract_3_passwords_are_no_listed_grant() {
        let metadata = authorization_server("https://id.example");
        let expected = json!([
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
        ]);
        assert_eq!(metadata["grant_types_supported"], expected);
    }

    #[test]
    fn rfc7636_and_rfc9207_are_announced() {
        let metadata = authorization_server("https://id.example");
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
    }

    #[test]
    fn rfc7662_2_1_introspection_is_not_for_public_clients() {
        let metadata = authorization_server("https://id.example");
        let methods = json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]);
        assert_eq!(metadata["introspection_endpoint_auth_methods_supported"], methods);
        assert_eq!(metadata["revocation_endpoint_auth_methods_supported"][3], "none");
    }

    #[test]
    fn rfc8414_2_signing_algorithms_of_client_assertions_are_announced_without_none() {
        let metadata = authorization_server("https://id.example");
        for endpoint in ["token", "introspection", "revocation"] {
            let listed = &metadata[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
            assert_eq!(*listed, json!(["RS256", "PS256", "ES256", "EdDSA"]), "{endpoint}");
        }
    }
}
