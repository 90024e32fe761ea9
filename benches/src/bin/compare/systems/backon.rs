//! backon: retries around a closure.

use std::ops::Range;

use ::backon::{ExponentialBuilder, Retryable};

use super::{Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::policy::{Policy, Tasks, work};
use crate::scenario::Load;

pub(crate) const SYSTEM: System = System {
    name: "backon",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`.retry(ExponentialBuilder::default())`",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    alone: &[],
    policies: &[(Policy::Retry, |load, tasks| Box::pin(retried(load, tasks)))],
};

async fn retried(load: Load, tasks: Tasks) -> Outcome {
    drive::calls(load, tasks, ExponentialBuilder::default(), feed).await
}

async fn feed(backoff: ExponentialBuilder, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum += (|| work(value)).retry(backoff).await?;
    }
    Ok(sum)
}
