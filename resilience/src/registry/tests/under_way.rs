//! Calls under way while the policies change.

use futures::FutureExt;
use tokio::sync::oneshot;
use tokio::time::advance;

use super::*;
use crate::breaker::{Breaker, BreakerState, OnCancel};
use crate::bulkhead::{Bulkhead, Rejected};
use crate::rate_limit::RateLimit;

/// A call that ends when the sender says how, and has begun.
fn begin(
    pipeline: &Pipeline,
) -> (
    oneshot::Sender<Result<u32, &'static str>>,
    tokio::task::JoinHandle<Answer>,
) {
    let (end, ended) = oneshot::channel();
    let mut ended = Some(ended);
    let pipeline = pipeline.clone();
    let answer = tokio::spawn(async move {
        let make = || {
            let ended = ended.take().expect("one attempt");
            async { ended.await.unwrap_or(Err("forgotten")) }
        };
        pipeline.call(make).await
    });
    (end, answer)
}

async fn begun(
    pipeline: &Pipeline,
) -> (
    oneshot::Sender<Result<u32, &'static str>>,
    tokio::task::JoinHandle<Answer>,
) {
    let call = begin(pipeline);
    tokio::task::yield_now().await;
    call
}

fn full(places: usize) -> Option<Reason> {
    Some(Reason::Bulkhead(Rejected::Full { places, queued: 0 }))
}

#[tokio::test(start_paused = true)]
async fn a_place_goes_back_to_the_bulkhead_that_lent_it() {
    let registry = Registry::new();
    let narrow = |places| Bulkhead::concurrent(places);
    let pipeline = insert(&registry, builder().bulkhead(narrow(2)));
    let first = begun(&pipeline).await;
    let second = begun(&pipeline).await;
    update(&registry, builder().timeout(ms(900)).bulkhead(narrow(1)));
    first.0.send(Ok(1)).expect("it waits");
    assert_eq!(first.1.await.expect("no panic"), Ok(1));
    assert_eq!(
        reason(call(&pipeline).await),
        full(1),
        "the second is still in"
    );
    second.0.send(Ok(2)).expect("it waits");
    assert_eq!(second.1.await.expect("no panic"), Ok(2));
    assert_eq!(call(&pipeline).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_place_of_a_bulkhead_that_is_gone_is_not_one_of_the_next() {
    let registry = Registry::new();
    let narrow = || builder().bulkhead(Bulkhead::concurrent(1));
    let pipeline = insert(&registry, narrow());
    let old = begun(&pipeline).await;
    update(&registry, builder());
    update(&registry, narrow());
    let new = begun(&pipeline).await;
    old.0.send(Ok(1)).expect("it waits");
    assert_eq!(old.1.await.expect("no panic"), Ok(1));
    assert_eq!(reason(call(&pipeline).await), full(1), "the new one is in");
    new.0.send(Ok(2)).expect("it waits");
    assert_eq!(new.1.await.expect("no panic"), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_place_gets_one_of_the_new_ones() {
    let registry = Registry::new();
    let queued = |places| {
        let bulkhead = Bulkhead::concurrent(places).queue(1).max_wait(ms(500));
        builder().bulkhead(bulkhead)
    };
    let pipeline = insert(&registry, queued(1));
    let _first = begun(&pipeline).await;
    let mut second = Box::pin(call(&pipeline));
    assert_eq!(second.as_mut().now_or_never(), None);
    update(&registry, queued(2));
    assert_eq!(second.await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_under_the_time_out_under_which_it_began() {
    let registry = Registry::new();
    let pipeline = insert(&registry, builder().timeout(ms(500)));
    let (_end, answer) = begun(&pipeline).await;
    update(&registry, builder().timeout(ms(20)));
    let (_other_end, other) = begun(&pipeline).await;
    advance(ms(20)).await;
    let other = other.await.expect("no panic");
    assert_eq!(reason(other), Some(Reason::Timeout(ms(20))));
    assert!(!answer.is_finished());
    let answer = answer.await.expect("no panic");
    assert_eq!(reason(answer), Some(Reason::Timeout(ms(500))));
}

#[tokio::test(start_paused = true)]
async fn a_call_counts_with_the_breaker_that_admitted_it() {
    let registry = Registry::new();
    let brittle = |builder: PipelineBuilder| builder.circuit_breaker(Breaker::consecutive(1));
    let pipeline = insert(&registry, brittle(builder()));
    let kept = begun(&pipeline).await;
    update(&registry, brittle(builder().timeout(ms(900))));
    kept.0.send(Err("down")).expect("it waits");
    kept.1.await.expect("no panic").expect_err("it failed");
    assert_eq!(
        reason(call(&pipeline).await),
        Some(Reason::Breaker(BreakerState::Open))
    );

    update(&registry, builder());
    let between = begun(&pipeline).await;
    update(&registry, brittle(builder()));
    between.0.send(Err("down")).expect("it waits");
    between.1.await.expect("no panic").expect_err("it failed");
    assert_eq!(
        call(&pipeline).await,
        Ok(7),
        "no breaker had admitted that one"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_back_to_where_it_took() {
    let registry = Registry::new();
    let breaker = Breaker::consecutive(1).on_cancel(OnCancel::Failure);
    let all = |builder: PipelineBuilder| {
        let limit = RateLimit::per_second(9);
        let bulkhead = Bulkhead::concurrent(1);
        builder
            .circuit_breaker(breaker.clone())
            .rate_limit(limit)
            .bulkhead(bulkhead)
    };
    let pipeline = insert(&registry, all(builder()));
    let dropped = begun(&pipeline).await;
    update(&registry, all(builder().timeout(ms(10))));
    dropped.1.abort();
    assert!(dropped.1.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(
        reason(call(&pipeline).await),
        Some(Reason::Breaker(BreakerState::Open))
    );
    update(&registry, builder().bulkhead(Bulkhead::concurrent(1)));
    assert_eq!(call(&pipeline).await, Ok(7), "its place is free");
}

#[tokio::test(start_paused = true)]
async fn what_was_removed_goes_on_for_those_who_have_it() {
    let registry = Registry::new();
    let pipeline = insert(&registry, builder().bulkhead(Bulkhead::concurrent(1)));
    let (end, answer) = begun(&pipeline).await;
    drop(registry.remove("inventory"));
    assert_eq!(reason(call(&pipeline).await), full(1));
    end.send(Ok(1)).expect("it waits");
    assert_eq!(answer.await.expect("no panic"), Ok(1));
    assert_eq!(call(&pipeline).await, Ok(7));
}
