//! The claims of an access token: RFC 9068 §2.2; classes of contract §2.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::dpop::Confirmation;
use super::token_exchange::Origin;

/// How long an access token lives, in seconds (contract §2).
pub const LIFETIME_SECONDS: i64 = 3600;

/// The `typ` header that keeps an access token apart from every other JWT (RFC 9068 §2.1).
pub const TYP: &str = "at+jwt";

/// The `client_id` of tokens from a first-party login; no client may register it.
pub const FIRST_PARTY_CLIENT_ID: &str = "portcullis";

/// The claims RFC 9068 §2.2 demands, and those of ours or OpenID Connect's.
#[derive(Serialize, Deserialize, Clone)]
pub struct AccessTokenClaims {
    /// The public URL of this server.
    pub iss: String,
    /// The user's id, or the client's if it acts for itself.
    pub sub: String,
    /// The one audience (RFC 8707 §2).
    pub aud: String,
    /// Its end, in seconds since the epoch.
    pub exp: i64,
    /// When it was issued, in seconds since the epoch.
    pub iat: i64,
    /// Unique: revocation names it.
    pub jti: Uuid,
    /// The client, or [`FIRST_PARTY_CLIENT_ID`].
    pub client_id: String,
    /// What it allows, space separated (RFC 9068 §2.2.3).
    pub scope: String,
    /// When the person signed in, in seconds since the epoch (RFC 9068 §2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The authorization it descends from; none if a client acts for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<Uuid>,
    /// The key it is bound to (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// What it came from by exchange (RFC 8693), and dies with; ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// The two classes verification and rate limits tell apart (contract §2, §12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenClass {
    /// From a first-party login.
    Jwt,
    /// From an OAuth client.
    OAuth,
}

impl TokenClass {
    /// The value of `auth_method` (contract §6).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::OAuth => "oauth",
        }
    }
}

impl AccessTokenClaims {
    /// Which class of token this is.
    pub fn class(&self) -> TokenClass {
        if self.client_id == FIRST_PARTY_CLIENT_ID { TokenClass::Jwt } else { TokenClass::OAuth }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(client_id: &str) -> AccessTokenClaims {
        AccessTokenClaims {
            iss: "https://id.example".into(),
            sub: "s".into(),
            aud: "https://id.example".into(),
            exp: 3610,
            iat: 10,
            jti: Uuid::nil(),
            client_id: client_id.into(),
            scope: "read".into(),
            auth_time: None,
            grant_id: None,
            cnf: None,
            origin: None,
        }
    }

    #[test]
    fn rfc9068_2_2_every_required_claim_is_there_and_no_null() {
        let json = serde_json::to_value(claims("c")).unwrap();
        let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"]);
    }

    #[test]
    fn rfc9068_2_2_claims_round_trip() {
        let mut before = claims("c");
        before.auth_time = Some(7);
        before.grant_id = Some(Uuid::max());
        before.cnf = Some(Confirmation { jkt: "thumbprint".into() });
        before.origin = Some(Origin::of_key(Uuid::max(), 7));
        let text = serde_json::to_string(&before).unwrap();
        let after: AccessTokenClaims = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&after).unwrap(), text);
    }

    #[test]
    fn contract_2_login_and_client_tokens_are_two_classes() {
        assert_eq!(claims(FIRST_PARTY_CLIENT_ID).class(), TokenClass::Jwt);
        assert_eq!(claims("c").class(), TokenClass::OAuth);
    }
}
