//! The authorization response: RFC 6749 §4.1.2 and §4.1.2.1, with the issuer by RFC 9207.

use url::form_urlencoded;

use super::error::OAuthError;
use super::redirect_uri::ValidatedRedirectUri;

/// The redirect URI with `params` added to its query; the query it was registered with is kept (RFC 6749 §3.1.2).
pub fn redirect_url(uri: &ValidatedRedirectUri, params: &[(&str, &str)]) -> String {
    let uri = uri.as_str();
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("{uri}{separator}{query}")
}

/// A code for the client (RFC 6749 §4.1.2), with `state` as it came and `iss` (RFC 9207 §2).
pub fn success(uri: &ValidatedRedirectUri, code: &str, state: Option<&str>, issuer: &str) -> String {
    let params = [("code", code)];
    redirect_url(uri, &with_state_and_issuer(&params, state, issuer))
}

/// An error for the client (RFC 6749 §4.1.2.1), with `state` as it came and `iss` (RFC 9207 §2).
pub fn error(uri: &ValidatedRedirectUri, error: &OAuthError, state: Option<&str>, issuer: &str) -> String {
    let params = [("error", error.code.as_str()), ("error_description", error.description.as_ref())];
    redirect_url(uri, &with_state_and_issuer(&params, state, issuer))
}

fn with_state_and_issuer<'a>(
    params: &[(&'a str, &'a str)],
    state: Option<&'a str>,
    issuer: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let state = state.map(|state| ("state", state));
    params.iter().copied().chain(state).chain([("iss", issuer)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::Client;
    use crate::oauth::error::ErrorCode;
    use crate::oauth::fixture;
    use crate::oauth::redirect_uri::validate;
    use proptest::prelude::*;

    const ISSUER: &str = "https://id.example";

    fn uri(text: &str) -> ValidatedRedirectUri {
        let client = Client { redirect_uris: vec![text.to_owned()], ..fixture::public() };
        validate(&client, Some(text)).unwrap().0
    }

    #[test]
    fn rfc6749_4_1_2_code_state_and_rfc9207_iss() {
        assert_eq!(
            success(&uri("https://app.example/cb"), "pac_1", Some("a b&c=d"), ISSUER),
            "https://app.example/cb?code=pac_1&state=a+b%26c%3Dd&iss=https%3A%2F%2Fid.example"
        );
        assert_eq!(
            success(&uri("com.example.app:/cb"), "pac_1", None, ISSUER),
            "com.example.app:/cb?code=pac_1&iss=https%3A%2F%2Fid.example"
        );
    }

    #[test]
    fn rfc6749_4_1_2_1_error_state_and_rfc9207_iss() {
        let denied = OAuthError::new(ErrorCode::AccessDenied, "no");
        assert_eq!(
            error(&uri("https://app.example/cb"), &denied, Some("s"), ISSUER),
            "https://app.example/cb?error=access_denied&error_description=no&state=s&iss=https%3A%2F%2Fid.example"
        );
    }

    #[test]
    fn rfc6749_3_1_2_the_registered_query_is_kept() {
        for (registered, expected) in [
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1&code=c"),
            ("https://a.example/cb?", "https://a.example/cb?code=c"),
            ("https://a.example", "https://a.example?code=c"),
        ] {
            assert_eq!(redirect_url(&uri(registered), &[("code", "c")]), expected);
        }
    }

    proptest! {
        #[test]
        fn state_comes_back_untouched_and_cannot_add_a_header(state in "\\PC{0,60}|[\r\n\t #?&=]{0,9}") {
            let location = success(&uri("https://a.example/cb"), "c", Some(&state), ISSUER);
            prop_assert!(location.bytes().all(|b| b.is_ascii_graphic()));
            let url = url::Url::parse(&location).unwrap();
            let back = url.query_pairs().find(|(n, _)| n == "state").map(|(_, v)| v.into_owned());
            prop_assert_eq!(back, Some(state));
        }
    }
}
