//! The machine against a naive model, and rule by rule; the shell on a paused clock.

mod model;
mod reconfigure;
mod rules;
mod shell;

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::{Breaker, Ended, HalfOpen, Machine, Permit, Rejection};
use crate::verdict::Verdict;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A machine, its generator and a clock that moves when told.
#[derive(Clone)]
struct Scene {
    machine: Machine,
    rng: ChaCha8Rng,
    now: Duration,
}

impl Scene {
    fn new(settings: Breaker) -> Self {
        Self {
            machine: Machine::new(settings),
            rng: ChaCha8Rng::seed_from_u64(1),
            now: ms(0),
        }
    }

    fn acquire(&mut self) -> Result<Permit, Rejection> {
        self.machine.try_acquire(self.now, &mut self.rng)
    }

    fn record(&mut self, permit: Permit, verdict: Verdict) {
        let ended = Ended {
            verdict,
            took: ms(0),
            retry_after: None,
        };
        self.machine.record(permit, ended, self.now, &mut self.rng);
    }

    /// One call after another, each with the next verdict.
    fn calls(&mut self, verdicts: impl IntoIterator<Item = Verdict>) {
        for verdict in verdicts {
            let permit = self.acquire().expect("it admits");
            self.record(permit, verdict);
        }
    }

    fn fail(&mut self, times: usize) {
        self.calls(std::iter::repeat_n(Verdict::Unknown, times));
    }

    fn succeed(&mut self, times: usize) {
        self.calls(std::iter::repeat_n(Verdict::Success, times));
    }
}

/// Opens after two failures in a row for a second, and tries with two calls.
fn brittle() -> Breaker {
    Breaker::consecutive(2)
        .open_for(ms(1_000))
        .half_open(HalfOpen::Calls(2))
}
