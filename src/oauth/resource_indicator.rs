//! Resource indicators: RFC 8707 §2, and the audience rules of contract §5.

use url::Url;

use super::error::{ErrorCode, OAuthError};

/// Longest resource URI, in bytes.
const MAX_BYTES: usize = 2048;

/// The form in which two resources are compared: scheme and host in lower case, an empty path equal to `/`; nothing
/// else is touched (contract §5).
///
/// # Errors
/// `invalid_target` if it is not an absolute URI or has a fragment (RFC 8707 §2).
pub fn normalise(uri: &str) -> Result<String, OAuthError> {
    let refuse = |text: &'static str| OAuthError::new(ErrorCode::InvalidTarget, text);
    if uri.is_empty() || uri.len() > MAX_BYTES || !uri.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refuse("resource must be an absolute URI"));
    }
    if uri.contains('#') {
        return Err(refuse("resource must not have a fragment (RFC 8707 section 2)"));
    }
    let (scheme, rest) = uri.split_once(':').ok_or_else(|| refuse("resource must be an absolute URI"))?;
    let normal = format!("{}:{}", scheme.to_ascii_lowercase(), normalise_hierarchy(rest));
    match (Url::parse(uri), Url::parse(&normal)) {
        (Ok(url), Ok(_)) if url.username().is_empty() && url.password().is_none() => Ok(normal),
        (Ok(_), Ok(_)) => Err(refuse("resource must not carry user information")),
        _ => Err(refuse("resource must be an absolute URI")),
    }
}

/// The part after the scheme, with its authority lowered if it has one.
fn normalise_hierarchy(rest: &str) -> String {
    let Some(rest) = rest.strip_prefix("//") else { return rest.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let slash = if tail.starts_with('/') { "" } else { "/" };
    format!("//{}{slash}{tail}", authority.to_ascii_lowercase())
}

/// Whether both name the same resource.
pub fn same(one: &str, other: &str) -> bool {
    matches!((normalise(one), normalise(other)), (Ok(a), Ok(b)) if a == b)
}

/// The audience of a token: the known resource that was asked for, as it was registered, or the default.
///
/// # Errors
/// `invalid_target` if it is malformed or nobody's (RFC 8707 §2).
pub fn resolve(
    requested: Option<&str>,
    known: &[String],
    default_audience: &str,
) -> Result<String, OAuthError> {
    let Some(requested) = requested else { return Ok(default_audience.to_owned()) };
    let wanted = normalise(requested)?;
    let all = || std::iter::once(default_audience).chain(known.iter().map(String::as_str));
    // Two resource servers may spell one resource differently.
    all()
        .find(|own| *own == requested)
        .or_else(|| all().find(|own| normalise(own).is_ok_and(|own| own == wanted)))
        .map(str::to_owned)
        .ok_or_else(|| {
            OAuthError::new(ErrorCode::InvalidTarget, "no resource server is registered for this resource")
        })
}

/// A resource named again at the token endpoint must be the authorised one (RFC 8707 §2.2).
///
/// # Errors
/// `invalid_target` for any other.
pub(super) fn unchanged(requested: Option<&str>, authorised: Option<&str>) -> Result<(), OAuthError> {
    match (requested, authorised) {
        (None, _) => Ok(()),
        (Some(requested), Some(authorised)) if same(requested, authorised) => Ok(()),
        _ => Err(OAuthError::new(ErrorCode::InvalidTarget, "resource is not the one that was authorised")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contract_5_scheme_and_host_are_lowered_and_an_empty_path_is_a_slash() {
        for (uri, normal) in [
            ("https://api.example", "https://api.example/"),
            ("HTTPS://API.Example/Path?Q=A", "https://api.example/Path?Q=A"),
            ("https://api.example?q", "https://api.example/?q"),
            ("https://api.example:8443/a/../b/", "https://api.example:8443/a/../b/"),
            ("URN:Example:API", "urn:Example:API"),
        ] {
            assert_eq!(normalise(uri).ok().as_deref(), Some(normal), "{uri}");
        }
    }

    #[test]
    fn rfc8707_2_resource_is_an_absolute_uri_without_fragment() {
        for bad in [
            "",
            "api.example",
            "/api",
            "https://api.example/#f",
            "https://",
            "https://a b",
            "https://\u{e9}.example",
            "https://user@api.example/",
            "https://user:pass@api.example/",
        ] {
            assert_eq!(normalise(bad).err().map(|e| e.code), Some(ErrorCode::InvalidTarget), "{bad}");
        }
    }

    #[test]
    fn rfc8707_2_an_unknown_resource_is_invalid_target() {
        let known = ["https://api.example/v1".to_owned(), "https://API.example".to_owned()];
        let resolve = |r| resolve(r, &known, "https://id.example").map_err(|e| e.code);
        assert_eq!(resolve(None), Ok("https://id.example".into()));
        assert_eq!(resolve(Some("https://id.example/")), Ok("https://id.example".into()));
        assert_eq!(resolve(Some("https://api.example/")), Ok("https://API.example".into()));
        assert_eq!(resolve(Some("https://api.example/v1")), Ok("https://api.example/v1".into()));
        assert_eq!(resolve(Some("https://api.example/v1/")), Err(ErrorCode::InvalidTarget));
        assert_eq!(resolve(Some("https://other.example")), Err(ErrorCode::InvalidTarget));
    }

    #[test]
    fn rfc8707_2_2_a_token_request_cannot_change_the_resource() {
        assert!(unchanged(None, Some("https://a.example")).is_ok());
        assert!(unchanged(Some("https://A.example/"), Some("https://a.example")).is_ok());
        assert!(unchanged(Some("https://b.example"), Some("https://a.example")).is_err());
        assert!(unchanged(Some("https://b.example"), None).is_err());
    }

    proptest! {
        #[test]
        fn resource_normalisation_never_panics_and_is_stable(uri in "\\PC{0,40}|[a-zA-Z]{1,5}://[ -~]{0,30}") {
            if let Ok(once) = normalise(&uri) {
                prop_assert_eq!(normalise(&once).ok(), Some(once));
            }
        }
    }
}
