//! What is doubtful about pipelines that work.

use super::*;
use crate::backoff::Jitter;
use crate::bulkhead::Bulkhead;
use crate::hedge::Hedge;
use crate::rate_limit::RateLimit;
use crate::retry::Retry;

fn lints(builder: PipelineBuilder) -> Vec<String> {
    let pipeline = builder.idempotent().build().expect("it works");
    pipeline.lints().iter().map(ToString::to_string).collect()
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("doubtful")
}

/// Pauses of 100 and 200 ms between three attempts.
fn retry() -> Retry {
    Retry::exponential(ms(100)..=ms(1_000))
}

#[test]
fn sound_policies_have_none() {
    let all = builder()
        .timeout(ms(2_000))
        .retry(retry())
        .circuit_breaker(Breaker::rate(0.5).slow(ms(399), 0.5))
        .rate_limit(RateLimit::per_second(10).max_wait(ms(1_999)))
        .bulkhead(Bulkhead::concurrent(1).queue(1).max_wait(ms(1_999)))
        .attempt_timeout(ms(400));
    assert_eq!(lints(all), [""; 0]);
    assert_eq!(lints(builder()), [""; 0]);
}

#[test]
fn attempts_that_together_take_longer_than_the_call() {
    let within = |overall| {
        let call = builder().timeout(ms(overall)).retry(retry());
        lints(call.attempt_timeout(ms(400)))
    };
    assert_eq!(within(1_500), [""; 0]);
    let text = "retry: 3 attempts of attempt_timeout 400ms and 300ms of pauses are over timeout \
                1.499s";
    assert_eq!(within(1_499), [text]);
}

#[test]
fn pauses_as_long_as_the_call() {
    let within = |overall, retry: Retry| {
        let call = builder().timeout(ms(overall)).retry(retry);
        lints(call.attempt_timeout(ms(1)))
    };
    let text = "retry: a pause of 200ms leaves nothing of timeout 200ms";
    assert_eq!(within(200, retry()), [text]);
    assert_eq!(within(304, retry()), [""; 0]);
    assert_eq!(within(200, retry().attempts(2)), [""; 0]);
    let decorrelated = || retry().jitter(Jitter::Decorrelated);
    let text = "retry: a pause of 900ms leaves nothing of timeout 304ms";
    assert_eq!(within(304, decorrelated()), [text]);
    assert_eq!(within(200, retry().attempts(1)), [""; 0]);
}

#[test]
fn an_attempt_that_may_take_all_the_time() {
    let text = "retry: without attempt_timeout, the first of 3 attempts that hangs takes all of \
                timeout 2s";
    let call = || builder().timeout(ms(2_000));
    assert_eq!(lints(call().retry(retry())), [text]);
    assert_eq!(lints(builder().retry(retry())), [""; 0]);
    assert_eq!(lints(call().retry(retry().attempts(1))), [""; 0]);
}

#[test]
fn waits_as_long_as_the_call() {
    let bulkhead = |wait| Bulkhead::concurrent(1).queue(1).max_wait(wait);
    let call = || builder().timeout(ms(100));
    let limit = RateLimit::per_second(10).max_wait(ms(150));
    assert_eq!(
        lints(call().rate_limit(limit).bulkhead(bulkhead(ms(100)))),
        [
            "rate_limit: a wait of 150ms leaves nothing of timeout 100ms",
            "bulkhead: a wait of 100ms leaves nothing of timeout 100ms",
        ]
    );
    let patient = call().bulkhead(bulkhead(Duration::MAX));
    assert_eq!(lints(patient), [""; 0], "the caller has an end of its own");
    assert_eq!(lints(builder().bulkhead(bulkhead(ms(100)))), [""; 0]);
}

#[test]
fn what_is_held_or_spent_once_for_all_attempts() {
    let bulkhead = || Bulkhead::concurrent(1);
    let limit = || RateLimit::per_second(10);
    let outside = builder().bulkhead(bulkhead()).rate_limit(limit());
    assert_eq!(
        lints(outside.retry(retry())),
        [
            "bulkhead comes before retry: a place is held in up to 300ms of pauses",
            "rate_limit comes before retry: one permit is good for 3 attempts",
        ]
    );
    let inside = builder().retry(retry());
    assert_eq!(
        lints(inside.bulkhead(bulkhead()).rate_limit(limit())),
        [""; 0]
    );
    let once = builder().bulkhead(bulkhead()).rate_limit(limit());
    assert_eq!(lints(once.retry(retry().attempts(1))), [""; 0]);
}

#[test]
fn slow_calls_that_time_out_before_they_are_slow() {
    let breaker = || Breaker::rate(0.5).slow(ms(400), 0.5);
    let call = builder().timeout(ms(400)).circuit_breaker(breaker());
    let text = "circuit_breaker: no call is slow after 400ms, timeout ends it after 400ms";
    assert_eq!(lints(call), [text]);
    let call = builder().timeout(ms(500)).circuit_breaker(breaker());
    let text = "circuit_breaker: no call is slow after 400ms, attempt_timeout ends it after 300ms";
    assert_eq!(lints(call.attempt_timeout(ms(300))), [text]);
}

#[test]
fn hedges_after_the_end() {
    let hedge = || Hedge::after(ms(300));
    let text = "hedge: nothing is begun after 300ms, timeout ends the call after 300ms";
    assert_eq!(lints(builder().timeout(ms(300)).hedge(hedge())), [text]);
    let call = builder().timeout(ms(900)).attempt_timeout(ms(200));
    let text = "hedge: nothing is begun after 300ms, attempt_timeout ends the call after 200ms";
    assert_eq!(lints(call.hedge(hedge())), [text]);
    assert_eq!(lints(builder().timeout(ms(301)).hedge(hedge())), [""; 0]);
    let late = Hedge::quantile(0.9).min(ms(300));
    assert_eq!(lints(builder().timeout(ms(300)).hedge(late)).len(), 1);
    assert_eq!(lints(builder().hedge(hedge())), [""; 0]);
}
