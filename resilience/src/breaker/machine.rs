//! The state machine of a circuit breaker, without clock, chance, lock or future.

use std::time::Duration;

use rand_core::Rng;

use super::settings::{Breaker, OnCancel};
use super::state::{BreakerState, Change, Control};
use super::trial::Trial;
use super::window::{Counts, Mark, Tally};
use crate::verdict::Verdict;

/// Leave to make one call, stamped with the state that gave it.
///
/// What becomes of the call decides nothing once that state is over: a slow call that was admitted
/// long before a breaker opened says nothing about a service that may be well again.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is neither recorded nor cancelled keeps its place in a trial"]
pub struct Permit {
    generation: u64,
}

impl Permit {
    /// What a state that admits every call gives without being asked.
    #[inline]
    pub(super) const fn of(generation: u64) -> Self {
        Self { generation }
    }

    #[cfg(all(test, not(greenroom_loom)))]
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took; only looked at where slow calls count.
    pub took: Duration,
    /// When the service asked to be called again.
    pub retry_after: Option<Duration>,
}

/// A call that was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// What the breaker was.
    pub state: BreakerState,
    /// When it will try again; not known while it tries, or is forced open.
    pub retry_after: Option<Duration>,
}

/// A circuit breaker. `now` is the time since some origin, the same for all calls; one that is
/// earlier than another before it counts as that one.
#[derive(Debug, Clone)]
pub struct Machine {
    settings: Breaker,
    control: Control,
    state: State,
    generation: u64,
    tally: Tally,
    failures_in_a_row: u32,
    /// Openings since it was last closed, and the last open time.
    openings: u32,
    last_open: Option<Duration>,
    latest: Duration,
    change: Option<Change>,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Closed,
    Open { until: Duration },
    HalfOpen(Trial),
}

impl Machine {
    /// A closed breaker. The settings must have been [checked](Breaker::check).
    #[must_use]
    pub fn new(settings: Breaker) -> Self {
        debug_assert_eq!(settings.check(), Ok(()), "settings are checked first");
        Self {
            control: Control::Automatic,
            state: State::Closed,
            generation: 0,
            tally: Tally::new(settings.window),
            settings,
            failures_in_a_row: 0,
            openings: 0,
            last_open: None,
            latest: Duration::ZERO,
            change: None,
        }
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] while it is open, and while it tries and has admitted enough.
    pub fn try_acquire(
        &mut self,
        now: Duration,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<Permit, Rejection> {
        match self.control {
            Control::ForceOpen => return Err(self.reject(None)),
            Control::Disable | Control::MetricsOnly => return Ok(self.permit()),
            Control::Automatic => {}
        }
        let now = self.arrive(now);
        self.end_late_trial(now, rng);
        if let State::Open { until } = self.state {
            if now < until {
                return Err(self.reject(Some(until - now)));
            }
            self.enter(State::HalfOpen(Trial::new(&self.settings, now)), None);
        }
        if let State::HalfOpen(trial) = &mut self.state
            && !trial.admit(rng)
        {
            return Err(self.reject(None));
        }
        Ok(self.permit())
    }

    /// Counts how an admitted call ended.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a permit is used up, so that no call counts twice"
    )]
    pub fn record(
        &mut self,
        permit: Permit,
        ended: Ended,
        now: Duration,
        rng: &mut (impl Rng + ?Sized),
    ) {
        let Permit { generation } = permit;
        if generation != self.generation || self.control == Control::Disable {
            return;
        }
        let now = self.arrive(now);
        if ended.verdict == Verdict::Ignored {
            if let State::HalfOpen(trial) = &mut self.state {
                trial.give_back();
            }
            return;
        }
        let failed = ended.verdict.is_failure();
        let slow = self
            .settings
            .slow
            .is_some_and(|slow| ended.took > slow.longer_than);
        let mark = Mark { failed, slow };
        self.failures_in_a_row = match failed {
            true => self.failures_in_a_row.saturating_add(1),
            false => 0,
        };
        match &mut self.state {
            State::Closed => {
                let counts = self.tally.add(mark, now);
                if self.control == Control::Automatic && self.is_too_bad(counts) {
                    self.open(now, ended.retry_after, rng);
                }
            }
            State::HalfOpen(trial) => match trial.record(mark, &self.settings, now) {
                Some(true) => self.close(),
                Some(false) => self.open(now, ended.retry_after, rng),
                None => {}
            },
            // It is never admitted while it is open, and what was admitted before is of another
            // generation.
            State::Open { .. } => debug_assert!(false, "a permit of an open breaker"),
        }
    }

    /// Counts a call that was dropped before its end, as the settings say.
    pub fn cancel(
        &mut self,
        permit: Permit,
        took: Duration,
        now: Duration,
        rng: &mut (impl Rng + ?Sized),
    ) {
        let verdict = match self.settings.on_cancel {
            OnCancel::Ignore => Verdict::Ignored,
            OnCancel::Success => Verdict::Success,
            OnCancel::Failure => Verdict::Unknown,
        };
        let ended = Ended {
            verdict,
            took,
            retry_after: None,
        };
        self.record(permit, ended, now, rng);
    }

    /// Does as told, and forgets what it has counted.
    pub fn set_control(&mut self, control: Control) {
        let from = self.state();
        self.control = control;
        self.forget();
        self.state = State::Closed;
        self.generation += 1;
        self.tell(from, None);
    }

    /// Takes on other settings, which must have been [checked](Breaker::check), and keeps its
    /// state.
    ///
    /// Calls that were admitted count by the new settings when they end. Whether it is to open is
    /// decided when the next call ends, and not before. It stays open as long as it was told, and a
    /// trial that runs goes on with as many calls as it began with.
    ///
    /// The window keeps what fits: of the last calls the newest, of a window of time what it still
    /// covers, within the accuracy of the old one. A window of the other kind begins empty, since
    /// the one has forgotten the times and the other the order.
    pub fn reconfigure(&mut self, settings: Breaker, now: Duration) {
        debug_assert_eq!(settings.check(), Ok(()), "settings are checked first");
        let now = self.arrive(now);
        if settings.window != self.settings.window {
            self.tally = self.tally.resized(settings.window, now);
        }
        self.settings = settings;
    }

    /// What it does with calls, as of the last one: the end of its open time is noticed by the next
    /// call.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        match (self.control, &self.state) {
            (Control::ForceOpen, _) => BreakerState::ForcedOpen,
            (Control::Disable, _) => BreakerState::Disabled,
            (Control::MetricsOnly, _) => BreakerState::MetricsOnly,
            (Control::Automatic, State::Closed) => BreakerState::Closed,
            (Control::Automatic, State::Open { .. }) => BreakerState::Open,
            (Control::Automatic, State::HalfOpen(_)) => BreakerState::HalfOpen,
        }
    }

    /// The change of state that the last step made, once.
    pub fn take_change(&mut self) -> Option<Change> {
        self.change.take()
    }

    /// Which state, counted: permits of another one decide nothing.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether it has to know the time, also while it is closed.
    pub(super) fn is_timed(&self) -> bool {
        self.tally.is_timed() || self.settings.slow.is_some()
    }

    /// What is in the window now.
    #[must_use]
    pub fn counts(&mut self, now: Duration) -> Counts {
        let now = self.arrive(now);
        self.tally.counts(now)
    }

    /// Whether it remembers a failure, or a call that was too slow.
    pub(super) fn has_seen_failures(&mut self, now: Duration) -> bool {
        let Counts { failed, slow, .. } = self.counts(now);
        let in_a_row = self.settings.consecutive.is_some() && self.failures_in_a_row > 0;
        failed > 0 || slow > 0 || in_a_row
    }

    fn permit(&self) -> Permit {
        Permit::of(self.generation)
    }

    fn reject(&self, retry_after: Option<Duration>) -> Rejection {
        Rejection {
            state: self.state(),
            retry_after,
        }
    }

    fn arrive(&mut self, now: Duration) -> Duration {
        self.latest = self.latest.max(now);
        self.latest
    }

    fn is_too_bad(&self, counts: Counts) -> bool {
        let settings = &self.settings;
        let reached = |rate: f64, part: u32| f64::from(part) >= rate * f64::from(counts.calls);
        let in_a_row = settings
            .consecutive
            .is_some_and(|limit| self.failures_in_a_row >= limit);
        let rates = counts.calls >= settings.min_calls
            && (settings
                .failure_rate
                .is_some_and(|rate| reached(rate, counts.failed))
                || settings
                    .slow
                    .is_some_and(|slow| reached(slow.rate, counts.slow)));
        in_a_row || rates
    }

    /// Opens again where the calls of a trial never end.
    fn end_late_trial(&mut self, now: Duration, rng: &mut (impl Rng + ?Sized)) {
        if let State::HalfOpen(trial) = &self.state
            && trial.is_late(&self.settings, now)
        {
            self.open(now, None, rng);
        }
    }

    fn open(
        &mut self,
        now: Duration,
        retry_after: Option<Duration>,
        rng: &mut (impl Rng + ?Sized),
    ) {
        let settings = &self.settings;
        let own = settings.open.delay_with(self.openings, self.last_open, rng);
        let asked = retry_after
            .unwrap_or_default()
            .min(settings.retry_after_max);
        let open_for = own.max(asked);
        self.openings = self.openings.saturating_add(1);
        self.last_open = Some(own);
        let until = now.saturating_add(open_for);
        self.enter(State::Open { until }, Some(open_for));
    }

    fn close(&mut self) {
        self.forget();
        self.enter(State::Closed, None);
    }

    fn forget(&mut self) {
        self.tally.clear();
        self.failures_in_a_row = 0;
        self.openings = 0;
        self.last_open = None;
    }

    fn enter(&mut self, state: State, open_for: Option<Duration>) {
        let from = self.state();
        self.state = state;
        self.generation += 1;
        self.tell(from, open_for);
    }

    /// Of two changes in one step, from the first one's beginning to the last one's end.
    fn tell(&mut self, from: BreakerState, open_for: Option<Duration>) {
        let from = self.change.take().map_or(from, |before| before.from);
        let to = self.state();
        if from != to {
            self.change = Some(Change { from, to, open_for });
        }
    }
}
