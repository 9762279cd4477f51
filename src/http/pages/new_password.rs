//! What people are told whose new password breaks a rule: the page comes back with it beside the field (security §3, 44).

use crate::account::password_rules::{MAX_CHARACTERS, PasswordFault, Reason};
use crate::words::Words;

/// The fault in their language.
pub fn fault(words: &Words, fault: PasswordFault) -> String {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let reason = match fault {
        PasswordFault::TooShort(minimum) => return words.count("password-too-short", count(minimum)),
        PasswordFault::TooLong => return words.count("password-too-long", count(MAX_CHARACTERS)),
        PasswordFault::Guessable(reason) => reason,
    };
    let why = words.say(match reason {
        Reason::Common => "password-common",
        Reason::Own => "password-own",
        Reason::Repeats => "password-repeats",
        Reason::Sequence => "password-sequence",
        Reason::Keyboard => "password-keyboard",
        Reason::Names => "password-names",
        Reason::Dates => "password-dates",
        Reason::Words => "password-words",
    });
    format!("{why} {}", words.say("password-advice"))
}
