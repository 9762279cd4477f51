//! Cookies, set and read: names and attributes of contract §3, security §4.5 (RFC 6265 §4.1, §5.4).

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};

use super::settings::WebSettings;

/// The access token of a first-party login.
pub const ACCESS_TOKEN: &str = "access_token";
/// The refresh token of a first-party login.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// An API key, where the configuration lets it travel so (contract §2).
pub const API_KEY: &str = "api_key";

/// The cookie of a signed-in browser.
pub const fn session_name(https: bool) -> &'static str {
    if https { "__Host-sid" } else { "sid" }
}

/// The cookie of a browser that has not signed in: forms hang on it.
pub const fn before_login_name(https: bool) -> &'static str {
    if https { "__Host-pre" } else { "pre" }
}

/// What a request's `Cookie` header says about one name.
pub enum Found<'a> {
    /// It is not there.
    None,
    /// Its value, as sent.
    One(&'a str),
    /// It is there, but its value is not visible ASCII: no credential of ours.
    Unreadable,
    /// It is there twice: somebody tossed one in (security §4.5).
    Several,
}

/// Looks for a cookie. Nothing is decoded, quotes belong to the value.
pub fn find<'a>(request: &'a HttpRequest, name: &str) -> Found<'a> {
    let mut found = Found::None;
    for header in request.headers().get_all(header::COOKIE) {
        // As bytes: another cookie of any encoding must not hide ours.
        for pair in header.as_bytes().split(|byte| *byte == b';') {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (Some(own), Some(value)) = (halves.next(), halves.next()) else { continue };
            if own.trim_ascii() == name.as_bytes() {
                let value = value.trim_ascii();
                found = match (found, std::str::from_utf8(value)) {
                    (Found::None, Ok(text)) if value.iter().all(u8::is_ascii_graphic) => Found::One(text),
                    (Found::None, _) => Found::Unreadable,
                    _ => return Found::Several,
                };
            }
        }
    }
    found
}

/// The value of a cookie that is there once.
pub fn value<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    match find(request, name) {
        Found::One(value) if !value.is_empty() => Some(value),
        _ => None,
    }
}

/// Sets the access token cookie for `max_age` seconds; 0 with an empty `token` clears it.
pub fn access_token(settings: &WebSettings, token: &str, max_age: i64) -> Option<HeaderValue> {
    let same_site = if settings.same_site_none { "None" } else { "Lax" };
    let text = format!(
        "{ACCESS_TOKEN}={token}; HttpOnly{}; SameSite={same_site}; Path=/; Max-Age={max_age}{}",
        secure(settings),
        domain(settings)
    );
    HeaderValue::from_str(&text).ok()
}

/// Sets the refresh token cookie: only the refresh and logout doors ever see it.
pub fn refresh_token(settings: &WebSettings, token: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&refresh_text(settings, token)).ok()
}

/// Clears both token cookies.
pub fn clear_tokens(settings: &WebSettings) -> [Option<HeaderValue>; 2] {
    let refresh = format!("{}; Max-Age=0", refresh_text(settings, ""));
    [access_token(settings, "", 0), HeaderValue::from_str(&refresh).ok()]
}

fn refresh_text(settings: &WebSettings, token: &str) -> String {
    // A front end on another site could never send a Strict cookie.
    let same_site = if settings.same_site_none { "None" } else { "Strict" };
    format!(
        "{REFRESH_TOKEN}={token}; HttpOnly{}; SameSite={same_site}; Path=/auth/v1{}",
        secure(settings),
        domain(settings)
    )
}

/// Sets one of the two cookies of the pages, `__Host-` over https, for `max_age` seconds; 0 clears it.
pub fn for_pages(settings: &WebSettings, name: &str, value: &str, max_age: i64) -> Option<HeaderValue> {
    let text =
        format!("{name}={value}; HttpOnly{}; SameSite=Lax; Path=/; Max-Age={max_age}", secure(settings));
    HeaderValue::from_str(&text).ok()
}

const fn secure(settings: &WebSettings) -> &'static str {
    if settings.https { "; Secure" } else { "" }
}

fn domain(settings: &WebSettings) -> String {
    settings.cookie_domain.as_ref().map_or_else(String::new, |domain| format!("; Domain={domain}"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::super::settings::tests::settings;
    use super::*;

    fn text(value: Option<HeaderValue>) -> String {
        value.and_then(|v| v.to_str().map(str::to_owned).ok()).unwrap_or_default()
    }

    #[test]
    fn contract_3_token_cookies_have_these_attributes() {
        let https = settings("https://id.example");
        assert_eq!(
            text(access_token(&https, "t", 3600)),
            "access_token=t; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=3600"
        );
        assert_eq!(
            text(refresh_token(&https, "r")),
            "refresh_token=r; HttpOnly; Secure; SameSite=Strict; Path=/auth/v1"
        );
    }

    #[test]
    fn contract_3_secure_is_dropped_only_on_plain_http() {
        let http = settings("http://127.0.0.1:8080");
        assert!(!text(access_token(&http, "t", 1)).contains("Secure"));
        assert_eq!(
            text(for_pages(&http, session_name(false), "s", 60)),
            "sid=s; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"
        );
    }

    #[test]
    fn contract_3_front_ends_on_another_site_get_same_site_none() {
        let mut elsewhere = settings("https://id.example");
        elsewhere.same_site_none = true;
        elsewhere.cookie_domain = Some("example".into());
        assert_eq!(
            text(refresh_token(&elsewhere, "r")),
            "refresh_token=r; HttpOnly; Secure; SameSite=None; Path=/auth/v1; Domain=example"
        );
    }

    #[test]
    fn clearing_uses_the_same_attributes() {
        let [access, refresh] = clear_tokens(&settings("https://id.example"));
        assert_eq!(text(access), "access_token=; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0");
        assert_eq!(
            text(refresh),
            "refresh_token=; HttpOnly; Secure; SameSite=Strict; Path=/auth/v1; Max-Age=0"
        );
    }

    #[test]
    fn security_4_5_a_doubled_cookie_is_seen() {
        let one =
            TestRequest::get().insert_header(("cookie", "a=1; access_token=x.y.z; b=2")).to_http_request();
        assert_eq!(value(&one, ACCESS_TOKEN), Some("x.y.z"));
        assert_eq!(value(&one, "c"), None);
        for twice in [vec!["access_token=1; access_token=1"], vec!["access_token=1", "access_token=2"]] {
            let mut request = TestRequest::get();
            for header in twice {
                request = request.append_header(("cookie", header));
            }
            assert!(matches!(find(&request.to_http_request(), ACCESS_TOKEN), Found::Several));
        }
    }

    proptest! {
        #[test]
        fn find_never_panics_and_a_value_is_visible_ascii(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                "((access_token|a| )*[=;\"] ?[!-~]{0,6}){0,6}".prop_map(String::into_bytes),
            ],
        ) {
            let Ok(header) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let request = TestRequest::get().append_header(("cookie", header)).to_http_request();
            if let Found::One(value) = find(&request, ACCESS_TOKEN) {
                prop_assert!(value.bytes().all(|b| b.is_ascii_graphic() && b != b';'));
            }
        }

        #[test]
        fn security_4_5_no_other_cookie_hides_ours_or_stands_for_it(
            value in "[!-:<-~]{1,20}",
            before in prop::collection::vec(128..=255u8, 0..20),
            after in "[b-z]{1,8}(=[ -:<-~]{0,20})?",
        ) {
            let ours = format!("; {ACCESS_TOKEN}={value}; ");
            let line = [b"b=".as_slice(), &before, ours.as_bytes(), after.as_bytes()].concat();
            let header = HeaderValue::from_bytes(&line).unwrap();
            let request = TestRequest::get().append_header(("cookie", header)).to_http_request();
            prop_assert!(matches!(find(&request, ACCESS_TOKEN), Found::One(found) if found == value));
        }
    }
}
