//! recloser: a circuit breaker with a count window in a ring of atomics.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use ::recloser::{AsyncRecloser, Error, Recloser};

use super::{Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::policy::{Down, Policy, Tasks, work};
use crate::scenario::Load;

pub(crate) const SYSTEM: System = System {
    name: "recloser",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`AsyncRecloser`, closed window of 100",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    alone: &[],
    policies: &[
        (Policy::Breaker, |load, tasks| Box::pin(closed(load, tasks))),
        (Policy::BreakerOpen, |load, tasks| {
            Box::pin(open(load, tasks))
        }),
    ],
};

fn breaker() -> Arc<AsyncRecloser> {
    let recloser = Recloser::custom()
        .error_rate(0.5)
        .closed_len(100)
        .open_wait(Duration::from_secs(3_600))
        .build();
    Arc::new(AsyncRecloser::from(recloser))
}

async fn closed(load: Load, tasks: Tasks) -> Outcome {
    drive::calls(load, tasks, breaker(), feed).await
}

async fn feed(breaker: Arc<AsyncRecloser>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum += breaker
            .call(work(value))
            .await
            .map_err(|error| fault(&error))?;
    }
    Ok(sum)
}

async fn open(load: Load, tasks: Tasks) -> Outcome {
    let breaker = breaker();
    for _ in 0..200 {
        drop(breaker.call(async { Err::<u64, _>(Down) }).await);
    }
    drive::calls(load, tasks, breaker, refused).await
}

async fn refused(breaker: Arc<AsyncRecloser>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        match breaker.call(work(value)).await {
            Err(Error::Rejected) => sum += value,
            other => return Err(format!("not rejected: {other:?}").into()),
        }
    }
    Ok(sum)
}

/// Its error is none of the standard library's.
fn fault(error: &Error<Down>) -> Fault {
    format!("{error:?}").into()
}
