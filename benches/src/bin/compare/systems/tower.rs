//! tower: its own layers, which have no circuit breaker.

use std::future::{Ready, ready};
use std::ops::Range;

use ::tower::limit::ConcurrencyLimit;
use ::tower::retry::{Policy as RetryPolicy, Retry};
use ::tower::timeout::Timeout;
use ::tower::{Service, ServiceExt as _, service_fn};

use super::{Capacity, Kind, System, TIME_OUT, built_in, two_workers};
use crate::drive;
use crate::measurement::Fault;
use crate::policy::{Down, Policy, work};

pub(crate) const SYSTEM: System = System {
    name: "tower",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`ready().await?.call(v).await`; `ConcurrencyLimit` of 64; a retry \
            policy that repeats an `Err` twice; its rate limit can't be cloned",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    alone: &[],
    policies: &[
        (Policy::Bulkhead, |load, tasks| {
            let service = ConcurrencyLimit::new(service_fn(work), 64);
            Box::pin(drive::calls(load, tasks, service, |service, values| {
                feed(service, values)
            }))
        }),
        (Policy::Timeout, |load, tasks| {
            let service = Timeout::new(service_fn(work), TIME_OUT);
            Box::pin(drive::calls(load, tasks, service, |service, values| {
                feed(service, values)
            }))
        }),
        (Policy::Retry, |load, tasks| {
            let service = Retry::new(Twice(2), service_fn(work));
            Box::pin(drive::calls(load, tasks, service, |service, values| {
                feed(service, values)
            }))
        }),
    ],
};

pub(super) async fn feed<S>(mut service: S, values: Range<u64>) -> Result<u64, Fault>
where
    S: Service<u64, Response = u64>,
    S::Error: Into<Fault>,
{
    let mut sum = 0;
    for value in values {
        let ready = service.ready().await.map_err(Into::into)?;
        sum += ready.call(value).await.map_err(Into::into)?;
    }
    Ok(sum)
}

/// Repeats what failed, so often.
#[derive(Clone)]
struct Twice(u32);

impl RetryPolicy<u64, u64, Down> for Twice {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut u64, result: &mut Result<u64, Down>) -> Option<Ready<()>> {
        self.0 = match result {
            Ok(_) => return None,
            Err(_) => self.0.checked_sub(1)?,
        };
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &u64) -> Option<u64> {
        Some(*request)
    }
}
