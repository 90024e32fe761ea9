//! Calls through pipelines, on a paused clock.

mod attempts;
mod build;
mod bulkheads;
mod calls;
mod ends;
mod keyed;
mod limits;
mod lints;
mod now;
mod options;
mod overload;
mod retries;
mod supplies;

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::breaker::{Breaker, BreakerState, HalfOpen};
use crate::deadline::Deadline;
use crate::outcome::Outcome;
use crate::verdict::Verdict;

type Answer = Result<u32, &'static str>;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Opens after two failures in a row for a second, and tries with one call.
fn brittle() -> Breaker {
    Breaker::consecutive(2)
        .open_for(ms(1_000))
        .half_open(HalfOpen::Calls(1))
}

fn with_breaker() -> Pipeline {
    Pipeline::builder("shop")
        .circuit_breaker(brittle())
        .build()
        .expect("sound policies")
}

fn rejected<E: std::fmt::Debug>(result: Result<u32, CallError<E>>) -> Rejected {
    match result {
        Err(CallError::Rejected(rejected)) => rejected,
        other => panic!("not rejected: {other:?}"),
    }
}

/// Whether the breaker of the pipeline lets a call through.
async fn is_let_in(pipeline: &Pipeline) -> bool {
    let called = Cell::new(false);
    let call = pipeline.with().classify(|_: &Answer| Verdict::Ignored);
    let call = call.call(|| {
        called.set(true);
        async { Answer::Ok(0) }
    });
    drop(call.await);
    called.get()
}

async fn fail(pipeline: &Pipeline, times: usize) {
    for _ in 0..times {
        let failed = pipeline.call(|| async { Answer::Err("down") }).await;
        assert_eq!(failed, Err(CallError::Inner("down", Outcome::Unknown)));
    }
}
