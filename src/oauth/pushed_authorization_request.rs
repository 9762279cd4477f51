//! Pushed authorization requests: RFC 9126. What is kept of one, its URI, and whether it still counts.

use serde::Serialize;

use crate::clock::UnixTime;

use super::error::{ErrorCode, OAuthError};
use super::parameters::{ParameterError, Parameters};
use super::request_object::KNOWN;

/// Seconds within which the person's browser must bring the URI (RFC 9126 §2.2; FAPI 2.0 §5.3.2.2: less than 600).
pub const LIFETIME_SECONDS: i64 = 90;
/// Most that is kept of one request, in bytes, written as a query.
const MAX_KEPT_BYTES: usize = 16 * 1024;
/// How our request URIs begin (RFC 9126 §2.2).
pub const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// A pushed request, found by the digest of its URI. The URI itself is not here.
#[derive(Clone)]
pub struct PushedAuthorizationRequest {
    /// Whose it is.
    pub client_id: String,
    /// What it asks for.
    pub parameters: Parameters,
    /// When it was pushed.
    pub created_at: UnixTime,
    /// When its URI ends.
    pub expires_at: UnixTime,
    /// When a code was issued for it.
    pub consumed_at: Option<UnixTime>,
}

/// The answer to a push (RFC 9126 §2.2).
#[derive(Serialize)]
pub struct PushedAuthorizationResponse {
    /// What to send the browser with.
    pub request_uri: String,
    /// For so many seconds.
    pub expires_in: i64,
}

impl PushedAuthorizationResponse {
    /// For the token under which the request is stored.
    pub fn new(token: &str) -> Self {
        Self { request_uri: format!("{URN}{token}"), expires_in: LIFETIME_SECONDS }
    }
}

/// The token in one of our request URIs; `None` for another one.
pub fn token_of(request_uri: &str) -> Option<&str> {
    request_uri.strip_prefix(URN)
}

/// What a push keeps of its body: what an authorization request is made of, and its client's id, which the header may have
/// named. Neither how the client authenticated nor what means nothing here (RFC 6749 §3.1) is stored.
///
/// # Errors
/// `invalid_request` for a body with a `request_uri` (RFC 9126 §2.1), and for more than is kept.
pub fn kept(body: &Parameters, client_id: &str) -> Result<Parameters, OAuthError> {
    // Whatever its value is: even an empty one was sent.
    if body.names().any(|name| name == "request_uri") {
        let text = "request_uri cannot be pushed (RFC 9126 section 2.1)";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, text));
    }
    let is_kept = |name: &str| name == "request" || (name != "client_id" && KNOWN.contains(&name));
    let others: Vec<&str> = body.names().filter(|name| !is_kept(name)).collect();
    let mut kept = body.without(&others);
    kept.add("client_id", client_id).map_err(|error: ParameterError| OAuthError::from(error))?;
    if kept.to_query().len() > MAX_KEPT_BYTES {
        let text = "the request is too long: 16 KiB are kept at most";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, text));
    }
    Ok(kept)
}

impl PushedAuthorizationRequest {
    /// Whether it may be answered. `brought_at` is when the browser first brought its URI: a person takes their time on the
    /// pages that follow. Loading a page changes nothing here (RFC 9126 §4).
    ///
    /// # Errors
    /// `invalid_request_uri` for one that was brought too late or got a code before.
    pub fn check(&self, brought_at: UnixTime) -> Result<(), OAuthError> {
        let refuse = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidRequestUri, text));
        if self.consumed_at.is_some() {
            refuse("this request was answered before: begin again")
        } else if brought_at >= self.expires_at {
            refuse("this request has expired: begin again")
        } else {
            Ok(())
        }
    }
}

/// A URI that is not one of this client's, or of nobody's: never told apart (RFC 9126 §2.2, bound to the client).
pub fn unknown() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestUri, "there is no such request of this application: begin again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Parameters {
        Parameters::from_form(text.as_bytes()).ok().unwrap()
    }

    #[test]
    fn rfc9126_2_2_the_uri_is_a_urn_and_leads_back_to_its_token() {
        let answer = PushedAuthorizationResponse::new("par_1");
        assert_eq!(answer.request_uri, "urn:ietf:params:oauth:request_uri:par_1");
        assert!(answer.expires_in > 0 && answer.expires_in < 600, "FAPI 2.0");
        assert_eq!(token_of(&answer.request_uri), Some("par_1"));
        for other in ["https://app.example/r", "urn:x", "par_1", ""] {
            assert_eq!(token_of(other), None, "{other}");
        }
    }

    #[test]
    fn rfc9126_2_1_a_pushed_request_uri_is_refused_and_no_secret_is_kept() {
        for bad in ["request_uri=urn:x", "request_uri=", "a=b&request_uri=https://a.example"] {
            assert_eq!(kept(&body(bad), "app").map_err(|e| e.code).err(), Some(ErrorCode::InvalidRequest));
        }
        let sent = "scope=read&client_secret=s&client_assertion=a&client_assertion_type=t&state=x";
        assert_eq!(kept(&body(sent), "app").ok().unwrap().to_query(), "scope=read&state=x&client_id=app");
        let named = kept(&body("client_id=app&scope=read"), "app").ok().unwrap();
        assert_eq!(named.to_query(), "scope=read&client_id=app");
    }

    #[test]
    fn rfc9126_2_what_means_nothing_here_is_not_kept_and_what_is_has_an_end() {
        let sent = format!("scope=read&junk={}&more=x&request=r", "j".repeat(8000));
        assert_eq!(kept(&body(&sent), "app").ok().unwrap().to_query(), "scope=read&request=r&client_id=app");
        let long = "s".repeat(8000);
        let two = format!("state={long}&nonce={long}");
        assert!(kept(&body(&two), "app").is_ok());
        let three = format!("{two}&login_hint={long}");
        assert_eq!(kept(&body(&three), "app").map_err(|e| e.code).err(), Some(ErrorCode::InvalidRequest));
    }

    #[test]
    fn rfc9126_4_an_expired_or_used_request_is_refused() {
        let at = UnixTime::from_seconds;
        let pushed = PushedAuthorizationRequest {
            client_id: "app".into(),
            parameters: Parameters::default(),
            created_at: at(100),
            expires_at: at(190),
            consumed_at: None,
        };
        assert!(pushed.check(at(100)).is_ok() && pushed.check(at(189)).is_ok());
        let late = pushed.check(at(190)).map_err(|error| error.code);
        assert_eq!(late, Err(ErrorCode::InvalidRequestUri));
        let used = PushedAuthorizationRequest { consumed_at: Some(at(120)), ..pushed };
        assert_eq!(used.check(at(130)).map_err(|error| error.code), Err(ErrorCode::InvalidRequestUri));
    }
}
