//! A call that was admitted while the breaker was closed and ends while it tries whether the
//! service works again says nothing about that (F3).

use std::time::Duration;

use failsafe::{backoff, failure_policy};
use futures::FutureExt as _;
use greenroom_resilience::breaker::{BreakerState, HalfOpen};
use greenroom_resilience::pipeline::{CallError, Reason};
use greenroom_resilience::{Breaker, Pipeline};
use recloser::{AsyncRecloser, Recloser};
use tokio::sync::oneshot;
use tokio::time::advance;
use tower::{Layer as _, Service as _, service_fn};
use tower_resilience::circuitbreaker::{CircuitBreakerLayer, CircuitState};

use crate::support::{Down, as_told, ask, next_instant, waits};

type Answer = Result<u32, Down>;

async fn wait(answer: oneshot::Receiver<Answer>) -> Answer {
    answer.await.expect("it is answered")
}

#[tokio::test]
async fn tower_resilience_closes_for_a_call_from_before_it_opened() {
    let (layer, state) = CircuitBreakerLayer::builder()
        .sliding_window_size(1)
        .minimum_number_of_calls(1)
        // The standard library's clock: without an open time nothing has to wait for it.
        .wait_duration_in_open(Duration::ZERO)
        .permitted_calls_in_half_open(1)
        .build_with_handle()
        .expect("sound settings");
    let (answer, late) = oneshot::channel();
    let mut slow = layer.layer(service_fn(wait));
    let mut late = slow.call(late);
    assert!(waits(&mut late));

    let mut breaker = layer.layer(service_fn(as_told));
    ask(&mut breaker, Err(Down)).await.expect_err("it failed");
    assert_eq!(state.state(), CircuitState::Open);
    let (_unanswered, trial) = oneshot::channel();
    let mut trying = layer.layer(service_fn(wait));
    let mut trial = trying.call(trial);
    assert!(waits(&mut trial));
    assert_eq!(state.state(), CircuitState::HalfOpen);

    answer.send(Ok(1)).expect("it waits");
    late.await.expect("it was admitted");
    assert_eq!(state.state(), CircuitState::Closed, "and the trial runs");
}

#[test]
fn failsafe_closes_for_a_call_from_before_it_opened() {
    use failsafe::futures::CircuitBreaker as _;

    failsafe::clock::freeze(|clock| {
        let backoff = backoff::constant(Duration::from_secs(5));
        let policy = failure_policy::consecutive_failures(1, backoff);
        let breaker = failsafe::Config::new().failure_policy(policy).build();
        let state = || format!("{breaker:?}");
        let (answer, late) = oneshot::channel();
        let mut late = Box::pin(breaker.call(wait(late)));
        assert!(waits(&mut late));

        let failed = breaker.call(as_told(Err(Down))).now_or_never();
        failed.expect("it is ready").expect_err("it failed");
        assert!(!breaker.is_call_permitted(), "it is open");
        clock.advance(Duration::from_secs(6));
        let (_unanswered, trial) = oneshot::channel();
        let mut trial = Box::pin(breaker.call(wait(trial)));
        assert!(waits(&mut trial));
        assert_eq!(state(), state_of_failsafe("half_open"));

        answer.send(Ok(1)).expect("it waits");
        late.now_or_never().expect("it is ready").expect("it ended");
        assert_eq!(state(), state_of_failsafe("closed"));
    });
}

/// Its state can be read in no other way.
fn state_of_failsafe(state: &str) -> String {
    format!("StateMachine {{ state: {state:?} }}")
}

#[test]
fn recloser_opens_for_a_call_from_before_it_opened() {
    let recloser = Recloser::custom()
        .error_rate(0.5)
        .closed_len(1)
        .half_open_len(1)
        // None at first, and an hour once it opens while it tries.
        .open_wait(Duration::ZERO)
        .open_wait_strategy(|_, _| Duration::from_secs(3_600))
        .build();
    let breaker = AsyncRecloser::from(recloser);
    let (answer, late) = oneshot::channel();
    let mut late = Box::pin(breaker.call(wait(late)));
    assert!(waits(&mut late));
    let call = |answer: Answer| {
        let ended = breaker.call(as_told(answer)).now_or_never();
        ended.expect("it is ready")
    };
    // Its ring decides with the first call after those that fill it.
    for _ in 0..2 {
        assert!(matches!(call(Err(Down)), Err(recloser::Error::Inner(Down))));
    }
    next_instant();
    assert!(matches!(call(Ok(1)), Ok(1)), "it tries");

    answer.send(Err(Down)).expect("it waits");
    assert!(late.now_or_never().expect("it is ready").is_err());
    assert!(matches!(call(Ok(1)), Err(recloser::Error::Rejected)));
}

#[tokio::test(start_paused = true)]
async fn greenroom_counts_a_call_for_the_state_that_admitted_it() {
    for late_answer in [Ok(1), Err(Down)] {
        let breaker = Breaker::consecutive(1)
            .open_for(Duration::from_secs(5))
            .half_open(HalfOpen::Calls(1));
        let pipeline = Pipeline::builder("late").circuit_breaker(breaker);
        let pipeline = pipeline.build().expect("sound settings");
        let (answer, late) = oneshot::channel();
        let mut late = Some(late);
        let mut late = Box::pin(pipeline.call(|| wait(late.take().expect("it is called once"))));
        assert!(waits(&mut late));

        pipeline
            .call(|| as_told(Err(Down)))
            .await
            .expect_err("it failed");
        advance(Duration::from_secs(6)).await;
        let mut trial = Box::pin(pipeline.call(std::future::pending::<Answer>));
        assert!(waits(&mut trial));

        answer.send(late_answer).expect("it waits");
        assert_eq!(late.await.is_ok(), late_answer.is_ok());
        let Err(CallError::Rejected(rejected)) = pipeline.call(|| as_told(Ok(1))).await else {
            panic!("the trial still runs");
        };
        let trying = Reason::Breaker(BreakerState::HalfOpen);
        assert_eq!(rejected.reason, trying, "it waits for the trial");
    }
}
