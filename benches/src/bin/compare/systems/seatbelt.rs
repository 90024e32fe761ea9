//! seatbelt: middleware of Microsoft's oxidizer, on its own service trait.

use std::ops::Range;
use std::time::Duration;

use ::seatbelt::breaker::Breaker;
use ::seatbelt::retry::Retry;
use ::seatbelt::timeout::Timeout;
use ::seatbelt::{RecoveryInfo, ResilienceContext};
use layered::{Execute, Service, Stack as _};
use tick::Clock;

use super::{Capacity, Kind, System, TIME_OUT, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::policy::{Down, Policy, Tasks, work};
use crate::scenario::Load;

type Answer = Result<u64, Down>;

// The types of its layers say what is set already, so that they can't be named here.
macro_rules! breaker {
    ($context:expr) => {
        Breaker::layer("breaker", &$context)
            .recovery_with(|answer, _| recovery(answer))
            .rejected_input(|_, _| Err(Down))
            .min_throughput(10)
            .failure_threshold(0.5)
            .sampling_duration(Duration::from_secs(10))
            .break_duration(Duration::from_secs(3_600))
    };
}

macro_rules! retry {
    ($context:expr) => {
        Retry::layer("retry", &$context)
            .clone_input()
            .recovery_with(|answer, _| recovery(answer))
    };
}

macro_rules! timeout {
    ($context:expr) => {
        Timeout::layer("timeout", &$context)
            .timeout_output(|_| Err(Down))
            .timeout(TIME_OUT)
    };
}

pub(crate) const SYSTEM: System = System {
    name: "seatbelt",
    kind: Kind::Policies,
    capacity: || Capacity::None,
    setup: "`execute(v).await`, no telemetry; a time window without slow-call rate; \
            `pipeline5` is its three: retry, breaker, time-out",
    crowd: 0,
    available: built_in,
    host: two_workers,
    cells: &[],
    alone: &[],
    policies: &[
        (Policy::BreakerWindow, |load, tasks| {
            Box::pin(async move {
                let context = ResilienceContext::new(Clock::new_tokio());
                let service = (breaker!(context), Execute::new(work)).into_service();
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
        (Policy::BreakerOpen, |load, tasks| {
            Box::pin(open(load, tasks))
        }),
        (Policy::Timeout, |load, tasks| {
            Box::pin(async move {
                let context = ResilienceContext::new(Clock::new_tokio());
                let service = (timeout!(context), Execute::new(work)).into_service();
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
        (Policy::Retry, |load, tasks| {
            Box::pin(async move {
                let context = ResilienceContext::new(Clock::new_tokio());
                let service = (retry!(context), Execute::new(work)).into_service();
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
        (Policy::Pipeline5, |load, tasks| {
            Box::pin(async move {
                let context = ResilienceContext::new(Clock::new_tokio());
                let policies = (retry!(context), breaker!(context), timeout!(context));
                let (retry, breaker, timeout) = policies;
                let service = (retry, breaker, timeout, Execute::new(work)).into_service();
                drive::calls(load, tasks, service, |service, values| {
                    feed(service, values)
                })
                .await
            })
        }),
    ],
};

fn recovery(answer: &Answer) -> RecoveryInfo {
    match answer {
        Ok(_) => RecoveryInfo::never(),
        Err(Down) => RecoveryInfo::retry(),
    }
}

async fn feed<S>(service: S, values: Range<u64>) -> Result<u64, Fault>
where
    S: Service<u64, Out = Answer>,
{
    let mut sum = 0;
    for value in values {
        sum += service.execute(value).await?;
    }
    Ok(sum)
}

async fn open(load: Load, tasks: Tasks) -> Outcome {
    let context = ResilienceContext::new(Clock::new_tokio());
    let inner = Execute::new(async |value: u64| match value {
        u64::MAX => Err(Down),
        value => work(value).await,
    });
    let service = (breaker!(context), inner).into_service();
    for _ in 0..200 {
        let _ = service.execute(u64::MAX).await;
    }
    drive::calls(load, tasks, service, |service, values| {
        refused(service, values)
    })
    .await
}

async fn refused<S>(service: S, values: Range<u64>) -> Result<u64, Fault>
where
    S: Service<u64, Out = Answer>,
{
    let mut sum = 0;
    for value in values {
        match service.execute(value).await {
            Err(Down) => sum += value,
            Ok(_) => return Err("not rejected".into()),
        }
    }
    Ok(sum)
}
