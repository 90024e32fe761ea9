//! [`Decision`]: what to do after an attempt that failed, as a pure function.

use std::fmt;
use std::time::Duration;

use rand_core::Rng;

use super::ledger::Ledger;
use super::settings::Retry;
use crate::outcome::Outcome;

/// An attempt that failed, and what is known of its call: all that [`Retry::decide`] looks at.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Outcome;
/// use greenroom_resilience::retry::FailedAttempt;
///
/// let failed = FailedAttempt {
///     idempotent: true,
///     remaining: Some(Duration::from_secs(2)),
///     ..FailedAttempt::new(1, Outcome::Unknown)
/// };
/// assert_eq!(failed.retry_after, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedAttempt {
    /// The number of the attempt. The first one is 1, and 0 counts as 1.
    pub number: u32,
    /// What is known of its effect.
    pub outcome: Outcome,
    /// Whether the call is marked as one that may be carried out twice without harm.
    pub idempotent: bool,
    /// Whether the error was a rejection by the caller's own pipeline (an open breaker, a full
    /// bulkhead), so that nothing was sent.
    pub own_rejection: bool,
    /// How long to wait before coming back, if the server said so in a `Retry-After`, or the own
    /// pipeline in its rejection.
    pub retry_after: Option<Duration>,
    /// The time since the start of the first attempt.
    pub elapsed: Duration,
    /// The time left until the call's deadline, `None` without one.
    pub remaining: Option<Duration>,
    /// The delay that was decided on before this attempt, `None` at the first.
    pub previous_delay: Option<Duration>,
    /// The time since the clock's origin, for the budget.
    pub now: Duration,
}

impl FailedAttempt {
    /// The attempt of the given number, with nothing said about the call: not idempotent, no
    /// `Retry-After`, no deadline, no time gone by.
    #[must_use]
    pub const fn new(number: u32, outcome: Outcome) -> Self {
        Self {
            number,
            outcome,
            idempotent: false,
            own_rejection: false,
            retry_after: None,
            elapsed: Duration::ZERO,
            remaining: None,
            previous_delay: None,
            now: Duration::ZERO,
        }
    }

    fn is_safe_to_repeat(&self) -> bool {
        match self.outcome {
            Outcome::Done => false,
            Outcome::Refused => true,
            Outcome::Unknown => self.idempotent,
        }
    }

    fn is_in_time(&self, delay: Duration) -> bool {
        self.remaining.is_none_or(|remaining| delay < remaining)
    }
}

/// What to do after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a repeat that was decided on has been withdrawn from the budget"]
pub enum Decision {
    /// Attempt again.
    Retry {
        /// How long to wait first, counted from the decision.
        after: Duration,
    },
    /// Hand the error to the caller.
    GiveUp(Why),
}

/// Why a call is not attempted again. Of several reasons the first of this list is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// The call was carried out, or may have been and is not marked as idempotent: a repeat could
    /// give it a second effect.
    NotSafeToRepeat,
    /// The call's own pipeline rejected it, and would again: the rejection names no time to come
    /// back, or one that is past the deadline or longer than
    /// [`retry_after_max`](Retry::retry_after_max).
    OwnRejection,
    /// There were as many attempts as there [may be](Retry::attempts).
    AttemptsUsedUp,
    /// The next attempt would begin after the [time](Retry::max_elapsed) for it.
    MaxElapsed,
    /// The time left until the deadline is not longer than the delay: the next attempt would have
    /// no time at all.
    DeadlineTooNear,
    /// Calls to this place were repeated as often as the [budget](Retry::budget) allows.
    BudgetEmpty,
}

/// Writes the reason in lower case: `attempts used up`.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` and not `write_str`, so that width and alignment work in tables.
        f.pad(match self {
            Self::NotSafeToRepeat => "not safe to repeat",
            Self::OwnRejection => "rejected by the own pipeline",
            Self::AttemptsUsedUp => "attempts used up",
            Self::MaxElapsed => "too long since the first attempt",
            Self::DeadlineTooNear => "deadline too near",
            Self::BudgetEmpty => "budget empty",
        })
    }
}

impl Retry {
    /// Says whether to attempt a call again, and when.
    ///
    /// The delay is what the backoff draws from `rng`. A `retry_after` is the floor of it: the draw
    /// is added to it, and not compared with it, so that callers who were all told the same time do
    /// not all come back at that time. A server's is shortened to
    /// [`retry_after_max`](Self::retry_after_max) first.
    ///
    /// The `ledger` is asked last, when nothing else speaks against a repeat, so that nothing is
    /// withdrawn in vain. `None` leaves the budget out. It is the caller who
    /// [records](Ledger::record_call) the calls, and who [gives back](Ledger::give_back) what was
    /// withdrawn at [`now`](FailedAttempt::now) for a call that is dropped during its delay.
    ///
    /// Draws at most once from `rng`, and nothing for what gives up without looking at a delay. The
    /// generator is the caller's. No other call may have a copy of it: calls that draw the same
    /// numbers fail together and return together.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::retry::{Decision, FailedAttempt, Why};
    /// use greenroom_resilience::{Jitter, Outcome, Retry};
    /// use rand_chacha::ChaCha8Rng;
    /// use rand_core::SeedableRng;
    ///
    /// let pause = Duration::from_millis(20);
    /// let retry = Retry::constant(pause).jitter(Jitter::None);
    /// let mut ledger = retry.ledger();
    /// let mut rng = ChaCha8Rng::seed_from_u64(7);
    ///
    /// let refused = FailedAttempt::new(1, Outcome::Refused);
    /// let decision = retry.decide(&refused, ledger.as_mut(), &mut rng);
    /// assert_eq!(decision, Decision::Retry { after: pause });
    ///
    /// let unknown = FailedAttempt::new(1, Outcome::Unknown);
    /// let decision = retry.decide(&unknown, ledger.as_mut(), &mut rng);
    /// assert_eq!(decision, Decision::GiveUp(Why::NotSafeToRepeat));
    /// ```
    pub fn decide(
        &self,
        failed: &FailedAttempt,
        ledger: Option<&mut Ledger>,
        rng: &mut (impl Rng + ?Sized),
    ) -> Decision {
        if !failed.is_safe_to_repeat() {
            return Decision::GiveUp(Why::NotSafeToRepeat);
        }
        let Some(floor) = self.floor(failed) else {
            return Decision::GiveUp(Why::OwnRejection);
        };
        if failed.number >= self.attempts {
            return Decision::GiveUp(Why::AttemptsUsedUp);
        }
        let after = floor.saturating_add(self.backoff.delay_with(
            failed.number.saturating_sub(1),
            failed.previous_delay,
            rng,
        ));
        let start = failed.elapsed.saturating_add(after);
        if self.max_elapsed.is_some_and(|max| start >= max) {
            return Decision::GiveUp(Why::MaxElapsed);
        }
        if !failed.is_in_time(after) {
            return Decision::GiveUp(Why::DeadlineTooNear);
        }
        if ledger.is_some_and(|ledger| !ledger.try_withdraw(failed.now)) {
            return Decision::GiveUp(Why::BudgetEmpty);
        }
        Decision::Retry { after }
    }

    /// The shortest delay there may be, `None` for a rejection of the own pipeline that is not to
    /// be repeated.
    fn floor(&self, failed: &FailedAttempt) -> Option<Duration> {
        if !failed.own_rejection {
            let asked = failed.retry_after.unwrap_or_default();
            return Some(asked.min(self.retry_after_max));
        }
        // Not shortened: the own pipeline would reject whoever comes earlier.
        failed
            .retry_after
            .filter(|asked| *asked <= self.retry_after_max && failed.is_in_time(*asked))
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::backoff::Jitter;
    use crate::retry::Budget;

    const DELAY: Duration = Duration::from_millis(100);

    /// All reasons, the first of which is given.
    const REASONS: [Why; 6] = [
        Why::NotSafeToRepeat,
        Why::OwnRejection,
        Why::AttemptsUsedUp,
        Why::MaxElapsed,
        Why::DeadlineTooNear,
        Why::BudgetEmpty,
    ];

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn retry() -> Retry {
        Retry::constant(DELAY).jitter(Jitter::None)
    }

    fn refused() -> FailedAttempt {
        FailedAttempt::new(1, Outcome::Refused)
    }

    fn decide(retry: &Retry, failed: FailedAttempt) -> Decision {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        retry.decide(&failed, retry.ledger().as_mut(), &mut rng)
    }

    fn after(delay: Duration) -> Decision {
        Decision::Retry { after: delay }
    }

    #[test]
    fn of_several_reasons_the_first_is_given() {
        for set in 0_u32..1 << REASONS.len() {
            let given = |why: &&Why| {
                let place = REASONS.iter().position(|reason| reason == *why);
                place.is_some_and(|place| set >> place & 1 == 1)
            };
            let (mut retry, mut failed) = (retry().max_elapsed(ms(1_000)), refused());
            failed.remaining = Some(DELAY + ms(1));
            for why in REASONS.iter().filter(given) {
                match why {
                    Why::NotSafeToRepeat => failed.outcome = Outcome::Unknown,
                    Why::OwnRejection => failed.own_rejection = true,
                    Why::AttemptsUsedUp => failed.number = 3,
                    Why::MaxElapsed => failed.elapsed = ms(900),
                    Why::DeadlineTooNear => failed.remaining = Some(DELAY),
                    Why::BudgetEmpty => {
                        retry = retry.budget(Budget::share(0.2).at_least_per_second(0));
                    }
                }
            }
            let expected = REASONS.iter().find(given);
            let expected = expected.map_or_else(|| after(DELAY), |why| Decision::GiveUp(*why));
            assert_eq!(decide(&retry, failed), expected, "{failed:?}");
        }
    }

    #[test]
    fn only_what_had_no_effect_or_may_have_it_twice_is_repeated() {
        let table = [
            (Outcome::Refused, false, true),
            (Outcome::Refused, true, true),
            (Outcome::Unknown, false, false),
            (Outcome::Unknown, true, true),
            (Outcome::Done, false, false),
            (Outcome::Done, true, false),
        ];
        for (outcome, idempotent, repeated) in table {
            let failed = FailedAttempt {
                idempotent,
                ..FailedAttempt::new(1, outcome)
            };
            let expected = if repeated {
                after(DELAY)
            } else {
                Decision::GiveUp(Why::NotSafeToRepeat)
            };
            let decision = decide(&retry(), failed);
            assert_eq!(decision, expected, "{outcome}, idempotent: {idempotent}");
        }
    }

    #[test]
    fn attempts_count_the_first_one() {
        let used_up = Decision::GiveUp(Why::AttemptsUsedUp);
        let table = [
            (1, 1, used_up),
            (2, 1, after(DELAY)),
            (2, 2, used_up),
            (3, 2, after(DELAY)),
            (3, 4, used_up),
            (0, 0, used_up),
            (1, 0, after(DELAY)),
            (u32::MAX, u32::MAX - 1, after(DELAY)),
            (u32::MAX, u32::MAX, used_up),
        ];
        for (attempts, number, expected) in table {
            let failed = FailedAttempt {
                number,
                ..refused()
            };
            let decision = decide(&retry().attempts(attempts), failed);
            assert_eq!(decision, expected, "attempt {number} of {attempts}");
        }
    }

    #[test]
    fn first_repeat_waits_the_first_delay_of_the_backoff() {
        let retry = Retry::exponential(ms(10)..=ms(50))
            .jitter(Jitter::None)
            .attempts(9);
        for (number, delay) in [(1, 10), (2, 20), (3, 40), (4, 50), (5, 50)] {
            let failed = FailedAttempt {
                number,
                ..refused()
            };
            assert_eq!(decide(&retry, failed), after(ms(delay)), "attempt {number}");
        }
    }

    #[test]
    fn delay_before_is_handed_to_the_backoff() {
        let retry = Retry::exponential(ms(10)..=ms(100_000)).jitter(Jitter::Decorrelated);
        let delay = |previous_delay| {
            let failed = FailedAttempt {
                previous_delay,
                ..refused()
            };
            decide(&retry, failed)
        };
        assert_ne!(delay(None), delay(Some(ms(50_000))));
    }

    #[test]
    fn retry_after_is_the_floor_up_to_its_cap() {
        let retry = retry().retry_after_max(ms(2_000));
        let table = [
            (0, 100),
            (1, 101),
            (1_500, 1_600),
            (2_000, 2_100),
            (9_999, 2_100),
        ];
        for (asked, delay) in table {
            let failed = FailedAttempt {
                retry_after: Some(ms(asked)),
                ..refused()
            };
            assert_eq!(
                decide(&retry, failed),
                after(ms(delay)),
                "asked for {asked} ms"
            );
        }
    }

    #[test]
    fn callers_who_were_told_the_same_time_come_at_different_times() {
        let retry = Retry::constant(DELAY).no_budget();
        let failed = FailedAttempt {
            retry_after: Some(ms(2_000)),
            ..refused()
        };
        let decision = |seed| retry.decide(&failed, None, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_ne!(decision(1), decision(2));
    }

    #[test]
    fn own_rejection_is_repeated_only_if_its_time_fits() {
        let give_up = Decision::GiveUp(Why::OwnRejection);
        let too_near = Decision::GiveUp(Why::DeadlineTooNear);
        let table = [
            (None, None, give_up),
            (None, Some(60_000), give_up),
            (Some(500), None, after(ms(600))),
            (Some(500), Some(601), after(ms(600))),
            (Some(500), Some(600), too_near),
            (Some(500), Some(501), too_near),
            (Some(500), Some(500), give_up),
            (Some(2_000), Some(60_000), after(ms(2_100))),
            (Some(2_001), Some(60_000), give_up),
        ];
        let retry = retry().retry_after_max(ms(2_000));
        for (asked, remaining, expected) in table {
            let failed = FailedAttempt {
                own_rejection: true,
                retry_after: asked.map(ms),
                remaining: remaining.map(ms),
                ..refused()
            };
            assert_eq!(
                decide(&retry, failed),
                expected,
                "{asked:?} of {remaining:?} ms"
            );
        }
    }

    #[test]
    fn repeat_needs_more_time_than_its_delay() {
        let too_near = Decision::GiveUp(Why::DeadlineTooNear);
        let nano = Duration::from_nanos(1);
        let table = [
            (Duration::ZERO, too_near),
            (DELAY - nano, too_near),
            (DELAY, too_near),
            (DELAY + nano, after(DELAY)),
        ];
        for (remaining, expected) in table {
            let failed = FailedAttempt {
                remaining: Some(remaining),
                ..refused()
            };
            assert_eq!(decide(&retry(), failed), expected, "{remaining:?} left");
        }
    }

    #[test]
    fn expired_deadline_ends_repeats_without_a_delay() {
        let retry = Retry::constant(Duration::ZERO);
        let failed = FailedAttempt {
            remaining: Some(Duration::ZERO),
            ..refused()
        };
        assert_eq!(
            decide(&retry, failed),
            Decision::GiveUp(Why::DeadlineTooNear)
        );
        assert_eq!(decide(&retry, refused()), after(Duration::ZERO));
    }

    #[test]
    fn elapsed_time_counts_the_delay_to_come() {
        let retry = retry().max_elapsed(ms(1_000));
        let too_long = Decision::GiveUp(Why::MaxElapsed);
        let table = [
            (ms(899), after(DELAY)),
            (ms(900), too_long),
            (ms(1_001), too_long),
            (Duration::MAX, too_long),
        ];
        for (elapsed, expected) in table {
            let failed = FailedAttempt {
                elapsed,
                ..refused()
            };
            assert_eq!(decide(&retry, failed), expected, "{elapsed:?}");
        }
    }

    #[test]
    fn longest_times_do_not_overflow() {
        let retry = Retry::constant(Duration::MAX)
            .jitter(Jitter::None)
            .retry_after_max(Duration::MAX);
        let failed = FailedAttempt {
            retry_after: Some(Duration::MAX),
            elapsed: Duration::MAX,
            now: Duration::MAX,
            ..refused()
        };
        assert_eq!(decide(&retry, failed), after(Duration::MAX));
    }

    #[test]
    fn budget_is_asked_for_the_time_of_the_decision() {
        let retry = retry().budget(Budget::share(0.0).at_least_per_second(1));
        let mut ledger = retry.ledger();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let empty = Decision::GiveUp(Why::BudgetEmpty);
        for (now, expected) in [(0, after(DELAY)), (900, empty), (1_000, after(DELAY))] {
            let failed = FailedAttempt {
                now: ms(now),
                ..refused()
            };
            let decision = retry.decide(&failed, ledger.as_mut(), &mut rng);
            assert_eq!(decision, expected, "at {now} ms");
        }
    }

    #[test]
    fn without_a_ledger_no_budget_is_asked() {
        let retry = retry().budget(Budget::share(0.0).at_least_per_second(0));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(retry.decide(&refused(), None, &mut rng), after(DELAY));
    }

    #[test]
    fn reasons_display_in_lower_case_and_honour_width() {
        for why in REASONS {
            assert!(!why.to_string().contains(char::is_uppercase), "{why}");
        }
        assert_eq!(format!("[{:<13}]", Why::BudgetEmpty), "[budget empty ]");
    }
}
