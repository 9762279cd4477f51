//! Nonces for DPoP proofs (RFC 9449 §8, §9): a minute and an HMAC over it, so that every node knows its neighbours' and
//! nothing is stored.

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master_key::{DerivedKey, MasterKey, Purpose};
use crate::clock::UnixTime;

/// Seconds for which one nonce is given out.
const STEP: i64 = 60;
/// Seconds for which it is accepted, from the beginning of its minute.
pub const LIFETIME_SECONDS: i64 = 300;
const MAC_BYTES: usize = 16;

/// The key that makes nonces.
#[derive(Clone)]
pub struct NonceKey(DerivedKey);

impl NonceKey {
    /// The nonce key of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::DpopNonces))
    }

    /// The nonce of this minute. Only `[A-Za-z0-9_-]` (RFC 9449 §8.1).
    pub fn issue(&self, now: UnixTime) -> String {
        self.of(now.seconds().div_euclid(STEP))
    }

    /// When a nonce ends; `None` if it is not ours, or over. One of the minute to come is another node's, whose clock is
    /// ahead.
    pub fn accepts(&self, nonce: &str, now: UnixTime) -> Option<UnixTime> {
        let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
        let (minute, _) = bytes.split_first_chunk::<8>()?;
        let minute = i64::from_be_bytes(*minute);
        let current = now.seconds().div_euclid(STEP);
        let ours =
            constant_time::verify_slices_are_equal(self.of(minute).as_bytes(), nonce.as_bytes()).is_ok();
        let end = UnixTime::from_seconds(minute.checked_mul(STEP)?.checked_add(LIFETIME_SECONDS)?);
        (ours && minute <= current + 1 && now < end).then_some(end)
    }

    fn of(&self, minute: i64) -> String {
        let minute = minute.to_be_bytes();
        let mac = self.0.mac(&[&minute]);
        URL_SAFE_NO_PAD.encode([&minute, mac.get(..MAC_BYTES).unwrap_or(&mac)].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    #[test]
    fn rfc9449_8_a_nonce_is_good_for_five_minutes_on_every_node() {
        let key = NonceKey::new(&MasterKey::generate());
        let nonce = key.issue(NOW);
        assert_eq!(key.issue(NOW.plus_seconds(59)), nonce);
        assert_ne!(key.issue(NOW.plus_seconds(60)), nonce);
        for (after, good) in [(-61, false), (-60, true), (0, true), (299, true), (300, false), (9999, false)]
        {
            assert_eq!(key.accepts(&nonce, NOW.plus_seconds(after)).is_some(), good, "{after}");
        }
        assert_eq!(key.accepts(&nonce, NOW), Some(NOW.plus_seconds(300)));
        assert_eq!(NonceKey::new(&MasterKey::generate()).accepts(&nonce, NOW), None);
    }

    #[test]
    fn rfc9449_8_1_a_nonce_has_only_characters_of_a_nonce() {
        let nonce = NonceKey::new(&MasterKey::generate()).issue(NOW);
        assert!(nonce.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
    }

    proptest! {
        #[test]
        fn rfc9449_8_nobody_makes_a_nonce(text in "[A-Za-z0-9_-]{0,40}|\\PC{0,20}", at in 0..32usize, other in "[A-Za-z0-9_-]") {
            let key = NonceKey::new(&MasterKey::generate());
            prop_assert_eq!(key.accepts(&text, NOW), None);
            let nonce = key.issue(NOW);
            let mut altered = nonce.clone();
            altered.replace_range(at..=at, &other);
            prop_assert!(altered == nonce || key.accepts(&altered, NOW).is_none());
        }
    }
}
