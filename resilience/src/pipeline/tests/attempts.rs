//! What a call is told about its attempts, and says about its answers.

use super::*;
use crate::backoff::Jitter;
use crate::retry::Retry;

fn retry() -> Retry {
    Retry::constant(ms(10)).jitter(Jitter::None).no_budget()
}

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("told")
}

#[tokio::test(start_paused = true)]
async fn each_attempt_knows_its_number_its_time_and_what_went_before() {
    let pipeline = build(
        builder()
            .timeout(ms(100))
            .retry(retry().attempts(4))
            .attempt_timeout(ms(40))
            .idempotent(),
    );
    let mut told = Vec::new();
    let answer = pipeline.with().call_with(|attempt: Attempt<'_, &str>| {
        let last = attempt.last_error().map(ToString::to_string);
        let number = attempt.number();
        told.push((number, attempt.remaining(), last.unwrap_or_default()));
        async move {
            match number {
                1 => Answer::Err("busy"),
                2 => pending().await,
                _ => Answer::Ok(number),
            }
        }
    });
    assert_eq!(answer.await, Ok(3));
    let timed_out = "pipeline \"told\" ended the call: an attempt took longer than 40ms \
                     (attempts: 2)";
    let expected = [
        (1, Some(ms(40)), ""),
        (2, Some(ms(40)), "busy"),
        (3, Some(ms(40)), timed_out),
    ];
    let expected = expected.map(|(number, left, last)| (number, left, last.to_owned()));
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_an_attempt_is_what_the_call_has_left() {
    let remaining = async |pipeline: &Pipeline| {
        let call = pipeline.with().call_with(|attempt: Attempt<'_, ()>| {
            let remaining = attempt.remaining();
            async move { Ok(remaining) }
        });
        call.await
    };
    let unbounded = build(builder());
    assert_eq!(remaining(&unbounded).await, Ok(None));
    let near = Deadline::after(ms(50));
    let inside = near.scope(remaining(&unbounded)).await;
    assert_eq!(inside, Ok(Some(ms(50))));
    let bounded = build(builder().timeout(ms(30)));
    let inside = near.scope(remaining(&bounded)).await;
    assert_eq!(inside, Ok(Some(ms(30))));
}

#[tokio::test(start_paused = true)]
async fn only_attempts_that_are_made_are_counted() {
    let breaker = Breaker::consecutive(1).open_for(ms(100));
    let pipeline = build(builder().retry(retry()).circuit_breaker(breaker));
    let mut told = Vec::new();
    let call = pipeline.with().idempotent();
    let answer = call.call_with(|attempt| {
        let rejected = matches!(attempt.last_error(), Some(CallError::Rejected(_)));
        told.push((attempt.number(), rejected));
        let first = attempt.number() == 1;
        async move { if first { Answer::Err("down") } else { Ok(7) } }
    });
    assert_eq!(answer.await, Ok(7));
    // Between the two the open breaker refused one.
    assert_eq!(told, [(1, false), (2, true)]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_a_value_is_no_error() {
    let pipeline = build(builder().retry(retry()));
    let mut told = Vec::new();
    let call = pipeline.with().classify(|_: &Answer| Verdict::Refused);
    let answer = call.call_with(|attempt| {
        told.push(attempt.last_error().is_some());
        let answer = if attempt.number() == 1 {
            Err("busy")
        } else {
            Ok(503)
        };
        async move { answer }
    });
    assert_eq!(answer.await, Ok(503));
    assert_eq!(told, [false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_says_when_to_come_back() {
    let breaker = Breaker::consecutive(2).open_for(ms(1_000));
    let pipeline = build(
        builder()
            .retry(retry().attempts(2))
            .circuit_breaker(breaker),
    );
    let began = Instant::now();
    let call = pipeline.with().classify(|answer: &Answer| match answer {
        Ok(_) => Verdict::Success,
        Err(_) => Verdict::Refused,
    });
    let call = call.retry_after(|answer: &Answer| answer.is_err().then_some(ms(3_000)));
    let answer = call.call(|| async { Answer::Err("busy") }).await;
    assert_eq!(answer, Err(CallError::Inner("busy", Outcome::Refused)));
    assert_eq!(began.elapsed(), ms(3_010), "so long, and a delay");
    let next = pipeline.with().timeout(ms(100));
    let next = next.call(|| async { Answer::Ok(7) }).await;
    assert_eq!(rejected(next).retry_after, Some(ms(3_000)));
}

#[tokio::test(start_paused = true)]
async fn what_was_carried_out_at_last_is_done() {
    let pipeline = build(builder().retry(retry()).idempotent());
    let call = pipeline.with().classify(|answer: &Answer| match answer {
        Err("not found") => Verdict::Ignored,
        _ => Verdict::Unknown,
    });
    let answer = call.call_with(|attempt| {
        let first = attempt.number() == 1;
        async move { Answer::Err(if first { "lost" } else { "not found" }) }
    });
    let expected = CallError::Inner("not found", Outcome::Done);
    assert_eq!(answer.await, Err(expected));
}
