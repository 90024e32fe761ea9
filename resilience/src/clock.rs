//! [`Clock`]: tokio's time as machines take it, a [`Duration`] since an origin.

use std::time::Duration;

use tokio::time::Instant;

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
}
