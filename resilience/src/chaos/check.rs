//! [`ChaosError`]: what can be wrong with chaos, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::settings::Chaos;

/// Why [`Chaos::check`] refused settings.
///
/// Compares by value, so an error about a share that is NaN does not equal itself.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum ChaosError {
    /// A share of calls is none. Use one from 0 to 1.
    #[error("the share {share} of calls that are {what} is not between 0 and 1")]
    InvalidShare {
        /// What is to become of them.
        what: &'static str,
        /// The share as given.
        share: f64,
    },
    /// More calls are to fail than there are: the shares of those refused and of those of unknown
    /// outcome are over 1 together. Lower one.
    #[error("the shares of failures, {refused} refused and {unknown} unknown, are over 1 together")]
    TooManyFaults {
        /// The share of those refused.
        refused: f64,
        /// The share of those of unknown outcome.
        unknown: f64,
    },
    /// The shortest delay is longer than the longest. Swap them.
    #[error("the latency from {shortest:?} to {longest:?} is inverted")]
    InvertedLatency {
        /// The start of the range.
        shortest: Duration,
        /// Its end.
        longest: Duration,
    },
    /// Calls are to be late, by nothing. Give the range a length, or leave it out.
    #[error("calls are to be late by no time")]
    NoLatency,
}

impl Chaos {
    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// The first of [`ChaosError`] that applies.
    pub fn check(&self) -> Result<(), ChaosError> {
        let Self {
            refused,
            unknown,
            late,
            ..
        } = *self;
        for (what, share) in [("refused", refused), ("unknown", unknown), ("late", late)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(ChaosError::InvalidShare { what, share });
            }
        }
        if refused + unknown > 1.0 {
            return Err(ChaosError::TooManyFaults { refused, unknown });
        }
        let (shortest, longest) = (*self.latency.start(), *self.latency.end());
        if shortest > longest {
            return Err(ChaosError::InvertedLatency { shortest, longest });
        }
        if late > 0.0 && longest.is_zero() {
            return Err(ChaosError::NoLatency);
        }
        Ok(())
    }
}
