//! Calls that may not wait: what is ready at once is done, and nothing else.

use std::pin::pin;

use super::*;
use crate::backoff::Jitter;
use crate::bulkhead::Bulkhead;
use crate::rate_limit::RateLimit;
use crate::retry::Retry;

fn retrying() -> PipelineBuilder {
    let retry = Retry::constant(ms(10)).jitter(Jitter::None).no_budget();
    Pipeline::builder("now").retry(retry.attempts(5))
}

#[test]
fn call_that_may_not_wait_needs_no_runtime() {
    let now = |pipeline: &Pipeline, answer: Answer| {
        let mut call = pin!(pipeline.call(|| async move { answer }));
        call.as_mut().try_now()
    };
    let limited = Pipeline::builder("now")
        .timeout(ms(100))
        .rate_limit(RateLimit::per_second(1).burst(1).max_wait(ms(5_000)))
        .build()
        .expect("sound policies");
    assert_eq!(now(&limited, Ok(7)), Some(Ok(7)));
    assert_eq!(now(&limited, Ok(7)), None, "its turn comes later");
    let retrying = retrying().build().expect("sound policies");
    let mut refused = pin!(
        retrying
            .with()
            .classify(|_: &Answer| Verdict::Refused)
            .call(|| async { Answer::Err("busy") })
    );
    assert_eq!(refused.as_mut().try_now(), None, "a repeat comes later");
    let mut pending = pin!(limited.call(pending::<Answer>));
    assert_eq!(pending.as_mut().try_now(), None);
}

#[test]
fn call_that_would_have_to_wait_leaves_nothing_behind() {
    let gate = Bulkhead::concurrent(1).queue(1).max_wait(ms(50));
    let pipeline = Pipeline::builder("now").bulkhead(gate).build();
    let pipeline = pipeline.expect("sound policies");
    let mut inside = Box::pin(pipeline.call(pending::<Answer>));
    assert!(inside.as_mut().try_now().is_none(), "it holds the place");
    for _ in 0..3 {
        let mut second = Box::pin(pipeline.call(|| async { Answer::Ok(7) }));
        assert!(second.as_mut().try_now().is_none(), "it queues");
    }
    drop(inside);
    let mut third = Box::pin(pipeline.call(|| async { Answer::Ok(7) }));
    assert_eq!(third.as_mut().try_now(), Some(Ok(7)));
}
