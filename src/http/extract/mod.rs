//! What a request says: its body, its credentials, where it came from and how.

pub mod address;
pub mod body;
pub mod credential;
pub mod origin;
pub mod query;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use super::failure::Failure;

/// The one value of a header; `None` if it was not sent.
///
/// # Errors
/// 400 if it was sent twice, or is not visible ASCII: two readers could take different ones.
pub fn single<'a>(request: &'a HttpRequest, name: &HeaderName) -> Result<Option<&'a str>, Failure> {
    let mut values = request.headers().get_all(name);
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Failure::invalid_request("A header that carries a credential was sent twice"));
    }
    first.to_str().map(Some).map_err(|_| Failure::invalid_request("A header is not made of visible ASCII"))
}
