//! What calls allocate, in a program whose allocator counts.

use std::time::Duration;

use allocation_counter::measure;
use futures::FutureExt as _;
use greenroom_resilience::pipeline::{CallError, Pipeline};
use greenroom_resilience::rate_limit::Keyed;
use greenroom_resilience::{Breaker, Bulkhead, RateLimit, Retry};

const CALLS: u32 = 1_000;

fn five_policies() -> Pipeline {
    Pipeline::builder("five")
        .timeout(Duration::from_secs(5))
        .retry(Retry::exponential(
            Duration::from_millis(50)..=Duration::from_secs(1),
        ))
        .circuit_breaker(Breaker::consecutive(2).open_for(Duration::from_secs(60)))
        .bulkhead(Bulkhead::concurrent(64))
        .rate_limit(RateLimit::per_second(1_000_000))
        .idempotent()
        .build()
        .expect("policies that can work together")
}

#[tokio::test(start_paused = true)]
async fn calls_through_five_policies_allocate_nothing() {
    let pipeline = five_policies();
    let calls = || {
        for value in 0..CALLS {
            let call = pipeline.call(|| async { Ok::<_, &str>(value) });
            assert_eq!(call.now_or_never(), Some(Ok(value)));
        }
    };
    calls();
    assert_eq!(measure(calls).count_total, 0);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_while_they_wait_allocate_nothing() {
    let pipeline = five_policies();
    let calls = || {
        for _ in 0..CALLS {
            let call = pipeline.call(std::future::pending::<Result<u32, &str>>);
            assert_eq!(call.now_or_never(), None);
        }
    };
    calls();
    assert_eq!(measure(calls).count_total, 0);
}

#[tokio::test(start_paused = true)]
async fn calls_that_an_open_breaker_rejects_allocate_nothing() {
    let pipeline = five_policies();
    let failed = pipeline.call(|| async { Err::<u32, _>("down") }).await;
    failed.expect_err("the service is down");
    let calls = || {
        for value in 0..CALLS {
            let call = pipeline.call(|| async { Ok::<_, &str>(value) });
            let rejected = call.now_or_never().expect("it waits for nothing");
            assert!(matches!(rejected, Err(CallError::Rejected(_))));
        }
    };
    calls();
    assert_eq!(measure(calls).count_total, 0);
}

#[test]
fn a_million_keys_take_the_memory_of_as_many_as_there_is_room_for() {
    let room = 1_000;
    let limit = RateLimit::per_second(5);
    let most_memory = |keys: u64| {
        let allocated = measure(|| {
            let mut keyed = Keyed::with_capacity(&limit, room).expect("a sound limit");
            for key in 0..keys {
                assert!(keyed.try_acquire(&key, 5, Duration::ZERO).is_ok());
            }
        });
        allocated.bytes_max
    };
    // Twice as much where the table that holds them is laid out anew.
    assert!(most_memory(1_000_000) <= 2 * most_memory(room as u64));
}
