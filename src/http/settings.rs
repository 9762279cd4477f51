//! What the doors need to know of the configuration (contract §3, §13), and whether this node takes requests.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use ipnet::IpNet;
use uuid::Uuid;

use super::pages::assets::Look;
use crate::clock::UnixTime;

/// The configuration as the doors see it; made once by the composition root.
#[derive(Clone)]
pub struct WebSettings {
    /// The public URL without a trailing slash, the issuer.
    pub issuer: String,
    /// The URL of the protected resource metadata (RFC 9728 §3.1), named in challenges.
    pub resource_metadata: String,
    /// The name people see.
    pub brand: String,
    /// The stylesheet with the operator's colour, and their logo.
    pub look: Look,
    /// Whether the public URL is https: then cookies are `Secure` and plain http is refused.
    pub https: bool,
    /// Whether our own listener speaks TLS.
    pub tls_listener: bool,
    /// Whose `X-Forwarded-*` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Exact origins of front ends elsewhere (contract §3).
    pub cors_origins: Vec<String>,
    /// The public URL's origin, and `cors_origins`: where a cookie may come from.
    pub own_origins: Vec<String>,
    /// Whether front ends on another site get the token cookies: `SameSite=None`.
    pub same_site_none: bool,
    /// `Domain` of the token cookies.
    pub cookie_domain: Option<String>,
    /// Whether browsers find the tokens in the body, too (contract §3).
    pub tokens_in_browser_body: bool,
    /// Whether an API key may travel in a cookie.
    pub api_key_cookie: bool,
    /// The apps that may ask for a key; empty: any (contract §10).
    pub hand_off_apps: Vec<String>,
    /// Draws an identifier for a request.
    pub request_id: fn(UnixTime) -> Uuid,
    /// Draws an unguessable cookie value for a browser that has not signed in.
    pub nonce: fn() -> String,
}

/// Whether this node wants requests, and what it last remembered about refused ones.
#[derive(Default)]
pub struct Readiness {
    ready: AtomicBool,
    audited_plain_http: AtomicI64,
}

impl Readiness {
    /// Whether a balancer should send requests here.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Says whether a balancer should send requests here.
    pub fn set(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// True at most once a second: so many audit events may a stranger without credentials cause.
    pub fn may_audit_plain_http(&self, now: UnixTime) -> bool {
        let last = self.audited_plain_http.swap(now.seconds(), Ordering::AcqRel);
        last != now.seconds()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Settings for `issuer`, everything else by default.
    pub fn settings(issuer: &str) -> WebSettings {
        WebSettings {
            issuer: issuer.to_owned(),
            resource_metadata: format!("{issuer}/.well-known/oauth-protected-resource"),
            brand: "Portcullis".to_owned(),
            look: Look::new(None, None),
            https: issuer.starts_with("https:"),
            tls_listener: false,
            trusted_proxies: Vec::new(),
            cors_origins: vec!["https://app.example".to_owned()],
            own_origins: vec![issuer.to_owned(), "https://app.example".to_owned()],
            same_site_none: false,
            cookie_domain: None,
            tokens_in_browser_body: false,
            api_key_cookie: false,
            hand_off_apps: Vec::new(),
            request_id: |_| Uuid::nil(),
            nonce: || "nonce".to_owned(),
        }
    }

    #[test]
    fn plain_http_is_audited_at_most_once_a_second() {
        let readiness = Readiness::default();
        let now = UnixTime::from_seconds(7);
        assert!(readiness.may_audit_plain_http(now));
        assert!(!readiness.may_audit_plain_http(now));
        assert!(readiness.may_audit_plain_http(now.plus_seconds(1)));
    }
}
