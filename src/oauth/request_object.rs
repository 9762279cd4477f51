//! Request objects by value: RFC 9101 (OpenID Connect Core §6.1). Read here once their signature is known to be the client's.

use serde_json::{Map, Value};

use crate::clock::UnixTime;

use super::client::Client;
use super::error::{ErrorCode, OAuthError};
use super::jws::Jws;
use super::parameters::{ParameterError, Parameters};

/// The registered `typ` (RFC 9101 §10.8).
pub const TYPE: &str = "oauth-authz-req+jwt";
/// Seconds by which clocks may differ.
const CLOCK_SKEW: i64 = 60;
/// Longest time from `nbf` to `exp` in the FAPI profile, in seconds (FAPI 2.0 Message Signing §5.3.1).
const FAPI_LIFETIME: i64 = 3600;
/// Claims about the object itself: no parameters (RFC 7519 §4.1).
const ABOUT_ITSELF: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];

/// Takes an object apart, if it is of a form that is taken at all. Nothing of it is believed before its signature is known to
/// be the client's.
///
/// # Errors
/// `invalid_request_object` for an encrypted one (RFC 9101 §6.1), for what is no signed JWT, for `none` and other algorithms than
/// the client's, and for a token of another kind (§10.8).
pub fn read<'t>(object: &'t str, client: &Client) -> Result<Jws<'t>, OAuthError> {
    if object.bytes().filter(|b| *b == b'.').count() == 4 {
        return Err(invalid("encrypted request objects are not supported: sign it only"));
    }
    let jws = Jws::parse(object)
        .ok_or_else(|| invalid("the request object is not a JWT signed by RS256, PS256, ES256 or EdDSA"))?;
    let registered = client.metadata.request_object_signing_alg.as_deref();
    if registered.is_some_and(|alg| alg != jws.algorithm.as_str()) {
        return Err(invalid("the request object is not signed by the algorithm of the client"));
    }
    if !client.metadata.allows_algorithm(jws.algorithm.as_str()) {
        return Err(invalid("the FAPI profile takes PS256, ES256 and EdDSA (FAPI 2.0 section 5.4.1)"));
    }
    check_type(jws.kind().as_deref(), client)?;
    Ok(jws)
}

/// What is told of an object that none of the client's keys signed.
pub fn unsigned() -> OAuthError {
    invalid("no key of the client signed the request object")
}

/// An absent `typ` is as old as OpenID Connect; one of another kind of JWT is a JWT that was made for something else.
fn check_type(kind: Option<&str>, client: &Client) -> Result<(), OAuthError> {
    let Some(kind) = kind else {
        return if client.metadata.fapi {
            Err(invalid("the FAPI profile needs typ oauth-authz-req+jwt"))
        } else {
            Ok(())
        };
    };
    match kind {
        TYPE => Ok(()),
        "jwt" if !client.metadata.fapi => Ok(()),
        _ => Err(invalid("the typ of the request object must be oauth-authz-req+jwt")),
    }
}

/// The parameters of an object whose signature is good: they alone count (RFC 9101 §6.3). `issuer` is the public URL; `at` is
/// when the object was first seen here.
///
/// # Errors
/// `invalid_request_object` for one of another client or for another server, for one that is not good yet or any more, for one
/// that holds another (RFC 9101 §4), and for one with a parameter that cannot be one.
pub fn parameters(
    jws: &Jws<'_>,
    client: &Client,
    issuer: &str,
    at: UnixTime,
) -> Result<Parameters, OAuthError> {
    let claims: Map<String, Value> =
        jws.claims().ok_or_else(|| invalid("the request object holds no JSON object"))?;
    check_parties(&claims, client, issuer)?;
    check_times(&claims, client, at)?;
    let mut parameters = Parameters::default();
    for (name, value) in &claims {
        if ABOUT_ITSELF.contains(&name.as_str()) {
            continue;
        }
        if matches!(name.as_str(), "request" | "request_uri") {
            return Err(invalid("a request object holds no other one (RFC 9101 section 4)"));
        }
        let Some(text) = text_of(name, value)? else { continue };
        parameters.add(name, &text).map_err(|error: ParameterError| {
            invalid(match error {
                ParameterError::TooLong => "a parameter of the request object is too long",
                _ => "a parameter of the request object is not well-formed",
            })
        })?;
    }
    Ok(parameters)
}

/// What the object says of where its answer goes, for an answer that it is refused: only what leads to one of the client's own
/// redirect URIs counts.
pub fn way_back(object: &str, client: &Client) -> Parameters {
    let claims: Map<String, Value> = Jws::parse(object).and_then(|jws| jws.claims()).unwrap_or_default();
    let mut way = Parameters::default();
    let said = ["redirect_uri", "state", "response_mode", "scope"]
        .into_iter()
        .filter_map(|name| Some((name, claims.get(name)?.as_str()?)));
    for (name, value) in said.chain([("client_id", client.client_id.as_str())]) {
        // What no parameter can be leads nowhere.
        let _ = way.add(name, value);
    }
    way
}

/// RFC 9101 §5, §6.3 (`client_id`), §10.8 (`sub`), RFC 7519 §4.1.1 (`iss`), §4.1.3 (`aud`).
fn check_parties(claims: &Map<String, Value>, client: &Client, issuer: &str) -> Result<(), OAuthError> {
    let client_id = Some(client.client_id.as_str());
    let text = |name: &str| claims.get(name).map(Value::as_str);
    if text("client_id") != Some(client_id) {
        return Err(invalid("the request object must repeat client_id (RFC 9101 section 5)"));
    }
    if text("iss") != Some(client_id) {
        return Err(invalid("iss of the request object must be the client's id"));
    }
    // Such a one could stand for the client elsewhere (RFC 7523 §3).
    if text("sub") == Some(client_id) {
        return Err(invalid("sub of a request object cannot be the client's id (RFC 9101 section 10.8)"));
    }
    let is_us = |value: &Value| value.as_str() == Some(issuer);
    let for_us = match claims.get("aud") {
        Some(Value::Array(several)) => several.iter().any(is_us),
        Some(one) => is_us(one),
        None => false,
    };
    if for_us { Ok(()) } else { Err(invalid("aud of the request object must be the issuer")) }
}

/// RFC 7519 §4.1.4, §4.1.5. The FAPI profile demands both times.
fn check_times(claims: &Map<String, Value>, client: &Client, at: UnixTime) -> Result<(), OAuthError> {
    let (exp, nbf) = (time(claims, "exp")?, time(claims, "nbf")?);
    if exp.is_some_and(|exp| at >= exp.plus_seconds(CLOCK_SKEW)) {
        return Err(invalid("the request object has expired"));
    }
    if nbf.is_some_and(|nbf| at < nbf.plus_seconds(-CLOCK_SKEW)) {
        return Err(invalid("the request object is not good yet"));
    }
    if !client.metadata.fapi {
        return Ok(());
    }
    let (Some(exp), Some(nbf)) = (exp, nbf) else {
        return Err(invalid("the FAPI profile needs exp and nbf in the request object"));
    };
    let too_old = nbf.plus_seconds(FAPI_LIFETIME + CLOCK_SKEW) < at;
    if too_old || exp > nbf.plus_seconds(FAPI_LIFETIME) {
        return Err(invalid("the FAPI profile takes request objects of an hour at most"));
    }
    Ok(())
}

/// A `NumericDate` (RFC 7519 §2).
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<UnixTime>, OAuthError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let whole = value.as_i64();
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second does not count")]
    let seconds = whole.or_else(|| value.as_f64().map(|seconds| seconds as i64));
    seconds
        .map(|seconds| Some(UnixTime::from_seconds(seconds)))
        .ok_or_else(|| invalid("a time of the request object is no number"))
}

/// A parameter as a form would carry it: numbers in digits, JSON as its text (RFC 9101 §4; OpenID Connect Core §6.1).
/// `None` for one that is not there.
fn text_of(name: &str, value: &Value) -> Result<Option<String>, OAuthError> {
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Object(_) if name == "claims" => Some(value.to_string()),
        // RFC 8707 §2: several resources are an array; one is what is supported.
        Value::Array(several) if name == "resource" => match several.as_slice() {
            [] => None,
            [Value::String(one)] => Some(one.clone()),
            _ => return Err(OAuthError::new(ErrorCode::InvalidTarget, "only one resource is supported")),
        },
        // What we do not know may have any form (RFC 6749 §3.1: unknown parameters are ignored).
        _ if !KNOWN.contains(&name) => None,
        _ => return Err(invalid("a parameter of the request object has the wrong type")),
    })
}

/// The parameters of an authorization request that mean something here. They must be text.
pub(super) const KNOWN: [&str; 19] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "resource",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "ui_locales",
    "claims",
    "dpop_jkt",
    "registration",
    "acr_values",
];

fn invalid(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, text)
}

#[cfg(test)]
mod tests;
