//! DPoP: what a proof says, whether it says it of this request, and what it binds (RFC 9449 §4, §5, §7.1, §10).
//!
//! The signature, the nonce and single use are not decided here: they need a key, the server's secret and a memory.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::clock::UnixTime;

use super::bearer;
use super::error::{ErrorCode, OAuthError};
use super::jwk::{self, Jwk};
use super::jws::Jws;
use super::parameters::Parameters;

/// The `typ` of a proof, which keeps it apart from every other JWT (RFC 9449 §11.5).
pub const TYP: &str = "dpop+jwt";
/// What a proof may be signed with: asymmetric only (RFC 9449 §11.6).
pub const ALGORITHMS: [&str; 4] = ["ES256", "EdDSA", "PS256", "RS256"];
/// Seconds after which a proof without a nonce of ours is too old (RFC 9449 §11.1).
pub const MAX_AGE_SECONDS: i64 = 60;
/// Seconds that a client's clock may be ahead: more than the 10, fewer than the 60 of FAPI 2.0 §5.3.2.1.
pub const MAX_AHEAD_SECONDS: i64 = 30;

/// Longest proof that is read, in bytes; one with an RSA key of 4096 bits has some 1700.
const MAX_BYTES: usize = 8192;
/// Longest `jti` (RFC 9449 §11.1).
const MAX_JTI_BYTES: usize = 512;

/// The key that a token is bound to (RFC 9449 §6.1, RFC 7800 §3.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Confirmation {
    /// Its RFC 7638 SHA-256 thumbprint, base64url.
    pub jkt: String,
}

/// Why a proof is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofRefusal {
    /// It is no good: the reason, for the developer who reads it.
    Invalid(&'static str),
    /// It needs a nonce of ours, or a newer one (RFC 9449 §8).
    NeedsNonce,
}

impl From<ProofRefusal> for OAuthError {
    fn from(refusal: ProofRefusal) -> Self {
        match refusal {
            ProofRefusal::Invalid(reason) => Self::new(ErrorCode::InvalidDpopProof, reason),
            ProofRefusal::NeedsNonce => {
                let text = "the DPoP proof needs the nonce of the DPoP-Nonce header";
                Self::new(ErrorCode::UseDpopNonce, text)
            }
        }
    }
}

/// A proof that was read, its signature not looked at yet.
pub struct Proof<'a> {
    /// What is signed, with what, and the signature.
    pub jws: Jws<'a>,
    /// The key in its header.
    pub key: Jwk,
    claims: Claims,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: serde_json::Number,
    ath: Option<String>,
    nonce: Option<String>,
}

/// The request that a proof must be of.
pub struct Target<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its URI as [`normal_uri`] writes it.
    pub uri: &'a str,
    /// The hash of the access token that came with it (RFC 9449 §4.2), if one did.
    pub ath: Option<&'a str>,
}

/// What is known of a proof's nonce.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nonce {
    /// There is none, and none is asked for.
    Absent,
    /// There is none, or one that is not ours or over.
    Bad,
    /// Ours, good until then.
    Good(UnixTime),
}

impl<'a> Proof<'a> {
    /// Reads a proof: one JWT, typed, with an allowed algorithm and a public key in its header, and the four claims that
    /// every proof has (RFC 9449 §4.3, 2 to 5 and 7).
    ///
    /// # Errors
    /// [`ProofRefusal::Invalid`].
    pub fn parse(text: &'a str) -> Result<Self, ProofRefusal> {
        const MALFORMED: ProofRefusal = ProofRefusal::Invalid(
            "the DPoP proof is no JWT without crit that is signed by ES256, EdDSA, PS256 or RS256",
        );
        let refuse = |reason| Err(ProofRefusal::Invalid(reason));
        if text.len() > MAX_BYTES {
            return Err(MALFORMED);
        }
        let jws = Jws::parse(text).ok_or(MALFORMED)?;
        if jws.typ.as_deref() != Some(TYP) {
            return refuse("the typ of a DPoP proof must be dpop+jwt");
        }
        let Some(jwk) = jws.jwk() else { return refuse("the DPoP proof has no jwk header") };
        let key = match jwk::read_key(&jwk) {
            Ok(Some(key)) if key.fits(jws.algorithm) => key,
            Ok(_) => return refuse("the jwk of the DPoP proof is no key for its alg"),
            Err(_) => {
                return refuse(
                    "the jwk of the DPoP proof is no public P-256, Ed25519 or RSA key of 2048 to 4096 bits",
                );
            }
        };
        let Some(claims) = jws.claims::<Claims>() else {
            return refuse("a DPoP proof has the claims jti, htm, htu (strings) and iat (a number)");
        };
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_BYTES {
            return refuse("the jti of a DPoP proof has 1 to 512 characters");
        }
        Ok(Self { jws, key, claims })
    }

    /// The nonce it carries.
    pub fn nonce(&self) -> Option<&str> {
        self.claims.nonce.as_deref()
    }

    /// Whether it is of this request, and made just now (RFC 9449 §4.3, 8 to 12); the time until which it must not be seen
    /// again.
    ///
    /// # Errors
    /// [`ProofRefusal`].
    pub fn check(&self, target: &Target<'_>, nonce: Nonce, now: UnixTime) -> Result<UnixTime, ProofRefusal> {
        let refuse = |reason| Err(ProofRefusal::Invalid(reason));
        if self.claims.htm != target.method {
            return refuse("the htm of the DPoP proof is not the method of this request");
        }
        if normal_uri(&self.claims.htu).as_deref() != Some(target.uri) {
            return refuse("the htu of the DPoP proof is not the URI of this request");
        }
        if target.ath.is_some() && self.claims.ath.as_deref() != target.ath {
            return refuse("the ath of the DPoP proof is not the hash of the access token");
        }
        let Some(made) = seconds(&self.claims.iat) else {
            return refuse("the iat of the DPoP proof is no time");
        };
        if made > now.seconds() + MAX_AHEAD_SECONDS {
            return refuse("the iat of the DPoP proof is in the future: set the clock");
        }
        match nonce {
            Nonce::Bad => Err(ProofRefusal::NeedsNonce),
            // RFC 9449 §11.1: the time that we wrote into the nonce counts, not the client's clock.
            Nonce::Good(end) => Ok(end),
            Nonce::Absent if made < now.seconds() - MAX_AGE_SECONDS => {
                refuse("the iat of the DPoP proof is more than a minute ago: make a new one for each request")
            }
            Nonce::Absent => Ok(UnixTime::from_seconds(made + MAX_AGE_SECONDS + 1)),
        }
    }

    /// What makes it the same proof, for the key of this thumbprint (RFC 9449 §11.1: in the context of the target URI).
    /// Not its text: whoever has one ECDSA signature can write down a second one.
    pub fn identity<'s>(&'s self, thumbprint: &'s str, target: &Target<'s>) -> [&'s str; 4] {
        [thumbprint, target.method, target.uri, &self.claims.jti]
    }
}

/// RFC 7519 §2: a NumericDate may have a fraction.
fn seconds(number: &serde_json::Number) -> Option<i64> {
    let most = 1_000_000_000_000_i64;
    let whole = number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.abs() < 1e12)?;
        // Within 10^12: nothing is lost but the fraction.
        format!("{:.0}", float.floor()).parse().ok()
    })?;
    (-most..=most).contains(&whole).then_some(whole)
}

/// An http or https URI without query and fragment, normalised by syntax and scheme (RFC 9449 §4.3; RFC 3986 §6.2.2,
/// §6.2.3). `None` for anything else, and for one with a user.
pub fn normal_uri(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = normal_escapes(url.path());
    Some(format!("{}{path}", url.origin().ascii_serialization()))
}

/// RFC 3986 §6.2.2.1 and §6.2.2.2: escapes in upper case, and none where none is needed.
fn normal_escapes(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        normal.push_str(before);
        let hex = after.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let escaped = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (escaped, after.get(2..)) {
            (Some(byte), Some(behind)) => {
                let plain = char::from(byte);
                if plain.is_ascii_alphanumeric() || matches!(plain, '-' | '.' | '_' | '~') {
                    normal.push(plain);
                } else {
                    normal.push_str(&format!("%{byte:02X}"));
                }
                rest = behind;
            }
            // No escape: the character itself.
            _ => {
                normal.push_str("%25");
                rest = after;
            }
        }
    }
    normal.push_str(rest);
    normal
}

/// Reads the `dpop_jkt` parameter of an authorization request (RFC 9449 §10).
///
/// # Errors
/// `invalid_request` for what can be no SHA-256 thumbprint.
pub fn parse_jkt(text: Option<&str>) -> Result<Option<String>, OAuthError> {
    let Some(text) = text else { return Ok(None) };
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.len() == 32 => Ok(Some(text.to_owned())),
        _ => {
            let error = "dpop_jkt must be a SHA-256 thumbprint in base64url (RFC 9449 section 10)";
            Err(OAuthError::new(ErrorCode::InvalidRequest, error))
        }
    }
}

/// Binds an authorization request to the key that was proved when it was pushed, as if the client had said `dpop_jkt`
/// (RFC 9449 §10.1).
///
/// # Errors
/// `invalid_dpop_proof` if it said another key.
pub fn bind(parameters: &mut Parameters, thumbprint: &str) -> Result<(), OAuthError> {
    match parameters.get("dpop_jkt") {
        Some(named) if named == thumbprint => Ok(()),
        Some(_) => {
            let text = "dpop_jkt is not the thumbprint of the DPoP proof's key";
            Err(OAuthError::new(ErrorCode::InvalidDpopProof, text))
        }
        None => {
            // One without a value is none (RFC 6749 §3.1).
            *parameters = parameters.without(&["dpop_jkt"]);
            Ok(parameters.add("dpop_jkt", thumbprint)?)
        }
    }
}

/// Whether what is bound to a key may be used by whoever proved to have the key `presented` (RFC 9449 §5, §10).
///
/// # Errors
/// `invalid_grant` for another key, and for none.
pub fn check_binding(bound: Option<&str>, presented: Option<&str>) -> Result<(), OAuthError> {
    if bound.is_none() || bound == presented {
        return Ok(());
    }
    let text = "this was issued for another DPoP key: send a proof that is signed by that key";
    Err(OAuthError::new(ErrorCode::InvalidGrant, text))
}

/// Whether the header uses the DPoP scheme at all, well-formed or not.
pub fn is_dpop(authorization: &str) -> bool {
    bearer::scheme(authorization).eq_ignore_ascii_case("dpop")
}

/// The token of a well-formed `Authorization: DPoP` (RFC 9449 §7.1).
pub fn token(authorization: &str) -> Option<&str> {
    bearer::token_after("dpop", authorization)
}

/// The value of `WWW-Authenticate` (RFC 9449 §7.1), with the attributes of [`bearer::challenge`].
pub fn challenge(
    realm: &str,
    error: Option<(&str, &str)>,
    scope: Option<&str>,
    resource_metadata: Option<&str>,
) -> String {
    let attributes = bearer::attributes(realm, error, scope, resource_metadata);
    format!("DPoP {attributes}, algs=\"{}\"", ALGORITHMS.join(" "))
}

#[cfg(test)]
mod tests;
