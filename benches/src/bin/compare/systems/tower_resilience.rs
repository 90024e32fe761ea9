//! tower-resilience: resilience4j's policies as tower layers.

use std::ops::Range;
use std::time::Duration;

use ::tower::{Layer as _, Service, ServiceExt as _, service_fn};
use ::tower_resilience::bulkhead::BulkheadLayer;
use ::tower_resilience::circuitbreaker::{CircuitBreakerLayer, SlidingWindowType};
use ::tower_resilience::ratelimiter::RateLimiterLayer;
use ::tower_resilience::retry::RetryLayer;
use ::tower_resilience::timelimiter::TimeLimiterLayer;

use super::tower::feed;
use super::{Capacity, Kind, System, TIME_OUT, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::policy::{Down, Policy, Tasks, work};
use crate::scenario::Load;

pub(crate) const SYSTEM: System = System {
    name: "tower_resilience",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`ready().await?.call(v).await`, no listeners; `breaker_window` with 20,000 calls, as \
            each looks at all calls of the window",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    // Several tasks at its open breaker sometimes wait for ever, none of them woken.
    alone: &[Policy::BreakerOpen],
    policies: &[
        (Policy::Breaker, |load, tasks| {
            Box::pin(async move {
                let layer = CircuitBreakerLayer::builder().build()?;
                let service = layer.layer(service_fn(work));
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
        (Policy::BreakerWindow, |load, tasks| {
            let load = load.at_most(20_000);
            Box::pin(async move {
                let layer = CircuitBreakerLayer::builder()
                    .sliding_window_type(SlidingWindowType::TimeBased)
                    .sliding_window_duration(Duration::from_secs(10))
                    .slow_call_duration_threshold(Duration::from_secs(1))
                    .slow_call_rate_threshold(0.5)
                    .build()?;
                let service = layer.layer(service_fn(work));
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
        (Policy::BreakerOpen, |load, tasks| {
            Box::pin(open(load, tasks))
        }),
        (Policy::Bulkhead, |load, tasks| {
            Box::pin(async move {
                let layer = BulkheadLayer::builder().max_concurrent_calls(64).build()?;
                let service = layer.layer(service_fn(work));
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
        (Policy::Timeout, |load, tasks| {
            let layer = TimeLimiterLayer::builder()
                .timeout_duration(TIME_OUT)
                .build();
            let service = layer.layer(service_fn(work));
            Box::pin(drive::calls(load, tasks, service, |service, values| {
                feed(service, values)
            }))
        }),
        (Policy::Retry, |load, tasks| {
            let layer = RetryLayer::<u64, u64, Down>::exponential_backoff().build();
            let service = layer.layer(service_fn(work));
            Box::pin(drive::calls(load, tasks, service, |service, values| {
                feed(service, values)
            }))
        }),
        (Policy::RateLimit, |load, tasks| {
            Box::pin(async move {
                let layer = RateLimiterLayer::per_second(1_000_000_000).build()?;
                let service = layer.layer(service_fn(work));
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
    ],
};

async fn open(load: Load, tasks: Tasks) -> Outcome {
    let layer = CircuitBreakerLayer::builder()
        .wait_duration_in_open(Duration::from_secs(3_600))
        .build()?;
    let mut service = layer.layer(service_fn(async |value: u64| match value {
        u64::MAX => Err(Down),
        value => work(value).await,
    }));
    for _ in 0..200 {
        drop(service.ready().await?.call(u64::MAX).await);
    }
    drive::calls(load, tasks, service, |service, values| {
        refused(service, values)
    })
    .await
}

async fn refused<S>(mut service: S, values: Range<u64>) -> Result<u64, Fault>
where
    S: Service<u64, Response = u64>,
    S::Error: Into<Fault>,
{
    let mut sum = 0;
    for value in values {
        let ready = service.ready().await.map_err(Into::into)?;
        match ready.call(value).await {
            Err(_) => sum += value,
            Ok(_) => return Err("not rejected".into()),
        }
    }
    Ok(sum)
}
