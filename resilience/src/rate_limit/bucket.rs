//! [`Bucket`]: a token bucket as GCRA; [`Queue`]: one that forgives cancelled waits.

use std::ops::Range;
use std::time::Duration;

use super::permit::{Permit, RateRejected};
use super::rate::{Meter, Rate, Used};

/// A token bucket, by the virtual scheduling of GCRA (ITU-T I.371, annex A).
///
/// The one number is the instant at which the bucket is full again, in ticks of its [`Rate`]: the
/// *theoretical arrival time*. In the past it means a full bucket, and more than `depth` ahead one
/// whose permits are reserved already, for calls that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    full_at: u128,
}

impl Meter for Bucket {
    #[inline]
    fn take(&mut self, rate: &Rate, cost: u32, now: Duration) -> Result<Permit, RateRejected> {
        let now = rate.ticks(now);
        let full_at = self.full_at.max(now) + rate.ticks_of(cost);
        let in_depth = now + rate.depth;
        if full_at <= in_depth {
            self.full_at = full_at;
            return Ok(Permit {
                cost,
                after: Duration::ZERO,
                mark: full_at,
                generation: 0,
            });
        }
        let late = full_at - in_depth;
        let after = rate.time(late);
        if late > rate.patience {
            return Err(RateRejected::Exhausted { retry_after: after });
        }
        self.full_at = full_at;
        Ok(Permit {
            cost,
            after,
            mark: full_at,
            generation: 0,
        })
    }

    /// All of it if no call was admitted after this one, else nothing: the turns after it are given
    /// away, and a permit that came back behind them could be taken together with theirs.
    fn give_back(&mut self, rate: &Rate, permit: &Permit) {
        if self.full_at == permit.mark {
            self.full_at = taken(rate, permit).start;
        }
    }

    fn is_unused(&self, rate: &Rate, now: Duration) -> bool {
        self.full_at <= rate.ticks(now)
    }

    fn available(&self, rate: &Rate, now: Duration) -> u32 {
        let now = rate.ticks(now);
        let missing = self.full_at.max(now) - now;
        let permits = rate.depth.saturating_sub(missing) / rate.period;
        u32::try_from(permits).unwrap_or(rate.most)
    }
}

/// The ticks by which a permit has put off the instant at which its bucket is full.
fn taken(rate: &Rate, permit: &Permit) -> Range<u128> {
    permit.mark - rate.ticks_of(permit.cost).min(permit.mark)..permit.mark
}

/// A bucket whose waiting calls may be cancelled in any order.
///
/// Calls that wait together often give up together, the first of them first. The bucket alone would
/// then keep all turns but the last as used. This one remembers one stretch of turns that were
/// given back behind others, and returns it as a whole once the calls after it are gone too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Queue {
    bucket: Bucket,
    /// Given back, and still counted in `bucket`. Empty if there is none.
    gap: Range<u128>,
}

impl Queue {
    /// How much of it is used, whatever the rate.
    pub(super) fn used(&self, rate: &Rate, now: Duration) -> Used {
        let now = rate.ticks(now);
        let missing = self.bucket.full_at.max(now) - now;
        let late = missing.saturating_sub(rate.depth);
        Used {
            share: missing.min(rate.depth) as f64 / rate.depth as f64,
            wait: rate.time(late),
        }
    }

    /// One of which so much is used.
    pub(super) fn with(used: Used, rate: &Rate, now: Duration) -> Self {
        // No product overflows: see `Rate`. An `f64` is exact to a part in 10^15 of the burst.
        let missing = (used.share * rate.depth as f64).ceil() as u128;
        let full_at = rate.ticks(now) + missing.min(rate.depth) + rate.ticks(used.wait);
        Self {
            bucket: Bucket { full_at },
            gap: 0..0,
        }
    }
}

impl Meter for Queue {
    #[inline]
    fn take(&mut self, rate: &Rate, cost: u32, now: Duration) -> Result<Permit, RateRejected> {
        self.bucket.take(rate, cost, now)
    }

    fn give_back(&mut self, rate: &Rate, permit: &Permit) {
        let taken = taken(rate, permit);
        let (full_at, gap) = (&mut self.bucket.full_at, &mut self.gap);
        if taken.end == *full_at {
            *full_at = taken.start;
        } else if taken.end > *full_at {
            return; // not from here
        } else if taken.end == gap.start {
            gap.start = taken.start;
        } else if taken.start == gap.end {
            gap.end = taken.end;
        } else if taken.end > gap.end {
            *gap = taken; // of two gaps the later one may yet reach the end
        }
        if gap.end == *full_at {
            *full_at = gap.start;
            *gap = 0..0;
        }
    }

    fn is_unused(&self, rate: &Rate, now: Duration) -> bool {
        self.bucket.is_unused(rate, now)
    }

    fn available(&self, rate: &Rate, now: Duration) -> u32 {
        self.bucket.available(rate, now)
    }
}
