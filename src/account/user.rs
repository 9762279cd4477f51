//! A person with an account: names, how they are compared, and what a new account must satisfy (contract §2, §14).

use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::visible_name::{has_unseen, mixes_scripts};
use crate::clock::UnixTime;
use crate::oauth::scope::{self, Scope};

/// Longest user name and e-mail address, in characters.
pub const MAX_CHARACTERS: usize = 254;

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The `sub` of their tokens.
    pub id: Uuid,
    /// As they wrote it.
    pub username: String,
    /// As they wrote it.
    pub email: String,
    /// May use the administrative routes and the scope `admin`.
    pub is_admin: bool,
    /// A disabled account can do nothing, and nothing issued to it works.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: UnixTime,
}

/// What somebody typed into a user name field: either name leads to the account (contract §3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoginName {
    /// The canonical form of a user name.
    Username(String),
    /// The canonical form of an e-mail address.
    Email(String),
}

impl LoginName {
    /// Reads what was typed; anything with an `@` is an e-mail address. `None` if it can be neither.
    pub fn parse(typed: &str) -> Option<Self> {
        let key = canonical(typed)?;
        Some(if key.contains('@') { Self::Email(key) } else { Self::Username(key) })
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Username(key) | Self::Email(key) => key,
        }
    }
}

impl User {
    /// The scope of a login that asks for nothing in particular (contract §2).
    pub fn default_scope(&self) -> Scope {
        if self.is_admin {
            Scope::from([scope::READ, scope::WRITE, scope::ADMIN])
        } else {
            Scope::from([scope::READ, scope::WRITE])
        }
    }

    /// The most this person can hand on: only an administrator has `admin`.
    pub fn may_grant(&self, scope: &str) -> bool {
        scope != scope::ADMIN || self.is_admin
    }

    /// What of `scope` they may hand on now: what they were when it was given does not count (security §3, 60).
    pub fn grantable(&self, scope: &Scope) -> Scope {
        scope.iter().filter(|token| self.may_grant(token)).collect()
    }
}

/// How names are compared: NFKC, lower case, and NFKC again, since lower case can undo it; a final sigma is a sigma.
/// Two names that look the same are the same account's. `None` when empty, too long, or holding control characters.
pub fn canonical(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > MAX_CHARACTERS * 4 || name.chars().any(char::is_control) {
        return None;
    }
    let lower = name.nfkc().collect::<String>().to_lowercase().replace('\u{3c2}', "\u{3c3}");
    let key: String = lower.nfkc().collect();
    (!key.is_empty() && key.chars().count() <= MAX_CHARACTERS && key.trim() == key).then_some(key)
}

/// What is wrong with the names of a new account. The text says what to change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameFault {
    /// No user name that can be compared.
    #[error("the user name must have 1 to 254 characters and no control characters")]
    Username,
    /// Something nobody sees, in either.
    #[error("a user name and an e-mail address cannot contain invisible characters")]
    Unseen,
    /// A colon.
    #[error("a user name cannot contain ':', which separates it from the key in x-api-auth")]
    Colon,
    /// Letters of several scripts.
    #[error(
        "a user name cannot mix letters of several scripts, which look alike: Latin with Cyrillic, for instance"
    )]
    MixedScripts,
    /// White space.
    #[error("a user name cannot contain spaces")]
    Space,
    /// It looks like somebody else's address.
    #[error("a user name with '@' must be the account's own e-mail address")]
    At,
    /// No address that can be compared.
    #[error("the e-mail address must have 1 to 254 characters")]
    Email,
    /// It looks like no address.
    #[error("the e-mail address must look like name@host")]
    EmailShape,
    /// It looks like one, but is none that mail can be sent to.
    #[error(
        "no mail can be sent to this e-mail address: look at its dots and signs, and at what is after the @"
    )]
    EmailSyntax,
}

/// Checks the names of a new account.
///
/// # Errors
/// The first fault.
pub fn validate_names(username: &str, email: &str) -> Result<(), NameFault> {
    let username = canonical(username).ok_or(NameFault::Username)?;
    if has_unseen(&username) {
        return Err(NameFault::Unseen);
    }
    if username.contains(':') {
        return Err(NameFault::Colon);
    }
    if username.contains(char::is_whitespace) {
        return Err(NameFault::Space);
    }
    if username.contains('@') && Some(&username) != canonical(email).as_ref() {
        return Err(NameFault::At);
    }
    if mixes_scripts(&username) {
        return Err(NameFault::MixedScripts);
    }
    validate_email(email)
}

/// Checks what an e-mail address has to be here. Whether mail can be sent to it is known where mail is sent: ask
/// `flows::mail::validate_address`.
///
/// # Errors
/// The first fault.
pub fn validate_email(email: &str) -> Result<(), NameFault> {
    let email = canonical(email).ok_or(NameFault::Email)?;
    if has_unseen(&email) {
        return Err(NameFault::Unseen);
    }
    match email.split_once('@') {
        Some((local, host))
            if !local.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !email.contains(char::is_whitespace) =>
        {
            Ok(())
        }
        _ => Err(NameFault::EmailShape),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_compare_without_case_and_composition() {
        assert_eq!(canonical("Ａlice").as_deref(), Some("alice"));
        assert_eq!(canonical("J\u{30c}"), canonical("\u{1f0}"));
        assert_eq!(
            canonical("\u{3a3}\u{39f}\u{3a6}\u{39f}\u{3a3}"),
            canonical("\u{3c3}\u{3bf}\u{3c6}\u{3bf}\u{3c3}")
        );
        assert_eq!(LoginName::parse("Bob@Example.COM"), Some(LoginName::Email("bob@example.com".into())));
        assert_eq!(LoginName::parse("Bob"), Some(LoginName::Username("bob".into())));
        for bad in ["", " bob", "bob\n", "b\0b", &"x".repeat(255)] {
            assert_eq!(LoginName::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn contract_2_user_names_never_contain_a_colon() {
        assert!(validate_names("a:b", "a@b.c").is_err());
        assert!(validate_names("alice", "alice@example.com").is_ok());
    }

    #[test]
    fn uts39_5_2_a_new_account_gets_no_name_that_mixes_scripts_and_an_old_one_is_found_by_it() {
        assert_eq!(validate_names("аlice", "alice@example.com"), Err(NameFault::MixedScripts));
        assert_eq!(validate_names("алиса", "alice@example.com"), Ok(()));
        assert_eq!(LoginName::parse("Аlice"), Some(LoginName::Username("аlice".into())));
    }

    #[test]
    fn a_user_name_cannot_be_somebody_elses_address() {
        assert!(validate_names("bob@example.com", "alice@example.com").is_err());
        assert!(validate_names("Alice@example.com", "alice@example.com").is_ok());
    }

    #[test]
    fn addresses_need_a_local_part_and_a_host() {
        for bad in ["alice", "@host", "alice@", "a@b@c", "a b@c"] {
            assert!(validate_names("alice", bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_canonical_name_is_short_visible_and_without_case(
            name in "\\PC{0,30}|[A-Za-z@.: \t\n\0]{0,12}|.{250,260}",
        ) {
            let Some(key) = canonical(&name) else { return Ok(()) };
            prop_assert!(!key.is_empty() && key.chars().count() <= MAX_CHARACTERS);
            prop_assert!(key.trim() == key && !key.contains(char::is_control));
            prop_assert_eq!(canonical(&name.to_ascii_uppercase()), canonical(&name.to_ascii_lowercase()));
            prop_assert_eq!(LoginName::parse(&name).map(|login| login.as_str().to_owned()), Some(key));
        }

        #[test]
        fn accepted_names_lead_back_to_their_own_account_only(
            username in "\\PC{0,12}|[A-Za-z]{1,3}([@: ][a-z]{1,3})?",
            email in "\\PC{0,12}|[A-Za-z]{1,3}@[a-z.]{1,3}",
        ) {
            for username in [&username, &email] {
                if validate_names(username, &email).is_err() {
                    continue;
                }
                let address = LoginName::parse(&email);
                prop_assert!(matches!(&address, Some(LoginName::Email(_))));
                match LoginName::parse(username) {
                    Some(LoginName::Username(key)) => {
                        prop_assert!(!key.contains([':', '@']) && !key.contains(char::is_whitespace));
                    }
                    login => prop_assert_eq!(login, address),
                }
            }
        }
    }
}
