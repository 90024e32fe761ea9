//! [`QueueTime`]: how long calls may wait in a queue, and for how long that may be longer.

use std::time::Duration;

use super::check::ShedError;
use super::criticality::Criticality;

/// How long a call may have waited in a queue that is overloaded: plain data, the settings of a
/// [`Codel`](super::Codel).
///
/// A queue is overloaded when calls have waited longer than the target all through an interval:
/// then it does not drain, and what it holds only adds to the latency of every call. Then, calls
/// that waited longer than so many times the target are shed:
///
/// | criticality | shed above |
/// | --- | --- |
/// | sheddable | the target |
/// | sheddable-plus | 1.5 times the target |
/// | critical | twice the target |
/// | critical-plus | four times the target |
///
/// Twice is what folly's `Codel` sheds above. The wait settles at the lowest of these at which
/// enough is shed: while there are enough sheddable calls to shed, no other is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueTime {
    pub(super) target: Duration,
    pub(super) interval: Duration,
}

impl QueueTime {
    /// A target, with an interval of 100 ms.
    ///
    /// Take what a call may wait without anybody minding, and not less than one call takes to be
    /// served divided by how many are served at once: a queue that is hardly one then looks
    /// overloaded.
    #[must_use]
    pub const fn target(target: Duration) -> Self {
        Self {
            target,
            interval: Duration::from_millis(100),
        }
    }

    /// Sets for how long every call must have waited longer than the target. Bursts that are over
    /// sooner are queued and served. 100 ms unless set, as Nichols and Jacobson have it, and
    /// Facebook for its servers; about as long as callers can wait.
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// [`ShedError::ZeroTarget`], and [`ShedError::IntervalTooShort`] where the interval is not
    /// longer than the target.
    pub fn check(&self) -> Result<(), ShedError> {
        let &Self { target, interval } = self;
        if target.is_zero() {
            return Err(ShedError::ZeroTarget);
        }
        if interval <= target {
            return Err(ShedError::IntervalTooShort { target, interval });
        }
        Ok(())
    }

    /// The longest wait with which a call is served while the queue is overloaded.
    #[must_use]
    pub fn longest(&self, criticality: Criticality) -> Duration {
        const HALVES: [u32; 4] = [2, 3, 4, 8];
        self.target.saturating_mul(HALVES[criticality.index()]) / 2
    }
}

/// A target of 5 ms, as Nichols and Jacobson have it, and Facebook for its servers.
impl Default for QueueTime {
    fn default() -> Self {
        Self::target(Duration::from_millis(5))
    }
}
