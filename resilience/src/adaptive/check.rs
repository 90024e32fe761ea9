//! [`AdaptiveError`]: what can be wrong with an adaptive limit, and the check for it.

use thiserror::Error;

use super::settings::{AdaptiveLimit, Algorithm};

/// Why [`AdaptiveLimit::check`] refused settings.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum AdaptiveError {
    /// No call could ever be made. Use at least 1.
    #[error("an adaptive limit of at least 0 calls could end at none")]
    ZeroMin,
    /// The bounds leave no limit between them. Swap them.
    #[error("an adaptive limit of at least {min} and at most {max} calls does not exist")]
    EmptyRange {
        /// The least as given.
        min: usize,
        /// The most as given.
        max: usize,
    },
    /// The limit at the beginning is out of its bounds. Move it, or them.
    #[error("the initial limit {initial} is not between {min} and {max}")]
    InitialOutOfBounds {
        /// The initial limit as given.
        initial: usize,
        /// The least as given.
        min: usize,
        /// The most as given.
        max: usize,
    },
    /// The limit would change with every tenth call. Use some times what a call takes.
    #[error("the window of an adaptive limit is empty")]
    EmptyWindow,
    /// It is no share of calls. Use one over 0 and at most 1.
    #[error("failure rate {rate} is not over 0 and at most 1")]
    InvalidRate {
        /// The rate as given.
        rate: f64,
    },
    /// Every call is longer than nothing. Use a time that a healthy call keeps.
    #[error("calls longer than zero are all slow")]
    AllSlow,
    /// Vegas and Gradient2 find out by themselves what is slow. Leave it out, or take AIMD.
    #[error("what is slow has no effect but with AIMD")]
    UnusedSlow,
}

impl AdaptiveLimit {
    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`AdaptiveError`].
    pub fn check(&self) -> Result<(), AdaptiveError> {
        let &Self {
            min, max, initial, ..
        } = self;
        if min == 0 {
            return Err(AdaptiveError::ZeroMin);
        }
        if min > max {
            return Err(AdaptiveError::EmptyRange { min, max });
        }
        if !(min..=max).contains(&initial) {
            return Err(AdaptiveError::InitialOutOfBounds { initial, min, max });
        }
        if self.window.is_zero() {
            return Err(AdaptiveError::EmptyWindow);
        }
        let rate = self.failure_rate;
        if !(rate > 0.0 && rate <= 1.0) {
            return Err(AdaptiveError::InvalidRate { rate });
        }
        match (self.slow, self.algorithm) {
            (Some(slow), Algorithm::Aimd) if slow.is_zero() => Err(AdaptiveError::AllSlow),
            (Some(_), Algorithm::Vegas | Algorithm::Gradient2) => Err(AdaptiveError::UnusedSlow),
            _ => Ok(()),
        }
    }
}
