//! Older answers in place of a failure.

use super::*;
use crate::breaker::Breaker;
use crate::pipeline::{CallError, Pipeline};

#[tokio::test(start_paused = true)]
async fn an_older_answer_is_served_where_the_call_fails() {
    let cache = cache(short().serve_stale(ms(400)));
    assert_eq!(ask(&cache, Ok(1)).await, Ok(1));
    advance(ms(100)).await;
    assert_eq!(ask(&cache, Err("down")).await, Ok(1));
    advance(ms(399)).await;
    assert_eq!(
        ask(&cache, Err("down")).await,
        Ok(1),
        "it is no younger by that"
    );
    advance(ms(1)).await;
    assert_eq!(ask(&cache, Err("down")).await, Err("down"));
    assert_eq!(cache.stats().stale, 2);
    assert_eq!(ask(&cache, Ok(2)).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn without_being_asked_nothing_old_is_served() {
    let cache = cache(short());
    assert_eq!(ask(&cache, Ok(1)).await, Ok(1));
    advance(ms(100)).await;
    assert_eq!(ask(&cache, Err("down")).await, Err("down"));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_an_answer_hides_older_answers() {
    let cache = cache(short().serve_stale(ms(900)));
    let cache = cache.keep_errors(ms(50), |error| *error == "not found");
    assert_eq!(ask(&cache, Ok(1)).await, Ok(1));
    advance(ms(100)).await;
    assert_eq!(ask(&cache, Err("not found")).await, Err("not found"));
    advance(ms(50)).await;
    assert_eq!(ask(&cache, Err("down")).await, Err("down"));
}

#[tokio::test(start_paused = true)]
async fn what_was_invalidated_is_not_served_when_it_is_old() {
    let cache = cache(short().serve_stale(ms(900)));
    assert_eq!(ask(&cache, Ok(1)).await, Ok(1));
    cache.invalidate("a");
    assert_eq!(ask(&cache, Err("down")).await, Err("down"));
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_inside_leaves_the_older_answer() {
    let settings = short().serve_stale(ms(900));
    let cache = CallCache::<String, u32, CallError<&str>>::new(&settings).expect("sound settings");
    let pipeline = Pipeline::builder("shop").circuit_breaker(Breaker::consecutive(1));
    let pipeline = pipeline.build().expect("sound policies");
    let made = Cell::new(0);
    let ask = async |answer: Answer| {
        let call = || async {
            made.set(made.get() + 1);
            answer
        };
        cache.get_or_call("a", || pipeline.call(call)).await
    };
    assert_eq!(ask(Ok(1)).await, Ok(1));
    advance(ms(100)).await;
    for _ in 0..5 {
        assert_eq!(ask(Err("down")).await, Ok(1));
    }
    assert_eq!(
        made.get(),
        2,
        "after the first failure the service is left alone"
    );
}
