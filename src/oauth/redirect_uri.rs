//! Redirect URIs: RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1 and §4.1.3.

use url::{Host, Url};

use super::client::Client;
use super::client_fault::{Reason, Rule};
use super::error::{ErrorCode, Matter, OAuthError};

/// Longest redirect URI, in bytes.
const MAX_BYTES: usize = 2048;

/// Schemes that run code or open files in a browser instead of reaching an application.
const DANGEROUS_SCHEMES: [&str; 10] =
    ["javascript", "data", "file", "vbscript", "blob", "about", "view-source", "filesystem", "ws", "wss"];

/// A redirect URI of which it is known that the client registered it: only such a one may receive an answer
/// (RFC 9700 §4.11, no open redirector).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidatedRedirectUri(String);

impl ValidatedRedirectUri {
    /// Exactly as the client sent it, or as it is registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host people are shown before they agree; none for a private-use scheme.
    pub fn host(&self) -> Option<String> {
        // What stands after `com.example.app://` is no host: it leads to whatever claimed the scheme on that device.
        if !self.is_web() {
            return None;
        }
        Url::parse(&self.0).ok()?.host_str().map(str::to_owned)
    }

    /// Whether it leads to an https host, which assures whose it is; loopback and private-use schemes do not.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether a browser speaks HTTP to it; to a private-use scheme it only hands over a URL.
    pub fn is_web(&self) -> bool {
        self.is_https() || self.0.starts_with("http://")
    }
}

/// Finds the redirect URI of an authorization request; the flag says whether the request named it.
///
/// # Errors
/// `invalid_request`, to be shown to the person and never redirected: RFC 6749 §3.1.2.4.
pub(super) fn validate(
    client: &Client,
    requested: Option<&str>,
) -> Result<(ValidatedRedirectUri, bool), OAuthError> {
    let refuse =
        |text: &'static str, matter| Err(OAuthError::new(ErrorCode::InvalidRequest, text).about(matter));
    match (requested, client.redirect_uris.as_slice()) {
        (Some(uri), registered) if registered.iter().any(|own| matches(own, uri)) => {
            Ok((ValidatedRedirectUri(uri.to_owned()), true))
        }
        (Some(_), _) => refuse("redirect_uri is not registered for this client", Matter::RedirectUri),
        (None, [only]) => Ok((ValidatedRedirectUri(only.clone()), false)),
        // RFC 6749 §3.1.2.3: several registered ones, so the client must choose.
        (None, _) => refuse("redirect_uri is missing", Matter::NoRedirectUri),
    }
}

/// Whether `requested` is `registered`: the same string, except that the port of an `http` loopback IP literal is
/// free (RFC 8252 §7.3), and that of `localhost` (RFC 9700 §4.1.3). No two of these hosts are the same one.
pub fn matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    match (loopback_parts(registered), loopback_parts(requested)) {
        (Some(own), Some(other)) => own == other && requested.len() <= MAX_BYTES && is_plain(requested),
        _ => false,
    }
}

/// Host and everything after the port of an `http` URI of this machine, cut out of the string without normalising it.
fn loopback_parts(uri: &str) -> Option<(&str, &str)> {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let Some(rest) = uri.strip_prefix("http://").and_then(|rest| rest.strip_prefix(host)) else {
            continue;
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (port, tail) = rest.split_at_checked(end)?;
        return is_port(port).then_some((host, tail));
    }
    None
}

/// Nothing, or `:` and a port from 1 to 65535.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        None => text.is_empty(),
        Some(digits) => {
            digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|port| port != 0)
        }
    }
}

/// Whether a client may register `uri`.
///
/// # Errors
/// What is wrong with it.
pub fn validate_for_registration(uri: &str) -> Result<(), Reason> {
    let refuse = |rule, text| Err(Reason::new(rule, text));
    if uri.len() > MAX_BYTES {
        return refuse(Rule::UriLong, "it is longer than 2048 bytes");
    }
    if !is_plain(uri) {
        return refuse(
            Rule::UriCharacters,
            "it must be printable ASCII without spaces, quotes, backslashes and angle brackets",
        );
    }
    if uri.contains('#') {
        return refuse(Rule::UriFragment, "it must not have a fragment (RFC 6749 section 3.1.2)");
    }
    let Ok(url) = Url::parse(uri) else {
        return refuse(Rule::UriRelative, "it must be an absolute URI (RFC 6749 section 3.1.2)");
    };
    // Every rule below looks at the parsed form; the string must be one no browser reads differently.
    if !uri.starts_with(&format!("{}:", url.scheme())) {
        return refuse(Rule::UriSchemeCase, "its scheme must be written in lower case");
    }
    if !url.username().is_empty() || url.password().is_some() || authority(uri).contains('@') {
        return refuse(Rule::UriUser, "it must not carry user information");
    }
    refuse_wildcard(&url)?;
    validate_scheme(uri, &url)
}

/// Whether a URI names one host: what looks like a pattern would never match (RFC 9700 §4.1.3).
///
/// # Errors
/// That it does not.
pub(super) fn refuse_wildcard(url: &Url) -> Result<(), Reason> {
    match url.host_str() {
        Some(host) if host.contains('*') => {
            let text = "wildcards are not supported: write every host in full";
            Err(Reason::new(Rule::UriWildcard, text))
        }
        _ => Ok(()),
    }
}

fn validate_scheme(uri: &str, url: &Url) -> Result<(), Reason> {
    let refuse = |rule, text| Err(Reason::new(rule, text));
    match url.scheme() {
        "https" if !uri.starts_with("https://") || url.host().is_none() => {
            refuse(Rule::UriHost, "https needs // and a host")
        }
        "https" => Ok(()),
        "http" if !uri.starts_with("http://") => refuse(Rule::UriHost, "http needs // and a host"),
        "http" if is_loopback(url) => Ok(()),
        "http" => refuse(
            Rule::UriPlainHttp,
            "plain http is for loopback addresses only (RFC 8252 section 7.3): use https",
        ),
        scheme if DANGEROUS_SCHEMES.contains(&scheme) => {
            refuse(Rule::UriDangerous, "this scheme does not lead to an application")
        }
        // RFC 8252 §7.1: a domain name under the application's control, reversed.
        scheme if !scheme.contains('.') => {
            refuse(Rule::UriPrivateScheme, "a private-use scheme needs a dot (RFC 8252 section 7.1)")
        }
        _ => Ok(()),
    }
}

/// Whether the host is this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// What stands between `//` and the path.
fn authority(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Printable ASCII that no parser strips, folds or quotes.
fn is_plain(uri: &str) -> bool {
    !uri.is_empty()
        && uri.bytes().all(|b| {
            b.is_ascii_graphic()
                && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'`' | b'^' | b'{' | b'|' | b'}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture;
    use proptest::prelude::*;

    #[test]
    fn rfc9700_4_1_3_redirect_uris_match_as_strings() {
        let registered = "https://app.example/cb";
        assert!(matches(registered, registered));
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb?",
            "https://app.example/cb?x=1",
            "https://app.example/cb#",
            "https://app.example:443/cb",
            "https://APP.example/cb",
            "https://app.example/x/../cb",
            "https://app.example/%63b",
            "https://app.example.evil.example/cb",
            "https://app.example@evil.example/cb",
            "https://app.example\\@evil.example/cb",
            "http://app.example/cb",
            "",
        ] {
            assert!(!matches(registered, other), "{other}");
            assert!(!matches(other, registered), "{other}");
        }
        assert!(!matches("https://app.example:1/cb", "https://app.example:2/cb"));
    }

    #[test]
    fn rfc8252_7_3_the_port_of_loopback_is_free() {
        for (registered, requested, expected) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:80/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:80/cb", "http://127.0.0.1/cb", true),
            ("http://[::1]/cb", "http://[::1]:51004/cb", true),
            ("http://127.0.0.1", "http://127.0.0.1:9", true),
            ("http://127.0.0.1/cb?x", "http://127.0.0.1:9/cb?x", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:9/other", false),
            ("http://127.0.0.1/cb", "http://[::1]:9/cb", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:9/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:+9/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:9@evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:9\\@evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:9/cb#f", false),
            ("http://localhost/cb", "http://localhost:9/cb", true),
            ("http://localhost:3000/cb", "http://localhost/cb", true),
            ("http://localhost/cb", "http://localhost:9/other", false),
            ("http://localhost/cb", "https://localhost:9/cb", false),
            ("http://localhost/cb", "http://127.0.0.1:9/cb", false),
            ("http://127.0.0.1/cb", "http://localhost:9/cb", false),
            ("http://localhost/cb", "http://[::1]:9/cb", false),
            ("http://localhost/cb", "http://localhost.evil.example:9/cb", false),
            ("http://localhost/cb", "http://localhost:9@evil.example/cb", false),
            ("http://localhost/cb", "http://LOCALHOST:9/cb", false),
            ("http://localhost:9/cb", "http://localhost:9/cb", true),
        ] {
            assert_eq!(matches(registered, requested), expected, "{registered} {requested}");
        }
    }

    #[test]
    fn rfc6749_3_1_2_and_rfc8252_7_what_may_be_registered() {
        for good in [
            "https://app.example/cb",
            "https://app.example",
            "https://app.example:8443/cb?x=1&y=%20",
            "https://xn--bcher-kva.example/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:8080/cb",
            "http://[::1]:8080/cb",
            "http://localhost:3000/cb",
            "com.example.app:/cb",
            "com.example.app://cb",
            "com.example.app:cb",
        ] {
            assert_eq!(validate_for_registration(good), Ok(()), "{good}");
        }
        let long = format!("https://app.example/{}", "a".repeat(2048));
        for bad in [
            "",
            "/cb",
            "app.example/cb",
            "//app.example/cb",
            "https://",
            "https:/app.example/cb",
            "https:app.example",
            "https://app.example/cb#",
            "https://app.example/cb#f",
            "https://*.app.example/cb",
            "https://*/cb",
            "com.example.app://*.example/cb",
            "https://user@app.example/cb",
            "https://user:pass@app.example/cb",
            "https://@app.example/cb",
            "http://app.example/cb",
            "http://127.0.0.1.example/cb",
            "http:127.0.0.1/cb",
            "HTTPS://app.example/cb",
            "Com.Example.App:/cb",
            "myapp:/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x",
            "blob:https://app.example/x",
            "about:blank",
            "https://app.example/c b",
            "https://app.example/cb\n",
            "https://app.example\\evil.example/",
            "https://b\u{fc}cher.example/cb",
            "https://app.example/<x>",
            "https://app.example:99999/",
            long.as_str(),
        ] {
            assert!(validate_for_registration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn contract_5_people_are_shown_the_host() {
        for (uri, host, https) in [
            ("https://app.example:8443/cb", Some("app.example"), true),
            ("http://127.0.0.1:1/cb", Some("127.0.0.1"), false),
            ("com.example.app:/cb", None, false),
            ("com.example.app://bank.example/cb", None, false),
        ] {
            let uri = ValidatedRedirectUri(uri.to_owned());
            assert_eq!((uri.host().as_deref(), uri.is_https()), (host, https));
        }
    }

    proptest! {
        #[test]
        fn redirect_uri_rules_never_panic(one in "\\PC{0,60}|http://127.0.0.1[:0-9/a@#?]{0,20}", other in "\\PC{0,60}") {
            let _ = (matches(&one, &other), validate_for_registration(&one), validate_for_registration(&other));
        }

        #[test]
        fn rfc9700_4_1_3_only_loopback_differs_from_byte_comparison(tail in "[:0-9/a@#?.\\\\]{0,12}") {
            let web = "https://app.example";
            prop_assert_eq!(matches(web, &format!("{web}{tail}")), tail.is_empty());
            let requested = format!("http://127.0.0.1{tail}");
            if matches("http://127.0.0.1/cb", &requested) {
                let url = Url::parse(&requested).unwrap();
                prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
                prop_assert_eq!(url.path(), "/cb");
            }
        }

        #[test]
        fn a_registered_uri_is_one_the_state_machine_can_parse(uri in "[a-z.]{1,8}:/{0,2}[!-~]{0,20}") {
            if validate_for_registration(&uri).is_ok() {
                let client = Client { redirect_uris: vec![uri.clone()], ..fixture::public() };
                prop_assert!(Url::parse(&uri).is_ok() && validate(&client, Some(&uri)).is_ok());
            }
        }
    }
}
