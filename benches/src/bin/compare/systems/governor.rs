//! governor: a rate limit by the generic cell rate algorithm, in one atomic.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use ::governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::{Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::policy::{Policy, Tasks, work};
use crate::scenario::Load;

pub(crate) const SYSTEM: System = System {
    name: "governor",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`check()` before each call, its quanta clock",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    alone: &[],
    policies: &[(Policy::RateLimit, |load, tasks| {
        Box::pin(limited(load, tasks))
    })],
};

async fn limited(load: Load, tasks: Tasks) -> Outcome {
    let rate = NonZeroU32::new(1_000_000_000).expect("it is not zero");
    let limiter = Arc::new(RateLimiter::direct(Quota::per_second(rate)));
    drive::calls(load, tasks, limiter, feed).await
}

async fn feed(limiter: Arc<DefaultDirectRateLimiter>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        limiter.check().map_err(|_| "the limit is reached")?;
        sum += work(value).await?;
    }
    Ok(sum)
}
