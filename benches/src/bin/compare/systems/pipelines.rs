//! The policies of greenroom, each as a pipeline of one, and five together.

use std::ops::Range;
use std::time::Duration;

use greenroom_resilience::breaker::Window;
use greenroom_resilience::pipeline::{CallError, PipelineBuilder, Reason};
use greenroom_resilience::{Breaker, Bulkhead, Pipeline, RateLimit, Retry};

use super::{Calls, TIME_OUT};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::policy::{Down, Policy, Tasks, work};
use crate::scenario::Load;

pub(super) const CELLS: &[(Policy, Calls)] = &[
    (Policy::Breaker, |load, tasks| {
        Box::pin(through(load, tasks, |one| one.circuit_breaker(breaker())))
    }),
    (Policy::BreakerWindow, |load, tasks| {
        let window = Window::time(Duration::from_secs(10));
        let breaker = breaker().window(window).slow(Duration::from_secs(1), 0.5);
        Box::pin(through(load, tasks, |one| one.circuit_breaker(breaker)))
    }),
    (Policy::BreakerOpen, |load, tasks| {
        Box::pin(rejected(load, tasks))
    }),
    (Policy::Bulkhead, |load, tasks| {
        Box::pin(through(load, tasks, |one| {
            one.bulkhead(Bulkhead::concurrent(64))
        }))
    }),
    (Policy::Timeout, |load, tasks| {
        Box::pin(through(load, tasks, |one| one.timeout(TIME_OUT)))
    }),
    (Policy::Retry, |load, tasks| {
        Box::pin(through(load, tasks, |one| one.retry(retry())))
    }),
    (Policy::RateLimit, |load, tasks| {
        Box::pin(through(load, tasks, |one| one.rate_limit(rate_limit())))
    }),
    (Policy::Pipeline5, |load, tasks| {
        Box::pin(through(load, tasks, |five| {
            five.timeout(TIME_OUT)
                .retry(retry())
                .circuit_breaker(breaker())
                .bulkhead(Bulkhead::concurrent(64))
                .rate_limit(rate_limit())
        }))
    }),
];

fn breaker() -> Breaker {
    let hour = Duration::from_secs(3_600);
    Breaker::rate(0.5)
        .window(Window::calls(100))
        .min_calls(10)
        .open_for(hour)
}

fn retry() -> Retry {
    Retry::exponential(Duration::from_millis(50)..=Duration::from_secs(1))
}

/// More than can be called.
fn rate_limit() -> RateLimit {
    RateLimit::per_second(1_000_000_000)
}

async fn through(
    load: Load,
    tasks: Tasks,
    policies: impl FnOnce(PipelineBuilder) -> PipelineBuilder,
) -> Outcome {
    let pipeline = policies(Pipeline::builder("compare")).build()?;
    drive::calls(load, tasks, pipeline, feed).await
}

async fn feed(pipeline: Pipeline, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum += pipeline.call(|| work(value)).await?;
    }
    Ok(sum)
}

async fn rejected(load: Load, tasks: Tasks) -> Outcome {
    let pipeline = Pipeline::builder("compare").circuit_breaker(breaker());
    let pipeline = pipeline.build()?;
    for _ in 0..10 {
        let down = pipeline.call(async || Err::<u64, _>(Down)).await;
        drop(down.expect_err("it is down"));
    }
    drive::calls(load, tasks, pipeline, refused).await
}

async fn refused(pipeline: Pipeline, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        match pipeline.call(|| work(value)).await {
            Err(CallError::Rejected(why)) if matches!(why.reason, Reason::Breaker(_)) => {
                sum += value;
            }
            other => return Err(format!("not rejected: {other:?}").into()),
        }
    }
    Ok(sum)
}
