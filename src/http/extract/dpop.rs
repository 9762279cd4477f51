//! The `DPoP` header, and the request that a proof must be of (RFC 9449 §4.1, §4.3; contract §6).

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::super::v1::auth::adapter::Adapter;
use super::UNREADABLE;
use crate::flows::{self, Node};
use crate::oauth::error::{ErrorCode, OAuthError};

/// The header of a proof (RFC 9449 §4.1).
pub const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The header of a nonce for the next proof (RFC 9449 §8).
pub const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A request, as whoever made it wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Original {
    /// Its method.
    pub method: String,
    /// Its URI.
    pub uri: String,
}

/// The proof of a request; something that can be none if there are two (RFC 9449 §4.3, 1).
pub fn proof(request: &HttpRequest) -> Option<&str> {
    let mut values = request.headers().get_all(&DPOP);
    let first = values.next()?;
    if values.next().is_some() {
        return Some(UNREADABLE);
    }
    Some(first.to_str().unwrap_or(UNREADABLE))
}

/// The request that its proof must be of: to verify the one that a gateway asks about, elsewhere this one. `None` if that
/// is not known: only a trusted proxy is believed.
pub fn original(request: &HttpRequest, settings: &WebSettings) -> Option<Original> {
    match Adapter::of(request.path()) {
        Some(adapter) if adapter != Adapter::Plain => adapter.original(request, settings),
        _ => Some(Original {
            method: request.method().as_str().to_owned(),
            uri: format!("{}{}", settings.issuer, request.path()),
        }),
    }
}

/// The failure of an endpoint, with the nonce that it may have asked for (RFC 9449 §8).
pub fn refused(node: &Node, error: OAuthError) -> Failure {
    let needs_nonce = error.code == ErrorCode::UseDpopNonce;
    let failure = Failure::from(error);
    if needs_nonce { failure.with_nonce(&flows::dpop::nonce(node)) } else { failure }
}
