//! [`RateLimiter`]: the state of one limit, as a machine that is told the time.

use std::time::Duration;

use super::bucket::Queue;
use super::check::RateLimitError;
use super::permit::{Permit, RateRejected};
use super::rate::{Meter, Rate};
use super::settings::{Kind, RateLimit};
use super::window::Window;

/// The state of one limit: admits calls, or says when to come back.
///
/// A machine without a clock, a lock or a task of its own. `now` is the time since the origin of
/// the caller's clock, the same for every call. One that is earlier than another seen before counts
/// as that other: threads that read the clock before they take the lock may come in either order.
/// No value of `now` panics, overflows or admits more than the limit.
///
/// A token bucket is decided in a few nanoseconds, without allocation. A sliding window allocates
/// only while its log grows to the longest it has been.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::RateLimit;
/// use greenroom_resilience::rate_limit::{RateLimiter, RateRejected};
///
/// let ms = Duration::from_millis;
/// let mut limiter = RateLimiter::new(&RateLimit::per_second(10).burst(2).max_wait(ms(100)))?;
///
/// assert_eq!(limiter.try_acquire(1, ms(0))?.after(), ms(0));
/// assert_eq!(limiter.try_acquire(1, ms(0))?.after(), ms(0));
/// let third = limiter.try_acquire(1, ms(0))?; // its turn is reserved
/// assert_eq!(third.after(), ms(100));
///
/// let fourth = limiter.try_acquire(1, ms(0)).unwrap_err();
/// assert_eq!(fourth, RateRejected::Exhausted { retry_after: ms(200) });
///
/// limiter.refund(third, ms(50)); // cancelled while it waited
/// assert_eq!(limiter.try_acquire(1, ms(50))?.after(), ms(50));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RateLimiter {
    rate: Rate,
    latest: Duration,
    state: State,
    /// How often what it remembers was converted: what was taken before is not found after.
    generation: u32,
}

#[derive(Debug, Clone)]
enum State {
    Bucket(Queue),
    Window(Window),
}

impl RateLimiter {
    /// A limiter that nobody has used yet: the bucket is full, the window empty.
    ///
    /// # Errors
    ///
    /// What [`RateLimit::check`] finds.
    pub fn new(limit: &RateLimit) -> Result<Self, RateLimitError> {
        limit.check()?;
        Ok(Self {
            rate: Rate::new(limit),
            latest: Duration::ZERO,
            state: match limit.kind {
                Kind::TokenBucket => State::Bucket(Queue::default()),
                Kind::SlidingWindow => State::Window(Window::default()),
            },
            generation: 0,
        })
    }

    /// Admits by another limit from now on, and keeps what is used.
    ///
    /// Of a token bucket the same share stays used: one that was half empty is half empty. Calls
    /// that were told their turns keep them, and the next comes after the last of them. A sliding
    /// window goes on counting the calls it remembers. From one kind of limit to the other it is
    /// the share that is kept.
    ///
    /// What was taken from a bucket before cannot be given back after, unless only the wait was
    /// changed: time brings it back.
    ///
    /// # Errors
    ///
    /// What [`RateLimit::check`] finds; nothing is changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::RateLimit;
    /// use greenroom_resilience::rate_limit::RateLimiter;
    ///
    /// let now = Duration::from_secs(1);
    /// let mut limiter = RateLimiter::new(&RateLimit::per_second(10))?;
    /// for _ in 0..5 {
    ///     let _spent = limiter.try_acquire(1, now)?;
    /// }
    /// limiter.reconfigure(&RateLimit::per_second(100), now)?;
    /// assert_eq!(limiter.available(now), 50);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reconfigure(&mut self, limit: &RateLimit, now: Duration) -> Result<(), RateLimitError> {
        limit.check()?;
        self.latest = self.latest.max(now);
        let (old, new, now) = (self.rate, Rate::new(limit), self.latest);
        self.rate = new;
        match (&self.state, limit.kind) {
            (State::Window(_), Kind::SlidingWindow) => return Ok(()),
            (State::Bucket(_), Kind::TokenBucket) if old.meters_as(&new) => return Ok(()),
            _ => {}
        }
        let used = match &self.state {
            State::Bucket(bucket) => bucket.used(&old, now),
            State::Window(window) => window.used(&old, now),
        };
        self.state = match limit.kind {
            Kind::TokenBucket => State::Bucket(Queue::with(used, &new, now)),
            Kind::SlidingWindow => State::Window(Window::with(used, &new, now)),
        };
        self.generation = self.generation.wrapping_add(1);
        Ok(())
    }

    /// Takes a place for a call that costs so many permits, if its turn comes soon enough.
    ///
    /// With a permit the call may start [after](Permit::after) the time it names, which is zero
    /// or at most the limit's wait. The place is taken from now on: turns come in the order of
    /// these calls, whatever they cost.
    ///
    /// A cost of 0 takes nothing and is always admitted at once.
    ///
    /// # Errors
    ///
    /// The call takes nothing, and must not start:
    ///
    /// - [`Exhausted`](RateRejected::Exhausted): its turn would come too late.
    /// - [`TooCostly`](RateRejected::TooCostly): its turn would never come.
    #[inline]
    pub fn try_acquire(&mut self, cost: u32, now: Duration) -> Result<Permit, RateRejected> {
        self.latest = self.latest.max(now);
        let permit = match &mut self.state {
            State::Bucket(bucket) => bucket.try_take(&self.rate, cost, self.latest),
            State::Window(window) => window.try_take(&self.rate, cost, self.latest),
        }?;
        let generation = self.generation;
        Ok(Permit {
            generation,
            ..permit
        })
    }

    /// Gives back the place of a call that was cancelled before it started.
    ///
    /// Later calls are then decided as if it had never been admitted. Those that were admitted
    /// meanwhile keep their turns, which bounds what a token bucket gets back: a place behind which
    /// others have their turns is kept until those are given back too, and lost if they are used.
    /// It remembers one stretch of such places. A sliding window gets everything back, always.
    ///
    /// Never gives back more than the permit took, nor what time has already brought back. The
    /// permit must come from this limiter. Do not give back what has started: the other side has
    /// seen that call, however it ended.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is given back once")]
    pub fn refund(&mut self, permit: Permit, now: Duration) {
        self.latest = self.latest.max(now);
        if permit.cost == 0 || permit.generation != self.generation {
            return;
        }
        match &mut self.state {
            State::Bucket(bucket) => bucket.give_back(&self.rate, &permit),
            State::Window(window) => window.give_back(&self.rate, &permit),
        }
    }

    /// Whether a new limiter would decide alike from now on.
    pub(super) fn is_unused(&self, now: Duration) -> bool {
        let now = self.latest.max(now);
        match &self.state {
            State::Bucket(bucket) => bucket.is_unused(&self.rate, now),
            State::Window(window) => window.is_unused(&self.rate, now),
        }
    }

    /// How many permits could be taken at `now` without a wait: for a gauge. Zero while calls wait.
    #[must_use]
    pub fn available(&self, now: Duration) -> u32 {
        let now = self.latest.max(now);
        match &self.state {
            State::Bucket(bucket) => bucket.available(&self.rate, now),
            State::Window(window) => window.available(&self.rate, now),
        }
    }
}
