//! The policies that are measured around a call that is ready at once.

use std::hint::black_box;

use thiserror::Error;

/// What is put around the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// A closed circuit breaker with a count window.
    Breaker,
    /// A closed circuit breaker with a time window and, where there is one, a slow-call rate.
    BreakerWindow,
    /// An open circuit breaker, which rejects.
    BreakerOpen,
    /// A concurrency limit with room.
    Bulkhead,
    /// A time-out that does not come.
    Timeout,
    /// A retry that has nothing to repeat.
    Retry,
    /// A rate limit that is not reached.
    RateLimit,
    /// Time-out, retry, circuit breaker, bulkhead and rate limit together.
    Pipeline5,
}

impl Policy {
    pub(crate) const ALL: [Self; 8] = [
        Self::Breaker,
        Self::BreakerWindow,
        Self::BreakerOpen,
        Self::Bulkhead,
        Self::Timeout,
        Self::Retry,
        Self::RateLimit,
        Self::Pipeline5,
    ];

    /// The names of its scenarios, by [`Tasks`].
    pub(crate) const fn names(self) -> [&'static str; 3] {
        match self {
            Self::Breaker => ["breaker", "breaker_2", "breaker_8"],
            Self::BreakerWindow => ["breaker_window", "breaker_window_2", "breaker_window_8"],
            Self::BreakerOpen => ["breaker_open", "breaker_open_2", "breaker_open_8"],
            Self::Bulkhead => ["bulkhead", "bulkhead_2", "bulkhead_8"],
            Self::Timeout => ["timeout", "timeout_2", "timeout_8"],
            Self::Retry => ["retry", "retry_2", "retry_8"],
            Self::RateLimit => ["rate_limit", "rate_limit_2", "rate_limit_8"],
            Self::Pipeline5 => ["pipeline5", "pipeline5_2", "pipeline5_8"],
        }
    }

    /// One line that says what is done.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Breaker => "calls through a closed circuit breaker, count window",
            Self::BreakerWindow => {
                "calls through a closed circuit breaker, time window, slow calls"
            }
            Self::BreakerOpen => "calls that an open circuit breaker rejects",
            Self::Bulkhead => "calls through a concurrency limit with room",
            Self::Timeout => "calls with a time-out",
            Self::Retry => "calls that a retry need not repeat",
            Self::RateLimit => "calls through a rate limit that is not reached",
            Self::Pipeline5 => "calls through time-out, retry, breaker, bulkhead and rate limit",
        }
    }
}

/// By how many tasks the calls are made, all through one value of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tasks {
    One,
    Two,
    Eight,
}

impl Tasks {
    pub(crate) const ALL: [Self; 3] = [Self::One, Self::Two, Self::Eight];

    pub(crate) const fn count(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Eight => 8,
        }
    }
}

/// The call: ready at once.
#[inline]
pub(crate) async fn work(value: u64) -> Result<u64, Down> {
    Ok(black_box(value))
}

/// The service is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the service is down")]
pub(crate) struct Down;
