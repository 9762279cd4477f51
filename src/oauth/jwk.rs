//! Public keys of clients: a JWK (RFC 7517 §4) or a set of them (§5) read strictly, and which of its keys may have signed a JWS.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::jws::{Algorithm, Jws};

/// Most keys a set may hold.
pub const MAX_KEYS: usize = 32;
/// Longest key identifier, in bytes.
const MAX_KID_BYTES: usize = 256;
/// Keys of one name that are tried: whoever replaces one may publish both for a while; more only make us work.
const MAX_TRIED: usize = 2;
/// Sizes of an RSA modulus, in bits (RFC 7518 §3.3; security §3, 31).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// Bytes of a coordinate on P-256, and of an Ed25519 key.
const POINT_BYTES: usize = 32;
/// What only a private or a shared key has (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// One public key that can verify.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Jwk {
    /// What it is called.
    pub kid: Option<String>,
    /// The one algorithm it is for, if it says so.
    pub algorithm: Option<Algorithm>,
    /// The key itself.
    pub material: Material,
}

/// The numbers of a public key, big-endian.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names of RFC 7518 §6")]
pub enum Material {
    /// A point on P-256.
    P256 { x: Vec<u8>, y: Vec<u8> },
    /// An Ed25519 key (RFC 8037 §2).
    Ed25519 { x: Vec<u8> },
    /// An RSA key of 2048 bits and more.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Jwk {
    /// Whether it can have signed with `algorithm`: the kind of key decides, and not the token (RFC 8725 §3.1).
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match self.material {
            Material::P256 { .. } => algorithm == Algorithm::Es256,
            Material::Ed25519 { .. } => algorithm == Algorithm::EdDsa,
            Material::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
        };
        kind && self.algorithm.is_none_or(|only| only == algorithm)
    }
}

/// Reads a JWK Set that somebody registers. Keys of kinds that are not used here, or that are for encryption, are passed over
/// (RFC 7517 §5).
///
/// # Errors
/// A sentence that says what is wrong: no set, too many keys, a private member, a broken or a weak key.
pub fn read_set(value: &Value) -> Result<Vec<Jwk>, String> {
    let mut read = Vec::new();
    for key in members(value)? {
        let Some(key) = key.as_object() else { return Err("a JWK is an object".to_owned()) };
        read.extend(read_key(key)?);
    }
    Ok(read)
}

/// Reads a JWK Set that a client publishes: one for everybody it deals with, so that a key that is nothing here takes none of
/// the others away. Broken, weak and shared ones are passed over, too (RFC 7517 §5).
///
/// # Errors
/// A sentence that says what is wrong: no set, too many keys, a private member.
pub fn read_fetched_set(value: &Value) -> Result<Vec<Jwk>, String> {
    let mut read = Vec::new();
    for key in members(value)?.iter().filter_map(Value::as_object) {
        if !is_shared(key) {
            public_alone(key)?;
        }
        read.extend(read_key(key).ok().flatten());
    }
    Ok(read)
}

fn members(set: &Value) -> Result<&Vec<Value>, String> {
    let Some(keys) = set.get("keys").and_then(Value::as_array) else {
        return Err("a JWK Set is an object with an array named `keys` (RFC 7517 §5)".to_owned());
    };
    if keys.len() > MAX_KEYS {
        return Err(format!("a JWK Set may hold {MAX_KEYS} keys"));
    }
    Ok(keys)
}

fn is_shared(key: &Map<String, Value>) -> bool {
    key.get("kty").and_then(Value::as_str) == Some("oct")
}

fn public_alone(key: &Map<String, Value>) -> Result<(), String> {
    match PRIVATE.into_iter().find(|name| key.contains_key(*name)) {
        Some(private) => {
            Err(format!("a key has the private member `{private}`: publish the public half alone"))
        }
        None => Ok(()),
    }
}

/// Reads one key; `None` for one that cannot verify here.
///
/// # Errors
/// As [`read_set`].
pub fn read_key(key: &Map<String, Value>) -> Result<Option<Jwk>, String> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if is_shared(key) {
        return Err("a shared secret is no public key".to_owned());
    }
    public_alone(key)?;
    if key.get("kid").is_some_and(|kid| kid.as_str().is_none_or(|kid| kid.len() > MAX_KID_BYTES)) {
        return Err(format!("`kid` is a text of at most {MAX_KID_BYTES} bytes"));
    }
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some("verify")))
    };
    let elsewhere = text("use").is_some_and(|purpose| purpose != "sig")
        || key.get("key_ops").is_some_and(|operations| !verifies(operations));
    let algorithm = match key.get("alg") {
        None => None,
        Some(named) => match named.as_str().and_then(Algorithm::parse) {
            Some(known) => Some(known),
            None => return Ok(None),
        },
    };
    if elsewhere {
        return Ok(None);
    }
    let number = |name: &str| {
        let decoded = text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        decoded.filter(|bytes| !bytes.is_empty()).ok_or_else(|| format!("a key's `{name}` is no base64url"))
    };
    let sized = |name: &str| {
        let bytes = number(name)?;
        let good = bytes.len() == POINT_BYTES;
        if good { Ok(bytes) } else { Err(format!("a key's `{name}` has not {POINT_BYTES} bytes")) }
    };
    let material = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) => Material::P256 { x: sized("x")?, y: sized("y")? },
        (Some("OKP"), Some("Ed25519")) => Material::Ed25519 { x: sized("x")? },
        (Some("RSA"), _) => rsa(number("n")?, number("e")?)?,
        (Some(_), _) => return Ok(None),
        (None, _) => return Err("a key has no `kty`".to_owned()),
    };
    Ok(Some(Jwk { kid: text("kid").map(str::to_owned), algorithm, material }))
}

fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Material, String> {
    let n: Vec<u8> = n.into_iter().skip_while(|byte| *byte == 0).collect();
    let e: Vec<u8> = e.into_iter().skip_while(|byte| *byte == 0).collect();
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if !RSA_BITS.contains(&bits) {
        return Err(format!("an RSA key has {bits} bits: 2048 to 4096 are accepted (RFC 7518 §3.3)"));
    }
    let odd = e.last().is_some_and(|last| last % 2 == 1);
    if e.len() > 4 || !odd || e == [1] {
        return Err("an RSA key's exponent is odd, more than 1 and has at most 32 bits".to_owned());
    }
    Ok(Material::Rsa { n, e })
}

/// The keys that may have signed `jws`: those of the name it says, two at most; of a nameless one the only key that fits, since
/// whoever has several must say which (OpenID Connect Core §10.1).
pub fn candidates<'k>(keys: &'k [Jwk], jws: &Jws<'_>) -> Vec<&'k Jwk> {
    let fitting = keys.iter().filter(|key| key.fits(jws.algorithm));
    match &jws.kid {
        Some(kid) => fitting.filter(|key| key.kid.as_ref() == Some(kid)).take(MAX_TRIED).collect(),
        None => Some(fitting.collect::<Vec<_>>()).filter(|keys| keys.len() == 1).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn encoded(bytes: usize) -> String {
        URL_SAFE_NO_PAD.encode(vec![0xff; bytes])
    }

    fn ec(kid: &str) -> Value {
        json!({"kty": "EC", "crv": "P-256", "x": encoded(32), "y": encoded(32), "kid": kid})
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    #[test]
    fn rfc7517_5_keys_that_cannot_verify_here_are_passed_over() {
        let rsa = json!({"kty": "RSA", "n": encoded(256), "e": "AQAB", "use": "sig", "key_ops": ["verify"]});
        let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(32)});
        for (key, count) in [
            (ec("a"), 1),
            (rsa.clone(), 1),
            (okp, 1),
            (with(ec("a"), "alg", json!("ES256")), 1),
            (with(ec("a"), "use", json!("enc")), 0),
            (with(ec("a"), "key_ops", json!(["encrypt"])), 0),
            (with(rsa, "alg", json!("RSA-OAEP")), 0),
            (json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}), 0),
            (json!({"kty": "of tomorrow"}), 0),
        ] {
            let keys = read_set(&json!({"keys": [key]})).unwrap();
            assert_eq!(keys.len(), count, "{key}");
        }
        assert_eq!(read_set(&json!({"keys": []})), Ok(Vec::new()));
    }

    #[test]
    fn rfc7517_9_3_private_shared_weak_and_broken_keys_are_refused() {
        let rsa = |bytes: usize, e: &str| json!({"kty": "RSA", "n": encoded(bytes), "e": e});
        let refused = |value: &Value, advice: &str| {
            let reason = read_set(value).unwrap_err();
            assert!(reason.contains(advice), "{value}: {reason}");
        };
        for name in PRIVATE {
            refused(&json!({"keys": [with(ec("a"), name, json!("AA"))]}), "private member");
        }
        for (key, advice) in [
            (json!({"kty": "oct"}), "shared secret"),
            (json!({"kid": "a"}), "kty"),
            (rsa(255, "AQAB"), "2040 bits"),
            (rsa(513, "AQAB"), "4104 bits"),
            (rsa(256, "AQ"), "exponent"),
            (rsa(256, "Ag"), "exponent"),
            (rsa(256, "AQABAQAB"), "exponent"),
            (with(ec("a"), "x", json!("AA")), "32 bytes"),
            (with(ec("a"), "y", json!("!")), "base64url"),
            (with(ec("a"), "y", json!(format!("{}=", encoded(32)))), "base64url"),
            // Left-over bits: the same bytes in another spelling.
            (with(ec("a"), "y", json!(encoded(32).replace("_8", "_9"))), "base64url"),
            (with(ec("a"), "kid", json!(7)), "kid"),
            (with(ec("a"), "kid", json!("k".repeat(257))), "kid"),
            (json!("text"), "object"),
        ] {
            refused(&json!({"keys": [key]}), advice);
        }
        refused(&json!({"keys": vec![ec("a"); MAX_KEYS + 1]}), "32 keys");
        for value in [json!(null), json!([]), json!({}), json!({"keys": {}})] {
            refused(&value, "JWK Set");
        }
    }

    #[test]
    fn rfc7517_5_one_odd_key_takes_no_other_of_a_fetched_set_away() {
        for odd in [
            json!({"kty": "oct", "k": "AA"}),
            json!({"kid": "a"}),
            json!({"kty": "RSA", "n": encoded(128), "e": "AQAB"}),
            json!({"kty": "RSA", "n": encoded(1024), "e": "AQAB"}),
            with(ec("a"), "x", json!("AA")),
            with(ec("a"), "kid", json!(7)),
            json!("text"),
        ] {
            let set = json!({"keys": [odd, ec("b")]});
            let names = read_fetched_set(&set).unwrap().into_iter().map(|key| key.kid).collect::<Vec<_>>();
            assert_eq!(names, [Some("b".to_owned())], "{set}");
            assert!(read_set(&set).is_err(), "{set}");
        }
        for name in PRIVATE {
            let set = json!({"keys": [with(ec("a"), name, json!("AA")), ec("b")]});
            assert!(read_fetched_set(&set).unwrap_err().contains("private member"), "{set}");
        }
        assert!(read_fetched_set(&json!({"keys": vec![ec("a"); MAX_KEYS + 1]})).is_err());
    }

    #[test]
    fn rfc8725_3_1_the_kind_of_key_decides_the_algorithm() {
        use Algorithm::{EdDsa, Es256, Ps256, Rs256};
        let key = |material, algorithm| Jwk { kid: None, algorithm, material };
        let rsa = || Material::Rsa { n: vec![1], e: vec![3] };
        let p256 = || Material::P256 { x: vec![1], y: vec![1] };
        for (key, fitting) in [
            (key(rsa(), None), vec![Rs256, Ps256]),
            (key(rsa(), Some(Ps256)), vec![Ps256]),
            (key(p256(), None), vec![Es256]),
            (key(p256(), Some(Rs256)), vec![]),
            (key(Material::Ed25519 { x: vec![1] }, None), vec![EdDsa]),
        ] {
            let fits: Vec<_> = Algorithm::ALL.into_iter().filter(|one| key.fits(*one)).collect();
            assert_eq!(fits, fitting, "{key:?}");
        }
    }

    #[test]
    fn oidc_core_10_1_kid_selects_and_may_be_left_out_only_for_one_key() {
        let set = |keys: &[Value]| read_set(&json!({"keys": keys})).unwrap();
        let chosen = |keys: &[Jwk], kid: Option<&str>| {
            let header = json!({"alg": "ES256", "kid": kid}).to_string();
            let token = format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header));
            candidates(keys, &Jws::parse(&token).unwrap()).len()
        };
        let (one, two) = (set(&[ec("a")]), set(&[ec("a"), ec("b")]));
        assert_eq!([chosen(&one, None), chosen(&one, Some("a")), chosen(&one, Some("b"))], [1, 1, 0]);
        let many = set(&vec![ec("a"); MAX_KEYS]);
        assert_eq!([chosen(&many, None), chosen(&many, Some("a"))], [0, MAX_TRIED]);
        assert_eq!([chosen(&two, None), chosen(&two, Some("b")), chosen(&two, Some("c"))], [0, 1, 0]);
    }

    proptest! {
        #[test]
        fn jwk_reader_never_panics(kty in "EC|OKP|RSA", crv in "P-256|Ed25519", x in "[A-Za-z0-9_-]{0,50}", n in "[A-Za-z0-9_-]{0,400}") {
            let _ = read_set(&json!({"keys": [{"kty": kty, "crv": crv, "x": x, "y": x, "n": n, "e": x}]}));
        }
    }
}
