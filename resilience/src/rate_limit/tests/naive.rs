//! The two kinds of limit by their definitions: a list of what was admitted, and a search.

use std::time::Duration;

use crate::rate_limit::settings::Kind;
use crate::rate_limit::{Permit, RateLimit};

/// What was admitted, with the instant of its turn, in the order of the calls.
///
/// Instants are counted in parts of a nanosecond, as many as there are permits: a bucket's turns
/// lie between nanoseconds, and whoever waits is told the next whole one.
#[derive(Debug, Clone)]
pub(super) struct Naive {
    limit: RateLimit,
    pub(super) admitted: Vec<(u128, u32)>,
}

impl Naive {
    pub(super) fn new(limit: &RateLimit) -> Self {
        Self {
            limit: limit.clone(),
            admitted: Vec::new(),
        }
    }

    fn parts(&self) -> u128 {
        u128::from(self.limit.permits)
    }

    /// How long from `now` until the instant, as a caller is told.
    pub(super) fn wait(&self, turn: u128, now: Duration) -> Duration {
        let parts = turn - now.as_nanos() * self.parts();
        Duration::from_nanos_u128(parts.div_ceil(self.parts()))
    }

    /// The instant for which a permit was given.
    pub(super) fn turn_of(&self, permit: &Permit, now: Duration) -> u128 {
        let depth = u128::from(self.limit.most_at_once()) * self.limit.period.as_nanos();
        match self.limit.kind {
            Kind::TokenBucket => permit
                .mark
                .saturating_sub(depth)
                .max(now.as_nanos() * self.parts()),
            Kind::SlidingWindow => permit.mark * self.parts(),
        }
    }

    /// Whether the limit's law holds for all that was admitted.
    pub(super) fn is_within_the_limit(&self) -> bool {
        let list = &self.admitted;
        list.is_sorted_by_key(|(at, _)| *at)
            && (0..list.len()).all(|last| self.holds_until(list, last))
    }

    /// Whether the law holds for every stretch that ends with the given call.
    fn holds_until(&self, list: &[(u128, u32)], last: usize) -> bool {
        let (permits, period) = (self.parts(), self.limit.period.as_nanos());
        let most = u128::from(self.limit.most_at_once());
        let end = list[last].0;
        let mut sum = 0;
        list[..=last].iter().rev().all(|&(at, cost)| {
            sum += u128::from(cost);
            match self.limit.kind {
                // sum ≤ burst + time × permits / period
                Kind::TokenBucket => sum * period <= most * period + (end - at),
                // What is older than the window does not count.
                Kind::SlidingWindow => end - at >= period * permits || sum <= most,
            }
        })
    }

    /// The first instant, from now or the last turn on, at which the law admits the call. `None`
    /// if it is more than so many nanoseconds ahead.
    pub(super) fn turn(&self, cost: u32, now: Duration, horizon: u128) -> Option<u128> {
        let now = now.as_nanos() * self.parts();
        let from = self.admitted.last().map_or(now, |last| last.0.max(now));
        let mut list = self.admitted.clone();
        list.push((from, cost));
        let last = list.len() - 1;
        (from..=now + horizon * self.parts()).find(|&at| {
            list[last].0 = at;
            self.holds_until(&list, last)
        })
    }

    pub(super) fn admit(&mut self, cost: u32, at: u128) {
        self.admitted.push((at, cost));
    }

    /// Takes back one call of the list.
    pub(super) fn forget(&mut self, cost: u32, at: u128) {
        let found = self.admitted.iter().rposition(|call| *call == (at, cost));
        self.admitted.remove(found.expect("it was admitted"));
    }
}
