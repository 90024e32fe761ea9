//! [`Permit`]: a place that a call has taken, and [`RateRejected`]: why it got none.

use std::time::Duration;

use thiserror::Error;

/// The leave to start a call, now or at its turn.
///
/// It is spent when the call starts. Nothing happens when it is dropped; a call that was cancelled
/// before it started gives it back with [`refund`](super::RateLimiter::refund).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is not used is given back with `refund`"]
pub struct Permit {
    pub(super) cost: u32,
    pub(super) after: Duration,
    /// Where the limiter finds again what was taken.
    pub(super) mark: u128,
    /// By which conversion of the limiter's state `mark` is.
    pub(super) generation: u32,
}

impl Permit {
    /// A permit that took nothing.
    pub(super) const FREE: Self = Self {
        cost: 0,
        after: Duration::ZERO,
        mark: 0,
        generation: 0,
    };

    /// How long to wait before the call starts: zero if it may start at once.
    ///
    /// The turn is reserved: waiting is all there is to do, and later calls do not come before it.
    /// Counted from the `now` of the call that gave the permit, or from the latest the limiter had
    /// seen before, if that was later.
    #[must_use]
    pub const fn after(&self) -> Duration {
        self.after
    }

    /// What the call costs, as asked for.
    #[must_use]
    pub const fn cost(&self) -> u32 {
        self.cost
    }
}

/// Why a rate limiter did not admit a call. The call has not started and took nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RateRejected {
    /// The limit is used up, and the call's turn would come later than it may wait for.
    #[error("rate limit is used up, a place is free after {retry_after:?}")]
    Exhausted {
        /// How long until the call would be admitted at once, if no other is admitted before it.
        retry_after: Duration,
    },
    /// The call costs more than can ever be taken at once. Repeating it is in vain: split it, or
    /// raise the burst.
    #[error("call costs {cost}, more than the rate limit ever admits at once: {most}")]
    TooCostly {
        /// What the call costs.
        cost: u32,
        /// The burst of a token bucket, the permits of a sliding window.
        most: u32,
    },
}

impl RateRejected {
    /// How long until the call would be admitted; `None` if it never will.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Exhausted { retry_after } => Some(*retry_after),
            Self::TooCostly { .. } => None,
        }
    }
}
