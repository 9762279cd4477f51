//! Encryption at rest: AES-256-GCM-SIV with the place of the value as associated data (security §4.2).
//!
//! A sealed value copied to another row or column does not open.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::master_key::DerivedKey;
use super::{CryptoError, random};

const REFUSED: CryptoError =
    CryptoError("a sealed value does not open: altered, moved, or sealed under another key");

/// Seals `plain` for one `place` (table, row, column). The result is nonce ‖ ciphertext ‖ tag: 28 bytes longer.
pub fn seal(key: &DerivedKey, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let nonce = random::bytes::<NONCE_LEN>();
    let mut text = plain.to_vec();
    aead(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut text)
        .map_err(|_| REFUSED)?;
    let mut out = Vec::with_capacity(NONCE_LEN + text.len());
    out.extend_from_slice(&nonce);
    out.append(&mut text);
    Ok(out)
}

/// Opens what [`seal`] made for the same key and place.
pub fn open(key: &DerivedKey, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(REFUSED)?;
    let mut buffer = Zeroizing::new(text.to_vec());
    let length = aead(key)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), buffer.as_mut_slice())
        .map_err(|_| REFUSED)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

fn aead(key: &DerivedKey) -> Result<LessSafeKey, CryptoError> {
    UnboundKey::new(&AES_256_GCM_SIV, key.bytes()).map(LessSafeKey::new).map_err(|_| REFUSED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::master_key::{MasterKey, Purpose};

    #[test]
    fn opens_only_in_its_place_under_its_key_and_unaltered() {
        let master = MasterKey::generate();
        let key = master.derive(Purpose::SigningKeys);
        let sealed = seal(&key, b"signing_key/1", b"secret").unwrap();
        assert_eq!(open(&key, b"signing_key/1", &sealed).unwrap().as_slice(), b"secret");
        assert!(open(&key, b"signing_key/2", &sealed).is_err());
        assert!(open(&master.derive(Purpose::Passwords), b"signing_key/1", &sealed).is_err());
        for i in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[i] ^= 1;
            assert!(open(&key, b"signing_key/1", &altered).is_err());
        }
        assert!(open(&key, b"signing_key/1", b"short").is_err());
    }
}
