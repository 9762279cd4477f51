//! Request parameters, read strictly: RFC 6749 §3.1, §3.2 and appendix B (form), contract §5 (flat JSON object).

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use url::form_urlencoded;

use super::error::{ErrorCode, Matter, OAuthError};

/// Longest parameter name, in bytes.
const MAX_NAME_BYTES: usize = 128;
/// Longest parameter value, in bytes.
const MAX_VALUE_BYTES: usize = 8192;
/// Most parameters in one request.
const MAX_PARAMETERS: usize = 64;

/// The parameters of one request, in the order they came, no name twice. They may hold secrets: no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

/// Why a body or query is not a set of parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParameterError {
    /// Broken `%` escape, not UTF-8, a NUL, not JSON or not an object.
    Malformed,
    /// This name came twice (RFC 6749 §3.1).
    Duplicate(String),
    /// A JSON value that is not a string.
    NotText,
    /// A name, a value or the number of parameters is over the limit.
    TooLong,
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` (RFC 6749 appendix B), of a body or of a raw query: `+` is a space.
    ///
    /// # Errors
    /// [`ParameterError`]; nothing is repaired.
    pub fn from_form(bytes: &[u8]) -> Result<Self, ParameterError> {
        let mut parameters = Self::default();
        for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            parameters.insert(name, value)?;
        }
        Ok(parameters)
    }

    /// Reads what came once of a form, and the names of what came more often: of those no value counts.
    ///
    /// # Errors
    /// [`ParameterError`] for whatever else is wrong.
    pub fn once(bytes: &[u8]) -> Result<(Self, Vec<String>), ParameterError> {
        let (mut parameters, mut repeated) = (Self::default(), Vec::new());
        for pair in bytes.split(|b| *b == b'&') {
            match Self::from_form(pair)?.pairs.pop() {
                None => {}
                Some((name, value)) => match parameters.insert(name, value) {
                    Err(ParameterError::Duplicate(name)) => repeated.push(name),
                    inserted => inserted?,
                },
            }
        }
        parameters.pairs.retain(|(name, _)| !repeated.contains(name));
        Ok((parameters, repeated))
    }

    /// Reads one flat JSON object whose values are strings (contract §5).
    ///
    /// # Errors
    /// [`ParameterError`]; `null`, numbers and nested values are [`ParameterError::NotText`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ParameterError> {
        Self::from_object(bytes, |value| value.ok_or(ParameterError::NotText))
    }

    /// The same, where `null` counts as sent without a value, and so as not sent.
    ///
    /// # Errors
    /// Those of [`Self::from_json`], but for `null`.
    pub fn from_json_with_null(bytes: &[u8]) -> Result<Self, ParameterError> {
        Self::from_object(bytes, |value| Ok(value.unwrap_or_default()))
    }

    fn from_object(
        bytes: &[u8],
        read: fn(Option<String>) -> Result<String, ParameterError>,
    ) -> Result<Self, ParameterError> {
        let Flat(pairs) = serde_json::from_slice(bytes).map_err(|error| {
            if error.is_data() { ParameterError::NotText } else { ParameterError::Malformed }
        })?;
        let mut parameters = Self::default();
        for (name, value) in pairs {
            parameters.insert(name, read(value)?)?;
        }
        Ok(parameters)
    }

    /// The value of `name`; one sent without a value counts as not sent (RFC 6749 §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The names, in order, empty values included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }

    /// The same parameters as a query string, so that a page can come back to this request.
    pub fn to_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.pairs).finish()
    }

    /// As [`Self::to_query`], with `value` for `name`, or without it.
    pub fn to_query_with(&self, name: &str, value: Option<&str>) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.pairs.iter().filter(|(own, _)| own != name))
            .extend_pairs(value.map(|value| (name, value)))
            .finish()
    }

    /// The same without `names`.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self.pairs.iter().filter(|(own, _)| !names.contains(&own.as_str()));
        Self { pairs: kept.cloned().collect() }
    }

    /// The same with `value` for `name`, if that is there.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let pair = |(own, before): &(String, String)| {
            (own.clone(), if own == name { value.to_owned() } else { before.clone() })
        };
        Self { pairs: self.pairs.iter().map(pair).collect() }
    }

    /// Adds a parameter.
    ///
    /// # Errors
    /// [`ParameterError`] for one that is there already, that no database takes or that is over a limit.
    pub fn add(&mut self, name: &str, value: &str) -> Result<(), ParameterError> {
        self.insert(name.to_owned(), value.to_owned())
    }

    fn insert(&mut self, name: String, value: String) -> Result<(), ParameterError> {
        if name.is_empty() || name.contains('\0') || value.contains('\0') {
            return Err(ParameterError::Malformed);
        }
        if name.len() > MAX_NAME_BYTES || value.len() > MAX_VALUE_BYTES || self.pairs.len() >= MAX_PARAMETERS
        {
            return Err(ParameterError::TooLong);
        }
        if self.names().any(|own| own == name) {
            return Err(ParameterError::Duplicate(name));
        }
        self.pairs.push((name, value));
        Ok(())
    }
}

impl From<ParameterError> for OAuthError {
    fn from(error: ParameterError) -> Self {
        let invalid = |text: &'static str| Self::new(ErrorCode::InvalidRequest, text);
        match error {
            ParameterError::Malformed => invalid("the request is not well-formed").about(Matter::Unreadable),
            ParameterError::NotText => invalid("every value must be a string").about(Matter::Unreadable),
            ParameterError::TooLong => invalid("the request is too long").about(Matter::TooLong),
            ParameterError::Duplicate(name) if matches!(name.as_str(), "resource" | "audience") => {
                // RFC 8707 §2 and RFC 8693 §2.1 let a client name several; this server issues tokens for one.
                Self::new(ErrorCode::InvalidTarget, "only one resource or audience per request is supported")
                    .about(Matter::Repeated)
            }
            ParameterError::Duplicate(_) => {
                invalid("a parameter is repeated (RFC 6749 section 3.1)").about(Matter::Repeated)
            }
        }
    }
}

/// Undoes form encoding without forgiving anything.
pub(super) fn decode(bytes: &[u8]) -> Result<String, ParameterError> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            other => *other,
        });
    }
    String::from_utf8(decoded).map_err(|_| ParameterError::Malformed)
}

/// The value of one hexadecimal digit.
fn hex(digit: Option<&u8>) -> Result<u8, ParameterError> {
    match digit {
        Some(d @ b'0'..=b'9') => Ok(d - b'0'),
        Some(d @ b'a'..=b'f') => Ok(d - b'a' + 10),
        Some(d @ b'A'..=b'F') => Ok(d - b'A' + 10),
        _ => Err(ParameterError::Malformed),
    }
}

/// A JSON object as its pairs: a map type would hide doubled names.
struct Flat(Vec<(String, Option<String>)>);

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Flat;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Flat, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Flat(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(text: &str) -> Result<Vec<(String, String)>, ParameterError> {
        Parameters::from_form(text.as_bytes()).map(|p| p.pairs)
    }

    fn json(text: &str) -> Result<Vec<(String, String)>, ParameterError> {
        Parameters::from_json(text.as_bytes()).map(|p| p.pairs)
    }

    fn pairs(of: &[(&str, &str)]) -> Result<Vec<(String, String)>, ParameterError> {
        Ok(of.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn rfc6749_appendix_b_form_is_decoded() {
        // The RFC's own example: U+0020, U+0025, U+0026, U+002B, U+00A3, U+20AC.
        assert_eq!(form("n=+%25%26%2B%C2%A3%E2%82%AC"), pairs(&[("n", " %&+\u{a3}\u{20ac}")]));
        assert_eq!(form("scope=read%20write&b=a=b"), pairs(&[("scope", "read write"), ("b", "a=b")]));
        assert_eq!(form("&&a=1&&b=&c"), pairs(&[("a", "1"), ("b", ""), ("c", "")]));
        assert_eq!(form(""), pairs(&[]));
    }

    #[test]
    fn broken_forms_are_refused() {
        for bad in ["a=%", "a=%2", "a=%zz", "a=%+1", "a=%C3", "%FF=a", "a=%00", "=a"] {
            assert_eq!(form(bad), Err(ParameterError::Malformed), "{bad}");
        }
        assert_eq!(Parameters::from_form(b"a=\xff").err(), Some(ParameterError::Malformed));
    }

    #[test]
    fn rfc6749_3_1_a_repeated_parameter_is_refused() {
        assert_eq!(form("a=1&b=2&a=1"), Err(ParameterError::Duplicate("a".into())));
        assert_eq!(form("a=&%61=1"), Err(ParameterError::Duplicate("a".into())));
        assert_eq!(json(r#"{"a":"1","a":"1"}"#), Err(ParameterError::Duplicate("a".into())));
        assert_eq!(OAuthError::from(ParameterError::Duplicate("a".into())).code, ErrorCode::InvalidRequest);
    }

    #[test]
    fn rfc8707_2_a_second_resource_is_invalid_target() {
        assert_eq!(
            OAuthError::from(ParameterError::Duplicate("resource".into())).code,
            ErrorCode::InvalidTarget
        );
    }

    #[test]
    fn rfc6749_3_1_a_parameter_without_value_counts_as_omitted() {
        let parameters = Parameters::from_form(b"client_secret=&state=x").ok().unwrap();
        assert_eq!(parameters.get("client_secret"), None);
        assert_eq!(parameters.get("state"), Some("x"));
        assert_eq!(parameters.names().collect::<Vec<_>>(), ["client_secret", "state"]);
    }

    #[test]
    fn contract_5_json_is_one_flat_object_of_strings() {
        assert_eq!(json(r#" {"a":"1","b":"\u00a3"} "#), pairs(&[("a", "1"), ("b", "\u{a3}")]));
        for bad in [
            r#"{"a":1}"#,
            r#"{"a":null}"#,
            r#"{"a":["1"]}"#,
            r#"{"a":{"b":"1"}}"#,
            "[]",
            "\"a\"",
            "1",
            "null",
        ] {
            assert_eq!(json(bad), Err(ParameterError::NotText), "{bad}");
        }
        let or_null = |text: &str| Parameters::from_json_with_null(text.as_bytes()).map(|p| p.pairs);
        assert_eq!(or_null(r#"{"a":null,"b":"1"}"#), pairs(&[("a", ""), ("b", "1")]));
        for twice in [r#"{"a":null,"a":"1"}"#, r#"{"a":"1","a":null}"#, r#"{"a":null,"a":null}"#] {
            assert_eq!(or_null(twice), Err(ParameterError::Duplicate("a".into())), "{twice}");
        }
        for bad in [r#"{"a":1}"#, r#"{"a":[null]}"#, "null"] {
            assert_eq!(or_null(bad), Err(ParameterError::NotText), "{bad}");
        }
        for bad in
            ["", "{", r#"{"a":"1"}x"#, r#"{"a":"1",}"#, r#"{a:"1"}"#, "{\"a\":\"\\u0000\"}", "\u{feff}{}"]
        {
            assert_eq!(json(bad), Err(ParameterError::Malformed), "{bad}");
        }
        assert!(Parameters::from_json(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn limits_hold_for_names_values_and_count() {
        let value = |n: usize| format!("a={}", "v".repeat(n));
        assert!(form(&value(8192)).is_ok());
        assert_eq!(form(&value(8193)), Err(ParameterError::TooLong));
        assert!(form(&"n".repeat(128)).is_ok());
        assert_eq!(form(&"n".repeat(129)), Err(ParameterError::TooLong));
        let many = |n: usize| (0..n).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
        assert!(form(&many(64)).is_ok());
        assert_eq!(form(&many(65)), Err(ParameterError::TooLong));
    }

    #[test]
    fn a_deeply_nested_body_is_refused_and_does_not_overflow() {
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(json(&deep).is_err());
        assert!(json(&"[".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn form_parser_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Parameters::from_form(&bytes);
            let _ = Parameters::from_json(&bytes);
        }

        #[test]
        fn form_round_trips(pairs in proptest::collection::btree_map("[^\0]{1,20}", "[^\0]{0,40}", 0..8)) {
            let before = Parameters { pairs: pairs.clone().into_iter().collect() };
            let after = Parameters::from_form(before.to_query().as_bytes()).ok();
            prop_assert!(after == Some(before.clone()));
            let body = serde_json::to_vec(&pairs).unwrap();
            prop_assert!(Parameters::from_json(&body).ok() == Some(before));
        }
    }
}
