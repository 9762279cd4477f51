//! What is wrong with a name, an address or a password, in the person's language, and at which field it is said.

use super::new_password;
use crate::account::user::NameFault;
use crate::flows::users::{Taken, UserRefusal};
use crate::words::Words;

/// The field a refusal is about, and the words for it.
pub fn fault(words: &Words, refusal: &UserRefusal) -> (&'static str, String) {
    match refusal {
        UserRefusal::Names(fault) => name(words, *fault),
        UserRefusal::Password(fault) => ("password", new_password::fault(words, *fault)),
        UserRefusal::Taken(Taken::Email) => ("email", words.say("fault-email-taken")),
        UserRefusal::Taken(Taken::Username) => ("username", words.say("fault-username-taken")),
        UserRefusal::Taken(Taken::Either) => ("", words.say("fault-name-taken")),
        UserRefusal::Oneself => ("", words.say("admin-disable-many-oneself")),
        UserRefusal::LastAdministrator => ("", words.say("admin-last-administrator")),
        UserRefusal::NotAllowed(_) => ("", words.say("failure-signed_out")),
        UserRefusal::Unknown(_) => ("", words.say("fault-account-gone")),
    }
}

/// The same for a name alone.
pub fn name(words: &Words, fault: NameFault) -> (&'static str, String) {
    match fault {
        NameFault::Username => ("username", words.say("fault-username")),
        NameFault::Unseen => ("username", words.say("fault-name-unseen")),
        NameFault::Colon => ("username", words.say("fault-username-colon")),
        NameFault::MixedScripts => ("username", words.say("fault-username-scripts")),
        NameFault::Space => ("username", words.say("fault-username-space")),
        NameFault::At => ("username", words.say("fault-username-at")),
        NameFault::Email | NameFault::EmailShape => ("email", words.say("fault-email")),
        NameFault::EmailSyntax => ("email", words.say("fault-email-syntax")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    #[test]
    fn a_name_that_is_taken_is_said_at_its_field_and_one_of_two_at_none() {
        for (taken, field) in [(Taken::Username, "username"), (Taken::Email, "email"), (Taken::Either, "")] {
            let (name, text) = fault(words::choose([]), &UserRefusal::Taken(taken));
            assert_eq!(name, field, "{taken}");
            let says = |what: &str| text.contains(what);
            assert_eq!(
                (says("user name"), says("e-mail address")),
                (taken != Taken::Email, taken != Taken::Username)
            );
        }
    }
}
