//! What holds for any limit and any run of calls.

use std::time::Duration;

use proptest::prelude::*;

use super::limiter;
use super::naive::Naive;
use crate::rate_limit::{Permit, RateLimit, RateRejected};

/// Far enough that a call which fits has its turn within, at the sizes drawn here.
const HORIZON: u128 = 2_000;

prop_compose! {
    /// Limits whose numbers are small, so that calls meet at one nanosecond.
    fn small_limit()(
        permits in 1_u32..6,
        period in 1_u64..12,
        burst in prop::option::of(1_u32..6),
        max_wait in prop_oneof![Just(0), 0_u64..20],
        is_window in any::<bool>(),
    ) -> RateLimit {
        let limit = RateLimit::per(permits, Duration::from_nanos(period))
            .max_wait(Duration::from_nanos(max_wait));
        match (is_window, burst) {
            (true, _) => limit.sliding_window(),
            (false, Some(burst)) => limit.burst(burst),
            (false, None) => limit,
        }
    }
}

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..1_000).prop_map(Duration::from_nanos),
        (any::<u64>(), 0_u32..1_000_000_000).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
        Just(Duration::ZERO),
        Just(Duration::MAX),
    ]
}

fn any_count() -> impl Strategy<Value = u32> {
    prop_oneof![0_u32..4, any::<u32>(), Just(u32::MAX)]
}

prop_compose! {
    /// Any limit that can be written down and makes sense.
    fn any_limit()(
        (permits, burst) in (any_count(), prop::option::of(any_count())),
        (period, max_wait) in (any_duration(), any_duration()),
        is_window in any::<bool>(),
    ) -> Option<RateLimit> {
        let limit = RateLimit::per(permits, period).max_wait(max_wait);
        let limit = match (is_window, burst) {
            (true, _) => limit.sliding_window(),
            (false, Some(burst)) => limit.burst(burst),
            (false, None) => limit,
        };
        limit.check().is_ok().then_some(limit)
    }
}

/// What the naive model says of a call: its turn, and how long it waits.
fn expected(
    naive: &Naive,
    limit: &RateLimit,
    cost: u32,
    now: Duration,
) -> Result<(u128, Duration), RateRejected> {
    let most = limit.most_at_once();
    if cost > most {
        return Err(RateRejected::TooCostly { cost, most });
    }
    let turn = naive.turn(cost, now, HORIZON).expect("the horizon is far");
    let wait = naive.wait(turn, now);
    if wait > limit.max_wait {
        return Err(RateRejected::Exhausted { retry_after: wait });
    }
    Ok((turn, wait))
}

proptest! {
    #[test]
    fn admits_and_rejects_as_the_definition_does(
        limit in small_limit(),
        calls in prop::collection::vec((1_u32..7, 0_u64..15), 1..40),
    ) {
        let (mut limiter, mut naive) = (limiter(&limit), Naive::new(&limit));
        let mut now = Duration::ZERO;
        for (cost, step) in calls {
            now += Duration::from_nanos(step);
            let expected = expected(&naive, &limit, cost, now);
            let answer = limiter.try_acquire(cost, now);
            let answer = answer.map(|permit| (naive.turn_of(&permit, now), permit.after()));
            prop_assert_eq!(answer, expected);
            if let Ok((turn, _)) = expected {
                naive.admit(cost, turn);
            }
        }
        prop_assert!(naive.is_within_the_limit());
    }

    #[test]
    fn what_is_available_is_what_can_be_taken_at_once(
        limit in small_limit(),
        calls in prop::collection::vec((0_u32..7, 0_u64..15), 0..20),
    ) {
        let mut limiter = limiter(&limit);
        let mut now = Duration::ZERO;
        for (cost, step) in calls {
            now += Duration::from_nanos(step);
            let _ = limiter.try_acquire(cost, now);
            let available = limiter.available(now);
            let starts = |cost| {
                let answer = limiter.clone().try_acquire(cost, now);
                answer.is_ok_and(|permit| permit.after().is_zero())
            };
            prop_assert!(starts(available));
            prop_assert!(!starts(available + 1));
        }
    }

    #[test]
    fn whoever_comes_back_when_told_is_admitted_at_once(
        limit in small_limit(),
        calls in prop::collection::vec((1_u32..7, 0_u64..15), 1..40),
    ) {
        let mut limiter = limiter(&limit);
        let mut now = Duration::ZERO;
        for (cost, step) in calls {
            now += Duration::from_nanos(step);
            if let Err(RateRejected::Exhausted { retry_after }) = limiter.try_acquire(cost, now) {
                let early = now + retry_after - Duration::from_nanos(1);
                let answer = limiter.clone().try_acquire(cost, early);
                prop_assert!(answer.is_err() || !answer.unwrap().after().is_zero());
                now += retry_after;
                prop_assert_eq!(limiter.try_acquire(cost, now).unwrap().after(), Duration::ZERO);
            }
        }
    }

    #[test]
    fn a_time_that_is_earlier_than_one_before_counts_as_that_one(
        limit in small_limit(),
        calls in prop::collection::vec((0_u32..7, 0_u64..100), 1..40),
    ) {
        let (mut wild, mut tame) = (limiter(&limit), limiter(&limit));
        let mut latest = Duration::ZERO;
        for (cost, now) in calls {
            let now = Duration::from_nanos(now);
            latest = latest.max(now);
            prop_assert_eq!(wild.try_acquire(cost, now), tame.try_acquire(cost, latest));
            prop_assert_eq!(wild.available(now), tame.available(latest));
        }
    }

    #[test]
    fn no_limit_no_cost_and_no_time_panics_or_admits_too_much_at_once(
        limit in any_limit().prop_filter_map("makes sense", |limit| limit),
        steps in prop::collection::vec((any_count(), any_duration(), any::<bool>()), 1..30),
    ) {
        let mut limiter = limiter(&limit);
        let (mut held, mut latest): (Vec<Permit>, _) = (Vec::new(), Duration::ZERO);
        let mut at_once = 0;
        for (cost, now, is_refund) in steps {
            if now > latest {
                (latest, at_once) = (now, 0);
            }
            match limiter.try_acquire(cost, now) {
                Ok(permit) => {
                    prop_assert!(permit.after() <= limit.max_wait);
                    prop_assert!(permit.cost() == cost && cost <= limit.most_at_once());
                    if permit.after().is_zero() {
                        at_once += u64::from(cost);
                    }
                    held.push(permit);
                }
                Err(RateRejected::TooCostly { .. }) => prop_assert!(cost > limit.most_at_once()),
                Err(RateRejected::Exhausted { retry_after }) => {
                    prop_assert!(retry_after > limit.max_wait || retry_after == Duration::MAX);
                }
            }
            prop_assert!(at_once <= u64::from(limit.most_at_once()));
            prop_assert!(limiter.available(now) <= limit.most_at_once());
            if is_refund && let Some(permit) = held.pop() {
                if permit.after().is_zero() {
                    at_once = at_once.saturating_sub(u64::from(permit.cost()));
                }
                limiter.refund(permit, now);
            }
        }
    }

    #[test]
    fn any_rate_is_kept_without_drift(
        permits in 1_u32..2_000_000_000,
        period in 1_u64..1 << 50,
        turns in 1_u32..500,
    ) {
        let limit = RateLimit::per(permits, Duration::from_nanos(period))
            .burst(1)
            .max_wait(Duration::MAX);
        let mut limiter = limiter(&limit);
        let mut last = Duration::ZERO;
        for _ in 0..=turns {
            last = limiter.try_acquire(1, Duration::ZERO).unwrap().after();
        }
        let exact = u128::from(turns) * u128::from(period);
        prop_assert_eq!(last.as_nanos(), exact.div_ceil(u128::from(permits)));
    }
}
