//! Values the unit tests of this folder start from: clients, a code, a grant and a token of RFC 6749.

use uuid::Uuid;

use crate::clock::UnixTime;

use super::authorization_code::AuthorizationCode;
use super::authorization_grant::AuthorizationGrant;
use super::client::{AuthMethod, Client, ClientKind, GrantType};
use super::client_metadata::ClientMetadata;
use super::pkce::CodeChallenge;
use super::refresh_token::RefreshToken;
use super::scope::Scope;

/// RFC 7636 appendix B.
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// RFC 7636 appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Where both clients live.
pub(super) const REDIRECT_URI: &str = "https://app.example/cb";

pub(super) fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

pub(super) fn confidential() -> Client {
    Client {
        client_id: "app".into(),
        name: "App".into(),
        kind: ClientKind::Confidential,
        redirect_uris: vec![REDIRECT_URI.into()],
        grants: GrantType::ALL.to_vec(),
        scope: Scope::from(["read", "write", "openid", "offline_access"]),
        default_scope: Scope::from(["read", "openid"]),
        auth_method: None,
        require_pkce: true,
        resource_server: false,
        resources: Vec::new(),
        disabled: false,
        rate_limit: None,
        previous_secret_until: None,
        metadata: ClientMetadata::default(),
        created_at: at(0),
    }
}

pub(super) fn public() -> Client {
    Client {
        kind: ClientKind::Public,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        auth_method: Some(AuthMethod::None),
        ..confidential()
    }
}

/// Issued at 1000 to both clients.
pub(super) fn code() -> AuthorizationCode {
    AuthorizationCode {
        client_id: "app".into(),
        user_id: Uuid::from_u128(1),
        session_id: Uuid::from_u128(9),
        redirect_uri: REDIRECT_URI.into(),
        redirect_uri_was_given: true,
        scope: Scope::from(["read", "write"]),
        code_challenge: Some(CodeChallenge::from_stored(CHALLENGE.into())),
        nonce: None,
        resource: None,
        auth_time: at(900),
        created_at: at(1000),
        expires_at: at(1060),
        consumed_at: None,
        grant_id: None,
        claims: None,
        dpop_jkt: None,
    }
}

/// Given at 1000 to both clients, for 10000 seconds.
pub(super) fn grant() -> AuthorizationGrant {
    AuthorizationGrant {
        id: Uuid::from_u128(2),
        user_id: Uuid::from_u128(1),
        client_id: Some("app".into()),
        session_id: None,
        scope: Scope::from(["read", "write"]),
        resource: None,
        auth_time: at(900),
        created_at: at(1000),
        expires_at: at(11_000),
        revoked_at: None,
        claims: None,
        dpop_jkt: None,
    }
}

/// Issued at 1000, idle for 5000 seconds at most.
pub(super) fn refresh_token() -> RefreshToken {
    RefreshToken {
        grant_id: Uuid::from_u128(2),
        created_at: at(1000),
        expires_at: at(6000),
        consumed_at: None,
        has_successor: false,
    }
}
