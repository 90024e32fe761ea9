//! failsafe: a circuit breaker with a success rate as a moving average, behind a lock.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use ::failsafe::futures::CircuitBreaker;
use ::failsafe::{Config, Error, backoff, failure_policy};

use super::{Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::policy::{Down, Policy, Tasks, work};
use crate::scenario::Load;

pub(crate) const SYSTEM: System = System {
    name: "failsafe",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`success_rate_over_time_window(0.5, 10, 10 s)`; `breaker_open` \
            after 10 failures in a row",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    alone: &[],
    policies: &[
        (Policy::BreakerWindow, |load, tasks| {
            Box::pin(closed(load, tasks))
        }),
        (Policy::BreakerOpen, |load, tasks| {
            Box::pin(open(load, tasks))
        }),
    ],
};

const HOUR: Duration = Duration::from_secs(3_600);

async fn closed(load: Load, tasks: Tasks) -> Outcome {
    let (window, backoff) = (Duration::from_secs(10), backoff::constant(HOUR));
    let policy = failure_policy::success_rate_over_time_window(0.5, 10, window, backoff);
    let breaker = Arc::new(Config::new().failure_policy(policy).build());
    drive::calls(load, tasks, breaker, |breaker, values| {
        feed(breaker, values)
    })
    .await
}

async fn feed<B>(breaker: Arc<B>, values: Range<u64>) -> Result<u64, Fault>
where
    B: CircuitBreaker + Send + Sync,
{
    let mut sum = 0;
    for value in values {
        sum += breaker.call(work(value)).await?;
    }
    Ok(sum)
}

async fn open(load: Load, tasks: Tasks) -> Outcome {
    let policy = failure_policy::consecutive_failures(10, backoff::constant(HOUR));
    let breaker = Arc::new(Config::new().failure_policy(policy).build());
    for _ in 0..10 {
        drop(breaker.call(async { Err::<u64, _>(Down) }).await);
    }
    drive::calls(load, tasks, breaker, |breaker, values| {
        refused(breaker, values)
    })
    .await
}

async fn refused<B>(breaker: Arc<B>, values: Range<u64>) -> Result<u64, Fault>
where
    B: CircuitBreaker + Send + Sync,
{
    let mut sum = 0;
    for value in values {
        match breaker.call(work(value)).await {
            Err(Error::Rejected) => sum += value,
            other => return Err(format!("not rejected: {other:?}").into()),
        }
    }
    Ok(sum)
}
