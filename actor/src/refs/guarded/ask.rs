//! [`GuardedAsk`]: the future of an ask through a pipeline.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use greenroom_resilience::deadline::Deadline;
use greenroom_resilience::pipeline::Options;
use greenroom_resilience::{Criticality, Verdict};
use pin_project::pin_project;

use super::attempts::{AnyAnswer, AskAttempt, Asks, ByOutcome, ClassifyAnswer};
use super::error::GuardedError;
use super::message::MakeMessage;
use super::passage::{Passage, Plan};
use super::reference::Guarded;
use crate::refs::ask::Outside;

/// A question on its way through a pipeline; see [`Guarded::ask`].
///
/// Its errors are [`GuardedError`]s.
///
/// # Panics
///
/// When the classifier or what makes the messages does, and when it is polled again after it was
/// ready.
///
/// # Cancel safety
///
/// As that of [`Ask`](crate::Ask); every permit is given back.
#[must_use = "an ask does nothing unless awaited"]
#[pin_project]
pub struct GuardedAsk<'a, M, R, F, C = AnyAnswer>
where
    M: Send + 'static,
    R: Send + 'static,
    F: MakeMessage<M, R>,
{
    guarded: &'a Guarded<M>,
    #[pin]
    passage: Passage<'a, Asks<'a, M, R, F>, ByOutcome<C>, AskAttempt<'a, M, R>>,
}

impl<'a, M, R, F> GuardedAsk<'a, M, R, F>
where
    M: Send + 'static,
    R: Send + 'static,
    F: MakeMessage<M, R>,
{
    pub(super) fn new(guarded: &'a Guarded<M>, make: F) -> Self {
        let attempts = Asks::new(guarded, make);
        let passage = Passage::new(guarded.pipeline(), attempts, ByOutcome(AnyAnswer));
        Self { guarded, passage }
    }

    /// Says what an answer means to the policies; any is a success unless said otherwise.
    ///
    /// For handlers that answer with a `Result`: what the actor could not do is then a failure that
    /// opens breakers and is tried again.
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # use greenroom::{Guarded, GuardedError};
    /// # use greenroom_resilience::Verdict;
    /// # struct Busy;
    /// # enum Msg { Get(Reply<Result<u64, Busy>>) }
    /// # async fn demo(stock: Guarded<Msg>) -> Result<(), GuardedError<Msg>> {
    /// let answer = stock
    ///     .ask(Msg::Get)
    ///     .classify(|answer: &Result<u64, Busy>| match answer {
    ///         Ok(_) => Verdict::Success,
    ///         Err(Busy) => Verdict::Refused,
    ///     })
    ///     .await?;
    /// # let _ = answer; Ok(()) }
    /// ```
    pub fn classify<C: Fn(&R) -> Verdict>(self, classify: C) -> GuardedAsk<'a, M, R, F, C> {
        GuardedAsk {
            guarded: self.guarded,
            passage: self.passage.change(|plan| Plan {
                options: plan.options,
                attempts: plan.attempts,
                classify: ByOutcome(classify),
            }),
        }
    }
}

impl<M, R, F, C> GuardedAsk<'_, M, R, F, C>
where
    M: Send + 'static,
    R: Send + 'static,
    F: MakeMessage<M, R>,
{
    /// Sets how long each attempt waits for room and answer together; 5 s unless set. The
    /// time-outs of the pipeline and the task's deadline count if they are sooner.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.passage = self.passage.change(|mut plan| {
            plan.attempts.timeout = timeout;
            plan
        });
        self
    }

    /// Sets how much it matters that the message is handled, for a mailbox that
    /// [sheds](crate::MailboxSettings::shed); critical unless set.
    pub fn criticality(mut self, criticality: Criticality) -> Self {
        self.passage = self.passage.change(|mut plan| {
            plan.attempts.criticality = criticality;
            plan
        });
        self
    }

    /// Sets what this call asks of the policies: its priority, its cost, whether it is idempotent.
    pub fn options(mut self, options: Options) -> Self {
        self.passage = self.passage.change(|plan| Plan { options, ..plan });
        self
    }
}

impl<M, R, F, C> Future for GuardedAsk<'_, M, R, F, C>
where
    M: Send + 'static,
    R: Send + 'static,
    F: MakeMessage<M, R>,
    C: ClassifyAnswer<R>,
{
    type Output = Result<R, GuardedError<M>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outside = Outside(Deadline::current());
        self.project().passage.poll(
            cx,
            |asks| asks.outside = outside,
            |error, asks| GuardedError::of(error, asks.take_message()),
        )
    }
}

impl<M, R, F, C> fmt::Debug for GuardedAsk<'_, M, R, F, C>
where
    M: Send + 'static,
    R: Send + 'static,
    F: MakeMessage<M, R>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GuardedAsk({:?})", self.guarded)
    }
}
