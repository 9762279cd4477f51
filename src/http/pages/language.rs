//! In which language a page is answered: what the application asked for (OpenID Connect Core §3.1.2.1, `ui_locales`),
//! else what the browser prefers (RFC 9110 §12.5.4). What was asked for stands in the address of every page on the way, so
//! that it holds wherever a form or a link of that page leads, for refusals too; there is nothing to remember it by.

use actix_web::http::header::{self, HeaderMap};

use crate::words::{self, Words};

/// The parameter by which an application asks for languages, best first (OpenID Connect Core §3.1.2.1; RP-Initiated Logout 1.0 §2).
const UI_LOCALES: &str = "ui_locales";

/// A language, and whether it was asked for.
#[derive(Clone, Copy)]
pub struct Language {
    /// Its texts.
    pub words: &'static Words,
    is_wished: bool,
}

impl Language {
    /// That of a request with this query and these headers.
    pub fn of(query: &str, headers: &HeaderMap) -> Self {
        ui_locales(query).and_then(|wished| Self::wished(&wished)).unwrap_or_else(|| {
            let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            Self::unasked(words::choose(by_preference(accepted.unwrap_or_default())))
        })
    }

    /// One that nobody asked for.
    pub const fn unasked(words: &'static Words) -> Self {
        Self { words, is_wished: false }
    }

    /// The first of those that an application asks for, if it is there.
    pub fn wished(ui_locales: &str) -> Option<Self> {
        ui_locales.split(' ').find_map(words::of).map(|words| Self { words, is_wished: true })
    }

    /// The address of the next page on the way: it says which language was asked for, if one was.
    pub fn at(self, path: &str) -> String {
        if !self.is_wished {
            return path.to_owned();
        }
        let separator = if path.contains('?') { '&' } else { '?' };
        format!("{path}{separator}{UI_LOCALES}={}", self.words.language())
    }
}

/// `ui_locales` of the query, or of the request that the person is to come back to in `next`.
fn ui_locales(query: &str) -> Option<String> {
    value(query, UI_LOCALES).or_else(|| value(value(query, "next")?.split_once('?')?.1, UI_LOCALES))
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

    #[test]
    fn oidc_core_3_1_2_1_what_was_asked_for_stands_in_the_next_address_and_nothing_else_does() {
        let german = Language::wished("tlh de-AT en").unwrap();
        assert_eq!(german.at("/register"), "/register?ui_locales=de");
        assert_eq!(german.at("/register?done=asked"), "/register?done=asked&ui_locales=de");
        assert_eq!(ui_locales(german.at("/x?a=b").split_once('?').unwrap().1).as_deref(), Some("de"));
        let mut headers = HeaderMap::new();
        let german = header::HeaderValue::from_static("de");
        headers.insert(header::ACCEPT_LANGUAGE, german);
        let browsers = Language::of("ui_locales=tlh", &headers);
        assert_eq!((browsers.words.language(), browsers.at("/x").as_str()), ("de", "/x"));
        assert_eq!(Language::of("ui_locales=en", &headers).at("/x"), "/x?ui_locales=en");
    }
}
