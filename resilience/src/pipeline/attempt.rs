//! [`Attempt`]: what a call is told about each attempt, and [`MakeAttempt`], which makes one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::rejected::CallError;
use crate::deadline::Deadline;

/// One attempt of a call, as [`With::call_with`](super::With::call_with) shows it to the closure
/// that makes it.
#[derive(Debug)]
pub struct Attempt<'a, E> {
    number: u32,
    last: Option<&'a CallError<E>>,
}

impl<'a, E> Attempt<'a, E> {
    /// How often the service will have been called with this attempt: 1 at the first.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Why the attempt before has no answer, or what kept it from being made: the error that the
    /// caller would have got. `None` at the first attempt, and after an `Ok` that the classifier
    /// took for a failure.
    #[must_use]
    pub const fn last_error(&self) -> Option<&'a CallError<E>> {
        self.last
    }

    /// The time left for this attempt: until the first of the time-outs around it, or the
    /// [deadline](crate::Deadline) of the task. `None` where there is neither.
    ///
    /// It reads the clock.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        Deadline::current().map(Deadline::remaining)
    }
}

/// Makes the attempts of a call.
///
/// Any closure that makes a future of a `Result` is one. What it does runs under the time-outs of
/// the attempt, as its [deadline](crate::Deadline).
pub trait MakeAttempt<T, E> {
    /// One attempt.
    type Future: Future<Output = Result<T, E>>;

    /// Makes an attempt. `number` counts from 1; `more` says whether the policies may have it
    /// followed by another.
    fn make(&mut self, number: u32, more: impl FnOnce() -> bool) -> Self::Future;

    /// An attempt is over, done or stopped by a policy, and is about to be dropped: what it still
    /// has can be taken back. Says whether it came as far as the service; one that did not
    /// certainly had no effect.
    fn take_back(&mut self, _attempt: Pin<&mut Self::Future>) -> bool {
        true
    }

    /// Whether there is what another attempt needs; where there is not, none is made.
    fn has_more(&self) -> bool {
        true
    }

    /// Takes what an attempt ended with that is tried again.
    fn failed(&mut self, failure: Option<CallError<E>>) {
        drop(failure);
    }
}

impl<F, Fut, T, E> MakeAttempt<T, E> for F
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Future = Fut;

    #[inline]
    fn make(&mut self, _: u32, _: impl FnOnce() -> bool) -> Fut {
        self()
    }
}

/// A closure that is told about each [`Attempt`].
pub struct Informed<F, E> {
    make: F,
    last: Option<CallError<E>>,
}

impl<F, E> Informed<F, E> {
    pub(super) const fn new(make: F) -> Self {
        Self { make, last: None }
    }
}

impl<F, Fut, T, E> MakeAttempt<T, E> for Informed<F, E>
where
    F: FnMut(Attempt<'_, E>) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Future = Fut;

    fn make(&mut self, number: u32, _: impl FnOnce() -> bool) -> Fut {
        let last = self.last.as_ref();
        (self.make)(Attempt { number, last })
    }

    fn failed(&mut self, failure: Option<CallError<E>>) {
        self.last = failure;
    }
}

impl<F, E: fmt::Debug> fmt::Debug for Informed<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Informed")
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}
