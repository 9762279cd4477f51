//! The life of a signing key: published, then signing, then only verifying, then gone (RFC 7517 §5; contract §14; security
//! §3, R-14 and R-15, §4.2).
//!
//! Everything follows from two stored times, when a key may sign and when it was revoked: no step has to happen for a key to
//! go from one state to the next, and no two nodes can disagree about what was done.

use super::access_token;
use crate::clock::UnixTime;

/// Seconds for which whoever fetched the key set may keep it (RFC 9111 §5.2.2.1).
pub const MAX_AGE_SECONDS: i64 = 300;
/// Seconds for clocks that differ and answers that travel.
const MARGIN_SECONDS: i64 = 300;
/// Seconds for which a key is published before it signs (security R-14).
pub const LEAD_SECONDS: i64 = MAX_AGE_SECONDS + MARGIN_SECONDS;
/// Seconds for which a key is published after it signed last: no token of it lives longer.
pub const KEEP_SECONDS: i64 = access_token::LIFETIME_SECONDS + MARGIN_SECONDS;

/// Where a key is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Published, and does not sign yet: another of its algorithm does.
    Next,
    /// Signs. The first of its algorithm signs from when it was made what can be signed by no other, and the rest from its time on.
    Active,
    /// Signs no more; what it signed is still good.
    Retired,
    /// Neither published nor believed: what it signed is refused.
    Revoked,
}

impl State {
    /// The word that people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }
}

/// A key's name and times.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyLife {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// The registered `alg` value.
    pub algorithm: &'static str,
    /// When it was made, and published.
    pub created_at: UnixTime,
    /// When it may sign.
    pub active_at: UnixTime,
    /// When it stopped being believed.
    pub revoked_at: Option<UnixTime>,
}

impl KeyLife {
    /// Whether it is published and believed.
    pub const fn is_good(&self) -> bool {
        self.revoked_at.is_none()
    }

    /// Orders the keys of one algorithm.
    fn turn(&self) -> (UnixTime, UnixTime, &str) {
        (self.active_at, self.created_at, &self.kid)
    }

    /// When it stops, or stopped, signing: when the next good key of its algorithm may sign. `None` while there is none.
    pub fn retired_at(&self, all: &[Self]) -> Option<UnixTime> {
        good(all, self.algorithm).filter(|key| key.turn() > self.turn()).map(|key| key.active_at).min()
    }

    /// Where it is in its life, among `all` keys.
    pub fn state(&self, all: &[Self], now: UnixTime) -> State {
        if self.revoked_at.is_some() {
            State::Revoked
        } else if now < self.active_at && good(all, self.algorithm).any(|key| key.turn() < self.turn()) {
            State::Next
        } else if self.retired_at(all).is_some_and(|at| at <= now) {
            State::Retired
        } else {
            State::Active
        }
    }

    /// When nothing it signed can be good any more, so that it goes. `None` while it has no successor.
    pub fn removed_at(&self, all: &[Self]) -> Option<UnixTime> {
        Some(self.revoked_at.or_else(|| self.retired_at(all))?.plus_seconds(KEEP_SECONDS))
    }

    /// Whether it has gone, but for its row.
    pub fn is_over(&self, all: &[Self], now: UnixTime) -> bool {
        self.removed_at(all).is_some_and(|at| at <= now)
    }
}

/// The algorithms that have a key, in no order, each once.
pub fn algorithms(all: &[KeyLife]) -> Vec<&'static str> {
    let mut names: Vec<_> = all.iter().filter(|key| key.is_good()).map(|key| key.algorithm).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The key of `algorithm` that waits for its time.
pub fn next<'a>(all: &'a [KeyLife], algorithm: &str, now: UnixTime) -> Option<&'a KeyLife> {
    good(all, algorithm).find(|key| key.state(all, now) == State::Next)
}

/// Whether it is time to make the next key of `algorithm`, so that it may sign once the present one has done so for
/// `lifetime` seconds; 0: never.
pub fn is_due(all: &[KeyLife], algorithm: &str, lifetime: i64, now: UnixTime) -> bool {
    let newest = good(all, algorithm).map(|key| key.active_at).max();
    lifetime > 0 && newest.is_some_and(|at| at.plus_seconds(lifetime - LEAD_SECONDS) <= now)
}

fn good<'a>(all: &'a [KeyLife], algorithm: &str) -> impl Iterator<Item = &'a KeyLife> {
    all.iter().filter(move |key| key.is_good() && key.algorithm == algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
    const DAY: i64 = 86_400;

    /// A key that may sign `at` seconds from now.
    fn key(kid: &str, at: i64) -> KeyLife {
        let active_at = NOW.plus_seconds(at);
        KeyLife {
            kid: kid.to_owned(),
            algorithm: "ES256",
            created_at: active_at,
            active_at,
            revoked_at: None,
        }
    }

    fn revoked(kid: &str, at: i64, ago: i64) -> KeyLife {
        KeyLife { revoked_at: Some(NOW.plus_seconds(-ago)), ..key(kid, at) }
    }

    fn check(all: &[KeyLife], expected: &[State]) {
        let states: Vec<State> = all.iter().map(|key| key.state(all, NOW)).collect();
        assert_eq!(states, expected, "{all:?}");
    }

    #[test]
    fn security_r14_a_key_is_next_then_active_then_retired() {
        use State::{Active, Next, Retired, Revoked};
        check(&[key("a", -DAY)], &[Active]);
        check(&[key("a", -DAY), key("b", 1)], &[Active, Next]);
        // The first of an algorithm is the one that signs, whatever its time: there is no other.
        check(&[key("a", 1)], &[Active]);
        check(&[key("a", 1), key("b", 2)], &[Active, Next]);
        check(&[revoked("a", 1, 0), key("b", 2)], &[Revoked, Active]);
        check(&[key("a", -DAY), key("b", 0)], &[Retired, Active]);
        check(&[key("a", -9), key("b", -5), key("c", 5)], &[Retired, Active, Next]);
        check(&[key("a", -9), revoked("b", -5, 1), key("c", -1)], &[Retired, Revoked, Active]);
        // A next key that is revoked leaves the present one where it was.
        check(&[key("a", -9), revoked("b", 5, 1)], &[Active, Revoked]);
        // Each algorithm by itself.
        let other = KeyLife { algorithm: "RS256", ..key("b", -1) };
        check(&[key("a", -9), other], &[Active, Active]);
        // Of two made for the same moment one counts.
        check(&[key("a", -9), key("b", -9)], &[Retired, Active]);
    }

    #[test]
    fn security_r14_exactly_one_key_of_an_algorithm_is_active_at_any_time() {
        let all = [key("a", -2 * DAY), key("b", -DAY), revoked("c", -5, 1), key("d", 0), key("e", DAY)];
        for second in (-2 * DAY..2 * DAY).step_by(600) {
            let now = NOW.plus_seconds(second);
            let active = all.iter().filter(|key| key.state(&all, now) == State::Active).count();
            assert_eq!(active, 1, "{second}");
        }
    }

    #[test]
    fn security_r14_a_key_goes_when_its_last_token_has_ended() {
        let end = |all: &[KeyLife], at: i64| all[0].is_over(all, NOW.plus_seconds(at));
        let replaced = [key("a", -DAY), key("b", 0)];
        assert!(!end(&replaced, access_token::LIFETIME_SECONDS + 299));
        assert!(end(&replaced, access_token::LIFETIME_SECONDS + 300));
        assert!(!end(&[key("a", -1000 * DAY)], 0), "the only key stays");
        assert!(!end(&[key("a", -DAY), revoked("b", -DAY, 0)], DAY), "nor does the one that is left");
        assert!(end(&[revoked("a", -DAY, KEEP_SECONDS)], 0) && !end(&[revoked("a", -DAY, 0)], 0));
    }

    #[test]
    fn security_r14_the_next_key_is_published_ten_minutes_before_its_time() {
        assert_eq!(LEAD_SECONDS, MAX_AGE_SECONDS + 300);
        let due = |all: &[KeyLife], lifetime| is_due(all, "ES256", lifetime, NOW);
        assert!(due(&[key("a", -(DAY - 600))], DAY) && !due(&[key("a", -(DAY - 601))], DAY));
        assert!(!due(&[key("a", -DAY), key("b", 600)], DAY), "there is one already");
        assert!(due(&[key("a", -DAY), revoked("b", 600, 1)], DAY), "but not a good one");
        assert!(!due(&[key("a", -1000 * DAY)], 0), "0: never");
        assert_eq!(next(&[key("a", -1), key("b", 1)], "ES256", NOW).map(|k| k.kid.as_str()), Some("b"));
        assert_eq!(next(&[key("a", -1), revoked("b", 1, 1)], "ES256", NOW), None);
        assert_eq!(algorithms(&[key("a", 0), key("b", 1), revoked("c", 0, 1)]), ["ES256"]);
    }
}
