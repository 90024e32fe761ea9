//! What the policies against overload, and hedges, keep when their settings change.

use tokio::time::{advance, sleep};

use super::*;
use crate::adaptive::AdaptiveLimit;
use crate::hedge::Hedge;
use crate::retry::Budget;
use crate::shed::LoadShed;
use crate::throttle::Throttle;

/// How many of so many calls that the service would refuse are made.
async fn made(pipeline: &Pipeline, calls: u32) -> u32 {
    let mut made = 0;
    for _ in 0..calls {
        let refuses = || {
            made += 1;
            async { Err::<u32, _>("down") }
        };
        pipeline.call(refuses).await.expect_err("it is down");
    }
    made
}

#[tokio::test(start_paused = true)]
async fn throttle_remembers_what_was_accepted_unless_it_counts_over_another_time() {
    let registry = Registry::new();
    let throttle = Throttle::default();
    let pipeline = insert(&registry, builder().throttle(throttle));
    made(&pipeline, 200).await;
    update(&registry, builder().throttle(throttle.min_calls(5)));
    assert_eq!(made(&pipeline, 5).await, 0, "it knows that it is down");
    update(&registry, builder().throttle(throttle.window(ms(9_000))));
    assert_eq!(made(&pipeline, 10).await, 10, "it knows nothing");
}

/// Begins calls that hang, and says how many were let in.
async fn hang(pipeline: &Pipeline, calls: u32) -> usize {
    let begin = |_| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move { pipeline.call(std::future::pending::<Result<(), ()>>).await })
    };
    let begun: Vec<_> = (0..calls).map(begin).collect();
    sleep(ms(1)).await;
    begun.iter().filter(|call| !call.is_finished()).count()
}

#[tokio::test(start_paused = true)]
async fn calls_inside_of_a_load_shedder_are_inside_of_the_next() {
    let registry = Registry::new();
    let pipeline = insert(&registry, builder().load_shed(LoadShed::in_flight(100)));
    assert_eq!(hang(&pipeline, 70).await, 70);
    update(&registry, builder().load_shed(LoadShed::in_flight(70)));
    assert_eq!(hang(&pipeline, 1).await, 0);
    update(&registry, builder().load_shed(LoadShed::in_flight(1_000)));
    assert_eq!(hang(&pipeline, 1).await, 1);
}

#[tokio::test(start_paused = true)]
async fn adaptive_limit_stays_where_it_was_within_the_new_bounds() {
    let registry = Registry::new();
    let limit = AdaptiveLimit::aimd().window(ms(50));
    let pipeline = insert(&registry, builder().adaptive_concurrency(limit));
    for _ in 0..40 {
        made(&pipeline, 10).await;
        advance(ms(100)).await;
    }
    update(
        &registry,
        builder().adaptive_concurrency(limit.initial(100)),
    );
    assert_eq!(hang(&pipeline, 50).await, 4, "it had fallen to the least");
    update(
        &registry,
        builder().adaptive_concurrency(limit.between(6..=20)),
    );
    assert_eq!(hang(&pipeline, 50).await, 2, "and four are inside");
}

#[tokio::test(start_paused = true)]
async fn hedge_remembers_how_long_calls_take_and_what_it_has_begun() {
    let registry = Registry::new();
    let by_quantile = |attempts| {
        let hedge = Hedge::quantile(0.9).attempts(attempts);
        let budget = Budget::share(0.0).at_least_per_second(1);
        builder().hedge(hedge.budget(budget)).idempotent()
    };
    let pipeline = insert(&registry, by_quantile(2));
    for _ in 0..30 {
        let takes_a_while = || async {
            sleep(ms(10)).await;
            Ok::<_, ()>(())
        };
        pipeline.call(takes_a_while).await.expect("it is well");
    }
    update(&registry, by_quantile(3));
    let mut attempts = 0;
    let hangs = pipeline.call(|| {
        attempts += 1;
        std::future::pending::<Result<(), ()>>()
    });
    let ended = tokio::time::timeout(ms(15), hangs).await;
    assert!(ended.is_err() && attempts == 2, "after 10 ms, at once");
    update(&registry, by_quantile(2));
    let mut attempts = 0;
    let hangs = pipeline.call(|| {
        attempts += 1;
        std::future::pending::<Result<(), ()>>()
    });
    let ended = tokio::time::timeout(ms(15), hangs).await;
    assert!(
        ended.is_err() && attempts == 1,
        "the hedge of this second is taken"
    );
}
