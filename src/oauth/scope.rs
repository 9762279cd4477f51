//! Scope: RFC 6749 §3.3, and the built-in scopes of contract §2.

use std::fmt;

/// May look at things.
pub const READ: &str = "read";
/// May change things.
pub const WRITE: &str = "write";
/// May administer the server.
pub const ADMIN: &str = "admin";
/// Asks for an ID token (OpenID Connect Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// Name and user name (OpenID Connect Core §5.4).
pub const PROFILE: &str = "profile";
/// E-mail address (OpenID Connect Core §5.4).
pub const EMAIL: &str = "email";
/// A refresh token that outlives the session (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Every built-in scope.
pub const BUILT_IN: [&str; 7] = [READ, WRITE, ADMIN, OPENID, PROFILE, EMAIL, OFFLINE_ACCESS];

/// The scopes discovery lists.
pub const SUPPORTED: [&str; 7] = BUILT_IN;

/// What a scope allows, in words for the person who is asked; `None` if it is not built in.
pub fn describe(token: &str) -> Option<&'static str> {
    match token {
        READ => Some("see your data"),
        WRITE => Some("change your data"),
        ADMIN => Some("administer this server"),
        OPENID => Some("see who you are"),
        PROFILE => Some("see your name"),
        EMAIL => Some("see your e-mail address"),
        OFFLINE_ACCESS => Some("keep this access while you are away"),
        _ => None,
    }
}

/// A set of scope tokens that remembers the order it was written in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope(Vec<String>);

/// A scope string holds a character RFC 6749 §3.3 forbids.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidScope;

impl Scope {
    /// Parses a scope string. The ABNF separates tokens by one space; several, leading and trailing ones are
    /// tolerated. A string without tokens is the empty scope.
    ///
    /// # Errors
    /// [`InvalidScope`] for any character outside `%x20-21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3).
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if !text.bytes().all(|b| b == b' ' || is_token_byte(b)) {
            return Err(InvalidScope);
        }
        Ok(text.split(' ').collect())
    }

    /// The scope that allows nothing.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Whether it allows nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `token` is in it; compared byte for byte (RFC 6749 §3.3: case-sensitive).
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|own| own == token)
    }

    /// Whether every token of this scope is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.iter().all(|token| other.contains(token))
    }

    /// The tokens that are in both, in this scope's order.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|token| other.contains(token)).cloned().collect())
    }

    /// This scope without `token`.
    #[must_use]
    pub fn without(&self, token: &str) -> Self {
        Self(self.0.iter().filter(|own| *own != token).cloned().collect())
    }

    /// What a client gets that may ask for this and asks for nothing: not who the person is, nor access while they are away,
    /// unless that is all it may ask for.
    #[must_use]
    pub fn usual_default(&self) -> Self {
        let asked = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS];
        let rest = asked.iter().fold(self.clone(), |scope, token| scope.without(token));
        if rest.is_empty() { self.clone() } else { rest }
    }

    /// This default scope of a client that may ask for `allowed` now, and for `before` until now: one that was chosen stays, as far
    /// as it may still be asked for.
    #[must_use]
    pub fn as_default_of(&self, allowed: &Self, before: &Self) -> Self {
        let chosen = Some(self).filter(|own| **own != before.usual_default());
        let rest = chosen.map(|own| own.intersect(allowed)).filter(|rest| !rest.is_empty());
        rest.unwrap_or_else(|| allowed.usual_default())
    }

    /// The tokens, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether every token is non-empty and made of RFC 6749 §3.3 characters: true of any parsed scope, to be
    /// asked of one that was collected from other sources.
    pub fn is_well_formed(&self) -> bool {
        self.0.iter().all(|token| !token.is_empty() && token.bytes().all(is_token_byte))
    }
}

/// One byte of a scope token: `%x21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3).
const fn is_token_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

impl<'a> FromIterator<&'a str> for Scope {
    /// Collects tokens in order, dropping empty and repeated ones.
    fn from_iter<I: IntoIterator<Item = &'a str>>(tokens: I) -> Self {
        let mut scope = Self::empty();
        for token in tokens {
            if !token.is_empty() && !scope.contains(token) {
                scope.0.push(token.to_owned());
            }
        }
        scope
    }
}

impl From<&[&str]> for Scope {
    fn from(tokens: &[&str]) -> Self {
        tokens.iter().copied().collect()
    }
}

impl<const N: usize> From<[&str; N]> for Scope {
    fn from(tokens: [&str; N]) -> Self {
        tokens.into_iter().collect()
    }
}

impl fmt::Display for Scope {
    /// Space separated, as on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc6749_3_3_scope_characters() {
        for (text, good) in [
            ("read", true),
            ("read write", true),
            ("https://api.example/x:y!", true),
            ("", true),
            ("  read   write ", true),
            ("re\"ad", false),
            ("re\\ad", false),
            ("read\twrite", false),
            ("read\nwrite", false),
            ("r\u{e9}ad", false),
            ("read\u{0}", false),
            ("\u{7f}", false),
        ] {
            assert_eq!(Scope::parse(text).is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn rfc6749_3_3_order_is_kept_and_doubles_fall_away() {
        let scope = Scope::parse("write read write").unwrap();
        assert_eq!(scope.to_string(), "write read");
        assert_eq!(scope, Scope::from(["write", "read"]));
    }

    #[test]
    fn rfc6749_3_3_tokens_are_case_sensitive() {
        assert!(!Scope::from(["Read"]).is_subset_of(&Scope::from(["read"])));
    }

    #[test]
    fn set_operations() {
        let all = Scope::from(["read", "write", "admin"]);
        let some = Scope::from(["write", "openid"]);
        assert!(!some.is_subset_of(&all));
        assert_eq!(some.intersect(&all), Scope::from(["write"]));
        assert!(Scope::empty().is_subset_of(&some));
        assert_eq!(all.without("write").to_string(), "read admin");
    }

    #[test]
    fn every_built_in_scope_has_words() {
        assert!(BUILT_IN.iter().all(|token| describe(token).is_some()));
        assert_eq!(describe("files:list"), None);
    }

    proptest! {
        #[test]
        fn scope_parser_never_panics_and_round_trips(text in "\\PC{0,40}|[ !#-~]{0,40}") {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert!(scope.is_well_formed());
                prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
            }
        }
    }
}
