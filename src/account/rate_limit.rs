//! The sliding window of the rate limits, and what it lets through (contract §12).
//!
//! A true window: no stretch of an hour, wherever it begins, holds more than the limit. Requests are remembered as counts
//! of whole seconds, so one may have been made up to a second later than its count says. It therefore counts through
//! the 3600th second after its own, and its place is free in the 3601st. Nobody is told of more seconds than the window has:
//! who waits for a whole one may be asked to wait a second more.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::credential::CredentialClass;

/// Seconds a request counts: the `w` of a policy.
pub const WINDOW_SECONDS: u32 = 3600;

/// How many requests of a class may pass in an hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// Names the policy to the client.
    pub class: CredentialClass,
    /// Requests in [`WINDOW_SECONDS`].
    pub limit: u32,
}

/// Where a caller stands: what the rate limit headers say (contract §12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The policy's name.
    pub class: CredentialClass,
    /// The policy's limit.
    pub limit: u32,
    /// How many more would pass now.
    pub remaining: u32,
    /// Of one that passed: seconds until the oldest request leaves the window. Of one that was refused: seconds until one
    /// would pass. [`WINDOW_SECONDS`] at most, and if neither is known.
    pub reset_after: u32,
    /// Whether this request passed; of one that only looks: whether one would.
    pub allowed: bool,
}

impl Standing {
    /// Where `total` requests of the last hour leave a caller who asks for one more.
    pub const fn before(allowance: Allowance, total: u32, reset_after: u32) -> Self {
        let Allowance { class, limit } = allowance;
        let reset_after = if reset_after < WINDOW_SECONDS { reset_after } else { WINDOW_SECONDS };
        Self { class, limit, remaining: limit.saturating_sub(total), reset_after, allowed: total < limit }
    }

    /// Where the request that made it `total` leaves a caller.
    pub const fn after(allowance: Allowance, total: u32, reset_after: u32) -> Self {
        Self { allowed: true, ..Self::before(allowance, total, reset_after) }
    }

    /// Of two limits on one request, the one that binds: a refusal, the later one of two; else the smaller remainder.
    #[must_use]
    pub const fn tighter(self, other: Self) -> Self {
        let other_binds = match (self.allowed, other.allowed) {
            (false, false) => other.reset_after > self.reset_after,
            (true, true) => other.remaining < self.remaining,
            (allowed, _) => allowed,
        };
        if other_binds { other } else { self }
    }
}

/// Requests that passed in one second.
#[derive(Clone, Copy)]
struct Count {
    second: u32,
    requests: u32,
}

/// The requests of one counter in the last hour. Eight bytes for each second that had one.
#[derive(Default)]
pub struct Window {
    counts: VecDeque<Count>,
    total: u32,
}

impl Window {
    /// Whether one more would pass at `now`, in seconds of a clock that nobody sets; counts nothing.
    pub fn peek(&mut self, now: u32, allowance: Allowance) -> Standing {
        let now = self.slide(now);
        Standing::before(allowance, self.total, self.reset_after(now, allowance.limit))
    }

    /// Counts one at `now`, if it passes.
    pub fn take(&mut self, now: u32, allowance: Allowance) -> Standing {
        let standing = self.peek(now, allowance);
        if !standing.allowed {
            return standing;
        }
        let now = self.count(now);
        // One that passed is told when the oldest leaves, even if it was the last.
        Standing::after(allowance, self.total, self.oldest_leaves_after(now).unwrap_or(WINDOW_SECONDS))
    }

    /// Takes back one that was counted at `now`: it did not pass elsewhere. Where its second is not known any more an older
    /// one goes, which frees no place early.
    pub fn give_back(&mut self, now: u32) {
        let Some(place) = self.counts.iter().rposition(|count| count.second <= now) else { return };
        let Some(count) = self.counts.get_mut(place) else { return };
        self.total = self.total.saturating_sub(1);
        count.requests = count.requests.saturating_sub(1);
        if count.requests == 0 {
            self.counts.remove(place);
        }
    }

    fn count(&mut self, now: u32) -> u32 {
        let now = self.slide(now);
        self.total = self.total.saturating_add(1);
        match self.counts.back_mut() {
            Some(last) if last.second == now => last.requests = last.requests.saturating_add(1),
            _ => self.counts.push_back(Count { second: now, requests: 1 }),
        }
        now
    }

    /// Whether nothing counts any more at `now`; gives back memory that is not needed.
    pub fn rest(&mut self, now: u32) -> bool {
        self.slide(now);
        if self.counts.len() * 4 < self.counts.capacity() {
            self.counts.shrink_to_fit();
        }
        self.counts.is_empty()
    }

    /// Forgets what left the window. Time never runs backwards: `now`, or the last second that was counted.
    fn slide(&mut self, now: u32) -> u32 {
        let now = self.counts.back().map_or(now, |last| now.max(last.second));
        while let Some(first) = self.counts.front()
            && now - first.second > WINDOW_SECONDS
        {
            self.total = self.total.saturating_sub(first.requests);
            self.counts.pop_front();
        }
        now
    }

    fn oldest_leaves_after(&self, now: u32) -> Option<u32> {
        self.counts.front().map(|first| leaves_after(first.second, now))
    }

    /// Seconds until the oldest leaves; where the limit is reached, until so many left that one more passes.
    fn reset_after(&self, now: u32, limit: u32) -> u32 {
        let mut left = self.total;
        let freed = self.counts.iter().find(|count| {
            left = left.saturating_sub(count.requests);
            left < limit
        });
        freed.map_or(WINDOW_SECONDS, |count| leaves_after(count.second, now))
    }
}

/// Seconds from `now` until a request counted in `second` does not count any more.
const fn leaves_after(second: u32, now: u32) -> u32 {
    (WINDOW_SECONDS + 1).saturating_sub(now.saturating_sub(second))
}
