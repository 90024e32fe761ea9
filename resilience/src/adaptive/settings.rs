//! [`AdaptiveLimit`]: how a limit of calls at once finds itself, and between which bounds.

use std::time::Duration;

/// The settings of an adaptive limit: an algorithm, and the bounds of the limit. Plain data.
///
/// See the [module](super) for which algorithm to take.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::AdaptiveLimit;
///
/// AdaptiveLimit::gradient2().between(5..=500).initial(50).check()?;
/// AdaptiveLimit::aimd().slow(Duration::from_millis(200)).check()?;
/// # Ok::<(), greenroom_resilience::adaptive::AdaptiveError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptiveLimit {
    pub(super) algorithm: Algorithm,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) initial: usize,
    pub(super) window: Duration,
    pub(super) failure_rate: f64,
    /// `None` until set, so that `check` can tell one that nothing uses.
    pub(super) slow: Option<Duration>,
}

/// How the limit finds itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Aimd,
    Vegas,
    Gradient2,
}

impl AdaptiveLimit {
    /// Additive increase, multiplicative decrease: one more with each window that went well, a
    /// tenth less with each that did not. What is not well is said by [`slow`](Self::slow) and by
    /// failures.
    ///
    /// After Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion
    /// Avoidance in Computer Networks" (1989). The factor is that of Netflix's concurrency-limits.
    #[must_use]
    pub const fn aimd() -> Self {
        Self::with(Algorithm::Aimd)
    }

    /// Estimates how many calls wait in a queue of the service, from how much longer they take than
    /// the quickest do, and holds that at some `3 × log10(limit)` to `6 × log10(limit)`.
    ///
    /// After Brakmo and Peterson, "TCP Vegas: End to End Congestion Avoidance on a Global Internet"
    /// (1995), with the bounds of Netflix's concurrency-limits.
    #[must_use]
    pub const fn vegas() -> Self {
        Self::with(Algorithm::Vegas)
    }

    /// Follows the gradient between how long calls take on the long run and now: the limit falls
    /// when they take over 1.5 times as long, and otherwise grows, by four calls that may wait.
    ///
    /// After Netflix's concurrency-limits, "Performance Under Load" (2018).
    #[must_use]
    pub const fn gradient2() -> Self {
        Self::with(Algorithm::Gradient2)
    }

    const fn with(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            min: 4,
            max: 200,
            initial: 20,
            window: Duration::from_millis(100),
            failure_rate: 0.1,
            slow: None,
        }
    }

    /// Sets the least and the most that the limit can be: 4 to 200 unless set. With fewer than four
    /// calls there is too little to measure; 200 are more than most services serve at once.
    #[must_use]
    pub const fn between(mut self, bounds: std::ops::RangeInclusive<usize>) -> Self {
        (self.min, self.max) = (*bounds.start(), *bounds.end());
        self
    }

    /// Sets the limit at the beginning: 20 unless set, as in Netflix's.
    #[must_use]
    pub const fn initial(mut self, limit: usize) -> Self {
        self.initial = limit;
        self
    }

    /// Sets for how long calls are measured before the limit changes, but for at least ten calls:
    /// 100 ms unless set. A window in which hardly one call ends says nothing, and a long one sees
    /// late that the service has become slow.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Sets which share of the calls in a window has to fail for the limit to fall, whatever the
    /// algorithm says: 0.1 unless set. Lower, and the errors that there always are keep the limit
    /// at its least.
    #[must_use]
    pub const fn failure_rate(mut self, rate: f64) -> Self {
        self.failure_rate = rate;
        self
    }

    /// For AIMD alone: lets the limit fall when the calls of a window take longer than this on
    /// average. Without it only failures do so, those of an attempt's time-out among them.
    #[must_use]
    pub const fn slow(mut self, longer_than: Duration) -> Self {
        self.slow = Some(longer_than);
        self
    }
}
