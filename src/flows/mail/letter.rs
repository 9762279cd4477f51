//! What mails say: a subject and a body of plain text for each, in each language (`words/<language>/mail.ftl`).

use super::super::node::Node;
use super::{Content, Letter};
use crate::words::Words;

/// What is told to the person whose account it is.
#[derive(Clone)]
pub enum Notice {
    /// Their password was set.
    PasswordChanged,
    /// The same, and all their API keys were ended.
    PasswordChangedAndKeysEnded,
    /// Somebody who knew their password wants this address for their account; told at the one it has.
    EmailAsked(String),
    /// Their account has this address now; told at the old one.
    EmailChanged(String),
    /// The key of this hint was made for them.
    KeyMade(String),
    /// One of their keys has a new secret, of this hint.
    KeyReplaced(String),
    /// Their key of this hint may do what it could not before.
    KeyChanged(String),
    /// The secret of their key of this hint was shown again.
    KeyRevealed(String),
    /// Somebody else revoked their key of this hint.
    KeyRevoked(String),
    /// The key of this hint was found in the open, and revoked.
    KeyLeaked(String),
    /// Their account is gone.
    AccountDeleted,
    /// An administrator has a link by which a new password can be set.
    NewSignInLink,
}

impl Notice {
    /// That a password was set, and whether all API keys were ended with it.
    pub const fn password_changed(keys_ended: bool) -> Self {
        if keys_ended { Self::PasswordChangedAndKeysEnded } else { Self::PasswordChanged }
    }
}

/// A mail that this server writes. What strangers chose never stands in one to somebody else: a key is told by its hint, since
/// whoever makes or renames one in somebody's name chooses what it is called.
pub enum Message<'a> {
    /// To whom asked for a new password: the user name, and the link.
    Password(&'a str, &'a str),
    /// To whom asked for an account: the link.
    Registration(&'a str),
    /// To somebody who has an account, and asked for another or wants this address for another: where to sign in.
    Known(&'a str),
    /// To an address that an account is to have: the link.
    Email(&'a str),
    /// To whom an administrator invites: the link.
    Invitation(&'a str),
    /// To the owner of an account: their user name, and what happened.
    Notice(&'a str, Notice),
}

/// A mail to `to`, ready to be sealed.
pub fn write(node: &Node, words: &Words, to: &str, message: &Message<'_>) -> Content {
    let (subject, body) = texts(message);
    let brand = ("brand", node.policy.brand.as_str());
    let settings = format!("{}/settings", node.issuer());
    let (name, link, what, hint) = match message {
        Message::Password(name, link) => (*name, *link, "", ""),
        Message::Registration(link)
        | Message::Known(link)
        | Message::Email(link)
        | Message::Invitation(link) => ("", *link, "", ""),
        Message::Notice(name, Notice::EmailAsked(email) | Notice::EmailChanged(email)) => {
            (*name, "", email.as_str(), "")
        }
        Message::Notice(
            name,
            Notice::KeyMade(hint)
            | Notice::KeyReplaced(hint)
            | Notice::KeyChanged(hint)
            | Notice::KeyRevealed(hint)
            | Notice::KeyRevoked(hint)
            | Notice::KeyLeaked(hint),
        ) => (*name, settings.as_str(), "", hint.as_str()),
        Message::Notice(name, _) => (*name, settings.as_str(), "", ""),
    };
    let with = [brand, ("name", name), ("link", link), ("what", what), ("hint", hint)];
    let footer = words.tell("mail-footer", &[brand, ("url", node.issuer())]);
    Content::Letter(Letter {
        to: to.to_owned(),
        subject: words.tell(subject, &with),
        body: format!("{}\n\n-- \n{footer}\n", words.tell(body, &with)),
        expires_at: None,
    })
}

/// The ids of subject and body.
pub(super) const fn texts(message: &Message<'_>) -> (&'static str, &'static str) {
    match message {
        Message::Password(..) => ("mail-password-subject", "mail-password"),
        Message::Registration(_) => ("mail-registration-subject", "mail-registration"),
        Message::Known(_) => ("mail-known-subject", "mail-known"),
        Message::Email(_) => ("mail-email-subject", "mail-email"),
        Message::Invitation(_) => ("mail-invitation-subject", "mail-invitation"),
        Message::Notice(_, Notice::PasswordChanged) => {
            ("mail-password-changed-subject", "mail-password-changed")
        }
        Message::Notice(_, Notice::PasswordChangedAndKeysEnded) => {
            ("mail-password-changed-subject", "mail-password-keys")
        }
        Message::Notice(_, Notice::EmailAsked(_)) => ("mail-email-asked-subject", "mail-email-asked"),
        Message::Notice(_, Notice::EmailChanged(_)) => ("mail-email-changed-subject", "mail-email-changed"),
        Message::Notice(_, Notice::KeyMade(..)) => ("mail-key-made-subject", "mail-key-made"),
        Message::Notice(_, Notice::KeyReplaced(..)) => ("mail-key-replaced-subject", "mail-key-replaced"),
        Message::Notice(_, Notice::KeyChanged(..)) => ("mail-key-changed-subject", "mail-key-changed"),
        Message::Notice(_, Notice::KeyRevealed(..)) => ("mail-key-revealed-subject", "mail-key-revealed"),
        Message::Notice(_, Notice::KeyRevoked(..)) => ("mail-key-revoked-subject", "mail-key-revoked"),
        Message::Notice(_, Notice::KeyLeaked(..)) => ("mail-key-leaked-subject", "mail-key-leaked"),
        Message::Notice(_, Notice::AccountDeleted) => {
            ("mail-account-deleted-subject", "mail-account-deleted")
        }
        Message::Notice(_, Notice::NewSignInLink) => ("mail-link-made-subject", "mail-link-made"),
    }
}
