//! The gzip coding (RFC 9110 §8.4.1.3), for what holds no secret and nothing that a visitor sent, so that its length tells
//! nothing (BREACH): the assets and the page of the API. No other answer is compressed.

use std::io::{self, Write};

use actix_web::HttpRequest;
use actix_web::http::header;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Whether the answer may be gzip: only what says so plainly, without a weight, as every browser writes it (RFC 9110 §12.5.3).
pub fn is_taken(request: &HttpRequest) -> bool {
    let values = request.headers().get_all(header::ACCEPT_ENCODING);
    let mut codings = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    codings.any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
}

/// `plain`, compressed.
///
/// # Errors
/// None that is known: it is written to memory.
pub fn of(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}
