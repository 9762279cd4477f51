//! Four ways for a gateway to ask verify: how each says what the client asked for, and what the operator demands; and
//! the one that understands three statuses only (contract §6, decision 0009).

use actix_web::HttpRequest;
use actix_web::http::header::{
    HOST, HeaderName, HeaderValue, RETRY_AFTER, X_FORWARDED_HOST, X_FORWARDED_PROTO,
};
use actix_web::http::{Method, StatusCode};

use super::super::super::extract::address;
use super::super::super::extract::dpop::Original;
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use super::requirements::Requirements;

/// Services that ask by themselves.
pub const PLAIN: &str = "/v1/auth/verify";
/// Traefik, Caddy, APISIX.
pub const FORWARD: &str = "/v1/auth/verify/forward";
/// nginx's `auth_request`.
pub const NGINX: &str = "/v1/auth/verify/nginx";
/// Envoy's `ext_authz`: the prefix of every path that its clients ask for.
pub const ENVOY: &str = "/v1/auth/verify/envoy";
/// The same as a pattern of the URL table.
pub const BELOW_ENVOY: &str = "/v1/auth/verify/envoy/{path:.*}";

const X_FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const X_FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const X_ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const X_ORIGINAL_HOST: HeaderName = HeaderName::from_static("x-original-host");
const X_ORIGINAL_URI: HeaderName = HeaderName::from_static("x-original-uri");
const X_AUTH_REQUIREMENTS: HeaderName = HeaderName::from_static("x-auth-requirements");
/// The status that nginx is to turn a 403 back into.
const X_AUTH_STATUS: HeaderName = HeaderName::from_static("x-auth-status");

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Adapter {
    /// A service, about a request of its own.
    Plain,
    /// A gateway that speaks of the client's request in `X-Forwarded-*`.
    Forward,
    /// nginx, which speaks of it in `X-Original-*`, and turns what is not 200, 401 or 403 into 500.
    Nginx,
    /// Envoy, which repeats the client's request line below its prefix: the query is the client's own.
    Envoy,
}

impl Adapter {
    /// The adapter at `path`, as it stands in the request line; `None` for a path that is not verify's.
    pub fn of(path: &str) -> Option<Self> {
        match path {
            PLAIN => Some(Self::Plain),
            FORWARD => Some(Self::Forward),
            NGINX => Some(Self::Nginx),
            _ => {
                let rest = path.strip_prefix(ENVOY)?;
                (rest.is_empty() || rest.starts_with('/')).then_some(Self::Envoy)
            }
        }
    }

    /// What the operator demands.
    ///
    /// # Errors
    /// 400 for what is not understood, 403 if anybody but a trusted proxy names requirements in a header.
    pub fn requirements(
        self,
        request: &HttpRequest,
        settings: &WebSettings,
    ) -> Result<Requirements, Failure> {
        if self != Self::Envoy {
            return Requirements::parse(request.query_string());
        }
        let mut lines = request.headers().get_all(X_AUTH_REQUIREMENTS);
        let Some(line) = lines.next() else { return Ok(Requirements::default()) };
        // Dropping them silently would let more pass than the operator wants (decision 0009).
        if !address::is_from_trusted_proxy(request, settings) {
            return Err(Failure::untrusted_gateway());
        }
        match (line.to_str(), lines.next()) {
            (Ok(line), None) => Requirements::parse(line),
            _ => Err(Failure::invalid_request("X-Auth-Requirements is not one line of text")),
        }
    }

    /// Whether a cookie needs a proof of origin: the method that the client asked for may change something, or is not
    /// known (contract §3, §6). A service that asks by itself has to judge its own requests.
    pub fn may_change_something(self, request: &HttpRequest, settings: &WebSettings) -> bool {
        let told = |name: HeaderName| {
            let mut lines = request.headers().get_all(name);
            match (lines.next(), lines.next()) {
                (Some(line), None) if address::is_from_trusted_proxy(request, settings) => {
                    !is_safe(line.as_bytes())
                }
                _ => true,
            }
        };
        match self {
            Self::Plain => false,
            Self::Forward => told(X_FORWARDED_METHOD),
            Self::Nginx => told(X_ORIGINAL_METHOD),
            Self::Envoy => !is_safe(request.method().as_str().as_bytes()),
        }
    }

    /// The request that the client made, for a proof that must be of it (RFC 9449 §4.3): only a trusted proxy is believed, and
    /// only in this adapter's own words.
    pub fn original(self, request: &HttpRequest, settings: &WebSettings) -> Option<Original> {
        if !address::is_from_trusted_proxy(request, settings) {
            return None;
        }
        let one = |name: HeaderName| {
            let mut lines = request.headers().get_all(name);
            let line = lines.next()?.to_str().ok()?;
            lines.next().is_none().then_some(line)
        };
        let (method, host, path) = match self {
            Self::Plain => return None,
            Self::Forward => (one(X_FORWARDED_METHOD)?, one(X_FORWARDED_HOST)?, one(X_FORWARDED_URI)?),
            Self::Nginx => (one(X_ORIGINAL_METHOD)?, one(X_ORIGINAL_HOST)?, one(X_ORIGINAL_URI)?),
            Self::Envoy => {
                let path = request.uri().path().strip_prefix(ENVOY)?;
                (request.method().as_str(), one(HOST)?, if path.is_empty() { "/" } else { path })
            }
        };
        let scheme = one(X_FORWARDED_PROTO)?;
        // What the client wrote of it must not move the border between host and path.
        let is_host =
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
        let is_path =
            path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\'));
        (is_host && is_path)
            .then(|| Original { method: method.to_owned(), uri: format!("{scheme}://{host}{path}") })
    }

    /// A failure as this gateway can pass it on.
    pub fn translate(self, failure: Failure) -> Failure {
        if self == Self::Nginx { for_nginx(failure) } else { failure }
    }
}

/// The methods that no cookie needs a proof for (security §4.6); methods are case-sensitive (RFC 9110 §9.1).
fn is_safe(method: &[u8]) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].iter().any(|safe| safe.as_str().as_bytes() == method)
}

/// Everything but 401 and 403 becomes 403, with the status that the client is to get beside it.
fn for_nginx(failure: Failure) -> Failure {
    let told = match failure.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return failure,
        status @ (StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS) => status,
        status if status.is_client_error() => StatusCode::BAD_REQUEST,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let has_pause = failure.headers.iter().any(|(name, _)| name == RETRY_AFTER);
    let failure = if told == StatusCode::SERVICE_UNAVAILABLE && !has_pause {
        failure.with(RETRY_AFTER, HeaderValue::from_static("1"))
    } else {
        failure
    };
    Failure { status: StatusCode::FORBIDDEN, ..failure.with(X_AUTH_STATUS, HeaderValue::from(told.as_u16())) }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use actix_web::test::TestRequest;

    use super::super::super::super::settings::tests::settings;
    use super::*;

    const GATEWAY: &str = "10.0.0.1:1";
    const STRANGER: &str = "203.0.113.9:1";

    fn web() -> WebSettings {
        let mut web = settings("https://id.example");
        web.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        web
    }

    fn request(peer: &str, method: &str, uri: &str, headers: &[(&str, &str)]) -> HttpRequest {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = TestRequest::with_uri(uri).method(method.parse().unwrap()).peer_addr(peer);
        for header in headers {
            request = request.append_header(*header);
        }
        request.to_http_request()
    }

    #[test]
    fn contract_6_each_path_has_its_adapter() {
        for (path, adapter) in [
            ("/v1/auth/verify", Some(Adapter::Plain)),
            ("/v1/auth/verify/", None),
            ("/v1/auth/verify/forward", Some(Adapter::Forward)),
            ("/v1/auth/verify/nginx", Some(Adapter::Nginx)),
            ("/v1/auth/verify/nginx/x", None),
            ("/v1/auth/verify/envoy", Some(Adapter::Envoy)),
            ("/v1/auth/verify/envoy/", Some(Adapter::Envoy)),
            ("/v1/auth/verify/envoy//a/%2e%2e/%2f", Some(Adapter::Envoy)),
            ("/v1/auth/verify/envoys", None),
            ("/v1/auth/verif%79/envoy/", None),
            ("/v1/auth/login", None),
        ] {
            assert_eq!(Adapter::of(path), adapter, "{path}");
        }
    }

    #[test]
    fn contract_6_the_original_method_is_believed_only_from_a_trusted_proxy_and_never_mixed() {
        let (forward, nginx) = ("x-forwarded-method", "x-original-method");
        for (adapter, peer, method, headers, unsafe_) in [
            (Adapter::Plain, STRANGER, "POST", vec![], false),
            (Adapter::Forward, GATEWAY, "GET", vec![(forward, "GET")], false),
            (Adapter::Forward, GATEWAY, "POST", vec![(forward, "HEAD")], false),
            (Adapter::Forward, GATEWAY, "GET", vec![(forward, "OPTIONS")], false),
            (Adapter::Forward, GATEWAY, "GET", vec![(forward, "POST")], true),
            (Adapter::Forward, GATEWAY, "GET", vec![(forward, "get")], true),
            (Adapter::Forward, GATEWAY, "GET", vec![(forward, "GET"), (forward, "GET")], true),
            (Adapter::Forward, GATEWAY, "GET", vec![(nginx, "GET")], true),
            (Adapter::Forward, STRANGER, "GET", vec![(forward, "GET")], true),
            (Adapter::Nginx, GATEWAY, "GET", vec![(nginx, "GET"), (forward, "POST")], false),
            (Adapter::Nginx, GATEWAY, "GET", vec![(nginx, "DELETE"), (forward, "GET")], true),
            (Adapter::Nginx, GATEWAY, "GET", vec![(forward, "GET")], true),
            (Adapter::Nginx, GATEWAY, "GET", vec![], true),
            (Adapter::Nginx, STRANGER, "GET", vec![(nginx, "GET")], true),
            (Adapter::Envoy, GATEWAY, "GET", vec![(forward, "POST"), (nginx, "POST")], false),
            (Adapter::Envoy, GATEWAY, "PATCH", vec![(forward, "GET"), (nginx, "GET")], true),
        ] {
            let request = request(peer, method, "/", &headers);
            assert_eq!(
                adapter.may_change_something(&request, &web()),
                unsafe_,
                "{adapter:?} {peer} {method} {headers:?}"
            );
        }
    }

    fn demands(adapter: Adapter, peer: &str, query: &str, header: &[&str]) -> Result<Requirements, u16> {
        let headers: Vec<_> = header.iter().map(|value| ("x-auth-requirements", *value)).collect();
        let request = request(peer, "GET", &format!("/{query}"), &headers);
        adapter.requirements(&request, &web()).map_err(|failure| failure.status.as_u16())
    }

    #[test]
    fn decision_9_envoys_requirements_come_from_its_own_header_and_never_from_the_clients_query() {
        let read = Requirements::parse("scope=read&hide=1");
        let nothing = Ok(Requirements::default());
        for (peer, query, header, expected) in [
            (GATEWAY, "", vec![], &nothing),
            (GATEWAY, "?page=2&scope=admin&code=x", vec![], &nothing),
            (GATEWAY, "?scope=admin", vec!["scope=read&hide=1"], &read.map_err(|_| 0)),
            (STRANGER, "?scope=admin", vec![], &nothing),
            (STRANGER, "", vec!["scope=read"], &Err(403)),
            (GATEWAY, "", vec!["scope=read", "scope=read"], &Err(400)),
            (GATEWAY, "", vec!["scopes=read"], &Err(400)),
        ] {
            assert_eq!(&demands(Adapter::Envoy, peer, query, &header), expected, "{peer} {query} {header:?}");
        }
    }

    #[test]
    fn contract_6_the_other_adapters_read_the_operators_query_and_no_header() {
        for adapter in [Adapter::Plain, Adapter::Forward, Adapter::Nginx] {
            let found = demands(adapter, STRANGER, "?scope=admin", &["anonymous=allow"]);
            assert_eq!(found, Requirements::parse("scope=admin").map_err(|_| 0), "{adapter:?}");
        }
    }

    #[test]
    fn contract_6_nginx_sees_401_and_403_and_the_status_the_client_is_to_get() {
        let bare = |status: u16| Failure::new(StatusCode::from_u16(status).unwrap(), "x", "x");
        for (failure, status, told, pause) in [
            (Failure::invalid_token(), 401, None, None),
            (Failure::insufficient_scope("x"), 403, None, None),
            (Failure::invalid_request("x"), 403, Some("400"), None),
            (Failure::not_found(), 403, Some("404"), None),
            (Failure::method_not_allowed("GET"), 403, Some("400"), None),
            (Failure::too_slow(), 403, Some("400"), None),
            (Failure::too_large(), 403, Some("400"), None),
            (Failure::too_many_attempts(17), 403, Some("429"), Some("17")),
            (Failure::server_error(), 403, Some("503"), Some("1")),
            (Failure::unavailable(), 403, Some("503"), Some("1")),
            (bare(302), 403, Some("503"), Some("1")),
        ] {
            let about = failure.to_string();
            let mapped = Adapter::Nginx.translate(failure);
            let header = |name: &HeaderName| {
                let mut found = mapped.headers.iter().filter(|(own, _)| own == name);
                let value = found.next().map(|(_, value)| value.to_str().unwrap());
                assert!(found.next().is_none(), "{about}: {name} twice");
                value
            };
            assert_eq!(mapped.status.as_u16(), status, "{about}");
            assert_eq!((header(&X_AUTH_STATUS), header(&RETRY_AFTER)), (told, pause), "{about}");
        }
        assert_eq!(Adapter::Forward.translate(Failure::not_found()).status, StatusCode::NOT_FOUND);
    }
}
