//! Statuses, `Retry-After`, and rejections as responses.

use std::time::Duration;

use ::http::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use ::http::{Response, StatusCode};
use futures::poll;
use proptest::prelude::*;

use super::*;
use crate::pipeline::{CallError, Classify, Pipeline, PipelineBuilder, Rejected};
use crate::{Bulkhead, Outcome, RateLimit, Verdict};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn headers(asked: &str, date: Option<&str>) -> HeaderMap {
    let value = |text| HeaderValue::from_str(text).expect("a header");
    let date = date.map(|date| (DATE, value(date)));
    date.into_iter()
        .chain([(RETRY_AFTER, value(asked))])
        .collect()
}

#[test]
fn a_wait_is_a_number_of_seconds_or_a_date_after_that_of_the_response() {
    const NOON: &str = "Fri, 13 Nov 2026 12:00:00 GMT";
    const SOON: &str = "Fri, 13 Nov 2026 12:00:09 GMT";
    let table = [
        ("120", None, Some(secs(120))),
        (" 0 ", None, Some(secs(0))),
        ("18446744073709551615", None, Some(secs(u64::MAX))),
        ("18446744073709551616", None, None),
        ("-1", None, None),
        ("+1", None, None),
        ("1.5", None, None),
        ("", None, None),
        ("soon", Some(NOON), None),
        (SOON, Some(NOON), Some(secs(9))),
        ("Friday, 13-Nov-26 12:00:09 GMT", Some(NOON), Some(secs(9))),
        ("Fri Nov 13 12:00:09 2026", Some(NOON), Some(secs(9))),
        (NOON, Some(SOON), Some(secs(0))),
        (SOON, None, None),
        (SOON, Some("yesterday"), None),
    ];
    for (asked, date, expected) in table {
        let found = retry_after(&headers(asked, date));
        assert_eq!(found, expected, "{asked:?} at {date:?}");
    }
    assert_eq!(retry_after(&HeaderMap::new()), None);
}

proptest! {
    #[test]
    fn no_header_panics(asked: Vec<u8>, date: Vec<u8>) {
        let mut map = HeaderMap::new();
        for (name, bytes) in [(RETRY_AFTER, asked), (DATE, date)] {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                map.insert(name, value);
            }
        }
        let _ = retry_after(&map);
    }
}

fn response(status: u16, after: Option<u32>) -> Result<Response<()>, &'static str> {
    let mut response = Response::builder().status(status);
    if let Some(after) = after {
        response = response.header(RETRY_AFTER, after);
    }
    Ok(response.body(()).expect("a response"))
}

#[test]
fn a_status_says_whether_the_service_failed_and_whether_it_did_its_work() {
    let table = [
        (response(200, None), Verdict::Success, None),
        (response(404, None), Verdict::Success, None),
        (response(301, Some(9)), Verdict::Success, None),
        (response(429, None), Verdict::Refused, None),
        (response(429, Some(9)), Verdict::Refused, Some(secs(9))),
        (response(503, Some(9)), Verdict::Refused, Some(secs(9))),
        (response(503, None), Verdict::Unknown, None),
        (response(500, Some(9)), Verdict::Unknown, Some(secs(9))),
        (response(504, None), Verdict::Unknown, None),
        (Err("no answer"), Verdict::Unknown, None),
    ];
    for (result, verdict, after) in table {
        assert_eq!(ByStatus.verdict(&result), verdict, "{result:?}");
        assert_eq!(ByStatus.retry_after(&result), after, "{result:?}");
    }
}

#[test]
fn an_error_can_say_that_the_request_was_not_sent() {
    let classify = ByStatus.refused(|error: &&str| *error == "no connection");
    let table = [
        (Err("no connection"), Verdict::Refused, None),
        (Err("no answer"), Verdict::Unknown, None),
        (response(503, Some(9)), Verdict::Refused, Some(secs(9))),
    ];
    for (result, verdict, after) in table {
        assert_eq!(classify.verdict(&result), verdict, "{result:?}");
        assert_eq!(classify.retry_after(&result), after, "{result:?}");
    }
}

/// What a pipeline says to the second of two calls that take no end, and how that is answered.
async fn second(policies: PipelineBuilder) -> (Rejected, Response<String>) {
    let pipeline = policies.build().expect("sound policies");
    let call = || Box::pin(pipeline.call(std::future::pending::<Result<(), ()>>));
    let mut first = call();
    assert!(poll!(&mut first).is_pending());
    let Err(CallError::Rejected(rejected)) = call().await else {
        panic!("it is not let in, or times out");
    };
    (rejected.clone(), answer(rejected))
}

fn asks(response: &Response<String>) -> Option<&str> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()
}

#[tokio::test(start_paused = true)]
async fn a_rejection_is_a_status_by_what_is_known_of_the_call() {
    let shop = || Pipeline::builder("shop");
    let (_, full) = second(shop().bulkhead(Bulkhead::concurrent(1))).await;
    assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(asks(&full), Some("1"), "it knows no time");
    let limit = RateLimit::per(1, Duration::from_millis(2_500)).burst(1);
    let (_, used_up) = second(shop().rate_limit(limit)).await;
    assert_eq!(used_up.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(asks(&used_up), Some("3"), "rounded up");
    let (rejected, timed_out) = second(shop().timeout(secs(1))).await;
    assert_eq!(rejected.outcome(), Outcome::Unknown);
    assert_eq!(timed_out.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(asks(&timed_out), None);
    assert!(timed_out.body().is_empty(), "the outside is told no more");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_is_answered_by_a_policy_knows_what_the_policy_knows() {
    let shop = || Pipeline::builder("shop");
    for policies in [
        shop().bulkhead(Bulkhead::concurrent(1)),
        shop().rate_limit(RateLimit::per_second(1).burst(1)),
        shop().timeout(secs(1)),
    ] {
        let (rejected, answer) = second(policies).await;
        let result: Result<_, ()> = Ok(answer);
        assert_eq!(ByStatus.verdict(&result).outcome(), rejected.outcome());
        assert!(ByStatus.retry_after(&result) >= rejected.retry_after);
    }
}
