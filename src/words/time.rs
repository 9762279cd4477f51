//! Times as people say them: how long ago, how soon, and the exact moment (`Words::ago`, `Words::exact`).

use chrono::{DateTime, Datelike, Timelike};
use fluent_bundle::{FluentArgs, FluentValue};

use super::Words;
use crate::clock::UnixTime;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Words {
    /// "3 minutes ago", whole units, rounded down; "in 2 days", rounded to the nearest, so that what was just made for a day says so.
    pub fn ago(&self, then: UnixTime, now: UnixTime) -> String {
        let seconds = now.seconds().saturating_sub(then.seconds());
        let unit = match seconds {
            0.. => 0,
            ahead if ahead.saturating_abs() < HOUR => MINUTE,
            ahead if ahead.saturating_abs() < DAY => HOUR,
            _ => DAY,
        };
        let span = seconds.saturating_abs().saturating_add(unit / 2);
        let (id, count) = match span {
            0..MINUTE => return self.say("time-now"),
            span @ MINUTE..HOUR => ("minutes", span / MINUTE),
            span @ HOUR..DAY => ("hours", span / HOUR),
            span => ("days", span / DAY),
        };
        self.count(&format!("time-{id}-{}", if seconds > 0 { "ago" } else { "ahead" }), count)
    }

    /// "30 days", "2 hours": the largest unit that is whole, else rounded down.
    pub fn span(&self, seconds: i64) -> String {
        match seconds {
            ..HOUR => self.count("time-minutes", seconds / MINUTE),
            HOUR..DAY => self.count("time-hours", seconds / HOUR),
            _ => self.count("time-days", seconds / DAY),
        }
    }

    /// "22 November 2026, 08:15 UTC".
    pub fn exact(&self, time: UnixTime) -> String {
        let Some(date) = DateTime::from_timestamp(time.seconds(), 0) else { return time.rfc3339() };
        let mut arguments = FluentArgs::with_capacity(4);
        arguments.set("day", FluentValue::from(date.day()));
        arguments.set("month", FluentValue::from(date.month()));
        arguments.set("year", FluentValue::from(date.year().to_string()));
        arguments.set("clock", FluentValue::from(format!("{:02}:{:02}", date.hour(), date.minute())));
        self.format("time-exact", Some(&arguments))
    }
}
