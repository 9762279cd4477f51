//! Mail to people: written in the transaction of what it tells of, sealed, and sent by a task of its own (decision 0011).

mod address;
mod delivery;
mod key_notice;
mod letter;
mod request;
mod sender;
mod smtp;

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use address::{validate_address, validate_names};
pub use delivery::run;
pub(super) use key_notice::{KeyNotice, key_notice, notice_of_key};
pub use letter::Notice;
pub(super) use letter::{Message, write};
pub(super) use request::{Place, Recipient, file, request};
pub use sender::{Sender, SmtpUrl};
pub use smtp::reach;

use super::error::FlowError;
use super::node::Node;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::crypto::{CryptoError, random, sealed};
use crate::storage::mail::{self, Mail};
use crate::storage::{DbConnection, StorageError, contact};
use crate::words::{self, Words};

/// Where mail is given to be sent, and in whose name.
#[derive(Clone)]
pub struct MailServer {
    /// The server.
    pub url: SmtpUrl,
    /// What stands in `From`.
    pub from: Sender,
}

/// What waits in the table of mails, sealed. No `Debug`: letters hold links.
#[derive(Serialize, Deserialize)]
pub(super) enum Content {
    /// A mail, ready to be sent.
    Letter(Letter),
    /// Somebody wants a new password for the account of this name, if there is one. That is looked up later: who asked
    /// can learn nothing from the time it takes.
    Password { name: String, language: String },
    /// Somebody wants an account for this address, and may have one already.
    Registration { email: String, language: String },
    /// This account wants this address, which may be somebody else's.
    Email { user: Uuid, email: String, language: String },
}

/// A mail, ready to be sent. No `Debug`.
#[derive(Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) body: String,
    /// Second after which the link in it does not work: it is not sent any more.
    #[serde(default)]
    pub(super) expires_at: Option<i64>,
}

impl Letter {
    fn has_ended(&self, now: UnixTime) -> bool {
        self.expires_at.is_some_and(|end| end <= now.seconds())
    }
}

impl Content {
    /// The same, worth nothing from a time on.
    pub(super) fn until(self, end: UnixTime) -> Self {
        match self {
            Self::Letter(letter) => Self::Letter(Letter { expires_at: Some(end.seconds()), ..letter }),
            request => request,
        }
    }
}

/// Seals what is to be sent: slow enough not to be done in a write.
pub(super) fn seal(node: &Node, content: &Content) -> Result<Mail, CryptoError> {
    let (id, now) = (random::id(), node.clock.now());
    let plain = serde_json::to_vec(content).map_err(|_| CryptoError("a mail cannot be written down"))?;
    let sealed = sealed::seal(&node.mails, &place(id), &plain)?;
    Ok(Mail { id, sealed, created_at: now, due_at: now, attempts: 0 })
}

fn open(node: &Node, mail: &Mail) -> Result<Content, CryptoError> {
    let plain = sealed::open(&node.mails, &place(mail.id), &mail.sealed)?;
    serde_json::from_slice(&plain).map_err(|_| CryptoError("a sealed mail cannot be read"))
}

fn place(id: Uuid) -> Vec<u8> {
    format!("mails/{id}").into_bytes()
}

/// A notice to a person about their account, in their language, to be [`post`]ed in the write of what it tells of.
/// `None` when no mail is sent here.
///
/// # Errors
/// The store is away.
pub async fn notice(node: &Node, user: &User, notice: Notice) -> Result<Option<Mail>, FlowError> {
    if node.policy.mail.is_none() {
        return Ok(None);
    }
    let id = user.id;
    let contact = node.db.read(move |c| contact::find(c, id)).await?;
    let words = language(contact.and_then(|contact| contact.language).as_deref());
    Ok(Some(seal(node, &write(node, words, &user.email, &Message::Notice(&user.username, notice)))?))
}

/// Leaves a mail to be sent once this transaction is stored.
pub fn post(c: &mut DbConnection, mail: Option<&Mail>) -> Result<(), StorageError> {
    mail.map_or(Ok(()), |mail| mail::insert(c, mail))
}

/// The texts of a stored language.
pub(super) fn language(tag: Option<&str>) -> &'static Words {
    words::choose(tag)
}

/// How many mails wait to be sent.
///
/// # Errors
/// The store is away.
pub async fn waiting(node: &Node) -> Result<i64, FlowError> {
    Ok(node.db.read(mail::waiting).await?)
}

/// How many mails this node has given up since it started.
#[derive(Default)]
pub struct GivenUp(AtomicU64);

impl GivenUp {
    /// Counts so many more.
    pub(super) fn count(&self, mails: u64) {
        self.0.fetch_add(mails, Ordering::Relaxed);
    }

    /// How many there were so far.
    pub(super) fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// When a mail that was tried so often before is tried again if this attempt fails, in seconds.
const fn patience(attempts: i32) -> i64 {
    match attempts {
        ..=0 => 60,
        1 => 300,
        2 => 900,
        _ => 3600,
    }
}

/// When an attempt that begins now is over, come what may.
fn again(mail: &Mail, now: UnixTime) -> UnixTime {
    now.plus_seconds(patience(mail.attempts))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{block_on, node};
    use super::*;

    const LINK: &str = "https://id.example/reset-password?token=pal_secret";

    #[test]
    fn security_3_52_what_waits_to_be_sent_is_sealed_for_its_own_row() {
        block_on(async {
            let (_folder, node) = node().await;
            let content =
                write(&node, language(None), "alice@example.com", &Message::Password("alice", LINK));
            let mail = seal(&node, &content).unwrap();
            for word in ["pal_secret", "alice"] {
                let word = word.as_bytes();
                assert!(!mail.sealed.windows(word.len()).any(|part| part == word));
            }
            match open(&node, &mail).unwrap() {
                Content::Letter(letter) => {
                    assert_eq!(letter.to, "alice@example.com");
                    assert!(letter.body.contains(&format!("\n{LINK}\n")), "{}", letter.body);
                }
                _ => panic!("a letter stays one"),
            }
            assert!(open(&node, &Mail { id: random::id(), ..mail }).is_err());
        });
    }

    #[test]
    fn every_mail_says_all_it_has_to_in_every_language() {
        block_on(async {
            let (_folder, node) = node().await;
            let notice = |notice| Message::Notice("alice", notice);
            let key = vec!["alice", "sk_...x", "\nhttp://127.0.0.1:8080/settings\n"];
            for (message, parts) in [
                (Message::Password("alice", LINK), vec!["alice", LINK, "30"]),
                (Message::Registration(LINK), vec![LINK, "30"]),
                (Message::Known(LINK), vec![LINK]),
                (Message::Email(LINK), vec![LINK, "30"]),
                (Message::Invitation(LINK), vec![LINK, "7", "Portcullis"]),
                (notice(Notice::PasswordChanged), vec!["alice"]),
                (notice(Notice::PasswordChangedAndKeysEnded), vec!["alice", "/settings\n"]),
                (notice(Notice::KeyMade("sk_...x".into())), key.clone()),
                (notice(Notice::KeyReplaced("sk_...x".into())), key.clone()),
                (notice(Notice::KeyChanged("sk_...x".into())), key.clone()),
                (notice(Notice::KeyRevealed("sk_...x".into())), key.clone()),
                (notice(Notice::KeyRevoked("sk_...x".into())), key.clone()),
                (notice(Notice::EmailAsked("b@c".into())), vec!["alice", "b@c"]),
                (notice(Notice::EmailChanged("b@c".into())), vec!["alice", "b@c"]),
                (notice(Notice::KeyLeaked("sk_...x".into())), key.clone()),
                (notice(Notice::AccountDeleted), vec!["alice"]),
                (notice(Notice::NewSignInLink), vec!["alice"]),
            ] {
                for tag in ["en", "de"] {
                    let Content::Letter(letter) = write(&node, language(Some(tag)), "a@b", &message) else {
                        panic!("a letter");
                    };
                    assert!(letter.subject.starts_with("Portcullis: "), "{}", letter.subject);
                    for part in &parts {
                        assert!(letter.body.contains(part), "{tag}: {part} is missing in {}", letter.body);
                    }
                    assert!(letter.body.contains("http://127.0.0.1:8080"), "{}", letter.body);
                    assert!(!letter.body.contains(['{', '$']), "{}", letter.body);
                }
            }
        });
    }

    #[test]
    fn a_mail_is_tried_again_after_1_5_15_and_60_minutes() {
        assert_eq!([0, 1, 2, 3, 30].map(patience), [60, 300, 900, 3600, 3600]);
    }
}
