//! Proves the sliding window at its boundaries and for any arrivals (contract §12).

use proptest::prelude::*;

use super::*;

const fn allowance(limit: u32) -> Allowance {
    Allowance { class: CredentialClass::ApiKey, limit }
}

fn taken(window: &mut Window, now: u32, limit: u32) -> (bool, u32, u32) {
    let standing = window.take(now, allowance(limit));
    assert_eq!((standing.class, standing.limit), (CredentialClass::ApiKey, limit));
    (standing.allowed, standing.remaining, standing.reset_after)
}

#[test]
fn contract_12_the_1000th_passes_and_the_1001st_does_not() {
    let mut window = Window::default();
    for n in 1..=1000 {
        assert_eq!(taken(&mut window, 7, 1000), (true, 1000 - n, 3600));
    }
    assert_eq!(taken(&mut window, 7, 1000), (false, 0, 3600));
}

#[test]
fn contract_12_a_place_is_free_in_the_3601st_second_after_its_request() {
    let mut window = Window::default();
    assert_eq!(taken(&mut window, 100, 2), (true, 1, 3600));
    assert_eq!(taken(&mut window, 110, 2), (true, 0, 3591));
    for (now, expected) in [
        (110, (false, 0, 3591)),
        (3700, (false, 0, 1)),
        (3701, (true, 0, 10)),
        (3710, (false, 0, 1)),
        (3711, (true, 0, 3591)),
    ] {
        assert_eq!(taken(&mut window, now, 2), expected, "{now}");
    }
}

#[test]
fn contract_12_looking_and_being_refused_count_nothing() {
    let mut window = Window::default();
    for _ in 0..3 {
        let seen = window.peek(5, allowance(1));
        assert_eq!((seen.allowed, seen.remaining, seen.reset_after), (true, 1, WINDOW_SECONDS));
    }
    assert!(taken(&mut window, 5, 1).0);
    assert_eq!(taken(&mut window, 5, 1), (false, 0, 3600), "never more than the window");
    for now in 6..3605 {
        assert_eq!(taken(&mut window, now, 1), (false, 0, 3606 - now));
        assert!(!window.peek(now, allowance(1)).allowed);
    }
    assert!(taken(&mut window, 3606, 1).0);
}

#[test]
fn contract_12_a_limit_that_was_lowered_tells_when_one_passes_again() {
    let mut window = Window::default();
    for second in 0..10 {
        assert!(taken(&mut window, second, 10).0);
    }
    // Seven must leave before one of three passes: the seventh's second is 6.
    assert_eq!(taken(&mut window, 9, 4), (false, 0, 6 + 3601 - 9));
    assert_eq!(taken(&mut window, 6 + 3600, 4), (false, 0, 1));
    assert!(taken(&mut window, 6 + 3601, 4).0);
    assert_eq!(taken(&mut window, 6 + 3601, 0), (false, 0, WINDOW_SECONDS));
}

#[test]
fn security_r13_time_never_runs_backwards() {
    let mut window = Window::default();
    assert!(taken(&mut window, 1000, 2).0);
    assert_eq!(taken(&mut window, 0, 2), (true, 0, 3600));
    assert_eq!(taken(&mut window, 0, 2), (false, 0, 3600));
    assert_eq!(taken(&mut window, 4600, 2), (false, 0, 1));
    assert!(taken(&mut window, 4601, 2).0);
    let mut window = Window::default();
    assert!(taken(&mut window, u32::MAX, 1).0);
    assert!(!taken(&mut window, 0, 1).0);
}

#[test]
fn contract_12_what_is_given_back_frees_its_place_and_no_other() {
    let mut window = Window::default();
    for now in [10, 20, 20, 30] {
        assert!(taken(&mut window, now, 4).0);
    }
    window.give_back(20);
    assert_eq!(taken(&mut window, 31, 4), (true, 0, 10 + 3601 - 31));
    assert!(!taken(&mut window, 31, 4).0);
    window.give_back(20);
    window.give_back(25);
    assert_eq!(window.peek(31, allowance(4)).reset_after, 30 + 3601 - 31);
    window.give_back(29);
    assert_eq!(window.peek(31, allowance(4)).remaining, 2);
}

#[test]
fn a_window_at_rest_holds_nothing() {
    let mut window = Window::default();
    for second in 0..3600 {
        assert!(taken(&mut window, second, 5000).0);
    }
    assert!(!window.rest(3600));
    assert!(!window.rest(3599 + 3600));
    assert!(window.rest(3599 + 3601));
    assert_eq!((window.total, window.counts.capacity()), (0, 0));
}

#[test]
fn contract_12_the_tighter_of_two_limits_binds() {
    let standing = |allowed, remaining, reset_after| Standing {
        class: CredentialClass::ApiKey,
        limit: 10,
        remaining,
        reset_after,
        allowed,
    };
    for (binds, other) in [
        (standing(false, 0, 5), standing(true, 0, 9)),
        (standing(false, 3, 5), standing(true, 1, 9)),
        (standing(false, 0, 9), standing(false, 0, 5)),
        (standing(true, 1, 5), standing(true, 2, 9)),
    ] {
        assert_eq!(binds.tighter(other), binds);
        assert_eq!(other.tighter(binds), binds);
    }
}

proptest! {
    /// Arrivals in milliseconds, counted by whole seconds, judged by milliseconds again.
    #[test]
    fn contract_12_no_hour_ever_holds_more_than_the_limit(
        gaps in prop::collection::vec(prop_oneof![0_u64..900, 0_u64..400_000, 3_590_000_u64..3_610_000], 1..300),
        start in 0_u64..2000,
        limit in 1_u32..40,
    ) {
        let (mut window, mut passed, mut now) = (Window::default(), Vec::<u64>::new(), start);
        for gap in gaps {
            now += gap;
            if window.take(u32::try_from(now / 1000).unwrap(), allowance(limit)).allowed {
                passed.push(now);
            }
        }
        let places = usize::try_from(limit).unwrap();
        for (first, last) in passed.iter().zip(passed.iter().skip(places)) {
            prop_assert!(last - first >= 3_600_000, "{first} … {last}");
        }
    }

    /// The second that the window is wider than an hour is all that a steady client has to leave.
    #[test]
    fn contract_12_a_steady_client_below_the_limit_is_never_refused(
        limit in 1_u64..2000,
        slower in 0_u64..5000,
        start in 0_u64..2000,
    ) {
        let every = 3_601_000_u64.div_ceil(limit) + slower;
        let mut window = Window::default();
        for n in 0..3 * limit {
            let now = u32::try_from((start + n * every) / 1000).unwrap();
            prop_assert!(window.take(now, allowance(u32::try_from(limit).unwrap())).allowed, "request {n}");
        }
    }

    /// What a refused caller is told is when one passes, and not a second later than need be; after a whole window a second more.
    #[test]
    fn contract_12_one_passes_when_the_refusal_said_and_not_before(
        seconds in prop::collection::vec(0_u32..7200, 1..200),
        limit in 1_u32..20,
    ) {
        let (mut window, mut seconds) = (Window::default(), seconds);
        seconds.sort_unstable();
        let last = seconds.last().copied().unwrap();
        for now in seconds {
            window.take(now, allowance(limit));
        }
        let standing = window.peek(last, allowance(limit));
        if !standing.allowed {
            prop_assert!(!window.peek(last + standing.reset_after - 1, allowance(limit)).allowed);
            prop_assert!(standing.reset_after <= WINDOW_SECONDS);
            let again = window.peek(last + standing.reset_after, allowance(limit));
            let second_more = standing.reset_after == WINDOW_SECONDS && again.reset_after == 1;
            prop_assert!(again.allowed || second_more);
        }
    }
}
