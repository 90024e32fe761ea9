//! [`RateLimit`]: how many calls may start in how much time, as a value.

use std::time::Duration;

/// How many calls may start in how much time: plain data, without state.
///
/// A [`RateLimiter`](super::RateLimiter) is made from it, or a [`Keyed`](super::Keyed) for a limit
/// of each client's own. See the [module](super) for the two kinds of limit and when to take which.
///
/// Building one cannot fail. Whoever takes one from a user calls [`check`](Self::check) and reports
/// its error; what makes a limiter from it does so too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::RateLimit;
///
/// let api = RateLimit::per_second(100).burst(20).max_wait(Duration::from_millis(50));
/// api.check()?;
///
/// let contract = RateLimit::per(1_000, Duration::from_secs(3_600)).sliding_window();
/// contract.check()?;
/// # Ok::<(), greenroom_resilience::rate_limit::RateLimitError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimit {
    pub(super) permits: u32,
    pub(super) period: Duration,
    /// `None` until set, so that `check` can tell a burst that nothing uses.
    pub(super) burst: Option<u32>,
    pub(super) kind: Kind,
    pub(super) max_wait: Duration,
}

/// What is counted, and over which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bucket that refills evenly, as GCRA.
    TokenBucket,
    /// A log of what was admitted in the period that ends now.
    SlidingWindow,
}

impl RateLimit {
    /// At most `permits` in a second on average, with a burst of as many.
    ///
    /// The same as [`per(permits, 1 s)`](Self::per).
    #[must_use]
    pub const fn per_second(permits: u32) -> Self {
        Self::per(permits, Duration::from_secs(1))
    }

    /// At most `permits` in each `period`: a token bucket, with a burst of as many.
    ///
    /// The rate is the fraction `permits / period` exactly, at any length of the run: 3 in a second
    /// are 3, not 1 in 333,333,333 ns.
    #[must_use]
    pub const fn per(permits: u32, period: Duration) -> Self {
        Self {
            permits,
            period,
            burst: None,
            kind: Kind::TokenBucket,
            max_wait: Duration::ZERO,
        }
    }

    /// Sets how many permits may be taken at once after a time of rest: what the bucket holds. At
    /// least 1; as many as there are in a period by default, since who says "100 in a second" means
    /// that 100 calls which come together in that second are admitted.
    ///
    /// In any time `t` at most `burst + t × permits / period` are taken. With a burst of 1 calls
    /// are spaced evenly. A call that costs more than the burst is never admitted.
    ///
    /// A [sliding window](Self::sliding_window) has no use for it; [`check`](Self::check) says so.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = Some(burst);
        self
    }

    /// Counts exactly: at most `permits` in *any* stretch as long as the period, also in one that
    /// begins in the middle of a burst. A token bucket lets through almost twice as many there.
    ///
    /// It remembers each call of the last period, 32 bytes for each. A token bucket, which is the
    /// default, remembers one number.
    #[must_use]
    pub const fn sliding_window(mut self) -> Self {
        self.kind = Kind::SlidingWindow;
        self
    }

    /// Sets how long a call may wait for its turn. Zero by default: a call that cannot start now is
    /// rejected at once and told when to come back. A wait that nobody asked for looks like a slow
    /// service, holds the caller's memory meanwhile, and hides that the limit is too low.
    ///
    /// Calls wait in the order in which they came, and no longer than this: whose turn would come
    /// later is rejected at once, not after a wait in vain.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// How long a call may have to wait for its turn.
    pub(crate) const fn longest_wait(&self) -> Duration {
        self.max_wait
    }

    /// How many permits can be taken at one instant, at most.
    pub(super) const fn most_at_once(&self) -> u32 {
        match (self.kind, self.burst) {
            (Kind::TokenBucket, Some(burst)) => burst,
            (Kind::TokenBucket, None) | (Kind::SlidingWindow, _) => self.permits,
        }
    }
}
