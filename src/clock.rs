//! Time as the product sees it: a point in time, and the one place that reads the wall clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// When this process first asked how long it runs.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A point in time: microseconds since 1970-01-01T00:00:00Z, as stored in both databases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UnixTime(i64);

impl UnixTime {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the epoch, the unit of a JWT's `NumericDate` (RFC 7519 §2).
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// This point moved by `seconds` (negative: into the past).
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// Seconds from `earlier` until this point, rounded up, never negative.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        let micros = self.0.saturating_sub(earlier.0);
        if micros <= 0 { 0 } else { (micros - 1) / MICROS_PER_SECOND + 1 }
    }

    /// Reads RFC 3339 with any offset; parts of a microsecond are dropped. `None` for anything else.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|time| Self(time.timestamp_micros()))
    }

    /// Reads a date of HTTP in the one form that is still written (RFC 9110 §5.6.7). `None` for anything else.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let read = NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S GMT").ok()?;
        Some(Self::from_seconds(read.and_utc().timestamp()))
    }

    /// RFC 3339 in UTC with whole seconds and `Z` (contract §4, §8).
    pub fn rfc3339(self) -> String {
        DateTime::from_timestamp(self.seconds(), 0)
            .unwrap_or(DateTime::UNIX_EPOCH)
            .to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// Where the time comes from: the machine, or a test that holds it in its hand.
#[derive(Clone)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// A clock that stands still until it is moved; microseconds since the epoch.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `time`.
    pub fn fixed(time: UnixTime) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(time.micros())))
    }

    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the wall clock")]
    pub fn now(&self) -> UnixTime {
        match self {
            Self::System => UnixTime(chrono::Utc::now().timestamp_micros()),
            Self::Fixed(micros) => UnixTime(micros.load(Ordering::SeqCst)),
        }
    }

    /// Time that passed since some fixed moment. Nobody sets this clock: it measures where the wall clock may jump (security
    /// A fixed clock measures by the time it shows.
    pub fn uptime(&self) -> Duration {
        match self {
            Self::System => STARTED.elapsed(),
            Self::Fixed(micros) => {
                Duration::from_micros(u64::try_from(micros.load(Ordering::SeqCst)).unwrap_or(0))
            }
        }
    }

    /// Moves a fixed clock by `seconds`; a system clock does not move.
    pub fn advance(&self, seconds: i64) {
        if let Self::Fixed(micros) = self {
            micros.fetch_add(seconds.saturating_mul(MICROS_PER_SECOND), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_has_whole_seconds_and_z() {
        assert_eq!(UnixTime::from_micros(1_700_000_000_999_999).rfc3339(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn times_are_read_with_any_offset() {
        for text in ["2023-11-14T22:13:20Z", "2023-11-15T00:13:20+02:00", "2023-11-14t22:13:20.000z"] {
            assert_eq!(UnixTime::parse_rfc3339(text), Some(UnixTime::from_seconds(1_700_000_000)), "{text}");
        }
        for text in ["", "2023-11-14", "2023-11-14T22:13:20", "1700000000", "2023-13-14T22:13:20Z"] {
            assert_eq!(UnixTime::parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_since_rounds_up_and_never_goes_negative() {
        let t = UnixTime::from_seconds(10);
        assert_eq!(UnixTime::from_micros(10_000_001).seconds_since(t), 1);
        assert_eq!(UnixTime::from_seconds(9).seconds_since(t), 0);
        let last = UnixTime::from_micros(i64::MAX);
        assert_eq!(last.seconds_since(UnixTime::from_micros(0)), i64::MAX / MICROS_PER_SECOND + 1);
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(UnixTime::from_seconds(5));
        assert_eq!(clock.now().seconds(), 5);
        clock.advance(60);
        assert_eq!(clock.now().seconds(), 65);
        assert_eq!(clock.uptime(), Duration::from_secs(65));
        clock.advance(-70);
        assert_eq!(clock.uptime(), Duration::ZERO);
    }

    #[test]
    fn security_r13_uptime_passes_and_has_nothing_to_do_with_the_date() {
        let before = Clock::System.uptime();
        assert!(before < Duration::from_secs(86_400));
        while Clock::System.uptime() == before {}
    }
}
