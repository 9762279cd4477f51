//! Signing keys: made on first start, sealed at rest, published as a JWK Set (RFC 7517), named by thumbprint (RFC 7638).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType,
    Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, RSAKeyParameters,
    RSAKeyType, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, Header};

use super::CryptoError;
use super::master_key::{DerivedKey, MasterKey, Purpose};
use super::parsed_key::{self, ParsedSigner, ParsedVerifier};
use super::sealed;

const BROKEN: CryptoError = CryptoError("a stored signing key cannot be read");

/// The algorithms a key may sign with (RFC 7518 §3.1, RFC 8037 §3.1; contract §2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256: the default for access tokens.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA PKCS#1 v1.5 with SHA-256: the default for ID tokens.
    Rs256,
    /// RSA-PSS with SHA-256.
    Ps256,
}

impl SigningAlgorithm {
    /// Every one of them: an installation has keys of each.
    pub const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Rs256, Self::Ps256];

    /// The registered `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    /// Reads an `alg` value.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == text)
    }

    const fn jwa(self) -> (Algorithm, KeyAlgorithm) {
        match self {
            Self::Es256 => (Algorithm::ES256, KeyAlgorithm::ES256),
            Self::EdDsa => (Algorithm::EdDSA, KeyAlgorithm::EdDSA),
            Self::Rs256 => (Algorithm::RS256, KeyAlgorithm::RS256),
            Self::Ps256 => (Algorithm::PS256, KeyAlgorithm::PS256),
        }
    }
}

/// The key that seals private keys.
#[derive(Clone)]
pub struct SealingKey(DerivedKey);

impl SealingKey {
    /// The sealing key of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::SigningKeys))
    }
}

/// A key pair in use. No `Debug`.
pub struct SigningKey {
    kid: String,
    algorithm: SigningAlgorithm,
    jwk: Jwk,
    pub(super) signer: ParsedSigner,
    pub(super) verifier: ParsedVerifier,
}

/// A key as stored: everything public in clear, the private half sealed and bound to its `kid`.
#[derive(Clone)]
pub struct StoredSigningKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// The registered `alg` value.
    pub algorithm: SigningAlgorithm,
    /// PKCS#8, sealed.
    pub sealed_private_key: Vec<u8>,
}

impl SigningKey {
    /// Makes a key pair and what to store of it.
    pub fn generate(
        algorithm: SigningAlgorithm,
        sealing: &SealingKey,
    ) -> Result<(Self, StoredSigningKey), CryptoError> {
        let der = parsed_key::generate(algorithm.jwa().0)?;
        let key = Self::from_pkcs8(algorithm, &der)?;
        let sealed_private_key = sealed::seal(&sealing.0, &place(&key.kid), &der)?;
        let stored = StoredSigningKey { kid: key.kid.clone(), algorithm, sealed_private_key };
        Ok((key, stored))
    }

    /// Opens and parses a stored key.
    pub fn open(stored: &StoredSigningKey, sealing: &SealingKey) -> Result<Self, CryptoError> {
        let der = sealed::open(&sealing.0, &place(&stored.kid), &stored.sealed_private_key)?;
        let key = Self::from_pkcs8(stored.algorithm, &der)?;
        if key.kid == stored.kid { Ok(key) } else { Err(BROKEN) }
    }

    fn from_pkcs8(algorithm: SigningAlgorithm, der: &[u8]) -> Result<Self, CryptoError> {
        let (jwa, key_algorithm) = algorithm.jwa();
        let signer = ParsedSigner::from_pkcs8(jwa, der)?;
        let verifier = signer.verifier()?;
        let mut jwk = Jwk {
            common: CommonParameters {
                public_key_use: Some(PublicKeyUse::Signature),
                key_algorithm: Some(key_algorithm),
                ..CommonParameters::default()
            },
            algorithm: public_parameters(algorithm, &signer.public_bytes())?,
        };
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| BROKEN)?;
        jwk.common.key_id = Some(kid.clone());
        Ok(Self { kid, algorithm, jwk, signer, verifier })
    }

    /// RFC 7638 SHA-256 thumbprint, base64url.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The base64url text of the JOSE header it writes for tokens of type `typ` (RFC 7515 §4.1.9).
    pub(super) fn header(&self, typ: &str) -> Result<String, CryptoError> {
        let mut header = Header::new(self.algorithm.jwa().0);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        let json = serde_json::to_vec(&header).map_err(|_| BROKEN)?;
        Ok(URL_SAFE_NO_PAD.encode(json))
    }
}

/// The JWK Set to publish: public members only (RFC 7517 §5).
pub fn jwk_set<'a>(keys: impl Iterator<Item = &'a SigningKey>) -> Result<String, CryptoError> {
    serde_json::to_string(&JwkSet { keys: keys.map(|k| k.jwk.clone()).collect() }).map_err(|_| BROKEN)
}

fn public_parameters(algorithm: SigningAlgorithm, public: &[u8]) -> Result<AlgorithmParameters, CryptoError> {
    let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match algorithm {
        SigningAlgorithm::Es256 => {
            // SEC 1 §2.3.3: 0x04 ‖ x ‖ y, 32 bytes each.
            let (x, y) = public
                .strip_prefix(&[4])
                .filter(|point| point.len() == 64)
                .and_then(|point| point.split_at_checked(32))
                .ok_or(BROKEN)?;
            Ok(AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                key_type: EllipticCurveKeyType::EC,
                curve: EllipticCurve::P256,
                x: b64(x),
                y: b64(y),
            }))
        }
        SigningAlgorithm::EdDsa => Ok(AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: b64(public),
        })),
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            let key = aws_lc_rs::rsa::PublicKey::from_der(public).map_err(|_| BROKEN)?;
            Ok(AlgorithmParameters::RSA(RSAKeyParameters {
                key_type: RSAKeyType::RSA,
                n: b64(key.modulus().big_endian_without_leading_zero()),
                e: b64(key.exponent().big_endian_without_leading_zero()),
            }))
        }
    }
}

fn place(kid: &str) -> Vec<u8> {
    format!("signing_key/private/{kid}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_stored_sealed_and_opens_again() {
        let sealing = SealingKey::new(&MasterKey::generate());
        for algorithm in SigningAlgorithm::ALL {
            let (key, stored) = SigningKey::generate(algorithm, &sealing).unwrap();
            assert_eq!(SigningKey::open(&stored, &sealing).unwrap().kid(), key.kid());
            let other = SealingKey::new(&MasterKey::generate());
            assert!(SigningKey::open(&stored, &other).is_err());
        }
    }

    #[test]
    fn rfc7517_the_published_set_has_no_private_member() {
        let sealing = SealingKey::new(&MasterKey::generate());
        let (ec, _) = SigningKey::generate(SigningAlgorithm::Es256, &sealing).unwrap();
        let (rsa, _) = SigningKey::generate(SigningAlgorithm::Rs256, &sealing).unwrap();
        let set: serde_json::Value =
            serde_json::from_str(&jwk_set([&ec, &rsa].into_iter()).unwrap()).unwrap();
        for key in set["keys"].as_array().unwrap() {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(private).is_none());
            }
            assert_eq!(key["use"], "sig");
        }
    }

    #[test]
    fn rfc7638_3_a_key_is_named_by_the_digest_of_its_required_members() {
        use aws_lc_rs::digest::{SHA256, digest};
        use base64::Engine;
        let sealing = SealingKey::new(&MasterKey::generate());
        for (algorithm, required) in [
            (SigningAlgorithm::Es256, vec!["crv", "kty", "x", "y"]),
            (SigningAlgorithm::EdDsa, vec!["crv", "kty", "x"]),
            (SigningAlgorithm::Rs256, vec!["e", "kty", "n"]),
        ] {
            let (key, _) = SigningKey::generate(algorithm, &sealing).unwrap();
            let set: serde_json::Value =
                serde_json::from_str(&jwk_set(std::iter::once(&key)).unwrap()).unwrap();
            // In the order of their names and without white space (RFC 7638 §3.3).
            let members: Vec<String> =
                required.iter().map(|name| format!("\"{name}\":{}", set["keys"][0][name])).collect();
            let hash = digest(&SHA256, format!("{{{}}}", members.join(",")).as_bytes());
            let name = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash);
            assert_eq!((key.kid(), &set["keys"][0]["kid"]), (name.as_str(), &name.clone().into()));
        }
    }
}
