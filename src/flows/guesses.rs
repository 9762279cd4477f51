//! How guesses at keys and tokens are slowed down, by account and by address (contract §2, §12).
//!
//! In memory, for each node. Keys have 95 bits and more: nobody finds one by guessing, so a good credential is never refused for
//! the bad ones around it, and nobody can lock an owner out (decision 0007). What is slowed is the guesser, who is told to wait.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use quick_cache::unsync::Cache;

use super::throttle::network;
use crate::account::login_throttle::{Counter, Throttle};
use crate::account::user::canonical;
use crate::clock::UnixTime;

const CAPACITY: usize = 100_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Account(String),
    Address(Vec<u8>),
}

/// What failed lately.
pub struct Guesses(Mutex<Cache<Who, Throttle>>);

impl Default for Guesses {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(CAPACITY)))
    }
}

impl Guesses {
    /// Counts a credential that was no good, by whose it was said to be and where it came from, as far as that is known; `Some`
    /// if there were too many: seconds after which to come back.
    pub fn failed(
        &self,
        username: Option<&str>,
        address: impl Into<Option<IpAddr>>,
        now: UnixTime,
    ) -> Option<i64> {
        let account = username.and_then(canonical).map(|name| (Who::Account(name), Counter::Account));
        let address = address.into().map(|address| (Who::Address(network(address)), Counter::Guesses));
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = [account, address].into_iter().flatten().map(|(who, counter)| {
            let state = states.get(&who).copied().unwrap_or_else(|| Throttle::fresh(now));
            let wait = state.wait(now);
            if wait == 0 {
                states.insert(who, state.after_failure(counter, now));
            }
            wait
        });
        waits.max().filter(|wait| *wait > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_000);

    fn at(host: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, host))
    }

    #[test]
    fn contract_2_guesses_at_one_account_are_slowed_wherever_they_come_from() {
        let guesses = Guesses::default();
        let refused = (0..200).filter(|i| guesses.failed(Some("Alice"), at(*i), NOW).is_some()).count();
        assert!(refused > 100, "{refused}");
        assert!(guesses.failed(Some("alice"), at(250), NOW).is_some());
        assert!(guesses.failed(Some("bob"), at(250), NOW).is_none());
    }

    #[test]
    fn contract_12_guesses_from_one_address_are_slowed_whatever_they_guess_at() {
        let guesses = Guesses::default();
        let refused = (0..2_000).filter(|_| guesses.failed(None, at(1), NOW).is_some()).count();
        assert!(refused > 900, "{refused}");
        assert!(guesses.failed(None, at(2), NOW).is_none());
        assert!(guesses.failed(None, at(1), NOW.plus_seconds(60)).is_none());
    }

    #[test]
    fn contract_12_an_ipv6_network_is_one_address() {
        let guesses = Guesses::default();
        let address = |i: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, i, i, i, i]);
        let refused = (0..2_000).filter(|i| guesses.failed(None, address(*i), NOW).is_some()).count();
        assert!(refused > 900, "{refused}");
    }
}
