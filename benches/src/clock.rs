//! The only place of the benchmarks that reads the machine's clock.

use std::time::Instant;

/// Reads the monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time; nothing here runs under a paused clock"
)]
pub fn now() -> Instant {
    Instant::now()
}
