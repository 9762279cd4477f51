//! How failed logins are slowed down, by account and by address (contract §12, security §4.4).
//!
//! Three counters: the pair of account and address slows a guesser first; the address stops one who walks
//! through accounts; the account slows guesses from everywhere (NIST SP 800-63B-4 §3.2.2) to one a minute. From an
//! address where its owner logged in before, the account's counter does not count: nobody can lock them out.

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
    /// Keys and tokens that were no good, from one address: a gateway stands for many people.
    Guesses,
    /// Mails that were asked for, by anybody, for one name.
    Recipient,
    /// Mails that were asked for from one address.
    Sender,
    /// Mails of one kind about a person's own keys.
    Notices,
    /// Devices of one public client that asked for codes, from one address.
    Devices,
    /// Authorization requests that were pushed for one public client, from one address.
    Pushes,
    /// Clients that were registered from one address, by anybody (RFC 7591 §5).
    Registrations,
}

impl Counter {
    /// Failures that cost nothing but the hash.
    const fn free(self) -> i32 {
        match self {
            Self::Pair => 5,
            Self::Address | Self::Devices | Self::Pushes => 300,
            Self::Account => 95,
            Self::Registrations => 60,
            Self::Guesses => 1000,
            Self::Recipient => 3,
            Self::Notices => 9,
            Self::Sender => 30,
        }
    }

    /// The longest delay, in seconds.
    const fn longest(self) -> i64 {
        match self {
            Self::Pair | Self::Address | Self::Recipient | Self::Sender | Self::Registrations => 900,
            Self::Account | Self::Guesses | Self::Devices | Self::Pushes => 60,
            Self::Notices => 3600,
        }
    }

    /// The delay after the first that is not free, in seconds; it doubles from there.
    const fn first(self) -> i64 {
        match self {
            Self::Notices => 3600,
            _ => 1,
        }
    }

    /// Seconds after which one failure is forgiven; an office behind one address is not one guesser.
    const fn forgiven_after(self) -> Option<i64> {
        match self {
            Self::Pair | Self::Account | Self::Recipient => None,
            Self::Address | Self::Devices => Some(12),
            Self::Guesses | Self::Pushes => Some(1),
            Self::Sender | Self::Registrations => Some(60),
            Self::Notices => Some(360),
        }
    }

    /// The byte that keeps the three apart where names are digested.
    pub const fn label(self) -> &'static [u8] {
        match self {
            Self::Pair => b"pair",
            Self::Address => b"address",
            Self::Account => b"account",
            Self::Guesses => b"guesses",
            Self::Recipient => b"recipient",
            Self::Sender => b"sender",
            Self::Devices => b"devices",
            Self::Pushes => b"pushes",
            Self::Notices => b"notices",
            Self::Registrations => b"registrations",
        }
    }
}

/// Failures are forgotten after this many seconds without another one.
pub const FORGET_SECONDS: i64 = 3600;
/// For so many seconds after a login an address is trusted by that account: 30 days.
pub const TRUST_SECONDS: i64 = 30 * 86_400;

/// One counter's state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Throttle {
    /// Failures in a row.
    pub failures: i32,
    /// No attempt is looked at before this time.
    pub blocked_until: UnixTime,
    /// When the last failure happened.
    pub updated_at: UnixTime,
    /// Until when this pair is trusted, because a login succeeded.
    pub trusted_until: UnixTime,
}

impl Throttle {
    /// A counter that never counted.
    pub const fn fresh(now: UnixTime) -> Self {
        const LONG_AGO: UnixTime = UnixTime::from_seconds(0);
        Self { failures: 0, blocked_until: LONG_AGO, updated_at: now, trusted_until: LONG_AGO }
    }

    /// A pair after a login.
    pub const fn trusted(now: UnixTime) -> Self {
        Self { trusted_until: now.plus_seconds(TRUST_SECONDS), ..Self::fresh(now) }
    }

    /// Seconds to wait before another attempt is looked at; 0 when none.
    pub fn wait(&self, now: UnixTime) -> i64 {
        self.blocked_until.seconds_since(now)
    }

    /// The state when its person showed who they are: no failures, and where they were trusted they still are.
    #[must_use]
    pub const fn forgiven(self, now: UnixTime) -> Self {
        Self { trusted_until: self.trusted_until, ..Self::fresh(now) }
    }

    /// The state after one more failure.
    #[must_use]
    pub fn after_failure(self, counter: Counter, now: UnixTime) -> Self {
        let quiet = now.seconds_since(self.updated_at);
        let forgiven = counter.forgiven_after().map_or(0, |seconds| quiet / seconds);
        let remembered = i64::from(self.failures).saturating_sub(forgiven).max(0);
        let remembered =
            if quiet < FORGET_SECONDS { i32::try_from(remembered).unwrap_or(i32::MAX) } else { 0 };
        let failures = remembered.saturating_add(1);
        let over = failures - counter.free();
        let delay = match over {
            i32::MIN..=0 => 0,
            1..=20 => (counter.first() << (over - 1)).min(counter.longest()),
            _ => counter.longest(),
        };
        Self { failures, blocked_until: now.plus_seconds(delay), updated_at: now, ..self }
    }
}

/// Seconds to wait before an attempt is looked at, given the state of its counters in the order pair, address, account.
pub fn wait(states: &[Option<Throttle>; 3], now: UnixTime) -> i64 {
    let [pair, address, account] = states;
    let trusted = pair.is_some_and(|pair| now < pair.trusted_until);
    let account = account.filter(|_| !trusted);
    [*pair, *address, account].iter().flatten().map(|state| state.wait(now)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(counter: Counter, failures: usize) -> i64 {
        let now = UnixTime::from_seconds(1_000);
        (0..failures).fold(Throttle::fresh(now), |state, _| state.after_failure(counter, now)).wait(now)
    }

    #[test]
    fn delays_double_after_the_free_failures_up_to_a_bound() {
        assert_eq!(after(Counter::Pair, 5), 0);
        assert_eq!(after(Counter::Pair, 6), 1);
        assert_eq!(after(Counter::Pair, 9), 8);
        assert_eq!(after(Counter::Pair, 100), 900);
    }

    #[test]
    fn ten_notices_come_at_once_and_then_none_for_an_hour() {
        assert_eq!(after(Counter::Notices, 9), 0);
        assert_eq!(after(Counter::Notices, 10), 3600);
        let mut state = Throttle::fresh(UnixTime::from_seconds(0));
        for i in 1..1_000 {
            let now = UnixTime::from_seconds(i * 400);
            state = state.after_failure(Counter::Notices, now);
            assert_eq!(state.wait(now), 0, "one every seven minutes is no flood");
        }
    }

    #[test]
    fn nist_3_2_2_an_account_is_slowed_before_100_failures_in_a_row_to_one_a_minute() {
        assert!(after(Counter::Account, 100) > 0);
        assert_eq!(after(Counter::Account, 10_000), 60);
    }

    #[test]
    fn a_login_that_began_earlier_is_not_held_up_by_one_that_ended_sooner() {
        let (began, ended) = (UnixTime::from_seconds(1_000), UnixTime::from_seconds(1_001));
        let states =
            [Some(Throttle::trusted(ended)), Some(Throttle::fresh(ended)), Some(Throttle::fresh(ended))];
        assert_eq!(wait(&states, began), 0);
    }

    #[test]
    fn old_failures_are_forgotten() {
        let now = UnixTime::from_seconds(1_000);
        let old = Throttle { failures: 50, ..Throttle::fresh(now) };
        let later = now.plus_seconds(FORGET_SECONDS);
        assert_eq!(old.after_failure(Counter::Pair, later).failures, 1);
    }

    #[test]
    fn an_address_that_fails_now_and_then_is_never_blocked() {
        let mut state = Throttle::fresh(UnixTime::from_seconds(0));
        for i in 1..10_000 {
            state = state.after_failure(Counter::Address, UnixTime::from_seconds(i * 15));
        }
        assert_eq!(state.failures, 1);
    }

    #[test]
    fn where_the_owner_logged_in_before_strangers_cannot_lock_them_out() {
        let now = UnixTime::from_seconds(1_000);
        let full =
            |counter| (0..200).fold(Throttle::fresh(now), |s: Throttle, _| s.after_failure(counter, now));
        let account = Some(full(Counter::Account));
        assert!(wait(&[None, None, account], now) > 0);
        assert_eq!(wait(&[Some(Throttle::trusted(now)), None, account], now), 0);
        assert!(wait(&[Some(full(Counter::Pair)), None, None], now) > 0);
    }
}
