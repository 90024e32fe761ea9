//! The decision about one failure.

use std::time::Duration;

use super::history::History;
use super::strategy::{OnFailure, Strategy};
use crate::failure::Failure;

/// What is to be done about a failed child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directive {
    /// Let it go on as it is.
    Resume,
    /// Start it (and whom the scope says) again, this long from now.
    Restart {
        /// The backoff.
        after: Duration,
    },
    /// End it.
    Stop,
    /// Fail in its place.
    Escalate,
}

/// Decides about a failure at `now` (time since any fixed origin); `jitter` is from 0 up to 1.
///
/// Pure: the same arguments give the same answer. The history that comes back replaces the old one.
#[must_use]
pub fn decide(
    strategy: &Strategy,
    history: &History,
    failure: &Failure,
    now: Duration,
    jitter: f64,
) -> (Directive, History) {
    let resumable = !failure.is_panic();
    decide_where(resumable, strategy, history, failure, now, jitter)
}

/// Decides as [`decide`], where it is known whether the instance could go on: one that did not
/// start, or that failed for a child, can't.
pub(crate) fn decide_where(
    resumable: bool,
    strategy: &Strategy,
    history: &History,
    failure: &Failure,
    now: Duration,
    jitter: f64,
) -> (Directive, History) {
    let mut history = history.clone();
    match strategy.choice(failure) {
        OnFailure::Resume if resumable => (Directive::Resume, history),
        OnFailure::Stop => (Directive::Stop, history),
        OnFailure::Escalate => (Directive::Escalate, history),
        OnFailure::Resume | OnFailure::Restart => {
            let directive = restart(strategy, &mut history, now, jitter);
            (directive, history)
        }
    }
}

fn restart(strategy: &Strategy, history: &mut History, now: Duration, jitter: f64) -> Directive {
    // It has lived since the backoff was over, not since the restart was decided.
    let up_at = |at: Duration| at.saturating_add(history.previous.unwrap_or_default());
    let last = history.restarts.back().copied().map(up_at);
    if last.is_some_and(|at| now.saturating_sub(at) >= strategy.healthy_after) {
        history.attempt = 0;
        history.previous = None;
    }
    while history
        .restarts
        .front()
        .is_some_and(|at| now.saturating_sub(*at) >= strategy.window)
    {
        history.restarts.pop_front();
    }
    if history.restarts.len() >= strategy.restarts_max as usize {
        return Directive::Escalate;
    }
    let after = strategy
        .backoff
        .delay(history.attempt, history.previous, jitter);
    history.restarts.push_back(now);
    history.attempt = history.attempt.saturating_add(1);
    history.previous = Some(after);
    Directive::Restart { after }
}

#[cfg(test)]
mod tests {
    use super::*;
    use greenroom_resilience::backoff::{Backoff, Jitter};
    use proptest::prelude::{prop_assert, proptest};

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn error() -> Failure {
        Failure::message("broken")
    }

    fn panic() -> Failure {
        Failure::from_panic(Box::new("broken"))
    }

    #[test]
    fn over_the_budget_it_escalates() {
        let strategy = Strategy::one_for_one().intensity(2, seconds(10));
        let mut history = History::default();
        for at in [0, 1] {
            let (directive, next) = decide(&strategy, &history, &error(), seconds(at), 0.5);
            assert!(
                matches!(directive, Directive::Restart { .. }),
                "{directive:?}"
            );
            history = next;
        }
        let (directive, _) = decide(&strategy, &history, &error(), seconds(9), 0.5);
        assert_eq!(directive, Directive::Escalate);
        let (directive, _) = decide(&strategy, &history, &error(), seconds(10), 0.5);
        assert!(
            matches!(directive, Directive::Restart { .. }),
            "the first has left the window"
        );
    }

    #[test]
    fn backoff_grows_and_begins_anew_after_a_healthy_period() {
        let backoff = Backoff::exponential(seconds(1)..=seconds(60)).jitter(Jitter::None);
        let strategy = Strategy::one_for_one()
            .intensity(10, seconds(1_000))
            .healthy_after(seconds(100))
            .backoff(backoff);
        let mut history = History::default();
        let mut delays = Vec::new();
        for at in [0, 1, 3, 107] {
            let (directive, next) = decide(&strategy, &history, &error(), seconds(at), 0.5);
            let Directive::Restart { after } = directive else {
                panic!("{directive:?}")
            };
            delays.push(after.as_secs());
            history = next;
        }
        assert_eq!(delays, [1, 2, 4, 1]);
    }

    #[test]
    fn a_panic_is_never_resumed() {
        let strategy = Strategy::one_for_one().on_failure(|_| OnFailure::Resume);
        let history = History::default();
        let of = |failure| decide(&strategy, &history, &failure, seconds(0), 0.5).0;
        assert_eq!(of(error()), Directive::Resume);
        assert!(matches!(of(panic()), Directive::Restart { .. }));
    }

    #[test]
    fn a_panicking_choice_means_the_default() {
        let strategy = Strategy::one_for_one().on_failure(|_| panic!("no idea"));
        let (directive, _) = decide(&strategy, &History::default(), &error(), seconds(0), 0.5);
        assert!(matches!(directive, Directive::Restart { .. }));
    }

    proptest! {
        #[test]
        fn never_more_restarts_in_a_window_than_allowed(
            max in 0..6u32,
            window in 1..50u64,
            steps in proptest::collection::vec(0..20u64, 1..100),
        ) {
            let strategy = Strategy::one_for_one().intensity(max, seconds(window));
            let (mut history, mut now, mut granted) = (History::default(), 0, Vec::new());
            for step in steps {
                now += step;
                let (directive, next) = decide(&strategy, &history, &error(), seconds(now), 0.5);
                if matches!(directive, Directive::Restart { .. }) {
                    granted.push(now);
                }
                history = next;
                let within = granted.iter().filter(|at| now - **at < window).count();
                prop_assert!(within <= max as usize);
                prop_assert!(history.restarts() <= max as usize);
            }
        }
    }
}
