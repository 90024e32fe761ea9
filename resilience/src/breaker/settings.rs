//! [`Breaker`]: when a circuit breaker opens, for how long, and how it tries again.

use std::time::Duration;

use super::window::Window;
use crate::backoff::{Backoff, Jitter};

/// The settings of a circuit breaker: plain data, shared by any number of them.
///
/// A builder cannot fail; whoever takes settings from a user calls [`check`](Self::check).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::breaker::{Breaker, Window};
///
/// let breaker = Breaker::rate(0.5)
///     .slow(Duration::from_secs(1), 0.8)
///     .window(Window::time(Duration::from_secs(30)))
///     .min_calls(50)
///     .open_for(Duration::from_secs(10));
/// assert_eq!(breaker.check(), Ok(()));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Breaker {
    pub(super) failure_rate: Option<f64>,
    pub(super) slow: Option<Slow>,
    pub(super) consecutive: Option<u32>,
    pub(super) window: Window,
    pub(super) min_calls: u32,
    pub(super) open: Backoff,
    pub(super) retry_after_max: Duration,
    pub(super) half_open: HalfOpen,
    pub(super) half_open_limit: Duration,
    pub(super) on_cancel: OnCancel,
}

/// When a call is slow, and how many may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slow {
    pub(super) longer_than: Duration,
    pub(super) rate: f64,
}

/// How a breaker whose open time is over finds out whether the service works again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalfOpen {
    /// It admits so many calls, and decides when they have ended, or as soon as the decision is
    /// certain. Places are reserved before the call: never is one more admitted.
    Calls(u32),
    /// It admits a growing share of calls, drawn at random: 0.1 %, 1 %, 5 %, 10 %, 25 % and 50 %,
    /// each for this long and for at least one call. Any step at which the rate of failures is
    /// reached opens it again. For services that would fall over under their full load at once.
    Ramp(Duration),
}

/// How a call counts that was dropped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnCancel {
    /// Not at all: a caller that goes away says nothing about the service.
    #[default]
    Ignore,
    /// As a success.
    Success,
    /// As a failure: where callers give up because the service is slow, and no time-out inside of
    /// the breaker would count that.
    Failure,
}

impl Breaker {
    /// Opens when this share of the calls in its window failed; 0.5 is half of them.
    #[must_use]
    pub const fn rate(failure_rate: f64) -> Self {
        Self {
            failure_rate: Some(failure_rate),
            ..Self::unset()
        }
    }

    /// Opens after so many failures in a row. One success in between starts the count anew; no
    /// window and no minimum of calls is asked.
    #[must_use]
    pub const fn consecutive(failures: u32) -> Self {
        Self {
            consecutive: Some(failures),
            ..Self::unset()
        }
    }

    /// Opens for what is given, and for [slow](Self::slow) calls where that is set.
    #[cfg(feature = "config")]
    pub(crate) const fn opening(failure_rate: Option<f64>, consecutive: Option<u32>) -> Self {
        Self {
            failure_rate,
            consecutive,
            ..Self::unset()
        }
    }

    /// Opens also after so many failures in a row. Not unless set.
    #[must_use]
    pub const fn or_consecutive(mut self, failures: u32) -> Self {
        self.consecutive = Some(failures);
        self
    }

    const fn unset() -> Self {
        let second = Duration::from_secs(1);
        Self {
            failure_rate: None,
            slow: None,
            consecutive: None,
            window: Window::Time(Duration::from_secs(10)),
            min_calls: 20,
            open: Backoff::exponential(Duration::from_secs(5)..=Duration::from_secs(60))
                .jitter(Jitter::Equal),
            retry_after_max: second.saturating_mul(300),
            half_open: HalfOpen::Calls(10),
            half_open_limit: second.saturating_mul(60),
            on_cancel: OnCancel::Ignore,
        }
    }

    /// Opens also when the share `rate` of the calls in its window took longer than this, however
    /// they ended. Not unless set.
    #[must_use]
    pub const fn slow(mut self, longer_than: Duration, rate: f64) -> Self {
        self.slow = Some(Slow { longer_than, rate });
        self
    }

    /// Sets which calls count: those of the last 10 s unless set, as long as a human would wait for
    /// a service that is broken.
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// Sets how many calls must be in the window before a rate means anything: 20 unless set. With
    /// fewer, one unlucky call is a large share.
    #[must_use]
    pub const fn min_calls(mut self, calls: u32) -> Self {
        self.min_calls = calls;
        self
    }

    /// Stays open for exactly this long, each time.
    #[must_use]
    pub const fn open_for(self, duration: Duration) -> Self {
        self.open_backoff(Backoff::constant(duration).jitter(Jitter::None))
    }

    /// Sets how long it stays open the first, second, third time in a row: from 5 s doubling to 60
    /// s, with equal [jitter](Jitter), unless set, so that the callers of a service don't all come
    /// back together and a service that stays down is asked less and less.
    #[must_use]
    pub const fn open_backoff(mut self, backoff: Backoff) -> Self {
        self.open = backoff;
        self
    }

    /// Sets how far the `Retry-After` of the failure that opens it can lengthen the open time:
    /// 5 min unless set, so that a server's mistake shuts nobody out for a day. Zero heeds none.
    #[must_use]
    pub const fn retry_after_max(mut self, max: Duration) -> Self {
        self.retry_after_max = max;
        self
    }

    /// Sets how it tries again: with 10 calls unless set.
    #[must_use]
    pub const fn half_open(mut self, half_open: HalfOpen) -> Self {
        self.half_open = half_open;
        self
    }

    /// Sets how long it waits for its trial calls, once all are admitted, before it opens again: 60
    /// s unless set. Calls that never end would otherwise keep everybody out for ever. A ramp does
    /// not need it.
    #[must_use]
    pub const fn half_open_limit(mut self, limit: Duration) -> Self {
        self.half_open_limit = limit;
        self
    }

    /// Sets how a call counts that was dropped before its end: not at all unless set.
    #[must_use]
    pub const fn on_cancel(mut self, on_cancel: OnCancel) -> Self {
        self.on_cancel = on_cancel;
        self
    }

    /// From which time on a call is slow, where that counts.
    pub(crate) fn slow_after(&self) -> Option<Duration> {
        self.slow.map(|slow| slow.longer_than)
    }
}
