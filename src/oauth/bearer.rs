//! Bearer tokens on a request and the challenge on a refusal: RFC 6750 §2.1 and §3, RFC 9728 §5.1.

/// A token from an `Authorization: Bearer` header. Holds a secret: no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BearerCredential<'a>(&'a str);

impl<'a> BearerCredential<'a> {
    /// The token.
    pub const fn token(self) -> &'a str {
        self.0
    }
}

/// Whether the header uses the Bearer scheme at all, well-formed or not: if it does and [`parse`] finds no credential,
/// one was presented and is no good.
pub fn is_bearer(authorization: &str) -> bool {
    scheme(authorization).eq_ignore_ascii_case("bearer")
}

/// The credential of a well-formed Bearer header (RFC 6750 §2.1): the scheme in any case, spaces, one `b64token`.
pub fn parse(authorization: &str) -> Option<BearerCredential<'_>> {
    token_after("bearer", authorization).map(BearerCredential)
}

/// The one token of a well-formed header of this scheme.
pub(super) fn token_after<'a>(wanted: &str, authorization: &'a str) -> Option<&'a str> {
    if !scheme(authorization).eq_ignore_ascii_case(wanted) {
        return None;
    }
    let token = authorization.split_once(' ')?.1.trim_start_matches(' ');
    is_b64token(token).then_some(token)
}

pub(super) fn scheme(authorization: &str) -> &str {
    authorization.split(' ').next().unwrap_or_default()
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 §2.1).
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty()
        && body
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}

/// The value of `WWW-Authenticate` (RFC 6750 §3). `error` is the code and its description, `None` if nothing was
/// presented (RFC 6750 §3.1); `scope` is what would have been enough; `resource_metadata` the URL of RFC 9728 §5.1.
pub fn challenge(
    realm: &str,
    error: Option<(&str, &str)>,
    scope: Option<&str>,
    resource_metadata: Option<&str>,
) -> String {
    format!("Bearer {}", attributes(realm, error, scope, resource_metadata))
}

/// The attributes of a challenge.
pub(super) fn attributes(
    realm: &str,
    error: Option<(&str, &str)>,
    scope: Option<&str>,
    resource_metadata: Option<&str>,
) -> String {
    let (code, description) = error.unzip();
    let attributes = [
        ("error", code),
        ("error_description", description),
        ("scope", scope),
        ("resource_metadata", resource_metadata),
    ];
    let mut header = format!("realm={}", quoted(realm));
    for (name, value) in attributes {
        if let Some(value) = value {
            header.push_str(&format!(", {name}={}", quoted(value)));
        }
    }
    header
}

/// A quoted string in which nothing needs escaping: RFC 6750 §3 forbids `"` and `\` in every attribute we send, so
/// they and everything that is not printable ASCII become `'`.
fn quoted(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if matches!(c, ' '..='!' | '#'..='[' | ']'..='~') { c } else { '\'' }).collect();
    format!("\"{plain}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc6750_2_1_one_b64token_after_the_scheme() {
        for (header, token) in [
            ("Bearer mF_9.B5f-4.1JqM", Some("mF_9.B5f-4.1JqM")),
            ("bearer a", Some("a")),
            ("BEARER  a~+/==", Some("a~+/==")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer =", None),
            ("Bearer a b", None),
            ("Bearer a,b", None),
            ("Bearer a=b", None),
            ("Bearer a ", None),
            ("Bearer\ta", None),
            ("Bearer \u{e9}", None),
            (" Bearer a", None),
            ("Bearera", None),
            ("Basic a", None),
            ("", None),
        ] {
            assert_eq!(parse(header).map(BearerCredential::token), token, "{header:?}");
        }
    }

    #[test]
    fn contract_2_a_broken_bearer_header_is_still_a_bearer_header() {
        for (header, bearer) in
            [("Bearer", true), ("bearer a b", true), ("Basic a", false), ("Bearera", false)]
        {
            assert_eq!(is_bearer(header), bearer, "{header}");
        }
    }

    #[test]
    fn rfc6750_3_1_no_error_when_nothing_was_presented() {
        assert_eq!(challenge("https://id.example", None, None, None), r#"Bearer realm="https://id.example""#);
    }

    #[test]
    fn rfc6750_3_attributes() {
        assert_eq!(
            challenge("r", Some(("insufficient_scope", "more")), Some("read write"), Some("https://m")),
            r#"Bearer realm="r", error="insufficient_scope", error_description="more", scope="read write", resource_metadata="https://m""#
        );
    }

    proptest! {
        #[test]
        fn bearer_parser_never_panics_and_keeps_the_token(token in "[A-Za-z0-9._~+/-]{1,40}={0,2}", junk in "\\PC{0,40}") {
            let _ = parse(&junk);
            let header = format!("Bearer {token}");
            prop_assert_eq!(parse(&header).map(BearerCredential::token), Some(token.as_str()));
        }

        #[test]
        fn rfc6750_3_no_value_breaks_out_of_its_quotes(text in "\\PC{0,40}|[\"\\\\\r\n]{0,9}") {
            let header = challenge(&text, Some((&text, &text)), Some(&text), Some(&text));
            prop_assert_eq!(header.matches('"').count(), 10);
            prop_assert!(header.bytes().all(|b| matches!(b, 0x20..=0x7e)) && !header.contains('\\'));
        }
    }
}
