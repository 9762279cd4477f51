//! A compact JWS that somebody else signed, taken apart (RFC 7515 §7.1, RFC 8725 §3): what it says, before anything says
//! that it is true.
//!
//! Of its header only `alg`, `kid` and `typ` are read. `jku`, `x5u`, `jwk` and `x5c` cannot bring a key along: nothing looks
//! at them (security §3, 28) but a DPoP proof, which is no good without (RFC 9449 §4.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Longest JWS looked at, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// What others may sign with (security §3, 27 and 31): neither `none` nor a shared secret is among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256; not in the FAPI profile.
    Rs256,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm, in the order in which discovery lists them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// The registered `alg` value (RFC 7518 §3.1, RFC 8037 §3.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// A JWS whose signature nobody has looked at.
pub struct Jws<'t> {
    /// What it says it is signed with.
    pub algorithm: Algorithm,
    /// The key it names.
    pub kid: Option<String>,
    /// What kind of token it says it is.
    pub typ: Option<String>,
    /// What is signed.
    pub message: &'t str,
    /// The signature.
    pub signature: Vec<u8>,
    header: Vec<u8>,
    payload: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl<'t> Jws<'t> {
    /// Takes `token` apart; `None` for what is none, is too long, has another algorithm, or has extensions that must be
    /// understood (RFC 7515 §4.1.11): there are none here.
    pub fn parse(token: &'t str) -> Option<Self> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(header).ok()?;
        let header: Header = read(&bytes)?;
        if header.crit.is_some() {
            return None;
        }
        Some(Self {
            algorithm: Algorithm::parse(&header.alg)?,
            kid: header.kid,
            typ: header.typ,
            message,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
            header: bytes,
            payload: URL_SAFE_NO_PAD.decode(payload).ok()?,
        })
    }

    /// The public key that a DPoP proof brings along (RFC 9449 §4.2): an object, or nothing.
    pub fn jwk(&self) -> Option<Map<String, Value>> {
        let mut header: Map<String, Value> = read(&self.header)?;
        match header.remove("jwk") {
            Some(Value::Object(jwk)) => Some(jwk),
            _ => None,
        }
    }

    /// What kind of token it says it is, as `typ` is compared: `application/` may stand before it (RFC 7515 §4.1.9).
    pub fn kind(&self) -> Option<String> {
        let kind = self.typ.as_deref()?.to_ascii_lowercase();
        Some(kind.strip_prefix("application/").unwrap_or(&kind).to_owned())
    }

    /// Its payload as JSON; `None` for anything else, and for a member that comes twice.
    pub fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        read(&self.payload)
    }
}

/// Reads JSON in which no member comes twice, at any depth (RFC 7519 §4; security §3, 10).
fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice::<Unambiguous>(json).ok()?;
    serde_json::from_slice(json).ok()
}

/// Any JSON value in which no member comes twice.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON in which no member comes twice")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut several: A) -> Result<Self, A::Error> {
        while several.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a member comes twice"));
            }
            members.next_value::<Self>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn token(header: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.AAAA", part(header), part(&json!({"iss": "app"})))
    }

    #[test]
    fn rfc7515_7_1_three_parts_are_taken_apart() {
        let text = token(&json!({"alg": "ES256", "kid": "k", "typ": "JWT"}));
        let jws = Jws::parse(&text).unwrap();
        assert_eq!(
            (jws.algorithm, jws.kid.as_deref(), jws.typ.as_deref()),
            (Algorithm::Es256, Some("k"), Some("JWT"))
        );
        assert_eq!(jws.claims::<Value>(), Some(json!({"iss": "app"})));
        assert!(text.starts_with(jws.message) && jws.signature == [0, 0, 0]);
        for bad in ["", ".", "..", "a.b.c", &text.replace('.', ""), &format!("{text}=")] {
            assert!(Jws::parse(bad).is_none(), "{bad}");
        }
        assert!(Jws::parse(&format!("{text}{}", "A".repeat(MAX_BYTES))).is_none());
    }

    #[test]
    fn rfc8725_3_1_neither_none_nor_a_shared_secret_is_an_algorithm() {
        for alg in ["none", "None", "HS256", "HS512", "RS1", "ES256K", "RS512", ""] {
            assert!(Jws::parse(&token(&json!({"alg": alg}))).is_none(), "{alg}");
        }
        assert!(Jws::parse(&token(&json!({"typ": "JWT"}))).is_none());
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
            assert!(Jws::parse(&token(&json!({"alg": algorithm.as_str()}))).is_some());
        }
    }

    #[test]
    fn security_10_a_member_that_comes_twice_is_refused_at_any_depth() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let claims = |payload: &str| {
            let text = format!("{}.{}.AAAA", part(r#"{"alg":"ES256"}"#), part(payload));
            Jws::parse(&text).unwrap().claims::<Value>()
        };
        assert!(claims(r#"{"a":[1,-1,1.5,"s",true,null],"b":{"a":1}}"#).is_some());
        for twice in [r#"{"a":1,"a":1}"#, r#"{"b":{"a":1,"\u0061":2}}"#, r#"{"b":[{"a":1,"a":2}]}"#] {
            assert_eq!(claims(twice), None, "{twice}");
        }
        let header = part(r#"{"alg":"ES256","x":1,"x":2}"#);
        assert!(Jws::parse(&format!("{header}.e30.AAAA")).is_none());
    }

    #[test]
    fn rfc7515_4_1_11_extensions_that_must_be_understood_are_refused() {
        assert!(Jws::parse(&token(&json!({"alg": "ES256", "crit": ["b64"], "b64": false}))).is_none());
        assert!(Jws::parse(&token(&json!({"alg": "ES256", "crit": []}))).is_none());
        let other = json!({"alg": "ES256", "jku": "https://evil.example/", "x5u": "https://evil.example/"});
        assert!(Jws::parse(&token(&other)).is_some(), "what could bring a key along is not looked at");
    }

    proptest! {
        #[test]
        fn jws_parser_never_panics(text in "[A-Za-z0-9_.=-]{0,200}") {
            let _ = Jws::parse(&text);
        }
    }
}
