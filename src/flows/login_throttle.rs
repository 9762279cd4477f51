//! What failed logins are counted by: the name that was typed, and the account it leads to by either of its names (contract §12;
//! security §3, 47, 48; NIST SP 800-63B-4 §3.2.2).
//!
//! Who has an account must not show, nor which address belongs to which name. So the wait that is told is that of the typed name
//! alone, whether or not it leads to anybody. That an account has had its guesses from everywhere, by both names together, is not
//! told: a guess is then answered like a wrong password, and a right one is not looked at, for a minute at the most and not
//! where its owner signed in before. Guesses from one address by one name slow that name there, and nothing else: a neighbour must
//! not lock anybody out in silence.

use std::net::IpAddr;

use super::node::Node;
use super::throttle::network;
use crate::account::login_throttle::{self as rules, Counter, Throttle};
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
    /// Where the account is trusted, whichever name was typed there. It counts no failures.
    account_pair: Name,
    /// The account's failures by both names, from everywhere. For an account that there is not, both are as much work.
    account: Name,
}

/// What is known of an attempt before its password is looked at.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    /// Seconds to wait, which are told; 0 when none.
    pub(super) wait: i64,
    /// Whether the account has had its guesses, by both names together, and this place is not one it trusts.
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
        let trust = login_throttle::find(c, &self.account_pair)?.map(|pair| pair.forgiven(now));
        let spent = [trust, None, login_throttle::find(c, &self.account)?];
        Ok(Standing { wait: rules::wait(&told, now), is_spent: rules::wait(&spent, now) > 0 })
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
        let count = |state: Throttle| {
            if standing.is_spent { state } else { state.after_failure(Counter::Account, now) }
        };
        login_throttle::update(c, &self.account, now, count)
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::fixture::{block_on, node};
    use super::*;
    use crate::crypto::random;

    const NOW: UnixTime = UnixTime::from_seconds(1_000_000);
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

    /// An account with two names, at a node of its own.
    struct Account {
        _folder: tempfile::TempDir,
        node: Node,
        id: Uuid,
    }

    impl Account {
        async fn new() -> Self {
            let (folder, node) = node().await;
            Self { _folder: folder, node, id: random::id() }
        }

        fn counters(&self, name: &str, from: IpAddr) -> Counters {
            Place::of(&self.node, from).counters(&LoginName::parse(name).unwrap(), Some(self.id))
        }

        async fn standing(&self, name: &str, from: IpAddr) -> Standing {
            let counters = self.counters(name, from);
            self.node.db.read(move |c| counters.standing(c, NOW)).await.unwrap()
        }

        /// So many wrong passwords, each from an address of its own if `from` is none.
        async fn fails(&self, times: u8, name: &str, from: Option<IpAddr>) {
            let own = |n: u8| IpAddr::V4(Ipv4Addr::new(203, 0, 113, n));
            let all: Vec<_> =
                (0..times).map(|n| self.counters(name, from.unwrap_or_else(|| own(n)))).collect();
            let write = move |c: &mut DbConnection| {
                for counters in &all {
                    let standing = counters.standing(c, NOW)?;
                    counters.fail(c, standing, NOW)?;
                }
                Ok(())
            };
            self.node.db.write(write).await.unwrap();
        }

        async fn signs_in(&self, name: &str, from: IpAddr) {
            let counters = self.counters(name, from);
            self.node.db.write(move |c| counters.settle(c, NOW)).await.unwrap();
        }
    }

    #[test]
    fn security_3_47_a_neighbour_locks_nobody_out_by_the_name_they_did_not_type() {
        block_on(async {
            let alice = Account::new().await;
            alice.fails(40, "alice", Some(HERE)).await;
            assert!(alice.standing("alice", HERE).await.wait > 0, "told");
            let other = alice.standing("alice@example.com", HERE).await;
            assert!(!other.is_spent && other.wait == 0);
        });
    }

    #[test]
    fn nist_3_2_2_an_account_has_its_guesses_once_whichever_of_its_names_is_typed() {
        block_on(async {
            let alice = Account::new().await;
            alice.fails(48, "alice", None).await;
            assert!(!alice.standing("alice", ELSEWHERE).await.is_spent);
            alice.fails(48, "alice@example.com", None).await;
            for name in ["alice", "alice@example.com"] {
                let standing = alice.standing(name, ELSEWHERE).await;
                // Not told, since a name that leads to nobody would not wait.
                assert!(standing.is_spent && standing.wait == 0, "{name}");
            }
        });
    }

    #[test]
    fn security_3_47_where_the_owner_signed_in_before_nobodys_guesses_count_by_either_name() {
        block_on(async {
            let alice = Account::new().await;
            alice.signs_in("alice", HERE).await;
            alice.fails(40, "alice", Some(HERE)).await;
            alice.fails(96, "alice", None).await;
            assert!(alice.standing("alice@example.com", ELSEWHERE).await.is_spent);
            assert!(!alice.standing("alice@example.com", HERE).await.is_spent);
        });
    }
}
