//! What a request says: its body, its credentials, where it came from and how.

pub mod address;
pub mod body;
pub mod caller;
pub mod credential;
pub mod dpop;
pub mod json;
pub mod listing;
pub mod origin;
pub mod principal;
pub mod query;

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue};

use super::failure::Failure;

/// Stands for a value that is not visible ASCII: no scheme, no token and no key looks like it.
pub const UNREADABLE: &str = "?";

/// The one value of a header; `None` if it was not sent.
///
/// # Errors
/// 400 if it was sent twice: two readers could take different ones. One that is not visible ASCII comes back as
/// [`UNREADABLE`], so that it is a bad credential and not a bad request (contract §2).
pub fn single<'a>(request: &'a HttpRequest, name: &HeaderName) -> Result<Option<&'a str>, Failure> {
    Ok(only(request, name)?.map(|value| value.to_str().unwrap_or(UNREADABLE)))
}

/// The same of a header that may hold a name which is not ASCII: as UTF-8, or else as Latin-1, the two ways in which clients
/// write one (RFC 9110 §5.5).
///
/// # Errors
/// 400 if it was sent twice.
pub fn single_text<'a>(request: &'a HttpRequest, name: &HeaderName) -> Result<Option<Cow<'a, str>>, Failure> {
    let latin_1 = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
    let text = |bytes: &'a [u8]| {
        std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(latin_1(bytes)), Cow::Borrowed)
    };
    Ok(only(request, name)?.map(|value| text(value.as_bytes())))
}

fn only<'a>(request: &'a HttpRequest, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Failure> {
    let mut values = request.headers().get_all(name);
    let first = values.next();
    if values.next().is_some() {
        return Err(Failure::invalid_request("A header that carries a credential was sent twice"));
    }
    Ok(first)
}
