//! A request that is not answered as asked: what goes to the wire, and the reason that does not (contract §8).

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

use super::explanation::Explanation;
use super::extract::dpop::DPOP_NONCE;
use crate::account::rate_limit::Standing;
use crate::flows::FlowError;
use crate::oauth::error::OAuthError;
use crate::oauth::parameters::ParameterError;

/// A refusal, or a fault of ours. It takes the shape of its door in `error.rs`.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The HTTP status.
    pub status: StatusCode,
    /// The machine's word.
    pub code: &'static str,
    /// The human's words; nothing the caller sent, no secret.
    pub message: Cow<'static, str>,
    /// Whether a credential was presented: a challenge then says what was wrong with it (RFC 6750 §3.1).
    pub presented: bool,
    /// Whether it was presented, or should have been, with a proof: then the challenge is DPoP's (RFC 9449 §7.1).
    pub is_dpop: bool,
    /// The scope that would have been enough (RFC 6750 §3).
    pub scope: Option<Box<str>>,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The reason, for the log only.
    pub cause: Option<Box<str>>,
    /// What a page says of it, where its code leaves that open.
    pub explanation: Option<Explanation>,
}

impl Failure {
    /// A failure with nothing but its status, code and message.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            presented: false,
            is_dpop: false,
            scope: None,
            headers: Vec::new(),
            cause: None,
            explanation: None,
        }
    }

    /// 400: the request cannot be understood, or contradicts itself.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// 400: two credentials of different principals on one request (contract §2).
    pub fn two_principals() -> Self {
        Self::invalid_request("Two credentials name two different principals")
    }

    /// 408: the body did not arrive in time; the connection is of no more use (RFC 9110 §15.5.9).
    pub fn too_slow() -> Self {
        let message = "The request took too long to arrive";
        let failure = Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", message);
        failure.with(header::CONNECTION, HeaderValue::from_static("close"))
    }

    /// 401: a token was presented and is no good (contract §8).
    pub fn invalid_token() -> Self {
        let message = "The provided token is invalid or has expired";
        Self { presented: true, ..Self::new(StatusCode::UNAUTHORIZED, "invalid_token", message) }
    }

    /// 401: the access token was good once (contract §8).
    pub fn token_expired() -> Self {
        let message = "The access token has expired";
        Self { presented: true, ..Self::new(StatusCode::UNAUTHORIZED, "token_expired", message) }
    }

    /// 401: nothing was presented. The same body (contract §8); the challenge tells them apart (RFC 6750 §3.1).
    pub fn unauthenticated() -> Self {
        Self { presented: false, ..Self::invalid_token() }
    }

    /// 401: a token that is bound to a key came without its proof, or one that is not came with the DPoP scheme (RFC 9449
    /// §7.1, §7.2).
    pub fn wrong_scheme(is_bound: bool) -> Self {
        let message = if is_bound {
            "This token is bound to a key: send it as Authorization: DPoP, with a proof in the DPoP header"
        } else {
            "This token is not bound to a key: send it as Authorization: Bearer"
        };
        Self { is_dpop: true, message: message.into(), ..Self::invalid_token() }
    }

    /// 401: the proof of a bound token is missing or no good (RFC 9449 §7.1).
    pub fn invalid_dpop_proof(reason: &'static str) -> Self {
        Self { is_dpop: true, code: "invalid_dpop_proof", message: reason.into(), ..Self::invalid_token() }
    }

    /// 401: the proof of a bound token needs this nonce (RFC 9449 §9).
    pub fn use_dpop_nonce(nonce: &str) -> Self {
        let message = "The DPoP proof needs the nonce of the DPoP-Nonce header";
        let failure =
            Self { is_dpop: true, code: "use_dpop_nonce", message: message.into(), ..Self::invalid_token() };
        failure.with_nonce(nonce)
    }

    /// With a nonce for the next proof (RFC 9449 §8).
    #[must_use]
    pub fn with_nonce(self, nonce: &str) -> Self {
        // base64url: this cannot fail.
        match HeaderValue::from_str(nonce) {
            Ok(value) => self.with(DPOP_NONCE, value),
            Err(_) => self,
        }
    }

    /// 403: a good credential that does not allow this (contract §8).
    pub fn insufficient_scope(message: impl Into<Cow<'static, str>>) -> Self {
        Self { presented: true, ..Self::new(StatusCode::FORBIDDEN, "insufficient_scope", message) }
    }

    /// 403: the key's allow list does not have this address (contract §9).
    pub fn wrong_address() -> Self {
        Self::insufficient_scope("This key may not be used from this address")
    }

    /// 403: a browser sent this from a page of somebody else (contract §3).
    pub fn foreign_origin() -> Self {
        Self::new(StatusCode::FORBIDDEN, "foreign_origin", "This request came from another site")
    }

    /// 403: a form of ours whose token is no good: it was open for more than an hour, or is another session's (security §4.6).
    pub fn form_expired() -> Self {
        let message =
            "This page was open for too long. Nothing was done: open it again and send it once more";
        Self::new(StatusCode::FORBIDDEN, "form_expired", message)
    }

    /// 403: a form of ours that was sent before (security §4.6).
    pub fn form_sent() -> Self {
        let message =
            "This form was sent already. Look whether it did what you wanted before you send it again";
        Self::new(StatusCode::FORBIDDEN, "form_sent", message)
    }

    /// 403: requirements in a header, from an address that is no configured proxy (decision 0009).
    pub fn untrusted_gateway() -> Self {
        let message = "Requirements are accepted from trusted proxies only: see trusted_proxies";
        Self::new(StatusCode::FORBIDDEN, "untrusted_gateway", message)
    }

    /// 403: a credential came over plain http (contract §13).
    pub fn https_required() -> Self {
        let message = "Credentials are accepted over https only; this one was sent in the clear: replace it";
        Self::new(StatusCode::FORBIDDEN, "https_required", message)
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address")
    }

    /// 405; `allow` lists the methods that exist (RFC 9110 §15.5.6).
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let message = "This address does not know this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
            .with(header::ALLOW, HeaderValue::from_static(allow))
    }

    /// 409: what is there already stands against it.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "The body is larger than 64 KiB")
    }

    /// 415; `accepted` says which content types are.
    pub fn unsupported_media_type(accepted: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", accepted)
    }

    /// 429: come back in `retry_after` seconds.
    pub fn too_many_attempts(retry_after: i64) -> Self {
        let message = "Too many failed attempts: wait, then try again";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
            .with(header::RETRY_AFTER, HeaderValue::from(retry_after.max(1)))
    }

    /// 429: too many devices asked for codes; come back in `retry_after` seconds.
    pub fn too_many_devices(retry_after: i64) -> Self {
        let message = "Too many devices of this app asked for a code from this address: wait, then try again";
        Self { message: message.into(), ..Self::too_many_attempts(retry_after) }
    }

    /// 429: too many requests were pushed; come back in `retry_after` seconds (RFC 9126 §2.3).
    pub fn too_many_pushes(retry_after: i64) -> Self {
        let message = "Too many requests of this app were pushed from this address: wait, then try again";
        Self { message: message.into(), ..Self::too_many_attempts(retry_after) }
    }

    /// 429: too much was registered; come back in `retry_after` seconds.
    pub fn too_many_registrations(retry_after: i64) -> Self {
        let message = "Too many clients were registered: wait, then try again";
        Self { message: message.into(), ..Self::too_many_attempts(retry_after) }
    }

    /// 429: the credential's limit is reached (contract §12).
    pub fn rate_limited(standing: &Standing) -> Self {
        let message = "Too many requests in the last hour: wait as long as Retry-After says";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
            .with(header::RETRY_AFTER, HeaderValue::from(standing.reset_after.max(1)))
    }

    /// 503: come back in a second.
    pub fn unavailable() -> Self {
        let message = "The server cannot answer this now: try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", message)
            .with(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// 500.
    pub fn server_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Something is wrong on our side")
    }

    /// 303: first somewhere else (RFC 9110 §15.4.4). Only a page is answered so.
    pub fn see_other(location: HeaderValue) -> Self {
        Self::new(StatusCode::SEE_OTHER, "", "").with(header::LOCATION, location)
    }

    /// With what a page says of it.
    #[must_use]
    pub fn explained(self, explanation: Explanation) -> Self {
        Self { explanation: Some(explanation), ..self }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code)
    }
}

/// The entrance replaces this bare response by the door's own (`error.rs`): only there is the request known.
impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status)
    }
}

impl From<FlowError> for Failure {
    fn from(error: FlowError) -> Self {
        let failure = if error.is_temporary() { Self::unavailable() } else { Self::server_error() };
        Self { cause: Some(error.to_string().into()), ..failure }
    }
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let explanation = Explanation::of_refusal(&error);
        let failure = Self::new(status, error.code.as_str(), error.description).explained(explanation);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return failure.with(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        failure
    }
}

impl From<ParameterError> for Failure {
    fn from(error: ParameterError) -> Self {
        OAuthError::from(error).into()
    }
}
