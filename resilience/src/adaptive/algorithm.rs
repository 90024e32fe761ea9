//! [`Estimate`]: what the limit should be, by a window of calls. No state but what is measured.

use super::settings::{AdaptiveLimit, Algorithm};

/// By what the limit is multiplied when calls fail, or are slow to AIMD.
pub(super) const BACK_OFF: f64 = 0.9;

/// Gradient2: how much longer than on the long run calls may take.
const TOLERANCE: f64 = 1.5;
/// Gradient2: how many calls may wait in the queue of the service.
const QUEUE: f64 = 4.0;
/// Gradient2: how far the limit goes at once to where it should be.
const SMOOTHING: f64 = 0.2;
/// Gradient2: the weight of a window in the average on the long run, that of some 100 windows.
const LONG: f64 = 0.02;

/// What was measured in a window of calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// How long calls took on average, in seconds.
    pub(super) latency: f64,
    /// Whether the limit held calls back.
    pub(super) saturated: bool,
    /// Whether the limit was lowered to see how long calls take without a queue.
    pub(super) probe: bool,
}

/// One of the algorithms at work.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    settings: AdaptiveLimit,
    /// How long calls take that wait in no queue, in seconds, as far as known.
    base: Option<f64>,
}

impl Estimate {
    pub(super) fn new(settings: AdaptiveLimit) -> Self {
        Self {
            settings,
            base: None,
        }
    }

    /// Goes by other settings from now on.
    pub(super) fn reconfigure(&mut self, settings: AdaptiveLimit) {
        if settings.algorithm != self.settings.algorithm {
            self.base = None;
        }
        self.settings = settings;
    }

    /// Whether it has to see at times how long calls take without a queue.
    pub(super) fn probes(&self) -> bool {
        self.settings.algorithm != Algorithm::Aimd
    }

    /// What the limit should be, not yet within its bounds.
    pub(super) fn next(&mut self, limit: f64, measured: Measured) -> f64 {
        match self.settings.algorithm {
            Algorithm::Aimd => self.aimd(limit, measured.latency),
            Algorithm::Vegas => self.vegas(limit, measured),
            Algorithm::Gradient2 => self.gradient2(limit, measured),
        }
    }

    fn aimd(&self, limit: f64, latency: f64) -> f64 {
        match self.settings.slow {
            Some(slow) if latency > slow.as_secs_f64() => limit * BACK_OFF,
            _ => limit + 1.0,
        }
    }

    fn vegas(&mut self, limit: f64, measured: Measured) -> f64 {
        let latency = measured.latency;
        let base = match self.base {
            Some(base) if !measured.probe => base.min(latency),
            _ => latency,
        };
        self.base = Some(base);
        let queued = limit * (1.0 - ratio(base, latency));
        let step = limit.log10().max(1.0);
        let (alpha, beta) = (3.0 * step, 6.0 * step);
        if queued <= step {
            limit + beta
        } else if queued < alpha {
            limit + step
        } else if queued > beta {
            limit - step
        } else {
            limit
        }
    }

    fn gradient2(&mut self, limit: f64, measured: Measured) -> f64 {
        let latency = measured.latency;
        let base = match self.base {
            None => latency,
            Some(_) if measured.probe => latency,
            // Learned from calls that queue, it would take the queue for how things are, and let
            // the limit grow without an end.
            Some(base) if measured.saturated && latency > base => base,
            Some(base) => base + LONG * (latency - base),
        };
        self.base = Some(base);
        let gradient = (TOLERANCE * ratio(base, latency)).clamp(0.5, 1.0);
        let target = limit * gradient + QUEUE;
        limit + SMOOTHING * (target - limit)
    }
}

/// Calls that take no time at all are as quick as they can be.
fn ratio(base: f64, latency: f64) -> f64 {
    if latency > 0.0 { base / latency } else { 1.0 }
}
