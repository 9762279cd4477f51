//! The credentials of a request, wherever they travel (contract §2; RFC 6750 §2.1, RFC 7617 §2, RFC 9449 §7.1).

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::cookie::{self, Found};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::dpop::{self, Original};
use super::{UNREADABLE, single, single_text};
use crate::oauth::{self, bearer};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_API_AUTH: HeaderName = HeaderName::from_static("x-api-auth");
const API_KEY_PREFIX: &str = "sk_";

/// One credential of a request. Holds a secret: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Token(&'a str),
    /// By the DPoP scheme (RFC 9449 §7.1).
    BoundToken(&'a str),
    Key(Cow<'a, str>),
    BarbellKey(Cow<'a, str>),
    /// Something that can be no credential; never skipped in favour of another one (contract §2).
    Unusable,
    /// By a scheme that is none of ours, as Digest: no credential that could be looked at (RFC 6750 §3.1), and not skipped either.
    OtherScheme,
}

/// What a request presents, by transport. Holds secrets: no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Presented<'a> {
    /// `Authorization`, `X-API-Key`, `x-api-auth`.
    headers: [Option<Part<'a>>; 3],
    /// `access_token`, `api_key`.
    cookies: [Option<Part<'a>>; 2],
    /// Whether the `Authorization` header is Basic, which a browser remembers and sends by itself.
    is_basic: bool,
    /// What came with a bound token.
    proof: Option<Proof<'a>>,
}

/// A `DPoP` header and the request that it must be of. Not looked at, and so not there, without the DPoP scheme: clients
/// that have a key may send it with everything.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proof<'a> {
    /// The header.
    pub(super) text: Option<&'a str>,
    /// `None` if it is not known.
    pub(super) original: Option<Original>,
}

impl<'a> Presented<'a> {
    /// A token alone, sent in a form (RFC 6750 §2.2).
    pub fn of_token(token: &'a str) -> Self {
        Self { headers: [Some(Part::Token(token)), None, None], ..Self::default() }
    }

    /// Whether there is no credential at all.
    pub fn is_nothing(&self) -> bool {
        self.parts().next().is_none()
    }

    /// Whether nothing vouches but what a browser sends along whoever made the page: a cookie, or a name and password
    /// that it remembers (contract §3; RFC 7617 §2.2).
    pub fn is_ambient(&self) -> bool {
        let [authorization, key, barbell_key] = &self.headers;
        let deliberate =
            (authorization.is_some() && !self.is_basic) || key.is_some() || barbell_key.is_some();
        !deliberate && !self.is_nothing()
    }

    /// The access tokens, where nothing else is of use.
    ///
    /// # Errors
    /// 401 if something else was presented.
    pub fn access_tokens(&self) -> Result<Vec<&'a str>, Failure> {
        let token = |part: &Part<'a>| match part {
            Part::Token(token) | Part::BoundToken(token) => Ok(*token),
            _ => Err(Failure::invalid_token()),
        };
        self.parts().map(token).collect()
    }

    pub(super) const fn proof(&self) -> Option<&Proof<'a>> {
        self.proof.as_ref()
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &Part<'a>> {
        self.headers.iter().chain(&self.cookies).flatten()
    }
}

/// Finds the credentials.
///
/// # Errors
/// 400 for a doubled header or cookie.
pub fn find<'a>(request: &'a HttpRequest, settings: &WebSettings) -> Result<Presented<'a>, Failure> {
    let headers = request.headers();
    let mut presented = Presented::default();
    if headers.contains_key(header::AUTHORIZATION) {
        let value = single(request, &header::AUTHORIZATION)?;
        presented.is_basic = value.is_some_and(|value| basic(value).is_some());
        presented.headers[0] = value.map(authorization);
        if matches!(presented.headers[0], Some(Part::BoundToken(_))) {
            let original = dpop::original(request, settings);
            presented.proof = Some(Proof { text: dpop::proof(request), original });
        }
    }
    if headers.contains_key(&X_API_KEY) {
        presented.headers[1] = single(request, &X_API_KEY)?.map(|key| Part::Key(Cow::Borrowed(key)));
    }
    if headers.contains_key(&X_API_AUTH) {
        presented.headers[2] = single_text(request, &X_API_AUTH)?.map(Part::BarbellKey);
    }
    presented.cookies[0] = cookie_token(request, settings)?.map(Part::Token);
    if settings.api_key_cookie {
        presented.cookies[1] = key_cookie(request)?.map(|key| Part::Key(Cow::Borrowed(key)));
    }
    Ok(presented)
}

/// Whether a request tries the DPoP scheme.
pub fn is_dpop(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.is_some_and(oauth::dpop::is_dpop)
}

/// `Bearer` a token or a key, `DPoP` a token, `Basic` a key and an empty password (RFC 7617 §2); anything else is no good.
fn authorization(value: &str) -> Part<'_> {
    match bearer::parse(value) {
        Some(credential) if credential.token().starts_with(API_KEY_PREFIX) => {
            Part::Key(Cow::Borrowed(credential.token()))
        }
        Some(credential) => Part::Token(credential.token()),
        None if oauth::dpop::is_dpop(value) => {
            oauth::dpop::token(value).map_or(Part::Unusable, Part::BoundToken)
        }
        None if is_foreign(value) => Part::OtherScheme,
        None => basic(value)
            .and_then(|decoded| decoded.strip_suffix(':').map(|key| Part::Key(Cow::Owned(key.to_owned()))))
            .unwrap_or(Part::Unusable),
    }
}

/// Whether a header has a scheme that is not taken here.
fn is_foreign(value: &str) -> bool {
    let scheme = value.split(' ').next().unwrap_or_default();
    !["bearer", "basic", UNREADABLE].iter().any(|own| scheme.eq_ignore_ascii_case(own))
}

/// What a Basic header holds, decoded.
fn basic(value: &str) -> Option<String> {
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok())??;
    String::from_utf8(decoded).ok()
}

fn key_cookie(request: &HttpRequest) -> Result<Option<&str>, Failure> {
    match cookie::find(request, cookie::API_KEY) {
        Found::None => Ok(None),
        Found::One(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Found::Unreadable => Ok(Some(UNREADABLE)),
        Found::Several => Err(Failure::invalid_request("The api_key cookie was sent twice")),
    }
}

/// The access token cookie, if there is one.
///
/// # Errors
/// 400, and it is cleared, if there are two.
pub fn cookie_token<'a>(
    request: &'a HttpRequest,
    settings: &WebSettings,
) -> Result<Option<&'a str>, Failure> {
    match cookie::find(request, cookie::ACCESS_TOKEN) {
        Found::None => Ok(None),
        Found::One(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        // Present and no good: what `verify` says of this text.
        Found::Unreadable => Ok(Some(UNREADABLE)),
        Found::Several => {
            let failure = Failure::invalid_request("The access_token cookie was sent twice");
            Err(match cookie::access_token(settings, "", 0) {
                Some(clear) => failure.with(header::SET_COOKIE, clear),
                None => failure,
            })
        }
    }
}

/// The refresh token cookie, if there is one.
///
/// # Errors
/// 400, and both token cookies are cleared, if there are two.
pub fn refresh_cookie<'a>(
    request: &'a HttpRequest,
    settings: &WebSettings,
) -> Result<Option<&'a str>, Failure> {
    match cookie::find(request, cookie::REFRESH_TOKEN) {
        Found::None => Ok(None),
        Found::One(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Found::Unreadable => Ok(Some(UNREADABLE)),
        Found::Several => {
            let failure = Failure::invalid_request("The refresh_token cookie was sent twice");
            let cleared = cookie::clear_tokens(settings).into_iter().flatten();
            Err(cleared.fold(failure, |failure, value| failure.with(header::SET_COOKIE, value)))
        }
    }
}

/// Whether a request presents what looks like an API key (contract §2): those are refused at the internal API (§3).
pub fn looks_like_api_key(request: &HttpRequest, settings: &WebSettings) -> bool {
    let headers = request.headers();
    headers.contains_key(&X_API_KEY)
        || headers.contains_key(&X_API_AUTH)
        || (settings.api_key_cookie && !matches!(cookie::find(request, cookie::API_KEY), Found::None))
        || headers
            .get_all(header::AUTHORIZATION)
            .any(|value| value.to_str().is_ok_and(authorization_holds_api_key))
}

fn authorization_holds_api_key(value: &str) -> bool {
    match bearer::parse(value) {
        Some(credential) => credential.token().starts_with(API_KEY_PREFIX),
        None => basic(value).is_some_and(|decoded| decoded.starts_with(API_KEY_PREFIX)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::super::super::settings::tests::settings;
    use super::*;

    fn request(headers: &[(&'static str, &'static str)]) -> HttpRequest {
        let mut request = TestRequest::get();
        for header in headers {
            request = request.append_header(*header);
        }
        request.to_http_request()
    }

    fn parts(headers: &[(&'static str, &'static str)], web: &WebSettings) -> Vec<String> {
        let request = request(headers);
        let found = find(&request, web).unwrap_or_else(|failure| panic!("{headers:?}: {failure}"));
        let text = |part: &Part<'_>| match part {
            Part::Token(token) => format!("token {token}"),
            Part::BoundToken(token) => format!("bound token {token}"),
            Part::Key(key) => format!("key {key}"),
            Part::BarbellKey(header) => format!("barbell {header}"),
            Part::Unusable => "unusable".to_owned(),
            Part::OtherScheme => "other scheme".to_owned(),
        };
        found.parts().map(text).collect()
    }

    #[test]
    fn contract_2_every_place_of_a_credential_is_looked_at() {
        let web = settings("https://id.example");
        for (headers, expected) in [
            (vec![], vec![]),
            (vec![("authorization", "bEaReR a.b.c")], vec!["token a.b.c"]),
            (vec![("cookie", "access_token=a.b.c")], vec!["token a.b.c"]),
            (vec![("cookie", "access_token=")], vec![]),
            (
                vec![("authorization", "Bearer a.b.c"), ("cookie", "access_token=d.e.f")],
                vec!["token a.b.c", "token d.e.f"],
            ),
            (vec![("authorization", "")], vec!["other scheme"]),
            (vec![("authorization", "Bearer")], vec!["unusable"]),
            (vec![("authorization", "Digest a.b.c")], vec!["other scheme"]),
            (vec![("authorization", "Bearer a b")], vec!["unusable"]),
            (vec![("authorization", "DPoP a.b.c"), ("dpop", "x")], vec!["bound token a.b.c"]),
            (vec![("authorization", "dpop a.b.c")], vec!["bound token a.b.c"]),
            (vec![("authorization", "DPoP")], vec!["unusable"]),
            (vec![("authorization", "DPoP a b")], vec!["unusable"]),
            (vec![("dpop", "x")], vec![]),
            (vec![("authorization", "Bearer sk_abc")], vec!["key sk_abc"]),
            (vec![("authorization", "Basic c2tfYWJjOg==")], vec!["key sk_abc"]),
            (vec![("authorization", "bAsIc c2tfYWJjOg==")], vec!["key sk_abc"]),
            // A password, no colon, and no base64.
            (vec![("authorization", "Basic c2tfYWJjOng=")], vec!["unusable"]),
            (vec![("authorization", "Basic c2tfYWJj")], vec!["unusable"]),
            (vec![("authorization", "Basic sk_abc:")], vec!["unusable"]),
            (
                vec![("x-api-key", "sk_abc"), ("cookie", "access_token=a.b.c")],
                vec!["key sk_abc", "token a.b.c"],
            ),
            (vec![("x-api-key", "")], vec!["key "]),
            (vec![("X-Api-Auth", "alice:0123456789abcdef")], vec!["barbell alice:0123456789abcdef"]),
            (vec![("cookie", "api_key=sk_abc")], vec![]),
        ] {
            assert_eq!(parts(&headers, &web), expected, "{headers:?}");
        }
        let web = WebSettings { api_key_cookie: true, ..web };
        assert_eq!(parts(&[("cookie", "api_key=sk_abc")], &web), ["key sk_abc"]);
    }

    #[test]
    fn contract_3_what_a_browser_sends_by_itself_is_told_from_what_somebody_sends() {
        let web = settings("https://id.example");
        for (headers, expected) in [
            (vec![], false),
            (vec![("cookie", "access_token=a.b.c")], true),
            (vec![("cookie", "access_token=a.b.c"), ("authorization", "Bearer a.b.c")], false),
            (vec![("x-api-key", "sk_abc")], false),
            (vec![("authorization", "DPoP a.b.c"), ("cookie", "access_token=a.b.c")], false),
            (vec![("authorization", "Basic c2tfYWJjOg==")], true),
            (vec![("authorization", "Basic c2tfYWJjOg=="), ("cookie", "access_token=a.b.c")], true),
            (vec![("authorization", "Basic c2tfYWJjOg=="), ("x-api-key", "sk_abc")], false),
        ] {
            let request = request(&headers);
            let presented = find(&request, &web).unwrap_or_else(|failure| panic!("{headers:?}: {failure}"));
            assert_eq!(presented.is_ambient(), expected, "{headers:?}");
        }
    }

    #[test]
    fn security_4_5_doubled_credentials_are_refused() {
        let web = settings("https://id.example");
        for headers in [
            [("authorization", "Bearer a.b.c"), ("authorization", "Bearer a.b.c")],
            [("x-api-key", "sk_a"), ("x-api-key", "sk_a")],
            [("cookie", "access_token=a; access_token=b"), ("accept", "*/*")],
        ] {
            let request = request(&headers);
            let failure = find(&request, &web).err().unwrap_or_else(|| panic!("{headers:?}"));
            assert_eq!(failure.status.as_u16(), 400);
        }
    }

    #[test]
    fn contract_3_api_keys_are_recognised_wherever_they_travel() {
        let web = settings("https://id.example");
        for (name, value, is_key) in [
            ("x-api-key", "anything", true),
            ("x-api-auth", "alice:key", true),
            ("authorization", "Bearer sk_abc", true),
            ("authorization", "Basic c2tfYWJjOg==", true),
            ("authorization", "Basic bXktY2xpZW50OnNlY3JldA==", false),
            ("authorization", "Bearer a.b.c", false),
        ] {
            assert_eq!(looks_like_api_key(&request(&[(name, value)]), &web), is_key, "{name}: {value}");
        }
    }

    proptest! {
        #[test]
        fn a_token_is_visible_ascii_and_an_api_key_is_never_taken_for_one(
            name in prop::sample::select(vec!["authorization", "x-api-key", "x-api-auth", "cookie"]),
            scheme in "(bearer |Basic |access_token=|)",
            bytes in prop_oneof![
                "(sk_)?[A-Za-z0-9:._=-]{0,20}".prop_map(String::into_bytes),
                "(sk_)?[A-Za-z0-9:._=-]{0,20}".prop_map(|text| STANDARD.encode(text).into_bytes()),
                prop::collection::vec(any::<u8>(), 0..24),
            ],
            cookie in prop::option::of("[a-z_]{0,12}=?[!-~]{0,12}"),
        ) {
            let line = [scheme.as_bytes(), &bytes].concat();
            let Ok(value) = HeaderValue::from_bytes(&line) else { return Ok(()) };
            let mut request = TestRequest::get().append_header((name, value));
            if let Some(cookie) = &cookie {
                request = request.append_header(("cookie", cookie.as_str()));
            }
            let request = request.to_http_request();
            let web = settings("https://id.example");
            let Ok(presented) = find(&request, &web) else { return Ok(()) };
            for part in presented.parts() {
                if let Part::Token(token) = part {
                    prop_assert!(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
                    prop_assert!(!looks_like_api_key(&request, &web));
                }
            }
            prop_assert!(!presented.is_nothing() || name == "cookie");
        }

        #[test]
        fn contract_3_a_key_in_basic_is_recognised_whatever_follows(rest in "\\PC{0,20}") {
            let basic = |text: String| format!("basic {}", STANDARD.encode(text));
            let (key, other) = (basic(format!("sk_{rest}")), basic(format!("-{rest}")));
            prop_assert!(authorization_holds_api_key(&key) && !authorization_holds_api_key(&other));
        }

        #[test]
        fn key_recognition_never_panics(value in "((basic|Bearer) *)?\\PC{0,40}") {
            let _ = authorization_holds_api_key(&value);
        }
    }
}
