//! Mails that anybody can ask for: slowed down by sender and by recipient, and the same work whoever is asked for
//! (security §3, 47, 48; decision 0011).

use std::net::IpAddr;

use super::super::error::FlowError;
use super::super::node::Node;
use super::super::password::network;
use super::{Content, seal};
use crate::account::login_throttle::Counter;
use crate::clock::UnixTime;
use crate::storage::login_throttle::{self, Name};
use crate::storage::mail::{self, Mail};
use crate::storage::{DbConnection, StorageError};

/// Who asks, and for whom, as they are counted.
#[derive(Clone, Copy)]
pub struct Place {
    sender: Name,
    recipient: Name,
}

impl Place {
    /// `recipient` is a name as names are compared.
    pub fn of(node: &Node, recipient: &str, address: IpAddr) -> Self {
        let mac = |counter: Counter, what: &[u8]| node.throttle.mac(&[counter.label(), what]);
        Self {
            sender: mac(Counter::Sender, &network(address)),
            recipient: mac(Counter::Recipient, recipient.as_bytes()),
        }
    }
}

/// Leaves what was asked for to be done. `Err`: seconds after which to come back.
///
/// # Errors
/// The store is away.
pub async fn request(node: &Node, place: Place, content: &Content) -> Result<Result<(), i64>, FlowError> {
    let (mail, now) = (seal(node, content)?, node.clock.now());
    Ok(node.db.write(move |c| file(c, place, &mail, now)).await?)
}

/// The same in a write of the caller's. Whoever was sent several mails just now is sent no more, but nobody is told: the last
/// one is still good.
pub fn file(
    c: &mut DbConnection,
    place: Place,
    mail: &Mail,
    now: UnixTime,
) -> Result<Result<(), i64>, StorageError> {
    let wait = |c: &mut DbConnection, name: &Name| {
        Ok::<_, StorageError>(login_throttle::find(c, name)?.map_or(0, |state| state.wait(now)))
    };
    let retry_after = wait(c, &place.sender)?;
    if retry_after > 0 {
        return Ok(Err(retry_after));
    }
    login_throttle::update(c, &place.sender, now, |state| state.after_failure(Counter::Sender, now))?;
    if wait(c, &place.recipient)? == 0 {
        login_throttle::update(c, &place.recipient, now, |state| {
            state.after_failure(Counter::Recipient, now)
        })?;
        mail::insert(c, mail)?;
    }
    Ok(Ok(()))
}
