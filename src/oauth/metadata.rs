//! Authorization server metadata: RFC 8414 §2, OpenID Connect Discovery §3, RFC 9701 §7, telling exactly what exists.

use serde_json::{Value, json};

use super::client::{AuthMethod, GrantType};
use super::jws::Algorithm;
use super::response_mode::ResponseMode;
use super::subject::SubjectType;
use super::{dpop, id_token};

/// What is told of people and sign-ins (OpenID Connect Discovery §3).
const CLAIMS: [&str; 16] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "name",
    "preferred_username",
    "locale",
    "email",
    "email_verified",
];

/// The document at `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`; `issuer` is the public
/// URL, without a trailing slash; `scopes` are all that can be asked for. It has no path, and so the two ways to write the URL (RFC 8414 §5) are one.
pub fn authorization_server(issuer: &str, scopes: &[impl AsRef<str>]) -> Value {
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
        "scopes_supported": scopes.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::ALL.map(ResponseMode::as_str),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "require_pushed_authorization_requests": false,
        "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": every_method,
        "token_endpoint_auth_signing_alg_values_supported": client_algorithms,
        "introspection_endpoint_auth_methods_supported": proving,
        "introspection_endpoint_auth_signing_alg_values_supported": client_algorithms,
        "revocation_endpoint_auth_methods_supported": every_method,
        "revocation_endpoint_auth_signing_alg_values_supported": client_algorithms,
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
        "authorization_response_iss_parameter_supported": true,
        "userinfo_endpoint": at("/oauth/userinfo"),
        "end_session_endpoint": at("/oauth/logout"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "subject_types_supported": SubjectType::ALL.map(SubjectType::as_str),
        "id_token_signing_alg_values_supported": id_token::ALGORITHMS,
        "userinfo_signing_alg_values_supported": id_token::ALGORITHMS,
        "introspection_signing_alg_values_supported": id_token::ALGORITHMS,
        "acr_values_supported": id_token::ACR_VALUES,
        "claim_types_supported": ["normal"],
        "claims_supported": CLAIMS,
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::as_str),
        // The default is true (OpenID Connect Discovery §3).
        "request_uri_parameter_supported": false,
    })
}

/// Adds that clients may describe themselves (draft-ietf-oauth-client-id-metadata-document-02 §6); where they may not, nothing
/// is said.
pub fn offer_client_id_metadata_documents(metadata: &mut Value) {
    if let Some(members) = metadata.as_object_mut() {
        members.insert("client_id_metadata_document_supported".to_owned(), true.into());
    }
}

/// Adds where clients register themselves (RFC 8414 §2, RFC 7591 §3); where they may not, nothing is said.
pub fn offer_registration(metadata: &mut Value, issuer: &str) {
    if let Some(members) = metadata.as_object_mut() {
        let endpoint = format!("{}/oauth/register", issuer.trim_end_matches('/'));
        members.insert("registration_endpoint".to_owned(), endpoint.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::scope;

    #[test]
    fn rfc8414_2_issuer_is_exact_and_endpoints_lie_under_it() {
        for issuer in ["https://id.example", "https://id.example/", "http://127.0.0.1:8080"] {
            let metadata = authorization_server(issuer, &scope::SUPPORTED);
            assert_eq!(metadata["issuer"], issuer);
            let token = metadata["token_endpoint"].as_str().unwrap();
            assert_eq!(token, format!("{}/oauth/token", issuer.trim_end_matches('/')));
        }
    }

    #[test]
    fn oidc_discovery_3_the_required_members_are_there_and_rs256_is_offered() {
        let metadata = authorization_server("https://id.example", &scope::SUPPORTED);
        for name in [
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "scopes_supported",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
            "claims_supported",
            // RP-Initiated Logout §2.1.
            "end_session_endpoint",
        ] {
            assert!(metadata.get(name).is_some(), "{name}");
        }
        let has = |name: &str, value: &str| metadata[name].as_array().unwrap().contains(&json!(value));
        assert!(has("id_token_signing_alg_values_supported", "RS256") && has("scopes_supported", "openid"));
        assert!(!has("id_token_signing_alg_values_supported", "none"));
        // Omitted, it would mean true.
        assert_eq!(metadata["request_uri_parameter_supported"], false);
    }

    #[test]
    fn oidc_backchannel_2_1_logout_is_told_with_the_session() {
        let metadata = authorization_server("https://id.example", &scope::SUPPORTED);
        assert_eq!(metadata["backchannel_logout_supported"], true);
        assert_eq!(metadata["backchannel_logout_session_supported"], true);
        assert!(metadata.get("frontchannel_logout_supported").is_none());
    }

    #[test]
    fn contract_3_passwords_are_no_listed_grant() {
        let metadata = authorization_server("https://id.example", &scope::SUPPORTED);
        let expected = json!([
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ]);
        assert_eq!(metadata["grant_types_supported"], expected);
    }

    #[test]
    fn rfc7636_and_rfc9207_are_announced() {
        let metadata = authorization_server("https://id.example", &scope::SUPPORTED);
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
    }

    #[test]
    fn rfc9449_5_1_the_algorithms_of_proofs_are_announced() {
        let metadata = authorization_server("https://id.example", &scope::SUPPORTED);
        let expected = json!(["ES256", "EdDSA", "PS256", "RS256"]);
        assert_eq!(metadata["dpop_signing_alg_values_supported"], expected);
    }

    #[test]
    fn rfc7662_2_1_introspection_is_not_for_public_clients() {
        let metadata = authorization_server("https://id.example", &scope::SUPPORTED);
        let methods = json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]);
        assert_eq!(metadata["introspection_endpoint_auth_methods_supported"], methods);
        assert_eq!(metadata["revocation_endpoint_auth_methods_supported"][3], "none");
    }

    #[test]
    fn rfc8414_2_signing_algorithms_of_client_assertions_are_announced_without_none() {
        let metadata = authorization_server("https://id.example", &scope::SUPPORTED);
        for endpoint in ["token", "introspection", "revocation"] {
            let listed = &metadata[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
            assert_eq!(*listed, json!(["RS256", "PS256", "ES256", "EdDSA"]), "{endpoint}");
        }
    }
}
