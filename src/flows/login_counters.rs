//! What failed logins are counted by: the name that was typed, and the account it leads to by either of its names (contract §12;
//! security §3, 47, 48; NIST SP 800-63B-4 §3.2.2).
//!
//! Who has an account must not show, nor which address belongs to which name. So the wait that is told is that of the typed name
//! alone, whether or not it leads to anybody. That an account has had its guesses by its other name is not told: a guess is then
//! answered like a wrong password, and a right one is not looked at.

use std::net::IpAddr;

use super::node::Node;
use super::password::network;
use crate::account::login_throttle::{self as throttle, Counter, Throttle};
use crate::account::user::{LoginName, User};
use crate::clock::UnixTime;
use crate::crypto::master_key::DerivedKey;
use crate::storage::login_throttle::{self, Name};
use crate::storage::{DbConnection, StorageError};
use uuid::Uuid;

/// The key for the digests, and where somebody is: all that counters need beside a name.
#[derive(Clone)]
pub(super) struct Place {
    key: DerivedKey,
    network: Vec<u8>,
}

/// The counters of one attempt.
#[derive(Clone)]
pub(super) struct Counters {
    pair: Name,
    address: Name,
    name: Name,
    /// The same for the account, whichever name was typed; for one that there is not, as much work.
    account_pair: Name,
    account: Name,
}

/// What is known of an attempt before its password is looked at.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    /// Seconds to wait, which are told; 0 when none.
    pub(super) wait: i64,
    /// Whether the account has had its guesses, by either name.
    pub(super) is_spent: bool,
}

impl Place {
    pub(super) fn of(node: &Node, address: IpAddr) -> Self {
        Self { key: node.throttle.clone(), network: network(address) }
    }

    /// The counters of an attempt at `typed`, which leads to `user`, if to anybody.
    pub(super) fn counters(&self, typed: &LoginName, user: Option<Uuid>) -> Counters {
        let name = typed.as_str().as_bytes();
        let account: (&[u8], &[u8]) = match &user {
            Some(id) => (b"of account", id.as_bytes()),
            None => (b"of nobody", name),
        };
        let mac = |parts: &[&[u8]]| self.key.mac(parts);
        Counters {
            pair: mac(&[Counter::Pair.label(), name, &self.network]),
            address: mac(&[Counter::Address.label(), &self.network]),
            name: mac(&[Counter::Account.label(), name]),
            account_pair: mac(&[Counter::Pair.label(), account.0, account.1, &self.network]),
            account: mac(&[Counter::Account.label(), account.0, account.1]),
        }
    }

    /// The counters that slow this person down here, whichever of their names they used.
    pub(super) fn own(&self, user: &User) -> Vec<Name> {
        let names = [&user.username, &user.email].into_iter().filter_map(|name| LoginName::parse(name));
        let mut own: Vec<Name> = names
            .map(|name| self.counters(&name, Some(user.id)))
            .flat_map(|counters| [counters.pair, counters.name, counters.account_pair, counters.account])
            .collect();
        own.sort_unstable();
        own.dedup();
        own
    }
}

impl Counters {
    /// How this attempt stands; the same reads whoever it is about.
    pub(super) fn standing(&self, c: &mut DbConnection, now: UnixTime) -> Result<Standing, StorageError> {
        let told = [
            login_throttle::find(c, &self.pair)?,
            login_throttle::find(c, &self.address)?,
            login_throttle::find(c, &self.name)?,
        ];
        let spent =
            [login_throttle::find(c, &self.account_pair)?, None, login_throttle::find(c, &self.account)?];
        Ok(Standing { wait: throttle::wait(&told, now), is_spent: throttle::wait(&spent, now) > 0 })
    }

    /// Counts a failure. One that was not looked at counts for the typed name only, as that of a name that leads to nobody.
    pub(super) fn fail(
        &self,
        c: &mut DbConnection,
        standing: Standing,
        now: UnixTime,
    ) -> Result<(), StorageError> {
        for (counter, name) in
            [(Counter::Pair, &self.pair), (Counter::Address, &self.address), (Counter::Account, &self.name)]
        {
            login_throttle::update(c, name, now, |state| state.after_failure(counter, now))?;
        }
        for (counter, name) in [(Counter::Pair, &self.account_pair), (Counter::Account, &self.account)] {
            let count = |state: Throttle| {
                if standing.is_spent { state } else { state.after_failure(counter, now) }
            };
            login_throttle::update(c, name, now, count)?;
        }
        Ok(())
    }

    /// Forgets the failures of whoever showed who they are, and trusts the place they did it from.
    pub(super) fn settle(&self, c: &mut DbConnection, now: UnixTime) -> Result<(), StorageError> {
        for (pair, account) in [(&self.pair, &self.name), (&self.account_pair, &self.account)] {
            login_throttle::update(c, pair, now, |_| Throttle::trusted(now))?;
            if login_throttle::find(c, account)?.is_some() {
                login_throttle::update(c, account, now, |_| Throttle::fresh(now))?;
            }
        }
        Ok(())
    }
}
