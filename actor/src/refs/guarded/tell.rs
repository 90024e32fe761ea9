//! [`GuardedTell`]: the future of a tell through a pipeline.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use greenroom_resilience::pipeline::{Call, Options};
use greenroom_resilience::{Criticality, Outcome};
use pin_project::pin_project;

use super::attempts::{AnyAnswer, ByOutcome, TellAttempt, Tells};
use super::error::{GuardedCause, GuardedError};
use super::passage::{Passage, Plan};
use super::reference::Guarded;

/// A message on its way through a pipeline and into a mailbox; see [`Guarded::tell`].
///
/// Its errors are [`GuardedError`]s.
///
/// # Panics
///
/// When it is polled again after it was ready.
///
/// # Cancel safety
///
/// Dropped before it is done it has queued nothing; every permit is given back.
#[must_use = "a tell does nothing unless awaited"]
#[pin_project]
pub struct GuardedTell<'a, M: Send + 'static> {
    guarded: &'a Guarded<M>,
    #[pin]
    passage: Passage<'a, Tells<'a, M>, ByOutcome<AnyAnswer>, TellAttempt<'a, M>>,
}

impl<'a, M: Send + 'static> GuardedTell<'a, M> {
    pub(super) fn new(guarded: &'a Guarded<M>, message: M) -> Self {
        let attempts = Tells::new(guarded, message);
        let passage = Passage::new(guarded.pipeline(), attempts, ByOutcome(AnyAnswer));
        Self { guarded, passage }
    }

    /// Sets how long each attempt waits for room; 5 s unless set.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.change(|tells| tells.timeout = timeout)
    }

    /// Drops the message unhandled when it has not been handled this long after it was queued.
    ///
    /// The time-outs of the pipeline are no such deadline: they end the wait for room, and what is
    /// queued is handled.
    pub fn deadline(self, within: Duration) -> Self {
        self.change(|tells| tells.deadline = Some(within))
    }

    /// Sets how much it matters that the message is handled, for a mailbox that
    /// [sheds](crate::MailboxSettings::shed); critical unless set.
    pub fn criticality(self, criticality: Criticality) -> Self {
        self.change(|tells| tells.criticality = criticality)
    }

    /// Sets what this call asks of the policies: its priority, its cost.
    pub fn options(mut self, options: Options) -> Self {
        self.passage = self.passage.change(|plan| Plan { options, ..plan });
        self
    }

    fn change(mut self, how: impl FnOnce(&mut Tells<'a, M>)) -> Self {
        self.passage = self.passage.change(|mut plan| {
            how(&mut plan.attempts);
            plan
        });
        self
    }
}

impl<M: Send + 'static> Future for GuardedTell<'_, M> {
    type Output = Result<(), GuardedError<M>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().passage.poll(
            cx,
            |_| {},
            |error, tells| GuardedError::of(error, tells.take_message()),
        )
    }
}

/// A tell that does not wait, for room or for a policy.
pub(super) fn try_tell<M: Send + 'static>(
    guarded: &Guarded<M>,
    message: M,
) -> Result<(), GuardedError<M>> {
    let attempts = Tells::new(guarded, message).impatient();
    let call = Call::new(
        guarded.pipeline(),
        Options::new(),
        ByOutcome(AnyAnswer),
        attempts,
    );
    let mut call = pin!(call);
    let Some(result) = call.as_mut().try_now() else {
        let tells = call.maker();
        let cause = tells
            .last
            .take()
            .map_or(GuardedCause::WouldWait, GuardedCause::Tell);
        return Err(GuardedError::new(
            cause,
            Outcome::Refused,
            tells.take_message(),
        ));
    };
    result.map_err(|error| GuardedError::of(error, call.maker().take_message()))
}

impl<M: Send + 'static> fmt::Debug for GuardedTell<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GuardedTell({:?})", self.guarded)
    }
}
