//! Calls of which only so many run at once.

use futures::poll;

use super::*;
use crate::breaker::OnCancel;
use crate::bulkhead::{Bulkhead, BulkheadError, Rejected as Full};

/// One place, and one in the queue for 100 ms.
fn narrow() -> Bulkhead {
    Bulkhead::concurrent(1).queue(1).max_wait(ms(100))
}

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("narrow")
}

/// A call that takes this long, and how long it took in all.
async fn call(
    pipeline: &Pipeline,
    work: Duration,
) -> (Result<u32, CallError<&'static str>>, Duration) {
    let began = Instant::now();
    let answer = pipeline.call(|| async {
        sleep(work).await;
        Answer::Ok(7)
    });
    (answer.await, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_a_place_and_one_too_many_is_rejected() {
    let pipeline = build(builder().bulkhead(narrow()));
    let (first, second, third) = tokio::join!(
        call(&pipeline, ms(60)),
        call(&pipeline, ms(10)),
        call(&pipeline, ms(10)),
    );
    assert_eq!(first, (Ok(7), ms(60)));
    assert_eq!(second, (Ok(7), ms(70)));
    let full = Full::Full {
        places: 1,
        queued: 1,
    };
    let rejected = rejected(third.0);
    assert_eq!(rejected.reason, Reason::Bulkhead(full));
    assert_eq!(rejected.reason.policy(), "bulkhead");
    assert_eq!((third.1, rejected.outcome()), (ms(0), Outcome::Refused));
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_with_its_time() {
    let pipeline = build(builder().bulkhead(narrow()));
    let (_, (second, took)) = tokio::join!(call(&pipeline, ms(500)), call(&pipeline, ms(1)));
    let waited = ms(100);
    let reason = Reason::Bulkhead(Full::TimedOut { waited });
    assert_eq!((rejected(second).reason, took), (reason, waited));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_in_the_queue_leaves_it() {
    let policies = builder().timeout(ms(80)).circuit_breaker(brittle());
    let pipeline = build(policies.bulkhead(narrow()));
    let mut runs = Box::pin(call(&pipeline, ms(70)));
    assert!(poll!(&mut runs).is_pending());
    advance(ms(60)).await;
    for _ in 0..3 {
        let mut waits = Box::pin(pipeline.call(pending::<Answer>));
        assert!(poll!(&mut waits).is_pending());
        drop(waits);
    }
    let (runs, (waited, took)) = tokio::join!(runs, call(&pipeline, ms(20)));
    assert_eq!(runs, (Ok(7), ms(70)));
    assert_eq!((waited, took), (Ok(7), ms(30)));
}

#[tokio::test(start_paused = true)]
async fn the_time_out_of_the_call_counts_in_the_queue_too() {
    let pipeline = build(builder().timeout(ms(30)).bulkhead(narrow()));
    let mut hanging = Box::pin(pipeline.call(pending::<Answer>));
    assert!(poll!(&mut hanging).is_pending());
    let (waits, took) = call(&pipeline, ms(1)).await;
    let rejected = rejected(waits);
    assert_eq!(rejected.reason, Reason::Timeout(ms(30)));
    assert_eq!(
        (rejected.attempts, rejected.outcome()),
        (0, Outcome::Refused)
    );
    assert_eq!(took, ms(30));
    drop(hanging);
    assert_eq!(
        call(&pipeline, ms(1)).await,
        (Ok(7), ms(1)),
        "nobody is left in it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_in_the_queue_is_no_failure_of_the_service() {
    let strict = brittle().on_cancel(OnCancel::Failure);
    let policies = builder().circuit_breaker(strict).bulkhead(narrow());
    let pipeline = build(policies);
    let mut runs = Box::pin(call(&pipeline, ms(10)));
    assert!(poll!(&mut runs).is_pending());
    for _ in 0..3 {
        let mut waits = Box::pin(pipeline.call(pending::<Answer>));
        assert!(poll!(&mut waits).is_pending());
    }
    assert_eq!(runs.await.0, Ok(7));
    for _ in 0..2 {
        let mut runs = Box::pin(pipeline.call(pending::<Answer>));
        assert!(poll!(&mut runs).is_pending(), "the breaker is closed");
    }
    assert!(!is_let_in(&pipeline).await, "two that ran were dropped");
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_dropped_calls_leave_no_place_taken() {
    let wide = Bulkhead::concurrent(10).queue(9_990).max_wait(ms(100));
    let pipeline = build(builder().bulkhead(wide));
    let mut calls: Vec<_> = (0..10_000)
        .map(|_| Box::pin(pipeline.call(pending::<Answer>)))
        .collect();
    for call in &mut calls {
        assert!(poll!(call).is_pending());
    }
    let one_more = call(&pipeline, ms(1)).await.0;
    assert!(matches!(
        rejected(one_more).reason,
        Reason::Bulkhead(Full::Full { .. })
    ));
    drop(calls);
    let (answer, took) = call(&pipeline, ms(1)).await;
    assert_eq!((answer, took), (Ok(7), ms(1)));
}

#[test]
fn a_bulkhead_that_cannot_work_is_refused() {
    let never = builder().bulkhead(Bulkhead::concurrent(1).queue(5)).build();
    let error = never.expect_err("it can't work");
    let expected = matches!(
        error,
        PipelineError::Bulkhead(BulkheadError::QueueWithoutWait { .. })
    );
    assert!(expected, "{error}");
}
