//! How long an answer may be kept: `Cache-Control`, `Expires` and `Age` (RFC 9111 §4.2), for a cache that many share.

use hyper::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName};

use crate::clock::UnixTime;

/// Seconds for which the answer with these headers is fresh; `None` if it does not say. 0: it is not to be kept.
pub(super) fn lifetime(headers: &HeaderMap) -> Option<i64> {
    let mut named = Directives::default();
    for line in headers.get_all(CACHE_CONTROL) {
        named.read(line.to_str().unwrap_or_default());
    }
    if named.not_kept {
        return Some(0);
    }
    // A shared cache goes by s-maxage first (RFC 9111 §4.2.1).
    let said = named.shared.or(named.most).or_else(|| {
        let expires = headers.get(EXPIRES)?;
        // A date that is none has passed (RFC 9111 §5.3).
        let until = expires.to_str().ok().and_then(UnixTime::parse_http_date);
        let from = text(headers, &DATE).and_then(UnixTime::parse_http_date);
        Some(until.zip(from).map_or(0, |(until, from)| until.seconds_since(from)))
    })?;
    let age = text(headers, &AGE).and_then(|age| age.parse::<i64>().ok()).unwrap_or(0);
    Some(said.saturating_sub(age.max(0)).max(0))
}

#[derive(Default)]
struct Directives {
    not_kept: bool,
    shared: Option<i64>,
    most: Option<i64>,
}

impl Directives {
    fn read(&mut self, line: &str) {
        for directive in line.split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            // What cannot be read as a number is not fresh (RFC 9111 §4.2.1).
            let seconds = || value.trim().trim_matches('"').parse::<i64>().unwrap_or(0).max(0);
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" | "private" => self.not_kept = true,
                "s-maxage" => self.shared = Some(seconds()),
                "max-age" => self.most = Some(seconds()),
                _ => {}
            }
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn rfc9111_4_2_how_long_an_answer_is_fresh() {
        let noon = "Sun, 22 Nov 2026 12:00:00 GMT";
        for (headers, expected) in [
            (vec![], None),
            (vec![("cache-control", "public")], None),
            (vec![("cache-control", "max-age=600")], Some(600)),
            (vec![("cache-control", "public, Max-Age=\"600\"")], Some(600)),
            (vec![("cache-control", "max-age=600, s-maxage=60")], Some(60)),
            (vec![("cache-control", "max-age=600"), ("cache-control", "no-store")], Some(0)),
            (vec![("cache-control", "no-cache, max-age=600")], Some(0)),
            (vec![("cache-control", "private, max-age=600")], Some(0)),
            (vec![("cache-control", "max-age=soon")], Some(0)),
            (vec![("cache-control", "max-age=-1")], Some(0)),
            (vec![("cache-control", "max-age=600"), ("age", "100")], Some(500)),
            (vec![("cache-control", "max-age=600"), ("age", "9999")], Some(0)),
            (vec![("date", noon), ("expires", "Sun, 22 Nov 2026 12:10:00 GMT")], Some(600)),
            (vec![("date", noon), ("expires", "0")], Some(0)),
            (vec![("date", noon), ("expires", "Sun, 22 Nov 2026 11:00:00 GMT")], Some(0)),
            (vec![("cache-control", "max-age=5"), ("date", noon), ("expires", "0")], Some(5)),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(lifetime(&map), expected, "{headers:?}");
        }
    }
}
