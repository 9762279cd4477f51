//! What owners of API keys are told of them by mail: a few at a time, since a script may make many (contract §9; security §3, 60).

use uuid::Uuid;

use super::super::error::FlowError;
use super::super::node::Node;
use super::super::users;
use super::letter::{Message, texts};
use super::request::Recipient;
use super::{Notice, notice, post};
use crate::account::login_throttle::Counter;
use crate::clock::UnixTime;
use crate::storage::api_key;
use crate::storage::mail::Mail;
use crate::storage::{DbConnection, StorageError};

/// A notice to the owner of a key, to be posted in the write of what it tells of.
#[derive(Clone)]
pub struct KeyNotice(Option<(Mail, Recipient)>);

impl KeyNotice {
    /// None: nothing is told.
    pub const NONE: Self = Self(None);

    /// Leaves it to be sent once this transaction is stored, unless its reader had many of its kind just now.
    pub fn post(&self, c: &mut DbConnection, now: UnixTime) -> Result<(), StorageError> {
        let Some((mail, recipient)) = &self.0 else { return Ok(()) };
        if recipient.takes_one_more(c, now)? { post(c, Some(mail)) } else { Ok(()) }
    }
}

/// What `owner` is told of a key. Nothing when no mail is sent here.
///
/// # Errors
/// The store is away.
pub async fn key_notice(node: &Node, owner: Uuid, what: Notice) -> Result<KeyNotice, FlowError> {
    if node.policy.mail.is_none() {
        return Ok(KeyNotice::NONE);
    }
    let Some(user) = users::find_by_id(node, owner).await? else { return Ok(KeyNotice::NONE) };
    let (kind, _) = texts(&Message::Notice("", what.clone()));
    let recipient = Recipient::counted(node, Counter::Notices, kind, &owner.to_string());
    Ok(KeyNotice(notice(node, &user, what).await?.map(|mail| (mail, recipient))))
}

/// The same of a key that is there: `what` is given its hint.
///
/// # Errors
/// The store is away.
pub async fn notice_of_key(
    node: &Node,
    key: Uuid,
    what: impl FnOnce(String) -> Notice,
) -> Result<KeyNotice, FlowError> {
    if node.policy.mail.is_none() {
        return Ok(KeyNotice::NONE);
    }
    match node.db.read(move |c| api_key::find(c, key)).await? {
        Some(key) => key_notice(node, key.user_id, what(key.hint)).await,
        None => Ok(KeyNotice::NONE),
    }
}
