//! [`GuardedError`]: what a call through a guarded reference ends with when it fails.

use std::fmt;

use greenroom_resilience::Outcome;
use greenroom_resilience::pipeline::{CallError, Rejected};
use thiserror::Error;

use crate::refs::error::{AskError, SendError};

/// A guarded tell that did not queue its message, or a guarded ask without an answer.
///
/// It says why ([`cause`](Self::cause)), what is known of all attempts together
/// ([`outcome`](Self::outcome)), and gives the message back where it was never queued
/// ([`into_message`](Self::into_message)), also when a policy turned it away. The reply in the
/// message of an ask that comes back leads nowhere any more.
#[derive(Clone)]
pub struct GuardedError<M> {
    cause: GuardedCause,
    outcome: Outcome,
    message: Option<M>,
}

/// Why a guarded call failed.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum GuardedCause {
    /// The last attempt to tell failed so.
    #[error(transparent)]
    Tell(SendError<()>),
    /// The last attempt to ask failed so.
    #[error(transparent)]
    Ask(AskError),
    /// A policy ended the call: before an attempt, or in one with a time-out.
    #[error(transparent)]
    Rejected(Rejected),
    /// A `try_tell` would have had to wait for a policy: for its turn at a bulkhead or a rate
    /// limit. `tell` waits.
    #[error("a policy of the pipeline would have it wait")]
    WouldWait,
}

impl<M> GuardedError<M> {
    pub(super) fn new(cause: GuardedCause, outcome: Outcome, message: Option<M>) -> Self {
        Self {
            cause,
            outcome,
            message,
        }
    }

    /// Of a call that has ended so.
    pub(super) fn of<E>(error: CallError<E>, message: Option<M>) -> Self
    where
        E: Into<GuardedCause>,
    {
        match error {
            CallError::Rejected(rejected) => {
                let outcome = rejected.outcome();
                Self::new(GuardedCause::Rejected(rejected), outcome, message)
            }
            CallError::Inner(error, outcome) => {
                let cause: GuardedCause = error.into();
                // What says nothing about the actor counts as done with the policies.
                let outcome = match outcome {
                    Outcome::Done => cause.outcome(),
                    outcome => outcome,
                };
                Self::new(cause, outcome, message)
            }
        }
    }

    /// Why it failed.
    #[must_use]
    pub fn cause(&self) -> &GuardedCause {
        &self.cause
    }

    /// The rejection, where a policy ended the call.
    #[must_use]
    pub fn rejected(&self) -> Option<&Rejected> {
        match &self.cause {
            GuardedCause::Rejected(rejected) => Some(rejected),
            _ => None,
        }
    }

    /// What is known of the message, all attempts taken together: *refused* was certainly not
    /// handled; *unknown* as soon as one attempt may have been.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The message, where it was never queued. One that was in a mailbox and left it unhandled is a
    /// dead letter.
    pub fn into_message(self) -> Option<M> {
        self.message
    }

    /// The same error without the message, for `?` where the message type is not `Sync`.
    #[must_use]
    pub fn without_message(self) -> GuardedError<()> {
        GuardedError::new(self.cause, self.outcome, None)
    }
}

impl GuardedCause {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Tell(error) => error.outcome(),
            Self::Ask(error) => error.outcome(),
            Self::Rejected(rejected) => rejected.outcome(),
            Self::WouldWait => Outcome::Refused,
        }
    }
}

impl From<SendError<()>> for GuardedCause {
    fn from(error: SendError<()>) -> Self {
        Self::Tell(error)
    }
}

impl From<AskError> for GuardedCause {
    fn from(error: AskError) -> Self {
        Self::Ask(error)
    }
}

impl<M> fmt::Display for GuardedError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl<M> fmt::Debug for GuardedError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the message, so that no `M: Debug` is needed.
        f.debug_struct("GuardedError")
            .field("cause", &self.cause)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl<M> std::error::Error for GuardedError<M> {}
