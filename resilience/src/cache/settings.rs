//! [`Cache`]: how long answers are kept, as plain data; and the check for it.

use std::time::Duration;

use thiserror::Error;

use crate::coalesce::{Coalesce, CoalesceError};

/// How many answers are kept, and how long: what a [`CallCache`](super::CallCache) is made of.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Cache;
///
/// let settings = Cache::new(10_000)
///     .ttl(Duration::from_secs(30))
///     .serve_stale(Duration::from_secs(600));
/// assert_eq!(settings.check(), Ok(()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "settings do nothing by themselves"]
pub struct Cache {
    pub(super) capacity: usize,
    pub(super) ttl: Option<Duration>,
    pub(super) stale: Duration,
    pub(super) join_for: Option<Duration>,
}

/// Why [`Cache::check`] refused settings. Nothing was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CacheError {
    /// There is room for no answer. Give it room for as many as are asked for again and again.
    #[error("cache has room for no answer")]
    NoRoom,
    /// Nobody has said how long an answer is kept, or that it is kept for no time. Set
    /// [`Cache::ttl`]: how old an answer may be is known to nobody but who uses it. To share calls
    /// and keep nothing, take [`Flights`](crate::coalesce::Flights).
    #[error("cache keeps answers for no time: set a ttl")]
    NoTtl,
    /// The calls for what is missing can't be shared so.
    #[error("cache: {0}")]
    Coalesce(#[from] CoalesceError),
}

impl Cache {
    /// Room for so many answers. Those that were used often and lately are kept.
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            ttl: None,
            stale: Duration::ZERO,
            join_for: None,
        }
    }

    /// Sets how long an answer is kept, from when it came. Must be set.
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets for how long after its [`ttl`](Self::ttl) an answer is served where a call for another
    /// one fails. Not at all unless set: nobody is told that it is old.
    pub const fn serve_stale(mut self, after_ttl: Duration) -> Self {
        self.stale = after_ttl;
        self
    }

    /// Sets how old a call may be for others to wait for its answer, as
    /// [`Coalesce::join_for`](crate::Coalesce::join_for) does. Without a limit unless set.
    pub const fn join_for(mut self, age: Duration) -> Self {
        self.join_for = Some(age);
        self
    }

    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`CacheError`]:
    ///
    /// - [`NoRoom`](CacheError::NoRoom): a capacity of 0.
    /// - [`NoTtl`](CacheError::NoTtl): not set, or zero.
    /// - [`Coalesce`](CacheError::Coalesce): what [`Coalesce::check`] finds.
    pub fn check(&self) -> Result<(), CacheError> {
        if self.capacity == 0 {
            return Err(CacheError::NoRoom);
        }
        if matches!(self.ttl, None | Some(Duration::ZERO)) {
            return Err(CacheError::NoTtl);
        }
        Ok(self.coalesce().check()?)
    }

    /// How calls are shared: those of as many keys at a time as there is room for.
    pub(super) const fn coalesce(&self) -> Coalesce {
        let coalesce = Coalesce::new(self.capacity);
        match self.join_for {
            Some(age) => coalesce.join_for(age),
            None => coalesce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn check_accepts_what_keeps_answers_and_refuses_what_does_not() {
        let cache = Cache::new(1).ttl(SECOND);
        assert_eq!(cache.check(), Ok(()));
        let longest = Cache::new(usize::MAX).ttl(Duration::MAX);
        assert_eq!(longest.serve_stale(Duration::MAX).check(), Ok(()));
        assert_eq!(Cache::new(0).ttl(SECOND).check(), Err(CacheError::NoRoom));
        assert_eq!(Cache::new(1).check(), Err(CacheError::NoTtl));
        assert_eq!(cache.ttl(Duration::ZERO).check(), Err(CacheError::NoTtl));
        let never = cache.join_for(Duration::ZERO);
        let expected = CacheError::Coalesce(CoalesceError::NeverJoined);
        assert_eq!(never.check(), Err(expected));
    }
}
