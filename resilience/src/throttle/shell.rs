//! [`Throttler`]: the machine behind a lock, on tokio's clock.

use parking_lot::Mutex;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::machine::{Machine, Permit, Throttled};
use super::settings::{Throttle, ThrottleError};
use crate::clock::{Clock, Now};
use crate::lock::lock_busy;
use crate::shed::Criticality;
use crate::verdict::Verdict;

/// A client-side throttle that any number of callers share. Nothing is allocated after it is made.
///
/// # Examples
///
/// ```
/// use greenroom_resilience::{Criticality, Throttle, Verdict};
/// use greenroom_resilience::throttle::Throttler;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), greenroom_resilience::throttle::ThrottleError> {
/// let throttler = Throttler::new(Throttle::default(), 7)?;
/// let mut made = 0;
/// for _ in 0..1_000 {
///     if let Ok(permit) = throttler.try_acquire(Criticality::Critical) {
///         throttler.record(permit, Verdict::Refused);
///         made += 1;
///     }
/// }
/// assert!(made < 50, "the service accepts none");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Throttler {
    clock: Clock,
    inner: Mutex<(Machine, ChaCha8Rng)>,
}

impl Throttler {
    /// A throttle that has seen no call. `seed` decides which calls are not made.
    ///
    /// # Errors
    ///
    /// What [`Throttle::check`] finds.
    pub fn new(settings: Throttle, seed: u64) -> Result<Self, ThrottleError> {
        settings.check()?;
        let inner = (Machine::new(settings), ChaCha8Rng::seed_from_u64(seed));
        Ok(Self {
            clock: Clock::new(),
            inner: Mutex::new(inner),
        })
    }

    /// Throttles by other settings from now on, and says whether it can; see
    /// [`Machine::reconfigure`].
    ///
    /// # Errors
    ///
    /// What [`Throttle::check`] finds; nothing is changed then.
    pub fn reconfigure(&self, settings: Throttle) -> Result<bool, ThrottleError> {
        settings.check()?;
        Ok(lock_busy(&self.inner).0.reconfigure(settings))
    }

    /// Asks for leave to make a call. Whoever drops the call [cancels](Self::cancel) the permit.
    ///
    /// # Errors
    ///
    /// [`Throttled`], where the call is better not made.
    #[inline]
    pub fn try_acquire(&self, criticality: Criticality) -> Result<Permit, Throttled> {
        self.try_acquire_at(criticality, &mut Now::default())
    }

    #[inline]
    pub(crate) fn try_acquire_at(
        &self,
        criticality: Criticality,
        now: &mut Now,
    ) -> Result<Permit, Throttled> {
        let now = now.on(&self.clock);
        let (machine, rng) = &mut *lock_busy(&self.inner);
        machine.try_acquire(criticality, now, rng)
    }

    /// Counts how a call ended.
    #[inline]
    pub fn record(&self, permit: Permit, verdict: Verdict) {
        let now = self.clock.now();
        lock_busy(&self.inner).0.record(permit, verdict, now);
    }

    /// Forgets a call that was dropped before its end.
    pub fn cancel(&self, permit: Permit) {
        let now = self.clock.now();
        lock_busy(&self.inner).0.cancel(permit, now);
    }

    /// Whether a call of its window was not accepted, or is under way.
    pub(crate) fn has_seen_failures(&self, now: &mut Now) -> bool {
        let now = now.on(&self.clock);
        lock_busy(&self.inner).0.has_seen_failures(now)
    }

    /// The share of the calls of a class that is not made now, from 0 to 1.
    #[must_use]
    pub fn share_throttled(&self, criticality: Criticality) -> f64 {
        let now = self.clock.now();
        lock_busy(&self.inner).0.share_throttled(criticality, now)
    }
}
