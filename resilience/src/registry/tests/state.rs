//! What a policy keeps when its settings change, and what it follows.

use tokio::time::advance;

use super::*;
use crate::breaker::{Breaker, BreakerState, Window};
use crate::rate_limit::RateLimit;
use crate::retry::{Budget, Retry};

#[tokio::test(start_paused = true)]
async fn every_handle_follows() {
    let registry = Registry::new();
    let first = insert(&registry, builder());
    let second = registry.get("inventory").expect("it is in");
    update(&registry, builder().timeout(ms(80)));
    for pipeline in [first.clone(), first, second] {
        let hangs = pipeline
            .call(std::future::pending::<Result<u32, &str>>)
            .await;
        assert_eq!(reason(hangs), Some(Reason::Timeout(ms(80))));
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_stays_open_when_everything_around_it_is_another() {
    let registry = Registry::new();
    let breaker = Breaker::consecutive(2).open_for(ms(1_000));
    let pipeline = insert(&registry, builder().circuit_breaker(breaker.clone()));
    for _ in 0..2 {
        fail(&pipeline).await.expect_err("it is down");
    }
    let other = Breaker::rate(0.7)
        .window(Window::calls(100))
        .open_for(ms(50));
    let around = builder()
        .timeout(ms(700))
        .retry(Retry::constant(ms(5)).attempts(1));
    for breaker in [breaker, other] {
        advance(ms(300)).await;
        update(&registry, around.clone().circuit_breaker(breaker));
        assert_eq!(
            reason(call(&pipeline).await),
            Some(Reason::Breaker(BreakerState::Open))
        );
    }
    advance(ms(400)).await;
    assert_eq!(call(&pipeline).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn permits_that_were_used_stay_used() {
    let registry = Registry::new();
    let pipeline = insert(&registry, builder().rate_limit(RateLimit::per_second(4)));
    for _ in 0..4 {
        call(&pipeline).await.expect("there is room");
    }
    update(&registry, builder().rate_limit(RateLimit::per_second(8)));
    assert_eq!(reason(call(&pipeline).await), Some(Reason::RateLimit));
    advance(ms(125)).await;
    assert_eq!(call(&pipeline).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn repeats_that_were_made_stay_made() {
    let registry = Registry::new();
    let retry = |attempts| {
        let budget = Budget::share(0.0).at_least_per_second(3);
        let retry = Retry::constant(ms(0)).attempts(attempts).budget(budget);
        builder().retry(retry).idempotent()
    };
    let pipeline = insert(&registry, retry(3));
    let calls = async |pipeline: &Pipeline| {
        let mut attempts = 0;
        let make = || {
            attempts += 1;
            async { Err::<u32, _>("down") }
        };
        pipeline.call(make).await.expect_err("it is down");
        attempts
    };
    assert_eq!(calls(&pipeline).await, 3);
    update(&registry, retry(9));
    assert_eq!(calls(&pipeline).await, 2, "one of three repeats was left");
    advance(ms(2_000)).await;
    assert_eq!(calls(&pipeline).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_away_begins_anew() {
    let registry = Registry::new();
    let with_breaker = || builder().circuit_breaker(Breaker::consecutive(1));
    let pipeline = insert(&registry, with_breaker());
    fail(&pipeline).await.expect_err("it is down");
    assert!(reason(call(&pipeline).await).is_some());
    update(&registry, builder());
    assert_eq!(call(&pipeline).await, Ok(7));
    update(&registry, with_breaker());
    assert_eq!(call(&pipeline).await, Ok(7));
}
