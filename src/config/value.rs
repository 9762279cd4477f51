//! Owns how each setting's text is read and what is refused (contract §13, §14; security §4.8).

use std::net::SocketAddr;

use ipnet::IpNet;
use url::{Host, Url};

/// `ADDRESS:PORT`.
pub(super) fn socket(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("{} is not ADDRESS:PORT: write for instance 127.0.0.1:8080", text.escape_debug())
    })
}

/// The issuer: scheme, host and port only, without a trailing slash; plain http on loopback only (RFC 8414 §2).
pub(super) fn public_url(text: &str) -> Result<String, String> {
    const SHAPE: &str = "write the address clients use, for instance https://id.example.com";
    let url = Url::parse(text).map_err(|_| format!("{} is not a URL: {SHAPE}", text.escape_debug()))?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("a path, query or fragment is not supported: {SHAPE}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("it cannot hold a user name or password: {SHAPE}"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(format!(
                "plain http is for loopback only: write https:// instead of http:// in {}",
                url.origin().ascii_serialization()
            ));
        }
        _ => return Err(format!("only https (and http on loopback) is supported: {SHAPE}")),
    }
    Ok(url.origin().ascii_serialization())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The shortest prefixes of a network whose headers are believed: a private range is as wide as 10.0.0.0/8 (RFC 1918 §3)
/// or fc00::/7 (RFC 4193 §3.1), and half of all addresses, twice, is everybody too.
const WIDEST_IPV4: u8 = 8;
const WIDEST_IPV6: u8 = 7;

/// A network or a single address; never everybody.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let net = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from)).map_err(
        |_| {
            format!(
                "{} is no address or network: write for instance 10.0.0.7 or 10.0.0.0/24",
                text.escape_debug()
            )
        },
    )?;
    let widest = if net.addr().is_ipv4() { WIDEST_IPV4 } else { WIDEST_IPV6 };
    if net.prefix_len() < widest {
        return Err(format!(
            "{net} would believe forwarded headers from nearly anybody: name the addresses of your proxies, or a \
             network of /{widest} at the widest"
        ));
    }
    Ok(net)
}

/// `name=description` of a scope that is not built in (RFC 6749 §3.3).
pub(super) fn described_scope(text: &str) -> Result<(String, String), String> {
    let is_token = |byte: u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x5b | 0x5d..=0x7e);
    match text.split_once('=') {
        Some((name, _)) if ["read", "write", "admin"].contains(&name) => {
            Err(format!("{name} is built in: choose another name"))
        }
        Some((name, words)) if !name.is_empty() && name.bytes().all(is_token) && !words.trim().is_empty() => {
            Ok((name.to_owned(), words.trim().to_owned()))
        }
        _ => Err(format!(
            "{} is not NAME=DESCRIPTION: write for instance files:list=see the names of your files",
            text.escape_debug()
        )),
    }
}

/// The name of an app that may ask for a key (contract §10).
pub(super) fn app_name(text: &str) -> Result<String, String> {
    let good = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 32
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" _.-".contains(&b));
    if good {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{} is no name of an app: 1 to 32 letters, digits, spaces, _, . or -",
            text.escape_debug()
        ))
    }
}

/// An origin exactly as a browser writes it in `Origin` (RFC 6454 §6.1).
pub(super) fn origin(text: &str) -> Result<String, String> {
    let shown = text.escape_debug();
    if text == "*" || text == "null" {
        return Err(format!(
            "{shown} would let any page in: list exact origins such as https://app.example.com"
        ));
    }
    let exact = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .map(|url| url.origin().ascii_serialization());
    match exact {
        Some(exact) if exact == text => Ok(exact),
        Some(exact) => Err(format!("{shown} is not an origin as browsers write it: write {exact}")),
        None => Err(format!("{shown} is not an origin: write for instance https://app.example.com")),
    }
}

/// A host name for `Domain`, in lower case and without a leading dot (RFC 6265 §5.2.3).
pub(super) fn cookie_domain(text: &str) -> Result<String, String> {
    match Host::parse(text) {
        // It stands in `Set-Cookie` as it is: nothing but a name's characters.
        Ok(Host::Domain(name))
            if name == text
                && name.contains('.')
                && !name.starts_with('.')
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) =>
        {
            Ok(name)
        }
        _ => Err(format!("{} is no domain: write for instance example.com", text.escape_debug())),
    }
}

/// A whole number within bounds, both allowed.
pub(super) fn number(least: i64, most: i64) -> impl Fn(&str) -> Result<i64, String> {
    move |text| match text.parse() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("{} is no whole number from {least} to {most}", text.escape_debug())),
    }
}

/// 0, which stands for never, or a whole number within bounds, both allowed.
pub(super) fn never_or(least: i64, most: i64) -> impl Fn(&str) -> Result<i64, String> {
    move |text| match text.parse() {
        Ok(n) if n == 0 || (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("{} is neither 0 nor a whole number from {least} to {most}", text.escape_debug())),
    }
}

/// A number of seconds within bounds, both allowed.
pub(super) fn seconds(least: u32, most: u32) -> impl Fn(&str) -> Result<u32, String> {
    move |text| match text.parse() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("{} is no whole number from {least} to {most}", text.escape_debug())),
    }
}

/// `true` or `false`.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("{} is neither true nor false", text.escape_debug()))
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(choices: &[(&'static str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            format!("{} is none of: {}", text.escape_debug(), words.join(", "))
        })
    }
}

/// A name for people to read.
pub(super) fn brand(text: &str) -> Result<String, String> {
    let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("write 1 to 60 printable characters".to_owned()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn security_4_8_a_trusted_network_is_never_everybody(
            text in "[0-9]{1,3}(\\.[0-9]{1,3}){3}(/[0-9]{1,2})?|[0-9a-f]{0,4}::[0-9a-f]{0,4}(/[0-9]{1,3})?|\\PC{0,20}",
        ) {
            if let Ok(net) = network(&text) {
                let least = if matches!(net, IpNet::V4(_)) { 8 } else { 7 };
                prop_assert!(net.prefix_len() >= least, "{}", net);
            }
        }

        #[test]
        fn an_accepted_origin_is_what_a_browser_writes(
            text in "(https?|ftp|file)://[a-zA-Z0-9.*]{1,9}(:[0-9]{1,5})?/?|\\PC{0,30}",
        ) {
            if let Ok(origin) = origin(&text) {
                prop_assert_eq!(&origin, &text);
                prop_assert_eq!(Url::parse(&text).unwrap().origin().ascii_serialization(), text.clone());
                prop_assert!(text.starts_with("http") && text != "null" && !text.ends_with('/'));
            }
        }

        #[test]
        fn rfc8414_2_an_accepted_issuer_is_an_origin_and_plain_http_only_on_loopback(
            text in "https?://([a-z0-9.]{1,9}|127\\.0\\.0\\.1|localhost|\\[::1\\])(:[0-9]{1,5})?[/?#@]?[a-z]{0,2}|\\PC{0,30}",
        ) {
            if let Ok(issuer) = public_url(&text) {
                prop_assert_eq!(public_url(&issuer), Ok(issuer.clone()));
                prop_assert!(issuer.starts_with("https://") || is_loopback(&Url::parse(&issuer).unwrap()));
            }
        }

        #[test]
        fn an_accepted_cookie_domain_is_a_bare_lower_case_name(text in "[a-zA-Z0-9.;= -]{0,20}|\\PC{0,20}") {
            if let Ok(domain) = cookie_domain(&text) {
                prop_assert!(domain == text && domain.contains('.') && !domain.starts_with('.'));
                prop_assert!(!domain.contains(char::is_whitespace) && !domain.contains(char::is_uppercase));
            }
        }

        #[test]
        fn numbers_and_durations_keep_their_bounds(n in any::<i64>(), a in any::<i64>(), b in any::<i64>(), junk in "\\PC{0,20}") {
            let (least, most) = (a.min(b), a.max(b));
            let read = number(least, most);
            prop_assert_eq!(read(&n.to_string()).ok(), (least..=most).contains(&n).then_some(n));
            if let Ok(n) = read(&junk) {
                prop_assert!((least..=most).contains(&n));
            }
        }

        #[test]
        fn the_other_readers_never_panic(text in "\\PC{0,70}|[0-9.:\\[\\]]{0,20}") {
            if let Ok(address) = socket(&text) {
                prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
            prop_assert_eq!(switch(&text).is_ok(), text == "true" || text == "false");
            prop_assert_eq!(one_of(&[("a", 1), ("b", 2)])(&text).is_ok(), text == "a" || text == "b");
            if let Ok(brand) = brand(&text) {
                prop_assert!((1..=60).contains(&brand.chars().count()) && !brand.contains(char::is_control));
            }
        }
    }
}
