//! [`Throttle`]: how many more calls a client makes than the service accepts.

use std::time::Duration;

use thiserror::Error;

/// The settings of a client-side throttle: plain data.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Throttle;
///
/// let throttle = Throttle::default().factor(1.5).window(Duration::from_secs(30));
/// assert_eq!(throttle.check(), Ok(()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    pub(super) factor: f64,
    pub(super) window: Duration,
    pub(super) min_calls: u32,
    pub(super) by_class: bool,
}

/// Twice as many as accepted, over two minutes, each class by itself.
impl Default for Throttle {
    fn default() -> Self {
        Self {
            factor: 2.0,
            window: Duration::from_secs(120),
            min_calls: 10,
            by_class: true,
        }
    }
}

impl Throttle {
    /// Sets how many calls are made for each that is accepted: the `K` of the book, 2 unless set.
    ///
    /// Lower values spare the service more, and notice later that it is well again: at 1.1 it
    /// refuses one call for every ten that it accepts, at 2 one for each.
    #[must_use]
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// Sets how far back calls count, exact to a tenth: two minutes unless set, as in the book. It
    /// takes about as long until a service that failed has all its calls again.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Sets how many calls must be in the window before any is throttled: 10 unless set. With
    /// fewer, one unlucky call would be a large share.
    #[must_use]
    pub const fn min_calls(mut self, calls: u32) -> Self {
        self.min_calls = calls;
        self
    }

    /// Counts calls of all classes together. Each [class](crate::Criticality) is counted by itself
    /// unless set, as in the book: a service that refuses the less critical calls first has those
    /// throttled, and the others not.
    #[must_use]
    pub const fn all_classes_together(mut self) -> Self {
        self.by_class = false;
        self
    }

    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`ThrottleError`].
    pub fn check(&self) -> Result<(), ThrottleError> {
        let factor = self.factor;
        if !(factor >= 1.0 && factor.is_finite()) {
            return Err(ThrottleError::InvalidFactor { factor });
        }
        if self.window.is_zero() {
            return Err(ThrottleError::EmptyWindow);
        }
        Ok(())
    }
}

/// Why [`Throttle::check`] refused settings.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum ThrottleError {
    /// Below 1 it would throttle a service that accepts every call, and end at none. Use at least
    /// 1; 2 is a good one.
    #[error("a throttle factor of {factor} is not a number from 1 up")]
    InvalidFactor {
        /// The factor as given.
        factor: f64,
    },
    /// No call is ever in the window. Give it a length.
    #[error("the window of a throttle is empty")]
    EmptyWindow,
}
