//! Which e-mail addresses are taken where one is typed: those that mail can be sent to (RFC 5321 §4.1.2).

use crate::account::user::{self, NameFault};

/// Checks an e-mail address as it was typed.
///
/// # Errors
/// The first fault.
pub fn validate_address(email: &str) -> Result<(), NameFault> {
    user::validate_email(email)?;
    match email.parse::<lettre::Address>() {
        Ok(_) => Ok(()),
        Err(_) => Err(NameFault::EmailSyntax),
    }
}

/// Checks the names of a new account.
///
/// # Errors
/// The first fault.
pub fn validate_names(username: &str, email: &str) -> Result<(), NameFault> {
    user::validate_names(username, email)?;
    validate_address(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc5321_4_1_2_an_address_that_no_mail_can_be_sent_to_is_refused_when_it_is_typed() {
        for good in [
            "alice@example.com",
            "Alice.O'Brien+tag@mail.example.com",
            "root@localhost",
            "zoë@пример.example",
            "a@[192.0.2.1]",
        ] {
            assert_eq!(validate_address(good), Ok(()), "{good}");
        }
        for (bad, fault) in [
            ("", NameFault::Email),
            ("alice", NameFault::EmailShape),
            ("alice@", NameFault::EmailShape),
            ("a b@example.com", NameFault::EmailShape),
            ("a..b@example.com", NameFault::EmailSyntax),
            (".a@example.com", NameFault::EmailSyntax),
            ("a@example..com", NameFault::EmailSyntax),
            ("a@-example.com", NameFault::EmailSyntax),
            ("a@example.com>", NameFault::EmailSyntax),
            ("<a@example.com", NameFault::EmailSyntax),
            ("a,b@example.com", NameFault::EmailSyntax),
            ("a\u{ff20}example.com", NameFault::EmailSyntax),
            ("a\u{200b}@example.com", NameFault::Unseen),
            (&format!("{}@example.com", "a".repeat(65)), NameFault::EmailSyntax),
        ] {
            assert_eq!(validate_address(bad), Err(fault), "{bad:?}");
        }
        assert_eq!(validate_names("alice", "a..b@example.com"), Err(NameFault::EmailSyntax));
    }
}
