//! Clocks that stand still, go back or jump, and costs at the ends.

use std::time::Duration;

use super::{THIRTY_YEARS, limiter, ms};
use crate::rate_limit::{RateLimit, RateRejected};

/// A limit of 10 at once of either kind, which come back within a second.
fn both() -> [RateLimit; 2] {
    let limit = RateLimit::per_second(10);
    [limit.clone(), limit.sliding_window()]
}

/// How many calls of cost 1 start at `now`.
fn starts(limiter: &mut crate::rate_limit::RateLimiter, now: Duration) -> usize {
    (0..100)
        .filter(|_| limiter.try_acquire(1, now).is_ok())
        .count()
}

#[test]
fn clock_that_stands_still_admits_the_burst_and_no_more() {
    for limit in both() {
        let mut limiter = limiter(&limit);
        assert_eq!(starts(&mut limiter, ms(0)), 10, "{limit:?}");
        assert_eq!(starts(&mut limiter, ms(0)), 0, "{limit:?}");
    }
}

#[test]
fn clock_that_goes_back_brings_nothing_back() {
    for limit in both() {
        let mut limiter = limiter(&limit);
        assert_eq!(starts(&mut limiter, ms(5_000)), 10, "{limit:?}");
        assert_eq!(starts(&mut limiter, ms(0)), 0, "{limit:?}");
        assert_eq!(starts(&mut limiter, ms(4_999)), 0, "{limit:?}");
        assert_eq!(starts(&mut limiter, ms(6_000)), 10, "{limit:?}");
    }
}

#[test]
fn call_with_an_old_time_is_decided_at_the_latest_one() {
    for limit in both() {
        let mut limiter = limiter(&limit);
        assert!(limiter.try_acquire(1, ms(5_000)).is_ok());
        assert_eq!(starts(&mut limiter, ms(1_000)), 9, "{limit:?}");
    }
}

#[test]
fn clock_that_jumps_by_thirty_years_fills_the_bucket_once() {
    for limit in both() {
        let mut limiter = limiter(&limit);
        assert_eq!(starts(&mut limiter, ms(0)), 10, "{limit:?}");
        assert_eq!(starts(&mut limiter, THIRTY_YEARS), 10, "{limit:?}");
        assert_eq!(starts(&mut limiter, THIRTY_YEARS), 0, "{limit:?}");
        // Back again: it stands still until it has caught up.
        assert_eq!(starts(&mut limiter, ms(10_000)), 0, "{limit:?}");
        assert_eq!(
            starts(&mut limiter, THIRTY_YEARS + ms(1_000)),
            10,
            "{limit:?}"
        );
    }
}

#[test]
fn longest_time_of_all_is_a_time_as_any_other() {
    for limit in both() {
        let mut limiter = limiter(&limit.clone().max_wait(Duration::from_secs(3)));
        for _ in 0..10 {
            assert!(
                limiter
                    .try_acquire(1, Duration::MAX)
                    .unwrap()
                    .after()
                    .is_zero()
            );
        }
        assert!(
            !limiter
                .try_acquire(1, Duration::MAX)
                .unwrap()
                .after()
                .is_zero()
        );
    }
}

#[test]
fn cost_of_zero_is_always_admitted_and_takes_nothing() {
    for limit in both() {
        let mut limiter = limiter(&limit.clone().max_wait(ms(1_000)));
        for _ in 0..1_000 {
            let permit = limiter.try_acquire(0, ms(0)).unwrap();
            assert_eq!((permit.cost(), permit.after()), (0, ms(0)));
            limiter.refund(permit, ms(0));
        }
        assert_eq!(limiter.available(ms(0)), 10, "{limit:?}");
        while limiter.try_acquire(1, ms(0)).is_ok() {}
        assert_eq!(limiter.try_acquire(0, ms(0)).unwrap().after(), ms(0));
    }
}

#[test]
fn cost_over_the_burst_is_rejected_for_good_and_takes_nothing() {
    for limit in both() {
        let mut limiter = limiter(&limit.clone().max_wait(ms(900_000)));
        for cost in [11, u32::MAX] {
            let error = limiter.try_acquire(cost, ms(0)).unwrap_err();
            assert_eq!(error, RateRejected::TooCostly { cost, most: 10 });
            assert_eq!(error.retry_after(), None);
        }
        assert_eq!(limiter.try_acquire(10, ms(0)).unwrap().after(), ms(0));
    }
}

#[test]
fn rejected_call_is_told_when_to_come_back() {
    let mut bucket = limiter(&RateLimit::per_second(10));
    assert!(bucket.try_acquire(10, ms(0)).is_ok());
    let error = bucket.try_acquire(3, ms(50)).unwrap_err();
    assert_eq!(error.retry_after(), Some(ms(250)));
    assert_eq!(
        error.to_string(),
        "rate limit is used up, a place is free after 250ms"
    );

    let mut window = limiter(&RateLimit::per_second(10).sliding_window());
    assert!(window.try_acquire(10, ms(0)).is_ok());
    let error = window.try_acquire(3, ms(50)).unwrap_err();
    assert_eq!(error.retry_after(), Some(ms(950)));
}

#[test]
fn sliding_window_admits_no_more_across_its_border_where_a_bucket_does() {
    let run = |limit: &RateLimit| {
        let mut limiter = limiter(limit);
        (0..1_000)
            .filter(|at| limiter.try_acquire(1, ms(*at)).is_ok())
            .count()
    };
    let [bucket, window] = both();
    assert_eq!(run(&window), 10);
    assert_eq!(run(&bucket), 19);
}

#[test]
fn calls_wait_in_the_order_in_which_they_came_whatever_they_cost() {
    for limit in both() {
        let mut limiter = limiter(&limit.clone().max_wait(ms(9_000)));
        let costs = [7, 9, 1, 1, 10, 1];
        let mut turns = Vec::new();
        for cost in costs {
            turns.push(limiter.try_acquire(cost, ms(0)).unwrap().after());
        }
        assert!(turns.is_sorted(), "{turns:?} of {limit:?}");
    }
}

#[test]
fn rates_above_one_for_each_nanosecond_are_exact() {
    let mut limiter = limiter(&RateLimit::per_second(u32::MAX).burst(1));
    let admitted = |limiter: &mut crate::rate_limit::RateLimiter, nanos: u64| {
        (0..nanos)
            .filter(|at| limiter.try_acquire(1, Duration::from_nanos(*at)).is_ok())
            .count()
    };
    assert_eq!(admitted(&mut limiter, 1_000), 1_000);
}
