//! How often a credential was judged from memory, and how often it was looked up: two numbers for operators.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Places in which hits are counted, so that cores do not wait for each other.
const PLACES: usize = 16;

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PLACE: usize = NEXT.fetch_add(1, Ordering::Relaxed) % PLACES;
}

/// A number with a cache line of its own.
#[derive(Default)]
#[repr(align(64))]
struct Place(AtomicU64);

/// Counts since the start.
#[derive(Default)]
pub struct Tally {
    hits: [Place; PLACES],
    misses: AtomicU64,
}

impl Tally {
    /// It was judged from memory.
    pub fn hit(&self) {
        if let Some(place) = PLACE.with(|place| self.hits.get(*place)) {
            place.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// It was looked up.
    pub fn miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// Hits and misses.
    pub fn read(&self) -> (u64, u64) {
        let hits = self.hits.iter().map(|place| place.0.load(Ordering::Relaxed)).sum();
        (hits, self.misses.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_of_every_thread_count() {
        let tally = Tally::default();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| (0..100).for_each(|_| tally.hit()));
            }
        });
        tally.miss();
        assert_eq!(tally.read(), (2000, 1));
    }
}
