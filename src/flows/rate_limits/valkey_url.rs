//! Where the shared counters are: the one form of address that is understood, and never shown (contract §12, §14).

use url::Url;

/// A Valkey or Redis server. It may hold a password, so it cannot be printed.
#[derive(Clone)]
pub struct ValkeyUrl(#[expect(dead_code, reason = "not connected to yet")] Url);

impl ValkeyUrl {
    /// Reads `valkey://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, or the same with `redis`, or with `valkeys` or `rediss` over
    /// TLS. The error says what to write; it never repeats the URL.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "write valkey://HOST:PORT, redis://HOST:PORT or, over TLS, rediss://HOST:PORT";
        let url = Url::parse(text).map_err(|_| SHAPE)?;
        let known = matches!(url.scheme(), "valkey" | "valkeys" | "redis" | "rediss");
        if !known || url.host_str().is_none_or(str::is_empty) {
            return Err(SHAPE);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("a query or fragment is not supported in the address of Valkey");
        }
        let path = url.path().trim_start_matches('/');
        if !path.is_empty() && path.parse::<u8>().is_err() {
            return Err("after the port comes nothing, or the number of a database, for instance /1");
        }
        Ok(Self(url))
    }
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
            ("redis-cluster://cache.example", false),
            ("http://cache.example", false),
            ("redis://", false),
            ("redis:6379", false),
            ("redis://cache.example/x", false),
            ("redis://cache.example/256", false),
            ("redis://cache.example?node=b", false),
            ("cache.example:6379", false),
            ("", false),
        ] {
            assert_eq!(ValkeyUrl::parse(text).is_ok(), good, "{text}");
        }
    }
}
