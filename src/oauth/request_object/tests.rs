//! Request objects: what is taken, and every way in which one is refused (RFC 9101).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;
use crate::oauth::client_metadata::ClientMetadata;
use crate::oauth::fixture;
use crate::oauth::jws::Algorithm;

const ISSUER: &str = "https://id.example";
const NOW: UnixTime = UnixTime::from_seconds(1_000_000);

fn fapi() -> Client {
    Client { metadata: ClientMetadata { fapi: true, ..ClientMetadata::default() }, ..fixture::confidential() }
}

fn object(header: &Value, claims: &str) -> String {
    format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims))
}

/// What is refused by its header.
fn head(header: &Value, client: &Client) -> Option<ErrorCode> {
    super::read(&object(header, "{}"), client).err().map(|error| error.code)
}

/// A good object with some claims replaced, or left out (null).
fn claims(changes: &Value) -> String {
    let mut claims = json!({
        "iss": "app", "aud": ISSUER, "client_id": "app", "exp": 1_000_060, "nbf": 1_000_000, "iat": 1_000_000, "jti": "1",
        "response_type": "code", "scope": "openid read", "max_age": 3600, "state": "s",
        "claims": {"userinfo": {"email": null}},
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let object = claims.as_object().unwrap().clone();
    let left: Map<String, Value> = object.into_iter().filter(|(_, value)| !value.is_null()).collect();
    Value::from(left).to_string()
}

fn read(changes: &Value, client: &Client) -> Result<Parameters, ErrorCode> {
    let object = object(&json!({"alg": "ES256", "typ": TYPE}), &claims(changes));
    let jws = super::read(&object, client).map_err(|error| error.code)?;
    parameters(&jws, client, ISSUER, NOW).map_err(|error| error.code)
}

#[test]
fn rfc9101_6_1_encrypted_objects_are_not_supported_and_nonsense_is_invalid() {
    let client = fixture::confidential();
    let code = |object: &str| super::read(object, &client).err().map(|error| error.code);
    assert_eq!(code("a.b.c.d.e"), Some(ErrorCode::InvalidRequestObject));
    for bad in ["", "a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.AA", "bnVsbA.e30.AA"] {
        assert_eq!(code(bad), Some(ErrorCode::InvalidRequestObject), "{bad}");
    }
}

#[test]
fn rfc9101_10_5_only_signed_objects_of_the_clients_algorithm() {
    let client = fixture::confidential();
    for alg in Algorithm::ALL.map(Algorithm::as_str) {
        assert_eq!(head(&json!({ "alg": alg }), &client), None, "{alg}");
    }
    let invalid = Some(ErrorCode::InvalidRequestObject);
    for alg in ["none", "None", "HS256", "RS1", "ES512", "", "es256"] {
        assert_eq!(head(&json!({"alg": alg}), &client), invalid, "{alg}");
    }
    let metadata =
        ClientMetadata { request_object_signing_alg: Some("ES256".into()), ..ClientMetadata::default() };
    let strict = Client { metadata, ..fixture::confidential() };
    assert_eq!(head(&json!({"alg": "ES256"}), &strict), None);
    assert_eq!(head(&json!({"alg": "RS256"}), &strict), invalid);
}

#[test]
fn rfc9101_10_8_a_jwt_made_for_something_else_is_refused() {
    let invalid = Some(ErrorCode::InvalidRequestObject);
    for (typ, plain, strict) in [
        (json!("oauth-authz-req+jwt"), None, None),
        (json!("application/oauth-authz-req+jwt"), None, None),
        (json!("OAuth-Authz-Req+JWT"), None, None),
        (Value::Null, None, invalid),
        (json!("JWT"), None, invalid),
        (json!("at+jwt"), invalid, invalid),
        (json!("dpop+jwt"), invalid, invalid),
        (json!("client-authentication+jwt"), invalid, invalid),
    ] {
        let header = json!({"alg": "ES256", "typ": typ});
        assert_eq!(head(&header, &fixture::confidential()), plain, "{typ}");
        assert_eq!(head(&header, &fapi()), strict, "{typ} in the FAPI profile");
    }
    assert_eq!(head(&json!({"alg": "RS256", "typ": TYPE}), &fapi()), invalid, "FAPI 2.0 section 5.4");
    // An object that could authenticate its client elsewhere.
    assert_eq!(read(&json!({"sub": "app"}), &fixture::confidential()).err(), invalid);
    assert!(read(&json!({"sub": "else"}), &fixture::confidential()).is_ok());
}

#[test]
fn rfc9101_4_the_parameters_are_read_as_a_form_would_carry_them() {
    let client = fixture::confidential();
    let read = read(&json!({"resource": ["https://api.example"], "unknown": [1]}), &client).ok().unwrap();
    for (name, expected) in [
        ("client_id", Some("app")),
        ("scope", Some("openid read")),
        ("max_age", Some("3600")),
        ("claims", Some(r#"{"userinfo":{"email":null}}"#)),
        ("resource", Some("https://api.example")),
        ("iss", None),
        ("aud", None),
        ("exp", None),
        ("jti", None),
        ("unknown", None),
    ] {
        assert_eq!(read.get(name), expected, "{name}");
    }
}

#[test]
fn rfc9101_6_3_bad_objects_are_refused() {
    use ErrorCode::{InvalidRequestObject, InvalidTarget};
    let client = fixture::confidential();
    let long = "x".repeat(9000);
    for (changes, expected) in [
        (json!({"client_id": null}), InvalidRequestObject),
        (json!({"client_id": "other"}), InvalidRequestObject),
        (json!({"client_id": 1}), InvalidRequestObject),
        (json!({"iss": null}), InvalidRequestObject),
        (json!({"iss": "other"}), InvalidRequestObject),
        (json!({"aud": null}), InvalidRequestObject),
        (json!({"aud": "https://other.example"}), InvalidRequestObject),
        (json!({"aud": [ "https://other.example" ]}), InvalidRequestObject),
        (json!({"aud": "https://id.example/"}), InvalidRequestObject),
        (json!({"exp": 999_940}), InvalidRequestObject),
        (json!({"exp": "soon"}), InvalidRequestObject),
        (json!({"nbf": 1_000_061}), InvalidRequestObject),
        (json!({"request": "a.b.c"}), InvalidRequestObject),
        (json!({"request_uri": "urn:x"}), InvalidRequestObject),
        (json!({"scope": ["read"]}), InvalidRequestObject),
        (json!({"state": {}}), InvalidRequestObject),
        (json!({"state": "a\u{0}b"}), InvalidRequestObject),
        (json!({ "state": long }), InvalidRequestObject),
        (json!({"resource": ["https://a.example", "https://b.example"]}), InvalidTarget),
    ] {
        assert_eq!(read(&changes, &client).err(), Some(expected), "{changes}");
    }
    for good in [
        json!({"aud": ["https://other.example", ISSUER]}),
        json!({"exp": null, "nbf": null}),
        json!({"exp": 999_941}),
        json!({"nbf": 1_000_060}),
        json!({"exp": 1_000_060.5}),
    ] {
        assert!(read(&good, &client).is_ok(), "{good}");
    }
}

#[test]
fn fapi_2_message_signing_5_3_1_objects_live_an_hour_at_most() {
    let invalid = Some(ErrorCode::InvalidRequestObject);
    for (changes, expected) in [
        (json!({}), None),
        (json!({"exp": 1_003_600}), None),
        (json!({"exp": 1_003_601}), invalid),
        (json!({"exp": null}), invalid),
        (json!({"nbf": null}), invalid),
        (json!({"nbf": 996_000, "exp": 999_990}), invalid),
    ] {
        assert_eq!(read(&changes, &fapi()).err(), expected, "{changes}");
    }
}
