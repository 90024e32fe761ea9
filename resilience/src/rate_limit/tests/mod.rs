//! Limits as a whole: against naive models, at small sizes exhaustively, and at the edges.

mod edges;
mod exploration;
mod keyed;
mod naive;
mod properties;
mod reconfigure;
mod refunds;

use std::time::Duration;

use super::{RateLimit, RateLimiter};

/// How far a broken clock jumps.
const THIRTY_YEARS: Duration = Duration::from_secs(30 * 365 * 24 * 3_600);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn ns(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn limiter(limit: &RateLimit) -> RateLimiter {
    RateLimiter::new(limit).expect("a limit that makes sense")
}
