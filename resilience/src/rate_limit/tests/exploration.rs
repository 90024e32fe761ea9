//! Every run of a few calls, cancellations and steps of time, at sizes where that is possible.

use std::time::Duration;

use super::naive::Naive;
use super::{limiter, ns};
use crate::rate_limit::{Permit, RateLimit, RateLimiter};

/// Steps in a run: each of the 9 choices at each of them, for each limit.
const DEPTH: usize = 6;

/// A state that was reached. Permits are not `Clone` for users, so the held ones are made again.
struct Reached {
    limiter: RateLimiter,
    naive: Naive,
    held: Vec<(u128, Permit)>,
    now: Duration,
}

impl Reached {
    fn copy(&self) -> Self {
        let again = |permit: &Permit| Permit { ..*permit };
        Self {
            limiter: self.limiter.clone(),
            naive: self.naive.clone(),
            held: self
                .held
                .iter()
                .map(|(turn, permit)| (*turn, again(permit)))
                .collect(),
            now: self.now,
        }
    }

    fn call(mut self, cost: u32, was_cancelled: bool, limit: &RateLimit) -> Self {
        let answer = self.limiter.try_acquire(cost, self.now);
        // A bucket may keep what was given back from the middle; otherwise both agree entirely.
        if !was_cancelled {
            let turn = self.naive.turn(cost, self.now, 100).expect("near");
            let wait = self.naive.wait(turn, self.now);
            match &answer {
                Ok(permit) => assert_eq!(permit.after(), wait),
                Err(error) => assert_eq!(error.retry_after(), Some(wait)),
            }
            assert_eq!(answer.is_ok(), wait <= limit.max_wait);
        }
        if let Ok(permit) = answer {
            let turn = self.naive.turn_of(&permit, self.now);
            self.naive.admit(cost, turn);
            self.held.push((turn, permit));
        }
        self
    }

    fn cancel(mut self, which: usize) -> Self {
        let (turn, permit) = self.held.remove(which);
        self.naive.forget(permit.cost(), turn);
        self.limiter.refund(permit, self.now);
        self
    }
}

/// Follows all runs from here, and counts them.
fn explore(reached: &Reached, was_cancelled: bool, depth: usize, limit: &RateLimit) -> usize {
    assert!(
        reached.naive.is_within_the_limit(),
        "{:?} of {limit:?}",
        reached.naive.admitted
    );
    if depth == 0 {
        return 1;
    }
    let mut runs = 0;
    for cost in 1..=limit.most_at_once().min(2) {
        let next = reached.copy().call(cost, was_cancelled, limit);
        runs += explore(&next, was_cancelled, depth - 1, limit);
    }
    for nanos in [1, 3] {
        let mut next = reached.copy();
        next.now += ns(nanos);
        runs += explore(&next, was_cancelled, depth - 1, limit);
    }
    for which in 0..reached.held.len() {
        let next = reached.copy().cancel(which);
        runs += explore(&next, true, depth - 1, limit);
    }
    runs
}

#[test]
fn every_short_run_keeps_within_the_limit() {
    let mut runs = 0;
    for (permits, period) in [(1, 2), (2, 3), (3, 2)] {
        let limit = RateLimit::per(permits, ns(period));
        for max_wait in [0, 5] {
            let limit = limit.clone().max_wait(ns(max_wait));
            for limit in [
                limit.clone().burst(1),
                limit.clone().burst(2),
                limit.sliding_window(),
            ] {
                let start = Reached {
                    limiter: limiter(&limit),
                    naive: Naive::new(&limit),
                    held: Vec::new(),
                    now: Duration::ZERO,
                };
                runs += explore(&start, false, DEPTH, &limit);
            }
        }
    }
    assert!(runs > 50_000, "{runs} runs only");
}
