//! Calls that end before their time: dropped, or in a panic.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use futures::poll;

use super::*;

/// A pipeline whose breaker is about to try with one call.
async fn about_to_try() -> Pipeline {
    let pipeline = with_breaker();
    fail(&pipeline, 2).await;
    advance(ms(1_000)).await;
    pipeline
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_its_permit_back() {
    let pipeline = about_to_try().await;
    for _ in 0..10 {
        let mut call = Box::pin(pipeline.call(pending::<Answer>));
        assert!(poll!(&mut call).is_pending());
        assert!(!is_let_in(&pipeline).await, "the one place is taken");
        drop(call);
    }
    assert!(is_let_in(&pipeline).await);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_never_polled_takes_nothing() {
    let pipeline = about_to_try().await;
    let _idle = pipeline.call(pending::<Answer>);
    assert!(is_let_in(&pipeline).await);
}

#[tokio::test(start_paused = true)]
async fn a_panic_goes_through_and_gives_the_permit_back() {
    let pipeline = about_to_try().await;
    let call = pipeline.call(|| async { panic!("the call's own") });
    let call: Result<Result<u32, CallError<()>>, _> = AssertUnwindSafe(call).catch_unwind().await;
    assert!(call.is_err());
    assert!(is_let_in(&pipeline).await);
    let call = pipeline.call(|| -> std::future::Ready<Answer> { panic!("it is not even made") });
    assert!(AssertUnwindSafe(call).catch_unwind().await.is_err());
    assert!(is_let_in(&pipeline).await);
    let call = pipeline
        .with()
        .classify(|_: &Answer| panic!("the classifier's"));
    let call = call.call(|| async { Answer::Ok(1) });
    assert!(AssertUnwindSafe(call).catch_unwind().await.is_err());
    assert!(is_let_in(&pipeline).await);
}

#[tokio::test(start_paused = true)]
async fn a_call_polled_after_its_end_panics_and_calls_nobody() {
    let pipeline = with_breaker();
    let calls = Cell::new(0);
    let mut call = Box::pin(pipeline.call(|| {
        calls.set(calls.get() + 1);
        async { Answer::Ok(1) }
    }));
    assert!(poll!(&mut call).is_ready());
    let again = AssertUnwindSafe(async { poll!(&mut call) })
        .catch_unwind()
        .await;
    assert!(again.is_err());
    assert_eq!(calls.get(), 1);
}
