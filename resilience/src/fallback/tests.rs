//! When a fallback is asked, what it is told, and what it finds.

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use futures::poll;
use tokio::time::{Instant, sleep};

use crate::bulkhead::Bulkhead;
use crate::outcome::Outcome;
use crate::pipeline::{CallError, Pipeline, PipelineBuilder, Reason};
use crate::verdict::Verdict;

type Answer = Result<u32, &'static str>;
type Told = CallError<&'static str>;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("shop")
}

#[tokio::test(start_paused = true)]
async fn failures_and_rejections_fall_back() {
    let pipeline = build(builder().timeout(ms(100)));
    let with = || pipeline.with().fallback_value(9);
    assert_eq!(with().call(|| async { Answer::Ok(7) }).await, Ok(7));
    assert_eq!(with().call(|| async { Answer::Err("down") }).await, Ok(9));
    assert_eq!(with().call(pending::<Answer>).await, Ok(9));
}

#[tokio::test(start_paused = true)]
async fn a_fallback_is_told_why_and_may_pass_it_on() {
    let pipeline = build(builder().timeout(ms(100)));
    let with = || {
        pipeline.with().fallback(|failure: Told| async {
            match failure {
                CallError::Rejected(rejected) => match rejected.reason {
                    Reason::Timeout(limit) => Ok(limit.subsec_millis()),
                    _ => Ok(0),
                },
                inner @ CallError::Inner(..) => Err(inner),
            }
        })
    };
    assert_eq!(with().call(pending::<Answer>).await, Ok(100));
    let error = CallError::Inner("down", Outcome::Unknown);
    let answer = with().call_with(|_| async { Answer::Err("down") });
    assert_eq!(answer.await, Err(error));
}

#[tokio::test(start_paused = true)]
async fn what_the_classifier_does_not_take_for_a_failure_does_not_fall_back() {
    let pipeline = build(builder());
    for verdict in [Verdict::Success, Verdict::Ignored] {
        let with = pipeline.with().classify(move |_: &Answer| verdict);
        let answer = with.fallback_value(9);
        let answer = answer.call(|| async { Answer::Err("not found") }).await;
        assert_eq!(answer, Err(CallError::Inner("not found", Outcome::Done)));
    }
    let with = pipeline.with().classify(|_: &Answer| Verdict::Refused);
    let answer = with.fallback_value(9).call(|| async { Answer::Ok(503) });
    assert_eq!(answer.await, Ok(503), "an answer is an answer");
}

#[tokio::test(start_paused = true)]
async fn another_pipeline_can_be_the_fallback() {
    let near = build(builder().timeout(ms(100)));
    let far = build(Pipeline::builder("far").timeout(ms(200)));
    let call = async |works: bool| {
        let work = || async move {
            sleep(ms(150)).await;
            if works {
                Answer::Ok(7)
            } else {
                pending().await
            }
        };
        let with = near.with().fallback(|_| far.call(work));
        with.call(pending::<Answer>).await
    };
    let began = Instant::now();
    assert_eq!(call(true).await, Ok(7));
    assert_eq!(began.elapsed(), ms(250), "each has its own time");
    let Err(CallError::Rejected(rejected)) = call(false).await else {
        panic!("both timed out");
    };
    assert_eq!(&*rejected.pipeline, "far");
}

#[tokio::test(start_paused = true)]
async fn the_call_has_ended_when_its_fallback_begins() {
    let pipeline = build(builder().bulkhead(Bulkhead::concurrent(1)));
    let inside = Cell::new(false);
    let with = pipeline.with().fallback(|_: Told| {
        inside.set(true);
        pipeline.call(|| async { Answer::Ok(7) })
    });
    let answer = with.call(|| async { Answer::Err("down") }).await;
    assert_eq!(answer, Ok(7), "the one place is free again");
    assert!(inside.get());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_fallback_leaves_nothing_behind() {
    let pipeline = build(builder().bulkhead(Bulkhead::concurrent(1)));
    let with = pipeline.with();
    let with = with.fallback(|_: Told| pipeline.call(pending::<Answer>));
    let mut call = Box::pin(with.call(|| async { Answer::Err("down") }));
    assert!(poll!(&mut call).is_pending());
    let full = pipeline.call(|| async { Answer::Ok(7) }).await;
    assert!(full.is_err(), "the fallback has the place");
    drop(call);
    let free = pipeline.call(|| async { Answer::Ok(7) }).await;
    assert_eq!(free, Ok(7));
}

#[test]
fn a_call_with_a_fallback_is_no_larger_than_the_call() {
    let pipeline = build(builder());
    let work = || async { Answer::Ok(7) };
    let plain = size_of_val(&pipeline.with().call(work));
    let with = pipeline.with().fallback_value(9).call(work);
    assert!(size_of_val(&with) <= plain + 16);
}
