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

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use super::failure::Failure;

/// Stands for a value that is not visible ASCII: no scheme, no token and no key looks like it.
pub const UNREADABLE: &str = "?";

/// The one value of a header; `None` if it was not sent.
///
/// # Errors
/// 400 if it was sent twice: two readers could take different ones. One that is not visible ASCII comes back as
/// [`UNREADABLE`], so that it is a bad credential and not a bad request (contract §2).
pub fn single<'a>(request: &'a HttpRequest, name: &HeaderName) -> Result<Option<&'a str>, Failure> {
    let mut values = request.headers().get_all(name);
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Failure::invalid_request("A header that carries a credential was sent twice"));
    }
    Ok(Some(first.to_str().unwrap_or(UNREADABLE)))
}
