//! A body as one JSON object of a fixed shape, for the management API (contract §1, §9): no member twice, none that is
//! not known, and `application/json` alone (security §4.6).

use std::collections::HashSet;
use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use super::super::failure::Failure;

/// Reads a body. Whether unknown members are refused is the type's business: `serde(deny_unknown_fields)`.
///
/// # Errors
/// 415 for another content type, 400 for a body that is not as the type says.
pub fn read<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Failure> {
    require_json(request)?;
    // To serde the list of a type's members, in their order, would be as good.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Failure::invalid_request("The body is not a JSON object"));
    }
    // Alone, serde would keep the last of two members where the names are the caller's own.
    serde_json::from_slice::<Unique>(body).map_err(|error| refusal(&error))?;
    serde_json::from_slice(body).map_err(|error| refusal(&error))
}

/// The same where the body may be left out: no body is the empty object.
///
/// # Errors
/// Those of [`read`].
pub fn read_or_empty<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Failure> {
    if body.is_empty() && !request.headers().contains_key(header::CONTENT_TYPE) {
        return serde_json::from_slice(b"{}").map_err(|error| refusal(&error));
    }
    read(request, body)
}

/// For an address that needs nothing said: no body, or the empty object.
///
/// # Errors
/// Those of [`read`].
pub fn nothing(request: &HttpRequest, body: &[u8]) -> Result<(), Failure> {
    let Nothing {} = read_or_empty(request, body)?;
    Ok(())
}

/// For a member of a change: what is there is `Some`, `null` too. A member that is not there is left as it was.
///
/// # Errors
/// Those of the type.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn require_json(request: &HttpRequest) -> Result<(), Failure> {
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    let one = match (types.next(), types.next()) {
        (Some(one), None) => one.to_str().unwrap_or_default(),
        _ => "",
    };
    if one.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Failure::unsupported_media_type("Send application/json"))
}

/// Says where, and never what: a body may hold secrets.
fn refusal(error: &serde_json::Error) -> Failure {
    let what = match error.classify() {
        Category::Data => {
            "The body has a member that is missing, not known here, there twice, or of another type"
        }
        Category::Syntax | Category::Eof | Category::Io => "The body is not JSON",
    };
    let at = (error.line(), error.column());
    Failure::invalid_request(format!("{what} (line {}, column {}): /docs says what is expected", at.0, at.1))
}

/// Any JSON in which no object has a member twice.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without doubled members")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_unit<E: Error>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unique, A::Error> {
        while items.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unique, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if !seen.insert(name) {
                return Err(A::Error::custom("a member is there twice"));
            }
            members.next_value::<Unique>()?;
        }
        Ok(Unique)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::test::TestRequest;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: String,
        #[serde(default)]
        labels: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "given")]
        end: Option<Option<u8>>,
    }

    fn status(content_type: &str, body: &str) -> u16 {
        let request = TestRequest::post().insert_header(("content-type", content_type)).to_http_request();
        read::<Thing>(&request, body.as_bytes()).map_or_else(|failure| failure.status.as_u16(), |_| 200)
    }

    #[test]
    fn contract_9_a_body_is_one_object_of_known_members() {
        for (body, expected) in [
            (r#"{"name":"a"}"#, 200),
            (r#"{"name":"a","labels":{"x":"1","y":"1"}}"#, 200),
            (r#"{"name":"a","name":"a"}"#, 400),
            (r#"{"name":"a","labels":{"x":"1","x":"1"}}"#, 400),
            (r#"{"name":"a","user_id":"b"}"#, 400),
            (r#"{"name":1}"#, 400),
            (r#"{"name":"a","labels":{"x":1}}"#, 400),
            ("{}", 400),
            ("[]", 400),
            (r#"["a"]"#, 400),
            (r#"["a",{},1]"#, 400),
            ("null", 400),
            ("", 400),
            (r#"{"name":"a"}{"#, 400),
        ] {
            assert_eq!(status("application/json", body), expected, "{body}");
        }
        assert_eq!(status("Application/JSON; charset=utf-8", r#"{"name":"a"}"#), 200);
        assert_eq!(status("text/plain", r#"{"name":"a"}"#), 415);
    }

    #[test]
    fn a_member_of_a_change_is_left_alone_emptied_or_set() {
        let end = |body: &str| {
            let request = TestRequest::post().insert_header(("content-type", "application/json"));
            let thing: Thing = read(&request.to_http_request(), body.as_bytes()).ok().unwrap();
            assert_eq!((thing.name.as_str(), thing.labels.len()), ("a", 0));
            thing.end
        };
        assert_eq!(end(r#"{"name":"a"}"#), None);
        assert_eq!(end(r#"{"name":"a","end":null}"#), Some(None));
        assert_eq!(end(r#"{"name":"a","end":7}"#), Some(Some(7)));
    }

    #[test]
    fn where_nothing_is_to_be_said_nothing_may_be_said() {
        let none = TestRequest::post().to_http_request();
        assert!(nothing(&none, b"").is_ok());
        let json = TestRequest::post().insert_header(("content-type", "application/json")).to_http_request();
        assert!(nothing(&json, b"{}").is_ok());
        assert!(nothing(&json, br#"{"scopes":["admin"]}"#).is_err());
        assert_eq!(nothing(&none, b"{}").err().map(|f| f.status.as_u16()), Some(415));
    }

    #[test]
    fn security_4_8_what_was_sent_is_not_said_again() {
        let request = TestRequest::post().insert_header(("content-type", "application/json"));
        let failure =
            read::<Thing>(&request.to_http_request(), br#"{"name":"a","sk_secret":1}"#).err().unwrap();
        assert!(!failure.message.contains("sk_secret") && failure.message.contains("line 1"));
    }
}
