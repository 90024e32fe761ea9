//! Calls that are tried more than once.

use futures::poll;

use super::*;
use crate::backoff::Jitter;
use crate::retry::{Budget, Retry};

fn retry() -> Retry {
    Retry::constant(ms(10)).jitter(Jitter::None).no_budget()
}

fn classify(result: &Answer) -> Verdict {
    match result {
        Ok(503) | Err("busy") => Verdict::Refused,
        Ok(_) => Verdict::Success,
        Err(_) => Verdict::Unknown,
    }
}

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("again")
}

/// Makes one call that answers with one after the other; says what came back, how often the service
/// was called and how long it took.
async fn answers(
    pipeline: &Pipeline,
    answers: &[Answer],
) -> (Result<u32, CallError<&'static str>>, usize, Duration) {
    let (calls, began) = (Cell::new(0), Instant::now());
    let call = pipeline.with().classify(classify).call(|| {
        let answer = answers[calls.get().min(answers.len() - 1)];
        calls.set(calls.get() + 1);
        async move { answer }
    });
    let result = call.await;
    (result, calls.get(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_tried_again_after_a_pause() {
    let pipeline = build(builder().retry(retry()));
    let answer = answers(&pipeline, &[Err("busy"), Ok(503), Ok(7)]).await;
    assert_eq!(answer, (Ok(7), 3, ms(20)));
    let answer = answers(&pipeline, &[Ok(503)]).await;
    assert_eq!(answer, (Ok(503), 3, ms(20)), "the last answer, as it is");
    let error = CallError::Inner("busy", Outcome::Refused);
    let answer = answers(&pipeline, &[Err("busy")]).await;
    assert_eq!(answer, (Err(error), 3, ms(20)));
}

#[tokio::test(start_paused = true)]
async fn what_may_have_had_its_effect_is_tried_again_only_if_that_does_no_harm() {
    let unknown = || Err(CallError::Inner("lost", Outcome::Unknown));
    let once = build(builder().retry(retry()));
    assert_eq!(
        answers(&once, &[Err("lost"), Ok(7)]).await,
        (unknown(), 1, ms(0))
    );
    let again = build(builder().retry(retry()).idempotent());
    assert_eq!(
        answers(&again, &[Err("lost"), Ok(7)]).await,
        (Ok(7), 2, ms(10))
    );
    let (result, ..) = answers(&again, &[Err("lost"), Err("busy")]).await;
    let error = result.expect_err("the last attempt was refused");
    assert_eq!(
        error.outcome(),
        Outcome::Unknown,
        "but the first one was not"
    );
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_time_and_the_call_has_its_own() {
    let pipeline = build(
        builder()
            .timeout(ms(100))
            .retry(retry().attempts(9))
            .attempt_timeout(ms(25))
            .idempotent(),
    );
    let (calls, began) = (Cell::new(0), Instant::now());
    let answer = pipeline.call(|| {
        calls.set(calls.get() + 1);
        pending::<Answer>()
    });
    let rejected = rejected(answer.await);
    // 25, and 35 for each repeat: the third repeat would begin at 105.
    assert_eq!(began.elapsed(), ms(95));
    assert_eq!(rejected.reason, Reason::AttemptTimeout(ms(25)));
    assert_eq!((rejected.attempts, calls.get()), (3, 3));
    let slow = pipeline.call(|| {
        calls.set(calls.get() + 1);
        async {
            sleep(ms(24)).await;
            Answer::Err("slow")
        }
    });
    let error = slow.await.expect_err("it fails three times");
    assert_eq!(error, CallError::Inner("slow", Outcome::Unknown));
}

#[tokio::test(start_paused = true)]
async fn the_time_out_of_the_call_ends_it_in_the_middle_of_an_attempt() {
    let pipeline = build(builder().timeout(ms(100)).retry(retry()));
    let calls = Cell::new(0);
    let answer = pipeline.with().classify(classify).call(|| {
        calls.set(calls.get() + 1);
        let wait = if calls.get() == 1 { ms(60) } else { ms(1_000) };
        async move {
            sleep(wait).await;
            Answer::Err("busy")
        }
    });
    let began = Instant::now();
    let rejected = rejected(answer.await);
    assert_eq!(rejected.reason, Reason::Timeout(ms(100)));
    assert_eq!((rejected.attempts, began.elapsed()), (2, ms(100)));
    assert_eq!(rejected.outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_rejection_of_its_own_is_waited_out_only_where_it_fits() {
    let guarded = |limit| {
        build(
            builder()
                .timeout(limit)
                .retry(retry().attempts(4))
                .circuit_breaker(brittle()),
        )
    };
    let patient = guarded(ms(5_000));
    let (result, calls, took) = answers(&patient, &[Err("busy"), Err("busy"), Ok(7)]).await;
    assert_eq!((result, calls), (Ok(7), 3));
    assert_eq!(
        took,
        ms(10) + ms(1_010),
        "the open time, and a delay on top"
    );
    let hasty = guarded(ms(500));
    let (result, calls, took) = answers(&hasty, &[Err("busy")]).await;
    assert_eq!(rejected(result).reason, Reason::Breaker(BreakerState::Open));
    // After the second failure it pauses, and finds the breaker open.
    assert_eq!((calls, took), (2, ms(20)));
}

#[tokio::test(start_paused = true)]
async fn repeats_are_a_share_of_all_calls_and_a_dropped_one_gives_its_own_back() {
    let budget = Budget::share(0.1).at_least_per_second(1);
    let pipeline = build(builder().retry(retry().attempts(2).budget(budget)));
    for _ in 0..5 {
        let mut call = Box::pin(answers(&pipeline, &[Err("busy"), Ok(7)]));
        assert!(poll!(&mut call).is_pending(), "it waits for its repeat");
    }
    let (_, calls, _) = answers(&pipeline, &[Err("busy")]).await;
    assert_eq!(calls, 2, "the one repeat of this second is left");
    let (_, calls, _) = answers(&pipeline, &[Err("busy")]).await;
    assert_eq!(calls, 1);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_that_the_breaker_refused_is_given_back() {
    let budget = Budget::share(0.1).at_least_per_second(1);
    let guarded = |builder: PipelineBuilder| {
        let breaker = Breaker::consecutive(1).open_for(ms(100));
        build(
            builder
                .retry(retry().budget(budget))
                .circuit_breaker(breaker),
        )
    };
    let patient = guarded(builder());
    let answer = answers(&patient, &[Err("busy"), Ok(7)]).await;
    assert_eq!(answer, (Ok(7), 2, ms(110)), "refused once, and tried again");
    let pipeline = guarded(builder().timeout(ms(50)));
    for _ in 0..3 {
        // The failure opens it, and the repeat of this second finds it so.
        let (answer, calls, took) = answers(&pipeline, &[Err("busy")]).await;
        let reason = rejected(answer).reason;
        assert_eq!(reason, Reason::Breaker(BreakerState::Open));
        assert_eq!((calls, took), (1, ms(10)));
        advance(ms(90)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pipelines_of_one_seed_pause_alike_and_others_do_not() {
    let took = async |seed| {
        let jittery = Retry::constant(ms(1_000)).attempts(2);
        let pipeline = build(builder().retry(jittery).seed(seed));
        answers(&pipeline, &[Err("busy")]).await.2
    };
    assert_eq!(took(1).await, took(1).await);
    assert_ne!(took(1).await, took(2).await);
}
