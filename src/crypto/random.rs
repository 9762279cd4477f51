//! The only caller of the random number generator: bytes, identifiers and readable secrets.

use aws_lc_rs::rand;
use uuid::{Builder, Uuid};

use crate::clock::UnixTime;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `N` random bytes from the operating system's generator.
///
/// A machine whose generator fails cannot run an authorization server: the process ends.
#[expect(clippy::panic, reason = "no safe way to go on without randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0u8; N];
    if rand::fill(&mut out).is_err() {
        panic!("the system's random number generator failed");
    }
    out
}

/// `length` characters of `0-9A-Za-z`, each drawn evenly (5.95 bits a character).
pub fn base62(length: usize) -> String {
    drawn_from(BASE62, length)
}

/// `length` characters of `alphabet`, each drawn evenly.
pub fn drawn_from<const N: usize>(alphabet: &[u8; N], length: usize) -> String {
    // The largest multiple of N that a byte can be below: larger values would favour the first characters.
    let even = 256 - 256 % N.max(1);
    let mut out = String::with_capacity(length);
    while out.len() < length {
        for byte in bytes::<64>() {
            let byte = usize::from(byte);
            if byte < even
                && out.len() < length
                && let Some(c) = alphabet.get(byte % N.max(1))
            {
                out.push(char::from(*c));
            }
        }
    }
    out
}

/// A fresh identifier: UUIDv7 (RFC 9562 §5.7), so that rows are inserted in order.
#[expect(clippy::disallowed_methods, reason = "the one maker of identifiers")]
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// A fresh identifier that carries `now`: for what is told apart by when it was made, and for what is made by the
/// ten thousand a second, as it costs no system call.
pub fn id_at(now: UnixTime) -> Uuid {
    let millis = now.micros().max(0).unsigned_abs() / 1000;
    Builder::from_unix_timestamp_millis(millis, &bytes::<10>()).into_uuid()
}

/// When an id made by [`id_at`] was made, in milliseconds since 1970; `None` for an id of another kind.
pub fn id_time(id: Uuid) -> Option<i64> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    i64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(i64::from(nanos / 1_000_000))
}

/// `number` in base62, left-padded with `0` to `width` characters (contract §2).
pub fn to_base62(mut number: u32, width: usize) -> String {
    let mut digits = vec![b'0'; width];
    for slot in digits.iter_mut().rev() {
        if let Some(c) = BASE62.get((number % 62) as usize) {
            *slot = *c;
        }
        number /= 62;
    }
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base62_draws_only_its_alphabet_and_never_repeats() {
        let a = base62(64);
        assert_eq!(a.len(), 64);
        assert!(a.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(a, base62(64));
    }

    #[test]
    fn rfc9562_5_7_an_id_carries_its_time() {
        let now = UnixTime::from_micros(1_800_000_000_123_456);
        assert_eq!(id_time(id_at(now)), Some(1_800_000_000_123));
        assert_ne!(id_at(now), id_at(now));
    }

    #[test]
    fn contract_2_numbers_are_left_padded_with_zero() {
        assert_eq!(to_base62(0, 6), "000000");
        assert_eq!(to_base62(61, 6), "00000z");
        assert_eq!(to_base62(u32::MAX, 6), "4gfFC3");
    }
}
