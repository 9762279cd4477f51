//! What the operator says about mail: the server it is given to, and the address it comes from (contract §14).

use std::net::IpAddr;

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};
use zeroize::Zeroizing;

/// How the connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protection {
    /// Not at all: the server is on this machine.
    Loopback,
    /// STARTTLS, or nothing is sent (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
}

/// A server that takes mail. It may hold a password, so it cannot be printed.
#[derive(Clone)]
pub struct SmtpUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) protection: Protection,
    pub(super) credentials: Option<(String, Zeroizing<String>)>,
}

impl SmtpUrl {
    /// Reads `smtp://[USER:PASSWORD@]HOST[:PORT]`, where STARTTLS is demanded unless the host is this machine, or `smtps://…`
    /// with TLS from the first byte. The error says what to write; it never repeats the URL.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "write smtp://USER:PASSWORD@HOST:587, or smtps://USER:PASSWORD@HOST:465";
        let url = Url::parse(text).map_err(|_| SHAPE)?;
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return Err(SHAPE) };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("after the port comes nothing");
        }
        let (protection, port) = match url.scheme() {
            "smtp" if is_loopback(host) => (Protection::Loopback, 25),
            "smtp" => (Protection::StartTls, 587),
            "smtps" => (Protection::Tls, 465),
            _ => return Err(SHAPE),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                Some((decoded(user)?, Zeroizing::new(decoded(password)?)))
            }
            _ => return Err("a user name and a password come together: smtp://USER:PASSWORD@HOST:587"),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: url.port().unwrap_or(port), protection, credentials })
    }

    /// Host and port, which are no secret.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn decoded(part: &str) -> Result<String, &'static str> {
    let text = percent_decode_str(part).decode_utf8();
    text.map(|text| text.into_owned()).map_err(|_| "in user and password, a '%' must be written %25")
}

/// The URL's scheme is not one whose hosts are parsed: an address comes as text.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => match Host::parse(bare) {
            Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            _ => false,
        },
    }
}

/// What stands in `From`.
#[derive(Clone)]
pub struct Sender(pub(super) Mailbox);

impl Sender {
    /// Reads `no-reply@example.com` or `Name <no-reply@example.com>`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str =
            "write an address, for instance no-reply@example.com or Portcullis <no-reply@example.com>";
        if text.contains(char::is_control) {
            return Err(SHAPE);
        }
        text.parse().map(Self).map_err(|_| SHAPE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_14_an_smtp_url_is_understood_or_refused_and_starttls_is_demanded_off_loopback() {
        for (text, expected) in [
            ("smtp://127.0.0.1:2525", Ok((Protection::Loopback, "127.0.0.1", 2525))),
            ("smtp://localhost", Ok((Protection::Loopback, "localhost", 25))),
            ("smtp://[::1]:26", Ok((Protection::Loopback, "::1", 26))),
            ("smtp://[::ffff:127.0.0.1]", Ok((Protection::Loopback, "::ffff:7f00:1", 25))),
            ("smtp://mail.example", Ok((Protection::StartTls, "mail.example", 587))),
            ("smtp://127.0.0.1.example", Ok((Protection::StartTls, "127.0.0.1.example", 587))),
            ("smtp://0.0.0.0:26", Ok((Protection::StartTls, "0.0.0.0", 26))),
            ("smtp://u:p@mail.example:25", Ok((Protection::StartTls, "mail.example", 25))),
            ("smtps://u:p%40%25@mail.example/", Ok((Protection::Tls, "mail.example", 465))),
            ("smtps://localhost", Ok((Protection::Tls, "localhost", 465))),
            ("smtp://u@mail.example", Err(())),
            ("smtp://:p@mail.example", Err(())),
            ("smtp://u:%ff@mail.example", Err(())),
            ("smtp://mail.example/x", Err(())),
            ("smtp://mail.example?tls=none", Err(())),
            ("smtp://mail.example#a", Err(())),
            ("smtp://", Err(())),
            ("http://mail.example", Err(())),
            ("mail.example:587", Err(())),
            ("", Err(())),
        ] {
            let read = SmtpUrl::parse(text).map_err(drop);
            let found = read.as_ref().map(|u| (u.protection, u.host.as_str(), u.port)).map_err(|e| *e);
            assert_eq!(found, expected, "{text}");
        }
        let url = SmtpUrl::parse("smtps://u%40x:p%40%25@mail.example").ok().unwrap();
        let (user, password) = url.credentials.unwrap();
        assert_eq!((user.as_str(), password.as_str()), ("u@x", "p@%"));
    }

    #[test]
    fn contract_14_a_sender_is_an_address_with_or_without_a_name() {
        for good in ["no-reply@example.com", "Portcullis <no-reply@example.com>", "a@localhost"] {
            assert!(Sender::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "example.com", "a@b\r\nBcc: c@d", "<>", "a@b, c@d"] {
            assert!(Sender::parse(bad).is_err(), "{bad:?}");
        }
    }
}
