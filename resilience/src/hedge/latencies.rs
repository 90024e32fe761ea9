//! [`Latencies`]: how long the last calls took, by rank.

use std::time::Duration;

/// How many calls are remembered: enough that 0.99 of them leaves five, few enough that a change
/// shows within some hundreds of calls.
pub(super) const WINDOW: usize = 512;

/// The fewest calls of which a share means anything.
const MIN_CALLS: usize = 20;

/// The latencies of the last calls: once in the order in which they came, once by length.
///
/// Exact, and bounded: a new one takes the place of the oldest, which moves a few kilobytes at
/// most. A sketch would be smaller and would have to forget by other means. Allocates when it is
/// made and never again.
#[derive(Debug, Clone)]
pub(super) struct Latencies {
    /// In nanoseconds, as all here.
    recent: Vec<u64>,
    sorted: Vec<u64>,
    /// Where the oldest is, once all places are taken.
    oldest: usize,
}

impl Latencies {
    pub(super) fn new() -> Self {
        Self {
            recent: Vec::with_capacity(WINDOW),
            sorted: Vec::with_capacity(WINDOW),
            oldest: 0,
        }
    }

    pub(super) fn record(&mut self, latency: Duration) {
        let latency = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        if self.recent.len() < WINDOW {
            self.recent.push(latency);
        } else {
            let gone = std::mem::replace(&mut self.recent[self.oldest], latency);
            self.oldest = (self.oldest + 1) % WINDOW;
            let place = self.sorted.partition_point(|other| *other < gone);
            self.sorted.remove(place);
        }
        let place = self.sorted.partition_point(|other| *other < latency);
        self.sorted.insert(place, latency);
        debug_assert_eq!(self.recent.len(), self.sorted.len());
    }

    /// The time within which this share of the calls ended; `None` while there are too few to say:
    /// fewer than 20, or than it takes for one call to be slower. The share is over 0 and below 1.
    pub(super) fn quantile(&self, share: f64) -> Option<Duration> {
        let calls = self.sorted.len();
        // A trifle more, for shares whose difference to one is not exact.
        let slower = calls as f64 * (1.0 - share) + 1e-6;
        if calls < MIN_CALLS || slower < 1.0 {
            return None;
        }
        let rank = (calls - slower as usize).max(1);
        Some(Duration::from_nanos(self.sorted[rank - 1]))
    }
}
