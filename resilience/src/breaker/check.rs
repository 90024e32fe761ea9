//! [`BreakerError`]: what can be wrong with the settings of a breaker, and the check for it.

use std::time::Duration;

use thiserror::Error;

use super::settings::{Breaker, HalfOpen};
use super::window::{CALLS_MAX, Window};
use crate::backoff::BackoffError;

/// Why [`Breaker::check`] refused settings.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum BreakerError {
    /// A rate is no share of calls. Use one over 0 and at most 1.
    #[error("{what} {rate} is not over 0 and at most 1")]
    InvalidRate {
        /// Which rate.
        what: &'static str,
        /// The rate as given.
        rate: f64,
    },
    /// Nothing opens it. Give it a rate of failures or of slow calls, or a number of failures in a
    /// row.
    #[error("nothing opens the breaker: no failure rate, no slow-call rate, no failures in a row")]
    NoRule,
    /// It would open without a failure. Use at least 1.
    #[error("a breaker needs at least 1 failure in a row to open")]
    NoFailures,
    /// No call is ever in the window. Give it a length.
    #[error("the window of a breaker is empty")]
    EmptyWindow,
    /// The window would take a megabyte and more. Use a window of time.
    #[error("a window of {calls} calls is over the most, {CALLS_MAX}")]
    WindowTooLarge {
        /// The calls as given.
        calls: u32,
    },
    /// The window never holds as many calls as are needed for a decision, so that it would never
    /// open. Enlarge the window or lower the minimum.
    #[error("at least {min_calls} calls are asked for in a window of {window}")]
    MinCallsOverWindow {
        /// The minimum as given.
        min_calls: u32,
        /// The window as given.
        window: u32,
    },
    /// A rate of nothing is no rate. Use at least 1.
    #[error("a rate needs at least 1 call")]
    NoMinCalls,
    /// Every call is longer than nothing. Use a time that a healthy call keeps.
    #[error("calls longer than zero are all slow")]
    AllSlow,
    /// An open breaker would let the next call in. Use a time in which a service can recover.
    #[error("an open breaker must stay open for some time")]
    NeverOpen,
    /// The open times make no sense.
    #[error("open time: {0}")]
    Open(#[from] BackoffError),
    /// It would never find out whether the service works. Use at least 1 call, or a step of some
    /// length.
    #[error("a half-open breaker must admit at least 1 call")]
    NoTrial,
    /// It would open again before a trial call can end.
    #[error("the limit of half-open must not be zero")]
    NoTrialTime,
}

impl Breaker {
    /// Says whether these settings make sense. For whoever takes them from a user.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`BreakerError`].
    pub fn check(&self) -> Result<(), BreakerError> {
        if let Some(rate) = self.failure_rate {
            check_rate("failure rate", rate)?;
        }
        if let Some(slow) = self.slow {
            check_rate("slow-call rate", slow.rate)?;
            if slow.longer_than.is_zero() {
                return Err(BreakerError::AllSlow);
            }
        }
        if !self.counts_rates() && self.consecutive.is_none() {
            return Err(BreakerError::NoRule);
        }
        if self.consecutive == Some(0) {
            return Err(BreakerError::NoFailures);
        }
        self.check_window()?;
        self.open.check()?;
        if self.open.delay(0, None, 0.0).is_zero() {
            return Err(BreakerError::NeverOpen);
        }
        match self.half_open {
            HalfOpen::Calls(0) | HalfOpen::Ramp(Duration::ZERO) => Err(BreakerError::NoTrial),
            _ if self.half_open_limit.is_zero() => Err(BreakerError::NoTrialTime),
            _ => Ok(()),
        }
    }

    fn check_window(&self) -> Result<(), BreakerError> {
        let min_calls = self.min_calls;
        match self.window {
            Window::Calls(0) | Window::Time(Duration::ZERO) => Err(BreakerError::EmptyWindow),
            Window::Calls(calls) if calls > CALLS_MAX => {
                Err(BreakerError::WindowTooLarge { calls })
            }
            Window::Calls(window) if min_calls > window && self.counts_rates() => {
                Err(BreakerError::MinCallsOverWindow { min_calls, window })
            }
            _ if min_calls == 0 => Err(BreakerError::NoMinCalls),
            _ => Ok(()),
        }
    }

    /// Whether it opens for a rate.
    pub(super) fn counts_rates(&self) -> bool {
        self.failure_rate.is_some() || self.slow.is_some()
    }
}

fn check_rate(what: &'static str, rate: f64) -> Result<(), BreakerError> {
    if rate > 0.0 && rate <= 1.0 {
        Ok(())
    } else {
        Err(BreakerError::InvalidRate { what, rate })
    }
}
