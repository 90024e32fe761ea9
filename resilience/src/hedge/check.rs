//! [`HedgeError`]: what can be wrong with a hedge, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::settings::{Allowance, Hedge, When};

/// The most attempts at once. Each is worth less than the one before, and costs as much.
const MAX_ATTEMPTS: u32 = 5;

/// The largest share: of the 512 calls that are remembered, five are slower.
const MAX_SHARE: f64 = 0.99;

/// Why [`Hedge::check`] refused settings.
///
/// Compares by value, so an error about a share that is NaN does not equal itself.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum HedgeError {
    /// Every call would be made twice at once. Give the first attempt time to answer.
    #[error("a hedge after no time doubles every call")]
    NoDelay,
    /// It is no share of calls that can be told from a few hundred of them. Use one over 0, and up
    /// to 0.99.
    #[error("quantile {share} is not over 0 and at most {MAX_SHARE}")]
    InvalidQuantile {
        /// The share as given.
        share: f64,
    },
    /// There would never be another attempt, or far too many. The first one counts: use 2 to
    /// 5.
    #[error("{attempts} attempts at once are not from 2 to {MAX_ATTEMPTS}")]
    InvalidAttempts {
        /// The attempts as given.
        attempts: u32,
    },
    /// What is to be the share of calls that may be hedged is no share. Use one from 0 to 1.
    #[error("hedge budget's share {share} is not between 0 and 1")]
    InvalidShare {
        /// The share as given.
        share: f64,
    },
    /// No hedge would ever be within the budget. Raise its share or what there may be a second.
    #[error("hedge budget grants nothing: its share and its hedges a second are both zero")]
    EmptyBudget,
}

impl Hedge {
    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// The first of [`HedgeError`] that applies.
    pub fn check(&self) -> Result<(), HedgeError> {
        match self.when {
            When::After(Duration::ZERO)
            | When::Quantile {
                min: Duration::ZERO,
                ..
            } => return Err(HedgeError::NoDelay),
            When::Quantile { share, .. } if !(share > 0.0 && share <= MAX_SHARE) => {
                return Err(HedgeError::InvalidQuantile { share });
            }
            When::After(_) | When::Quantile { .. } => {}
        }
        let attempts = self.attempts;
        if !(2..=MAX_ATTEMPTS).contains(&attempts) {
            return Err(HedgeError::InvalidAttempts { attempts });
        }
        if let Allowance::Own(budget) = self.allowance {
            if let Some(share) = budget.invalid_share() {
                return Err(HedgeError::InvalidShare { share });
            }
            if budget.is_empty() {
                return Err(HedgeError::EmptyBudget);
            }
        }
        Ok(())
    }
}
