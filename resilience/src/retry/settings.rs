//! [`Retry`]: how often and when a call is repeated, as a value.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::budget::Budget;
use super::ledger::Ledger;
use crate::backoff::{Backoff, Jitter};

/// The attempts of a call unless set, the first one included. A passing fault is over by the third;
/// more of them mostly delay the error and load what is down.
const DEFAULT_ATTEMPTS: u32 = 3;

/// The longest `Retry-After` that is waited for unless set. Behind a longer pause there rarely
/// stands anybody who still waits, and a wrong or hostile value must not park callers for days.
const DEFAULT_RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

/// How often and when a call that failed is repeated: a [`Backoff`], bounds and a [`Budget`].
///
/// A value without state. [`decide`](Self::decide) says what to do after a failed attempt; the
/// counting of the budget is in the [`Ledger`] that [`ledger`](Self::ledger) makes.
///
/// Building one cannot fail. Whoever takes one from a user calls [`check`](Self::check) and reports
/// its error; one that was not checked still never panics.
///
/// | default | why |
/// | --- | --- |
/// | [full jitter](Jitter::Full) | callers that failed together come back apart |
/// | 3 [attempts](Self::attempts), the first one included | a passing fault is over by the third |
/// | no bound on the [elapsed time](Self::max_elapsed) | attempts and the deadline bound it already |
/// | a [budget](Self::budget) of 20 %, at least 3 a second | all calls together must not drown what is down |
/// | a [`Retry-After`](Self::retry_after_max) of up to 30 s | nobody waits longer, and a wrong value must not park callers |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::{Jitter, Retry};
///
/// let retry = Retry::exponential(Duration::from_millis(50)..=Duration::from_secs(1))
///     .jitter(Jitter::Decorrelated)
///     .attempts(4)
///     .max_elapsed(Duration::from_secs(5));
/// retry.check()?;
/// # Ok::<(), greenroom_resilience::retry::RetryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a retry policy does nothing until a call is made through it"]
pub struct Retry {
    pub(super) backoff: Backoff,
    pub(super) attempts: u32,
    pub(super) max_elapsed: Option<Duration>,
    pub(super) budget: Option<Budget>,
    pub(super) retry_after_max: Duration,
}

impl Retry {
    /// Waits [exponentially longer](Backoff::exponential) before each repeat, from the start of the
    /// range up to its end, doubling.
    pub const fn exponential(range: RangeInclusive<Duration>) -> Self {
        Self::backoff(Backoff::exponential(range))
    }

    /// Waits up to the [same delay](Backoff::constant) before each repeat. Zero means no pause.
    pub const fn constant(delay: Duration) -> Self {
        Self::backoff(Backoff::constant(delay))
    }

    /// Waits longer before each repeat by the [Fibonacci numbers](Backoff::fibonacci), from the
    /// start of the range up to its end.
    pub const fn fibonacci(range: RangeInclusive<Duration>) -> Self {
        Self::backoff(Backoff::fibonacci(range))
    }

    /// Waits by any [`Backoff`], for instance one with a factor of its own.
    pub const fn backoff(backoff: Backoff) -> Self {
        Self {
            backoff,
            attempts: DEFAULT_ATTEMPTS,
            max_elapsed: None,
            budget: Some(Budget::DEFAULT),
            retry_after_max: DEFAULT_RETRY_AFTER_MAX,
        }
    }

    /// Sets how the delays are spread. [`Jitter::Full`] by default, or what the
    /// [`Backoff`] given to [`backoff`](Self::backoff) has.
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.backoff = self.backoff.jitter(jitter);
        self
    }

    /// Sets how many attempts there may be in all, the first one included: 1 never repeats. 3 by
    /// default, and at most 100.
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the time, counted from the start of the first attempt, within which a repeat begins.
    /// It counts attempts and pauses alike. Unset by default: the number of attempts and the
    /// deadline of the call are bounds already.
    ///
    /// It ends no attempt that runs; a time-out does.
    pub const fn max_elapsed(mut self, max: Duration) -> Self {
        self.max_elapsed = Some(max);
        self
    }

    /// Sets how many repeats all calls together may cause: 20 %, and at least 3 a second, by
    /// default. It is what keeps repeats from finishing off a service that is down.
    pub const fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Repeats without a budget: each call may use all its attempts, and a service that fails every
    /// call gets a multiple of its usual load. For callers that are bounded otherwise, such as a
    /// single batch job.
    pub const fn no_budget(mut self) -> Self {
        self.budget = None;
        self
    }

    /// Sets the longest `Retry-After` that a server may impose; a longer one counts as this.
    /// 30 s by default.
    ///
    /// Zero ignores what servers say. A rejection by the own pipeline, which knows its time and is
    /// not obeyed by coming earlier, is not repeated if it asks for longer than this.
    pub const fn retry_after_max(mut self, max: Duration) -> Self {
        self.retry_after_max = max;
        self
    }

    /// How many attempts one call may have.
    pub(crate) const fn most_attempts(&self) -> u32 {
        self.attempts
    }

    /// The longest that the pauses of one call can be, one after the other.
    pub(crate) fn longest_pauses(&self) -> impl Iterator<Item = Duration> {
        let mut previous = None;
        (1..self.attempts).map(move |number| {
            let pause = self.backoff.delay(number - 1, previous, 1.0);
            previous = Some(pause);
            pause
        })
    }

    /// A new [`Ledger`] for this policy's budget, `None` without a budget.
    ///
    /// One is shared by all calls to the same place. A ledger made for each call limits nothing.
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        self.budget.map(Ledger::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn defaults_are_those_of_the_table() {
        let retry = Retry::constant(ms(5));
        let spelled_out = Retry::backoff(Backoff::constant(ms(5)).jitter(Jitter::Full))
            .attempts(3)
            .budget(Budget::share(0.2).at_least_per_second(3))
            .retry_after_max(Duration::from_secs(30));
        assert_eq!(retry, spelled_out);
        assert_eq!(retry.max_elapsed, None);
    }

    #[test]
    fn each_constructor_has_the_backoff_of_its_name() {
        let range = ms(5)..=ms(90);
        let expected = Retry::backoff(Backoff::exponential(range.clone()));
        assert_eq!(Retry::exponential(range.clone()), expected);
        let expected = Retry::backoff(Backoff::fibonacci(range.clone()));
        assert_eq!(Retry::fibonacci(range), expected);
    }

    #[test]
    fn jitter_replaces_that_of_the_backoff_and_nothing_else() {
        let backoff = Backoff::exponential(ms(5)..=ms(90)).factor(3.0);
        let retry = Retry::backoff(backoff.clone())
            .attempts(7)
            .jitter(Jitter::Equal);
        assert_eq!(
            retry,
            Retry::backoff(backoff.jitter(Jitter::Equal)).attempts(7)
        );
    }

    #[test]
    fn only_a_policy_with_a_budget_makes_a_ledger() {
        let retry = Retry::constant(ms(5));
        assert!(retry.ledger().is_some());
        assert!(retry.no_budget().ledger().is_none());
    }
}
