//! The logout token: OpenID Connect Back-Channel Logout 1.0 §2.4. It says that a session ended, to one client, and nothing else.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::UnixTime;

/// The `typ` header: no other token of ours has it, so that none is taken for another (§2.4).
pub const TYP: &str = "logout+jwt";

/// What happened (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How long it may be taken for news, in seconds: two minutes at most (§4).
const LIFETIME_SECONDS: i64 = 120;

/// The claims of a logout token. There is no `nonce`: with one it could be taken for an ID token (§2.4).
#[derive(Serialize)]
pub struct LogoutTokenClaims {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: String,
    sid: String,
    events: Map<String, Value>,
}

/// Whom it is about, and whom it is for.
pub struct About {
    /// The issuer.
    pub issuer: String,
    /// The person, as the client knows them.
    pub sub: String,
    /// The session, as the client knows it.
    pub sid: String,
    /// The client.
    pub client_id: String,
}

/// What the token says; `jti` is its own, however often the client is told.
pub fn claims(about: About, jti: String, now: UnixTime) -> LogoutTokenClaims {
    let About { issuer, sub, sid, client_id } = about;
    let events = [(EVENT.to_owned(), json!({}))].into_iter().collect();
    let (iat, exp) = (now.seconds(), now.seconds() + LIFETIME_SECONDS);
    LogoutTokenClaims { iss: issuer, sub, aud: client_id, iat, exp, jti, sid, events }
}

/// What the client's answer means (§2.8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// It has ended its session, or had none.
    Yes,
    /// It could not now: it is told again.
    NotNow,
    /// It does not want this, now or later.
    Never,
}

impl Heard {
    /// The meaning of a status. 204 is what some frameworks make of an empty 200 (§2.8). Only what may pass is tried again
    /// (§2.5): a redirect is not followed, now or later.
    pub const fn of_status(status: u16) -> Self {
        match status {
            200..300 => Self::Yes,
            // They ask to be asked again (RFC 9110 §15.5.9, RFC 6585 §4).
            408 | 429 => Self::NotNow,
            300..500 => Self::Never,
            _ => Self::NotNow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_backchannel_2_4_what_a_logout_token_says_and_what_it_must_not() {
        let about = About {
            issuer: "https://id.example".into(),
            sub: "u".into(),
            sid: "s".into(),
            client_id: "app".into(),
        };
        let said = serde_json::to_value(claims(about, "j".into(), UnixTime::from_seconds(10))).ok();
        let expected = json!({
            "iss": "https://id.example",
            "sub": "u",
            "aud": "app",
            "iat": 10,
            "exp": 130,
            "jti": "j",
            "sid": "s",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        assert_eq!(said, Some(expected));
    }

    #[test]
    fn oidc_backchannel_2_8_what_an_answer_means() {
        for (status, heard) in [
            (200, Heard::Yes),
            (204, Heard::Yes),
            (202, Heard::Yes),
            (302, Heard::Never),
            (400, Heard::Never),
            (404, Heard::Never),
            (429, Heard::NotNow),
            (500, Heard::NotNow),
            (503, Heard::NotNow),
        ] {
            assert_eq!(Heard::of_status(status), heard, "{status}");
        }
    }
}
