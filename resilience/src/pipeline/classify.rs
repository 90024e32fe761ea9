//! [`Classify`]: what an answer means to the policies around the call.

use std::time::Duration;

use crate::verdict::Verdict;

/// Says what came of a call.
///
/// Any closure from a result to a [`Verdict`] is one.
///
/// A panic in it goes through to the caller of the pipeline; the permits of the call are given back
/// as those of a dropped call.
pub trait Classify<T, E> {
    /// The verdict on a result.
    fn verdict(&self, result: &Result<T, E>) -> Verdict;

    /// When the service asked to be called again: the `Retry-After` of HTTP.
    fn retry_after(&self, result: &Result<T, E>) -> Option<Duration> {
        let _ = result;
        None
    }
}

/// As [`Verdict::of`] has it: an `Ok` is a success, an `Err` a failure of unknown effect.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unclassified;

impl<T, E> Classify<T, E> for Unclassified {
    #[inline]
    fn verdict(&self, result: &Result<T, E>) -> Verdict {
        Verdict::of(result)
    }
}

impl<T, E, F: Fn(&Result<T, E>) -> Verdict> Classify<T, E> for F {
    fn verdict(&self, result: &Result<T, E>) -> Verdict {
        self(result)
    }
}

/// A classifier, and a closure that finds when the service asked to be called again; made by
/// [`With::retry_after`](super::With::retry_after).
#[derive(Debug, Clone, Copy)]
pub struct RetryAfter<K, H> {
    pub(crate) classify: K,
    pub(crate) find: H,
}

impl<T, E, K, H> Classify<T, E> for RetryAfter<K, H>
where
    K: Classify<T, E>,
    H: Fn(&Result<T, E>) -> Option<Duration>,
{
    fn verdict(&self, result: &Result<T, E>) -> Verdict {
        self.classify.verdict(result)
    }

    fn retry_after(&self, result: &Result<T, E>) -> Option<Duration> {
        (self.find)(result)
    }
}
