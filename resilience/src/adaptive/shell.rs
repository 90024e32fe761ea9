//! [`AdaptiveLimiter`]: the machine behind a lock, on tokio's clock.

use parking_lot::Mutex;

use super::check::AdaptiveError;
use super::machine::{AtLimit, Machine, Permit};
use super::settings::AdaptiveLimit;
use crate::clock::{Clock, Now};
use crate::lock::lock_busy;
use crate::verdict::Verdict;

/// An adaptive limit of calls at once that any number of callers share. Nothing is allocated after
/// it is made.
///
/// # Examples
///
/// ```
/// use greenroom_resilience::{AdaptiveLimit, Verdict};
/// use greenroom_resilience::adaptive::AdaptiveLimiter;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), greenroom_resilience::adaptive::AdaptiveError> {
/// let limiter = AdaptiveLimiter::new(AdaptiveLimit::vegas().initial(30))?;
/// let permit = limiter.try_acquire().expect("30 may run at once");
/// assert_eq!((limiter.limit(), limiter.in_flight()), (30, 1));
/// limiter.record(permit, Verdict::Success);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AdaptiveLimiter {
    clock: Clock,
    machine: Mutex<Machine>,
}

impl AdaptiveLimiter {
    /// A limit as it is at the beginning.
    ///
    /// # Errors
    ///
    /// What [`AdaptiveLimit::check`] finds.
    pub fn new(settings: AdaptiveLimit) -> Result<Self, AdaptiveError> {
        settings.check()?;
        Ok(Self {
            clock: Clock::new(),
            machine: Mutex::new(Machine::new(settings)),
        })
    }

    /// Limits by other settings from now on; see [`Machine::reconfigure`].
    ///
    /// # Errors
    ///
    /// What [`AdaptiveLimit::check`] finds; nothing is changed then.
    pub fn reconfigure(&self, settings: AdaptiveLimit) -> Result<(), AdaptiveError> {
        settings.check()?;
        lock_busy(&self.machine).reconfigure(settings);
        Ok(())
    }

    /// Asks for leave to make a call. Whoever drops the call [cancels](Self::cancel) the permit.
    ///
    /// # Errors
    ///
    /// [`AtLimit`], where as many run as the limit allows.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit, AtLimit> {
        self.try_acquire_at(&mut Now::default())
    }

    #[inline]
    pub(crate) fn try_acquire_at(&self, now: &mut Now) -> Result<Permit, AtLimit> {
        let now = now.on(&self.clock);
        lock_busy(&self.machine).try_acquire(now)
    }

    /// Takes a place back, and measures how long the call took that had it.
    #[inline]
    pub fn record(&self, permit: Permit, verdict: Verdict) {
        let now = self.clock.now();
        lock_busy(&self.machine).record(permit, verdict, now);
    }

    /// Takes a place back of a call that was dropped before its end.
    pub fn cancel(&self, permit: Permit) {
        lock_busy(&self.machine).cancel(permit);
    }

    /// Hears how full a queue further on is, from 0 to 1; see [`Machine::observe`].
    pub fn observe(&self, fill: f64) {
        let now = self.clock.now();
        lock_busy(&self.machine).observe(fill, now);
    }

    /// How many calls may run at once now.
    #[must_use]
    pub fn limit(&self) -> usize {
        lock_busy(&self.machine).limit()
    }

    /// Whether the limit is another than at the beginning.
    pub(crate) fn has_moved(&self) -> bool {
        lock_busy(&self.machine).has_moved()
    }

    /// How many run. More than the limit for a while after that has fallen.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        lock_busy(&self.machine).in_flight()
    }
}
