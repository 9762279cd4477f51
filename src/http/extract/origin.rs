//! Proof that a browser's request came from a page that may send it (contract §3, security §4.6).

use actix_web::HttpRequest;
use actix_web::http::header;

use super::super::failure::Failure;
use crate::account::origin::{OriginProof, is_allowed};

/// Lets a request pass that no browser sent for a foreign page.
///
/// # Errors
/// 403.
pub fn prove(request: &HttpRequest, allowed: &[String]) -> Result<(), Failure> {
    // A doubled or unreadable header proves nothing: it counts as a foreign one.
    let text = |name: &str| {
        let mut values = request.headers().get_all(name);
        let first = values.next()?;
        Some(if values.next().is_some() { "" } else { first.to_str().unwrap_or_default() })
    };
    let proof = OriginProof { fetch_site: text("sec-fetch-site"), origin: text(header::ORIGIN.as_str()) };
    if is_allowed(proof, allowed) { Ok(()) } else { Err(Failure::foreign_origin()) }
}

/// Whether the caller is a browser's script or page (contract §3): only a browser sends this header.
pub fn is_browser(request: &HttpRequest) -> bool {
    request.headers().contains_key("sec-fetch-mode")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn contract_3_a_foreign_page_is_refused_and_doubled_headers_prove_nothing() {
        let allowed = ["https://id.example".to_owned()];
        let asks = |headers: &[(&'static str, &'static str)]| {
            let mut request = TestRequest::post();
            for header in headers {
                request = request.append_header(*header);
            }
            prove(&request.to_http_request(), &allowed).is_ok()
        };
        assert!(asks(&[]));
        assert!(asks(&[("sec-fetch-site", "same-origin")]));
        assert!(asks(&[("origin", "https://id.example")]));
        assert!(!asks(&[("origin", "https://evil.example")]));
        assert!(!asks(&[("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-origin")]));
        assert!(!asks(&[("origin", "https://evil.example"), ("origin", "https://id.example")]));
    }
}
