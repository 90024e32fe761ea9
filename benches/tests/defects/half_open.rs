//! How many calls try whether the service works again, and what that allocates (F8).

use std::time::Duration;

use allocation_counter::measure;
use failsafe::{CircuitBreaker as _, backoff, failure_policy};
use futures::FutureExt as _;
use greenroom_resilience::breaker::{CircuitBreaker, HalfOpen};
use greenroom_resilience::{Breaker, Verdict};
use recloser::{AsyncRecloser, Recloser};
use tokio::time::advance;

use crate::support::{Down, as_told, next_instant, waits};

const CROWD: usize = 1_000;

fn recloser() -> Recloser {
    Recloser::custom()
        .error_rate(0.5)
        .closed_len(1)
        .half_open_len(1)
        .open_wait(Duration::ZERO)
        .build()
}

#[test]
fn recloser_admits_everyone_while_it_tries_one_call() {
    let breaker = AsyncRecloser::from(recloser());
    for _ in 0..2 {
        let failed = breaker.call(as_told(Err(Down))).now_or_never();
        failed.expect("it is ready").expect_err("it failed");
    }
    next_instant();
    let never = || breaker.call(std::future::pending::<Result<u32, Down>>());
    let mut trials: Vec<_> = (0..CROWD).map(|_| Box::pin(never())).collect();
    let admitted = trials.iter_mut().map(waits).filter(|&waits| waits);
    assert_eq!(admitted.count(), CROWD);
}

#[test]
fn failsafe_admits_everyone_while_it_tries() {
    failsafe::clock::freeze(|clock| {
        let backoff = backoff::constant(Duration::from_secs(5));
        let policy = failure_policy::consecutive_failures(1, backoff);
        let breaker = failsafe::Config::new().failure_policy(policy).build();
        assert!(breaker.call(|| Err::<u32, _>(Down)).is_err());
        clock.advance(Duration::from_secs(6));
        let admitted = (0..CROWD).filter(|_| breaker.is_call_permitted()).count();
        assert_eq!(admitted, CROWD);
    });
}

#[tokio::test(start_paused = true)]
async fn greenroom_admits_as_many_as_it_tries_and_no_one_else() {
    let breaker = greenroom(1);
    fail(&breaker);
    advance(Duration::from_secs(6)).await;
    let admitted: Vec<_> = (0..CROWD).map(|_| breaker.try_acquire()).collect();
    assert_eq!(
        admitted.iter().filter(|admitted| admitted.is_ok()).count(),
        1
    );
    for admitted in admitted.into_iter().flatten() {
        breaker.cancel(admitted);
    }
}

#[test]
fn recloser_allocates_each_time_it_changes_its_state() {
    let breaker = recloser();
    let rounds = 100;
    let allocated = measure(|| {
        for _ in 0..rounds {
            // Full, over the rate, open; then tried, full, well, closed.
            for _ in 0..2 {
                assert!(breaker.call(|| Err::<u32, _>(Down)).is_err());
            }
            next_instant();
            for _ in 0..2 {
                assert!(breaker.call(|| Ok::<_, Down>(1)).is_ok());
            }
        }
    });
    // Three states, and the ring of two of them.
    assert!(allocated.count_total >= 5 * rounds, "{allocated:?}");
}

#[tokio::test(start_paused = true)]
async fn greenroom_allocates_nothing_when_it_changes_its_state() {
    let breaker = greenroom(1);
    for _ in 0..100 {
        let opens = measure(|| fail(&breaker));
        advance(Duration::from_secs(6)).await;
        let closes = measure(|| {
            let trial = breaker.try_acquire().expect("it tries");
            breaker.record(trial, Verdict::Success, None);
        });
        assert_eq!((opens.count_total, closes.count_total), (0, 0));
    }
}

fn greenroom(trials: u32) -> CircuitBreaker {
    let settings = Breaker::consecutive(1)
        .open_for(Duration::from_secs(5))
        .half_open(HalfOpen::Calls(trials));
    CircuitBreaker::new(settings, 1).expect("sound settings")
}

fn fail(breaker: &CircuitBreaker) {
    let admitted = breaker.try_acquire().expect("it is closed");
    breaker.record(admitted, Verdict::Unknown, None);
}
