//! [`With`]: a pipeline together with what depends on one call.

use std::future::Future;
use std::time::Duration;

use super::attempt::{Attempt, Informed};
use super::call::Call;
use super::classify::{Classify, RetryAfter, Unclassified};
use super::options::Options;
use super::pipeline::Pipeline;
use crate::shed::Criticality;

/// A pipeline together with what depends on one call, or on its types; see [`Pipeline::with`].
///
/// It is said in any order, but for [`classify`](Self::classify), which comes before
/// [`retry_after`](Self::retry_after).
#[derive(Debug, Clone, Copy)]
#[must_use = "it does nothing until `call`"]
pub struct With<'p, K> {
    pipeline: &'p Pipeline,
    options: Options,
    classify: K,
}

impl Pipeline {
    /// What depends on one call: how its results are classified, whether it may be repeated, what
    /// it costs.
    pub const fn with(&self) -> With<'_, Unclassified> {
        With {
            pipeline: self,
            options: Options::new(),
            classify: Unclassified,
        }
    }
}

impl<'p> With<'p, Unclassified> {
    /// Sets what a result means to the policies.
    pub fn classify<K>(self, classify: K) -> With<'p, K> {
        self.classified(|_| classify)
    }
}

impl<'p, K> With<'p, K> {
    /// Sets all options of the call, in place of those said before.
    pub const fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Says that this call may have its effect twice without harm; see [`Options::idempotent`].
    pub const fn idempotent(mut self) -> Self {
        self.options = self.options.idempotent();
        self
    }

    /// Says that this call must not have its effect twice; see [`Options::only_refused`].
    pub const fn only_refused(mut self) -> Self {
        self.options = self.options.only_refused();
        self
    }

    /// Sets the time-out of the whole call, in place of the pipeline's; see [`Options::timeout`].
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.options = self.options.timeout(limit);
        self
    }

    /// Sets how many permits of the rate limit each attempt costs; see [`Options::cost`].
    pub const fn cost(mut self, permits: u32) -> Self {
        self.options = self.options.cost(permits);
        self
    }

    /// Sets the priority in the queue of the bulkhead; see [`Options::priority`].
    pub const fn priority(mut self, priority: u8) -> Self {
        self.options = self.options.priority(priority);
        self
    }

    /// Sets how much it matters that this call is served; see [`Options::criticality`].
    pub const fn criticality(mut self, criticality: Criticality) -> Self {
        self.options = self.options.criticality(criticality);
        self
    }

    /// Finds in a result when the service asks to be called again: the `Retry-After` of HTTP. The
    /// verdicts stay as they are.
    ///
    /// A retry comes no earlier, and a circuit breaker that opens stays open so long, each up to
    /// its own bound.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::{Jitter, Pipeline, Retry, Verdict};
    /// use tokio::time::Instant;
    ///
    /// #[derive(Debug, PartialEq)]
    /// struct Busy { until: Duration }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pause = Duration::from_millis(10);
    /// let shop = Pipeline::builder("shop")
    ///     .retry(Retry::constant(pause).jitter(Jitter::None))
    ///     .build()?;
    /// let mut answers = [Err(Busy { until: Duration::from_secs(2) }), Ok(7)].into_iter();
    /// let began = Instant::now();
    /// let answer = shop
    ///     .with()
    ///     .classify(|answer: &Result<u32, Busy>| match answer {
    ///         Ok(_) => Verdict::Success,
    ///         Err(_) => Verdict::Refused,
    ///     })
    ///     .retry_after(|answer: &Result<u32, Busy>| Some(answer.as_ref().err()?.until))
    ///     .call(|| std::future::ready(answers.next().expect("there are two")))
    ///     .await;
    /// assert_eq!(answer, Ok(7));
    /// assert_eq!(began.elapsed(), Duration::from_secs(2) + pause);
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry_after<H>(self, find: H) -> With<'p, RetryAfter<K, H>> {
        self.classified(|classify| RetryAfter { classify, find })
    }

    /// Makes a call, as [`Pipeline::call`] does.
    ///
    /// # Errors
    ///
    /// [`CallError`](super::CallError): the call's own error, or the rejection of a policy.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the attempt, gives every permit back and leaves nothing behind.
    pub fn call<F, Fut, T, E>(self, make: F) -> Call<&'p Pipeline, K, F, Fut>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
    {
        Call::new(self.pipeline, self.options, self.classify, make)
    }

    /// Makes a call with a closure that is told about each [`Attempt`]: its number, the time left
    /// for it, and why the one before failed.
    ///
    /// # Errors
    ///
    /// [`CallError`](super::CallError): the call's own error, or the rejection of a policy.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the attempt, gives every permit back and leaves nothing behind.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::{Pipeline, Retry};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let replicas = ["a", "b", "c"];
    /// let read = Pipeline::builder("replicas")
    ///     .retry(Retry::constant(Duration::from_millis(10)))
    ///     .idempotent()
    ///     .build()?;
    /// let answer = read
    ///     .with()
    ///     .call_with(|attempt| {
    ///         let replica = replicas[attempt.number() as usize % replicas.len()];
    ///         async move { if replica == "b" { Err("down") } else { Ok(replica) } }
    ///     })
    ///     .await;
    /// assert_eq!(answer, Ok("c"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_with<F, Fut, T, E>(self, make: F) -> Call<&'p Pipeline, K, Informed<F, E>, Fut>
    where
        F: FnMut(Attempt<'_, E>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
    {
        let make = Informed::new(make);
        Call::new(self.pipeline, self.options, self.classify, make)
    }

    fn classified<K2>(self, change: impl FnOnce(K) -> K2) -> With<'p, K2> {
        With {
            pipeline: self.pipeline,
            options: self.options,
            classify: change(self.classify),
        }
    }
}
