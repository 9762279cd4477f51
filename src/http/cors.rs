//! Cross-origin requests (Fetch standard, CORS protocol): with credentials for configured origins at the login doors
//! (contract §3), without for anybody at the public ones (security §4.6).

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::v1::auth::adapter::Adapter;

/// Who may read a URL's answers from a page elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// Nobody.
    None,
    /// Anybody, without credentials.
    Public,
    /// The configured origins, with credentials.
    Configured,
}

impl Sharing {
    /// What holds for `path`.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/auth/v1/") || path.starts_with("/v1/auth/") || path.starts_with("/api/") {
            Self::Configured
        } else if path.starts_with("/.well-known/")
            || path.starts_with("/oauth/register/")
            || matches!(
                path,
                "/oauth/token"
                    | "/oauth/revoke"
                    | "/oauth/userinfo"
                    | "/oauth/par"
                    | "/oauth/device_authorization"
                    | "/oauth/register"
            )
        {
            Self::Public
        } else {
            Self::None
        }
    }
}

/// The answer to a preflight; `None` if the request is none. Verify has none: there a 2xx means "let pass".
pub fn preflight(method: &Method, path: &str, headers: &HeaderMap) -> Option<HttpResponse> {
    let asks = method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !asks || Adapter::of(path).is_some() || Sharing::of(path) == Sharing::None {
        return None;
    }
    let mut response = HttpResponse::NoContent();
    response.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"));
    response.insert_header((
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "Authorization, Content-Type, DPoP, MCP-Protocol-Version, X-API-Key, X-API-Auth",
    ));
    response.insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
    Some(response.finish())
}

/// Adds what lets a page at `origin` read the answer, if it may.
pub fn share(sharing: Sharing, origin: Option<&HeaderValue>, allowed: &[String], headers: &mut HeaderMap) {
    match (sharing, origin) {
        (Sharing::None, _) => return,
        (Sharing::Public, _) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        (Sharing::Configured, origin) => {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
            let Some(origin) = origin.filter(|own| allowed.iter().any(|a| a.as_bytes() == own.as_bytes()))
            else {
                return;
            };
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id, RateLimit-Policy, RateLimit, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(path: &str, origin: Option<&'static str>) -> (Option<String>, bool, bool) {
        let mut headers = HeaderMap::new();
        let origin = origin.map(HeaderValue::from_static);
        share(Sharing::of(path), origin.as_ref(), &["https://app.example".to_owned()], &mut headers);
        let allowed = headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        (
            allowed.and_then(|v| v.to_str().ok()).map(str::to_owned),
            headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
            headers.contains_key(header::VARY),
        )
    }

    #[test]
    fn contract_3_credentials_go_to_exact_configured_origins() {
        let mine = Some("https://app.example");
        assert_eq!(shared("/auth/v1/token", mine), (mine.map(str::to_owned), true, true));
        assert_eq!(shared("/v1/auth/login", mine), (mine.map(str::to_owned), true, true));
        for other in [None, Some("https://app.example.evil"), Some("null"), Some("HTTPS://app.example")] {
            assert_eq!(shared("/auth/v1/token", other), (None, false, true), "{other:?}");
        }
    }

    #[test]
    fn security_4_6_public_doors_are_shared_without_credentials() {
        for path in [
            "/oauth/token",
            "/oauth/revoke",
            "/oauth/par",
            "/oauth/device_authorization",
            "/oauth/userinfo",
            "/oauth/register",
            "/oauth/register/abc",
            "/.well-known/jwks.json",
            "/.well-known/openid-configuration",
        ] {
            assert_eq!(shared(path, Some("https://any.example")), (Some("*".into()), false, false), "{path}");
        }
        for path in ["/oauth/authorize", "/oauth/introspect", "/login"] {
            assert_eq!(shared(path, Some("https://app.example")), (None, false, false), "{path}");
        }
    }

    #[test]
    fn contract_6_a_preflight_at_verify_is_a_request_like_any_other() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://app.example"));
        headers.insert(header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("GET"));
        for path in ["/v1/auth/verify", "/v1/auth/verify/forward", "/v1/auth/verify/envoy/a"] {
            assert!(preflight(&Method::OPTIONS, path, &headers).is_none(), "{path}");
        }
        assert!(preflight(&Method::OPTIONS, "/auth/v1/token", &headers).is_some());
        assert!(preflight(&Method::GET, "/auth/v1/token", &headers).is_none());
        assert!(preflight(&Method::OPTIONS, "/login", &headers).is_none());
    }
}
