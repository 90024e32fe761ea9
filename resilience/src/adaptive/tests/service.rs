//! Limits before a service that serves so many calls at once, and lets all others wait.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::*;
use crate::backoff::unit;

/// A service with workers that take calls from one queue; and callers who make as many as they may.
struct Scene {
    machine: Machine,
    /// When each worker is free again.
    workers: BinaryHeap<Reverse<Duration>>,
    /// How long a call takes on average that finds a worker.
    work: Duration,
    /// Calls under way, by their end.
    calls: BTreeMap<(Duration, u64), (Permit, Duration)>,
    made: u64,
    /// How many calls there would be without a limit.
    demand: usize,
    now: Duration,
    rng: ChaCha8Rng,
}

/// What was seen in a stretch of time.
#[derive(Debug)]
struct Seen {
    /// The average of the limit, over the calls.
    limit: f64,
    /// How long calls took on average, in seconds.
    latency: f64,
    per_second: f64,
}

impl Scene {
    fn new(settings: AdaptiveLimit, workers: usize, work: Duration) -> Self {
        Self {
            machine: Machine::new(settings),
            workers: std::iter::repeat_n(Reverse(ms(0)), workers).collect(),
            work,
            calls: BTreeMap::new(),
            made: 0,
            demand: usize::MAX,
            now: ms(0),
            rng: ChaCha8Rng::seed_from_u64(3),
        }
    }

    fn call_more(&mut self) {
        while self.calls.len() < self.demand
            && let Ok(permit) = self.machine.try_acquire(self.now)
        {
            let Reverse(free) = self.workers.pop().expect("there are workers");
            // Between half of and one and a half times the average.
            let work = self.work.mul_f64(0.5 + unit(&mut self.rng));
            let end = free.max(self.now) + work;
            self.workers.push(Reverse(end));
            self.made += 1;
            self.calls.insert((end, self.made), (permit, self.now));
        }
    }

    fn run(&mut self, time: Duration) -> Seen {
        let until = self.now + time;
        let (mut limits, mut latencies, mut calls) = (0.0, 0.0, 0.0);
        self.call_more();
        while let Some(next) = self.calls.first_entry()
            && next.key().0 < until
        {
            let ((end, _), (permit, began)) = next.remove_entry();
            self.now = end;
            self.machine.record(permit, Verdict::Success, end);
            assert_eq!(self.machine.in_flight(), self.calls.len());
            limits += self.machine.limit() as f64;
            latencies += (end - began).as_secs_f64();
            calls += 1.0;
            self.call_more();
        }
        self.now = until;
        Seen {
            limit: limits / calls,
            latency: latencies / calls,
            per_second: calls / time.as_secs_f64(),
        }
    }

    /// Leaves the service so many workers.
    fn shrink(&mut self, workers: usize) {
        let free = std::mem::take(&mut self.workers);
        self.workers = free.into_sorted_vec().into_iter().take(workers).collect();
    }
}

/// Each algorithm, from far below and from far above 40 calls at once.
fn from_both_sides(slow: Duration) -> Vec<AdaptiveLimit> {
    let algorithms = [
        AdaptiveLimit::aimd().slow(slow),
        AdaptiveLimit::vegas(),
        AdaptiveLimit::gradient2(),
    ];
    let both = algorithms.map(|limit| [limit.initial(5), limit.initial(200)]);
    both.concat()
}

#[test]
fn each_algorithm_finds_how_many_calls_a_service_serves_at_once() {
    for limit in from_both_sides(ms(60)) {
        let mut scene = Scene::new(limit, 40, ms(40));
        scene.run(ms(40_000));
        let seen = scene.run(ms(20_000));
        // 40 workers, 40 ms each: 1,000 calls a second.
        assert!((38.0..=75.0).contains(&seen.limit), "{limit:?}: {seen:?}");
        assert!(seen.per_second > 950.0, "{limit:?}: {seen:?}");
        assert!(seen.latency < 0.08, "{limit:?}: {seen:?}");
    }
}

#[test]
fn each_algorithm_backs_off_when_the_service_slows_and_comes_back_with_it() {
    for limit in from_both_sides(ms(60)) {
        let mut scene = Scene::new(limit, 40, ms(40));
        let before = scene.run(ms(40_000));
        scene.shrink(10);
        scene.run(ms(10_000));
        let after = scene.run(ms(20_000));
        assert!(
            after.limit < before.limit / 2.0,
            "{limit:?}: {before:?} {after:?}"
        );
        assert!(after.per_second > 235.0, "{limit:?}: {after:?}");
        scene.workers.extend([Reverse(scene.now); 30]);
        scene.run(ms(30_000));
        let again = scene.run(ms(20_000));
        assert!(again.per_second > 950.0, "{limit:?}: {again:?}");
    }
}

#[test]
fn no_limit_rises_without_an_end_under_a_load_that_never_ends() {
    for limit in from_both_sides(ms(60)) {
        let mut scene = Scene::new(limit.between(4..=2_000), 10, ms(40));
        let early = scene.run(ms(100_000));
        let late = scene.run(ms(400_000));
        assert!(late.limit < 30.0, "{limit:?}: {early:?} {late:?}");
    }
}

#[test]
fn callers_that_need_less_than_there_is_do_not_raise_the_limit() {
    for limit in from_both_sides(ms(60)) {
        let mut scene = Scene::new(limit.initial(30), 40, ms(40));
        scene.demand = 10;
        let seen = scene.run(ms(30_000));
        assert!(seen.limit <= 30.0, "{limit:?}: {seen:?}");
        assert!(seen.per_second > 235.0, "they are all served: {seen:?}");
    }
}
