//! Instants that are too far away to be written down.

use std::time::Duration;

use tokio::time::Instant;

/// As good as never, and far from where adding to an instant overflows.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// This long from now; a time that no instant can express is a year.
pub(crate) fn later(after: Duration) -> Instant {
    later_than(Instant::now(), after)
}

/// This long from `start`, and a year where no instant can express that.
pub(crate) fn later_than(start: Instant, after: Duration) -> Instant {
    start.checked_add(after).unwrap_or_else(|| start + FAR)
}
