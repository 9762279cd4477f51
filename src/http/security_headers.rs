//! Headers that every response carries (security §4.7).

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::door::Door;

/// Pages: our own style and script, none inline, forms to us only.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
     object-src 'none'";
/// Everything else loads nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Adds what is missing; a door that says something else keeps it.
pub fn apply(door: Door, is_https: bool, headers: &mut HeaderMap) {
    let policy = if door == Door::Page { PAGE_POLICY } else { DATA_POLICY };
    set(headers, header::CONTENT_SECURITY_POLICY, policy);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    set(headers, header::CACHE_CONTROL, "no-store");
    if door == Door::Page {
        set(headers, header::CROSS_ORIGIN_OPENER_POLICY, "same-origin");
        set(headers, header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
        set(
            headers,
            header::PERMISSIONS_POLICY,
            "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)",
        );
    }
    // RFC 6797 §7.2: never over plain http.
    if is_https {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_4_7_pages_are_strict_and_a_door_may_say_otherwise() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public"));
        apply(Door::Page, true, &mut headers);
        let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert!(text(header::CONTENT_SECURITY_POLICY).contains("form-action 'self'"));
        assert!(!text(header::CONTENT_SECURITY_POLICY).contains("unsafe"));
        assert_eq!(text(header::CACHE_CONTROL), "public");
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
