//! A pipeline for each key, and what goes where there is no room.

use std::sync::Arc;

use futures::poll;

use super::*;
use crate::bulkhead::Bulkhead;
use crate::rate_limit::RateLimit;
use crate::retry::Retry;

fn keyed(builder: PipelineBuilder, capacity: usize) -> Keyed<u32> {
    Keyed::new(builder, capacity).expect("sound policies")
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("each")
}

/// Which of these keys have a pipeline that knows an open breaker. Looks do not make room, as long
/// as there is some.
async fn open(keyed: &Keyed<u32>, keys: &[u32]) -> Vec<u32> {
    let mut open = Vec::new();
    for &key in keys {
        if !is_let_in(&keyed.get(&key)).await {
            open.push(key);
        }
    }
    open
}

#[tokio::test(start_paused = true)]
async fn each_key_has_a_breaker_and_a_bulkhead_of_its_own() {
    let builder = builder().circuit_breaker(brittle());
    let keyed = keyed(builder.bulkhead(Bulkhead::concurrent(1)), 10);
    fail(&keyed.get(&1), 2).await;
    assert_eq!(open(&keyed, &[1, 2]).await, [1]);

    let held = keyed.get(&2);
    let mut inside = Box::pin(held.call(pending::<Answer>));
    assert!(poll!(&mut inside).is_pending());
    assert!(!is_let_in(&keyed.get(&2)).await, "its one place is taken");
    assert!(is_let_in(&keyed.get(&3)).await);
    assert_eq!((keyed.len(), keyed.evicted()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn million_keys_take_no_more_room_than_the_capacity() {
    let keyed = keyed(builder().bulkhead(Bulkhead::concurrent(1)), 100);
    for key in 0..1_000_000 {
        drop(keyed.get(&key));
    }
    assert_eq!((keyed.len(), keyed.evicted()), (100, 0));
    for key in 0..200 {
        fail(&keyed.get(&key), 1).await;
    }
    assert_eq!(keyed.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn what_remembers_nothing_goes_first_and_is_not_counted() {
    let keyed = keyed(builder().circuit_breaker(brittle()), 3);
    fail(&keyed.get(&1), 2).await;
    fail(&keyed.get(&2), 1).await;
    drop(keyed.get(&3));
    for key in 4..1_000 {
        drop(keyed.get(&key));
    }
    assert_eq!(keyed.evicted(), 0);
    assert_eq!(open(&keyed, &[1]).await, [1]);
    fail(&keyed.get(&2), 1).await;
    assert_eq!(open(&keyed, &[2]).await, [2], "its first failure counts");
}

#[tokio::test(start_paused = true)]
async fn what_was_counted_goes_before_an_open_breaker_or_one_that_is_held() {
    let keyed = keyed(builder().circuit_breaker(brittle()), 4);
    fail(&keyed.get(&1), 2).await;
    let held = keyed.get(&2);
    for key in [3, 4] {
        fail(&keyed.get(&key), 1).await;
    }
    fail(&keyed.get(&5), 1).await; // in place of 3, the older one
    assert_eq!(keyed.evicted(), 1);
    fail(&held, 2).await;
    fail(&keyed.get(&4), 1).await;
    assert_eq!(open(&keyed, &[1, 2, 4]).await, [1, 2, 4]);
}

#[tokio::test(start_paused = true)]
async fn where_all_are_needed_the_one_used_least_recently_goes_and_is_counted() {
    let keyed = keyed(builder().circuit_breaker(brittle()), 2);
    for key in [1, 2] {
        fail(&keyed.get(&key), 2).await;
    }
    drop(keyed.get(&1));
    drop(keyed.get(&3)); // in place of 2
    assert_eq!((keyed.len(), keyed.evicted()), (2, 1));
    assert_eq!(open(&keyed, &[1, 3]).await, [1]);
}

#[tokio::test(start_paused = true)]
async fn calls_in_a_pipeline_that_was_given_up_end_in_it() {
    let keyed = keyed(builder().bulkhead(Bulkhead::concurrent(1)), 1);
    let first = keyed.get(&1);
    let mut inside = Box::pin(first.call(|| async {
        sleep(ms(10)).await;
        Answer::Ok(7)
    }));
    assert!(poll!(&mut inside).is_pending());
    let _second = keyed.get(&2);
    assert_eq!(keyed.evicted(), 1);
    assert!(
        is_let_in(&keyed.get(&1)).await,
        "a new one knows of no call"
    );
    assert_eq!(keyed.evicted(), 2, "the second one was held too");
    assert_eq!(inside.await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn failures_are_forgotten_when_they_have_left_the_window() {
    for (breaker, evicted) in [
        (Breaker::rate(0.5).min_calls(10), 0),
        // What counts failures in a row counts them however long ago they were.
        (brittle(), 1),
    ] {
        let keyed = keyed(builder().circuit_breaker(breaker), 1);
        fail(&keyed.get(&1), 1).await;
        advance(ms(10_000)).await;
        let succeeds = keyed.get(&2);
        assert_eq!(succeeds.call(|| async { Answer::Ok(1) }).await, Ok(1));
        assert_eq!(keyed.evicted(), evicted);
        drop(succeeds);
        drop(keyed.get(&3));
        assert_eq!(keyed.evicted(), evicted, "a success is not remembered");
    }
}

#[tokio::test(start_paused = true)]
async fn rate_limits_and_budgets_are_remembered_until_they_are_unused_again() {
    let retry = Retry::constant(ms(1)).attempts(2);
    for (builder, until) in [
        (builder().rate_limit(RateLimit::per_second(2)), ms(500)),
        (builder().retry(retry).idempotent(), ms(10_000)),
    ] {
        let keyed = keyed(builder, 1);
        for key in [1, 2] {
            let call = keyed.get(&key);
            let failed = call.with().classify(|_: &Answer| Verdict::Refused);
            drop(failed.call(|| async { Answer::Err("busy") }).await);
        }
        assert_eq!(keyed.evicted(), 1, "{keyed:?}");
        advance(until).await;
        drop(keyed.get(&3));
        assert_eq!(keyed.evicted(), 1, "{keyed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_draw_the_same_delays() {
    let retry = Retry::exponential(ms(1_000)..=ms(9_000)).attempts(3);
    let keyed = keyed(builder().retry(retry).idempotent(), 10);
    let mut took = Vec::new();
    for key in 0..5 {
        let began = Instant::now();
        fail(&keyed.get(&key), 1).await;
        took.push(began.elapsed());
    }
    took.sort();
    took.dedup();
    assert_eq!(took.len(), 5, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_ask_at_once_get_one_pipeline() {
    for round in 0..200 {
        let keyed = Arc::new(keyed(builder().bulkhead(Bulkhead::concurrent(1)), 1_000));
        let tasks = (0..4).map(|_| {
            let keyed = Arc::clone(&keyed);
            tokio::spawn(async move { keyed.get(&round) })
        });
        let mut pipelines = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            pipelines.push(task.await.expect("no panic"));
        }
        let mut inside = Box::pin(pipelines[0].call(pending::<Answer>));
        assert!(poll!(&mut inside).is_pending());
        for pipeline in &pipelines {
            assert!(!is_let_in(pipeline).await);
        }
    }
}

#[test]
fn policies_that_cannot_work_and_room_for_no_key_are_refused_at_once() {
    let sound = || builder().bulkhead(Bulkhead::concurrent(1));
    for capacity in [0, u32::MAX as usize, usize::MAX] {
        let error = Keyed::<u32>::new(sound(), capacity).unwrap_err();
        assert_eq!(error, PipelineError::InvalidCapacity { capacity });
    }
    assert!(Keyed::<u32>::new(sound(), u32::MAX as usize - 1).is_ok());
    let unsound = builder().timeout(ms(0));
    assert!(Keyed::<u32>::new(unsound, 1).is_err());
}
