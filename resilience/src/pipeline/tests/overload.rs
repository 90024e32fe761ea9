//! Calls that are shed, throttled, or over a limit that finds itself.

use futures::future::join_all;
use futures::poll;

use super::*;
use crate::adaptive::{AdaptiveError, AdaptiveLimit};
use crate::backoff::Jitter;
use crate::bulkhead::Bulkhead;
use crate::rate_limit::RateLimit;
use crate::retry::Retry;
use crate::shed::{Criticality, LoadShed, Marks, Shed, ShedError};
use crate::throttle::{Throttle, ThrottleError};

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("overloaded")
}

async fn call(pipeline: &Pipeline, work: Duration) -> Result<u32, CallError<&'static str>> {
    let answer = pipeline.call(|| async {
        sleep(work).await;
        Answer::Ok(7)
    });
    answer.await
}

/// Two places for calls that may come in any number.
fn queue() -> Bulkhead {
    Bulkhead::concurrent(2).queue(10_000).max_wait(ms(60_000))
}

/// Calls of 10 ms, one every 2 ms, for so many: how long each took, or why it was shed.
async fn overload(pipeline: &Pipeline, calls: u64) -> Vec<Result<Duration, Reason>> {
    let began = Instant::now();
    let calls = (0..calls).map(async |at| {
        sleep(ms(at * 2)).await;
        let came = Instant::now();
        match call(pipeline, ms(10)).await {
            Ok(_) => Ok(came.elapsed()),
            answer => Err(rejected(answer).reason),
        }
    });
    let ended = join_all(calls).await;
    assert!(began.elapsed() < ms(600_000));
    ended
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_drain_is_kept_short() {
    let shed = LoadShed::queue_time(ms(20));
    let pipeline = build(builder().bulkhead(queue()).load_shed(shed));
    let ended = overload(&pipeline, 2_000).await;
    assert!(ended[..25].iter().all(Result::is_ok), "a burst is served");
    let served: Vec<_> = ended[500..].iter().filter_map(|ended| ended.ok()).collect();
    // Two of five are served; those waited twice the target, and took 10 ms.
    assert!((550..650).contains(&served.len()), "{}", served.len());
    let longest = served.iter().max().expect("some are served");
    assert!(*longest <= ms(51), "{longest:?}");
    let reasons = ended.iter().filter_map(|ended| ended.err());
    for reason in reasons {
        assert!(
            matches!(reason, Reason::LoadShed(Shed::Waited { .. })),
            "{reason:?}"
        );
        assert_eq!(reason.policy(), "load_shed");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_of_a_repeat_begins_with_the_repeat() {
    let retry = Retry::constant(ms(500)).jitter(Jitter::None).no_budget();
    let policies = builder().retry(retry.attempts(5)).idempotent();
    let turns = RateLimit::per_second(1_000).max_wait(ms(1_000));
    let pipeline = build(
        policies
            .rate_limit(turns)
            .load_shed(LoadShed::queue_time(ms(1))),
    );
    let (began, calls) = (Instant::now(), Cell::new(0));
    let answer = pipeline.call(|| {
        calls.set(calls.get() + 1);
        async { Answer::Err("down") }
    });
    assert_eq!(
        answer.await,
        Err(CallError::Inner("down", Outcome::Unknown))
    );
    assert_eq!((calls.get(), began.elapsed()), (5, ms(2_000)));
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_are_counted_until_they_end_or_are_dropped() {
    let marks = Marks::default().class(Criticality::Critical, 0.95..=1.0);
    let pipeline = build(builder().load_shed(LoadShed::InFlight(3, marks)));
    for _ in 0..3 {
        let mut calls: Vec<_> = (0..3)
            .map(|_| Box::pin(pipeline.call(pending::<Answer>)))
            .collect();
        for call in &mut calls {
            assert!(poll!(call).is_pending());
        }
        let rejected = rejected(call(&pipeline, ms(1)).await);
        assert_eq!(rejected.outcome(), Outcome::Refused);
        let text = "pipeline \"overloaded\" ended the call: \
                    the critical call was shed at a utilization of 100 %";
        assert_eq!(rejected.to_string(), text);
    }
    for _ in 0..9 {
        assert_eq!(call(&pipeline, ms(1)).await, Ok(7));
    }
}

#[tokio::test(start_paused = true)]
async fn the_least_critical_calls_are_shed_first() {
    let pipeline = build(builder().load_shed(LoadShed::in_flight(10)));
    let is_let_in = async |criticality: Criticality| {
        let call = pipeline.with().criticality(criticality);
        call.call(|| async { Answer::Ok(7) }).await.is_ok()
    };
    let mut inside = Vec::new();
    for (more, served) in [
        (0, [true, true, true, true]),
        (7, [false, false, true, true]),
        (1, [false, false, true, true]),
        (1, [false, false, false, true]),
        (1, [false, false, false, false]),
    ] {
        for _ in 0..more {
            let call = pipeline.with().criticality(Criticality::CriticalPlus);
            let mut call = Box::pin(call.call(pending::<Answer>));
            assert!(poll!(&mut call).is_pending());
            inside.push(call);
        }
        for (criticality, expected) in Criticality::ALL.into_iter().zip(served) {
            // Between its marks a class is drawn at random.
            let is_drawn = inside.len() == 7 && criticality == Criticality::SheddablePlus
                || inside.len() == 9 && criticality == Criticality::Critical;
            if !is_drawn {
                let at = inside.len();
                assert_eq!(
                    is_let_in(criticality).await,
                    expected,
                    "{criticality} at {at}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_class_is_throttled_by_itself() {
    let pipeline = build(builder().throttle(Throttle::default()));
    for _ in 0..1_000 {
        let batch = pipeline.with().criticality(Criticality::Sheddable);
        let refused = batch.call(|| async { Answer::Err("overloaded") }).await;
        assert!(refused.is_err());
        assert_eq!(call(&pipeline, ms(0)).await, Ok(7));
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_all_is_hardly_called_any_more() {
    let policies = builder().circuit_breaker(Breaker::consecutive(10_000));
    let pipeline = build(policies.throttle(Throttle::default()));
    let called = Cell::new(0);
    let mut reasons = Vec::new();
    for _ in 0..1_000 {
        let answer = pipeline.call(|| {
            called.set(called.get() + 1);
            async { Answer::Err("overloaded") }
        });
        if let Err(CallError::Rejected(rejected)) = answer.await {
            reasons.push(rejected.reason);
        }
    }
    assert!(called.get() < 100, "{}", called.get());
    assert_eq!(reasons.len(), 1_000 - called.get());
    assert!(reasons.iter().all(|reason| reason.policy() == "throttle"));
    advance(ms(120_000)).await;
    assert_eq!(call(&pipeline, ms(1)).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn what_other_policies_refuse_or_callers_drop_is_not_throttled() {
    let turns = RateLimit::per(1, ms(3_600_000));
    let pipeline = build(builder().throttle(Throttle::default()).rate_limit(turns));
    assert_eq!(call(&pipeline, ms(1)).await, Ok(7));
    for _ in 0..200 {
        let rejected = rejected(call(&pipeline, ms(1)).await);
        assert_eq!(rejected.reason, Reason::RateLimit);
    }
    let pipeline = build(builder().throttle(Throttle::default()));
    for _ in 0..200 {
        let mut dropped = Box::pin(pipeline.call(pending::<Answer>));
        assert!(poll!(&mut dropped).is_pending());
    }
    advance(ms(30_000)).await;
    assert_eq!(call(&pipeline, ms(1)).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn an_adaptive_limit_falls_with_time_outs_and_gives_its_places_back() {
    let limit = AdaptiveLimit::aimd().initial(20);
    let pipeline = build(
        builder()
            .adaptive_concurrency(limit)
            .attempt_timeout(ms(200)),
    );
    let at_once = async |work| {
        let ended = join_all((0..30).map(|_| call(&pipeline, work))).await;
        let over = ended.into_iter().filter_map(|ended| match ended {
            Err(CallError::Rejected(rejected)) => Some(rejected.reason),
            _ => None,
        });
        over.filter(|reason| matches!(reason, Reason::Adaptive(_)))
            .count()
    };
    assert_eq!(at_once(ms(10)).await, 10);
    // The first one to time out ends the window of those that went well, and the limit is 21.
    for (round, over) in [10, 9, 12].into_iter().enumerate() {
        assert_eq!(at_once(ms(1_000)).await, over, "round {round}");
    }
    let mut hanging: Vec<_> = (0..5)
        .map(|_| Box::pin(call(&pipeline, ms(9_000))))
        .collect();
    for call in &mut hanging {
        assert!(poll!(call).is_pending());
    }
    drop(hanging);
    assert_eq!(at_once(ms(10)).await, 12, "all places are free");
}

#[test]
fn policies_against_overload_that_cannot_work_are_refused() {
    let error = |builder: PipelineBuilder| builder.build().expect_err("it can't work");
    let retry = || Retry::constant(ms(10));
    let policy = "throttle";
    let outside = builder().throttle(Throttle::default()).retry(retry());
    assert_eq!(error(outside), PipelineError::OutsideRetry { policy });
    let policy = "adaptive_concurrency";
    let outside = builder().adaptive_concurrency(AdaptiveLimit::vegas());
    assert_eq!(
        error(outside.retry(retry())),
        PipelineError::OutsideRetry { policy }
    );
    let shed = || LoadShed::queue_time(ms(10));
    for nowhere in [
        builder(),
        builder().bulkhead(Bulkhead::concurrent(1)),
        builder().bulkhead(queue().lifo()),
        builder().rate_limit(RateLimit::per_second(1)),
    ] {
        assert_eq!(
            error(nowhere.load_shed(shed())),
            PipelineError::NothingToWaitFor
        );
    }
    let inside = builder().load_shed(shed()).bulkhead(queue());
    assert_eq!(error(inside), PipelineError::NothingToWaitFor);
    let never = builder().load_shed(LoadShed::in_flight(0));
    assert_eq!(error(never), PipelineError::LoadShed(ShedError::NoPlaces));
    let never = builder().throttle(Throttle::default().window(ms(0)));
    let expected = PipelineError::Throttle(ThrottleError::EmptyWindow);
    assert_eq!(error(never), expected);
    let never = builder().adaptive_concurrency(AdaptiveLimit::aimd().window(ms(0)));
    let expected = PipelineError::Adaptive(AdaptiveError::EmptyWindow);
    assert_eq!(error(never), expected);
}
