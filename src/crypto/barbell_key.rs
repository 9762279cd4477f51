//! Barbell keys: 16 base62 characters that count only beside their owner's name (contract §2).

use uuid::Uuid;
use zeroize::Zeroizing;

use super::opaque_token::{TokenDigest, TokenKey};
use super::random;

const LENGTH: usize = 16;

/// A key as its holder knows it, 95 bits. No `Debug`, wiped when dropped.
pub struct BarbellKey(Zeroizing<String>);

impl BarbellKey {
    /// Draws a new key.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::base62(LENGTH)))
    }

    /// Takes a presented key; one of another shape is digested like any other and matches nothing.
    pub fn presented(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Enough of it to recognise it by: its last 4 characters, which leave 71 bits to guess.
    pub fn hint(&self) -> String {
        format!("...{}", self.0.len().checked_sub(4).and_then(|at| self.0.get(at..)).unwrap_or_default())
    }

    /// Whether it has the form of a key.
    pub fn is_well_formed(&self) -> bool {
        self.0.len() == LENGTH && self.0.bytes().all(|b| b.is_ascii_alphanumeric())
    }

    /// The key itself: for the answer that hands it out, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The digest under which the key of `owner` is stored: it survives a change of the owner's name.
    pub fn digest(&self, key: &TokenKey, owner: Uuid) -> TokenDigest {
        key.digest_parts(&[b"x-api-auth", owner.as_bytes(), self.0.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::master_key::MasterKey;
    use super::*;

    #[test]
    fn contract_2_a_barbell_key_is_16_base62_characters_of_its_owner() {
        let (made, key) = (BarbellKey::generate(), TokenKey::new(&MasterKey::generate()));
        assert!(made.expose().len() == 16 && made.expose().bytes().all(|b| b.is_ascii_alphanumeric()));
        let (alice, bob) = (random::id(), random::id());
        let again = BarbellKey::presented(made.expose());
        assert!(made.digest(&key, alice).matches(&again.digest(&key, alice)));
        assert!(!made.digest(&key, alice).matches(&again.digest(&key, bob)));
    }
}
