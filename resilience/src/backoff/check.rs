//! [`BackoffError`]: what can be wrong with a backoff, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::delay::Backoff;
use super::jitter::Jitter;
use super::schedule::Schedule;

/// Why [`Backoff::check`](Backoff::check) refused a backoff.
///
/// Compares by value, so an error about a factor that is NaN does not equal itself.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum BackoffError {
    /// The range of delays ends before it starts. Swap its ends.
    #[error("backoff range is inverted: minimum {min:?} is longer than maximum {max:?}")]
    InvertedRange {
        /// The start of the range.
        min: Duration,
        /// The end of the range.
        max: Duration,
    },
    /// A growing schedule starts at zero, where it would stay: attempts would follow each other
    /// without a pause. Start it at a positive delay, or say
    /// [`Backoff::constant(Duration::ZERO)`](Backoff::constant) if no pause is meant.
    #[error("backoff cannot grow from a minimum of zero")]
    ZeroMinimum,
    /// The factor is below one, infinite or not a number. Use one that is finite and at least 1.
    #[error("backoff factor {factor} is not a finite number of at least 1")]
    InvalidFactor {
        /// The factor as given.
        factor: f64,
    },
    /// A factor was set where nothing uses it: only the exponential schedule has one, and
    /// [decorrelated jitter](Jitter::Decorrelated) replaces that schedule's growth with its
    /// own. Leave the factor out, or choose another schedule or jitter.
    #[error("backoff factor {factor} has no effect with this schedule and jitter")]
    UnusedFactor {
        /// The factor as given.
        factor: f64,
    },
    /// [Decorrelated jitter](Jitter::Decorrelated) draws from between the minimum and the
    /// maximum, which are equal: the delays would not be spread at all. Widen the range, or choose
    /// [full](Jitter::Full) or [equal](Jitter::Equal) jitter.
    #[error("decorrelated jitter has no range to draw from: every delay would be {delay:?}")]
    NothingToDecorrelate {
        /// The one delay that would always result.
        delay: Duration,
    },
}

impl Backoff {
    /// Says whether this backoff makes sense. For whoever takes one from a user.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`BackoffError`]:
    ///
    /// - [`InvertedRange`](BackoffError::InvertedRange): the range ends before it starts.
    /// - [`ZeroMinimum`](BackoffError::ZeroMinimum): a growing schedule starts at zero.
    /// - [`InvalidFactor`](BackoffError::InvalidFactor): below 1, infinite or NaN.
    /// - [`UnusedFactor`](BackoffError::UnusedFactor): set on a constant or Fibonacci schedule or
    ///   together with decorrelated jitter.
    /// - [`NothingToDecorrelate`](BackoffError::NothingToDecorrelate): decorrelated jitter, and the
    ///   range is a single delay.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::{Backoff, BackoffError};
    ///
    /// let (min, max) = (Duration::from_secs(1), Duration::from_millis(50));
    /// let error = Backoff::exponential(min..=max).check().unwrap_err();
    /// assert_eq!(error, BackoffError::InvertedRange { min, max });
    /// ```
    pub fn check(&self) -> Result<(), BackoffError> {
        let Self {
            schedule,
            min,
            max,
            factor,
            jitter,
        } = *self;
        if min > max {
            return Err(BackoffError::InvertedRange { min, max });
        }
        if min.is_zero() && schedule != Schedule::Constant {
            return Err(BackoffError::ZeroMinimum);
        }
        if let Some(factor) = factor {
            if !(factor >= 1.0 && factor.is_finite()) {
                return Err(BackoffError::InvalidFactor { factor });
            }
            if schedule != Schedule::Exponential || jitter == Jitter::Decorrelated {
                return Err(BackoffError::UnusedFactor { factor });
            }
        }
        if jitter == Jitter::Decorrelated && min == max {
            return Err(BackoffError::NothingToDecorrelate { delay: min });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn exponential() -> Backoff {
        Backoff::exponential(ms(50)..=ms(1000))
    }

    #[test]
    fn check_accepts_what_makes_sense() {
        let sensible = [
            exponential(),
            exponential().factor(1.0),
            exponential().factor(1.5).jitter(Jitter::Equal),
            exponential().jitter(Jitter::Decorrelated),
            Backoff::exponential(ms(50)..=ms(50)),
            Backoff::fibonacci(ms(50)..=ms(1000)).jitter(Jitter::Decorrelated),
            Backoff::constant(ms(50)).jitter(Jitter::None),
            Backoff::constant(Duration::ZERO),
        ];
        for backoff in sensible {
            assert_eq!(backoff.check(), Ok(()), "{backoff:?}");
        }
    }

    #[test]
    fn check_refuses_an_inverted_range() {
        let (min, max) = (ms(2), ms(1));
        let expected = Err(BackoffError::InvertedRange { min, max });
        assert_eq!(Backoff::exponential(min..=max).check(), expected);
        assert_eq!(Backoff::fibonacci(min..=max).check(), expected);
    }

    #[test]
    fn check_refuses_growth_from_zero() {
        let range = Duration::ZERO..=ms(1);
        assert_eq!(
            Backoff::exponential(range.clone()).check(),
            Err(BackoffError::ZeroMinimum)
        );
        assert_eq!(
            Backoff::fibonacci(range).check(),
            Err(BackoffError::ZeroMinimum)
        );
    }

    #[test]
    fn check_refuses_a_factor_that_is_below_one_or_not_finite() {
        for factor in [0.999, 0.0, -2.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let checked = exponential().factor(factor).check();
            assert!(
                matches!(checked, Err(BackoffError::InvalidFactor { .. })),
                "factor {factor}"
            );
        }
    }

    #[test]
    fn check_refuses_a_factor_that_nothing_uses() {
        let range = ms(1)..=ms(9);
        for backoff in [
            Backoff::constant(ms(1)).factor(3.0),
            Backoff::fibonacci(range.clone()).factor(3.0),
            Backoff::exponential(range)
                .factor(3.0)
                .jitter(Jitter::Decorrelated),
        ] {
            let expected = Err(BackoffError::UnusedFactor { factor: 3.0 });
            assert_eq!(backoff.check(), expected, "{backoff:?}");
        }
    }

    #[test]
    fn check_refuses_decorrelated_jitter_without_a_range() {
        let expected = Err(BackoffError::NothingToDecorrelate { delay: ms(5) });
        assert_eq!(
            Backoff::constant(ms(5))
                .jitter(Jitter::Decorrelated)
                .check(),
            expected
        );
        let single = Backoff::exponential(ms(5)..=ms(5)).jitter(Jitter::Decorrelated);
        assert_eq!(single.check(), expected);
    }

    #[test]
    fn errors_name_the_numbers() {
        let error = Backoff::exponential(ms(2)..=ms(1)).check().unwrap_err();
        let expected = "backoff range is inverted: minimum 2ms is longer than maximum 1ms";
        assert_eq!(error.to_string(), expected);
    }
}
