//! A body as parameters: form or flat JSON, by its content type (contract §3, §5).

use actix_web::HttpRequest;
use actix_web::http::header;

use super::super::failure::Failure;
use crate::oauth::parameters::Parameters;

/// The largest body that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// What a door understands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accepts {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`; a member that is `null` counts as left out.
    Json,
    /// Both, with one result: `null` in the one is no value in the other.
    FormOrJson,
    /// Both, as OAuth has them: a JSON object of strings and nothing else (contract §5).
    FormOrStrings,
}

impl Accepts {
    const fn form(self) -> bool {
        matches!(self, Self::Form | Self::FormOrJson | Self::FormOrStrings)
    }

    const fn json(self) -> bool {
        matches!(self, Self::Json | Self::FormOrJson | Self::FormOrStrings)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Form => "Send application/x-www-form-urlencoded",
            Self::Json => "Send application/json",
            Self::FormOrJson | Self::FormOrStrings => {
                "Send application/x-www-form-urlencoded or application/json"
            }
        }
    }
}

/// Reads the parameters of a body; an empty one without a content type has none.
///
/// # Errors
/// 415 for another content type, 400 for a body that is not what it says.
pub fn parameters(request: &HttpRequest, body: &[u8], accepts: Accepts) -> Result<Parameters, Failure> {
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    let content_type = match (types.next(), types.next()) {
        (None, _) if body.is_empty() => return Ok(Parameters::default()),
        (Some(one), None) => one.to_str().unwrap_or_default(),
        _ => return Err(Failure::unsupported_media_type(accepts.words())),
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if accepts.form() && essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(Parameters::from_form(body)?)
    } else if accepts.json() && essence.eq_ignore_ascii_case("application/json") {
        Ok(match accepts {
            Accepts::FormOrStrings => Parameters::from_json(body)?,
            _ => Parameters::from_json_with_null(body)?,
        })
    } else {
        Err(Failure::unsupported_media_type(accepts.words()))
    }
}

/// A parameter that must be there.
///
/// # Errors
/// 400 with `missing`.
pub fn required<'a>(
    parameters: &'a Parameters,
    name: &str,
    missing: &'static str,
) -> Result<&'a str, Failure> {
    parameters.get(name).ok_or_else(|| Failure::invalid_request(missing))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(content_type: Option<&str>, body: &[u8], accepts: Accepts) -> Result<String, u16> {
        let mut request = TestRequest::post();
        if let Some(content_type) = content_type {
            request = request.insert_header(("content-type", content_type));
        }
        parameters(&request.to_http_request(), body, accepts)
            .map(|p| p.to_query())
            .map_err(|failure| failure.status.as_u16())
    }

    #[test]
    fn contract_5_form_and_json_have_one_result() {
        let form = Some("application/x-www-form-urlencoded;charset=UTF-8");
        assert_eq!(read(form, b"a=1&b=x+y", Accepts::FormOrJson), Ok("a=1&b=x+y".into()));
        let json = Some("Application/JSON");
        for accepts in [Accepts::FormOrJson, Accepts::FormOrStrings] {
            assert_eq!(read(json, br#"{"a":"1","b":"x y"}"#, accepts), Ok("a=1&b=x+y".into()));
        }
        assert_eq!(read(json, br#"{"a":null}"#, Accepts::FormOrJson), read(form, b"a=", Accepts::FormOrJson));
        assert_eq!(read(json, br#"{"a":null}"#, Accepts::FormOrStrings), Err(400));
    }

    #[test]
    fn other_content_types_are_415_and_broken_bodies_400() {
        let (form, json) = (Some("application/x-www-form-urlencoded"), Some("application/json"));
        for (content_type, body, accepts, status) in [
            (json, &b"{}"[..], Accepts::Form, 415),
            (form, b"a=1", Accepts::Json, 415),
            (Some("text/plain"), b"{}", Accepts::FormOrJson, 415),
            (None, b"a=1", Accepts::FormOrJson, 415),
            (form, b"a=1&a=1", Accepts::Form, 400),
            (form, b"a=%ff", Accepts::Form, 400),
            (json, br#"{"a":"1","a":"1"}"#, Accepts::Json, 400),
            (json, br#"{"a":1}"#, Accepts::Json, 400),
            (json, b"", Accepts::Json, 400),
        ] {
            assert_eq!(read(content_type, body, accepts), Err(status), "{content_type:?} {body:?}");
        }
        assert_eq!(read(None, b"", Accepts::Json), Ok(String::new()));
    }
}
