//! FAPI 2.0 Security Profile, final: what the switch `fapi` of a client asks, in one place.
//!
//! | section | rule | asked by |
//! |---|---|---|
//! | 5.3.2.1 (3) | confidential clients only | [`check`] |
//! | 5.3.2.1 (4, 5) | tokens bound to a key, by DPoP | [`ClientMetadata::needs_bound_tokens`] |
//! | 5.3.2.1 (6) | clients authenticate by `private_key_jwt` | [`check`] |
//! | 5.3.2.1 (8) | `aud` of an assertion is the issuer and nothing else | [`ClientMetadata::takes_only_the_issuer_as_audience`] |
//! | 5.3.2.1 (9) | refresh tokens are not rotated | confidential clients' never are (contract §5) |
//! | 5.3.2.1 (11) | codes end after 60 seconds | all of ours do |
//! | 5.3.2.1 (13) | `iat` up to 10 s ahead is accepted, more than 60 s is not | `dpop::MAX_AHEAD_SECONDS` |
//! | 5.3.2.2 (2, 3, 4) | requests are pushed, by an authenticated client | [`ClientMetadata::must_push`] |
//! | 5.3.2.2 (5) | PKCE with S256 | [`check`]; there is no other method here |
//! | 5.3.2.2 (6) | a pushed request names its redirect URI | [`ClientMetadata::needs_redirect_uri`] |
//! | 5.3.2.2 (7) | `iss` in the answer | every answer of ours has it |
//! | 5.3.2.2 (8) | no redirect over http, but on loopback | no client of ours may register one |
//! | 5.4.1 | PS256, ES256 or EdDSA | [`ClientMetadata::allows_algorithm`], [`allows`], [`check`] |

use super::client::{AuthMethod, Client, ClientKind};
use super::client_fault::{ClientFault, Rule};
use super::client_metadata::ClientMetadata;

/// What a JWT may be signed with, by whomever (FAPI 2.0 §5.4.1).
pub const ALGORITHMS: [&str; 3] = ["PS256", "ES256", "EdDSA"];

impl ClientMetadata {
    /// Whether each of its token requests must prove a key (RFC 9449 §5.2; FAPI 2.0 §5.3.2.1).
    pub const fn needs_bound_tokens(&self) -> bool {
        self.dpop_bound_access_tokens || self.fapi
    }

    /// Whether its requests must be pushed (RFC 9126 §6; FAPI 2.0 §5.3.2.2).
    pub const fn must_push(&self) -> bool {
        self.require_pushed_authorization_requests || self.fapi
    }

    /// Whether its requests must name the redirect URI, even if it has but one (FAPI 2.0 §5.3.2.2).
    pub const fn needs_redirect_uri(&self) -> bool {
        self.fapi
    }

    /// Whether the `aud` of its assertions must be the issuer, as a string (FAPI 2.0 §5.3.2.1).
    pub const fn takes_only_the_issuer_as_audience(&self) -> bool {
        self.fapi
    }

    /// Whether a JWT of this client's, or for it, may be signed so (FAPI 2.0 §5.4.1).
    pub fn allows_algorithm(&self, algorithm: &str) -> bool {
        !self.fapi || allows(algorithm)
    }
}

/// Whether the profile allows an algorithm, for the access tokens of its clients, too: whatever this server signs them with
/// otherwise (FAPI 2.0 §5.4.1).
pub fn allows(algorithm: &str) -> bool {
    ALGORITHMS.contains(&algorithm)
}

/// Whether a client may be registered with the switch.
///
/// # Errors
/// What to change.
pub(super) fn check(client: &Client) -> Result<(), ClientFault> {
    let metadata = &client.metadata;
    if !metadata.fapi {
        return Ok(());
    }
    let refuse =
        |member, rule, advice: &str| Err(ClientFault::new(member, rule, format!("{advice} (FAPI 2.0)")));
    if client.kind != ClientKind::Confidential {
        return refuse(
            "public",
            Rule::FapiConfidential,
            "make the client confidential: the profile knows no public ones",
        );
    }
    if client.auth_method != Some(AuthMethod::PrivateKeyJwt) {
        return refuse(
            "token_endpoint_auth_method",
            Rule::FapiKeys,
            "set the client's authentication method to private_key_jwt",
        );
    }
    if metadata.jwks.is_none() && metadata.jwks_uri.is_none() {
        return refuse("jwks", Rule::NeedsKeys, "give the client's public keys, by jwks or by jwks_uri");
    }
    if !client.require_pkce {
        return refuse("require_pkce", Rule::FapiPkce, "leave PKCE switched on");
    }
    let chosen = [
        ("id_token_signed_response_alg", &metadata.id_token_signed_response_alg),
        ("userinfo_signed_response_alg", &metadata.userinfo_signed_response_alg),
        ("introspection_signed_response_alg", &metadata.introspection_signed_response_alg),
        ("request_object_signing_alg", &metadata.request_object_signing_alg),
    ];
    for (name, algorithm) in chosen {
        if algorithm.as_deref().is_some_and(|algorithm| !metadata.allows_algorithm(algorithm)) {
            let advice = format!("choose PS256, ES256 or EdDSA for {name}");
            return refuse(name, Rule::FapiAlgorithm, &advice);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{authorization_code, dpop, fixture};
    use serde_json::json;

    fn client() -> Client {
        let metadata = ClientMetadata {
            fapi: true,
            jwks: Some(json!({"keys": []})),
            id_token_signed_response_alg: Some("PS256".into()),
            ..ClientMetadata::default()
        };
        Client { auth_method: Some(AuthMethod::PrivateKeyJwt), metadata, ..fixture::confidential() }
    }

    fn advice(change: impl Fn(&mut Client)) -> String {
        let mut client = client();
        change(&mut client);
        check(&client).err().map(String::from).unwrap_or_default()
    }

    #[test]
    fn fapi2_5_3_2_1_what_contradicts_the_profile_is_not_registered() {
        assert_eq!(check(&client()), Ok(()));
        assert!(advice(|c| c.kind = ClientKind::Public).contains("confidential"));
        assert!(advice(|c| c.auth_method = None).contains("private_key_jwt"));
        assert!(advice(|c| c.auth_method = Some(AuthMethod::ClientSecretPost)).contains("private_key_jwt"));
        assert!(advice(|c| c.metadata.jwks = None).contains("jwks_uri"));
        assert!(advice(|c| c.require_pkce = false).contains("PKCE"));
        // Without the switch none of it is asked.
        assert_eq!(check(&Client { require_pkce: false, ..fixture::confidential() }), Ok(()));
    }

    #[test]
    fn fapi2_5_4_1_rs256_and_none_are_not_registered() {
        let unsaid = advice(|c| c.metadata.id_token_signed_response_alg = None);
        assert_eq!(unsaid, "", "the default is another one");
        let default = ClientMetadata { fapi: true, ..ClientMetadata::default() };
        assert!(ALGORITHMS.contains(&default.id_token_algorithm()));
        for bad in ["RS256", "none", "HS256"] {
            assert!(
                advice(|c| c.metadata.id_token_signed_response_alg = Some(bad.into())).contains("id_token")
            );
            assert!(
                advice(|c| c.metadata.userinfo_signed_response_alg = Some(bad.into())).contains("userinfo")
            );
            assert!(
                advice(|c| c.metadata.request_object_signing_alg = Some(bad.into()))
                    .contains("request_object")
            );
            assert!(!client().metadata.allows_algorithm(bad));
        }
        assert!(ALGORITHMS.iter().all(|algorithm| client().metadata.allows_algorithm(algorithm)));
        assert!(ClientMetadata::default().allows_algorithm("RS256"));
    }

    #[test]
    fn fapi2_5_3_2_one_switch_turns_on_what_has_switches_of_its_own() {
        let plain = ClientMetadata::default();
        assert!(!plain.needs_bound_tokens() && !plain.must_push() && !plain.needs_redirect_uri());
        assert!(!plain.takes_only_the_issuer_as_audience());
        let held = ClientMetadata { fapi: true, ..plain.clone() };
        assert!(held.needs_bound_tokens() && held.must_push() && held.needs_redirect_uri());
        assert!(held.takes_only_the_issuer_as_audience());
        assert!(ClientMetadata { dpop_bound_access_tokens: true, ..plain.clone() }.needs_bound_tokens());
        let pushed = ClientMetadata { require_pushed_authorization_requests: true, ..plain };
        assert!(pushed.must_push());
    }

    #[test]
    fn fapi2_5_3_2_1_codes_and_clocks_are_within_the_profile() {
        let (code, ahead) = (authorization_code::LIFETIME_SECONDS, dpop::MAX_AHEAD_SECONDS);
        assert_eq!((code, ahead), (60, ahead.clamp(10, 60)));
    }
}
