//! Opaque tokens: made here, shown once, stored only as digests (contract §2).
//!
//! A token is a type's prefix, 32 random base62 characters (190 bits; an API key: 23, 137 bits) and the base62 CRC32
//! of those: a mistyped or foreign string is refused without a query. [`PlainToken`] and [`TokenDigest`] are different
//! types, so that storing a plaintext does not compile.

use std::collections::BTreeSet;

use aws_lc_rs::constant_time;
use zeroize::Zeroizing;

use super::master_key::{DerivedKey, MasterKey, Purpose};
use super::random;

const CHECKSUM_LENGTH: usize = 6;
/// What a client secret of another form than ours must have: as many characters, and not one again and again.
const BROUGHT_LEAST: usize = 32;
const BROUGHT_MOST: usize = 256;
const BROUGHT_DIFFERENT: usize = 8;

/// Makes [`TokenType`], so that none can be left out of [`TokenType::ALL`].
macro_rules! token_types {
    ($($(#[$about:meta])* $name:ident = $prefix:literal,)*) => {
        /// What an opaque token is; none can be used as another (contract §2.4).
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum TokenType {
            $($(#[$about])* #[doc = concat!("Begins with `", $prefix, "`.")] $name,)*
        }

        impl TokenType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What a token of this type starts with.
            pub const fn prefix(self) -> &'static str {
                match self {
                    $(Self::$name => $prefix,)*
                }
            }
        }
    };
}

token_types! {
    /// Refresh token (RFC 6749 §1.5).
    RefreshToken = "prt_",
    /// Authorization code (RFC 6749 §1.3.1).
    AuthorizationCode = "pac_",
    /// The end of a pushed request's URI (RFC 9126 §2.2).
    PushedRequest = "par_",
    /// Device code (RFC 8628 §3.2).
    DeviceCode = "pdc_",
    /// Client secret (RFC 6749 §2.3.1).
    ClientSecret = "pcs_",
    /// The cookie of a signed-in browser.
    Session = "pss_",
    /// The one-time link of the first administrator (contract §14).
    SetupLink = "psl_",
    /// A link that a person opens once, for instance to set a new password.
    AccountLink = "pal_",
    /// Initial access token, by which a client may be registered (RFC 7591 §1.2).
    InitialAccessToken = "pia_",
    /// Registration access token, by which a client manages what it registered (RFC 7592 §3).
    RegistrationAccessToken = "pra_",
    /// API key, 32 characters in all (contract §2).
    ApiKey = "sk_",
}

impl TokenType {
    const fn random_length(self) -> usize {
        match self {
            Self::ApiKey => 23,
            _ => 32,
        }
    }
}

/// A token as its holder knows it. No `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct PlainToken {
    kind: TokenType,
    text: Zeroizing<String>,
}

/// HMAC-SHA-256 of a token under the server's token key: all that storage ever sees.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

/// The key under which tokens are digested.
#[derive(Clone)]
pub struct TokenKey(DerivedKey);

impl PlainToken {
    /// Draws a new token.
    pub fn generate(kind: TokenType) -> Self {
        let random = random::base62(kind.random_length());
        let checksum = checksum(&random);
        Self { kind, text: Zeroizing::new(format!("{}{random}{checksum}", kind.prefix())) }
    }

    /// Reads a presented token; `None` if prefix, length, alphabet or checksum is wrong.
    pub fn parse(kind: TokenType, presented: &str) -> Option<Self> {
        let body = presented.strip_prefix(kind.prefix())?;
        let (random, sum) = body.split_at_checked(kind.random_length())?;
        let well_formed = sum.len() == CHECKSUM_LENGTH
            && random.bytes().all(|b| b.is_ascii_alphanumeric())
            && checksum(random) == sum;
        well_formed.then(|| Self { kind, text: Zeroizing::new(presented.to_owned()) })
    }

    /// Reads a presented client secret: one of ours, or one of another form that an operator brought: 32 to 256 visible ASCII
    /// characters (RFC 6749 appendix A.2), 8 different ones at least. What begins like ours and is none of them is neither.
    pub fn client_secret(presented: &str) -> Option<Self> {
        let kind = TokenType::ClientSecret;
        if presented.starts_with(kind.prefix()) {
            return Self::parse(kind, presented);
        }
        let different: BTreeSet<u8> = presented.bytes().collect();
        let is_secret = (BROUGHT_LEAST..=BROUGHT_MOST).contains(&presented.len())
            && presented.bytes().all(|byte| byte.is_ascii_graphic())
            && different.len() >= BROUGHT_DIFFERENT;
        is_secret.then(|| Self { kind, text: Zeroizing::new(presented.to_owned()) })
    }

    /// Enough of it to recognise it by: its first 3 and last 6 characters (contract §2).
    pub fn hint(&self) -> String {
        let (head, tail) =
            (self.text.get(..3), self.text.len().checked_sub(6).and_then(|at| self.text.get(at..)));
        format!("{}...{}", head.unwrap_or_default(), tail.unwrap_or_default())
    }

    /// The token itself: for the answer that hands it out, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl TokenKey {
    /// The token key of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::Tokens))
    }

    /// The digest under which `token` is stored, labelled with its type.
    pub fn digest(&self, token: &PlainToken) -> TokenDigest {
        self.digest_parts(&[token.kind.prefix().as_bytes(), token.text.as_bytes()])
    }

    /// The digest of what a person types for a device (RFC 8628 §3.3): short, so without the key it could be guessed.
    pub fn digest_user_code(&self, letters: &str) -> TokenDigest {
        self.digest_parts(&[b"user code", letters.as_bytes()])
    }

    /// The digest of a secret of another form; the first part is its label.
    pub(super) fn digest_parts(&self, parts: &[&[u8]]) -> TokenDigest {
        TokenDigest(self.0.mac(parts))
    }
}

impl TokenDigest {
    /// From the 32 bytes of a stored digest; `None` for any other length.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(Self)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Equality in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

fn checksum(random: &str) -> String {
    random::to_base62(crc32fast::hash(random.as_bytes()), CHECKSUM_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contract_2_a_token_of_one_type_is_refused_as_any_other() {
        for &made in TokenType::ALL {
            let token = PlainToken::generate(made);
            for &asked in TokenType::ALL {
                assert_eq!(PlainToken::parse(asked, token.expose()).is_some(), made == asked);
            }
        }
    }

    #[test]
    fn contract_2_one_wrong_character_fails_the_checksum() {
        let token = PlainToken::generate(TokenType::RefreshToken);
        for i in 0..token.expose().len() {
            let mut bytes = token.expose().as_bytes().to_vec();
            bytes[i] = if bytes[i] == b'x' { b'y' } else { b'x' };
            let altered = String::from_utf8(bytes).unwrap();
            assert!(PlainToken::parse(TokenType::RefreshToken, &altered).is_none());
        }
    }

    #[test]
    fn contract_2_an_api_key_is_exactly_32_characters_and_its_crc32_is_of_the_23_random_ones() {
        let key = PlainToken::generate(TokenType::ApiKey);
        assert_eq!(key.expose().len(), 32);
        let (random, sum) = key.expose().strip_prefix("sk_").unwrap().split_at(23);
        assert_eq!(random::to_base62(crc32fast::hash(random.as_bytes()), 6), sum);
        assert_eq!(key.hint(), format!("sk_...{sum}"));
        // Computed with another implementation of CRC-32.
        for known in ["sk_000000000000000000000001IlroG", "sk_abcdefghijklmnopqrstuvw12f1JK"] {
            assert!(PlainToken::parse(TokenType::ApiKey, known).is_some());
        }
        assert!(PlainToken::parse(TokenType::ApiKey, "sk_abcdefghijklmnopqrstuvw12f1JL").is_none());
    }

    #[test]
    fn rfc6749_appendix_a_2_a_secret_that_was_brought_is_visible_ascii_and_long() {
        let (ours, long) = (PlainToken::generate(TokenType::ClientSecret), "0123456789abcdef".repeat(16));
        let mistyped = format!("{}x", ours.expose());
        for (text, good) in [
            (ours.expose(), true),
            ("0123456789abcdef0123456789abcdef", true),
            ("+/=:&%'0123456789abcdef012345678", true),
            (long.as_str(), true),
            ("0123456789abcdef0123456789abcde", false),
            (&format!("{long}0"), false),
            ("changemechangemechangemechangeme", false),
            ("0123456789abcdef 0123456789abcdef", false),
            ("0123456789abcdef0123456789abcde\u{e9}", false),
            (mistyped.as_str(), false),
            ("pcs_0123456789abcdef0123456789abcdef", false),
            ("", false),
        ] {
            assert_eq!(PlainToken::client_secret(text).is_some(), good, "{text}");
        }
    }

    #[test]
    fn digests_differ_by_key_and_are_stable() {
        let token = PlainToken::generate(TokenType::Session);
        let key = TokenKey::new(&MasterKey::generate());
        assert!(key.digest(&token).matches(&key.digest(&token)));
        assert!(!key.digest(&token).matches(&TokenKey::new(&MasterKey::generate()).digest(&token)));
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in ".*") {
            for &kind in TokenType::ALL {
                prop_assert!(PlainToken::parse(kind, &text).is_none());
            }
        }
    }
}
