//! In which language a page is answered: what the application asked for (OpenID Connect Core §3.1.2.1, `ui_locales`),
//! else what the browser prefers (RFC 9110 §12.5.4).

use actix_web::http::header::{self, HeaderMap};

use crate::words::{self, Words};

/// The texts for a request with this query and these headers.
pub fn of(query: &str, headers: &HeaderMap) -> &'static Words {
    let wished = ui_locales(query).unwrap_or_default();
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let accepted = by_preference(accepted.unwrap_or_default());
    words::choose(wished.split(' ').chain(accepted))
}

/// `ui_locales` of the query, or of the request that the person is to come back to in `next`.
fn ui_locales(query: &str) -> Option<String> {
    value(query, "ui_locales").or_else(|| value(value(query, "next")?.split_once('?')?.1, "ui_locales"))
}

fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// The languages of an `Accept-Language`, best first; those with `q=0` are not wanted.
fn by_preference(header: &str) -> impl Iterator<Item = &str> {
    let mut ranges: Vec<(f32, &str)> = header
        .split(',')
        .take(20)
        .filter_map(|range| {
            let mut parts = range.split(';');
            let tag = parts.next()?.trim();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
            let weight = weight.map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
            (weight > 0.0 && weight <= 1.0).then_some((weight, tag))
        })
        .collect();
    ranges.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    ranges.into_iter().map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9110_12_5_4_the_best_language_comes_first() {
        let order = |header| by_preference(header).collect::<Vec<_>>();
        assert_eq!(order("fr;q=0.3, de-AT, en;q=0.9"), ["de-AT", "en", "fr"]);
        assert_eq!(order("de;q=0, en;q=x, it"), ["it"]);
        assert_eq!(order(""), [""]);
    }

    #[test]
    fn oidc_core_3_1_2_1_ui_locales_are_found_where_the_request_is() {
        assert_eq!(ui_locales("ui_locales=fr+de").as_deref(), Some("fr de"));
        assert_eq!(ui_locales("next=%2Foauth%2Fauthorize%3Fa%3Db%26ui_locales%3Dde").as_deref(), Some("de"));
        assert_eq!(ui_locales("next=%2Fx"), None);
    }
}
