//! [`CircuitBreaker`]: the machine behind a lock, on tokio's clock.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::machine::{Ended, Machine, Permit, Rejection};
use super::settings::Breaker;
use super::state::{BreakerState, Change, Control};
use crate::clock::{Clock, Now};
use crate::sync::{AtomicU64, Mutex, lock_busy};
use crate::verdict::Verdict;

/// A circuit breaker that any number of callers share.
///
/// A closed breaker admits with one atomic load; whatever can change its state takes its lock, for
/// nanoseconds. Nothing is allocated after it is made.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Verdict;
/// use greenroom_resilience::breaker::{Breaker, BreakerState, CircuitBreaker};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let breaker = CircuitBreaker::new(Breaker::consecutive(2), 7).expect("sound settings");
/// for _ in 0..2 {
///     let admitted = breaker.try_acquire().expect("it is closed");
///     breaker.record(admitted, Verdict::Unknown, None);
/// }
/// assert_eq!(breaker.state(), BreakerState::Open);
/// let rejection = breaker.try_acquire().expect_err("it is open");
/// assert!(rejection.retry_after.is_some_and(|after| after <= Duration::from_secs(5)));
/// # }
/// ```
#[derive(Debug)]
pub struct CircuitBreaker {
    /// The machine's generation, times four; plus two where it has to know the time, plus one where
    /// calls must ask the machine.
    gate: AtomicU64,
    inner: Mutex<Inner>,
    clock: Clock,
}

#[derive(Debug)]
struct Inner {
    machine: Machine,
    rng: ChaCha8Rng,
}

/// A call that was admitted, and when.
///
/// Whoever drops the call must [cancel](CircuitBreaker::cancel) it.
#[derive(Debug)]
#[must_use = "a call that is neither recorded nor cancelled keeps its place in a trial"]
pub struct Admitted {
    permit: Permit,
    /// Known where the breaker needs the time.
    began: Option<Duration>,
}

impl CircuitBreaker {
    /// A closed breaker. `seed` decides the jitter of its open times and the draws of a ramp.
    ///
    /// # Errors
    ///
    /// What [`Breaker::check`] finds.
    pub fn new(settings: Breaker, seed: u64) -> Result<Self, super::BreakerError> {
        settings.check()?;
        let machine = Machine::new(settings);
        Ok(Self {
            gate: AtomicU64::new(gate_of(&machine)),
            inner: Mutex::new(Inner {
                machine,
                rng: ChaCha8Rng::seed_from_u64(seed),
            }),
            clock: Clock::new(),
        })
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] while it is open, and while it tries and has admitted enough.
    #[inline]
    pub fn try_acquire(&self) -> Result<Admitted, Rejection> {
        self.try_acquire_at(&mut Now::default())
    }

    #[inline]
    pub(crate) fn try_acquire_at(&self, now: &mut Now) -> Result<Admitted, Rejection> {
        let gate = self.gate.load(Ordering::Acquire);
        if gate & ASK == 0 {
            let permit = Permit::of(gate >> 2);
            let began = (gate & TIMED != 0).then(|| now.on(&self.clock));
            return Ok(Admitted { permit, began });
        }
        let now = now.on(&self.clock);
        let permit = self.step(|machine, rng| machine.try_acquire(now, rng))?;
        let began = Some(now);
        Ok(Admitted { permit, began })
    }

    /// Counts how an admitted call ended; `retry_after` is when the service asked to be called
    /// again.
    #[inline]
    pub fn record(&self, admitted: Admitted, verdict: Verdict, retry_after: Option<Duration>) {
        let Admitted { permit, began } = admitted;
        let now = self.now_for(began, verdict);
        let took = now.saturating_sub(began.unwrap_or(now));
        let ended = Ended {
            verdict,
            took,
            retry_after,
        };
        self.step(|machine, rng| machine.record(permit, ended, now, rng));
    }

    /// Counts an admitted call that was dropped before its end, as the settings say.
    pub fn cancel(&self, admitted: Admitted) {
        let Admitted { permit, began } = admitted;
        let now = self.clock.now();
        let took = now.saturating_sub(began.unwrap_or(now));
        self.step(|machine, rng| machine.cancel(permit, took, now, rng));
    }

    /// Does as told, and forgets what it has counted.
    pub fn set_control(&self, control: Control) {
        self.step(|machine, _| machine.set_control(control));
    }

    /// Takes on other settings, and keeps its state: what its window has counted, as far as it fits
    /// the new one, until when it is open, and a trial that runs. See [`Machine::reconfigure`].
    ///
    /// # Errors
    ///
    /// What [`Breaker::check`] finds; nothing is changed then.
    pub fn reconfigure(&self, settings: Breaker) -> Result<(), super::BreakerError> {
        settings.check()?;
        let now = self.clock.now();
        self.step(|machine, _| machine.reconfigure(settings, now));
        Ok(())
    }

    /// What it does with calls, as of the last one: the end of its open time is noticed by the next
    /// call.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        self.inner.lock().machine.state()
    }

    /// Whether it remembers a failure, or a call that was too slow.
    pub(crate) fn has_seen_failures(&self, now: &mut Now) -> bool {
        let now = now.on(&self.clock);
        self.step(|machine, _| machine.has_seen_failures(now))
    }

    /// The last change of state that was not taken yet.
    pub fn take_change(&self) -> Option<Change> {
        self.inner.lock().machine.take_change()
    }

    /// A success of a breaker that needs no time is counted without reading the clock, which would
    /// cost more than all the rest: to the machine it is then as early as the last call was.
    #[inline]
    fn now_for(&self, began: Option<Duration>, verdict: Verdict) -> Duration {
        if began.is_none() && verdict == Verdict::Success {
            Duration::ZERO
        } else {
            self.clock.now()
        }
    }

    #[inline]
    fn step<R>(&self, step: impl FnOnce(&mut Machine, &mut ChaCha8Rng) -> R) -> R {
        let mut inner = lock_busy(&self.inner);
        let Inner { machine, rng } = &mut *inner;
        let result = step(machine, rng);
        // Under the lock, so that the gate never goes back to an earlier state. Only written where
        // it changes: every caller reads it.
        let gate = gate_of(machine);
        if self.gate.load(Ordering::Relaxed) != gate {
            self.gate.store(gate, Ordering::Release);
        }
        result
    }
}

const ASK: u64 = 1;
const TIMED: u64 = 2;

fn gate_of(machine: &Machine) -> u64 {
    let admits_all = matches!(
        machine.state(),
        BreakerState::Closed | BreakerState::Disabled | BreakerState::MetricsOnly
    );
    let timed = if machine.is_timed() { TIMED } else { 0 };
    machine.generation() << 2 | timed | u64::from(!admits_all)
}
