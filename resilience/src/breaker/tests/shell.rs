//! The breaker as callers share it.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::advance;

use super::*;
use crate::breaker::{BreakerState, CircuitBreaker, Control, Window};

fn breaker(settings: Breaker) -> CircuitBreaker {
    CircuitBreaker::new(settings, 1).expect("sound settings")
}

fn calls(breaker: &CircuitBreaker, verdict: Verdict, times: usize) {
    for _ in 0..times {
        let admitted = breaker.try_acquire().expect("it admits");
        breaker.record(admitted, verdict, None);
    }
}

#[tokio::test(start_paused = true)]
async fn it_opens_tries_and_closes_by_the_paused_clock() {
    let breaker = breaker(brittle());
    calls(&breaker, Verdict::Unknown, 2);
    advance(ms(400)).await;
    let rejection = breaker.try_acquire().expect_err("it is open");
    assert_eq!(rejection.retry_after, Some(ms(600)));
    advance(ms(600)).await;
    calls(&breaker, Verdict::Success, 2);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn slow_calls_are_measured() {
    let settings = Breaker::rate(1.0).slow(ms(100), 1.0).min_calls(2);
    let breaker = breaker(settings);
    for took in [101, 102] {
        let admitted = breaker.try_acquire().expect("it is closed");
        advance(ms(took)).await;
        breaker.record(admitted, Verdict::Success, None);
    }
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn calls_admitted_before_it_was_told_something_decide_nothing() {
    let breaker = breaker(brittle());
    let before = [breaker.try_acquire(), breaker.try_acquire()];
    breaker.set_control(Control::Automatic);
    for admitted in before {
        breaker.record(admitted.expect("it is closed"), Verdict::Unknown, None);
    }
    assert_eq!(breaker.state(), BreakerState::Closed);
    breaker.set_control(Control::ForceOpen);
    assert!(breaker.try_acquire().is_err());
    breaker.set_control(Control::Disable);
    calls(&breaker, Verdict::Unknown, 100);
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_100_000_callers_is_rejected_and_takes_no_place_of_the_trial() {
    let settings = Breaker::consecutive(1)
        .open_for(ms(1_000))
        .half_open(HalfOpen::Calls(3));
    let breaker = Arc::new(breaker(settings));
    let burst = || async {
        let mut callers = JoinSet::new();
        for _ in 0..100_000 {
            let breaker = Arc::clone(&breaker);
            callers.spawn(async move {
                let admitted = breaker.try_acquire();
                // All hold what they got at the same time.
                tokio::task::yield_now().await;
                admitted
            });
        }
        callers.join_all().await
    };
    calls(&breaker, Verdict::Unknown, 1);
    let rejected = |rejection: Rejection| (rejection.state, rejection.retry_after);
    let open = (BreakerState::Open, Some(ms(1_000)));
    let (admitted, refused): (Vec<_>, Vec<_>) = burst().await.into_iter().partition(Result::is_ok);
    assert_eq!((admitted.len(), refused.len()), (0, 100_000));
    assert!(
        refused
            .into_iter()
            .all(|caller| caller.map_err(rejected).err() == Some(open))
    );
    assert_eq!(Arc::strong_count(&breaker), 1);

    advance(ms(1_000)).await;
    let (trials, refused): (Vec<_>, Vec<_>) = burst().await.into_iter().partition(Result::is_ok);
    assert_eq!((trials.len(), refused.len()), (3, 99_997));
    for trial in trials.into_iter().flatten() {
        breaker.record(trial, Verdict::Success, None);
    }
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_at_once_are_all_counted_and_a_trial_admits_no_more() {
    let settings = Breaker::rate(1.0)
        .window(Window::calls(80_000))
        .min_calls(80_000)
        .half_open(HalfOpen::Calls(3))
        .open_for(Duration::from_nanos(1));
    let breaker = Arc::new(breaker(settings));
    let on_eight_tasks = |work: fn(&CircuitBreaker) -> usize| {
        let tasks = (0..8).map(|_| {
            let breaker = Arc::clone(&breaker);
            tokio::spawn(async move { work(&breaker) })
        });
        let tasks: Vec<_> = tasks.collect();
        async move {
            let mut sum = 0;
            for task in tasks {
                sum += task.await.expect("no panic");
            }
            sum
        }
    };
    on_eight_tasks(|breaker| {
        calls(breaker, Verdict::Unknown, 9_999);
        0
    })
    .await;
    assert_eq!(breaker.state(), BreakerState::Closed);
    calls(&breaker, Verdict::Unknown, 8);
    assert_eq!(breaker.state(), BreakerState::Open);
    let admitted = on_eight_tasks(|breaker| {
        let admitted: Vec<_> = (0..1_000)
            .filter_map(|_| breaker.try_acquire().ok())
            .collect();
        admitted.len()
    });
    assert_eq!(admitted.await, 3);
}
