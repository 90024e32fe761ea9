//! [`SharedLimiter`]: the machine behind a lock, on tokio's clock.

use parking_lot::Mutex;

use super::check::RateLimitError;
use super::machine::RateLimiter;
use super::permit::{Permit, RateRejected};
use super::settings::RateLimit;
use crate::clock::{Clock, Now};
use crate::lock::lock_busy;

/// A rate limiter that any number of callers share.
#[derive(Debug)]
pub(crate) struct SharedLimiter {
    clock: Clock,
    machine: Mutex<RateLimiter>,
}

impl SharedLimiter {
    pub(crate) fn new(limit: &RateLimit) -> Result<Self, RateLimitError> {
        Ok(Self {
            clock: Clock::new(),
            machine: Mutex::new(RateLimiter::new(limit)?),
        })
    }

    /// Admits by another limit from now on; see [`RateLimiter::reconfigure`].
    pub(crate) fn reconfigure(&self, limit: &RateLimit) -> Result<(), RateLimitError> {
        let now = self.clock.now();
        self.machine.lock().reconfigure(limit, now)
    }

    #[inline]
    pub(crate) fn try_acquire(&self, cost: u32, now: &mut Now) -> Result<Permit, RateRejected> {
        let now = now.on(&self.clock);
        lock_busy(&self.machine).try_acquire(cost, now)
    }

    /// Whether it is as if nobody had used it.
    pub(crate) fn is_unused(&self, now: &mut Now) -> bool {
        let now = now.on(&self.clock);
        lock_busy(&self.machine).is_unused(now)
    }

    /// Gives back the place of a call that was cancelled before it started.
    pub(crate) fn refund(&self, permit: Permit) {
        let now = self.clock.now();
        lock_busy(&self.machine).refund(permit, now);
    }
}
