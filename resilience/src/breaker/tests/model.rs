//! Every short run, and many long ones, against a model that keeps lists.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::breaker::{BreakerState, Window};

/// What the settings of the runs are: a rate over a window of calls.
#[derive(Debug, Clone, Copy)]
struct Shape {
    rate: f64,
    window: u32,
    min_calls: u32,
    trials: u32,
}

impl Shape {
    fn settings(self) -> Breaker {
        Breaker::rate(self.rate)
            .window(Window::calls(self.window))
            .min_calls(self.min_calls)
            .open_for(ms(10))
            .half_open(HalfOpen::Calls(self.trials))
            .half_open_limit(ms(25))
    }
}

/// A breaker by the book: which state, since when, and all that was ever recorded in it.
#[derive(Debug, Clone)]
struct Model {
    shape: Shape,
    epoch: u32,
    phase: Phase,
}

#[derive(Debug, Clone)]
enum Phase {
    Closed {
        failed: Vec<bool>,
    },
    Open {
        until: Duration,
    },
    HalfOpen {
        since: Duration,
        admitted: u32,
        failed: Vec<bool>,
    },
}

impl Model {
    fn enter(&mut self, phase: Phase) {
        self.epoch += 1;
        self.phase = phase;
    }

    fn open(&mut self, now: Duration) {
        self.enter(Phase::Open {
            until: now + ms(10),
        });
    }

    fn acquire(&mut self, now: Duration) -> Option<u32> {
        if let Phase::HalfOpen {
            since, admitted, ..
        } = self.phase
            && admitted == self.shape.trials
            && now >= since + ms(25)
        {
            self.open(now);
        }
        if let Phase::Open { until } = self.phase
            && now >= until
        {
            let (since, admitted, failed) = (now, 0, Vec::new());
            self.enter(Phase::HalfOpen {
                since,
                admitted,
                failed,
            });
        }
        match &mut self.phase {
            Phase::Closed { .. } => Some(self.epoch),
            Phase::Open { .. } => None,
            Phase::HalfOpen { admitted, .. } if *admitted == self.shape.trials => None,
            Phase::HalfOpen { admitted, .. } => {
                *admitted += 1;
                Some(self.epoch)
            }
        }
    }

    fn record(&mut self, epoch: u32, verdict: Verdict, now: Duration) {
        if epoch != self.epoch {
            return;
        }
        let too_many = |failed: &[bool], of: usize| {
            let count = failed.iter().filter(|failed| **failed).count();
            count > 0 && count as f64 >= self.shape.rate * of as f64
        };
        match &mut self.phase {
            Phase::Open { .. } => unreachable!("nothing was admitted in it"),
            Phase::Closed { .. } if verdict == Verdict::Ignored => {}
            Phase::HalfOpen { admitted, .. } if verdict == Verdict::Ignored => *admitted -= 1,
            Phase::Closed { failed } => {
                failed.push(verdict.is_failure());
                let start = failed.len().saturating_sub(self.shape.window as usize);
                let last = &failed[start..];
                if last.len() >= self.shape.min_calls as usize && too_many(last, last.len()) {
                    self.open(now);
                }
            }
            Phase::HalfOpen { failed, .. } => {
                failed.push(verdict.is_failure());
                let trials = self.shape.trials as usize;
                if too_many(failed, trials) {
                    self.open(now);
                } else if failed.len() == trials {
                    self.enter(Phase::Closed { failed: Vec::new() });
                }
            }
        }
    }

    fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Acquire,
    /// The oldest or the newest call under way ends.
    End {
        oldest: bool,
        verdict: Verdict,
    },
    Wait(u64),
}

/// Machine and model side by side, and the calls under way.
#[derive(Clone)]
struct Run {
    scene: Scene,
    model: Model,
    calls: VecDeque<(u64, u32)>,
}

impl Run {
    fn new(shape: Shape) -> Self {
        Self {
            scene: Scene::new(shape.settings()),
            model: Model {
                shape,
                epoch: 0,
                phase: Phase::Closed { failed: Vec::new() },
            },
            calls: VecDeque::new(),
        }
    }

    fn step(&mut self, step: Step) {
        let now = self.scene.now;
        match step {
            Step::Acquire => {
                let admitted = self.scene.acquire().ok();
                let expected = self.model.acquire(now);
                assert_eq!(admitted.is_some(), expected.is_some());
                if let (Some(permit), Some(epoch)) = (admitted, expected) {
                    self.calls.push_back((permit.generation(), epoch));
                }
            }
            Step::End { oldest, verdict } => {
                let call = match oldest {
                    true => self.calls.pop_front(),
                    false => self.calls.pop_back(),
                };
                if let Some((permit, epoch)) = call {
                    self.scene.record(Permit::of(permit), verdict);
                    self.model.record(epoch, verdict, now);
                }
            }
            Step::Wait(millis) => self.scene.now += ms(millis),
        }
        assert_eq!(self.scene.machine.state(), self.model.state());
    }
}

const SHAPE: Shape = Shape {
    rate: 0.5,
    window: 2,
    min_calls: 2,
    trials: 2,
};

#[test]
fn every_run_of_seven_steps_agrees_with_the_model() {
    let end = |oldest, verdict| Step::End { oldest, verdict };
    let steps = [
        Step::Acquire,
        end(true, Verdict::Success),
        end(true, Verdict::Unknown),
        end(false, Verdict::Success),
        end(false, Verdict::Refused),
        end(true, Verdict::Ignored),
        Step::Wait(10),
    ];
    // Opened first, since the way there would use up the steps.
    let mut run = Run::new(SHAPE);
    for step in [
        Step::Acquire,
        Step::Acquire,
        steps[2],
        Step::Acquire,
        steps[2],
    ] {
        run.step(step);
    }
    assert_eq!(run.model.state(), BreakerState::Open);
    let mut states = Vec::new();
    for (run, depth) in [(Run::new(SHAPE), 7), (run, 7)] {
        explore(&run, &steps, depth, &mut states);
    }
    for state in [
        BreakerState::Closed,
        BreakerState::Open,
        BreakerState::HalfOpen,
    ] {
        assert!(states.contains(&state), "{state} was never reached");
    }
}

fn explore(run: &Run, steps: &[Step], depth: usize, reached: &mut Vec<BreakerState>) {
    if !reached.contains(&run.model.state()) {
        reached.push(run.model.state());
    }
    if depth == 0 {
        return;
    }
    for &step in steps {
        if matches!(step, Step::End { .. }) && run.calls.is_empty() {
            continue;
        }
        let mut run = run.clone();
        run.step(step);
        explore(&run, steps, depth - 1, reached);
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let verdict = prop::sample::select(&[
        Verdict::Success,
        Verdict::Success,
        Verdict::Refused,
        Verdict::Unknown,
        Verdict::Ignored,
    ]);
    let end = (any::<bool>(), verdict).prop_map(|(oldest, verdict)| Step::End { oldest, verdict });
    prop_oneof![
        4 => Just(Step::Acquire),
        4 => end,
        1 => (0_u64..30).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn long_runs_agree_with_the_model(
        rate in 0.05..=1.0,
        window in 1_u32..12,
        min_calls in 1_u32..12,
        trials in 1_u32..6,
        steps in prop::collection::vec(any_step(), 0..300),
    ) {
        let min_calls = min_calls.min(window);
        let mut run = Run::new(Shape { rate, window, min_calls, trials });
        steps.into_iter().for_each(|step| run.step(step));
    }
}
