//! The master key and the keys derived from it: 32 bytes kept beside, never inside, the database (contract §14).

use aws_lc_rs::{hkdf, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::{Zeroize, Zeroizing};

use super::{CryptoError, random};

/// What a derived key is for; two purposes never share a key (security §4.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Seals private signing keys.
    SigningKeys,
    /// Digests opaque tokens, codes and client secrets.
    Tokens,
    /// Seals argon2 hashes.
    Passwords,
    /// Authenticates hidden form fields.
    Forms,
    /// Authenticates what a request is marked with on its way through the pages.
    RequestMarks,
    /// Digests the names under which failed logins are counted.
    Throttle,
    /// Seals the secrets of API keys that may be revealed.
    RevealableKeys,
    /// Seals mails that wait to be sent.
    Mails,
    /// Makes nonces for DPoP proofs.
    DpopNonces,
    /// Makes the names by which clients know people and sessions.
    Subjects,
    /// Seals the known value that tells a wrong master key.
    Canary,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::SigningKeys => b"portcullis/v1/wrap/signing",
            Self::Tokens => b"portcullis/v1/mac/token",
            Self::Passwords => b"portcullis/v1/pepper/password",
            Self::Forms => b"portcullis/v1/mac/csrf",
            Self::RequestMarks => b"portcullis/v1/mac/request",
            Self::Throttle => b"portcullis/v1/mac/throttle",
            Self::RevealableKeys => b"portcullis/v1/wrap/api-key",
            Self::Mails => b"portcullis/v1/wrap/mail",
            Self::DpopNonces => b"portcullis/v1/mac/dpop-nonce",
            Self::Subjects => b"portcullis/v1/mac/subject",
            Self::Canary => b"portcullis/v1/canary",
        }
    }
}

/// The 32 bytes everything else is derived from. No `Debug`, wiped when dropped.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// A 32-byte key derived for one purpose. No `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct DerivedKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Draws a new key.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Reads the key file's text: one line of base64 that stands for exactly 32 bytes.
    pub fn from_text(text: &str) -> Result<Self, CryptoError> {
        let mut decoded = STANDARD
            .decode(text.trim())
            .map_err(|_| CryptoError("the master key file does not hold one line of base64"))?;
        let key = <[u8; 32]>::try_from(decoded.as_slice())
            .map_err(|_| CryptoError("the master key must be exactly 32 bytes in base64"));
        decoded.zeroize();
        Ok(Self(Zeroizing::new(key?)))
    }

    /// The text to write to the key file.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", STANDARD.encode(self.0.as_slice())))
    }

    /// The key for one purpose: HKDF-SHA256 (RFC 5869) with the purpose's label as `info`.
    pub fn derive(&self, purpose: Purpose) -> DerivedKey {
        derive(self.0.as_slice(), purpose.label())
    }
}

impl DerivedKey {
    /// A key derived from a secret that only its holder knows, for instance a parent refresh token.
    pub fn from_secret(secret: &[u8], label: &'static [u8]) -> Self {
        derive(secret, label)
    }

    /// The raw bytes, for this folder only.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// [`Self::mac`] in base64url: 43 characters.
    pub fn mac_text(&self, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(parts))
    }

    /// HMAC-SHA-256 over `parts`, each preceded by its length so that no two lists collide.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0u8; 32];
        for (slot, byte) in out.iter_mut().zip(context.sign().as_ref()) {
            *slot = *byte;
        }
        out
    }
}

#[expect(clippy::panic, reason = "HKDF fails only for outputs over 8160 bytes")]
fn derive(secret: &[u8], label: &[u8]) -> DerivedKey {
    let mut out = Zeroizing::new([0u8; 32]);
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"").extract(secret);
    let filled = prk.expand(&[label], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(out.as_mut_slice()));
    if filled.is_err() {
        panic!("HKDF-SHA256 refused to make 32 bytes");
    }
    DerivedKey(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips_and_refuses_anything_else() {
        let key = MasterKey::generate();
        let again = MasterKey::from_text(&key.to_text()).unwrap();
        assert_eq!(again.0.as_slice(), key.0.as_slice());
        assert!(MasterKey::from_text("not base64!").is_err());
        assert!(MasterKey::from_text("c2hvcnQ=").is_err());
    }

    #[test]
    fn purposes_never_share_a_key() {
        let key = MasterKey::generate();
        assert_ne!(key.derive(Purpose::Tokens).bytes(), key.derive(Purpose::Forms).bytes());
    }

    #[test]
    fn mac_separates_its_parts() {
        let key = MasterKey::generate().derive(Purpose::Tokens);
        assert_ne!(key.mac(&[b"ab", b"c"]), key.mac(&[b"a", b"bc"]));
    }
}
