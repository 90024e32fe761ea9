//! [`Coalesce`]: how calls are shared, as plain data; and the check for it.

use std::time::Duration;

use thiserror::Error;

/// How calls for the same thing share one: what a [`Flights`](super::Flights) is made of.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Coalesce;
///
/// let settings = Coalesce::new(10_000).join_for(Duration::from_secs(1));
/// assert_eq!(settings.check(), Ok(()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "settings do nothing by themselves"]
pub struct Coalesce {
    pub(super) capacity: usize,
    pub(super) join_for: Option<Duration>,
}

/// Why [`Coalesce::check`] refused settings. Nothing was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CoalesceError {
    /// There is room for no flight, so that nothing would ever be shared. Give it room for as many
    /// keys as are called at a time.
    #[error("there is room for no flight: nothing would be shared")]
    NoFlights,
    /// A flight takes callers for no time, so that nothing would ever be shared. Set a longer
    /// [`Coalesce::join_for`], or leave it out.
    #[error("a flight can be joined for 0s: nothing would be shared")]
    NeverJoined,
}

impl Coalesce {
    /// At most so many calls, each for another key, that others can join at a time: as many keys as
    /// are called at once. There is no good default: it is the number of callers, or of keys.
    ///
    /// Where there are as many, a call for another key is made all the same, and not shared. Who
    /// wants to reject it puts a [bulkhead](crate::bulkhead) around.
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            join_for: None,
        }
    }

    /// Sets how old a flight may be that takes another caller. Who comes later begins a new one,
    /// and those in the old one stay there. Without a limit unless set.
    ///
    /// Two things need it. One slow call holds up those that came within this time and nobody else.
    /// And no caller gets an answer to a question that was put longer than this before its own.
    pub const fn join_for(mut self, age: Duration) -> Self {
        self.join_for = Some(age);
        self
    }

    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`CoalesceError`]:
    ///
    /// - [`NoFlights`](CoalesceError::NoFlights): room for none.
    /// - [`NeverJoined`](CoalesceError::NeverJoined): no time to join one.
    pub const fn check(&self) -> Result<(), CoalesceError> {
        match self {
            Self { capacity: 0, .. } => Err(CoalesceError::NoFlights),
            Self {
                join_for: Some(Duration::ZERO),
                ..
            } => Err(CoalesceError::NeverJoined),
            Self { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_accepts_what_shares_and_refuses_what_never_does() {
        let settings = Coalesce::new(1);
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(settings.join_for(Duration::from_nanos(1)).check(), Ok(()));
        assert_eq!(Coalesce::new(usize::MAX).check(), Ok(()));
        assert_eq!(Coalesce::new(0).check(), Err(CoalesceError::NoFlights));
        let never = settings.join_for(Duration::ZERO);
        assert_eq!(never.check(), Err(CoalesceError::NeverJoined));
    }
}
