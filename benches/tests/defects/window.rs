//! Which calls a breaker looks back at (F1, F2).

use greenroom_resilience::Verdict;
use greenroom_resilience::breaker::{Breaker, BreakerState, CircuitBreaker, Window};
use tower::{Layer as _, service_fn};
use tower_resilience::circuitbreaker::{CircuitBreakerLayer, CircuitState};

use crate::support::{Down, as_told, ask};

const HEALTHY: usize = 10_000;
const MOST: usize = 2 * HEALTHY;

/// Opens at half of the last 100 calls, if there are 10.
fn greenroom() -> CircuitBreaker {
    let settings = Breaker::rate(0.5).window(Window::calls(100)).min_calls(10);
    CircuitBreaker::new(settings, 1).expect("sound settings")
}

/// How many failures it takes to open it, after so many calls that went well.
fn failures_until_greenroom_opens(successes: usize) -> usize {
    let breaker = greenroom();
    let call = |verdict| {
        let admitted = breaker.try_acquire().expect("it is closed");
        breaker.record(admitted, verdict, None);
    };
    (0..successes).for_each(|_| call(Verdict::Success));
    let until_open = (1..=MOST).find(|_| {
        call(Verdict::Unknown);
        breaker.state() == BreakerState::Open
    });
    until_open.expect("it opens")
}

async fn failures_until_tower_resilience_opens(successes: usize) -> usize {
    let layer = CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(100)
        .minimum_number_of_calls(10)
        .build()
        .expect("sound settings");
    let mut breaker = layer.layer(service_fn(as_told));
    for _ in 0..successes {
        ask(&mut breaker, Ok(1)).await.expect("it is closed");
    }
    for failures in 1..=MOST {
        ask(&mut breaker, Err(Down)).await.expect_err("it failed");
        if breaker.state_sync() == CircuitState::Open {
            return failures;
        }
    }
    panic!("it never opens")
}

#[tokio::test]
async fn tower_resilience_counts_every_call_since_it_closed_as_its_window() {
    let failures = failures_until_tower_resilience_opens(HEALTHY).await;
    assert_eq!(failures, HEALTHY, "of a window of 100");
}

#[tokio::test(start_paused = true)]
async fn greenroom_counts_the_calls_of_its_window_however_many_were_before() {
    assert_eq!(failures_until_greenroom_opens(HEALTHY), 50);
    assert_eq!(failures_until_greenroom_opens(100), 50);
}

#[tokio::test]
async fn tower_resilience_looks_at_no_rate_before_its_window_is_full() {
    let failures = failures_until_tower_resilience_opens(0).await;
    assert_eq!(failures, 100, "where 10 calls are to be enough");
}

#[tokio::test(start_paused = true)]
async fn greenroom_looks_at_the_rate_from_its_minimum_of_calls() {
    assert_eq!(failures_until_greenroom_opens(0), 10);
}
