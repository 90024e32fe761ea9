//! [`Rate`]: the numbers of a limit as machines need them, and [`Meter`], what these share.

use std::time::Duration;

use super::permit::{Permit, RateRejected};
use super::settings::RateLimit;

const NANOS_PER_SEC: u128 = 1_000_000_000;

/// The numbers of a checked limit, worked out once.
///
/// A bucket counts time in *ticks*: a nanosecond is `permits` ticks, so that one permit comes back
/// every `period.as_nanos()` ticks. Both are whole numbers, nothing is ever rounded, and no rate
/// drifts. Nothing overflows either: a `Duration` is less than 2^94 ns and `permits` and `burst`
/// less than 2^32, so every product below is less than 2^126, and at most four of them are added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// Ticks of a nanosecond.
    permits: u128,
    /// Nanoseconds of a window, and ticks in which a permit comes back.
    pub(super) period: u128,
    /// What can be taken at one instant.
    pub(super) most: u32,
    /// Ticks in which an empty bucket fills.
    pub(super) depth: u128,
    /// Ticks that a call may wait.
    pub(super) patience: u128,
    /// Nanoseconds that a call may wait.
    pub(super) max_wait: u128,
}

impl Rate {
    /// `limit` has been checked.
    pub(super) fn new(limit: &RateLimit) -> Self {
        debug_assert!(limit.check().is_ok(), "{limit:?} was not checked");
        let (permits, period) = (u128::from(limit.permits), limit.period.as_nanos());
        let most = limit.most_at_once();
        let max_wait = limit.max_wait.as_nanos();
        Self {
            permits,
            period,
            most,
            depth: u128::from(most) * period,
            patience: max_wait * permits,
            max_wait,
        }
    }

    /// Whether a bucket of the one is a bucket of the other: they differ in the wait at most.
    pub(super) fn meters_as(&self, other: &Self) -> bool {
        (self.permits, self.period, self.depth) == (other.permits, other.period, other.depth)
    }

    #[inline]
    pub(super) fn ticks(&self, time: Duration) -> u128 {
        time.as_nanos() * self.permits
    }

    /// Ticks in which so many permits come back.
    #[inline]
    pub(super) fn ticks_of(&self, cost: u32) -> u128 {
        u128::from(cost) * self.period
    }

    /// The time until so many ticks have passed, rounded up: whoever waits for it is not early.
    pub(super) fn time(&self, ticks: u128) -> Duration {
        // Nearly always both fit, and a division of 64 bits takes a fifth of the time.
        match (u64::try_from(ticks), u64::try_from(self.permits)) {
            (Ok(ticks), Ok(permits)) => Duration::from_nanos(ticks.div_ceil(permits)),
            _ => duration(ticks.div_ceil(self.permits)),
        }
    }

    /// What a call of such a cost is told without a look at the state, if that is enough.
    #[inline]
    fn foregone(&self, cost: u32) -> Option<Result<Permit, RateRejected>> {
        if cost == 0 {
            return Some(Ok(Permit::FREE));
        }
        let most = self.most;
        (cost > most).then_some(Err(RateRejected::TooCostly { cost, most }))
    }
}

/// How much of a limit is used, whatever its rate and kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    /// Of what can be taken at one instant, from 0 to 1.
    pub(super) share: f64,
    /// How long until the last turn that was given to a call that waits.
    pub(super) wait: Duration,
}

/// As a `Duration`, the longest where it does not fit.
pub(super) fn duration(nanos: u128) -> Duration {
    let Ok(secs) = u64::try_from(nanos / NANOS_PER_SEC) else {
        return Duration::MAX;
    };
    let nanos = (nanos % NANOS_PER_SEC) as u32;
    Duration::new(secs, nanos)
}

/// What is remembered of the calls of one limiter, or of one key. `Default` is a limit that nobody
/// has used. Each `now` is at least the one before.
pub(super) trait Meter: Default {
    /// Takes a place, unless the wait for it is too long. `cost` is at least 1 and fits.
    fn take(&mut self, rate: &Rate, cost: u32, now: Duration) -> Result<Permit, RateRejected>;

    /// Gives back what a call took that did not start.
    fn give_back(&mut self, rate: &Rate, permit: &Permit);

    /// Whether there is nothing to remember: a new one would decide alike from now on.
    fn is_unused(&self, rate: &Rate, now: Duration) -> bool;

    /// How much could be taken now without a wait.
    fn available(&self, rate: &Rate, now: Duration) -> u32;

    #[inline]
    fn try_take(&mut self, rate: &Rate, cost: u32, now: Duration) -> Result<Permit, RateRejected> {
        match rate.foregone(cost) {
            Some(answer) => answer,
            None => self.take(rate, cost, now),
        }
    }
}
