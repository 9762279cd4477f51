//! The ID token: OpenID Connect Core §2, §3.1.3.6, §12.2.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::client_fault::{ClientFault, Reason, Rule};

/// How long an ID token may be taken for an answer to a sign-in, in seconds.
pub const LIFETIME_SECONDS: i64 = 3600;

/// The `typ` header of ID tokens and of signed userinfo answers (RFC 7519 §5.1): never that of an access token.
pub const TYP: &str = "JWT";

/// The algorithms a client may choose among, the default first (OpenID Connect Registration §2).
pub const ALGORITHMS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

/// What a sign-in by password alone is worth. A second factor will be worth more (OpenID Connect Core §2, `acr`).
pub const ACR_PASSWORD: &str = "1";
/// Every value that `acr` may have.
pub const ACR_VALUES: [&str; 1] = [ACR_PASSWORD];
/// How people sign in (RFC 8176 §2).
pub const AMR_PASSWORD: &str = "pwd";

/// The claims of an ID token. There is one audience, the client, and so no `azp`.
#[derive(Serialize, Deserialize, Clone)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person, as the client knows them.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// Its end, in seconds since the epoch.
    pub exp: i64,
    /// When it was issued, in seconds since the epoch.
    pub iat: i64,
    /// When the person signed in, in seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// What the client sent with its request; none when a token is refreshed (§12.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How well it was proved who signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// Binds the access token that came with it (§3.1.3.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The session (OpenID Connect Back-Channel Logout §2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What was asked for by the claims parameter (§5.5).
    #[serde(flatten)]
    pub person: Map<String, Value>,
}

/// Whether `algorithm` may be registered for the member `name`.
///
/// # Errors
/// What to change.
pub fn validate_algorithm(name: &'static str, algorithm: Option<&str>) -> Result<(), ClientFault> {
    match algorithm {
        Some(other) if !ALGORITHMS.contains(&other) => {
            let reason = Reason::new(Rule::Algorithm, "use RS256, ES256, PS256 or EdDSA");
            Err(ClientFault::of(name, name, other, reason))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> IdTokenClaims {
        IdTokenClaims {
            iss: "https://id.example".into(),
            sub: "u".into(),
            aud: "app".into(),
            exp: 10,
            iat: 1,
            auth_time: None,
            nonce: None,
            acr: None,
            amr: Vec::new(),
            at_hash: None,
            sid: None,
            person: Map::new(),
        }
    }

    #[test]
    fn oidc_core_2_the_required_claims_are_there_and_no_null() {
        let json = serde_json::to_string(&claims()).unwrap();
        assert_eq!(json, r#"{"iss":"https://id.example","sub":"u","aud":"app","exp":10,"iat":1}"#);
    }

    #[test]
    fn oidc_core_2_claims_round_trip_and_what_lacks_a_required_one_is_no_id_token() {
        let mut before = claims();
        before.nonce = Some("n".into());
        before.person.insert("email".into(), "a@b.example".into());
        let text = serde_json::to_string(&before).unwrap();
        let after: IdTokenClaims = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&after).unwrap(), text);
        // What a signed userinfo answer says, of the same type.
        let userinfo = r#"{"iss":"https://id.example","sub":"u","aud":"app"}"#;
        assert!(serde_json::from_str::<IdTokenClaims>(userinfo).is_err());
    }

    #[test]
    fn oidc_registration_2_what_an_id_token_may_be_signed_by() {
        for good in [None, Some("RS256"), Some("ES256"), Some("PS256"), Some("EdDSA")] {
            assert_eq!(validate_algorithm("id_token_signed_response_alg", good), Ok(()));
        }
        for bad in ["none", "HS256", "rs256", "ES384", ""] {
            assert!(validate_algorithm("id_token_signed_response_alg", Some(bad)).is_err(), "{bad}");
        }
    }
}
