//! Layers around services that are not servers, on a paused clock.

mod readiness;
mod requests;
mod responses;
mod sharing;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, Ready, pending, ready};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::poll;
use tokio::time::{Instant, advance, sleep};
use tower::limit::ConcurrencyLimit;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

use super::*;
use crate::pipeline::{CallError, Options, PipelineBuilder, Reason, Rejected};
use crate::{Breaker, Bulkhead, Jitter, Outcome, Pipeline, RateLimit, Retry, Verdict};

type Answer = Result<u32, &'static str>;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

/// Up to three attempts, ten milliseconds apart.
fn retrying() -> PipelineBuilder {
    let retry = Retry::constant(ms(10)).jitter(Jitter::None).no_budget();
    Pipeline::builder("shop").retry(retry)
}

fn refused(result: &Answer) -> Verdict {
    match result {
        Ok(_) => Verdict::Success,
        Err(_) => Verdict::Refused,
    }
}

fn rejected<T: std::fmt::Debug, E: std::fmt::Debug>(ended: Result<T, CallError<E>>) -> Rejected {
    match ended {
        Err(CallError::Rejected(rejected)) => rejected,
        other => panic!("not rejected: {other:?}"),
    }
}
