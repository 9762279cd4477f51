//! The credentials of a request, wherever they travel (contract §2; RFC 6750 §2.1, RFC 7617 §2).

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::cookie::{self, Found};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::{UNREADABLE, single};
use crate::flows::Node;
use crate::flows::verify::{self, Identity, Verdict};
use crate::oauth::bearer;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_API_AUTH: HeaderName = HeaderName::from_static("x-api-auth");
const API_KEY_PREFIX: &str = "sk_";

/// What a request presents. Holds tokens: no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// Nothing.
    Nothing,
    /// A JWT, by header or cookie.
    Token(&'a str),
    /// Two different JWTs, by header and by cookie: good if both name one principal.
    TwoTokens(&'a str, &'a str),
    /// Something that can be no token; never skipped in favour of another credential (contract §2).
    Unusable,
}

/// Finds the credentials.
///
/// # Errors
/// 400 for a doubled header or cookie.
pub fn find<'a>(request: &'a HttpRequest, settings: &WebSettings) -> Result<Presented<'a>, Failure> {
    let header = match single(request, &header::AUTHORIZATION)? {
        None => None,
        Some(value) => match bearer::parse(value) {
            Some(credential) if !credential.token().starts_with(API_KEY_PREFIX) => Some(credential.token()),
            _ => return Ok(Presented::Unusable),
        },
    };
    if single(request, &X_API_KEY)?.is_some() || single(request, &X_API_AUTH)?.is_some() {
        return Ok(Presented::Unusable);
    }
    Ok(match (header, cookie_token(request, settings)?) {
        (None, None) => Presented::Nothing,
        (Some(header), Some(cookie)) if header != cookie => Presented::TwoTokens(header, cookie),
        (Some(token), _) | (None, Some(token)) => Presented::Token(token),
    })
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

/// Who presents them; `None` if nothing was presented.
///
/// # Errors
/// 401 if a credential is no good, 400 if two name different principals, 503 if it cannot be told.
pub async fn identify(node: &Node, presented: Presented<'_>) -> Result<Option<Arc<Identity>>, Failure> {
    match presented {
        Presented::Nothing => Ok(None),
        Presented::Unusable => Err(Failure::invalid_token()),
        Presented::Token(token) => verified(node, token).await.map(Some),
        Presented::TwoTokens(header, cookie) => {
            let (first, second) = (verified(node, header).await?, verified(node, cookie).await?);
            if first.subject != second.subject || first.user_id != second.user_id {
                return Err(Failure::two_principals());
            }
            Ok(Some(first))
        }
    }
}

async fn verified(node: &Node, token: &str) -> Result<Arc<Identity>, Failure> {
    match verify::verify(node, token).await? {
        Verdict::Valid(identity) => Ok(identity),
        Verdict::Expired => Err(Failure::token_expired()),
        Verdict::Invalid => Err(Failure::invalid_token()),
        Verdict::CannotTell => Err(Failure::unavailable()),
    }
}

/// Whether a credential was put there by whoever asks: a cookie goes along by itself (contract §3).
pub fn stands_in_header(request: &HttpRequest) -> bool {
    [header::AUTHORIZATION, X_API_KEY, X_API_AUTH].iter().any(|name| request.headers().contains_key(name))
}

/// Whether a request presents what looks like an API key (contract §2): those are refused at the internal API (§3).
pub fn looks_like_api_key(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(&X_API_KEY)
        || headers.contains_key(&X_API_AUTH)
        || headers
            .get_all(header::AUTHORIZATION)
            .any(|value| value.to_str().is_ok_and(authorization_holds_api_key))
}

fn authorization_holds_api_key(value: &str) -> bool {
    if let Some(credential) = bearer::parse(value) {
        return credential.token().starts_with(API_KEY_PREFIX);
    }
    match value.split_once(' ') {
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => STANDARD
            .decode(encoded.trim())
            .is_ok_and(|decoded| decoded.starts_with(API_KEY_PREFIX.as_bytes())),
        _ => false,
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

    #[test]
    fn contract_2_every_place_of_a_credential_is_looked_at() {
        let web = settings("https://id.example");
        for (headers, expected) in [
            (vec![], Presented::Nothing),
            (vec![("authorization", "bEaReR a.b.c")], Presented::Token("a.b.c")),
            (vec![("cookie", "access_token=a.b.c")], Presented::Token("a.b.c")),
            (vec![("cookie", "access_token=")], Presented::Nothing),
            (
                vec![("authorization", "Bearer a.b.c"), ("cookie", "access_token=a.b.c")],
                Presented::Token("a.b.c"),
            ),
            (
                vec![("authorization", "Bearer a.b.c"), ("cookie", "access_token=d.e.f")],
                Presented::TwoTokens("a.b.c", "d.e.f"),
            ),
            (vec![("authorization", "")], Presented::Unusable),
            (vec![("authorization", "Bearer")], Presented::Unusable),
            (vec![("authorization", "Digest a.b.c")], Presented::Unusable),
            (vec![("authorization", "Bearer a b")], Presented::Unusable),
            (vec![("authorization", "Bearer sk_abc")], Presented::Unusable),
            (vec![("authorization", "Basic c2tfYWJjOg==")], Presented::Unusable),
            (vec![("x-api-key", "sk_abc"), ("cookie", "access_token=a.b.c")], Presented::Unusable),
            (vec![("X-Api-Auth", "alice:0123456789abcdef")], Presented::Unusable),
        ] {
            let request = request(&headers);
            let found = find(&request, &web).unwrap_or_else(|failure| panic!("{headers:?}: {failure}"));
            assert!(found == expected, "{headers:?}");
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
        for (name, value, is_key) in [
            ("x-api-key", "anything", true),
            ("x-api-auth", "alice:key", true),
            ("authorization", "Bearer sk_abc", true),
            ("authorization", "Basic c2tfYWJjOg==", true),
            ("authorization", "Basic bXktY2xpZW50OnNlY3JldA==", false),
            ("authorization", "Bearer a.b.c", false),
        ] {
            assert_eq!(looks_like_api_key(&request(&[(name, value)])), is_key, "{name}: {value}");
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
            match find(&request, &settings("https://id.example")) {
                Ok(Presented::Token(token)) => {
                    prop_assert!(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
                    prop_assert!(!looks_like_api_key(&request));
                }
                Ok(Presented::TwoTokens(header, cookie)) => {
                    prop_assert!(header != cookie && !looks_like_api_key(&request));
                }
                Ok(Presented::Nothing) => prop_assert!(name == "cookie"),
                Ok(Presented::Unusable) | Err(_) => {}
            }
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
