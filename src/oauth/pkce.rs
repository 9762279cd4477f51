//! Proof Key for Code Exchange: RFC 7636, S256 only (RFC 9700 §2.1.1, contract §5).

use super::error::{ErrorCode, OAuthError};

/// An S256 challenge: 43 base64url characters, the SHA-256 of the verifier (RFC 7636 §4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads `code_challenge_method` and `code_challenge`; `None` if neither was sent.
    ///
    /// # Errors
    /// `invalid_request` for a method that is not S256 (an absent one means `plain`, RFC 7636 §4.3), for a method
    /// without a challenge, and for a challenge that cannot be a SHA-256 in base64url.
    pub fn parse(method: Option<&str>, challenge: Option<&str>) -> Result<Option<Self>, OAuthError> {
        let refuse = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidRequest, text));
        match (method, challenge) {
            (None, None) => Ok(None),
            (Some(_), None) => refuse("code_challenge_method without code_challenge"),
            (Some("S256"), Some(challenge)) if is_sha256(challenge) => Ok(Some(Self(challenge.to_owned()))),
            (Some("S256"), Some(_)) => {
                refuse("code_challenge must be 43 base64url characters (RFC 7636 section 4.2)")
            }
            (_, Some(_)) => refuse("code_challenge_method must be S256"),
        }
    }

    /// A challenge that was checked when it was stored.
    pub const fn from_stored(challenge: String) -> Self {
        Self(challenge)
    }

    /// The 43 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 32 bytes in unpadded base64url: 43 characters, the last of which carries four bits only.
fn is_sha256(text: &str) -> bool {
    text.len() == 43
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && text.ends_with(|c| "AEIMQUYcgkosw048".contains(c))
}

/// Whether `verifier` is 43 to 128 unreserved characters (RFC 7636 §4.1).
pub fn valid_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 7636 appendix B.
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn check(method: Option<&str>, challenge: Option<&str>) -> Result<bool, ErrorCode> {
        CodeChallenge::parse(method, challenge).map(|c| c.is_some()).map_err(|e| e.code)
    }

    #[test]
    fn rfc7636_appendix_b_challenge_is_accepted() {
        assert_eq!(check(Some("S256"), Some(CHALLENGE)), Ok(true));
        assert!(valid_verifier(VERIFIER));
    }

    #[test]
    fn rfc7636_4_3_absent_method_means_plain_and_is_refused() {
        assert_eq!(check(None, Some(CHALLENGE)), Err(ErrorCode::InvalidRequest));
        assert_eq!(check(Some("plain"), Some(CHALLENGE)), Err(ErrorCode::InvalidRequest));
        assert_eq!(check(Some("s256"), Some(CHALLENGE)), Err(ErrorCode::InvalidRequest));
    }

    #[test]
    fn rfc7636_4_2_challenge_must_be_43_base64url_characters() {
        let long = format!("{CHALLENGE}A");
        let plus = CHALLENGE.replace('-', "+");
        let spare_bits = format!("{}N", CHALLENGE.get(..42).unwrap());
        for bad in ["abc", CHALLENGE.get(..42).unwrap(), &long, &plus, &spare_bits, "\u{e9}"] {
            assert_eq!(check(Some("S256"), Some(bad)), Err(ErrorCode::InvalidRequest), "{bad}");
        }
    }

    #[test]
    fn rfc7636_4_3_nothing_sent_is_no_challenge_and_half_is_refused() {
        assert_eq!(check(None, None), Ok(false));
        assert_eq!(check(Some("S256"), None), Err(ErrorCode::InvalidRequest));
    }

    #[test]
    fn rfc7636_4_1_verifier_has_43_to_128_unreserved_characters() {
        for (verifier, good) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("-._~".repeat(32), true),
            ("a".repeat(129), false),
            (format!("{}+", "a".repeat(43)), false),
            (format!("{} ", "a".repeat(43)), false),
            ("\u{e9}".repeat(30), false),
        ] {
            assert_eq!(valid_verifier(&verifier), good, "{verifier}");
        }
    }

    proptest! {
        #[test]
        fn challenge_parser_never_panics(method in proptest::option::of("\\PC{0,8}|S256"), challenge in proptest::option::of("\\PC{0,60}")) {
            if let Ok(Some(parsed)) = CodeChallenge::parse(method.as_deref(), challenge.as_deref()) {
                prop_assert_eq!(Some(parsed.as_str()), challenge.as_deref());
                prop_assert_eq!(parsed.as_str().len(), 43);
            }
        }

        #[test]
        fn verifier_check_never_panics(verifier in "\\PC{0,140}") {
            let _ = valid_verifier(&verifier);
        }
    }
}
