//! One rule each.

use super::*;
use crate::backoff::{Backoff, BackoffError, Jitter};
use crate::breaker::{BreakerError, BreakerState, Change, Control, Counts, OnCancel, Window};

#[test]
fn a_window_of_calls_slides_however_many_succeeded_before() {
    let settings = Breaker::rate(0.5).window(Window::calls(100)).min_calls(100);
    let mut scene = Scene::new(settings);
    scene.succeed(1_000_000);
    scene.fail(49);
    assert_eq!(scene.machine.state(), BreakerState::Closed);
    scene.fail(1);
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn the_minimum_of_calls_is_enough_whatever_the_size_of_the_window() {
    let settings = Breaker::rate(0.5).window(Window::calls(100)).min_calls(5);
    let mut scene = Scene::new(settings);
    scene.fail(4);
    assert_eq!(scene.machine.state(), BreakerState::Closed);
    scene.fail(1);
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn a_call_admitted_while_closed_decides_nothing_in_a_later_trial() {
    for verdict in [Verdict::Success, Verdict::Unknown] {
        let mut scene = Scene::new(brittle());
        let slow = [scene.acquire(), scene.acquire()];
        scene.fail(2);
        scene.now += ms(1_000);
        let trial = scene.acquire().expect("it tries");
        for permit in slow {
            scene.record(permit.expect("it was closed"), verdict);
        }
        assert_eq!(scene.machine.state(), BreakerState::HalfOpen);
        scene.record(trial, Verdict::Success);
        scene.succeed(1);
        assert_eq!(scene.machine.state(), BreakerState::Closed);
    }
}

#[test]
fn a_trial_admits_no_call_more_than_it_is_to() {
    let mut scene = Scene::new(brittle());
    scene.fail(2);
    scene.now += ms(1_000);
    let admitted: Vec<_> = (0..100_000).filter_map(|_| scene.acquire().ok()).collect();
    assert_eq!(admitted.len(), 2);
}

#[test]
fn a_trial_whose_calls_never_end_is_over_at_its_limit() {
    let mut scene = Scene::new(brittle().half_open_limit(ms(300)));
    scene.fail(2);
    scene.now += ms(1_000);
    let hanging = [scene.acquire(), scene.acquire()];
    assert!(hanging.iter().all(Result::is_ok));
    scene.now += ms(299);
    assert_eq!(
        scene.acquire().map_err(|r| r.state),
        Err(BreakerState::HalfOpen)
    );
    scene.now += ms(1);
    let rejection = scene.acquire().expect_err("it opened again");
    assert_eq!(rejection.state, BreakerState::Open);
    assert_eq!(rejection.retry_after, Some(ms(1_000)));
}

#[test]
fn one_failure_in_a_trial_opens_nothing_that_its_rate_allows() {
    let settings = Breaker::rate(0.5)
        .min_calls(1)
        .open_for(ms(1_000))
        .half_open(HalfOpen::Calls(4));
    let mut scene = Scene::new(settings);
    scene.fail(1);
    scene.now += ms(1_000);
    scene.fail(1);
    scene.succeed(3);
    assert_eq!(scene.machine.state(), BreakerState::Closed);
}

#[test]
fn slow_calls_open_it_however_they_end() {
    let settings = Breaker::rate(1.0).slow(ms(100), 0.5).min_calls(4);
    let mut scene = Scene::new(settings);
    for took in [100, 101, 0, 5_000] {
        assert_eq!(scene.machine.state(), BreakerState::Closed);
        let permit = scene.acquire().expect("it is closed");
        let ended = Ended {
            verdict: Verdict::Success,
            took: ms(took),
            retry_after: None,
        };
        scene
            .machine
            .record(permit, ended, scene.now, &mut scene.rng);
    }
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn what_is_ignored_neither_counts_nor_keeps_a_place() {
    let mut scene = Scene::new(brittle());
    scene.calls([Verdict::Unknown, Verdict::Ignored, Verdict::Unknown]);
    assert_eq!(scene.machine.state(), BreakerState::Open);
    scene.now += ms(1_000);
    scene.calls([Verdict::Ignored; 10]);
    scene.succeed(2);
    assert_eq!(scene.machine.state(), BreakerState::Closed);
}

#[test]
fn a_dropped_call_counts_as_the_settings_say() {
    let states = [OnCancel::Ignore, OnCancel::Success, OnCancel::Failure].map(|on_cancel| {
        let mut scene = Scene::new(brittle().on_cancel(on_cancel));
        for _ in 0..2 {
            let permit = scene.acquire().expect("it is closed");
            scene
                .machine
                .cancel(permit, ms(0), scene.now, &mut scene.rng);
        }
        scene.fail(usize::from(scene.machine.state() == BreakerState::Closed));
        scene.machine.state()
    });
    let (closed, open) = (BreakerState::Closed, BreakerState::Open);
    assert_eq!(states, [closed, closed, open]);
}

#[test]
fn a_dropped_trial_call_gives_its_place_back() {
    let mut scene = Scene::new(brittle());
    scene.fail(2);
    scene.now += ms(1_000);
    for _ in 0..10 {
        let permit = scene.acquire().expect("there is a place");
        scene
            .machine
            .cancel(permit, ms(0), scene.now, &mut scene.rng);
    }
}

#[test]
fn open_times_grow_while_it_stays_bad_and_begin_anew_once_it_was_well() {
    let backoff = Backoff::exponential(ms(100)..=ms(400)).jitter(Jitter::None);
    let settings = brittle()
        .open_backoff(backoff)
        .half_open(HalfOpen::Calls(1));
    let mut scene = Scene::new(settings);
    scene.fail(2);
    let open_for = |scene: &mut Scene| {
        let after = scene.acquire().expect_err("it is open").retry_after;
        scene.now += after.expect("it is known");
        after.expect("it is known").as_millis()
    };
    let mut times = vec![open_for(&mut scene)];
    for _ in 0..3 {
        scene.fail(1);
        times.push(open_for(&mut scene));
    }
    scene.succeed(1);
    scene.fail(2);
    times.push(open_for(&mut scene));
    assert_eq!(times, [100, 200, 400, 400, 100]);
}

#[test]
fn a_server_that_asks_for_more_time_gets_it_up_to_the_most() {
    let after = |asked: Duration| {
        let mut scene = Scene::new(brittle().retry_after_max(ms(5_000)));
        for _ in 0..2 {
            let permit = scene.acquire().expect("it is closed");
            let ended = Ended {
                verdict: Verdict::Refused,
                took: ms(0),
                retry_after: Some(asked),
            };
            scene
                .machine
                .record(permit, ended, scene.now, &mut scene.rng);
        }
        scene.acquire().expect_err("it is open").retry_after
    };
    assert_eq!(after(ms(10)), Some(ms(1_000)));
    assert_eq!(after(ms(3_000)), Some(ms(3_000)));
    assert_eq!(after(Duration::MAX), Some(ms(5_000)));
}

#[test]
fn a_ramp_admits_more_and_more_and_closes_at_its_end() {
    let settings = brittle().half_open(HalfOpen::Ramp(ms(100)));
    let mut scene = Scene::new(settings);
    scene.fail(2);
    scene.now += ms(1_000);
    let mut shares = Vec::new();
    while shares.is_empty() || scene.machine.state() == BreakerState::HalfOpen {
        let mut permits: Vec<_> = (0..10_000).filter_map(|_| scene.acquire().ok()).collect();
        shares.push(permits.len());
        scene.now += ms(100);
        // The last one ends the step.
        let last = permits.pop().expect("at least one is admitted");
        scene.now -= ms(1);
        permits
            .into_iter()
            .for_each(|permit| scene.record(permit, Verdict::Success));
        scene.now += ms(1);
        scene.record(last, Verdict::Success);
    }
    assert_eq!(shares.len(), 6);
    for (share, expected) in shares
        .into_iter()
        .zip([10.0, 100.0, 500.0, 1e3, 2.5e3, 5e3])
    {
        let off = (share as f64 - expected).abs();
        assert!(
            off < 5.0 * f64::sqrt(expected),
            "{share} of about {expected}"
        );
    }
    assert_eq!(scene.machine.state(), BreakerState::Closed);
}

#[test]
fn a_failure_at_any_step_of_a_ramp_opens_it_again() {
    let mut scene = Scene::new(brittle().half_open(HalfOpen::Ramp(ms(100))));
    scene.fail(2);
    scene.now += ms(1_000);
    scene.fail(1);
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn it_does_as_it_is_told_whatever_its_calls_say() {
    let mut scene = Scene::new(brittle());
    scene.machine.set_control(Control::ForceOpen);
    scene.now += ms(1_000_000);
    let rejection = scene.acquire().expect_err("it is forced open");
    assert_eq!(rejection.state, BreakerState::ForcedOpen);
    assert_eq!(rejection.retry_after, None);
    scene.machine.set_control(Control::Disable);
    scene.fail(100);
    assert_eq!(scene.machine.counts(scene.now), Counts::default());
    scene.machine.set_control(Control::MetricsOnly);
    scene.fail(100);
    let (calls, failed, slow) = (100, 100, 0);
    let expected = Counts {
        calls,
        failed,
        slow,
    };
    assert_eq!(scene.machine.counts(scene.now), expected);
    assert_eq!(scene.machine.state(), BreakerState::MetricsOnly);
    scene.machine.set_control(Control::Automatic);
    assert_eq!(
        scene.machine.counts(scene.now),
        Counts::default(),
        "it begins anew"
    );
    assert_eq!(scene.machine.state(), BreakerState::Closed);
}

#[test]
fn changes_are_told_once_with_the_open_time() {
    let mut scene = Scene::new(brittle());
    scene.fail(2);
    let opened = Change {
        from: BreakerState::Closed,
        to: BreakerState::Open,
        open_for: Some(ms(1_000)),
    };
    assert_eq!(scene.machine.take_change(), Some(opened));
    assert_eq!(scene.machine.take_change(), None);
}

#[test]
fn a_clock_that_goes_back_or_jumps_breaks_nothing() {
    let mut scene = Scene::new(brittle());
    scene.now = ms(10_000);
    scene.fail(2);
    scene.now = ms(0);
    assert_eq!(
        scene.acquire().expect_err("open").retry_after,
        Some(ms(1_000))
    );
    scene.now = Duration::MAX;
    scene.fail(2);
    assert!(scene.acquire().is_ok(), "its end is the end of time");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let error = |settings: Breaker| settings.check().expect_err("it can't work");
    for rate in [0.0, -0.1, 1.1, f64::INFINITY] {
        let what = "failure rate";
        assert_eq!(
            error(Breaker::rate(rate)),
            BreakerError::InvalidRate { what, rate }
        );
    }
    assert!(Breaker::rate(f64::NAN).check().is_err());
    let base = || Breaker::rate(0.5);
    assert_eq!(error(Breaker::consecutive(0)), BreakerError::NoFailures);
    assert_eq!(error(base().slow(ms(0), 0.5)), BreakerError::AllSlow);
    assert!(matches!(
        error(base().slow(ms(1), 2.0)),
        BreakerError::InvalidRate { .. }
    ));
    assert_eq!(error(base().min_calls(0)), BreakerError::NoMinCalls);
    assert_eq!(error(base().open_for(ms(0))), BreakerError::NeverOpen);
    let inverted = Backoff::exponential(ms(2)..=ms(1));
    let (min, max) = (ms(2), ms(1));
    let expected = BreakerError::Open(BackoffError::InvertedRange { min, max });
    assert_eq!(error(base().open_backoff(inverted)), expected);
    assert_eq!(
        error(base().half_open(HalfOpen::Calls(0))),
        BreakerError::NoTrial
    );
    assert_eq!(
        error(base().half_open(HalfOpen::Ramp(ms(0)))),
        BreakerError::NoTrial
    );
    assert_eq!(
        error(base().half_open_limit(ms(0))),
        BreakerError::NoTrialTime
    );
    for window in [Window::calls(0), Window::time(ms(0))] {
        assert_eq!(error(base().window(window)), BreakerError::EmptyWindow);
    }
    let calls = u32::MAX;
    let expected = BreakerError::WindowTooLarge { calls };
    assert_eq!(error(base().window(Window::calls(calls))), expected);
    let (min_calls, window) = (20, 10);
    let expected = BreakerError::MinCallsOverWindow { min_calls, window };
    assert_eq!(error(base().window(Window::calls(window))), expected);
}
