//! What lies in a mailbox: the message, unboxed, and what rare messages carry beside it.

use std::fmt;
use std::sync::Arc;

use greenroom_resilience::Criticality;
use greenroom_resilience::deadline::Deadline;
use tracing::Span;

use crate::dead_letters::DeadLetterReason;
use crate::environment::Environment;
use crate::failure::Failure;

/// A message on its way to a handler.
pub(crate) struct Envelope<M> {
    pub(crate) message: M,
    /// Asks, tells with a deadline and piped results have one; a plain tell has none.
    pub(crate) attachment: Option<Arc<dyn Attachment>>,
}

impl<M> fmt::Debug for Envelope<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Envelope")
    }
}

impl<M> Envelope<M> {
    pub(crate) fn plain(message: M) -> Self {
        Self {
            message,
            attachment: None,
        }
    }
}

/// What travels beside a message and is told what becomes of it.
///
/// One can be put around another: what it does not do itself, it leaves to the inner one.
pub(crate) trait Attachment: Send + Sync {
    /// The one that this was put around.
    fn inner(&self) -> Option<&dyn Attachment> {
        None
    }

    /// The message is about to be handed to its handler, in the actor's `instance`-th life.
    fn begin(&self, instance: u32) -> Begin {
        self.inner()
            .map_or(Begin::Go, |inner| inner.begin(instance))
    }

    /// Another poll of the handler begins.
    fn resume(&self, environment: &Environment) {
        if let Some(inner) = self.inner() {
            inner.resume(environment);
        }
    }

    /// How much it matters that the message is handled, when not all can be.
    fn criticality(&self) -> Criticality {
        self.inner()
            .map_or_else(Criticality::default, |inner| inner.criticality())
    }

    /// Until when somebody waits for what the handler does.
    fn deadline(&self, environment: &Environment) -> Option<Deadline> {
        self.inner().and_then(|inner| inner.deadline(environment))
    }

    /// A poll of the handler has ended so.
    fn settle(&self, verdict: &Verdict) {
        if let Some(inner) = self.inner() {
            inner.settle(verdict);
        }
    }

    /// The span in which the message was sent, where its actor traces messages.
    fn sender(&self) -> Option<&Span> {
        self.inner().and_then(|inner| inner.sender())
    }

    /// The message left the mailbox without being handled.
    fn refuse(&self, why: Refusal) {
        if let Some(inner) = self.inner() {
            inner.refuse(why);
        }
    }
}

/// Whether a handler may begin with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It may.
    Go,
    /// Its deadline has passed, or nobody waits for its answer any more.
    Expired,
    /// It is the result of a task of an earlier instance.
    Stale,
    /// The test kit wants this message to fail.
    #[cfg_attr(
        not(feature = "testkit"),
        allow(dead_code, reason = "only the test kit injects faults")
    )]
    Fault,
}

/// How a poll of a handler ended, for the asker of the message in hand.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// The handler goes on later.
    Awaiting,
    /// The handler ended well.
    Handled,
    /// The handler failed.
    Failed(Failure),
    /// The handler was dropped.
    Killed,
}

/// Why a message was not taken, or taken and never handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No room; whether waiting for room makes sense is the policy's to say.
    Full { may_wait: bool },
    /// No room, and the policy drops newcomers.
    Overflow,
    /// This mailbox never lets a sender wait, and this one has done so much without waiting that it
    /// has to yield first: others of its thread would starve.
    Hasty,
    /// The actor has stopped, or will before it would come to this message.
    Stopped,
    /// A newer message took its place.
    Displaced,
    /// It waited in the mailbox beyond its deadline.
    Expired,
    /// It waited too long in a mailbox that sheds.
    Shed,
    /// A closure of the mailbox's policy, or of an adapter, panicked over it.
    Policy,
}

impl Refusal {
    /// As what a message counts that was refused when nobody was left to take it back.
    pub(crate) fn reason(self) -> DeadLetterReason {
        match self {
            Self::Stopped => DeadLetterReason::Stopped,
            Self::Policy => DeadLetterReason::Lost,
            Self::Full { .. } | Self::Overflow | Self::Hasty => DeadLetterReason::Overflow,
            Self::Displaced => DeadLetterReason::Displaced,
            Self::Expired => DeadLetterReason::Expired,
            Self::Shed => DeadLetterReason::Shed,
        }
    }
}
