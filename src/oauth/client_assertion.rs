//! A client assertion: a JWT by which a client proves who it is (RFC 7523 §2.2 and §3, RFC 7521 §4.2, OpenID Connect Core
//! §9; contract §5; security §3, 34).

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use super::jws::Jws;
use crate::clock::UnixTime;

/// The one `client_assertion_type` there is (RFC 7523 §2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The `typ` of one that says what it is (draft-ietf-oauth-rfc7523bis §4).
pub const TYP: &str = "client-authentication+jwt";
/// Longest time an assertion may still live, in seconds: an hour, which is the default of libraries.
pub const MAX_LIFETIME_SECONDS: i64 = 3600;
/// The same in the FAPI profile (security §3, 34).
pub const MAX_FAPI_LIFETIME_SECONDS: i64 = 300;
/// How far ahead of ours a client's clock may be, in seconds (security §3, 29).
pub const CLOCK_SECONDS: i64 = 30;

/// What an assertion says. Nothing is believed before its signature was looked at.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: String,
}

/// What must be remembered of an assertion, so that it counts once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Once {
    /// Its name, unique for its client.
    pub jti: String,
    /// When it ends by itself.
    pub expires_at: UnixTime,
}

/// The client that an assertion says it is from, before anything is looked at.
pub fn claimed_client(token: &str) -> Option<String> {
    Jws::parse(token)?.claims::<Claims>().map(|claims| claims.sub)
}

/// Whether what `jws` says makes it an assertion of `client`, if its signature is good. `endpoints` are our addresses that
/// many libraries name instead of the issuer; the FAPI profile wants the issuer and nothing else.
///
/// # Errors
/// The rule that it breaks, for the log.
pub fn check(
    jws: &Jws<'_>,
    client: &Client,
    issuer: &str,
    endpoints: &[String],
    now: UnixTime,
) -> Result<Once, &'static str> {
    // As old as RFC 7523 are those that do not say what they are; what says that it is something else was not made for this
    // (RFC 8725 §3.11).
    if !matches!(jws.kind().as_deref(), None | Some("jwt" | TYP)) {
        return Err("typ is that of another kind of token");
    }
    if !client.metadata.allows_algorithm(jws.algorithm.as_str()) {
        return Err("the FAPI profile signs by PS256, ES256 or EdDSA");
    }
    let fapi = client.metadata.takes_only_the_issuer_as_audience();
    let claims: Claims = jws.claims().ok_or("iss, sub, aud, exp and jti are needed")?;
    if claims.iss != client.client_id || claims.sub != client.client_id {
        return Err("iss and sub are both the client id");
    }
    if !is_for_us(&claims.aud, fapi, issuer, endpoints) {
        return Err("aud is not the issuer");
    }
    let expires_at = time(claims.exp).ok_or("exp is no time")?;
    if expires_at <= now {
        return Err("it has ended");
    }
    let most = if fapi { MAX_FAPI_LIFETIME_SECONDS } else { MAX_LIFETIME_SECONDS };
    if expires_at > now.plus_seconds(most + CLOCK_SECONDS) {
        return Err("it lives longer than an hour, or five minutes in the FAPI profile");
    }
    let begun = |from: Option<f64>| match from.map(time) {
        None => true,
        Some(from) => from.is_some_and(|from| from <= now.plus_seconds(CLOCK_SECONDS)),
    };
    if !begun(claims.nbf) || !begun(claims.iat) {
        return Err("it is from the future");
    }
    if claims.jti.is_empty() {
        return Err("jti is empty");
    }
    Ok(Once { jti: claims.jti, expires_at })
}

fn is_for_us(aud: &Value, fapi: bool, issuer: &str, endpoints: &[String]) -> bool {
    let tolerated = |aud: &str| aud == issuer || endpoints.iter().any(|endpoint| endpoint == aud);
    match aud {
        Value::String(aud) if fapi => aud == issuer,
        Value::String(aud) => tolerated(aud),
        Value::Array(all) if !fapi => all.iter().filter_map(Value::as_str).any(tolerated),
        _ => false,
    }
}

/// A `NumericDate` (RFC 7519 §2), which may have a fraction.
#[expect(clippy::cast_possible_truncation, reason = "the range is looked at before")]
fn time(seconds: f64) -> Option<UnixTime> {
    (0.0..1e11).contains(&seconds).then(|| UnixTime::from_micros((seconds * 1e6) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::AuthMethod;
    use crate::oauth::client_metadata::ClientMetadata;
    use crate::oauth::fixture;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
    const ISSUER: &str = "https://id.example";

    fn signed_under(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.AAAA", part(header), part(claims))
    }

    fn signed_with(alg: &str, claims: &Value) -> String {
        signed_under(&json!({"alg": alg}), claims)
    }

    fn client(fapi: bool) -> Client {
        Client {
            auth_method: Some(AuthMethod::PrivateKeyJwt),
            metadata: ClientMetadata { fapi, ..ClientMetadata::default() },
            ..fixture::confidential()
        }
    }

    fn good() -> Value {
        json!({"iss": "app", "sub": "app", "aud": ISSUER, "exp": 1_800_000_060, "iat": 1_800_000_000, "jti": "1"})
    }

    fn judge(client: &Client, alg: &str, claims: &Value) -> Result<Once, &'static str> {
        let endpoints = ["https://id.example/oauth/token".to_owned()];
        check(&Jws::parse(&signed_with(alg, claims)).unwrap(), client, ISSUER, &endpoints, NOW)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    #[test]
    fn rfc7523_3_a_good_assertion_counts_once() {
        let once = Once { jti: "1".into(), expires_at: NOW.plus_seconds(60) };
        assert_eq!(judge(&client(false), "RS256", &good()), Ok(once));
        assert_eq!(claimed_client(&signed_with("RS256", &good())), Some("app".into()));
        assert_eq!(claimed_client("a.b.c"), None);
    }

    #[test]
    fn rfc7523_3_what_is_missing_wrong_or_late_is_refused() {
        let at = |offset: f64| json!(1_800_000_000.0 + offset);
        for (claims, good) in [
            (without("iss"), false),
            (without("sub"), false),
            (without("aud"), false),
            (without("exp"), false),
            (without("jti"), false),
            (without("iat"), true),
            (with("iss", json!("other")), false),
            (with("sub", json!("other")), false),
            (with("jti", json!("")), false),
            (with("jti", json!(7)), false),
            (with("exp", json!("1800000060")), false),
            (with("exp", at(0.0)), false),
            (with("exp", at(0.5)), true),
            (with("exp", at(3630.0)), true),
            (with("exp", at(3631.0)), false),
            (with("exp", json!(1e300)), false),
            (with("exp", json!(-1)), false),
            (with("nbf", at(30.0)), true),
            (with("nbf", at(31.0)), false),
            (with("iat", at(30.0)), true),
            (with("iat", at(31.0)), false),
            (with("iat", json!("now")), false),
        ] {
            assert_eq!(judge(&client(false), "ES256", &claims).is_ok(), good, "{claims}");
        }
        for (seconds, good) in [(330.0, true), (331.0, false)] {
            let fapi = judge(&client(true), "ES256", &with("exp", at(seconds)));
            assert_eq!(fapi.is_ok(), good, "{seconds}");
        }
    }

    #[test]
    fn rfc8725_3_11_what_says_that_it_is_something_else_is_no_assertion() {
        for (typ, good) in [
            (json!(null), true),
            (json!("JWT"), true),
            (json!("jwt"), true),
            (json!("client-authentication+jwt"), true),
            (json!("application/Client-Authentication+JWT"), true),
            (json!("oauth-authz-req+jwt"), false),
            (json!("dpop+jwt"), false),
            (json!("at+jwt"), false),
            (json!("logout+jwt"), false),
            (json!(""), false),
        ] {
            let token = signed_under(&json!({"alg": "ES256", "typ": typ}), &self::good());
            let taken = check(&Jws::parse(&token).unwrap(), &client(false), ISSUER, &[], NOW).is_ok();
            assert_eq!(taken, good, "{typ}");
        }
    }

    #[test]
    fn contract_5_the_audience_is_the_issuer_and_in_fapi_nothing_else() {
        let token = "https://id.example/oauth/token";
        for (aud, plain, fapi) in [
            (json!(ISSUER), true, true),
            (json!(token), true, false),
            (json!([ISSUER]), true, false),
            (json!(["https://other.example", token]), true, false),
            (json!("https://id.example/"), false, false),
            (json!("https://other.example"), false, false),
            (json!(["https://other.example"]), false, false),
            (json!([]), false, false),
            (json!(null), false, false),
            (json!({"a": ISSUER}), false, false),
        ] {
            let claims = with("aud", aud);
            assert_eq!(judge(&client(false), "PS256", &claims).is_ok(), plain, "{claims}");
            assert_eq!(judge(&client(true), "PS256", &claims).is_ok(), fapi, "FAPI: {claims}");
        }
    }

    #[test]
    fn security_31_fapi_does_not_sign_by_rs256() {
        for (alg, fapi) in [("RS256", false), ("PS256", true), ("ES256", true), ("EdDSA", true)] {
            assert!(judge(&client(false), alg, &good()).is_ok());
            assert_eq!(judge(&client(true), alg, &good()).is_ok(), fapi, "{alg}");
        }
    }
}
