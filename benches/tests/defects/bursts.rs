//! Failures that come all at once (F8).

use std::time::Duration;

use failsafe::{CircuitBreaker as _, backoff, failure_policy};
use greenroom_resilience::breaker::{BreakerState, CircuitBreaker, Window};
use greenroom_resilience::{Breaker, Verdict};
use tokio::time::advance;

use crate::support::Down;

const WINDOW: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
/// A window of calls that go well, before the failures.
const HEALTHY: usize = 101;
/// So many fail in one millisecond: more than nine in ten of all calls of the window.
const BURST: usize = 1_000;

#[test]
fn failsafe_stays_closed_while_a_burst_fails() {
    failsafe::clock::freeze(|clock| {
        let backoff = backoff::constant(Duration::from_secs(5));
        let policy = failure_policy::success_rate_over_time_window(0.5, 10, WINDOW, backoff);
        let breaker = failsafe::Config::new().failure_policy(policy).build();
        for _ in 0..HEALTHY {
            clock.advance(PAUSE);
            breaker.call(|| Ok::<_, Down>(1)).expect("it is closed");
        }
        clock.advance(PAUSE);
        for _ in 0..BURST {
            assert!(breaker.call(|| Err::<u32, _>(Down)).is_err());
        }
        assert!(breaker.is_call_permitted(), "after a thousand failures");
    });
}

#[tokio::test(start_paused = true)]
async fn greenroom_opens_within_a_burst_that_fails() {
    let settings = Breaker::rate(0.5)
        .window(Window::time(WINDOW))
        .min_calls(10);
    let breaker = CircuitBreaker::new(settings, 1).expect("sound settings");
    for _ in 0..HEALTHY {
        advance(PAUSE).await;
        let admitted = breaker.try_acquire().expect("it is closed");
        breaker.record(admitted, Verdict::Success, None);
    }
    advance(PAUSE).await;
    let failed = (0..BURST).take_while(|_| {
        let admitted = breaker.try_acquire();
        admitted
            .map(|admitted| breaker.record(admitted, Verdict::Unknown, None))
            .is_ok()
    });
    assert!(
        failed.count() <= HEALTHY,
        "as many as went well in the window"
    );
    assert_eq!(breaker.state(), BreakerState::Open);
}
