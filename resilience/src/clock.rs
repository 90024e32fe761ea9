//! [`Clock`] and [`Now`]: tokio's time as machines take it, a [`Duration`] since an origin.

use std::time::Duration;

use tokio::time::Instant;

use crate::deadline::FAR;

/// A clock that began when it was made. It is tokio's, so that a paused clock drives it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    /// The time since the origin.
    #[inline]
    pub(crate) fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    /// The time from the origin to an instant.
    #[inline]
    pub(crate) fn at(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.origin)
    }
}

/// The time, read at most once in a step, and not at all where nobody asks: to read a clock costs
/// more than most policies.
#[derive(Debug, Default)]
pub(crate) struct Now(Option<Instant>);

impl Now {
    #[inline]
    pub(crate) fn instant(&mut self) -> Instant {
        *self.0.get_or_insert_with(Instant::now)
    }

    /// As a machine with this clock has it.
    #[inline]
    pub(crate) fn on(&mut self, clock: &Clock) -> Duration {
        clock.at(self.instant())
    }

    /// So much later, at most as far as a deadline can be.
    #[inline]
    pub(crate) fn after(&mut self, limit: Duration) -> Instant {
        self.instant() + limit.min(FAR)
    }
}
