//! How failed logins are slowed down, by account and by address (contract §12, security §4.4).
//!
//! Three counters: the pair of account and address slows a guesser first; the address stops one who walks
//! through accounts; the account caps guesses from everywhere (NIST SP 800-63B-4 §3.2.2: at most 100 in a
//! row) with a short delay only, so that nobody can lock somebody else out for long.

use crate::clock::UnixTime;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counter {
    /// One account from one address.
    Pair,
    /// One address (IPv6: its /64), whatever the account.
    Address,
    /// One account, from wherever.
    Account,
}

impl Counter {
    /// Failures that cost nothing but the hash.
    const fn free(self) -> i32 {
        match self {
            Self::Pair => 5,
            Self::Address => 300,
            Self::Account => 95,
        }
    }

    /// The longest delay, in seconds.
    const fn longest(self) -> i64 {
        match self {
            Self::Pair | Self::Address => 900,
            Self::Account => 60,
        }
    }

    /// The byte that keeps the three apart where names are digested.
    pub const fn label(self) -> &'static [u8] {
        match self {
            Self::Pair => b"pair",
            Self::Address => b"address",
            Self::Account => b"account",
        }
    }
}

/// Failures are forgotten after this many seconds without another one.
pub const FORGET_SECONDS: i64 = 3600;

/// One counter's state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Throttle {
    /// Failures in a row.
    pub failures: i32,
    /// No attempt is looked at before this time.
    pub blocked_until: UnixTime,
    /// When the last failure happened.
    pub updated_at: UnixTime,
}

impl Throttle {
    /// Seconds to wait before another attempt is looked at; 0 when none.
    pub fn wait(&self, now: UnixTime) -> i64 {
        self.blocked_until.seconds_since(now)
    }

    /// The state after one more failure.
    pub fn after_failure(previous: Option<Self>, counter: Counter, now: UnixTime) -> Self {
        let failures = match previous {
            Some(p) if now.seconds_since(p.updated_at) < FORGET_SECONDS => p.failures.saturating_add(1),
            _ => 1,
        };
        let over = failures - counter.free();
        let delay = match over {
            i32::MIN..=0 => 0,
            1..=20 => (1_i64 << (over - 1)).min(counter.longest()),
            _ => counter.longest(),
        };
        Self { failures, blocked_until: now.plus_seconds(delay), updated_at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(counter: Counter, failures: usize) -> i64 {
        let now = UnixTime::from_seconds(1_000);
        let state = (0..failures).fold(None, |p, _| Some(Throttle::after_failure(p, counter, now)));
        state.map_or(0, |s| s.wait(now))
    }

    #[test]
    fn delays_double_after_the_free_failures_up_to_a_bound() {
        assert_eq!(after(Counter::Pair, 5), 0);
        assert_eq!(after(Counter::Pair, 6), 1);
        assert_eq!(after(Counter::Pair, 9), 8);
        assert_eq!(after(Counter::Pair, 100), 900);
    }

    #[test]
    fn nist_3_2_2_an_account_is_slowed_before_100_failures_but_never_locked_for_long() {
        assert!(after(Counter::Account, 100) > 0);
        assert_eq!(after(Counter::Account, 10_000), 60);
    }

    #[test]
    fn old_failures_are_forgotten() {
        let now = UnixTime::from_seconds(1_000);
        let old = Throttle { failures: 50, blocked_until: now, updated_at: now };
        let later = now.plus_seconds(FORGET_SECONDS);
        assert_eq!(Throttle::after_failure(Some(old), Counter::Pair, later).failures, 1);
    }
}
