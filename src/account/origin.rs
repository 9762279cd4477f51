//! Where a browser's request came from, for requests that a cookie vouches for (contract §3, security §4.6).

/// What a request says about its origin.
#[derive(Clone, Copy, Default, Debug)]
pub struct OriginProof<'a> {
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
}

/// Whether an unsafe method with a cookie may go on.
///
/// `Sec-Fetch-Site: same-origin` or `none` passes; else an `Origin` in `allowed` (the public URL's and the
/// configured ones) passes, byte for byte; with neither header no browser sent it, and it passes.
pub fn is_allowed(proof: OriginProof<'_>, allowed: &[String]) -> bool {
    match (proof.fetch_site, proof.origin) {
        (Some("same-origin" | "none"), _) | (None, None) => true,
        (_, Some(origin)) => allowed.iter().any(|a| a == origin),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_3_cookie_requests_prove_their_origin() {
        let allowed = ["https://id.example".to_owned(), "https://app.example".to_owned()];
        for (fetch_site, origin, passes) in [
            (None, None, true),
            (Some("same-origin"), None, true),
            (Some("none"), Some("null"), true),
            (Some("cross-site"), Some("https://app.example"), true),
            (Some("cross-site"), Some("https://evil.example"), false),
            (Some("same-site"), None, false),
            (Some("cross-site"), None, false),
            (None, Some("https://id.example"), true),
            (None, Some("https://id.example.evil"), false),
            (None, Some("null"), false),
            (None, Some("HTTPS://id.example"), false),
        ] {
            let proof = OriginProof { fetch_site, origin };
            assert_eq!(is_allowed(proof, &allowed), passes, "{proof:?}");
        }
    }
}
