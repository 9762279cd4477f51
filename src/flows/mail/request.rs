//! Mails that anybody can ask for: slowed down by sender and by recipient, and the same work whoever is asked for
//! (security §3, 47, 48; decision 0011).

use std::net::IpAddr;

use super::super::error::FlowError;
use super::super::node::Node;
use super::super::throttle::network;
use super::{Content, seal};
use crate::account::login_throttle::Counter;
use crate::account::user::canonical;
use crate::clock::UnixTime;
use crate::storage::login_throttle::{self, Name};
use crate::storage::mail::{self, Mail};
use crate::storage::{DbConnection, StorageError};

/// Who asks, as they are counted.
#[derive(Clone, Copy)]
pub struct Place(Name);

impl Place {
    /// Whoever is at this address.
    pub fn of(node: &Node, address: IpAddr) -> Self {
        Self(node.throttle.mac(&[Counter::Sender.label(), &network(address)]))
    }
}

/// Who gets mails of one kind, as they are counted: those of one kind keep nobody from those of another.
#[derive(Clone, Copy)]
pub struct Recipient {
    counter: Counter,
    name: Name,
}

impl Recipient {
    /// The reader of this address.
    pub fn of(node: &Node, kind: &str, email: &str) -> Self {
        Self::counted(node, Counter::Recipient, kind, &canonical(email).unwrap_or_default())
    }

    /// Whoever `who` stands for, counted by another measure.
    pub(super) fn counted(node: &Node, counter: Counter, kind: &str, who: &str) -> Self {
        let name = node.throttle.mac(&[counter.label(), kind.as_bytes(), who.as_bytes()]);
        Self { counter, name }
    }

    /// Whether they were sent several just now.
    pub fn has_many(&self, c: &mut DbConnection, now: UnixTime) -> Result<bool, StorageError> {
        Ok(wait(c, &self.name, now)? > 0)
    }

    /// Counts one more.
    pub fn count(&self, c: &mut DbConnection, now: UnixTime) -> Result<(), StorageError> {
        login_throttle::update(c, &self.name, now, |state| state.after_failure(self.counter, now))
    }

    /// Counts one more unless they were sent several just now; `false` then. Those that come together are all counted.
    pub(super) fn takes_one_more(&self, c: &mut DbConnection, now: UnixTime) -> Result<bool, StorageError> {
        // Held from here on.
        login_throttle::update(c, &self.name, now, |state| state)?;
        if self.has_many(c, now)? {
            return Ok(false);
        }
        self.count(c, now)?;
        Ok(true)
    }
}

fn wait(c: &mut DbConnection, name: &Name, now: UnixTime) -> Result<i64, StorageError> {
    Ok(login_throttle::find(c, name)?.map_or(0, |state| state.wait(now)))
}

/// Leaves what was asked for to be done. `Err`: seconds after which to come back.
///
/// # Errors
/// The store is away.
pub async fn request(node: &Node, place: Place, content: &Content) -> Result<Result<(), i64>, FlowError> {
    let (mail, now) = (seal(node, content)?, node.clock.now());
    Ok(node.db.write(move |c| file(c, place, &mail, now)).await?)
}

/// The same in a write of the caller's. Whether its recipient has had too many is found out when it is done: nobody who asks is
/// told.
pub fn file(
    c: &mut DbConnection,
    place: Place,
    mail: &Mail,
    now: UnixTime,
) -> Result<Result<(), i64>, StorageError> {
    let retry_after = wait(c, &place.0, now)?;
    if retry_after > 0 {
        return Ok(Err(retry_after));
    }
    login_throttle::update(c, &place.0, now, |state| state.after_failure(Counter::Sender, now))?;
    mail::insert(c, mail)?;
    Ok(Ok(()))
}
