//! What single calls ask for.

use futures::poll;

use super::*;
use crate::backoff::Jitter;
use crate::bulkhead::{Bulkhead, Rejected as Full};
use crate::rate_limit::RateLimit;
use crate::retry::Retry;

fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("asked")
}

/// Fails with an error of unknown effect, again and again; says how often it was called.
async fn calls(with: With<'_, Unclassified>) -> u32 {
    let calls = Cell::new(0);
    let failed = with.call(|| {
        calls.set(calls.get() + 1);
        async { Answer::Err("lost") }
    });
    assert!(failed.await.is_err());
    calls.get()
}

#[tokio::test(start_paused = true)]
async fn a_call_says_for_itself_whether_it_may_be_repeated() {
    let retry = || Retry::constant(ms(10)).no_budget();
    let never = build(builder().retry(retry()).only_refused());
    assert_eq!(calls(never.with()).await, 1);
    assert_eq!(calls(never.with().idempotent()).await, 3);
    let always = build(builder().retry(retry()).idempotent());
    assert_eq!(calls(always.with()).await, 3);
    assert_eq!(calls(always.with().only_refused()).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_of_its_own_takes_the_place_of_the_pipelines() {
    let bounded = build(builder().timeout(ms(100)));
    let unbounded = build(builder());
    let retry = Retry::constant(ms(10)).jitter(Jitter::None).attempts(9);
    let within = build(builder().retry(retry).attempt_timeout(ms(30)).idempotent());
    let cases = [
        (&bounded, None, Some(100)),
        (&bounded, Some(40), Some(40)),
        (&bounded, Some(250), Some(250)),
        (&bounded, Some(0), Some(0)),
        (&unbounded, None, None),
        (&unbounded, Some(40), Some(40)),
        // Two attempts; the delay after the second would be over.
        (&within, Some(75), Some(70)),
        (&within, Some(20), Some(20)),
    ];
    for (pipeline, limit, expected) in cases {
        let with = limit.map_or_else(
            || pipeline.with(),
            |limit| pipeline.with().timeout(ms(limit)),
        );
        let began = Instant::now();
        let call = with.call(|| async {
            sleep(ms(1_000)).await;
            Answer::Ok(7)
        });
        let answer = call.await;
        let Some(expected) = expected else {
            assert_eq!(answer, Ok(7));
            continue;
        };
        assert_eq!(began.elapsed(), ms(expected), "{limit:?}");
        let reason = match rejected(answer).reason {
            Reason::AttemptTimeout(_) => Reason::AttemptTimeout(ms(30)),
            _ => Reason::Timeout(ms(expected)),
        };
        let whole = limit.is_none_or(|limit| limit == expected);
        assert_eq!(reason.policy() == "timeout", whole, "{limit:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_called_has_the_calls_own_time_out_as_its_deadline() {
    let pipeline = build(builder());
    let call = pipeline.with().timeout(ms(100)).call(|| {
        let made = Deadline::current().map(Deadline::remaining);
        async move { Ok::<_, ()>((made, Deadline::current().map(Deadline::remaining))) }
    });
    assert_eq!(call.await, Ok((Some(ms(100)), Some(ms(100)))));
}

#[tokio::test(start_paused = true)]
async fn a_call_pays_its_cost_to_the_rate_limit() {
    let pipeline = build(builder().rate_limit(RateLimit::per_second(10)));
    let call = async |cost| {
        let call = pipeline.with().cost(cost).call(|| async { Answer::Ok(7) });
        call.await
    };
    assert_eq!(call(8).await, Ok(7));
    assert_eq!(rejected(call(3).await).retry_after, Some(ms(100)));
    assert_eq!(call(2).await, Ok(7));
    assert_eq!(rejected(call(11).await).retry_after, None, "it never can");
    assert_eq!(call(0).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn who_matters_more_waits_in_front() {
    let narrow = Bulkhead::concurrent(1).queue(1).max_wait(ms(100));
    let pipeline = build(builder().bulkhead(narrow));
    let call = |priority| {
        let call = pipeline.with().priority(priority).call(|| async {
            sleep(ms(10)).await;
            Answer::Ok(7)
        });
        Box::pin(call)
    };
    let mut waits = [call(0), call(0), call(2)];
    for call in &mut waits {
        assert!(poll!(call).is_pending());
    }
    let [runs, displaced, first] = waits;
    let displaced = rejected(displaced.await);
    assert_eq!(displaced.reason, Reason::Bulkhead(Full::Displaced));
    assert_eq!((runs.await, first.await), (Ok(7), Ok(7)));
}

#[test]
fn options_are_those_said_last() {
    let pipeline = build(builder());
    let all = Options::new()
        .idempotent()
        .cost(3)
        .priority(1)
        .timeout(ms(5));
    let said = pipeline.with().cost(9).options(all).priority(2);
    let said = format!("{:?}", said.only_refused());
    let expected = format!("{:?}", all.priority(2).only_refused());
    assert!(said.contains(&expected), "{said}");
    assert_eq!(Options::default(), Options::new());
}
