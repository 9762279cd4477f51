//! Where the shared counters are: the one form of address that is understood, and never shown (contract §12, §14).

use std::time::Duration;

use fred::types::config::Config;
use url::Url;

/// How long an answer is waited for, if the address does not say: this much slower is a request at the worst.
const PATIENCE_MILLISECONDS: u16 = 50;
const LONGEST_PATIENCE_MILLISECONDS: u16 = 5000;

/// A Valkey or Redis server. It may hold a password, so it cannot be printed.
#[derive(Clone)]
pub struct ValkeyUrl {
    pub(super) config: Config,
    pub(super) patience: Duration,
}

impl ValkeyUrl {
    /// Reads `valkey://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?timeout_ms=N]`, or the same with `redis`, or with `valkeys` or
    /// `rediss` over TLS. The error says what to write; it never repeats the URL.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "write valkey://HOST:PORT, redis://HOST:PORT or, over TLS, rediss://HOST:PORT";
        let mut url = Url::parse(text).map_err(|_| SHAPE)?;
        let known = matches!(url.scheme(), "valkey" | "valkeys" | "redis" | "rediss");
        if !known || url.host_str().is_none_or(str::is_empty) {
            return Err(SHAPE);
        }
        let patience = patience(&url)?;
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_start_matches('/');
        if !path.is_empty() && path.parse::<u8>().is_err() {
            return Err("after the port comes nothing, or the number of a database, for instance /1");
        }
        let tls = matches!(url.scheme(), "valkeys" | "rediss");
        let mut config = Config::from_url(url.as_str()).map_err(|_| {
            if tls {
                "the certificates that this machine trusts cannot be read: TLS to Valkey needs them"
            } else {
                "in user and password, a '%' must be written %25"
            }
        })?;
        // The first connection is tried again like every later one.
        config.fail_fast = false;
        Ok(Self { config, patience })
    }

    /// Host and port, for people.
    pub fn address(&self) -> String {
        self.config.server.hosts().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

fn patience(url: &Url) -> Result<Duration, &'static str> {
    const KNOWN: &str = "after ? comes nothing but timeout_ms=N, from 1 to 5000";
    if url.fragment().is_some() {
        return Err(KNOWN);
    }
    let mut patience = PATIENCE_MILLISECONDS;
    for (name, value) in url.query_pairs() {
        patience = match (&*name, value.parse()) {
            ("timeout_ms", Ok(n)) if (1..=LONGEST_PATIENCE_MILLISECONDS).contains(&n) => n,
            _ => return Err(KNOWN),
        };
    }
    Ok(Duration::from_millis(patience.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_12_an_address_of_valkey_is_understood_or_refused() {
        for (text, good) in [
            ("valkey://127.0.0.1", true),
            ("redis://127.0.0.1:6379", true),
            ("rediss://user:secret@cache.example:6380/1", true),
            ("valkeys://cache.example", true),
            ("redis://:secret@[::1]:6379/", true),
            ("redis://:se%25cret@cache.example?timeout_ms=5000", true),
            ("redis://:%ff@cache.example", false),
            ("redis-cluster://cache.example", false),
            ("http://cache.example", false),
            ("redis://", false),
            ("redis:6379", false),
            ("redis://cache.example/x", false),
            ("redis://cache.example/256", false),
            ("redis://cache.example?node=b", false),
            ("redis://cache.example?timeout_ms=0", false),
            ("redis://cache.example?timeout_ms=5001", false),
            ("redis://cache.example#a", false),
            ("cache.example:6379", false),
            ("", false),
        ] {
            assert_eq!(ValkeyUrl::parse(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn the_parts_of_the_address_arrive() {
        let url = ValkeyUrl::parse("redis://ann:a%25b@cache.example:6380/3?timeout_ms=200").ok().unwrap();
        assert_eq!(
            (url.config.username.as_deref(), url.config.password.as_deref()),
            (Some("ann"), Some("a%b"))
        );
        assert_eq!((url.config.database, url.patience), (Some(3), Duration::from_millis(200)));
        assert_eq!(url.address(), "cache.example:6380");
        assert!(url.config.tls.is_none());
        let url = ValkeyUrl::parse("rediss://cache.example").ok().unwrap();
        assert!(url.config.tls.is_some());
        assert_eq!(url.patience, Duration::from_millis(50));
    }
}
