//! A server with one queue, under bursts and overload.

use std::collections::VecDeque;

use super::*;
use crate::backoff::unit;

/// One worker that takes 1 ms for a call, and calls that come at random.
struct Server {
    codel: Codel,
    queue: VecDeque<(Duration, Criticality)>,
    /// When the worker is free.
    free: Duration,
    /// When the next call comes.
    next: Duration,
    rng: ChaCha8Rng,
}

/// What became of the calls of each class, and how long those that were served had waited.
#[derive(Debug, Default)]
struct Seen {
    came: [u32; 4],
    served: [u32; 4],
    waits: Vec<Duration>,
}

impl Seen {
    fn share_served(&self, criticality: Criticality) -> f64 {
        let at = criticality.index();
        f64::from(self.served[at]) / f64::from(self.came[at])
    }

    fn median_wait(&mut self) -> Duration {
        self.waits.sort_unstable();
        self.waits[self.waits.len() / 2]
    }

    fn shed(&self) -> u32 {
        self.came.iter().sum::<u32>() - self.served.iter().sum::<u32>()
    }
}

impl Server {
    fn new() -> Self {
        Self {
            codel: Codel::new(QueueTime::target(ms(10))),
            queue: VecDeque::new(),
            free: ms(0),
            next: ms(0),
            rng: ChaCha8Rng::seed_from_u64(11),
        }
    }

    /// Runs so long under a load of so many times what it can serve, of which so much is of each
    /// class.
    fn run(&mut self, time: Duration, load: f64, shares: [f64; 4]) -> Seen {
        let mut seen = Seen::default();
        self.next = self.next.max(self.free);
        let until = self.next + time;
        while self.next < until || !self.queue.is_empty() {
            let starts = self.queue.front().map(|(came, _)| self.free.max(*came));
            if self.next < until && starts.is_none_or(|starts| self.next <= starts) {
                let criticality = self.draw(shares);
                seen.came[criticality.index()] += 1;
                self.queue.push_back((self.next, criticality));
                let gap = -(1.0 - unit(&mut self.rng)).ln() / load;
                self.next += ms(1).mul_f64(gap);
                continue;
            }
            let (came, criticality) = self.queue.pop_front().expect("it is not empty");
            let now = self.free.max(came);
            if self.codel.admit(now - came, criticality, now) {
                seen.served[criticality.index()] += 1;
                seen.waits.push(now - came);
                self.free = now + ms(1);
            } else {
                self.free = now;
            }
        }
        seen
    }

    fn draw(&mut self, shares: [f64; 4]) -> Criticality {
        let mut drawn = unit(&mut self.rng);
        let found = Criticality::ALL.into_iter().zip(shares).find(|(_, share)| {
            drawn -= share;
            drawn < 0.0
        });
        found.map_or(CriticalPlus, |(criticality, _)| criticality)
    }
}

const ALL_CRITICAL: [f64; 4] = [0.0, 0.0, 1.0, 0.0];
const ALL_SHEDDABLE: [f64; 4] = [1.0, 0.0, 0.0, 0.0];

#[test]
fn under_overload_calls_wait_about_as_long_as_the_target() {
    for (load, shares, most) in [
        (1.2, ALL_CRITICAL, 20),
        (2.0, ALL_CRITICAL, 20),
        (10.0, ALL_CRITICAL, 20),
        (2.0, ALL_SHEDDABLE, 10),
    ] {
        let mut server = Server::new();
        server.run(ms(2_000), load, shares);
        let mut seen = server.run(ms(20_000), load, shares);
        let served = seen.waits.len();
        assert!(
            served > 19_000,
            "the worker never rests: {served} at {load}"
        );
        let late = seen.waits.iter().filter(|wait| **wait > ms(most)).count();
        assert!(late * 20 < served, "{late} of {served} at {load}");
        let median = seen.median_wait();
        assert!(median >= ms(most / 2), "{median:?} at {load}");
    }
}

#[test]
fn a_load_that_can_be_served_is_served() {
    for load in [0.3, 0.8, 0.9] {
        let seen = Server::new().run(ms(60_000), load, ALL_SHEDDABLE);
        assert!(
            seen.shed() * 200 < seen.came[0],
            "{} of {:?}",
            seen.shed(),
            seen.came
        );
    }
}

#[test]
fn a_burst_that_is_over_within_the_interval_is_served() {
    let mut server = Server::new();
    for _ in 0..100 {
        // Ten times the load, which takes the worker 90 ms to work off.
        let seen = server.run(ms(8), 10.0, ALL_SHEDDABLE);
        assert_eq!(seen.shed(), 0);
        server.next += ms(50);
    }
}

#[test]
fn critical_calls_are_served_while_there_are_others_to_shed() {
    let shares = [0.4, 0.2, 0.3, 0.1];
    let mut server = Server::new();
    server.run(ms(1_000), 2.0, shares);
    // Half of it can be served: 0.8 critical ones, and half of the sheddable-plus ones.
    let seen = server.run(ms(20_000), 2.0, shares);
    assert!(seen.share_served(CriticalPlus) > 0.99, "{:?}", seen.served);
    assert!(seen.share_served(Critical) > 0.97, "{:?}", seen.served);
    let some = seen.share_served(SheddablePlus);
    assert!((0.2..0.8).contains(&some), "{some}");
    assert!(
        seen.share_served(Sheddable) < 0.25,
        "{:?} {:?}",
        seen.came,
        seen.served
    );
}

#[test]
fn once_the_overload_is_over_nothing_more_is_shed() {
    let mut server = Server::new();
    assert!(server.run(ms(1_000), 3.0, ALL_CRITICAL).shed() > 500);
    let after = server.run(ms(1_000), 0.5, ALL_CRITICAL);
    assert_eq!(after.shed(), 0);
}
