//! The three families of rate limit headers on every authenticated answer (contract §12): `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers §3, §4), and the `X-RateLimit-*` that older clients read.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::BytesMut;

use crate::account::rate_limit::{Standing, WINDOW_SECONDS};
use crate::clock::UnixTime;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// More than the five values need, with every number at its longest.
const ROOM: usize = 192;

/// Adds the five headers; `now` is the wall clock's time.
pub fn add(standing: &Standing, now: UnixTime, headers: &mut HeaderMap) {
    let Standing { class, limit, remaining, reset_after, .. } = *standing;
    let class = class.as_str();
    // The same as `t`, so that it never lies beyond the window.
    let reset = now.seconds().saturating_add(i64::from(reset_after));
    let mut values = Values(BytesMut::with_capacity(ROOM));
    headers.insert(
        POLICY,
        values.text("\"").text(class).text("\";q=").number(limit).text(";w=").number(WINDOW_SECONDS).take(),
    );
    headers.insert(
        RATE_LIMIT,
        values.text("\"").text(class).text("\";r=").number(remaining).text(";t=").number(reset_after).take(),
    );
    headers.insert(LIMIT, values.number(limit).take());
    headers.insert(REMAINING, values.number(remaining).take());
    headers.insert(RESET, values.number(reset).take());
}

/// Values written one after the other into one piece of memory that all of them share.
struct Values(BytesMut);

impl Values {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, number: impl itoa::Integer) -> &mut Self {
        self.text(itoa::Buffer::new().format(number))
    }

    /// What was written since the last value: digits and plain ASCII, which a header can always carry.
    fn take(&mut self) -> HeaderValue {
        let value = self.0.split().freeze();
        HeaderValue::from_maybe_shared(value).unwrap_or_else(|_| HeaderValue::from_static("0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::credential::CredentialClass;

    fn lines(standing: &Standing, now: UnixTime) -> String {
        let mut headers = HeaderMap::new();
        add(standing, now, &mut headers);
        let mut lines: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn contract_12_three_families_of_headers() {
        let standing = Standing {
            class: CredentialClass::ApiKey,
            limit: 1000,
            remaining: 987,
            reset_after: 1234,
            allowed: true,
        };
        insta::assert_snapshot!(lines(&standing, UnixTime::from_micros(1_800_000_000_000_001)), @r#"
        ratelimit-policy: "api_key";q=1000;w=3600
        ratelimit: "api_key";r=987;t=1234
        x-ratelimit-limit: 1000
        x-ratelimit-remaining: 987
        x-ratelimit-reset: 1800001234
        "#);
        let refused = Standing {
            class: CredentialClass::OAuth,
            limit: 1,
            remaining: 0,
            reset_after: 3600,
            allowed: false,
        };
        insta::assert_snapshot!(lines(&refused, UnixTime::from_seconds(1_800_000_000)), @r#"
        ratelimit-policy: "oauth";q=1;w=3600
        ratelimit: "oauth";r=0;t=3600
        x-ratelimit-limit: 1
        x-ratelimit-remaining: 0
        x-ratelimit-reset: 1800003600
        "#);
    }

    #[test]
    fn the_longest_values_fit_into_the_memory_they_share() {
        let most = u32::MAX;
        let standing = Standing {
            class: CredentialClass::ApiKey,
            limit: most,
            remaining: most,
            reset_after: most,
            allowed: true,
        };
        let mut headers = HeaderMap::new();
        add(&standing, UnixTime::from_micros(i64::MAX / 2), &mut headers);
        let used: usize = headers.iter().map(|(_, value)| value.len()).sum();
        assert!(used <= ROOM, "{used}");
        assert_eq!(headers.len(), 5);
    }
}
