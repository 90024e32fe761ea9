//! Other settings while it works: what it keeps.

use tokio::time::advance;

use super::*;
use crate::breaker::{BreakerState, CircuitBreaker, Window};

impl Scene {
    fn reconfigure(&mut self, settings: Breaker) {
        self.machine.reconfigure(settings, self.now);
    }
}

#[test]
fn it_stays_open_as_long_as_it_was_told() {
    let mut scene = Scene::new(brittle());
    scene.fail(2);
    scene.now = ms(400);
    scene.reconfigure(Breaker::rate(0.5).open_for(ms(9)));
    let rejection = scene.acquire().expect_err("it is open");
    assert_eq!(rejection.retry_after, Some(ms(600)));
    scene.now = ms(1_000);
    let _trial = scene.acquire().expect("it tries");
    assert_eq!(scene.machine.state(), BreakerState::HalfOpen);
}

#[test]
fn a_trial_goes_on_with_the_calls_it_began_with() {
    let mut scene = Scene::new(brittle());
    scene.fail(2);
    scene.now = ms(1_000);
    let first = scene.acquire().expect("it tries");
    scene.reconfigure(brittle().half_open(HalfOpen::Calls(50)));
    scene.record(first, Verdict::Success);
    scene.succeed(1);
    assert_eq!(scene.machine.state(), BreakerState::Closed);
}

#[test]
fn what_was_counted_counts_by_the_new_settings_when_the_next_call_ends() {
    let mut scene = Scene::new(Breaker::rate(0.9).min_calls(4));
    scene.calls([Verdict::Unknown, Verdict::Success, Verdict::Unknown]);
    let permit = scene.acquire().expect("it is closed");
    scene.reconfigure(Breaker::rate(0.5).min_calls(4));
    assert_eq!(scene.machine.state(), BreakerState::Closed);
    scene.record(permit, Verdict::Success);
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn failures_in_a_row_go_on_being_counted() {
    let mut scene = Scene::new(Breaker::consecutive(5));
    scene.fail(2);
    scene.reconfigure(Breaker::consecutive(3));
    scene.fail(1);
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn openings_in_a_row_go_on_being_counted() {
    let growing = |limit| {
        let range = ms(100)..=ms(10_000);
        let backoff = crate::Backoff::exponential(range).jitter(crate::Jitter::None);
        Breaker::consecutive(limit).open_backoff(backoff)
    };
    let mut scene = Scene::new(growing(2));
    scene.fail(2);
    scene.now = ms(100);
    scene.reconfigure(growing(1));
    scene.fail(1);
    let rejection = scene.acquire().expect_err("it opened again");
    assert_eq!(rejection.retry_after, Some(ms(200)));
}

#[test]
fn a_window_of_the_other_kind_begins_empty() {
    let mut scene = Scene::new(Breaker::rate(0.5));
    scene.fail(3);
    scene.reconfigure(Breaker::rate(0.5).window(Window::calls(50)));
    assert_eq!(scene.machine.counts(scene.now).calls, 0);
    scene.fail(3);
    scene.reconfigure(Breaker::rate(0.5));
    assert_eq!(scene.machine.counts(scene.now).calls, 0);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_needs_the_time_from_now_on_reads_it() {
    let by_calls = Breaker::rate(1.0).window(Window::calls(10)).min_calls(1);
    let breaker = CircuitBreaker::new(by_calls.clone(), 1).expect("sound settings");
    let before = breaker.try_acquire().expect("it is closed");
    let slow = by_calls.slow(ms(100), 1.0);
    breaker.reconfigure(slow).expect("sound settings");
    advance(ms(500)).await;
    breaker.record(before, Verdict::Success, None);
    assert_eq!(
        breaker.state(),
        BreakerState::Closed,
        "nobody looked when it began"
    );
    breaker
        .reconfigure(Breaker::rate(1.0).slow(ms(100), 0.5).min_calls(1))
        .expect("sound");
    let after = breaker.try_acquire().expect("it is closed");
    advance(ms(500)).await;
    breaker.record(after, Verdict::Success, None);
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn bad_settings_change_nothing() {
    let breaker = CircuitBreaker::new(brittle(), 1).expect("sound settings");
    let before = format!("{breaker:?}");
    breaker
        .reconfigure(Breaker::rate(0.0))
        .expect_err("no rate");
    assert_eq!(format!("{breaker:?}"), before);
}
