//! [`RetryError`]: what can be wrong with a retry policy, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::settings::Retry;
use crate::backoff::BackoffError;

/// The most attempts that [`Retry::check`] lets pass. A call that fails for the hundredth time does
/// not suffer from a passing fault; what must go on for ever is a loop over a
/// [`Backoff`](crate::Backoff) that somebody watches, and not a call that somebody waits for.
const MAX_ATTEMPTS: u32 = 100;

/// Why [`Retry::check`](Retry::check) refused a policy.
///
/// Compares by value, so an error about a share that is NaN does not equal itself.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum RetryError {
    /// The backoff makes no sense; the inner error says what to do.
    #[error("retry has no usable delays: {0}")]
    Backoff(#[from] BackoffError),
    /// No attempt is allowed, not even the first. Attempts count the first one: say 1 to repeat
    /// nothing.
    #[error("retry allows zero attempts; the first one counts, so at least 1 is needed")]
    ZeroAttempts,
    /// More attempts than one call may ever have. Lower them, or repeat outside of a call.
    #[error("retry allows {attempts} attempts, more than the {max} that a call may have")]
    TooManyAttempts {
        /// The attempts as given.
        attempts: u32,
        /// The most there may be.
        max: u32,
    },
    /// The time within which a repeat must begin is zero, so none ever would. Say 1 attempt if that
    /// is meant.
    #[error("retry has a maximal elapsed time of zero, within which nothing can be repeated")]
    ZeroMaxElapsed,
    /// The budget's share is not one. Give a number from 0 to 1: 0.2 is one repeat for five calls.
    /// For more than one repeat a call, leave the budget out with
    /// [`no_budget`](Retry::no_budget).
    #[error("retry budget's share {share} is not between 0 and 1")]
    InvalidShare {
        /// The share as given.
        share: f64,
    },
    /// The budget grants nothing: neither a share of the calls nor any repeat a second. The share
    /// counts in millionths. Raise one of the two, or say 1 attempt if nothing is to be repeated.
    #[error("retry budget grants nothing: its share and its repeats a second are both zero")]
    EmptyBudget,
}

impl Retry {
    /// Says whether this policy makes sense. For whoever takes one from a user.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`RetryError`]:
    ///
    /// - [`Backoff`](RetryError::Backoff): the backoff's own [check](crate::Backoff::check) fails,
    ///   for instance since its range is inverted.
    /// - [`ZeroAttempts`](RetryError::ZeroAttempts): not even the first attempt is allowed.
    /// - [`TooManyAttempts`](RetryError::TooManyAttempts): more than 100.
    /// - [`ZeroMaxElapsed`](RetryError::ZeroMaxElapsed): no repeat could ever begin.
    /// - [`InvalidShare`](RetryError::InvalidShare): below 0, above 1 or NaN.
    /// - [`EmptyBudget`](RetryError::EmptyBudget): no share and no floor.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::Retry;
    /// use greenroom_resilience::retry::RetryError;
    ///
    /// let retry = Retry::constant(Duration::from_millis(5)).attempts(0);
    /// assert_eq!(retry.check(), Err(RetryError::ZeroAttempts));
    /// ```
    pub fn check(&self) -> Result<(), RetryError> {
        self.backoff.check()?;
        if self.attempts == 0 {
            return Err(RetryError::ZeroAttempts);
        }
        if self.attempts > MAX_ATTEMPTS {
            return Err(RetryError::TooManyAttempts {
                attempts: self.attempts,
                max: MAX_ATTEMPTS,
            });
        }
        if self.max_elapsed == Some(Duration::ZERO) {
            return Err(RetryError::ZeroMaxElapsed);
        }
        if let Some(budget) = self.budget {
            if let Some(share) = budget.invalid_share() {
                return Err(RetryError::InvalidShare { share });
            }
            if budget.is_empty() {
                return Err(RetryError::EmptyBudget);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::Budget;

    fn retry() -> Retry {
        Retry::exponential(Duration::from_millis(50)..=Duration::from_secs(1))
    }

    #[test]
    fn check_accepts_what_makes_sense() {
        let sensible = [
            retry(),
            retry().attempts(1),
            retry().attempts(MAX_ATTEMPTS),
            retry().max_elapsed(Duration::from_nanos(1)),
            retry().retry_after_max(Duration::ZERO),
            retry().no_budget(),
            retry().budget(Budget::share(0.0)),
            retry().budget(Budget::share(1.0).at_least_per_second(0)),
            retry().budget(Budget::share(0.1).at_least_per_second(u32::MAX)),
            Retry::constant(Duration::ZERO),
        ];
        for retry in sensible {
            assert_eq!(retry.check(), Ok(()), "{retry:?}");
        }
    }

    #[test]
    fn check_refuses_a_backoff_that_makes_no_sense() {
        let (min, max) = (Duration::from_secs(2), Duration::from_secs(1));
        let inverted = BackoffError::InvertedRange { min, max };
        for retry in [Retry::exponential(min..=max), Retry::fibonacci(min..=max)] {
            assert_eq!(retry.check(), Err(RetryError::Backoff(inverted)));
        }
    }

    #[test]
    fn check_refuses_zero_attempts() {
        assert_eq!(retry().attempts(0).check(), Err(RetryError::ZeroAttempts));
    }

    #[test]
    fn check_refuses_more_attempts_than_the_cap() {
        for attempts in [MAX_ATTEMPTS + 1, u32::MAX] {
            let max = MAX_ATTEMPTS;
            assert_eq!(
                retry().attempts(attempts).check(),
                Err(RetryError::TooManyAttempts { attempts, max })
            );
        }
    }

    #[test]
    fn check_refuses_a_time_within_which_nothing_can_begin() {
        let checked = retry().max_elapsed(Duration::ZERO).check();
        assert_eq!(checked, Err(RetryError::ZeroMaxElapsed));
    }

    #[test]
    fn check_refuses_what_is_no_share() {
        for share in [-0.01, 1.01, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let checked = retry().budget(Budget::share(share)).check();
            assert!(
                matches!(checked, Err(RetryError::InvalidShare { .. })),
                "share {share}"
            );
        }
    }

    #[test]
    fn check_refuses_a_budget_that_grants_nothing() {
        for share in [0.0, 1e-9] {
            let budget = Budget::share(share).at_least_per_second(0);
            let checked = retry().budget(budget).check();
            assert_eq!(checked, Err(RetryError::EmptyBudget), "share {share}");
        }
    }

    #[test]
    fn errors_name_the_numbers() {
        let error = retry().attempts(101).check().unwrap_err();
        let expected = "retry allows 101 attempts, more than the 100 that a call may have";
        assert_eq!(error.to_string(), expected);
        let range = Duration::from_millis(2)..=Duration::from_millis(1);
        let error = Retry::exponential(range).check().unwrap_err();
        let expected = "retry has no usable delays: \
                        backoff range is inverted: minimum 2ms is longer than maximum 1ms";
        assert_eq!(error.to_string(), expected);
    }
}
