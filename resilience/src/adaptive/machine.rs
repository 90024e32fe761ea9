//! The machine of an adaptive limit, without clock, lock or future.

use std::time::Duration;

use thiserror::Error;

use super::algorithm::{BACK_OFF, Estimate, Measured};
use super::settings::AdaptiveLimit;
use crate::verdict::Verdict;

/// How many calls a window has at least: with fewer, one slow call is the average.
const MIN_CALLS: u32 = 10;

/// After how many windows the limit is halved for one, to see how long calls take without a queue:
/// that costs a hundredth of the throughput, and finds within seconds that a service has changed.
const PROBE_EVERY: u32 = 50;

/// From which fill of a queue further on the limit falls.
const FULL: f64 = 0.8;

/// Leave to make one call, stamped with the limit that gave it.
///
/// When the limit falls, calls that began before say nothing more: they were measured under the
/// limit that was too high, and would lower it again for what it has been lowered for.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is neither recorded nor cancelled keeps its place"]
pub struct Permit {
    generation: u64,
    began: Duration,
}

/// As many calls run as the limit allows. The call was not begun: its outcome is
/// [`Refused`](crate::Outcome::Refused).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the adaptive limit of {limit} calls at once is reached")]
#[non_exhaustive]
pub struct AtLimit {
    /// What the limit was.
    pub limit: usize,
}

/// An adaptive limit. `now` is the time since some origin; one that is earlier than another before
/// it counts as that one.
#[derive(Debug, Clone)]
pub struct Machine {
    settings: AdaptiveLimit,
    estimate: Estimate,
    limit: f64,
    in_flight: usize,
    /// The most that were in flight at once since the window was opened.
    peak: usize,
    /// How often the limit has fallen.
    generation: u64,
    window: Option<Window>,
    /// Windows since the last probe.
    windows: u32,
    /// While it probes, the limit to come back to.
    probing: Option<f64>,
    /// Since when a full queue further on may lower the limit again.
    may_fall_from: Duration,
    latest: Duration,
}

/// What became of calls, from the first one that ended in it on.
#[derive(Debug, Clone, Copy)]
struct Window {
    since: Duration,
    calls: u32,
    failed: u32,
    took: Duration,
}

impl Machine {
    /// A limit as it is at the beginning. The settings must have been
    /// [checked](AdaptiveLimit::check).
    #[must_use]
    pub fn new(settings: AdaptiveLimit) -> Self {
        debug_assert_eq!(settings.check(), Ok(()), "settings are checked first");
        Self {
            settings,
            estimate: Estimate::new(settings),
            limit: settings.initial as f64,
            in_flight: 0,
            peak: 0,
            generation: 0,
            window: None,
            windows: 0,
            probing: None,
            may_fall_from: Duration::ZERO,
            latest: Duration::ZERO,
        }
    }

    /// Limits by other settings from now on. The limit stays where it is, within the new bounds,
    /// and calls under way keep their places, but measure nothing any more. How long calls take
    /// without a queue stays known unless the algorithm is another.
    pub fn reconfigure(&mut self, settings: AdaptiveLimit) {
        debug_assert_eq!(settings.check(), Ok(()), "settings are checked first");
        self.estimate.reconfigure(settings);
        self.settings = settings;
        self.limit = (self.probing.take().unwrap_or(self.limit))
            .clamp(settings.min as f64, settings.max as f64);
        self.window = None;
        self.generation += 1;
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    ///
    /// [`AtLimit`], where as many run as the limit allows.
    pub fn try_acquire(&mut self, now: Duration) -> Result<Permit, AtLimit> {
        let limit = self.limit();
        if self.in_flight >= limit {
            return Err(AtLimit { limit });
        }
        self.in_flight += 1;
        self.peak = self.peak.max(self.in_flight);
        Ok(Permit {
            generation: self.generation,
            began: self.arrive(now),
        })
    }

    /// Takes a place back, and measures how long the call took that had it. What says nothing about
    /// the service is not measured.
    pub fn record(&mut self, permit: Permit, verdict: Verdict, now: Duration) {
        let now = self.arrive(now);
        if permit.generation == self.generation && verdict != Verdict::Ignored {
            self.measure(now - permit.began, verdict.is_failure(), now);
        }
        self.cancel(permit);
    }

    /// Takes a place back of a call that was dropped before its end: nobody knows how long it would
    /// have taken.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a permit is used up, so that no place is left twice"
    )]
    pub fn cancel(&mut self, permit: Permit) {
        debug_assert!(permit.generation <= self.generation && self.in_flight > 0);
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Hears how full a queue further on is, from 0 to 1: the mailbox of whoever serves the calls.
    /// From 0.8 on the limit falls by a tenth, at most once in a window.
    pub fn observe(&mut self, fill: f64, now: Duration) {
        let now = self.arrive(now);
        if fill >= FULL && now >= self.may_fall_from {
            self.end_probe();
            self.set_limit(self.limit * BACK_OFF);
            self.may_fall_from = now.saturating_add(self.settings.window);
        }
    }

    /// How many calls may run at once now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit as usize
    }

    /// How many run. More than the limit for a while after that has fallen.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether the limit is another than at the beginning.
    pub(super) fn has_moved(&self) -> bool {
        self.limit() != self.settings.initial
    }

    fn arrive(&mut self, now: Duration) -> Duration {
        self.latest = self.latest.max(now);
        self.latest
    }

    fn measure(&mut self, took: Duration, failed: bool, now: Duration) {
        let window = self.window.get_or_insert(Window {
            since: now,
            calls: 0,
            failed: 0,
            took: Duration::ZERO,
        });
        window.calls = window.calls.saturating_add(1);
        window.failed += u32::from(failed);
        window.took = window.took.saturating_add(took);
        let window = *window;
        if window.calls >= MIN_CALLS && now - window.since >= self.settings.window {
            self.judge(window);
        }
    }

    fn judge(&mut self, window: Window) {
        let saturated = self.peak >= self.limit();
        let used = self.peak * 2 >= self.limit();
        let probe = self.probing.is_some();
        self.end_probe();
        let calls = f64::from(window.calls);
        let next = if f64::from(window.failed) > self.settings.failure_rate * calls {
            self.limit * BACK_OFF
        } else {
            let measured = Measured {
                latency: window.took.as_secs_f64() / calls,
                saturated,
                probe,
            };
            self.estimate.next(self.limit, measured)
        };
        // Under half of the limit it is the callers that hold back, and not the limit: that they
        // are served well says nothing about more of them. Nor does a probe.
        let next = if used && !probe {
            next
        } else {
            next.min(self.limit)
        };
        self.set_limit(next);
        self.begin_probe();
    }

    /// Lowers the limit for a window, now and then.
    fn begin_probe(&mut self) {
        self.windows += 1;
        if self.windows >= PROBE_EVERY && self.estimate.probes() {
            self.windows = 0;
            let limit = self.limit;
            self.set_limit(limit / 2.0);
            self.probing = Some(limit);
        }
    }

    fn end_probe(&mut self) {
        if let Some(limit) = self.probing.take() {
            self.limit = limit;
        }
    }

    fn set_limit(&mut self, limit: f64) {
        let before = self.limit;
        let (min, max) = (self.settings.min as f64, self.settings.max as f64);
        self.limit = limit.clamp(min, max);
        if self.limit < before {
            self.generation += 1;
        }
        self.window = None;
        self.peak = self.in_flight;
    }
}
