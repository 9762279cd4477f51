//! The only caller of the random number generator: bytes, identifiers and readable secrets.

use aws_lc_rs::rand;
use uuid::Uuid;

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
    let mut out = String::with_capacity(length);
    while out.len() < length {
        for byte in bytes::<64>() {
            // 248 = 4 * 62: larger values would favour the first characters.
            if byte < 248
                && out.len() < length
                && let Some(c) = BASE62.get(usize::from(byte % 62))
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
    fn contract_2_numbers_are_left_padded_with_zero() {
        assert_eq!(to_base62(0, 6), "000000");
        assert_eq!(to_base62(61, 6), "00000z");
        assert_eq!(to_base62(u32::MAX, 6), "4gfFC3");
    }
}
