//! What a cancelled call gives back.

use std::time::Duration;

use proptest::prelude::*;

use super::naive::Naive;
use super::{limiter, ms};
use crate::rate_limit::{Permit, RateLimit, RateLimiter};

/// One in 100 ms, which wait for up to a minute.
fn spaced() -> RateLimit {
    RateLimit::per_second(10).burst(1).max_wait(ms(60_000))
}

fn waiting(limiter: &mut RateLimiter, calls: usize) -> Vec<Permit> {
    (0..calls)
        .map(|_| {
            limiter
                .try_acquire(1, ms(0))
                .expect("there is time to wait")
        })
        .collect()
}

#[test]
fn call_that_is_cancelled_at_once_leaves_no_trace() {
    for limit in [
        RateLimit::per_second(5),
        RateLimit::per_second(5).sliding_window(),
    ] {
        let mut limiter = limiter(&limit);
        for _ in 0..100 {
            let permit = limiter.try_acquire(3, ms(7)).unwrap();
            limiter.refund(permit, ms(7));
        }
        assert_eq!(limiter.available(ms(7)), 5);
    }
}

#[test]
fn calls_that_give_up_from_the_first_on_or_from_the_last_give_all_back() {
    for limit in [
        spaced(),
        RateLimit::per_second(1)
            .sliding_window()
            .max_wait(ms(60_000)),
    ] {
        for reversed in [false, true] {
            let mut limiter = limiter(&limit);
            let mut permits = waiting(&mut limiter, 50);
            if reversed {
                permits.reverse();
            }
            for permit in permits {
                limiter.refund(permit, ms(0));
            }
            assert_eq!(
                limiter.available(ms(0)),
                1,
                "{limit:?}, reversed {reversed}"
            );
        }
    }
}

#[test]
fn place_in_the_middle_comes_back_once_those_behind_it_are_back() {
    let mut limiter = limiter(&spaced());
    let mut permits = waiting(&mut limiter, 6);
    limiter.refund(permits.remove(2), ms(0));
    limiter.refund(permits.pop().unwrap(), ms(0));
    // Turns 0, 1, 3 and 4 are promised.
    let next = limiter.try_acquire(1, ms(0)).unwrap();
    assert_eq!(next.after(), ms(500));
    for permit in [next, permits.pop().unwrap(), permits.pop().unwrap()] {
        limiter.refund(permit, ms(0));
    }
    assert_eq!(limiter.try_acquire(1, ms(0)).unwrap().after(), ms(200));
}

#[test]
fn places_in_the_middle_come_back_together_in_whichever_order_they_were_left() {
    for order in [[2, 3], [3, 2]] {
        let mut limiter = limiter(&spaced());
        let mut permits: Vec<_> = waiting(&mut limiter, 6).into_iter().map(Some).collect();
        for which in order.into_iter().chain([4, 5]) {
            limiter.refund(permits[which].take().unwrap(), ms(0));
        }
        let next = limiter.try_acquire(1, ms(0)).unwrap();
        assert_eq!(next.after(), ms(200), "{order:?}");
    }
}

#[test]
fn what_time_has_brought_back_does_not_come_back_twice() {
    for limit in [
        RateLimit::per_second(5),
        RateLimit::per_second(5).sliding_window(),
    ] {
        let mut limiter = limiter(&limit);
        let old = limiter.try_acquire(4, ms(0)).unwrap();
        let used = limiter.try_acquire(5, ms(2_000)).unwrap();
        limiter.refund(old, ms(2_000));
        assert_eq!(limiter.available(ms(2_000)), 0, "{limit:?}");
        drop(used);
        assert_eq!(limiter.available(ms(9_000)), 5, "{limit:?}");
    }
}

/// What a run does next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Call(u32),
    /// Cancels one of the calls that are held, counted around.
    Cancel(usize),
    Pass(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u32..5).prop_map(Step::Call),
        2 => (0_usize..8).prop_map(Step::Cancel),
        2 => (0_u64..12).prop_map(Step::Pass),
    ]
}

/// Runs the steps, and says what stays admitted, and how much is taken in the end.
fn run(limit: &RateLimit, steps: &[Step]) -> Naive {
    let (mut limiter, mut naive) = (limiter(limit), Naive::new(limit));
    let (mut now, mut held) = (Duration::ZERO, Vec::new());
    for step in steps {
        match *step {
            Step::Pass(nanos) => now += Duration::from_nanos(nanos),
            Step::Call(cost) => {
                let before = limiter.clone();
                if let Ok(permit) = limiter.try_acquire(cost, now) {
                    let turn = naive.turn_of(&permit, now);
                    naive.admit(cost, turn);
                    held.push((turn, permit));
                } else {
                    // A rejection takes nothing.
                    assert_eq!(limiter.available(now), before.available(now));
                }
            }
            Step::Cancel(_) if held.is_empty() => {}
            Step::Cancel(which) => {
                let (turn, permit) = held.remove(which % held.len());
                naive.forget(permit.cost(), turn);
                limiter.refund(permit, now);
                let most = limit.most_at_once();
                assert!(limiter.available(now) <= most);
            }
        }
    }
    naive
}

proptest! {
    #[test]
    fn what_is_not_cancelled_keeps_within_the_limit(
        (permits, period, burst, max_wait) in (1_u32..5, 1_u64..12, 4_u32..7, 0_u64..40),
        is_spaced in any::<bool>(),
        steps in prop::collection::vec(any_step(), 1..60),
    ) {
        let limit = RateLimit::per(permits, Duration::from_nanos(period))
            .burst(if is_spaced { 1 } else { burst })
            .max_wait(Duration::from_nanos(max_wait));
        let naive = run(&limit, &steps);
        prop_assert!(naive.is_within_the_limit(), "{:?}", naive.admitted);
    }

    #[test]
    fn sliding_window_forgets_a_cancelled_call_whole(
        (permits, period, max_wait) in (1_u32..5, 1_u64..12, 0_u64..40),
        steps in prop::collection::vec(any_step(), 1..60),
    ) {
        let limit = RateLimit::per(permits, Duration::from_nanos(period))
            .max_wait(Duration::from_nanos(max_wait))
            .sliding_window();
        let (mut limiter, mut naive) = (limiter(&limit), Naive::new(&limit));
        let (mut now, mut held) = (Duration::ZERO, Vec::new());
        for step in steps {
            match step {
                Step::Pass(nanos) => now += Duration::from_nanos(nanos),
                Step::Call(cost) if cost > permits => {}
                Step::Call(cost) => {
                    let turn = naive.turn(cost, now, 500).expect("within the horizon");
                    let answer = limiter.try_acquire(cost, now);
                    prop_assert_eq!(answer.is_ok(), naive.wait(turn, now) <= limit.max_wait);
                    if let Ok(permit) = answer {
                        prop_assert_eq!(naive.turn_of(&permit, now), turn);
                        naive.admit(cost, turn);
                        held.push((turn, permit));
                    }
                }
                Step::Cancel(_) if held.is_empty() => {}
                Step::Cancel(which) => {
                    let (turn, permit) = held.remove(which % held.len());
                    naive.forget(permit.cost(), turn);
                    limiter.refund(permit, now);
                }
            }
        }
        prop_assert!(naive.is_within_the_limit());
    }

    #[test]
    fn last_call_that_is_cancelled_is_as_if_it_had_never_been(
        (permits, period, burst, max_wait) in (1_u32..5, 1_u64..12, 1_u32..7, 0_u64..40),
        before in prop::collection::vec((0_u32..5, 0_u64..9), 0..10),
        (cost, wait) in (0_u32..7, 0_u64..30),
        after in prop::collection::vec((0_u32..5, 0_u64..9), 0..10),
    ) {
        let limit = RateLimit::per(permits, Duration::from_nanos(period))
            .burst(burst)
            .max_wait(Duration::from_nanos(max_wait));
        let mut with = limiter(&limit);
        let mut now = Duration::ZERO;
        for (cost, step) in before {
            now += Duration::from_nanos(step);
            let _ = with.try_acquire(cost, now);
        }
        let mut without = with.clone();
        if let Ok(permit) = with.try_acquire(cost, now) {
            now += Duration::from_nanos(wait);
            with.refund(permit, now);
        }
        for (cost, step) in after {
            now += Duration::from_nanos(step);
            prop_assert_eq!(with.available(now), without.available(now));
            let after = |limiter: &mut RateLimiter| {
                limiter.try_acquire(cost, now).map(|permit| permit.after())
            };
            prop_assert_eq!(after(&mut with), after(&mut without));
        }
    }
}
