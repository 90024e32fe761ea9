//! Calls that wait for their turn.

use futures::future::join_all;
use futures::poll;

use super::*;
use crate::rate_limit::{RateLimit, RateLimitError};

/// Ten calls a second, one at a time.
fn slow() -> RateLimit {
    RateLimit::per_second(10).burst(1)
}

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("limited")
}

async fn call(pipeline: &Pipeline) -> (Result<u32, CallError<&'static str>>, Duration) {
    let began = Instant::now();
    let answer = pipeline.call(|| async { Answer::Ok(7) }).await;
    (answer, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn what_is_over_the_limit_is_rejected_with_the_time_to_come_back() {
    let pipeline = build(builder().rate_limit(slow()));
    assert_eq!(call(&pipeline).await, (Ok(7), ms(0)));
    advance(ms(40)).await;
    let rejected = rejected(call(&pipeline).await.0);
    assert_eq!(rejected.reason, Reason::RateLimit);
    assert_eq!(rejected.retry_after, Some(ms(60)));
    assert_eq!(rejected.outcome(), Outcome::Refused);
    advance(ms(60)).await;
    assert_eq!(call(&pipeline).await, (Ok(7), ms(0)));
}

#[tokio::test(start_paused = true)]
async fn calls_that_may_wait_have_their_turns_one_after_the_other() {
    let pipeline = build(builder().rate_limit(slow().max_wait(ms(300))));
    let took = join_all((0..5).map(|_| call(&pipeline))).await;
    let took: Vec<_> = took
        .into_iter()
        .map(|(answer, took)| (answer.is_ok(), took))
        .collect();
    let turns = [0, 100, 200, 300].map(|at| (true, ms(at)));
    assert_eq!(took, [&turns[..], &[(false, ms(0))]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_at_its_turn_gives_it_back() {
    let pipeline = build(builder().rate_limit(slow().max_wait(ms(100))));
    assert!(call(&pipeline).await.0.is_ok());
    for _ in 0..3 {
        let mut waits = Box::pin(call(&pipeline));
        assert!(poll!(&mut waits).is_pending());
    }
    assert_eq!(call(&pipeline).await, (Ok(7), ms(100)));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_times_out_before_its_turn_was_refused_and_gives_it_back() {
    let limit = slow().max_wait(ms(1_000));
    let pipeline = build(builder().timeout(ms(30)).rate_limit(limit));
    assert!(call(&pipeline).await.0.is_ok());
    for _ in 0..3 {
        let (answer, took) = call(&pipeline).await;
        let rejected = rejected(answer);
        assert_eq!(rejected.reason, Reason::Timeout(ms(30)));
        assert_eq!(
            (rejected.attempts, rejected.outcome()),
            (0, Outcome::Refused)
        );
        assert_eq!(took, ms(30));
    }
    assert_eq!(call(&pipeline).await, (Ok(7), ms(10)), "90 ms are over");
}

#[tokio::test(start_paused = true)]
async fn rejections_of_the_limit_do_not_count_with_the_breaker() {
    let pipeline = build(builder().circuit_breaker(brittle()).rate_limit(slow()));
    assert!(call(&pipeline).await.0.is_ok());
    for _ in 0..10 {
        assert_eq!(rejected(call(&pipeline).await.0).reason, Reason::RateLimit);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_times_out_before_its_turn_does_not_count_with_the_breaker() {
    let limit = slow().max_wait(ms(1_000));
    let policies = builder().timeout(ms(30)).circuit_breaker(brittle());
    let pipeline = build(policies.rate_limit(limit));
    assert!(call(&pipeline).await.0.is_ok());
    for _ in 0..3 {
        let rejected = rejected(call(&pipeline).await.0);
        assert_eq!(rejected.reason, Reason::Timeout(ms(30)));
    }
}

#[test]
fn a_limit_that_cannot_work_is_refused() {
    let never = builder().rate_limit(RateLimit::per_second(0)).build();
    let error = never.expect_err("it can't work");
    let zero = matches!(
        error,
        PipelineError::RateLimit(RateLimitError::ZeroRate { .. })
    );
    assert!(zero, "{error}");
}
