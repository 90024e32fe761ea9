//! What is drawn, and what the policies around make of it.

use std::cell::Cell;
use std::time::Duration;

use futures::poll;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tokio::time::Instant;

use super::{Chaos, ChaosError, Prank};
use crate::backoff::Jitter;
use crate::breaker::{Breaker, BreakerState};
use crate::hedge::Hedge;
use crate::outcome::Outcome;
use crate::pipeline::{CallError, Pipeline, PipelineBuilder, PipelineError, Reason, Rejected};
use crate::retry::Retry;

type Answer = Result<u32, &'static str>;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("wild")
}

/// One call; whether it was made, and how long it took.
async fn call(pipeline: &Pipeline) -> (Result<u32, CallError<&'static str>>, u32, Duration) {
    let (calls, began) = (Cell::new(0), Instant::now());
    let answer = pipeline.call(|| {
        calls.set(calls.get() + 1);
        async { Answer::Ok(7) }
    });
    let answer = answer.await;
    (answer, calls.get(), began.elapsed())
}

fn rejected(answer: Result<u32, CallError<&'static str>>) -> Rejected {
    match answer {
        Err(CallError::Rejected(rejected)) => rejected,
        other => panic!("not rejected: {other:?}"),
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let chaos = Chaos::new;
    for share in [-0.1, 1.1, f64::INFINITY] {
        let what = "refused";
        let error = Err(ChaosError::InvalidShare { what, share });
        assert_eq!(chaos().refused(share).check(), error);
        let what = "unknown";
        let error = Err(ChaosError::InvalidShare { what, share });
        assert_eq!(chaos().unknown(share).check(), error);
        let what = "late";
        let error = Err(ChaosError::InvalidShare { what, share });
        assert_eq!(chaos().latency(share, ms(1)..=ms(2)).check(), error);
    }
    assert!(chaos().refused(f64::NAN).check().is_err());
    let (refused, unknown) = (0.6, 0.5);
    let both = chaos().refused(refused).unknown(unknown);
    let error = ChaosError::TooManyFaults { refused, unknown };
    assert_eq!(both.check(), Err(error));
    let (shortest, longest) = (ms(2), ms(1));
    let error = ChaosError::InvertedLatency { shortest, longest };
    assert_eq!(chaos().latency(0.1, shortest..=longest).check(), Err(error));
    let none = chaos().latency(0.1, ms(0)..=ms(0));
    assert_eq!(none.check(), Err(ChaosError::NoLatency));
    assert_eq!(chaos().check(), Ok(()));
}

#[test]
fn shares_are_those_of_many_calls_and_a_seed_repeats_them() {
    let chaos = Chaos::new().refused(0.2).unknown(0.1);
    let chaos = chaos.latency(0.3, ms(10)..=ms(20));
    let draw = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..10_000)
            .map(|_| chaos.draw(&mut rng))
            .collect::<Vec<_>>()
    };
    let pranks = draw(1);
    let share = |is: fn(&Prank) -> bool| pranks.iter().filter(|it| is(it)).count();
    let near = |count: usize, expected: usize| count.abs_diff(expected) < 200;
    assert!(near(share(|it| it.fault == Some(Outcome::Refused)), 2_000));
    assert!(near(share(|it| it.fault == Some(Outcome::Unknown)), 1_000));
    assert!(near(share(|it| it.late > Duration::ZERO), 3_000));
    assert!(near(share(|it| it.late > ms(15)), 1_500));
    let range = |it: &Prank| it.late.is_zero() || (ms(10)..=ms(20)).contains(&it.late);
    assert!(pranks.iter().all(range));
    assert_eq!(pranks, draw(1));
    assert_ne!(pranks, draw(2));
}

#[test]
fn no_settings_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for share in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
        let chaos = Chaos::new().refused(share).unknown(share);
        chaos.clone().latency(share, ms(9)..=ms(1)).draw(&mut rng);
        chaos.latency(share, ms(1)..=Duration::MAX).draw(&mut rng);
    }
}

#[tokio::test(start_paused = true)]
async fn without_shares_nothing_happens() {
    let pipeline = build(builder().chaos(Chaos::new()));
    for _ in 0..100 {
        assert_eq!(call(&pipeline).await, (Ok(7), 1, ms(0)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_a_rejection_with_its_outcome_and_calls_nobody() {
    let cases = [
        (Chaos::new().refused(1.0), Outcome::Refused),
        (Chaos::new().unknown(1.0), Outcome::Unknown),
    ];
    for (chaos, outcome) in cases {
        let (answer, calls, took) = call(&build(builder().chaos(chaos))).await;
        let rejected = rejected(answer);
        assert_eq!(rejected.reason, Reason::Chaos(outcome));
        assert_eq!(rejected.reason.policy(), "chaos");
        assert_eq!((rejected.outcome(), rejected.attempts), (outcome, 1));
        assert_eq!((calls, took), (0, ms(0)));
        let text = format!(
            "pipeline \"wild\" ended the call: chaos made it fail, {outcome} (attempts: 1)"
        );
        assert_eq!(rejected.to_string(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn policies_take_a_fault_for_one_of_the_service() {
    let breaker = Breaker::consecutive(2).open_for(ms(1_000));
    let pipeline = build(
        builder()
            .circuit_breaker(breaker)
            .chaos(Chaos::new().refused(1.0)),
    );
    for _ in 0..2 {
        let reason = rejected(call(&pipeline).await.0).reason;
        assert_eq!(reason, Reason::Chaos(Outcome::Refused));
    }
    let reason = rejected(call(&pipeline).await.0).reason;
    assert_eq!(reason, Reason::Breaker(BreakerState::Open));

    let retry = || Retry::constant(ms(10)).jitter(Jitter::None).no_budget();
    let attempts = async |builder: PipelineBuilder, chaos: Chaos| {
        let pipeline = build(builder.retry(retry()).chaos(chaos));
        rejected(call(&pipeline).await.0).attempts
    };
    let chaos = Chaos::new();
    assert_eq!(attempts(builder(), chaos.clone().refused(1.0)).await, 3);
    assert_eq!(attempts(builder(), chaos.clone().unknown(1.0)).await, 1);
    let twice = builder().idempotent();
    assert_eq!(attempts(twice, chaos.unknown(1.0)).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_late_call_is_made_later_and_its_time_out_is_that_of_the_service() {
    let late = Chaos::new().latency(1.0, ms(30)..=ms(30));
    let pipeline = build(builder().chaos(late.clone()));
    assert_eq!(call(&pipeline).await, (Ok(7), 1, ms(30)));
    let faulty = build(builder().chaos(late.clone().unknown(1.0)));
    let (answer, calls, took) = call(&faulty).await;
    let reason = rejected(answer).reason;
    assert_eq!(reason, Reason::Chaos(Outcome::Unknown));
    assert_eq!((calls, took), (0, ms(30)));
    let breaker = Breaker::consecutive(1).open_for(ms(1_000));
    let hasty = build(
        builder()
            .circuit_breaker(breaker)
            .attempt_timeout(ms(20))
            .chaos(late),
    );
    let (answer, calls, took) = call(&hasty).await;
    let rejected = rejected(answer);
    assert_eq!(rejected.reason, Reason::AttemptTimeout(ms(20)));
    assert_eq!(
        (rejected.outcome(), rejected.attempts),
        (Outcome::Unknown, 1)
    );
    assert_eq!((calls, took), (0, ms(20)));
    let reason = self::rejected(call(&hasty).await.0).reason;
    assert_eq!(reason, Reason::Breaker(BreakerState::Open), "it counts");
}

#[tokio::test(start_paused = true)]
async fn a_late_call_that_is_dropped_counts_as_begun() {
    let breaker = Breaker::consecutive(1).open_for(ms(1_000));
    let breaker = breaker.on_cancel(crate::breaker::OnCancel::Failure);
    let late = Chaos::new().latency(1.0, ms(30)..=ms(30));
    let pipeline = build(builder().circuit_breaker(breaker).chaos(late));
    let mut dropped = Box::pin(call(&pipeline));
    assert!(poll!(&mut dropped).is_pending());
    drop(dropped);
    let reason = rejected(call(&pipeline).await.0).reason;
    assert_eq!(reason, Reason::Breaker(BreakerState::Open));
}

#[test]
fn chaos_is_the_innermost_policy_but_for_a_hedge() {
    let limit = ms(100);
    let inside = "attempt_timeout";
    let outside = builder().chaos(Chaos::new()).attempt_timeout(limit).build();
    let error = outside.expect_err("the time-out would not see it");
    assert_eq!(error, PipelineError::ChaosOutside { inside });
    let hedged = builder().idempotent().attempt_timeout(limit);
    let hedged = hedged.chaos(Chaos::new()).hedge(Hedge::after(ms(10)));
    assert!(hedged.build().is_ok());
    let never = builder().chaos(Chaos::new().refused(2.0)).build();
    assert!(matches!(never, Err(PipelineError::Chaos(_))));
}
