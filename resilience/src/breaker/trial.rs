//! [`Trial`]: the calls by which a half-open breaker finds out whether the service works again.

use std::time::Duration;

use rand_core::Rng;

use super::settings::{Breaker, HalfOpen};
use super::window::{Counts, Mark};
use crate::backoff::unit;

/// The shares of calls that a ramp admits, step by step.
const RAMP: [f64; 6] = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5];

/// The share of failures that is too many where no rate is set.
const DEFAULT_RATE: f64 = 0.5;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trial {
    /// When it began; for a ramp, when this step of it began.
    began: Duration,
    /// Calls that are admitted and have not ended.
    pending: u32,
    ended: Counts,
    in_a_row: u32,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Calls(u32),
    Ramp { every: Duration, step: usize },
}

impl Trial {
    pub(super) fn new(settings: &Breaker, now: Duration) -> Self {
        let kind = match settings.half_open {
            HalfOpen::Calls(calls) => Kind::Calls(calls),
            HalfOpen::Ramp(every) => Kind::Ramp { every, step: 0 },
        };
        Self {
            began: now,
            pending: 0,
            ended: Counts::default(),
            in_a_row: 0,
            kind,
        }
    }

    /// Whether one more call may be made; it has its place then.
    pub(super) fn admit(&mut self, rng: &mut (impl Rng + ?Sized)) -> bool {
        let admitted = match &mut self.kind {
            Kind::Calls(most) => self.pending + self.ended.calls < *most,
            Kind::Ramp { step, .. } => {
                // Nobody would learn anything of a step without a call.
                let first = self.pending == 0 && self.ended.calls == 0;
                first || unit(rng) < RAMP[*step]
            }
        };
        self.pending = self.pending.saturating_add(admitted.into());
        admitted
    }

    /// A call that decides nothing gives its place back.
    pub(super) fn give_back(&mut self) {
        debug_assert!(self.pending > 0, "a place that is given back was taken");
        self.pending -= 1;
    }

    /// Counts a call that ended. `true` when the service works again, `false` when it does not.
    pub(super) fn record(&mut self, mark: Mark, settings: &Breaker, now: Duration) -> Option<bool> {
        self.give_back();
        self.ended.add(mark);
        self.in_a_row = if mark.failed { self.in_a_row + 1 } else { 0 };
        match self.kind {
            Kind::Calls(most) => self.judge(most, settings),
            Kind::Ramp { every, step } => self.judge_step(every, step, settings, now),
        }
    }

    /// Whether its calls have had their time. A ramp goes on admitting others.
    pub(super) fn is_late(&self, settings: &Breaker, now: Duration) -> bool {
        matches!(self.kind, Kind::Calls(most) if self.pending + self.ended.calls >= most)
            && now.saturating_sub(self.began) >= settings.half_open_limit
    }

    /// The rate over all calls of the trial, as soon as those that are left can't change it.
    fn judge(&self, most: u32, settings: &Breaker) -> Option<bool> {
        if self.is_bad(most, settings) {
            return Some(false);
        }
        (self.ended.calls == most).then_some(true)
    }

    fn judge_step(
        &mut self,
        every: Duration,
        step: usize,
        settings: &Breaker,
        now: Duration,
    ) -> Option<bool> {
        if self.is_bad(self.ended.calls, settings) {
            return Some(false);
        }
        if now.saturating_sub(self.began) < every {
            return None;
        }
        if step + 1 == RAMP.len() {
            return Some(true);
        }
        let pending = self.pending;
        *self = Self {
            began: now,
            pending,
            ended: Counts::default(),
            in_a_row: self.in_a_row,
            kind: Kind::Ramp {
                every,
                step: step + 1,
            },
        };
        None
    }

    /// Whether too many of `calls` calls have failed or were slow.
    fn is_bad(&self, calls: u32, settings: &Breaker) -> bool {
        let Counts { failed, slow, .. } = self.ended;
        let reached = |rate: f64, part: u32| part > 0 && f64::from(part) >= rate * f64::from(calls);
        let failure_rate = settings.failure_rate.unwrap_or(DEFAULT_RATE);
        let in_a_row = settings
            .consecutive
            .is_some_and(|limit| self.in_a_row >= limit);
        in_a_row
            || reached(failure_rate, failed)
            || settings.slow.is_some_and(|limit| reached(limit.rate, slow))
    }
}
