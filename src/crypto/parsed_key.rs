//! Signing keys parsed once: `jsonwebtoken`'s signer and verifier traits over parsed aws-lc-rs keys.
//!
//! The library's own signers parse the key at every call, which costs more than the signature
//! itself (RS256: 1,455 µs against 420; `docs/decisions/0006-*.md`).

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::Pkcs8V1Der;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self as aws, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey, RsaKeyPair, UnparsedPublicKey,
};
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::{JwtSigner, JwtVerifier};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use zeroize::Zeroizing;

use super::CryptoError;

const BROKEN: CryptoError = CryptoError("a stored signing key cannot be read");

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// A private key, parsed, with the one algorithm it signs with.
pub(super) struct ParsedSigner {
    pair: Pair,
    algorithm: Algorithm,
}

/// The public half, parsed, with the one algorithm it verifies.
pub(super) struct ParsedVerifier {
    key: ParsedPublicKey,
    algorithm: Algorithm,
}

/// Makes a new private key for `algorithm`, as PKCS#8 DER (RFC 5208). RSA keys have 2048 bits.
pub(super) fn generate(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let failed = |_| CryptoError("the cryptographic library could not make a key");
    let rng = SystemRandom::new();
    let der = match algorithm {
        Algorithm::ES256 => EcdsaKeyPair::generate_pkcs8(&aws::ECDSA_P256_SHA256_FIXED_SIGNING, &rng)
            .map_err(failed)?
            .as_ref()
            .to_vec(),
        Algorithm::EdDSA => Ed25519KeyPair::generate_pkcs8v1(&rng).map_err(failed)?.as_ref().to_vec(),
        Algorithm::RS256 | Algorithm::PS256 => {
            let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).map_err(failed)?.as_ref().to_vec()
        }
        _ => return Err(BROKEN),
    };
    Ok(Zeroizing::new(der))
}

impl ParsedSigner {
    /// Parses a PKCS#8 private key.
    pub(super) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, CryptoError> {
        let pair = match algorithm {
            Algorithm::ES256 => Pair::Ecdsa(
                EcdsaKeyPair::from_pkcs8(&aws::ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| BROKEN)?,
            ),
            Algorithm::EdDSA => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(der).map_err(|_| BROKEN)?),
            Algorithm::RS256 | Algorithm::PS256 => {
                Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(der).map_err(|_| BROKEN)?))
            }
            _ => return Err(BROKEN),
        };
        Ok(Self { pair, algorithm })
    }

    /// The public half: an EC point, an Ed25519 key, or an RSA key as PKCS#1 DER.
    pub(super) fn public_bytes(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// The matching verifier.
    pub(super) fn verifier(&self) -> Result<ParsedVerifier, CryptoError> {
        let scheme: &'static dyn aws::VerificationAlgorithm = match self.algorithm {
            Algorithm::ES256 => &aws::ECDSA_P256_SHA256_FIXED,
            Algorithm::EdDSA => &aws::ED25519,
            Algorithm::RS256 => &aws::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::PS256 => &aws::RSA_PSS_2048_8192_SHA256,
            _ => return Err(BROKEN),
        };
        let key = UnparsedPublicKey::new(scheme, self.public_bytes()).parse().map_err(|_| BROKEN)?;
        Ok(ParsedVerifier { key, algorithm: self.algorithm })
    }
}

impl Signer<Vec<u8>> for ParsedSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let rng = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => {
                pair.sign(&rng, message).map(|s| s.as_ref().to_vec()).map_err(Error::from_source)
            }
            Pair::Ed25519(pair) => {
                pair.try_sign(message).map(|s| s.as_ref().to_vec()).map_err(|_| Error::new())
            }
            Pair::Rsa(pair) => {
                let scheme: &'static dyn aws::RsaEncoding = match self.algorithm {
                    Algorithm::PS256 => &aws::RSA_PSS_SHA256,
                    _ => &aws::RSA_PKCS1_SHA256,
                };
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(scheme, &rng, message, &mut out).map_err(Error::from_source)?;
                Ok(out)
            }
        }
    }
}

impl JwtSigner for ParsedSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Verifier<Vec<u8>> for ParsedVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        self.key.verify_sig(message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for ParsedVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
