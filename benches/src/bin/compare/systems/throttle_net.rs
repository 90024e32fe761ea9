//! throttle-net: limits, breakers and retries without a pipeline.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use ::throttle_net::{Backoff, Bulkhead, Retry, RetryAction, Throttle};

use super::{Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::Fault;
use crate::policy::{Down, Policy, work};

pub(crate) const SYSTEM: System = System {
    name: "throttle_net",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`Throttle::acquire`, `Bulkhead::call`, `Retry::run`; its breaker \
            wraps a limiter, so it is not measured alone",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    alone: &[],
    policies: &[
        (Policy::Bulkhead, |load, tasks| {
            Box::pin(async move {
                let bulkhead = Arc::new(Bulkhead::new(64));
                drive::calls(load, tasks, bulkhead, in_bulkhead).await
            })
        }),
        (Policy::Retry, |load, tasks| {
            Box::pin(async move {
                let backoff = Backoff::exponential(Duration::from_millis(50), 2.0);
                let retry = Arc::new(Retry::new(backoff));
                drive::calls(load, tasks, retry, retried).await
            })
        }),
        (Policy::RateLimit, |load, tasks| {
            Box::pin(async move {
                let throttle = Arc::new(Throttle::per_second(1_000_000_000));
                drive::calls(load, tasks, throttle, limited).await
            })
        }),
    ],
};

async fn in_bulkhead(bulkhead: Arc<Bulkhead>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum += bulkhead.call(|| work(value)).await??;
    }
    Ok(sum)
}

async fn retried(retry: Arc<Retry>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum += retry
            .run(|| work(value), |_: &Down| RetryAction::Retry)
            .await?;
    }
    Ok(sum)
}

async fn limited(throttle: Arc<Throttle>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        throttle.acquire().await?;
        sum += work(value).await?;
    }
    Ok(sum)
}
