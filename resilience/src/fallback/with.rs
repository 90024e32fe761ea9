//! [`WithFallback`]: a pipeline together with what is done where a call fails.

use std::fmt;
use std::future::{Future, Ready, ready};

use super::call::FallbackCall;
use crate::pipeline::{Attempt, Call, CallError, Classify, Informed, Pipeline, With};

/// What depends on one call, with a fallback: made by [`With::fallback`].
#[derive(Clone, Copy)]
#[must_use = "it does nothing until `call`"]
pub struct WithFallback<'p, K, G> {
    with: With<'p, K>,
    fallback: G,
}

impl<'p, K> With<'p, K> {
    /// Sets what is done where the call fails or is rejected. It is the last thing said before the
    /// call.
    ///
    /// `fallback` is handed the failure and makes a future of another result; an `Err` of it is
    /// what the caller gets. It is not asked where the classifier does not take the call's error
    /// for a failure (its outcome is [`Done`](crate::Outcome::Done)), and not where the answer is
    /// an `Ok`, whatever that means to the policies.
    ///
    /// It runs outside of the pipeline, whose permits have been given back and whose time-outs are
    /// over. See [`fallback`](crate::fallback) for one that is a pipeline itself.
    pub const fn fallback<G>(self, fallback: G) -> WithFallback<'p, K, G> {
        WithFallback {
            with: self,
            fallback,
        }
    }

    /// Sets the answer where the call fails or is rejected: [`fallback`](Self::fallback) with a
    /// value.
    ///
    /// # Examples
    ///
    /// ```
    /// use greenroom_resilience::Pipeline;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let ratings = Pipeline::builder("ratings").build()?;
    /// let stars = ratings
    ///     .with()
    ///     .fallback_value(None)
    ///     .call(|| async { Err::<Option<f32>, _>("down") })
    ///     .await;
    /// assert_eq!(stars, Ok(None));
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::type_complexity, reason = "the closure has no name")]
    pub fn fallback_value<T, E>(
        self,
        value: T,
    ) -> WithFallback<'p, K, impl FnOnce(CallError<E>) -> Ready<Result<T, CallError<E>>>> {
        self.fallback(|_| ready(Ok(value)))
    }
}

impl<'p, K, G> WithFallback<'p, K, G> {
    /// Makes a call, as [`Pipeline::call`] does, and falls back where it fails.
    ///
    /// # Errors
    ///
    /// [`CallError`]: the call's own error where it is no failure, and that of the fallback.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the attempt or the fallback, gives every permit back and leaves
    /// nothing behind.
    pub fn call<F, Fut, B, T, E>(self, make: F) -> FallbackCall<Call<&'p Pipeline, K, F, Fut>, G, B>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
        G: FnOnce(CallError<E>) -> B,
        B: Future<Output = Result<T, CallError<E>>>,
    {
        FallbackCall::new(self.with.call(make), self.fallback)
    }

    /// Makes a call with a closure that is told about each [`Attempt`], as [`With::call_with`]
    /// does, and falls back where it fails.
    ///
    /// # Errors
    ///
    /// As those of [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    #[expect(
        clippy::type_complexity,
        reason = "each part is the caller's to choose"
    )]
    pub fn call_with<F, Fut, B, T, E>(
        self,
        make: F,
    ) -> FallbackCall<Call<&'p Pipeline, K, Informed<F, E>, Fut>, G, B>
    where
        F: FnMut(Attempt<'_, E>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
        G: FnOnce(CallError<E>) -> B,
        B: Future<Output = Result<T, CallError<E>>>,
    {
        FallbackCall::new(self.with.call_with(make), self.fallback)
    }
}

impl<K: fmt::Debug, G> fmt::Debug for WithFallback<'_, K, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithFallback")
            .field("with", &self.with)
            .finish_non_exhaustive()
    }
}
