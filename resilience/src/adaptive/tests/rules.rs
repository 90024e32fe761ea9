//! What moves the limit, and what doesn't.

use std::collections::VecDeque;

use proptest::prelude::*;
use tokio::time::advance;

use super::*;

/// A machine with the calls that are under way, the oldest first.
struct Scene {
    machine: Machine,
    calls: VecDeque<Permit>,
    now: Duration,
}

impl Scene {
    fn new(settings: AdaptiveLimit) -> Self {
        assert_eq!(settings.check(), Ok(()));
        Self {
            machine: Machine::new(settings),
            calls: VecDeque::new(),
            now: ms(0),
        }
    }

    /// As many calls as the limit allows.
    fn fill(&mut self) {
        while let Ok(permit) = self.machine.try_acquire(self.now) {
            self.calls.push_back(permit);
        }
        assert_eq!(self.calls.len(), self.machine.limit());
    }

    fn end(&mut self, verdict: Verdict) {
        let permit = self.calls.pop_front().expect("a call is under way");
        self.machine.record(permit, verdict, self.now);
    }

    fn end_all(&mut self, verdict: Verdict) {
        while !self.calls.is_empty() {
            self.end(verdict);
        }
    }

    /// As many calls as the limit allows, which take so long, and end one after the other through
    /// the whole of a window.
    fn round(&mut self, took: u64, verdict: Verdict) -> usize {
        self.fill();
        self.now += ms(took);
        let all = self.calls.len();
        for _ in 0..all / 2 {
            self.end(verdict);
        }
        self.now += ms(100);
        self.end_all(verdict);
        self.machine.limit()
    }
}

fn aimd() -> AdaptiveLimit {
    AdaptiveLimit::aimd()
}

fn all() -> [AdaptiveLimit; 3] {
    let [vegas, gradient2] = [AdaptiveLimit::vegas(), AdaptiveLimit::gradient2()];
    [aimd(), vegas, gradient2]
}

#[test]
fn no_more_calls_run_than_the_limit_allows() {
    let mut scene = Scene::new(aimd().initial(7));
    scene.fill();
    assert_eq!(scene.machine.in_flight(), 7);
    let rejected = scene.machine.try_acquire(ms(0));
    assert_eq!(rejected, Err(AtLimit { limit: 7 }));
    let permit = scene.calls.pop_front().expect("seven run");
    scene.machine.cancel(permit);
    assert!(scene.machine.try_acquire(ms(0)).is_ok());
}

#[test]
fn a_window_that_went_well_raises_the_limit() {
    let mut scene = Scene::new(aimd());
    assert_eq!(
        [0; 3].map(|_| scene.round(10, Verdict::Success)),
        [21, 22, 23]
    );
}

#[test]
fn a_window_of_slow_calls_lowers_the_limit_of_aimd() {
    let mut scene = Scene::new(aimd().slow(ms(100)));
    assert_eq!(scene.round(200, Verdict::Success), 18);
}

#[test]
fn calls_that_were_dropped_or_say_nothing_do_not_count() {
    for limit in all() {
        let mut scene = Scene::new(limit);
        for _ in 0..100 {
            scene.fill();
            scene.now += ms(60_000);
            for permit in scene.calls.drain(..10) {
                scene.machine.cancel(permit);
            }
            scene.end_all(Verdict::Ignored);
        }
        assert_eq!(scene.machine.limit(), 20, "{limit:?}");
        assert_eq!(scene.machine.in_flight(), 0);
    }
}

#[test]
fn calls_that_fail_together_lower_the_limit_once() {
    for limit in all() {
        let mut scene = Scene::new(limit.initial(100));
        scene.fill();
        for _ in 0..10 {
            scene.now += ms(100);
            (0..10).for_each(|_| scene.end(Verdict::Unknown));
        }
        assert_eq!(scene.machine.limit(), 90, "{limit:?}");
        assert_eq!(scene.round(10, Verdict::Refused), 81, "others fail too");
    }
}

#[test]
fn errors_that_there_always_are_do_not_lower_the_limit() {
    let mut scene = Scene::new(aimd().initial(40));
    for _ in 0..20 {
        scene.fill();
        scene.end(Verdict::Unknown);
        scene.now += ms(100);
        scene.end_all(Verdict::Success);
    }
    assert_eq!(scene.machine.limit(), 60);
}

#[test]
fn callers_that_hold_back_do_not_raise_the_limit() {
    let mut scene = Scene::new(aimd().initial(40));
    for calls in [19, 20] {
        for _ in 0..calls {
            scene
                .calls
                .push_back(scene.machine.try_acquire(scene.now).expect("below"));
        }
        scene.end(Verdict::Success);
        scene.now += ms(100);
        scene.end_all(Verdict::Success);
        let expected = if calls < 20 { 40 } else { 41 };
        assert_eq!(scene.machine.limit(), expected, "{calls} at once");
    }
}

#[test]
fn vegas_and_gradient_look_at_times_how_long_calls_take_without_a_queue() {
    for limit in [AdaptiveLimit::vegas(), AdaptiveLimit::gradient2()] {
        let mut scene = Scene::new(limit);
        // Calls that all take 10 ms, for more than 50 windows and less than 100.
        let limits = (0..800).map(|_| {
            scene.fill();
            scene.now += ms(10);
            scene.end_all(Verdict::Success);
            scene.machine.limit()
        });
        let limits: Vec<_> = limits.collect();
        let halved = |pair: &[usize]| pair[1] * 2 <= pair[0] + 1;
        let probes = limits.windows(2).filter(|pair| halved(pair)).count();
        assert_eq!(probes, 1, "{limit:?}: {limits:?}");
        assert!(
            limits.last() >= limits[..500].iter().max(),
            "it comes back: {limits:?}"
        );
    }
}

#[test]
fn a_full_queue_further_on_lowers_the_limit_once_in_a_window() {
    let mut scene = Scene::new(aimd().initial(100));
    let mut observe = |fill, at| {
        scene.machine.observe(fill, ms(at));
        scene.machine.limit()
    };
    for (fill, at, expected) in [
        (0.79, 0, 100),
        (f64::NAN, 0, 100),
        (0.8, 0, 90),
        (1.0, 99, 90),
        (1.0, 100, 81),
    ] {
        assert_eq!(observe(fill, at), expected, "{fill} at {at}");
    }
    for window in 2..100 {
        observe(f64::INFINITY, window * 100);
    }
    assert_eq!(observe(0.0, 10_000), 4, "not below the least");
}

#[test]
fn a_clock_that_stands_still_or_goes_back_moves_nothing() {
    for limit in all() {
        let mut scene = Scene::new(limit);
        scene.now = ms(1_000);
        scene.fill();
        scene.now = ms(0);
        for _ in 0..100 {
            scene.end_all(Verdict::Unknown);
            scene.fill();
        }
        assert_eq!(scene.machine.limit(), 20, "no window ends");
        scene.now = Duration::MAX;
        scene.end_all(Verdict::Success);
    }
}

#[test]
fn calls_that_take_no_time_are_the_quickest() {
    for limit in all() {
        let mut scene = Scene::new(limit.between(1..=usize::MAX));
        for _ in 0..20 {
            let before = scene.machine.limit();
            for _ in 0..2 {
                scene.fill();
                scene.end_all(Verdict::Success);
                scene.now += ms(100);
            }
            let after = scene.machine.limit();
            assert!(
                after >= before && after < 2 * before + 20,
                "{limit:?}: {before} {after}"
            );
        }
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let error = |limit: AdaptiveLimit| limit.check().expect_err("it can't work");
    assert_eq!(error(aimd().between(0..=9)), AdaptiveError::ZeroMin);
    let empty = std::ops::RangeInclusive::new(9, 8);
    let expected = AdaptiveError::EmptyRange { min: 9, max: 8 };
    assert_eq!(error(aimd().between(empty)), expected);
    let (initial, min, max) = (20, 30, 40);
    let expected = AdaptiveError::InitialOutOfBounds { initial, min, max };
    assert_eq!(error(aimd().between(30..=40)), expected);
    assert_eq!(error(aimd().window(ms(0))), AdaptiveError::EmptyWindow);
    for rate in [0.0, -1.0, 1.1] {
        let expected = AdaptiveError::InvalidRate { rate };
        assert_eq!(error(aimd().failure_rate(rate)), expected);
    }
    assert!(aimd().failure_rate(f64::NAN).check().is_err());
    assert_eq!(error(aimd().slow(ms(0))), AdaptiveError::AllSlow);
    assert_eq!(
        error(AdaptiveLimit::vegas().slow(ms(9))),
        AdaptiveError::UnusedSlow
    );
    assert!(AdaptiveLimiter::new(aimd().between(0..=9)).is_err());
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_call_is_from_its_permit_to_its_end() {
    let limiter = AdaptiveLimiter::new(aimd().slow(ms(150))).expect("sound settings");
    let permits: Vec<_> = (0..20).map_while(|_| limiter.try_acquire().ok()).collect();
    assert_eq!(limiter.in_flight(), 20);
    for (call, permit) in permits.into_iter().enumerate() {
        if call == 0 || call == 1 {
            advance(ms(100)).await;
        }
        limiter.record(permit, Verdict::Success);
    }
    assert_eq!((limiter.limit(), limiter.in_flight()), (18, 0));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Acquire,
    Record(usize, Verdict),
    Cancel(usize),
    Observe(f64),
    Wait(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let verdict = prop_oneof![
        3 => Just(Verdict::Success),
        1 => Just(Verdict::Unknown),
        1 => Just(Verdict::Ignored),
    ];
    let record = (0..50_usize, verdict);
    prop_oneof![
        8 => Just(Step::Acquire),
        8 => record.prop_map(|(which, verdict)| Step::Record(which, verdict)),
        1 => (0..50_usize).prop_map(Step::Cancel),
        1 => (0.0..1.0).prop_map(Step::Observe),
        4 => (0..9_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn random_runs_keep_the_rules(
        which in 0..3_usize,
        initial in 4..40_usize,
        steps in prop::collection::vec(any_step(), 0..400),
    ) {
        let settings = all()[which].between(4..=40).initial(initial).window(ms(5));
        let mut machine = Machine::new(settings);
        // Of each call, how often the limit was seen to fall before it began.
        let (mut calls, mut falls) = (Vec::new(), 0);
        let mut now = ms(0);
        for step in steps {
            let before = machine.limit();
            let mut may_move = true;
            match step {
                Step::Acquire => {
                    let permit = machine.try_acquire(now);
                    prop_assert_eq!(permit.is_ok(), calls.len() < before);
                    calls.extend(permit.map(|permit| (permit, falls)));
                    may_move = false;
                }
                Step::Record(which, verdict) if !calls.is_empty() => {
                    let (permit, begun) = calls.swap_remove(which % calls.len());
                    machine.record(permit, verdict, now);
                    may_move = begun == falls && verdict != Verdict::Ignored;
                }
                Step::Cancel(which) if !calls.is_empty() => {
                    machine.cancel(calls.swap_remove(which % calls.len()).0);
                    may_move = false;
                }
                Step::Observe(fill) => machine.observe(fill, now),
                Step::Wait(millis) => now += ms(millis),
                Step::Record(..) | Step::Cancel(_) => {}
            }
            let after = machine.limit();
            prop_assert!(may_move || after == before, "{:?}: {} {}", step, before, after);
            falls += u32::from(after < before);
            prop_assert!((4..=40).contains(&after));
            prop_assert_eq!(machine.in_flight(), calls.len());
        }
    }
}
